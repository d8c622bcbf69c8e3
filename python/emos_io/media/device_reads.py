"""What a Media reads on a device: the core says which frames and when, a backend decodes them."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace

import numpy as np

from .. import _core
from ..errors import DecodeError, InvalidArgument, quoted
from ..spans import Span
from .arguments import Out, pair
from .backend import DeviceStats, FrameBackend, open_backend
from .core_gops import CoreGops
from .device_arrays import DeviceArray
from .device_windows import DeviceWindows, axes_of, indices_of, uploaded
from .frames import FrameFormat, VideoFrames, timing_of
from .opening import OpenSource
from .windows import MemoryOf, WindowStream, name_span


@dataclass(frozen=True)
class _KeptReader:
    """The reader of streams: they go on when their media is closed, as on the CPU. It is alive as long as one of them."""

    reader: _core.Reader
    process: int


class DeviceReads:
    """Answers on a device."""

    def __init__(self, opened: OpenSource, device: str) -> None:
        self._opened, self._device = opened, device
        # One of each process, as readers are.
        self._backends: dict[int, FrameBackend] = {}
        self._lock = threading.Lock()
        self._kept: Callable[[], _KeptReader | None] = lambda: None

    def played_at(
        self, times: list[tuple[int, int]], holds: bool, shaped: FrameFormat, out: Out | None
    ) -> VideoFrames[DeviceArray]:
        """Return the frames on screen at times."""
        self._refuse(out)
        reader = self._opened.reader()
        slots = reader.slots_played_at(times, holds)
        return self._answer(slots, shaped, lambda: reader.frames_played_at(times, shaped.geometry, None, holds))

    def by_index(self, indices: list[int], shaped: FrameFormat, out: Out | None) -> VideoFrames[DeviceArray]:
        """Return frames by index."""
        self._refuse(out)
        reader = self._opened.reader()
        slots = reader.slots_by_index(indices)
        return self._answer(slots, shaped, lambda: reader.frames_by_index(indices, shaped.geometry, None))

    def in_span(
        self, span: Span | None, sampling: _core.Sampling, shaped: FrameFormat, out: Out | None
    ) -> VideoFrames[DeviceArray]:
        """Return frames of a span, or of the video track."""
        self._refuse(out)
        ends = None if span is None else (pair(span.start), pair(span.end))
        reader = self._opened.reader()
        with nullcontext() if span is None else name_span(span):
            slots = reader.slots_in(ends, sampling)
            return self._answer(slots, shaped, lambda: reader.frames_in(ends, sampling, shaped.geometry, None))

    def windows(
        self,
        spans: list[Span],
        sampling: _core.Sampling,
        shaped: FrameFormat,
        audio: tuple[int | None, int | None],
        out: MemoryOf | None,
    ) -> WindowStream[DeviceArray]:
        """Return the windows of spans."""
        self._refuse(out)
        pairs = [(pair(span.start), pair(span.end)) for span in spans]
        name, kept = self._opened.name, self._keep_reader()

        def begin(first: int) -> DeviceWindows:
            if os.getpid() != kept.process:
                raise InvalidArgument(
                    "a stream of windows on a device must be read in the process that began it, got a forked child; open the "
                    f"media there, in a process that was started anew: {quoted(name)}",
                    path=name,
                )
            return DeviceWindows(kept.reader, self._backend(), shaped, name, pairs, sampling, audio, first)

        return WindowStream(spans, name, begin, None)

    def stats(self) -> DeviceStats:
        """Return what the device decoded in this process."""
        backend = self._backends.get(os.getpid())
        fallback = {} if backend is None else dict(backend.fallback)
        num_gops = 0 if backend is None else backend.num_gops
        return DeviceStats(
            device=self._device,
            gops={"device": num_gops, "cpu": sum(fallback.values())},
            fallback=dict.fromkeys(fallback, 1),
        )

    def close(self) -> None:
        """Drop what is kept."""
        backend = self._backends.get(os.getpid())
        if backend is not None:
            backend.close()

    def _backend(self) -> FrameBackend:
        process = os.getpid()
        if process not in self._backends:
            # Two threads may open one at a time: the first of them stays.
            self._backends.setdefault(process, open_backend(self._device, CoreGops(self._reader, self._opened.name)))
        return self._backends[process]

    def _reader(self) -> _core.Reader:
        kept = self._kept()
        return kept.reader if kept is not None and kept.process == os.getpid() else self._opened.reader()

    def _keep_reader(self) -> _KeptReader:
        reader = self._opened.reader()
        with self._lock:
            kept = self._kept()
            if kept is None or kept.process != os.getpid():
                kept = _KeptReader(reader, os.getpid())
                self._kept = weakref.ref(kept)
        return kept

    def _answer(
        self, slots: _core.FrameSlots, shaped: FrameFormat, read: Callable[[], _core.Frames]
    ) -> VideoFrames[DeviceArray]:
        backend, indices, name = self._backend(), indices_of(slots), self._opened.name
        reason = backend.refusal(shaped)
        if reason is not None:
            video = replace(shaped, moves_channels=False).wrap(read(), name)
            backend.count_core_read(reason, len(backend.gops_of(indices)))
            return uploaded(video, backend, shaped)
        session = backend.session([indices], shaped, axes_of(shaped))
        try:
            frames = session.read(0)
        except DecodeError:
            if (np.diff(indices) < 0).any():
                # The core names the damaged frame that comes first in the answer; GOPs are read in the order of the file.
                read()
            raise
        finally:
            session.close()
        return VideoFrames(frames.data, timing_of(slots, name, frames.valid), frames.valid, frames.damaged)

    def _refuse(self, out: Out | MemoryOf | None) -> None:
        if out is not None:
            raise InvalidArgument(
                f"out must be left out of a media on a device, got one for {self._device!r}; the frames stay on the device: "
                f"{quoted(self._opened.name)}",
                path=self._opened.name,
            )
