"""Open media: at most so many at once, the least recently used closed first."""

from __future__ import annotations

import os
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..media import DeviceArray, DeviceStats, Media, OnError
from .device_counts import DeviceCounts
from .specs import SampleSpec

AnyData: TypeAlias = "npt.NDArray[np.uint8] | DeviceArray"
"""Frames in memory of the CPU or on a device, as `Media` gives them."""


@dataclass(slots=True, eq=False)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    media: Media[AnyData] | None = None
    users: int = 0


class OpenMedia:
    """A bounded set of open files, shared by threads.

    A file in use is never closed, so there are more than `limit` only while more are in use at once. In a forked child
    the set begins empty.

    Args:
        spec: What will be read; a track that is not in it is not opened.
        on_error: ``"raise"`` or ``"mask"``, as in `Media`.
        limit: Files that stay open. Each may hold 64 MiB of decoded audio.
        device: Where frames are decoded, as in `Media`; None for the CPU.
    """

    def __init__(self, spec: SampleSpec, on_error: OnError, limit: int, device: str | None = None) -> None:
        self._spec, self._on_error, self._limit, self._device = spec, on_error, limit, device
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._opening: Counter[str] = Counter()
        self._closed_counters: Counter[str] = Counter()
        self._stats = DeviceCounts(self._device)

    def _reset_after_fork(self) -> None:
        # Another thread may have locked it when the process forked.
        if self._process != os.getpid():
            self._reset()

    def acquire(self, path: str) -> Media[AnyData]:
        """Return an open file, which stays open until `release`; it is opened first where it is not open.

        Raises:
            SourceNotFound, SourceUnreadable: The file cannot be opened, as for `Media`.
        """
        self._reset_after_fork()
        with self._lock:
            entry = self._entries.setdefault(path, _Entry())
            self._entries.move_to_end(path)
            entry.users += 1
        try:
            with entry.lock:
                if entry.media is None:
                    spec = self._spec
                    # One decoder a stream: lanes are read side by side.
                    entry.media = Media(
                        path,
                        video=None if spec.video else False,
                        audio=None if spec.audio else False,
                        on_error=self._on_error,
                        num_threads=1,
                        device=self._device,
                    )
                return entry.media
        except BaseException:
            with self._lock:
                entry.users -= 1
                if not entry.users and self._entries.get(path) is entry:
                    del self._entries[path]
            raise

    @contextmanager
    def opening(self, path: str) -> Iterator[None]:
        """List a file in `opening_paths` while this context lasts: opening and indexing may take long."""
        self._reset_after_fork()
        with self._lock:
            self._opening[path] += 1
        try:
            yield
        finally:
            with self._lock:
                self._opening[path] -= 1

    @property
    def opening_paths(self) -> tuple[str, ...]:
        """Files that are being opened and indexed."""
        self._reset_after_fork()
        with self._lock:
            return tuple(path for path, count in self._opening.items() if count > 0)

    def release(self, path: str, media: Media[AnyData]) -> None:
        """End the use of a file that was acquired."""
        self._reset_after_fork()
        with self._lock:
            entry = self._entries.get(path)
            # It was abandoned, or belongs to the parent process.
            if entry is None or entry.media is not media:
                return
            entry.users -= 1
            self._evict()

    def abandon(self, path: str) -> None:
        """Drop a file that hangs without closing it: a thread still waits in it."""
        self._reset_after_fork()
        with self._lock:
            self._entries.pop(path, None)

    def _evict(self) -> None:
        for path in [path for path, entry in self._entries.items() if not entry.users]:
            if len(self._entries) <= self._limit:
                return
            self._close(path, self._entries.pop(path))

    def _close(self, path: str, entry: _Entry) -> None:
        if entry.media is not None:
            self._closed_counters.update(entry.media.counters)
            self._stats.add(path, entry.media.stats())
            entry.media.close()

    @property
    def counters(self) -> dict[str, int]:
        """The sum of `Media.counters` over all files, closed ones too, in this process."""
        self._reset_after_fork()
        with self._lock:
            total = self._closed_counters.copy()
            for entry in self._entries.values():
                if entry.media is not None:
                    total.update(entry.media.counters)
            return dict(total)

    def stats(self) -> DeviceStats:
        """Return the sum of `Media.stats` over all files, closed ones too, in this process; a file counts once for a reason."""
        self._reset_after_fork()
        with self._lock:
            total = self._stats.copy()
            for path, entry in self._entries.items():
                if entry.media is not None:
                    total.add(path, entry.media.stats())
            return total.stats()

    @property
    def num_open(self) -> int:
        """Files that are open now."""
        self._reset_after_fork()
        with self._lock:
            return sum(entry.media is not None for entry in self._entries.values())

    def close(self) -> None:
        """Close all. Files can be opened again afterwards."""
        self._reset_after_fork()
        with self._lock:
            for path, entry in self._entries.items():
                self._close(path, entry)
            self._entries.clear()
