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
from transformers import Trainer, TrainerCallback  # noqa: E402

from emos_io.adapters.checkpoints import LOADER_STATE, TRAINER_STATE  # noqa: E402
from emos_io.adapters.hf_trainer import LaneOrder, NativeLoader, trainer_args  # noqa: E402
from emos_io.errors import InvalidArgument, SourceChanged  # noqa: E402
from emos_io.pipes import Collate, WindowDataset, WindowLoader, WindowSample  # noqa: E402
from emos_io.plan import WindowPlan  # noqa: E402
from emos_io.testing import counting_clip, make_monologue  # noqa: E402

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


def own_plan(folder: Path, seed: int = 3, fps: int = 25) -> WindowPlan:
    """5 steps over two films of the folder, made anew."""
    items = []
    for number in range(2):
        path = folder / f"{number}.mov"
        counting_clip(path, fps=fps, sample_rate=8_000, seconds=6)
        items.append(make_monologue(f"streaming/{number}", 6, path=str(path)))
    return WindowPlan(items, 2, 1, num_lanes=2, seed=seed)


def lanes(plan: WindowPlan, folder: Path, kind: type = LaneTrainer, **changes: Any) -> Any:
    """A trainer in lane order, which saves each step."""
    options = {"gradient_accumulation_steps": 2, "save_strategy": "steps", "save_steps": 1, "num_train_epochs": 2}
    callbacks = changes.pop("callbacks", None)
    args = arguments(folder, per_device_train_batch_size=2, **{**options, **changes})
    data: WindowDataset[WindowSample] = WindowDataset(plan, video=VIDEO, audio=AUDIO)
    return kind(model=Model(), args=args, train_dataset=data, data_collator=collate, callbacks=callbacks)


def test_lane_order_refuses_a_checkpoint_of_another_plan_accumulation_or_media(tmp_path: Path) -> None:
    out, plan = tmp_path / "out", own_plan(tmp_path)
    first = lanes(plan, out)
    first.train()
    middle = str(out / "checkpoint-2")
    again = lanes(plan, out)
    again.train(middle)
    assert again.model.trained == first.model.trained[4:]
    with pytest.raises(InvalidArgument, match=r"^gradient_accumulation_steps must be that of the checkpoint, got 1"):
        lanes(plan, out, gradient_accumulation_steps=1).train(middle)
    with pytest.raises(InvalidArgument, match=r"^the state's plan must be this one"):
        lanes(own_plan(tmp_path, seed=4), out).train(middle)
    other = own_plan(tmp_path, fps=24)
    with pytest.raises(SourceChanged):
        lanes(other, out).train(middle)
    trusting = lanes(other, out, type("Trusting", (LaneTrainer,), {"check_media": False}))
    trusting.train(middle)
    assert trusting.model.trained == first.model.trained[4:]


def test_both_mixins_pass_over_a_checkpoint_whose_last_file_was_cut(tmp_path: Path) -> None:
    plan = own_plan(tmp_path)
    first = lanes(plan, tmp_path / "lanes")
    first.train()
    trained(tmp_path / "native", save_strategy="steps", save_steps=1, max_steps=2)
    for folder, last in (("lanes", 6), ("native", 2)):
        (tmp_path / folder / f"checkpoint-{last}" / TRAINER_STATE).write_text('{"global_st')
    with pytest.warns(UserWarning, match="passed over: checkpoint-6"):
        again = lanes(plan, tmp_path / "lanes")
        again.train(True)
    assert again.model.trained == first.model.trained[-len(again.model.trained) :]
    assert 1 <= len(again.model.trained) <= 2
    with pytest.warns(UserWarning, match="passed over: checkpoint-2"):
        assert trained(tmp_path / "native", True).trained == unbroken()[2:]


class StopEpoch(TrainerCallback):
    """Ends epoch 0 after the first optimizer step."""

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        control.should_epoch_stop = state.global_step == 1


def test_an_epoch_that_was_cut_short_can_be_trained_and_not_saved(tmp_path: Path) -> None:
    plan = own_plan(tmp_path)
    trainer = lanes(plan, tmp_path / "out", save_strategy="no", callbacks=[StopEpoch()])
    trainer.train()
    assert len(trainer.model.trained) == 2 + plan.num_steps(1)
    for strategy in ("steps", "epoch"):
        with pytest.raises(InvalidArgument, match=r"^should_epoch_stop must be False where checkpoints are saved"):
            lanes(plan, tmp_path / strategy, save_strategy=strategy, callbacks=[StopEpoch()]).train()


def test_what_is_no_batch_and_no_dataset_is_refused_in_one_line(tmp_path: Path) -> None:
    args, data = arguments(tmp_path, per_device_train_batch_size=4), dataset()
    batches: tuple[tuple[Any, str], ...] = (
        (Collate(), "a WindowBatch"),
        (lambda samples: None, "None"),
        (lambda samples: [1], "a list"),
        (lambda samples: {}, "an empty dict"),
    )
    for make_batch, what in batches:
        text = rf"^a batch must be a dict of a model's inputs, got {what}; .*Collate\(as_dict="
        with (
            WindowLoader(cover_plan(), video=VIDEO, audio=AUDIO, collate=make_batch) as windows,
            pytest.raises(InvalidArgument, match=text),
        ):
            LoaderTrainer(model=Model(), args=args, train_loader=windows).train()
        trainer = LaneTrainer(model=Model(), args=args, train_dataset=data, eval_dataset=data, data_collator=make_batch)
        for run in (trainer.train, trainer.evaluate):
            with pytest.raises(InvalidArgument, match=text):
                run()
    with pytest.raises(InvalidArgument, match=r"^data_collator must be a family with windows as train_dataset"):
        LaneTrainer(model=Model(), args=args, train_dataset=data).train()
    with loader() as windows:
        with pytest.raises(InvalidArgument, match=r"^data_collator must be a family with windows as eval_dataset"):
            LoaderTrainer(model=Model(), args=args, train_loader=windows, eval_dataset=data)
        with pytest.raises(InvalidArgument, match=r"^eval_dataset must be a WindowDataset, got a WindowLoader"):
            LoaderTrainer(model=Model(), args=args, train_loader=windows, eval_dataset={"a": windows})
        args.train_sampling_strategy = "group_by_length"
        with pytest.raises(InvalidArgument, match=r"^train_sampling_strategy must be 'random'"):
            LoaderTrainer(model=Model(), args=args, train_loader=windows)


@pytest.mark.parametrize("mixin", [LaneOrder, NativeLoader])
def test_a_mixin_comes_before_trainer_and_goes_with_no_trainer_of_trl(mixin: type) -> None:
    with pytest.raises(InvalidArgument, match=r"^bases of Swapped must be a mixin of emos_io before Trainer, got \(Tr"):
        type("Swapped", (Trainer, mixin), {})
    of_trl = type("SFTTrainer", (Trainer,), {"__module__": "trl.trainer.sft_trainer"})
    with pytest.raises(
        InvalidArgument, match=rf"^{mixin.__name__} must be with Trainer, got SFTTrainer of TRL; .*rows"
    ):
        type("Both", (mixin, of_trl), {})
