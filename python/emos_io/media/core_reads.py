"""What a Media reads in numpy arrays: one call of the core for each answer."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Protocol

import numpy as np
import numpy.typing as npt

from .. import _core
from ..spans import Span
from . import arguments
from .arguments import Out, pair
from .backend import DeviceStats
from .device_arrays import Data
from .frames import FrameFormat, VideoFrames
from .opening import OpenSource
from .windows import CoreWindows, MemoryOf, WindowStream, name_span


class Reads(Protocol[Data]):
    """Answers of one opened source, of arguments that are checked."""

    def played_at(
        self, times: list[tuple[int, int]], holds: bool, shaped: FrameFormat, out: Out | None
    ) -> VideoFrames[Data]:
        """Return the frames on screen at times."""

    def by_index(self, indices: list[int], shaped: FrameFormat, out: Out | None) -> VideoFrames[Data]:
        """Return frames by index."""

    def in_span(
        self, span: Span | None, sampling: _core.Sampling, shaped: FrameFormat, out: Out | None
    ) -> VideoFrames[Data]:
        """Return frames of a span, or of the video track."""

    def windows(
        self,
        spans: list[Span],
        sampling: _core.Sampling,
        shaped: FrameFormat,
        audio: tuple[int | None, int | None],
        out: MemoryOf | None,
    ) -> WindowStream[Data]:
        """Return the windows of spans; `audio` is the rate and the number of channels."""

    def stats(self) -> DeviceStats:
        """Return what a device decoded."""

    def close(self) -> None:
        """Drop what is kept."""


class CoreReads:
    """Answers as numpy arrays."""

    def __init__(self, opened: OpenSource) -> None:
        self._opened = opened

    def played_at(self, times: list[tuple[int, int]], holds: bool, shaped: FrameFormat, out: Out | None) -> VideoFrames:
        """Return the frames on screen at times."""
        memory = None if out is None else self._memory(out, len(times), shaped)
        frames = self._opened.reader().frames_played_at(times, shaped.geometry, memory, holds)
        return shaped.wrap(frames, self._opened.name, memory)

    def by_index(self, indices: list[int], shaped: FrameFormat, out: Out | None) -> VideoFrames:
        """Return frames by index."""
        memory = None if out is None else self._memory(out, len(indices), shaped)
        frames = self._opened.reader().frames_by_index(indices, shaped.geometry, memory)
        return shaped.wrap(frames, self._opened.name, memory)

    def in_span(self, span: Span | None, sampling: _core.Sampling, shaped: FrameFormat, out: Out | None) -> VideoFrames:
        """Return frames of a span, or of the video track."""
        ends = None if span is None else (pair(span.start), pair(span.end))
        reader, memory = self._opened.reader(), None
        with nullcontext() if span is None else name_span(span):
            if out is not None:
                shape = reader.frames_shape(ends, sampling, shaped.geometry)
                memory = None if shape is None else arguments.output(out, shape, np.uint8)
            frames = reader.frames_in(ends, sampling, shaped.geometry, memory)
        return shaped.wrap(frames, self._opened.name, memory)

    def windows(
        self,
        spans: list[Span],
        sampling: _core.Sampling,
        shaped: FrameFormat,
        audio: tuple[int | None, int | None],
        out: MemoryOf | None,
    ) -> WindowStream:
        """Return the windows of spans."""
        pairs = [(pair(span.start), pair(span.end)) for span in spans]

        def begin(skip: int) -> CoreWindows:
            stream = self._opened.reader().windows(pairs, sampling, shaped.geometry, *audio, skip)
            return CoreWindows(stream, shaped, self._opened.name)

        return WindowStream(spans, self._opened.name, begin, out)

    def stats(self) -> DeviceStats:
        """Return that nothing was decoded on a device."""
        return DeviceStats(device=None, gops={"device": 0, "cpu": 0}, fallback={})

    def close(self) -> None:
        """Keep nothing."""

    def _memory(self, out: Out, number: int, shaped: FrameFormat) -> npt.NDArray[np.uint8] | None:
        # The shape of one frame at time 0; all frames have the same.
        shape = self._opened.reader().frames_shape(((0, 1), (1, 1)), _core.Sampling(fps=(1, 1)), shaped.geometry)
        return None if shape is None else arguments.output(out, (number, *shape[1:]), np.uint8)
