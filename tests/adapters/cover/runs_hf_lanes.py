"""HF Trainer over a WindowDataset in lane order."""

# The classes of the trainers have no types here.
# mypy: disable-error-code="misc"

from __future__ import annotations

from typing import Any

from cover_record import Recorder, collate
from cover_spec import AUDIO, DATA_SEED, EPOCHS, VIDEO, RunSpec, cover_plan
from transformers import Trainer, TrainerCallback, TrainingArguments

from emos_io.adapters.hf_trainer import LaneOrder, trainer_args
from emos_io.pipes import WindowDataset

EPSILON = 1e-6
"""Far less than the share of one step in an epoch, far more than the rounding of Trainer's epochs."""


class LaneTrainer(LaneOrder, Trainer):
    """The class under test."""


class Hooks(TrainerCallback):
    """Keeps the recorder's place, writes one checkpoint, and says when it is complete."""

    def __init__(self, spec: RunSpec, recorder: Recorder) -> None:
        self._spec, self._recorder = spec, recorder

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        # A whole number where an epoch is complete; floats may be just below.
        self._recorder.epoch, self._recorder.update = int(state.epoch + EPSILON), state.global_step

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._recorder.update = state.global_step
        control.should_save = self._spec.phase == "first" and state.global_step == self._spec.save_update

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._recorder.saved(state.global_step)


def options(spec: RunSpec) -> dict[str, Any]:
    """Options that all runs of Trainer share."""
    return {
        "output_dir": str(spec.saved),
        "per_device_train_batch_size": 4 // spec.ranks,
        "gradient_accumulation_steps": spec.accumulation,
        "num_train_epochs": EPOCHS,
        "save_strategy": "no",
        "logging_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
        "data_seed": DATA_SEED,
    }


def run(spec: RunSpec) -> None:
    recorder = Recorder(spec)
    args = TrainingArguments(
        **trainer_args(**options(spec)),
        dataloader_num_workers=spec.workers,
        dataloader_persistent_workers=spec.workers > 0,
    )
    data = WindowDataset(cover_plan(), video=VIDEO, audio=AUDIO, transform=recorder.count)
    trainer = LaneTrainer(
        model=recorder.model(), args=args, train_dataset=data, data_collator=collate, callbacks=[Hooks(spec, recorder)]
    )
    trainer.train(resume_from_checkpoint=spec.phase == "resumed")
