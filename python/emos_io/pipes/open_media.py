"""Open media: at most so many at once, the least recently used closed first."""

from __future__ import annotations

import os
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ..media import Media
from .samples import Form, OnError


@dataclass(slots=True, eq=False)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    media: Media | None = None
    users: int = 0


class OpenMedia:
    """A bounded set of open files, shared by threads.

    A file in use is never closed, so there are more than `limit` only while more are in use at once. In a forked child
    the set begins empty.

    Args:
        form: What will be read: a track that nobody asks for is not looked for.
        on_error: As of `Media`.
        limit: Files that stay open. Each may hold 64 MiB of decoded sound.
    """

    def __init__(self, form: Form, on_error: OnError, limit: int) -> None:
        self._form, self._on_error, self._limit = form, on_error, limit
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._begun: Counter[str] = Counter()
        self._counted: Counter[str] = Counter()

    def _mine(self) -> None:
        # The lock may have been held by another thread when the process forked.
        if self._process != os.getpid():
            self._begin()

    @contextmanager
    def use(self, path: str) -> Iterator[Media]:
        """Give an open file; opens it where it is not open.

        Raises:
            SourceNotFound, SourceUnreadable: As `Media`.
        """
        media = self.take(path)
        try:
            yield media
        finally:
            self.give_back(path, media)

    def take(self, path: str) -> Media:
        """Give an open file until `give_back`."""
        self._mine()
        with self._lock:
            entry = self._entries.setdefault(path, _Entry())
            self._entries.move_to_end(path)
            entry.users += 1
        try:
            with entry.lock:
                if entry.media is None:
                    form = self._form
                    # One decoder a stream: lanes are read side by side.
                    entry.media = Media(
                        path,
                        video=None if form.video else False,
                        audio=None if form.audio else False,
                        on_error=self._on_error,
                        num_threads=1,
                    )
                return entry.media
        except BaseException:
            with self._lock:
                entry.users -= 1
                if not entry.users and self._entries.get(path) is entry:
                    del self._entries[path]
            raise

    @contextmanager
    def beginning(self, path: str) -> Iterator[None]:
        """Say that a file is being opened and indexed, which may take long, while this context lasts."""
        self._mine()
        with self._lock:
            self._begun[path] += 1
        try:
            yield
        finally:
            with self._lock:
                self._begun[path] -= 1

    @property
    def in_beginning(self) -> tuple[str, ...]:
        """Files that are being opened and indexed."""
        self._mine()
        with self._lock:
            return tuple(path for path, number in self._begun.items() if number > 0)

    def give_back(self, path: str, media: Media) -> None:
        """Say that a file is no longer in use."""
        self._mine()
        with self._lock:
            entry = self._entries.get(path)
            # It was left behind, or belongs to the parent process.
            if entry is None or entry.media is not media:
                return
            entry.users -= 1
            self._evict()

    def leave(self, path: str) -> None:
        """Forget a file that hangs; whoever waits in it keeps it."""
        self._mine()
        with self._lock:
            self._entries.pop(path, None)

    def _evict(self) -> None:
        for path in [path for path, entry in self._entries.items() if not entry.users]:
            if len(self._entries) <= self._limit:
                return
            self._close(self._entries.pop(path))

    def _close(self, entry: _Entry) -> None:
        if entry.media is not None:
            self._counted.update(entry.media.counters)
            entry.media.close()

    @property
    def counters(self) -> dict[str, int]:
        """The sum of `Media.counters` over all files, closed ones too, in this process."""
        self._mine()
        with self._lock:
            total = self._counted.copy()
            for entry in self._entries.values():
                if entry.media is not None:
                    total.update(entry.media.counters)
            return dict(total)

    @property
    def num_open(self) -> int:
        """Files that are open now."""
        self._mine()
        with self._lock:
            return sum(entry.media is not None for entry in self._entries.values())

    def close(self) -> None:
        """Close all. Files can be opened again afterwards."""
        self._mine()
        with self._lock:
            for entry in self._entries.values():
                self._close(entry)
            self._entries.clear()
