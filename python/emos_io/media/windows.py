"""Windows: the frames and the samples of a span."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, Never, Protocol

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import EmosError, InvalidArgument, TooLarge, quoted, short_repr
from ..spans import Span, check_span, hop_window, num_hop_windows
from .arguments import Out, output, sequence
from .device_arrays import Data
from .frames import FrameFormat, VideoFrames, array_repr
from .samples import AudioSamples, wrap_samples

MAX_STREAM_WINDOWS = 1_000_000
"""The most windows of one stream: over an hour, one every 3.6 ms."""


@dataclass(frozen=True, eq=False, repr=False)
class Window(Generic[Data]):
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
    video: VideoFrames[Data] | None
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


@dataclass(frozen=True, eq=False, repr=False)
class WindowMemory:
    """Memory of the caller for one window: writable, C-contiguous arrays or CPU tensors.

    Attributes:
        frames: uint8, of the shape of the window's frames; None where the reader makes it.
        samples: float32 ``[C, N]``; None where the reader makes it.
    """

    frames: Out | None = None
    samples: Out | None = None

    def __repr__(self) -> str:
        arrays = (None if array is None else np.asarray(array) for array in (self.frames, self.samples))
        frames, samples = ("None" if array is None else array_repr(array) for array in arrays)
        return f"WindowMemory(frames={frames}, samples={samples})"


MemoryOf = Callable[[int], WindowMemory | None]
"""Gets the index of a window, from 0, and gives its memory; None where the reader makes it."""


def window_spans(duration: Fraction, length: Fraction, hop: Fraction, start: Fraction) -> list[Span]:
    """Return the spans from ``start + k * hop`` on; the last is the first whose end reaches `duration`."""
    count = num_hop_windows(duration - start, length, hop)
    if count > MAX_STREAM_WINDOWS:
        raise TooLarge(f"a stream must have at most {MAX_STREAM_WINDOWS} windows, got {count}; take a longer hop")
    return [hop_window(index, length, hop, start) for index in range(count)]


def sorted_spans(spans: Iterable[Span]) -> list[Span]:
    """Return spans that are sorted by start.

    Raises:
        InvalidArgument: They are no spans, or not sorted.
    """
    several = [check_span(span, "spans") for span in sequence(spans, "spans", "Span", "put a single span in a list")]
    for before, after in itertools.pairwise(several):
        if after.start < before.start:
            raise InvalidArgument(
                f"spans must be sorted by start, got {after} after {before}; sort them, or read one at a time with window",
                span=after,
            )
    return several


def checked_memory_of(out: MemoryOf | None) -> MemoryOf | None:
    """Return the function that gives memory to windows.

    Raises:
        InvalidArgument: It cannot be called.
    """
    if out is not None and not callable(out):
        raise InvalidArgument(
            f"out must be a function of a window's index or None, got {short_repr(out)}; give one that returns "
            "WindowMemory(frames=, samples=)"
        )
    return out


@contextmanager
def name_span(span: Span) -> Iterator[None]:
    """Give errors the span that could not be read, as `span`."""
    try:
        yield
    except EmosError as error:
        error.span = span
        raise


WindowMemories = tuple[npt.NDArray[np.uint8] | None, npt.NDArray[np.float32] | None]
WindowShapes = tuple[tuple[int, int, int, int] | None, tuple[int, int] | None]


class WindowReads(Protocol[Data]):
    """Windows that one process reads in order."""

    @property
    def index(self) -> int:
        """How many windows were read, or ended with an error."""

    def next_shapes(self) -> WindowShapes | None:
        """Return the shapes of frames and of samples of the next window, without decoding."""

    def read(self, memory: WindowMemories) -> tuple[VideoFrames[Data] | None, AudioSamples | None]:
        """Return the next window, in the caller's memory where it is given."""


class CoreWindows:
    """Windows that the core reads, as numpy arrays."""

    def __init__(self, stream: _core.WindowStream, shaped: FrameFormat, path: str) -> None:
        self._stream, self._format, self._path = stream, shaped, path

    @property
    def index(self) -> int:
        """How many windows were read, or ended with an error."""
        return self._stream.index

    def next_shapes(self) -> WindowShapes | None:
        """Return the shapes of frames and of samples of the next window, without decoding."""
        return self._stream.next_shapes()

    def read(self, memory: WindowMemories) -> tuple[VideoFrames | None, AudioSamples | None]:
        """Return the next window, in the caller's memory where it is given."""
        window = self._stream.read(*memory)
        assert window is not None, "the core has as many windows as spans"
        frames, samples = window
        video = None if frames is None else self._format.wrap(frames, self._path, memory[0])
        return video, None if samples is None else wrap_samples(samples, memory[1])


class WindowStream(Iterator[Window[Data]], Generic[Data]):
    """An iterator over windows in order; `len` is the number of windows to come.

    A forked child goes on from the window at which the stream stood. On a device it must begin a stream of its own.
    """

    def __init__(
        self, spans: list[Span], path: str, begin: Callable[[int], WindowReads[Data]], out: MemoryOf | None
    ) -> None:
        self._spans, self._path, self._begin, self._out = spans, path, begin, out
        self._next = 0
        self._reads: dict[int, WindowReads[Data]] = {os.getpid(): begin(0)}

    def __iter__(self) -> WindowStream[Data]:
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

    def __next__(self) -> Window[Data]:
        """Return the next window.

        Raises:
            EmosError: The window could not be read; `span` says which. The next call reads the window after it.
        """
        if self._next >= len(self._spans):
            self._reads.pop(os.getpid(), None)
            raise StopIteration
        index, reads = self._next, self._reads.get(os.getpid())
        if reads is None or reads.index != index:
            # In a forked child, or where Ctrl-C came after a window had been read that nobody got.
            reads = self._reads[os.getpid()] = self._begin(index)
        span = self._spans[index]
        try:
            with name_span(span):
                video, audio = reads.read(self._memory(reads, index))
        except KeyboardInterrupt:
            # The window is read again, also where the core had just ended it.
            raise
        except BaseException:
            self._next = reads.index
            raise
        # Last: what Ctrl-C ends before is read again.
        self._next = index + 1
        return Window(span=span, video=video, audio=audio)

    def _memory(self, reads: WindowReads[Data], index: int) -> WindowMemories:
        """Return the caller's memory for the tracks that the next window has."""
        memory = None if self._out is None else self._out(index)
        if reads.index != index:
            raise InvalidArgument(
                f"out must leave the stream at window {index}, got one that read to window {reads.index}; "
                "give the memory alone"
            )
        if memory is None:
            return None, None
        if not isinstance(memory, WindowMemory):
            raise InvalidArgument(
                f"out must return a WindowMemory or None, got {short_repr(memory)}; give WindowMemory(frames=, samples=)"
            )
        try:
            shapes = reads.next_shapes()
        except EmosError:
            # The read has the same error, and goes on after it.
            return None, None
        frames, samples = (None, None) if shapes is None else shapes
        pixels = None if memory.frames is None or frames is None else output(memory.frames, frames, np.uint8)
        waveform = None if memory.samples is None or samples is None else output(memory.samples, samples, np.float32)
        if pixels is not None and waveform is not None and np.may_share_memory(pixels, waveform):
            raise InvalidArgument(
                f"out must give frames and samples that do not overlap, got {memory!r}; give each memory of its own"
            )
        return pixels, waveform
