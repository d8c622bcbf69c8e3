"""Windows: the frames and the samples of a span."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Never

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import EmosError, TooLarge, quoted
from ..spans import Span, hop_window, num_hop_windows
from .frames import FrameFormat, VideoFrames
from .samples import AudioSamples, wrap_samples

MAX_STREAM_WINDOWS = 1_000_000
"""The most windows of one stream: over an hour, one every 3.6 ms."""


@dataclass(frozen=True, eq=False, repr=False)
class Window:
    """Frames and audio of one span, on one clock.

    Missing frames and samples are marked as not valid. Nothing is cut, shifted or padded without such a mark.

    Attributes:
        span: The span that was read.
        video: Its frames, or None without a video track.
        audio: Its samples, or None without an audio track.
        text: Sentences; None until a corpus adds them.
        labels: Labels; None until a corpus adds them.
    """

    span: Span
    video: VideoFrames | None
    audio: AudioSamples | None
    text: object = None
    labels: object = None

    def __repr__(self) -> str:
        return f"Window({self.span}, {self.video}, {self.audio})"

    @property
    def video_valid(self) -> npt.NDArray[np.bool_]:
        """Bool ``[T]``: there is a frame at this index; empty without video."""
        return np.zeros(0, dtype=np.bool_) if self.video is None else self.video.valid

    @property
    def audio_valid(self) -> npt.NDArray[np.bool_]:
        """Bool ``[N]``: the track has this sample; empty without audio."""
        return np.zeros(0, dtype=np.bool_) if self.audio is None else self.audio.valid

    @property
    def damaged(self) -> npt.NDArray[np.bool_]:
        """Bool ``[T]``: the frame is damaged; empty without video."""
        return np.zeros(0, dtype=np.bool_) if self.video is None else self.video.damaged


def window_spans(duration: Fraction, length: Fraction, hop: Fraction, start: Fraction) -> list[Span]:
    """Return the spans from ``start + k * hop`` on; the last is the first whose end reaches `duration`."""
    count = num_hop_windows(duration - start, length, hop)
    if count > MAX_STREAM_WINDOWS:
        raise TooLarge(f"a stream must have at most {MAX_STREAM_WINDOWS} windows, got {count}; take a longer hop")
    return [hop_window(index, length, hop, start) for index in range(count)]


@contextmanager
def name_span(span: Span) -> Iterator[None]:
    """Give errors the span that could not be read, as `span`."""
    try:
        yield
    except EmosError as error:
        error.span = span
        raise


class WindowStream(Iterator[Window]):
    """An iterator over windows in order; `len` is the number of windows to come.

    A forked child goes on from the window at which the stream stood.
    """

    def __init__(
        self, spans: list[Span], path: str, shaped: FrameFormat, stream: Callable[[int], _core.WindowStream]
    ) -> None:
        self._spans, self._path, self._format, self._make, self._next = spans, path, shaped, stream, 0
        self._streams: dict[int, _core.WindowStream] = {os.getpid(): stream(0)}

    def __iter__(self) -> WindowStream:
        return self

    def __len__(self) -> int:
        """The number of windows to come."""
        return len(self._spans) - self._next

    def __repr__(self) -> str:
        following = self._spans[self._next] if self._next < len(self._spans) else None
        return f"WindowStream({len(self)} of {len(self._spans)} windows to come, next={following}, path={self._path!r})"

    def __reduce__(self) -> Never:
        raise TypeError(
            "a stream of windows cannot be pickled; pickle the Media, and begin the stream in the other process: "
            f"{quoted(self._path)}"
        )

    def __next__(self) -> Window:
        """Return the next window.

        Raises:
            EmosError: The window could not be read; `span` says which. The next call reads the window after it.
        """
        if self._next >= len(self._spans):
            self._streams.pop(os.getpid(), None)
            raise StopIteration
        stream = self._streams.get(os.getpid())
        if stream is None:
            stream = self._streams[os.getpid()] = self._make(self._next)
        span = self._spans[self._next]
        try:
            with name_span(span):
                frames, samples = next(stream)
        finally:
            # An interrupted window is read again.
            self._next = stream.index
        video = None if frames is None else self._format.wrap(frames, self._path)
        return Window(span=span, video=video, audio=None if samples is None else wrap_samples(samples))
