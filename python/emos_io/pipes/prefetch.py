"""Threads that prepare the next steps before they are asked for, a bounded number of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ..errors import InvalidArgument

Row = TypeVar("Row")
Result = TypeVar("Result")
TICK_SECONDS = 0.5
"""Interval between progress callbacks while waiting."""
PATIENCE_SECONDS = 5.0
"""How long closing waits for each thread. A thread that hangs in a read (of a network drive, say) cannot be ended: it is left
running."""


@dataclass(eq=False)
class _Work(Generic[Row, Result]):
    """What the threads share.

    Holds no reference to the iterator, so that the threads stop when the iterator is garbage-collected.
    """

    lanes: Sequence[int]
    steps: range
    prefetch: int
    read: Callable[[int, int], list[Row]]
    finish: Callable[[int, list[Row]], Result]
    change: threading.Condition = field(default_factory=threading.Condition)
    halt: bool = False
    num_taken: int = 0
    """Steps that were handed out."""
    num_begun: list[int] = field(default_factory=list)
    """For each lane, how many steps were read or are being read."""
    busy: list[bool] = field(default_factory=list)
    rows: dict[int, dict[int, list[Row]]] = field(default_factory=dict)
    """Rows of steps that are not finished, by step and lane. A step is its index in `steps`, a lane its index in `lanes`."""
    results: dict[int, Result] = field(default_factory=dict)
    errors: dict[int, dict[int, BaseException]] = field(default_factory=dict)
    """Errors by step and lane; a lane with an error is read no further."""

    def __post_init__(self) -> None:
        self.num_begun, self.busy = [0] * len(self.lanes), [False] * len(self.lanes)

    def choose(self) -> int | None:
        """Return the lane that is furthest behind, or None where no lane may be read now."""
        limit = min(len(self.steps), self.num_taken + self.prefetch)
        if self.errors:
            limit = min(limit, min(self.errors) + 1)
        free = [n for n in range(len(self.lanes)) if not self.busy[n] and self.num_begun[n] < limit]
        return min(free, key=lambda n: (self.num_begun[n], n), default=None)

    def run(self) -> None:
        """Read lanes until there is nothing left to do: the body of each thread."""
        while True:
            with self.change:
                lane = self.choose()
                while lane is None:
                    if self.halt:
                        return
                    self.change.wait()
                    lane = self.choose()
                if self.halt:
                    return
                step = self.num_begun[lane]
                self.busy[lane] = True
                self.num_begun[lane] += 1
            self.read_lane(lane, step)

    def read_lane(self, lane: int, step: int) -> None:
        """Read a step of a lane, and finish the step if it was the last lane."""
        rows: list[Row] = []
        error: BaseException | None = None
        try:
            rows = self.read(self.steps[step], self.lanes[lane])
        except BaseException as raised:
            error = raised
        with self.change:
            self.busy[lane] = False
            if error is not None:
                self.errors.setdefault(step, {})[lane] = error
            by_lane = self.rows.setdefault(step, {})
            by_lane[lane] = rows
            complete = len(by_lane) == len(self.lanes)
            if complete:
                del self.rows[step]
            self.change.notify_all()
            if not complete or step in self.errors or self.halt:
                return
        try:
            result = self.finish(self.steps[step], [row for n in range(len(self.lanes)) for row in by_lane[n]])
        except BaseException as raised:
            with self.change:
                self.errors.setdefault(step, {})[len(self.lanes)] = raised
                self.change.notify_all()
            return
        with self.change:
            self.results[step] = result
            self.change.notify_all()


class Prefetcher(Iterator[Result], Generic[Row, Result]):
    """Steps in order, each made of what every lane gives, by threads that are at most `prefetch` steps early.

    A lane is read forward, by one thread at a time. Where several lanes of a step fail, the error of the first lane is
    raised, after the steps before it. The threads end after the last step, after an error, on `close`, and when the
    iterator is garbage-collected. A forked child has none of them: there the next step is an `InvalidArgument`.

    Args:
        lanes: The lanes that are read.
        steps: Numbers of the steps.
        read: Gets (step, lane), gives rows.
        finish: Gets (step, rows in the order of `lanes`), gives the result.
        num_threads: How many threads read and finish.
        prefetch: Steps that may be in work or ready.
        tick: Called by the thread that waits for a step, every `TICK_SECONDS`; None calls nothing.
    """

    def __init__(
        self,
        lanes: Sequence[int],
        steps: range,
        *,
        read: Callable[[int, int], list[Row]],
        finish: Callable[[int, list[Row]], Result],
        num_threads: int,
        prefetch: int,
        tick: Callable[[], None] | None = None,
    ) -> None:
        self._tick = tick
        self._process = os.getpid()
        self._work = _Work(lanes, steps, prefetch, read, finish)
        self._threads = [
            threading.Thread(target=self._work.run, name=f"emos-load-{number}", daemon=True)
            for number in range(num_threads)
        ]
        for thread in self._threads:
            thread.start()

    def __next__(self) -> Result:
        if self._is_forked:
            raise InvalidArgument(
                "iterator must be used in the process that made it, got a forked child of it, which has none of the threads "
                "that read; iterate over the loader anew"
            )
        work = self._work
        while True:
            with work.change:
                step = work.num_taken
                if step >= len(work.steps) or work.halt:
                    error: BaseException = StopIteration()
                    break
                if self._failed(step):
                    errors = work.errors[step]
                    error = errors[min(errors)]
                    break
                if step in work.results:
                    work.num_taken += 1
                    work.change.notify_all()
                    return work.results.pop(step)
                notified = work.change.wait(None if self._tick is None else TICK_SECONDS)
            if not notified and self._tick is not None:
                self._tick()
        self.close()
        raise error

    def _failed(self, step: int) -> bool:
        # True only after every lane was read: which error is raised must not depend on which lane was first.
        return step in self._work.errors and step not in self._work.rows

    @property
    def _is_forked(self) -> bool:
        # No lock may be asked for in a forked child: a thread that is not there may have it.
        return self._process != os.getpid()

    @property
    def num_ready(self) -> int:
        """Results that wait to be taken."""
        with self._work.change:
            return len(self._work.results)

    def close(self) -> None:
        """Stop the threads and drop their results. Closing twice is fine, and in a forked child nothing is to be done."""
        if self._is_forked:
            return
        work = self._work
        with work.change:
            work.halt = True
            work.results.clear()
            work.rows.clear()
            work.change.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(PATIENCE_SECONDS)
        self._threads = []

    def __del__(self) -> None:
        work = getattr(self, "_work", None)
        if work is not None and not self._is_forked:
            with work.change:
                work.halt = True
                work.change.notify_all()
