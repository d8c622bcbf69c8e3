"""Windows: what is seen and heard in a span."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import TooLarge
from ..spans import Span
from .frames import VideoFrames, wrap_frames
from .samples import AudioSamples, wrap_samples

MAX_WINDOWS = 1_000_000
"""Windows of one stream: over an hour, one every 3.6 ms."""


@dataclass(frozen=True, eq=False)
class Window:
    """Frames and sound of one span, on one clock.

    What is missing is marked, never cut, shifted or padded in silence.

    Attributes:
        span: The span that was asked for.
        video: Its frames, or None without a video track.
        audio: Its samples, or None without an audio track.
        text: Sentences; None until a corpus adds them.
        labels: Labels; None until a corpus adds them.
    """

    span: Span
    video: VideoFrames | None
    audio: AudioSamples | None
    text: Any = None
    labels: Any = None

    @property
    def video_valid(self) -> npt.NDArray[np.bool_]:
        """Bool ``[T]``: there is a frame; empty without video."""
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
    reach = duration - start - length
    count = 1 if reach <= 0 else -(-reach // hop) + 1
    if count > MAX_WINDOWS:
        raise TooLarge(f"{int(count)} windows were asked for; the limit is {MAX_WINDOWS}, take a longer hop")
    return [Span(start + k * hop, start + k * hop + length) for k in range(int(count))]


def wrap_window(span: Span, frames: _core.Frames | None, samples: _core.Samples | None) -> Window:
    """Give one window of the core its public form."""
    video = None if frames is None else wrap_frames(frames)
    audio = None if samples is None else wrap_samples(samples)
    return Window(span=span, video=video, audio=audio)


class WindowStream(Iterator[Window]):
    """Windows in order; begins anew in a forked child, at the window where it stood."""

    def __init__(self, spans: list[Span], stream: Callable[[int], _core.WindowStream]) -> None:
        self._spans, self._make, self._next = spans, stream, 0
        self._streams: dict[int, _core.WindowStream] = {os.getpid(): stream(0)}

    def __iter__(self) -> WindowStream:
        return self

    def __len__(self) -> int:
        """The number of windows that are still to come."""
        return len(self._spans) - self._next

    def __next__(self) -> Window:
        if self._next >= len(self._spans):
            self._streams.pop(os.getpid(), None)
            raise StopIteration
        stream = self._streams.get(os.getpid())
        if stream is None:
            stream = self._streams[os.getpid()] = self._make(self._next)
        span = self._spans[self._next]
        try:
            frames, samples = next(stream)
        finally:
            # Stays where it was when the call was interrupted.
            self._next = stream.index
        return wrap_window(span, frames, samples)
