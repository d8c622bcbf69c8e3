"""When a request may begin: so many a minute, so many of a run, and none while the server asks to wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Spent(Exception):
    """As many requests were made as a run may make."""


class Stopped(Exception):
    """The run ends; nothing more is asked."""


class Pace:
    """Lets requests begin, from any number of threads.

    Args:
        requests_per_minute: How many begin in a minute, at most, at equal distances; None for no limit.
        max_requests: How many begin at all; None for no limit.
        clock: Gives seconds.
        wait: Waits so many seconds; True where the run ended meanwhile. None for `stop`.
    """

    def __init__(
        self,
        requests_per_minute: float | None,
        max_requests: int | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._distance = 60 / requests_per_minute if requests_per_minute else 0.0
        self._max_requests = max_requests
        self._clock = clock
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._lock = threading.Lock()
        self._next = self._paused_until = clock()
        self._count = 0

    def begin(self) -> None:
        """Return when one more request may begin.

        Raises:
            Spent: As many were made as may be.
            Stopped: The run ends.
        """
        with self._lock:
            if self._stopped.is_set():
                raise Stopped
            if self._max_requests is not None and self._count >= self._max_requests:
                raise Spent
            self._count += 1
            start = max(self._next, self._clock())
            self._next = start + self._distance
        while (seconds := max(start, self._paused_until) - self._clock()) > 0:
            self.sleep(seconds)

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            Stopped: The run ends.
        """
        if self._wait(seconds):
            raise Stopped

    def pause(self, seconds: float) -> None:
        """Let no request begin for so many seconds."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock() + seconds)

    def stop(self) -> None:
        """End the run: who waits gets `Stopped`."""
        self._stopped.set()
