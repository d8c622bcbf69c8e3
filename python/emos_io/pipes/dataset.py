"""A map-style dataset of the windows of a plan."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..errors import InvalidArgument
from ..plan import WindowPlan
from .issues import ReadIssues
from .lanes import Steps, in_order, transformed
from .open_media import OpenMedia
from .reading import Reading, Run
from .samples import AudioSpec, Form, MissingAudio, OnError, Transform, VideoSpec, Widths, empty_sample


class Place(NamedTuple):
    """What a batch sampler asks a dataset for.

    Attributes:
        epoch: For the generator of `transform`.
        number: Of the window in the plan, or -1: a slot of a lane that has run out.
        is_start: As of `WindowSample`.
        step: Of the epoch: an empty slot is as long as the longest window of its step.
    """

    epoch: int
    number: int
    is_start: bool
    step: int


class WindowDataset:
    """The windows of a plan by number, for any torch DataLoader, with fork or spawn.

    It pickles as the plan and its options; open files stay behind, and a forked child opens its own. `__getitems__`,
    which a DataLoader calls with a whole batch, decodes once what windows of a batch share; one window at a time decodes
    all of each. `WindowLoader` shares across batches.

    Args:
        plan: Which windows.
        video, audio: How to read them; None leaves that out.
        transform: Gets (sample, generator) and gives what is returned. The generator is seeded from the plan's seed, the
            epoch and the window's key, so that it does not matter when, where or after which resume a window is read.
        on_error: ``"raise"``, or ``"mask"``: a window that cannot be read is black, silent, without label, of its shape.
        missing_audio: As of `WindowLoader`.
        timeout: Seconds that a read may take, or None.
        max_open_files: Files that stay open, in each process.

    Attributes:
        issues: What was masked in this process; that of a DataLoader's workers stays with them (`WindowSample.masked`
            says it of each window).

    Raises:
        InvalidArgument: An option is not allowed.
    """

    def __init__(
        self,
        plan: WindowPlan,
        *,
        video: VideoSpec | None = VideoSpec(),  # noqa: B008 - frozen
        audio: AudioSpec | None = AudioSpec(),  # noqa: B008 - frozen
        transform: Transform | None = None,
        on_error: OnError = "raise",
        missing_audio: MissingAudio = "silence",
        timeout: float | None = None,
        max_open_files: int = 8,
    ) -> None:
        self.plan = plan
        self._transform, self._max_open_files = transform, at_least_one(max_open_files, "max_open_files")
        self._reading = Reading(Form(video, audio), on_error, missing_audio, timeout)
        self._epoch = 0
        self._begin()

    def _begin(self) -> None:
        self.files = OpenMedia(self._reading.form, self._reading.on_error, self._max_open_files)
        self.issues = ReadIssues()
        self._steps = Steps(self.plan, self._reading.form)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("files", "issues", "_steps")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin()

    def __len__(self) -> int:
        """The number of windows of the plan."""
        return len(self.plan)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch numbers belong to; a `Place` says it itself. Workers that live already do not hear of it."""
        self._epoch = operator.index(epoch)

    def __getitem__(self, index: int | Place) -> Any:
        """Return a `WindowSample`, or what `transform` makes of it.

        Raises:
            IndexError: There is no window of that number, which ends a plain loop.
            EmosError: The window cannot be read and `on_error` is ``"raise"``.
        """
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int | Place]) -> list[Any]:
        """Return several, in the order asked for; windows of one item share decoding."""
        places = [self._place(index) for index in indices]
        answer: list[Any] = [None] * len(places)
        real = [n for n, place in enumerate(places) if place.number >= 0]
        for group in in_order(self.plan, [places[n].number for n in real]):
            windows = [(real[n], self.plan.window(places[real[n]].number)) for n in group]
            run = Run(self.files, self._reading, windows[0][1].path, [window.span for _, window in windows])
            try:
                for n, window in windows:
                    sample = run.read(window, is_start=places[n].is_start, issues=self.issues)
                    answer[n] = transformed(self._transform, self.plan, places[n].epoch, sample)
            finally:
                run.close()
        for n, place in enumerate(places):
            if place.number < 0:
                widths: Widths = self._steps.widths(place.epoch, place.step)
                empty = empty_sample(self._reading.form, widths, self.plan.classes)
                answer[n] = transformed(self._transform, self.plan, place.epoch, empty)
        return answer

    def _place(self, index: int | Place) -> Place:
        if isinstance(index, Place):
            return index
        number = operator.index(index)
        if not -len(self) <= number < len(self):
            raise IndexError(f"window {number} was asked for; the plan has windows 0 to {len(self) - 1}")
        return Place(self._epoch, number % len(self), is_start=True, step=0)

    def __enter__(self) -> WindowDataset:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all files; the next read opens what it needs."""
        self.files.close()


class LaneBatches:
    """A batch sampler for `WindowDataset`: one rank's share of each step, as lists of `Place`.

    For DataLoader and StatefulDataLoader (``batch_sampler=``). It holds no position: the latter resumes by passing over
    what it had, which decodes nothing.

    Args:
        plan: As of the dataset.
        rank, world_size: As of `WindowLoader`.
    """

    def __init__(self, plan: WindowPlan, *, rank: int = 0, world_size: int = 1) -> None:
        self._plan, self._lanes, self._epoch = plan, plan.rank_lanes(rank, world_size), 0

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch the next iteration gives."""
        self._epoch = operator.index(epoch)

    def __len__(self) -> int:
        """The number of steps of the epoch."""
        return self._plan.num_steps(self._epoch)

    def __iter__(self) -> Iterator[list[Place]]:
        """Give each step's places, lane by lane."""
        epoch, lanes = self._epoch, slice(self._lanes.start, self._lanes.stop)
        for step in range(self._plan.num_steps(epoch)):
            batch = self._plan.batch(epoch, step)
            pairs = zip(np.ravel(batch.numbers[lanes]), np.ravel(batch.is_start[lanes]), strict=True)
            yield [Place(epoch, int(number), bool(start), step) for number, start in pairs]


def at_least_one(value: int, name: str) -> int:
    """Return a whole number from 1."""
    if isinstance(value, bool) or not hasattr(value, "__index__") or operator.index(value) < 1:
        raise InvalidArgument(f"{name} {value!r} was given; it is at least 1")
    return operator.index(value)
