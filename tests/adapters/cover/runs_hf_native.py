"""HF Trainer over a WindowLoader."""

# The classes of the trainers have no types here.
# mypy: disable-error-code="misc"

from __future__ import annotations

from cover_record import Recorder, collate
from cover_spec import AUDIO, VIDEO, RunSpec, cover_plan
from runs_hf_lanes import Hooks, options
from transformers import Trainer, TrainingArguments

from emos_io.adapters.hf_trainer import NativeLoader, trainer_args
from emos_io.pipes import WindowLoader


class LoaderTrainer(NativeLoader, Trainer):
    """The class under test."""


def run(spec: RunSpec) -> None:
    recorder = Recorder(spec)
    args = TrainingArguments(**trainer_args(**options(spec)))
    loader = WindowLoader(
        cover_plan(),
        video=VIDEO,
        audio=AUDIO,
        collate=collate,
        transform=recorder.count,
        num_threads=max(1, spec.workers),
    )
    with loader:
        trainer = LoaderTrainer(
            model=recorder.model(), args=args, train_loader=loader, callbacks=[Hooks(spec, recorder)]
        )
        trainer.train(resume_from_checkpoint=spec.phase == "resumed")
