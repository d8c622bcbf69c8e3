"""Trainer with a native loader in one process: what is in its checkpoints, which are kept, and evaluation beside training."""

# The classes of transformers have no types here.
# mypy: disable-error-code="misc"

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

transformers = pytest.importorskip("transformers")

import torch  # noqa: E402
from cover_check import lane_order  # noqa: E402
from cover_record import collate  # noqa: E402
from cover_spec import AUDIO, VIDEO, cover_plan, num_micro_steps  # noqa: E402
from transformers import Trainer  # noqa: E402

from emos_io.adapters.checkpoints import LOADER_STATE, TRAINER_STATE  # noqa: E402
from emos_io.adapters.hf_trainer import LaneOrder, NativeLoader, trainer_args  # noqa: E402
from emos_io.errors import InvalidArgument  # noqa: E402
from emos_io.pipes import Collate, WindowDataset, WindowLoader, WindowSample  # noqa: E402
from emos_io.plan import WindowPlan  # noqa: E402

# Of transformers: no accelerator to pin memory for, and options that leave in the next version.
pytestmark = pytest.mark.filterwarnings("ignore")


class Model(torch.nn.Module):
    """Notes the windows that it gets, by training and evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.trained: list[list[int]] = []
        self.evaluated: list[int] = []

    def forward(self, frames: Any, waveform: Any, numbers: Any) -> dict[str, Any]:
        if self.training:
            self.trained.append(numbers.tolist())
        else:
            self.evaluated += numbers.tolist()
        return {"loss": self.layer(frames.float().mean().reshape(1, 1) / 255).square().sum()}


class LoaderTrainer(NativeLoader, Trainer):
    """Looks at its folder when Trainer writes the first and the last of a checkpoint."""

    def save_model(self, output_dir: Any = None, _internal_call: bool = False) -> None:
        if _internal_call:
            folder = Path(output_dir)
            assert (folder / LOADER_STATE).is_file(), "the loader's state must be there before the model"
            assert not (folder / TRAINER_STATE).exists()
        super().save_model(output_dir, _internal_call)


class LaneTrainer(LaneOrder, Trainer):
    """Lane order."""


def arguments(folder: Path, **changes: Any) -> Any:
    options = {
        "use_cpu": True,
        "report_to": "none",
        "disable_tqdm": True,
        "logging_strategy": "no",
        "save_strategy": "no",
    }
    return transformers.TrainingArguments(**trainer_args(output_dir=str(folder), **{**options, **changes}))


def loader(plan: WindowPlan | None = None) -> WindowLoader[dict[str, torch.Tensor]]:
    return WindowLoader(plan or cover_plan(), video=VIDEO, audio=AUDIO, collate=collate)


def dataset() -> WindowDataset[WindowSample]:
    return WindowDataset(cover_plan(), video=VIDEO, audio=AUDIO)


def trained(folder: Path, resume: str | bool | None = None, **changes: Any) -> Model:
    """Train with a native loader, and return the model."""
    extra = {name: changes.pop(name) for name in ("eval_dataset", "data_collator") if name in changes}
    model = Model()
    with loader() as windows:
        args = arguments(folder, num_train_epochs=2, gradient_accumulation_steps=2, **changes)
        LoaderTrainer(model=model, args=args, train_loader=windows, **extra).train(resume_from_checkpoint=resume)
    return model


def unbroken() -> list[list[int]]:
    return [numbers for epoch in range(2) for numbers in lane_order(epoch, 0, 1)]


def test_every_checkpoint_goes_on_where_it_was_written(tmp_path: Path) -> None:
    """After each of the 8 optimizer steps of two epochs; and once more from a checkpoint of a run that was resumed."""
    assert trained(tmp_path / "a", save_strategy="steps", save_steps=1).trained == unbroken()
    steps = [0, 2, 4, 6, 7, 9, 11, 13, 14]
    for update in (1, 3, 4, 5, 7):
        found = trained(
            tmp_path / "b", str(tmp_path / "a" / f"checkpoint-{update}"), save_strategy="steps", save_steps=1
        )
        assert found.trained == unbroken()[steps[update] :]
        if update == 3:
            again = trained(tmp_path / "c", str(tmp_path / "b" / "checkpoint-5"))
            assert again.trained == unbroken()[steps[5] :]


def test_the_checkpoints_that_are_kept_have_the_state_and_evaluation_reads_each_window_once(tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "save_strategy": "steps",
        "save_steps": 1,
        "eval_strategy": "steps",
        "eval_steps": 1,
        "max_steps": 3,
        "save_total_limit": 1,
        "load_best_model_at_end": True,
        "metric_for_best_model": "loss",
        "per_device_eval_batch_size": 4,
        "eval_dataset": dataset(),
        "data_collator": collate,
        # Trainer asks for a loss where it finds labels.
        "label_names": ["numbers"],
    }
    model = trained(tmp_path, **options)
    assert sorted(model.evaluated) == sorted(3 * list(range(len(cover_plan()))))
    kept = sorted(tmp_path.glob("checkpoint-*"))
    assert 1 <= len(kept) <= 2
    assert all((folder / LOADER_STATE).is_file() for folder in kept)
    last = int(kept[-1].name.split("-")[1])
    assert trained(tmp_path, True).trained == unbroken()[2 * last :]


def test_a_run_that_counts_other_steps_is_refused_in_one_line(tmp_path: Path) -> None:
    trained(tmp_path, save_strategy="steps", save_steps=1, max_steps=2)
    last = tmp_path / "checkpoint-2"
    with (
        loader() as windows,
        pytest.raises(
            InvalidArgument, match=r"^gradient_accumulation_steps must be that of the checkpoint, got 1"
        ) as refused,
    ):
        LoaderTrainer(model=Model(), args=arguments(tmp_path), train_loader=windows).train(str(last))
    assert "\n" not in str(refused.value)
    (last / LOADER_STATE).unlink()
    with pytest.raises(
        InvalidArgument, match=r"complete checkpoint of LaneOrder or NativeLoader, got one whose emos_loader.json"
    ):
        trained(tmp_path, str(last))
    shutil.rmtree(last)
    (tmp_path / "checkpoint-9").mkdir()
    with pytest.warns(UserWarning, match="passed over: checkpoint-9"):
        assert trained(tmp_path, True).trained == unbroken()[2:]


def test_what_is_no_loader_and_what_does_not_fit_is_refused_in_one_line(tmp_path: Path) -> None:
    args, model = arguments(tmp_path), Model()
    with pytest.raises(InvalidArgument, match=r"^train_loader must be a WindowLoader"):
        LoaderTrainer(model=model, args=args, train_loader=dataset())  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match=r"^train_dataset must be None beside train_loader"):
        LoaderTrainer(model=model, args=args, train_loader=loader(), train_dataset=dataset())
    options = {"model": model, "args": args, "data_collator": collate}
    with pytest.raises(InvalidArgument, match=r"^train_dataset must be a WindowDataset, got \[1\]"):
        LaneTrainer(**options, train_dataset=[1]).train()
    with pytest.raises(
        InvalidArgument, match=r"^per_device_train_batch_size must be 4 on 1 rank, got 8; .*4 on 1, 2 on 2"
    ):
        LaneTrainer(**options, train_dataset=dataset()).train()
    args.train_sampling_strategy = "group_by_length"
    with pytest.raises(InvalidArgument, match=r"^train_sampling_strategy must be 'random'"):
        LaneTrainer(**options, train_dataset=dataset()).train()
    args.train_sampling_strategy, args.ignore_data_skip = "random", True
    with pytest.raises(InvalidArgument, match=r"^ignore_data_skip must be False"):
        LoaderTrainer(model=model, args=args, train_loader=loader())


def test_a_step_is_a_batch_of_a_collate_of_this_package_too(tmp_path: Path) -> None:
    names = ["frames", "waveform", "numbers"]
    with WindowLoader(cover_plan(), video=VIDEO, audio=AUDIO, collate=Collate(as_dict=names)) as windows:
        model = Model()
        args = arguments(tmp_path, max_steps=num_micro_steps())
        LoaderTrainer(model=model, args=args, train_loader=windows).train()
    assert model.trained == lane_order(0, 0, 1)
