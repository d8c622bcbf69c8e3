"""Weights of a whole model after a resume: those of the checkpoint, bit for bit."""

# The classes of transformers have no types here.
# mypy: disable-error-code="misc"

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

transformers = pytest.importorskip("transformers")

import torch  # noqa: E402
from transformers import Trainer, TrainerCallback  # noqa: E402

from emos_io.adapters.checkpoint_weights import CheckpointWeights  # noqa: E402
from emos_io.errors import InvalidArgument  # noqa: E402
from emos_io.testing.tiny_models import TinyFamily, tiny_model  # noqa: E402

# Of transformers: no accelerator to pin memory for, and options that leave in the next version.
pytestmark = pytest.mark.filterwarnings("ignore")
NAMES: tuple[TinyFamily, ...] = ("qwen2_5_omni", "qwen2_5_vl")


class ExactTrainer(CheckpointWeights, Trainer):
    """The class under test."""


class AtBegin(TrainerCallback):
    """Keeps the weights with which training begins."""

    def __init__(self) -> None:
        self.weights: dict[str, torch.Tensor] = {}

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        self.weights = weights_of(model)


def weights_of(model: Any) -> dict[str, torch.Tensor]:
    return {name: weight.clone() for name, weight in model.state_dict().items()}


def num_equal(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> int:
    assert first.keys() == second.keys()
    return sum(torch.equal(weight, second[name]) for name, weight in first.items())


def make(kind: type, model: Any, folder: Path, steps: int, **options: Any) -> Any:
    """A trainer over text alone: windows have no part in which weights are restored."""
    args = transformers.TrainingArguments(
        output_dir=str(folder),
        use_cpu=True,
        report_to="none",
        disable_tqdm=True,
        max_steps=steps,
        save_steps=1,
        learning_rate=1e-2,
        per_device_train_batch_size=1,
        logging_strategy="no",
        **options,
    )
    rows = [{"input_ids": torch.tensor([1, 2, 3, 4]), "labels": torch.tensor([1, 2, 3, 4])}] * 4
    return kind(model=model, args=args, train_dataset=rows, eval_dataset=rows[:1], callbacks=[AtBegin()])


def pretrained(name: TinyFamily, folder: Path, dtype: torch.dtype = torch.float32) -> Any:
    """A model as from_pretrained gives it: saved once, so that its names were mapped."""
    if not (folder / "config.json").is_file():
        tiny_model(name).to(dtype).save_pretrained(folder)
    return type(tiny_model(name)).from_pretrained(folder)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_a_resumed_model_has_the_trained_weights_bit_for_bit(name: TinyFamily, dtype: Any, tmp_path: Path) -> None:
    base, out = tmp_path / "base", tmp_path / "out"
    before = weights_of(pretrained(name, base, dtype))
    first = make(ExactTrainer, pretrained(name, base), out, 2)
    first.train()
    after = weights_of(first.model)
    assert {weight.dtype for weight in after.values() if weight.is_floating_point()} == {dtype}
    assert num_equal(after, before) < len(after)
    again = make(ExactTrainer, pretrained(name, base), out, 2)
    again.train(resume_from_checkpoint=str(out / "checkpoint-2"))
    begun = next(each for each in again.callback_handler.callbacks if isinstance(each, AtBegin))
    assert num_equal(begun.weights, after) == len(after)


@pytest.mark.parametrize("name", NAMES)
def test_trainer_alone_leaves_most_weights_as_they_were_pretrained(name: TinyFamily, tmp_path: Path) -> None:
    """Why the mixin is there; where this fails, transformers has mended it."""
    base, out = tmp_path / "base", tmp_path / "out"
    before = weights_of(pretrained(name, base))
    first = make(Trainer, pretrained(name, base), out, 2)
    first.train()
    after = weights_of(first.model)
    again = make(Trainer, pretrained(name, base), out, 2)
    again.train(resume_from_checkpoint=str(out / "checkpoint-2"))
    begun = weights_of(again.model)
    trained = [name for name, weight in after.items() if not torch.equal(weight, before[name])]
    lost = [name for name in trained if torch.equal(begun[name], before[name])]
    assert len(lost) > len(trained) / 2


@pytest.mark.parametrize("name", NAMES)
def test_the_best_model_is_loaded_entirely(name: TinyFamily, tmp_path: Path) -> None:
    base, out = tmp_path / "base", tmp_path / "out"
    options = {
        "load_best_model_at_end": True,
        "metric_for_best_model": "loss",
        "greater_is_better": True,
        "eval_strategy": "steps",
        "eval_steps": 1,
    }
    trainer = make(ExactTrainer, pretrained(name, base), out, 2, **options)
    trainer.train()
    # The text is trained, so that the greatest loss is that of the first step.
    assert trainer.state.best_model_checkpoint == str(out / "checkpoint-1")
    best = weights_of(type(trainer.model).from_pretrained(out / "checkpoint-1"))
    last = weights_of(type(trainer.model).from_pretrained(out / "checkpoint-2"))
    assert num_equal(weights_of(trainer.model), best) == len(best)
    assert num_equal(last, best) < len(best)


def test_a_checkpoint_of_another_model_is_refused_in_one_line(tmp_path: Path) -> None:
    tiny_model("qwen2_5_vl").save_pretrained(tmp_path / "other")
    trainer = make(ExactTrainer, tiny_model("qwen2_5_omni"), tmp_path / "out", 1)
    with pytest.raises(InvalidArgument, match=r"^weights of a checkpoint must be those of Qwen2_5Omni") as refused:
        trainer._load_from_checkpoint(str(tmp_path / "other"))
    assert "\n" not in str(refused.value)
    assert refused.value.path == str(tmp_path / "other")


def test_a_module_that_is_no_model_of_transformers_is_loaded_as_trainer_does(tmp_path: Path) -> None:
    trainer = make(ExactTrainer, torch.nn.Linear(2, 2), tmp_path / "out", 1)
    trainer.save_model(str(tmp_path / "saved"))
    saved = weights_of(trainer.model)
    torch.nn.init.zeros_(trainer.model.weight)
    trainer._load_from_checkpoint(str(tmp_path / "saved"))
    assert num_equal(weights_of(trainer.model), saved) == len(saved)


def test_the_mixin_comes_first() -> None:
    with pytest.raises(InvalidArgument, match=r"^bases of Swapped must be a mixin of emos_io before Trainer"):
        type("Swapped", (Trainer, CheckpointWeights), {})
