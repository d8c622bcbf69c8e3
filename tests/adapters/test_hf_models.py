"""Tiny models of a family under Trainer and TRL: losses of steps with few labels, LoRA, what reaches the body, lengths."""

# The classes of transformers and TRL have no types here.
# mypy: disable-error-code="misc"

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("trl")

import peft
import torch
import transformers
import trl
from processors_help import counting_plan, make_family, pair

from emos_io.adapters import Family, ask, language_modules
from emos_io.adapters.hf_trainer import LaneOrder, trainer_args
from emos_io.adapters.rows import RowCollate, rows
from emos_io.adapters.trl import sft_args
from emos_io.errors import InvalidArgument
from emos_io.pipes import WindowDataset, WindowSample
from emos_io.plan import WindowPlan
from emos_io.testing import make_clip
from emos_io.testing.tiny_models import TinyFamily, tiny_model

# Of transformers and TRL: no accelerator to pin memory for, and options that leave in the next version.
pytestmark = pytest.mark.filterwarnings("ignore")
NAME: TinyFamily = "qwen2_5_omni"
SMALL: dict[str, Any] = {"size": (28, 56)}
FLOAT32 = 2e-6
"""Relative: sums of some ten losses in float32, in another order."""
STEPS, RATE, FALL = 12, 5e-3, 0.97


class LaneTrainer(LaneOrder, transformers.Trainer):
    """Lane order."""


class PlainTrainer(LaneOrder, transformers.Trainer):
    """Lane order, with Trainer's own count of labels."""

    _get_num_items_in_batch = transformers.Trainer._get_num_items_in_batch


def arguments(folder: Path, **changes: Any) -> dict[str, Any]:
    options = {
        "output_dir": str(folder),
        "use_cpu": True,
        "report_to": "none",
        "disable_tqdm": True,
        "logging_steps": 1,
        "save_strategy": "no",
        "per_device_train_batch_size": 1,
    }
    return {**options, **changes}


def answering(*answers: str | None) -> Family:
    """A family that answers windows by their number; the last answer is that of all that come after."""

    def answer(sample: WindowSample) -> str | None:
        return answers[min(sample.number or 0, len(answers) - 1)]

    return make_family(NAME, ask("Which?", answer), unlabelled="allow", **SMALL)


def by_hand(model: Any, batches: Sequence[Mapping[str, Any]]) -> float:
    """The mean over all labels of all batches, from logits, in float64; 0 where there is none."""
    total, number = 0.0, 0
    for batch in batches:
        inputs = {name: value for name, value in batch.items() if name not in ("labels", "num_items_in_batch")}
        with torch.no_grad():
            scores = torch.log_softmax(model(**inputs).logits[:, :-1].double(), dim=-1)
        labels = batch["labels"][:, 1:]
        found = scores.gather(-1, labels.clamp(min=0)[..., None])[..., 0][labels != -100]
        total, number = total - float(found.sum()), number + len(found)
    return total / number if number else 0.0


def one_step(make: type, family: Family, folder: Path) -> tuple[float, Any]:
    """The loss of one optimizer step of two micro-batches, and the model after it."""
    model = tiny_model(NAME)
    step = {"gradient_accumulation_steps": 2, "max_steps": 1, "learning_rate": RATE, "logging_nan_inf_filter": False}
    args = transformers.TrainingArguments(**trainer_args(**arguments(folder, **step)))
    data: WindowDataset[WindowSample] = WindowDataset(counting_plan(folder), **family.reads)
    trainer = make(model=model, args=args, train_dataset=data, data_collator=family)
    trainer.train()
    return trainer.state.log_history[0]["loss"], model


@pytest.mark.parametrize("answers", [("Joy", "Sadness"), ("Joy", None), (None, "Sadness")])
def test_the_loss_of_a_step_is_the_mean_over_the_labels_of_all_its_batches(
    answers: tuple[str | None, ...], tmp_path: Path
) -> None:
    family = answering(*answers)
    with WindowDataset(counting_plan(tmp_path), **family.reads) as data:
        batches = [family([data[number]]) for number in range(2)]
    loss, model = one_step(LaneTrainer, family, tmp_path)
    assert loss == pytest.approx(by_hand(tiny_model(NAME), batches), rel=FLOAT32)
    assert all(bool(weight.isfinite().all()) for weight in model.parameters())


def test_a_step_without_any_label_has_loss_0_and_changes_nothing_where_trainer_alone_has_nan(tmp_path: Path) -> None:
    family = answering(None, None)
    loss, model = one_step(LaneTrainer, family, tmp_path)
    assert loss == 0
    before = tiny_model(NAME).state_dict()
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
    assert math.isnan(one_step(PlainTrainer, family, tmp_path)[0])


def sft(folder: Path, family: Family, plan: WindowPlan, model: Any, peft_config: Any = None, **changes: Any) -> Any:
    """An SFTTrainer over rows of a plan."""
    data: WindowDataset[WindowSample] = WindowDataset(plan, **family.reads)
    row_collate = RowCollate(data, family)
    return trl.SFTTrainer(
        model=model,
        args=trl.SFTConfig(**sft_args(**arguments(folder, bf16=False, **changes))),
        train_dataset=rows(plan, family),
        data_collator=row_collate,
        callbacks=[row_collate.epochs()],
        processing_class=pair(NAME).processor,
        peft_config=peft_config,
    )


def test_lora_on_the_language_tower_trains_under_trl(tmp_path: Path) -> None:
    model, family = tiny_model(NAME), make_family(NAME, **SMALL)
    config = peft.LoraConfig(r=16, lora_alpha=32, target_modules=language_modules(model))
    options = {
        "per_device_train_batch_size": 4,
        "max_steps": STEPS,
        "learning_rate": RATE,
        "lr_scheduler_type": "constant",
    }
    trainer = sft(tmp_path, family, counting_plan(tmp_path), model, config, **options)
    trainer.train()
    losses = [line["loss"] for line in trainer.state.log_history if "loss" in line]
    assert len(losses) == STEPS
    assert losses[-1] < FALL * losses[0]
    trainable = [name for name, weight in trainer.model.named_parameters() if weight.requires_grad]
    assert trainable and all("language_model" in name and "lora" in name for name in trainable)


def test_frames_audio_and_their_times_reach_the_body_under_trl_as_in_the_models_own_forward(tmp_path: Path) -> None:
    """TRL calls the body and the head by themselves."""
    model, family, plan = tiny_model(NAME), make_family(NAME, **SMALL), counting_plan(tmp_path)
    states: list[Any] = []
    model.model.register_forward_hook(lambda _module, _inputs, output: states.append(output.last_hidden_state.detach()))
    options = {
        "per_device_train_batch_size": 4,
        "max_steps": 1,
        "learning_rate": 0.0,
        "train_sampling_strategy": "sequential",
    }
    trainer = sft(tmp_path, family, plan, model, activation_checkpointing=False, **options)
    trainer.train()
    with WindowDataset(plan, **family.reads) as data:
        batch = family(data.__getitems__(range(len(plan))))
    with torch.no_grad():
        model(**batch)
        model(**{**batch, "use_audio_in_video": False})
    under_trl, own, forgotten = states
    assert torch.equal(under_trl, own)
    assert not torch.equal(under_trl, forgotten)
    assert trainer.state.log_history[0]["loss"] == pytest.approx(by_hand(tiny_model(NAME), [batch]), rel=FLOAT32)


def lengths_plan() -> WindowPlan:
    """Clips of 1 to 8 s, without media."""
    return WindowPlan([make_clip(f"own/{number}", 1 + number % 8, "Joy") for number in range(40)], by="clip")


def test_rows_have_the_lengths_of_the_batches_that_the_family_makes(tmp_path: Path) -> None:
    family, plan = make_family(NAME, **SMALL), counting_plan(tmp_path)
    table = rows(plan, family)
    with WindowDataset(plan, **family.reads) as data:
        batches: list[Any] = [family([data[number]]) for number in range(len(plan))]
    lengths = [batch["input_ids"].shape[1] for batch in batches]
    assert table["length"][:] == lengths
    assert table["number"][:] == list(range(len(plan)))
    assert table["key"][:] == [window.key for window in plan.windows()]
    assert rows(plan)["length"][:] == [2.0] * len(plan)


def test_trainer_groups_rows_by_their_length_without_decoding(tmp_path: Path) -> None:
    plan, batch = lengths_plan(), 2
    table = rows(plan)
    args = arguments(tmp_path, train_sampling_strategy="group_by_length", per_device_train_batch_size=batch)
    trainer = transformers.Trainer(
        model=torch.nn.Linear(1, 1), args=transformers.TrainingArguments(**trainer_args(**args)), train_dataset=table
    )
    sampler = trainer._get_train_sampler()
    assert sampler.lengths == table["length"][:]
    order = list(sampler)
    assert sorted(order) == list(range(len(plan)))
    by_chance = torch.randperm(len(plan), generator=torch.Generator().manual_seed(0)).tolist()

    def padding(order: list[int]) -> float:
        return float(
            sum(abs(sampler.lengths[a] - sampler.lengths[b]) for a, b in zip(order[::2], order[1::2], strict=True))
        )

    assert padding(order) < padding(by_chance) / 2


def test_windows_without_an_answer_are_counted_and_left_out_where_that_is_asked(tmp_path: Path, caplog: Any) -> None:
    plan = counting_plan(tmp_path)
    some = answering("Joy", None, "Joy", None)
    caplog.set_level("INFO")
    kept, left = rows(plan, some), rows(plan, some, labelled_only=True)
    assert (kept["number"][:], left["number"][:]) == ([0, 1, 2, 3], [0, 2])
    assert left.info.description == "2 of 4 windows have no answer to learn, and are left out"
    assert kept.info.description == "2 of 4 windows have no answer to learn, and are kept"
    assert [record.message for record in caplog.records if "windows" in record.message] == [
        kept.info.description,
        left.info.description,
    ]
    with pytest.raises(InvalidArgument, match=r"^plan must have windows with an answer to learn, got none among 4"):
        rows(plan, answering(None, None, None, None), labelled_only=True)
