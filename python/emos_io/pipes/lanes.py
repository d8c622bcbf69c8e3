"""Lanes: each lane of an epoch, read forward."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, cast

import numpy as np
import numpy.typing as npt

from ..plan import WindowLocation, WindowPlan
from ..spans import Span
from .arguments import check_process
from .device_frames import FrameArray
from .issues import ReadIssues, note_key
from .open_media import OpenMedia
from .reading import ReadOptions, Run
from .samples import Item, Transform, WindowSample, empty_sample
from .specs import PaddedSize, SampleSpec
from .step_memory import RowMemory

RUN_WINDOWS = 64
"""Windows of a run, at least, where the lane goes on with the same item. A run is read from one stream."""
RUN_LENGTHS = 40
"""Window lengths that a run covers, at least. A new run decodes one length again, so 1 in 40 at most."""
MAX_STEPS = 4096
"""Batches of window numbers that are kept."""
MAX_LOCATIONS = 65_536
"""Window locations that are kept."""


def rng_of(plan: WindowPlan, epoch: int, key: str | None) -> np.random.Generator:
    """Return the generator of one window in one epoch: the same on every rank, worker and after every resume."""
    digest = hashlib.sha256(f"{plan.seed}\0{epoch}\0{key or ''}".encode(errors="surrogatepass")).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def transformed(
    transform: Transform[Item] | None, plan: WindowPlan, epoch: int, sample: WindowSample[FrameArray]
) -> Item:
    """Return what the transform makes of the sample; without a transform the sample, so `Item` is `WindowSample`."""
    if transform is None:
        return cast("Item", sample)
    try:
        # Overloads of who takes transforms say whether frames are numpy arrays or on a device.
        return transform(cast("WindowSample", sample), rng_of(plan, epoch, sample.key))
    except Exception as error:
        note_key(error, sample.key)
        raise


class Steps:
    """The batches of a plan, kept so that lanes do not make each one again; safe with threads."""

    def __init__(self, plan: WindowPlan, spec: SampleSpec) -> None:
        self.plan, self.spec = plan, spec
        self._lock = threading.Lock()
        self._batches: OrderedDict[tuple[int, int], tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]] = OrderedDict()
        self._locations: OrderedDict[int, WindowLocation] = OrderedDict()

    def at(self, epoch: int, step: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return `numbers` and `is_start` of a step, each ``[lanes, windows_per_lane]``."""
        with self._lock:
            found = self._batches.get((epoch, step))
            if found is None:
                batch = self.plan.batch(epoch, step)
                found = self._batches[epoch, step] = (batch.numbers, batch.is_start)
                while len(self._batches) > MAX_STEPS:
                    self._batches.popitem(last=False)
            return found

    def locate(self, number: int) -> WindowLocation:
        """Return where a window is read."""
        with self._lock:
            found = self._locations.get(number)
        if found is None:
            found = self.plan.locate(number)
            with self._lock:
                self._locations[number] = found
                while len(self._locations) > MAX_LOCATIONS:
                    self._locations.popitem(last=False)
        return found

    def padded_size(self, epoch: int, step: int) -> PaddedSize:
        """Return the most frames and samples of any window of the step, over all ranks."""
        size = PaddedSize()
        for number in self.at(epoch, step)[0].flat:
            if number >= 0:
                location = self.locate(int(number))
                size |= self.spec.size_of(location.span, location.label_span)
        return size


@dataclass(slots=True)
class _Lane:
    run: Run | None = None
    next_slot: tuple[int, int] | None = None
    """(epoch, slot of the lane) of the window that the run gives next."""


class LaneReader(Generic[Item]):
    """Reads the slots of lanes, each lane forward, so that windows that overlap share decoding.

    A lane's next windows of one item are one run, read from one stream, which decodes a few groups of frames early in a
    thread of its own. At most `max_open_files` runs stay open between reads; a lane whose run was closed begins a new one,
    which decodes a window's length again. Two threads may read two different lanes at once, but not the same lane.

    Args:
        plan: What to read.
        options: How windows are read.
        transform: Applied to every slot, with or without a window; it may change shapes.
        max_open_files: Runs, and files, that stay open.
    """

    def __init__(
        self, plan: WindowPlan, options: ReadOptions, transform: Transform[Item] | None, max_open_files: int
    ) -> None:
        self._plan, self._options, self._transform, self._max_open_files = plan, options, transform, max_open_files
        self.steps = Steps(plan, options.spec)
        self.files = OpenMedia(options.spec, options.on_error, max_open_files, options.device)
        self.issues = ReadIssues()
        self._lock = threading.Lock()
        self._idle: OrderedDict[int, _Lane] = OrderedDict()

    def read(self, epoch: int, step: int, lane: int, rows: Sequence[RowMemory] = ()) -> list[Item]:
        """Return the `windows_per_lane` slots of a lane at a step.

        Args:
            epoch: The epoch's number.
            step: The step's number.
            lane: The lane.
            rows: The rows of a batch into which the slots are decoded; none for memory of their own. It is the same for all
                steps of a reader.

        Raises:
            EmosError: A window cannot be read and `on_error` is ``"raise"``.
        """
        # Here, since an error of the device is none of a window, and is never masked.
        check_process(self._options.device)
        with self._lock:
            state = self._idle.pop(lane, None) or _Lane()
        try:
            numbers, is_start = self.steps.at(epoch, step)
            first = step * self._plan.windows_per_lane
            return [
                self._read_slot(
                    state, epoch, lane, first + column, int(number), bool(start), rows[column] if rows else None
                )
                for column, (number, start) in enumerate(zip(numbers[lane], is_start[lane], strict=True))
            ]
        except BaseException:
            self._end(state)
            raise
        finally:
            self._put_idle(lane, state)

    def _read_slot(
        self, state: _Lane, epoch: int, lane: int, slot: int, number: int, is_start: bool, row: RowMemory | None
    ) -> Item:
        if number < 0:
            size = self.steps.padded_size(epoch, slot // self._plan.windows_per_lane)
            sample = empty_sample(self._options.spec, size, self._plan.classes, self._options.device)
            return transformed(self._transform, self._plan, epoch, sample)
        planned = self._plan.window(number)
        if state.run is None or state.next_slot != (epoch, slot) or not state.run.num_left:
            self._end(state)
            path, spans = self._plan_run(epoch, lane, slot)
            state.run = Run(self.files, self._options, path, spans)
        state.next_slot = (epoch, slot + 1)
        sample = state.run.read(planned, is_start=is_start, issues=self.issues, row=row)
        if not state.run.num_left:
            self._end(state)
        return transformed(self._transform, self._plan, epoch, sample)

    def _plan_run(self, epoch: int, lane: int, slot: int) -> tuple[str | None, list[Span]]:
        """Return the file and the spans of the windows that one stream can give from this slot on."""
        first: WindowLocation | None = None
        spans: list[Span] = []
        while slot < self._plan.num_steps(epoch) * self._plan.windows_per_lane:
            numbers = self.steps.at(epoch, slot // self._plan.windows_per_lane)[0]
            number = int(numbers[lane, slot % self._plan.windows_per_lane])
            if number < 0:
                break
            location = self.steps.locate(number)
            first = first or location
            same_file = (location.item, location.path) == (first.item, first.path)
            if not same_file or (spans and location.span.start < spans[-1].start):
                break
            spans.append(location.span)
            covered = spans[-1].start - spans[0].start
            if len(spans) >= RUN_WINDOWS and covered >= RUN_LENGTHS * location.span.duration:
                break
            slot += 1
        assert first is not None, "a run begins at a window"
        return first.path, spans

    def _end(self, state: _Lane) -> None:
        if state.run is not None:
            state.run.close()
        state.run = state.next_slot = None

    def _put_idle(self, lane: int, state: _Lane) -> None:
        if state.run is None:
            return
        with self._lock:
            self._idle[lane] = state
            surplus = [self._idle.popitem(last=False)[1] for _ in range(len(self._idle) - self._max_open_files)]
        for each in surplus:
            self._end(each)

    def close(self) -> None:
        """Close every stream and file. No thread may be reading."""
        with self._lock:
            idle, self._idle = list(self._idle.values()), OrderedDict()
        for state in idle:
            self._end(state)
        self.files.close()


def in_order(plan: WindowPlan, numbers: Sequence[int]) -> list[list[int]]:
    """Return indices of `numbers`, grouped by file, in the order of their starts."""
    windows = [plan.locate(number) for number in numbers]
    groups: dict[tuple[str, str | None], list[int]] = {}
    for index in sorted(range(len(windows)), key=lambda index: windows[index].span.start):
        groups.setdefault((windows[index].item, windows[index].path), []).append(index)
    return list(groups.values())
