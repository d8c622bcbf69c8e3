"""Lanes: which lanes a rank owns, and each lane of an epoch read forward."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..plan import WindowLocation, WindowPlan
from ..spans import Span
from .issues import ReadIssues, note_key
from .open_media import OpenMedia
from .reading import Reading, Run
from .samples import Form, Transform, Widths, WindowSample, empty_sample

RUN_WINDOWS = 64
"""A run that is read from one stream holds at least so many windows, if the lane goes on with the same item ..."""
RUN_LENGTHS = 40
"""... and at least so many times the length of a window: beginning anew decodes one length again, so 1 in 40."""
STEPS_KEPT = 4096
STRETCHES_KEPT = 65_536


def rng_of(plan: WindowPlan, epoch: int, key: str | None) -> np.random.Generator:
    """Return the generator of one window in one epoch: the same on every rank, worker and after every resume."""
    told = hashlib.sha256(f"{plan.seed}\0{epoch}\0{key or ''}".encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(told[:16], "little")))


def transformed(transform: Transform | None, plan: WindowPlan, epoch: int, sample: WindowSample) -> Any:
    """Return the sample as the transform leaves it."""
    if transform is None:
        return sample
    try:
        return transform(sample, rng_of(plan, epoch, sample.key))
    except Exception as error:
        note_key(error, sample.key)
        raise


class Steps:
    """The batches of a plan, kept so that lanes that look ahead do not ask for each again; safe with threads."""

    def __init__(self, plan: WindowPlan, form: Form) -> None:
        self.plan, self.form = plan, form
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]] = OrderedDict()
        self._stretches: OrderedDict[int, WindowLocation] = OrderedDict()

    def at(self, epoch: int, step: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return `numbers` and `is_start` of a step, each ``[lanes, windows_per_lane]``."""
        with self._lock:
            found = self._kept.get((epoch, step))
            if found is None:
                batch = self.plan.batch(epoch, step)
                found = self._kept[epoch, step] = (batch.numbers, batch.is_start)
                while len(self._kept) > STEPS_KEPT:
                    self._kept.popitem(last=False)
            return found

    def locate(self, number: int) -> WindowLocation:
        """Return where a window is read."""
        with self._lock:
            found = self._stretches.get(number)
        if found is None:
            found = self.plan.locate(number)
            with self._lock:
                self._stretches[number] = found
                while len(self._stretches) > STRETCHES_KEPT:
                    self._stretches.popitem(last=False)
        return found

    def widths(self, epoch: int, step: int) -> Widths:
        """Return the most frames and samples of any window of the step, over all ranks."""
        most = Widths()
        for number in self.at(epoch, step)[0].flat:
            if number >= 0:
                now = self.locate(int(number))
                most |= self.form.widths(now.span, now.label_span)
        return most


@dataclass(slots=True)
class _Lane:
    run: Run | None = None
    after: tuple[int, int] | None = None


class LaneReader:
    """Reads the slots of lanes, each lane forward, so that windows that overlap share decoding.

    A lane's next windows of one item are one run, read from one stream, which itself decodes a few groups of frames
    ahead in a thread of its own. At most `max_open_files` runs stay open between reads; a lane whose run was closed begins a
    new one, which decodes a window's length again. Two threads may read two lanes at once, not one.

    Args:
        plan: What to read.
        reading: How.
        transform: Applied to every slot, masked ones too, whose shapes it may change.
        max_open_files: Runs, and files, that stay open.
    """

    def __init__(self, plan: WindowPlan, reading: Reading, transform: Transform | None, max_open_files: int) -> None:
        self._plan, self._reading, self._transform, self._max_open_files = plan, reading, transform, max_open_files
        self.steps = Steps(plan, reading.form)
        self.files = OpenMedia(reading.form, reading.on_error, max_open_files)
        self.issues = ReadIssues()
        self._lock = threading.Lock()
        self._idle: OrderedDict[int, _Lane] = OrderedDict()

    def read(self, epoch: int, step: int, lane: int) -> list[Any]:
        """Return the `windows_per_lane` slots of a lane at a step.

        Raises:
            EmosError: A window cannot be read and `on_error` is ``"raise"``.
        """
        with self._lock:
            state = self._idle.pop(lane, None) or _Lane()
        try:
            numbers, is_start = self.steps.at(epoch, step)
            return [
                self._slot(state, epoch, step, lane, place, int(numbers[lane, place]), bool(is_start[lane, place]))
                for place in range(self._plan.windows_per_lane)
            ]
        except BaseException:
            self._end(state)
            raise
        finally:
            self._rest(lane, state)

    def _slot(self, state: _Lane, epoch: int, step: int, lane: int, place: int, number: int, is_start: bool) -> Any:
        if number < 0:
            sample = empty_sample(self._reading.form, self.steps.widths(epoch, step), self._plan.classes)
            return transformed(self._transform, self._plan, epoch, sample)
        planned = self._plan.window(number)
        here = step * self._plan.windows_per_lane + place
        if state.run is None or state.after != (epoch, here) or not state.run.num_left:
            self._end(state)
            path, spans = self._prefetcher(epoch, lane, here)
            state.run = Run(self.files, self._reading, path, spans)
        state.after = (epoch, here + 1)
        sample = state.run.read(planned, is_start=is_start, issues=self.issues)
        if not state.run.num_left:
            self._end(state)
        return transformed(self._transform, self._plan, epoch, sample)

    def _prefetcher(self, epoch: int, lane: int, here: int) -> tuple[str | None, list[Span]]:
        """Return the file and the spans of the windows that one stream can give from this slot on."""
        first: WindowLocation | None = None
        spans: list[Span] = []
        while here < self._plan.num_steps(epoch) * self._plan.windows_per_lane:
            numbers = self.steps.at(epoch, here // self._plan.windows_per_lane)[0]
            number = int(numbers[lane, here % self._plan.windows_per_lane])
            if number < 0:
                break
            now = self.steps.locate(number)
            first = first or now
            if now[:2] != first[:2] or (spans and now.span.start < spans[-1].start):
                break
            spans.append(now.span)
            walked = spans[-1].start - spans[0].start
            if len(spans) >= RUN_WINDOWS and walked >= RUN_LENGTHS * now.span.duration:
                break
            here += 1
        assert first is not None, "a run begins at a window"
        return first.path, spans

    def _end(self, state: _Lane) -> None:
        if state.run is not None:
            state.run.close()
        state.run = state.after = None

    def _rest(self, lane: int, state: _Lane) -> None:
        if state.run is None:
            return
        with self._lock:
            self._idle[lane] = state
            over = [self._idle.popitem(last=False)[1] for _ in range(len(self._idle) - self._max_open_files)]
        for each in over:
            self._end(each)

    def close(self) -> None:
        """Close every stream and file. Nobody may be reading."""
        with self._lock:
            idle, self._idle = list(self._idle.values()), OrderedDict()
        for state in idle:
            self._end(state)
        self.files.close()


def in_order(plan: WindowPlan, numbers: Sequence[int]) -> list[list[int]]:
    """Return places in `numbers`, grouped by file, in the order of their starts."""
    windows = [plan.locate(number) for number in numbers]
    groups: dict[tuple[str, str | None], list[int]] = {}
    for place in sorted(range(len(windows)), key=lambda place: windows[place].span.start):
        groups.setdefault((windows[place].item, windows[place].path), []).append(place)
    return list(groups.values())
