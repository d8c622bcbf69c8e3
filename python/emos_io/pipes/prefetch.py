"""Threads that work ahead of whoever takes their results, by a bounded number of steps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Done = TypeVar("Done")
TICK_SECONDS = 0.5
"""How often whoever waits is told so."""
PATIENCE_SECONDS = 5.0
"""How long closing waits for a thread. One that hangs in a read (of a network drive, say) cannot be ended: it is left."""


@dataclass(eq=False)
class _Work(Generic[Done]):
    """What threads share. It knows nothing of the iterator, whose end is theirs."""

    lanes: Sequence[int]
    steps: range
    prefetch: int
    read: Callable[[int, int], list[Any]]
    finish: Callable[[int, list[Any]], Done]
    change: threading.Condition = field(default_factory=threading.Condition)
    halt: bool = False
    taken: int = 0
    """Steps that were handed out."""
    reached: list[int] = field(default_factory=list)
    """Steps each lane has been read for, or is being read for."""
    busy: list[bool] = field(default_factory=list)
    rows: dict[int, dict[int, list[Any]]] = field(default_factory=dict)
    """Of steps that are not finished, by lane."""
    results: dict[int, Done] = field(default_factory=dict)
    errors: dict[int, dict[int, BaseException]] = field(default_factory=dict)
    """By step and lane; a lane with an error is read no further."""

    def __post_init__(self) -> None:
        self.reached, self.busy = [0] * len(self.lanes), [False] * len(self.lanes)

    def choose(self) -> int | None:
        """Return the lane that is furthest behind, if it may go on."""
        limit = min(len(self.steps), self.taken + self.prefetch)
        if self.errors:
            limit = min(limit, min(self.errors) + 1)
        free = [n for n in range(len(self.lanes)) if not self.busy[n] and self.reached[n] < limit]
        return min(free, key=lambda n: (self.reached[n], n), default=None)

    def run(self) -> None:
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
                place = self.reached[lane]
                self.busy[lane] = True
                self.reached[lane] += 1
            self.work(lane, place)

    def work(self, lane: int, place: int) -> None:
        rows: list[Any] = []
        error: BaseException | None = None
        try:
            rows = self.read(self.steps[place], self.lanes[lane])
        except BaseException as raised:
            error = raised
        with self.change:
            self.busy[lane] = False
            if error is not None:
                self.errors.setdefault(place, {})[lane] = error
            done = self.rows.setdefault(place, {})
            done[lane] = rows
            whole = len(done) == len(self.lanes)
            if whole:
                del self.rows[place]
            self.change.notify_all()
            if not whole or place in self.errors or self.halt:
                return
        try:
            result = self.finish(self.steps[place], [row for n in range(len(self.lanes)) for row in done[n]])
        except BaseException as raised:
            with self.change:
                self.errors.setdefault(place, {})[len(self.lanes)] = raised
                self.change.notify_all()
            return
        with self.change:
            self.results[place] = result
            self.change.notify_all()


class Prefetcher(Iterator[Done]):
    """Steps in order, each made of what every lane gives, by threads that are at most `prefetch` steps early.

    A lane is read forward, by one thread at a time. Where several lanes of a step fail, the error of the first is
    raised, after the steps before it. Threads end with the last step, an error, `close`, or the iterator itself.

    Args:
        lanes: What to read.
        steps: Numbers of the steps.
        read: Gets (step, lane), gives rows.
        finish: Gets (step, rows in the order of `lanes`), gives the result.
        num_threads: How many.
        prefetch: Steps that may be in work or ready.
        tick: Called by who waits for a step, every `TICK_SECONDS` of the wait.
    """

    def __init__(
        self,
        lanes: Sequence[int],
        steps: range,
        *,
        read: Callable[[int, int], list[Any]],
        finish: Callable[[int, list[Any]], Done],
        num_threads: int,
        prefetch: int,
        tick: Callable[[], None] | None = None,
    ) -> None:
        self._tick = tick
        self._work = _Work(lanes, steps, prefetch, read, finish)
        self._threads = [
            threading.Thread(target=self._work.run, name=f"emos-load-{number}", daemon=True)
            for number in range(num_threads)
        ]
        for thread in self._threads:
            thread.start()

    def __next__(self) -> Done:
        work = self._work
        while True:
            with work.change:
                place = work.taken
                if place >= len(work.steps) or work.halt:
                    error: BaseException = StopIteration()
                    break
                if self._failed(place):
                    errors = work.errors[place]
                    error = errors[min(errors)]
                    break
                if place in work.results:
                    work.taken += 1
                    work.change.notify_all()
                    return work.results.pop(place)
                told = work.change.wait(None if self._tick is None else TICK_SECONDS)
            if not told and self._tick is not None:
                self._tick()
        self.close()
        raise error

    def _failed(self, place: int) -> bool:
        # Once every lane has come this far: which error is raised does not hang on who was first.
        return place in self._work.errors and place not in self._work.rows

    @property
    def num_ready(self) -> int:
        """Results that wait to be taken."""
        with self._work.change:
            return len(self._work.results)

    def close(self) -> None:
        """Stop the threads and let go of what they made. Closing twice is fine."""
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
        if work is not None:
            with work.change:
                work.halt = True
                work.change.notify_all()
