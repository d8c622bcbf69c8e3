"""One iteration of a loader: threads, progress, and where it stands."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, Never, TypeVar

from ..media import DeviceStats
from ..plan import WindowPlan
from .batch import wait_for_batch
from .collate import Collate
from .issues import ReadIssues
from .lanes import LaneReader
from .position import Position
from .prefetch import Prefetcher
from .progress import Bar, Phase, Progress
from .reading import ReadOptions
from .samples import Item, StepSamples, Transform
from .step_memory import StepMemories

Batch = TypeVar("Batch")
"""What `collate` makes of a step; a `WindowBatch` by default."""


@dataclass(frozen=True, slots=True)
class EpochOptions(Generic[Item, Batch]):
    """What every iteration of a loader has in common; the attributes are arguments of `WindowLoader`, checked."""

    plan: WindowPlan
    lanes: range
    read: ReadOptions
    transform: Transform[Item] | None
    collate: Callable[[StepSamples[Item]], Batch]
    num_threads: int
    prefetch: int
    max_open_files: int
    progress: bool | Callable[[Progress], None]


class Epoch(Iterator[Batch], Generic[Item, Batch]):
    """One iteration of a loader, from the step where it stands.

    Args:
        options: How to read and collate.
        position: Where to begin; moved with each batch, and to the next epoch with the last.
    """

    def __init__(self, options: EpochOptions[Item, Batch], position: Position) -> None:
        self._options, self._position = options, position
        self._iteration = position.begin()
        self._prefetcher: Prefetcher[Item, Batch] | None = None
        self._begin()

    def _begin(self) -> None:
        """Begin to read where the iteration stands."""
        options, plan = self._options, self._options.plan
        epoch, first = self._iteration.epoch, self._iteration.step
        self._epoch, self._first = epoch, first
        self._num_steps = plan.num_steps(epoch)
        self._wait_began = time.monotonic()
        reader = LaneReader(plan, options.read, options.transform, options.max_open_files)
        self._reader = reader
        self._bar = Bar() if options.progress is True else options.progress or None
        self._counters: dict[str, int] | None = None
        self._stats: DeviceStats | None = None
        if self._bar is not None:
            self._report("planning", first)
            if first < self._num_steps:
                plan.batch(epoch, first)
        collate = options.collate
        memories: StepMemories | None = None
        if type(collate) is Collate and options.transform is None and options.read.device is None:
            # No code of a caller sees the samples, so that they may be the rows of the batch.
            memories = StepMemories(
                options.read.spec,
                options.lanes,
                plan.windows_per_lane,
                lambda step: reader.steps.padded_size(epoch, step),
            )

        # Nothing here refers to the iterator: its threads end when it is garbage-collected.
        def read(step: int, lane: int) -> list[Item]:
            return reader.read(epoch, step, lane, () if memories is None else memories.rows(step, lane))

        def finish(step: int, rows: list[Item]) -> Batch:
            size = reader.steps.padded_size(epoch, step)
            memory = None if memories is None else memories.take(step)
            return collate(StepSamples(rows, epoch=epoch, step=step, padded_size=size, memory=memory))

        self._prefetcher = Prefetcher(
            options.lanes,
            range(first, self._num_steps),
            read=read,
            finish=finish,
            num_threads=options.num_threads,
            prefetch=options.prefetch,
            tick=None if self._bar is None else _weak_tick(self),
        )

    def __reduce__(self) -> Never:
        raise TypeError(
            "an iterator of a WindowLoader cannot be pickled; pickle the loader's plan and its state_dict(), and make the "
            "loader in the other process"
        )

    def __repr__(self) -> str:
        return f"Epoch(epoch {self._epoch}, {self._num_steps} steps, from step {self._first})"

    def _report(self, phase: Phase, step: int) -> None:
        if self._bar is None:
            return
        ready = 0 if self._prefetcher is None else self._prefetcher.num_ready
        waited, opening = time.monotonic() - self._wait_began, self._reader.files.opening_paths
        self._bar(Progress(phase, self._epoch, step, self._num_steps, ready, waited, opening, self.counters))

    def tick(self) -> None:
        """Report that the next batch is still waited for."""
        step = self._iteration.step
        self._report("warm-up" if step == self._first else "epoch", step)

    def __next__(self) -> Batch:
        iteration = self._iteration
        iteration.check()
        if iteration.epoch != self._epoch:
            # A trainer set the epoch after it had made the iterator.
            self.close()
            self._begin()
        self._wait_began = time.monotonic()
        assert self._prefetcher is not None, "an iteration has its threads"
        try:
            batch = next(self._prefetcher)
        except StopIteration:
            # Another thread ended it.
            iteration.check()
            raise
        except KeyboardInterrupt:
            # The batch is still to come: the next call gives it.
            raise
        except BaseException as error:
            iteration.end(type(error).__name__)
            self.close()
            raise
        if self._options.read.device is not None:
            wait_for_batch(batch)
        self._position.advance(iteration)
        self._report("epoch", iteration.step)
        if iteration.is_over:
            # Whoever takes exactly so many batches never asks for one more.
            self.close()
        return batch

    @property
    def issues(self) -> ReadIssues:
        """What went wrong so far."""
        return self._reader.issues

    @property
    def counters(self) -> dict[str, int]:
        """The sum of `Media.counters` over the files."""
        return self._reader.files.counters if self._counters is None else self._counters

    def stats(self) -> DeviceStats:
        """Return the sum of `Media.stats` over the files."""
        return self._reader.files.stats() if self._stats is None else self._stats

    def close(self) -> None:
        """End the threads and close the files. Closing twice is fine."""
        if self._counters is not None:
            return
        if self._prefetcher is not None:
            self._prefetcher.close()
        self._counters, self._stats = self._reader.files.counters, self._reader.files.stats()
        self._reader.close()
        if isinstance(self._bar, Bar):
            self._bar.close()


def _weak_tick(epoch: Epoch[Item, Batch]) -> Callable[[], None]:
    """Return a call of `epoch.tick` that holds it weakly, so that its threads end when it is garbage-collected."""
    reference = weakref.ref(epoch)

    def tick() -> None:
        current = reference()
        if current is not None:
            current.tick()

    return tick
