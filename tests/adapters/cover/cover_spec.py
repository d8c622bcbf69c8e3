"""What one launch of a trainer is, and the small plan that all of them train on."""

from __future__ import annotations

import contextlib
import functools
import io
import json
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from emos_io import Span
from emos_io.corpus import Monologue, Utterance
from emos_io.pipes import AudioSpec, VideoSpec
from emos_io.plan import WindowPlan
from oracle import clips

TRAINERS = ("hf_lanes", "hf_native", "trl", "lightning", "accelerate")
# Two ranks first: the cover then has lanes on two ranks in the middle of epoch 1, where accelerate forgets the epoch of
# a sampler.
RANKS = (2, 1)
WORKERS = (0, 2)
Kill = Literal["early", "middle", "end"]
KILLS: tuple[Kill, ...] = ("middle", "end")
ALL_KILLS: tuple[Kill, ...] = ("early", "middle", "end")
Phase = Literal["first", "resumed"]

EPOCHS = 2
DATA_SEED = 11
SAMPLE_RATE = 8_000
FPS = 4
VIDEO = VideoSpec(fps=FPS, size=(16, 64))
AUDIO = AudioSpec(sample_rate=SAMPLE_RATE, num_channels=2)
# Each film has a frame rate of its own: the number of a frame tells the film as well as the time.
FILMS = (("25", 10), ("30", 7), ("24", 9), ("20", 5))


@dataclass(frozen=True)
class RunSpec:
    """One launch: all ranks of a trainer over `cover_plan`, for two epochs.

    Attributes:
        trainer: One of `TRAINERS`; ``runs_<trainer>.run(spec)`` is what each rank does.
        ranks: Processes.
        workers: Of the DataLoader; for a native loader its threads, at least 1.
        kill: Where the checkpoint is written and all ranks are killed: in the middle of epoch 0 (``"early"``) or of epoch 1
            (``"middle"``), some steps after the checkpoint; or right after a checkpoint at the end of epoch 0 (``"end"``).
        folder: Where records, logs and checkpoints are.
        phase: The first launch is killed; the second begins with its checkpoint and ends with epoch 1.
        accumulation: Micro-batches of an optimizer step.
    """

    trainer: str
    ranks: int
    workers: int
    kill: Kill
    folder: Path
    phase: Phase = "first"
    accumulation: int = 2

    @property
    def name(self) -> str:
        """The combination in one word."""
        return f"{self.trainer}-{self.ranks}ranks-{self.workers}workers-{self.kill}"

    @property
    def saved(self) -> Path:
        """The folder of the checkpoints."""
        return self.folder / "saved"

    @property
    def updates_per_epoch(self) -> int:
        """Optimizer steps of an epoch; the last one has fewer micro-batches where they do not divide."""
        return -(-num_micro_steps() // self.accumulation)

    @property
    def save_update(self) -> int:
        """The count of optimizer steps, over epochs, after which the first launch writes its checkpoint."""
        return {"early": 2, "middle": self.updates_per_epoch + 2, "end": self.updates_per_epoch}[self.kill]

    @property
    def save_micro(self) -> int:
        """The count of micro-batches, over epochs, that the checkpoint has seen."""
        epochs, updates = divmod(self.save_update, self.updates_per_epoch)
        return epochs * num_micro_steps() + updates * self.accumulation

    @property
    def kill_micro(self) -> int | None:
        """The first launch is killed within the forward of this micro-batch, from 0 over epochs; None: right after saving."""
        return None if self.kill == "end" else self.save_micro + 1

    def resumed(self) -> RunSpec:
        """The second launch."""
        return replace(self, phase="resumed")

    def path(self, rank: int, kind: str) -> Path:
        """A file of a rank: ``jsonl`` (its forwards), ``decoded`` (its windows), ``log``, ``waits`` (it waits to be killed)."""
        return self.folder / f"{self.phase}.rank{rank}.{kind}"

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "folder": str(self.folder)})

    @classmethod
    def from_json(cls, text: str) -> RunSpec:
        values: dict[str, Any] = json.loads(text)
        return cls(**{**values, "folder": Path(values["folder"])})


@functools.cache
def cover_plan() -> WindowPlan:
    """Two lanes, two windows a lane: 7 steps and 27 windows, so that the last optimizer step and the last batch are short."""
    with contextlib.redirect_stdout(io.StringIO()):
        return _plan()


def _plan() -> WindowPlan:
    films = [_film(number, fps, seconds) for number, (fps, seconds) in enumerate(FILMS)]
    return WindowPlan(films, 2, 1, num_lanes=2, windows_per_lane=2, run_length=3, seed=3)


def num_micro_steps() -> int:
    """Micro-batches of an epoch on each rank, for lane orders; a trainer with an order of its own has as many."""
    return cover_plan().num_steps()


def _film(number: int, fps: str, seconds: int) -> Monologue:
    halves = [("Joy", 0, 3), ("Sadness", 3, seconds - 1)]
    utterances = [
        Utterance(index=n, span=Span(start, end), labels={"basic7": (label,)}, raw_primary=label)
        for n, (label, start, end) in enumerate(halves)
    ]
    return Monologue(
        key=f"s/{number}",
        name=str(number),
        title=str(number),
        language="en",
        duration=Fraction(seconds),
        utterances=tuple(utterances),
        path=str(clips.counting_clip(fps=fps, rate=SAMPLE_RATE, seconds=seconds)),
    )
