"""Reading a file at exact moments."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import InvalidArgument, short_repr
from ..spans import Seconds, Span, check_span, exact_seconds, is_rounded, num_samples, positive
from . import arguments
from .arguments import DimensionOrder, Fit, OnError, Out, Roi, Size, audio_format, frame_rate, pair
from .frames import FrameFormat, VideoFrames
from .open_media import OpenMedia
from .opening import OpenOptions, OpenSource, TrackChoice
from .samples import AudioSamples, wrap_samples
from .sources import Source
from .windows import MemoryOf, Window, WindowStream, name_span, window_spans


class Media(OpenMedia):
    """A video or audio file, read at exact moments.

    Time is media time in seconds: zero is where a player shows 0:00, the earliest presentation time over all audio and
    video tracks. Any number of threads may read one Media at once. A Media on a path or on bytes pickles, and opens
    itself again in the other process (bytes travel with it); after a fork the child opens it again by itself.

    Args:
        source: A path, the bytes of a file, or an open binary file object with `read` and `seek` (those of fsspec work:
            ``fsspec.open(url).open()``). The bytes may be any contiguous memory of bytes, ``uint8[N]``: a numpy array, a
            CPU tensor, a bytearray, a memoryview, an mmap. Memory is kept and not copied; until the Media is closed it
            cannot be resized, and must not be written to, or later reads may fail or give other frames. Reading moves
            the position of a file object; while a stream of windows is open, nobody else may move it.
        video: A stream's index in the file, a language, or False for no video; None takes FFmpeg's best stream.
        audio: The same choice of the audio track.
        on_error: What damage does: ``"raise"`` a `DecodeError`, or ``"mask"`` it in `valid` and `damaged`.
        num_threads: How many decoders work at the same time; None for one for each core.
        index: What `save_index` returned for the same file; it saves the scan.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: The file cannot be read, or FFmpeg finds no media in it.
        SourceChanged: `index` belongs to another state of the file.
        NoSuchTrack: The file has no track of that index or language.
        InvalidArgument: An argument is not allowed.

    Cost: mp4 and mov read their tables. Other containers are read through once, when something is first asked of them
    (such as their metadata). Nothing is decoded, with two exceptions: the first GOP of a file that does not begin with a
    keyframe, and everything once where packets have no presentation times (AVI with reordered frames, raw streams).

    Example:
        `clip` is the path of 3 s of video, 64 x 16 pixels at 25 frames/s, with audio at 48 kHz.

        >>> media = Media(clip)
        >>> frames = media.frames_played_at([0, "1.5"], size=(32, 128))
        >>> frames
        VideoFrames(uint8[2, 32, 128, 3], pts=0 to 37/25 s, valid=2, damaged=0)
        >>> frames.times
        (Fraction(0, 1), Fraction(37, 25))
        >>> media.window(Span(1, 2), fps=5, sample_rate=16_000, num_channels=1).audio
        AudioSamples(float32[1, 16000], start=1 s, sample_rate=16000, valid=16000, damaged=False)
    """

    def __init__(
        self,
        source: Source,
        *,
        video: TrackChoice = None,
        audio: TrackChoice = None,
        on_error: OnError = "raise",
        num_threads: int | None = None,
        index: bytes | None = None,
    ) -> None:
        super().__init__(OpenSource(source, OpenOptions.checked(video, audio, on_error, num_threads), index))

    def frames_played_at(
        self,
        times: Iterable[Seconds],
        *,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        out: Out | None = None,
    ) -> VideoFrames:
        """Return the frame on screen at each time.

        Frame i is on screen during ``[pts[i], pts[i + 1])``, the last one for its own duration. Order and repeats of
        `times` are kept.

        Args:
            times: Seconds of media time. Integers are seconds too, not indices: see `frames_by_index`. Exact if int,
                Fraction or str; a float within a microsecond below a frame's pts means that frame.
            size: (height, width), or the short side with the shape kept; None keeps the displayed size.
            fit: With (height, width): ``"stretch"``, ``"pad"`` (all of it, centred on black) or ``"crop"`` (the centre).
            roi: A box in displayed pixels, or boxes over time, cropped before scaling. A box grows outward to the grid of
                the stored colour (2 pixels in 4:2:0).
            dimension_order: ``"THWC"``, or ``"TCHW"``: a view with channels first, which is not contiguous without `out`.
            out: Memory to fill: a writable, C-contiguous uint8 array or CPU tensor of the shape of ``data``.

        Returns:
            ``data`` is uint8 RGB in [0, 255], ``[T, H, W, 3]``; `pts` and `duration` are exact ticks.

        Raises:
            TimeOutOfRange: No frame is on screen at a time.
            DecodeError: A frame is damaged and `on_error` is ``"raise"``.
            TooLarge: The result would be over 8 GiB.
            NoSuchTrack: There is no video track.
            UnsupportedCodec: FFmpeg has no decoder for the track.
            SourceChanged: The file is not the one that was opened.
            SourceUnreadable: The file can no longer be read.
            InvalidArgument: An argument is not allowed, or the Media is closed.

        Cost: each GOP with a wanted frame is decoded once, up to the last wanted frame in it; frames that nobody wants
        and no other frame refers to are not decoded. GOPs are decoded in parallel, without the GIL.
        """
        wanted = [pair(self._exact(time)) for time in arguments.times(times)]
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=out is not None)
        memory = None if out is None else self._frames_memory(out, len(wanted), shaped)
        frames = self._opened.reader().frames_played_at(wanted, shaped.geometry, memory)
        return shaped.wrap(frames, self._opened.name, memory)

    def frames_by_index(
        self,
        indices: Iterable[int],
        *,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        out: Out | None = None,
    ) -> VideoFrames:
        """Return frames by index in display order; negative indices count from the end.

        Other arguments, result, errors and cost are those of `frames_played_at`, with:

        Raises:
            FrameIndexError: There is no frame of that index; `index` of the error has it.
        """
        wanted = arguments.indices(indices)
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=out is not None)
        memory = None if out is None else self._frames_memory(out, len(wanted), shaped)
        frames = self._opened.reader().frames_by_index(wanted, shaped.geometry, memory)
        return shaped.wrap(frames, self._opened.name, memory)

    def frames_in(
        self,
        span: Span,
        *,
        fps: Seconds | None = None,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        out: Out | None = None,
    ) -> VideoFrames:
        """Return the frames of a span.

        With `fps`: the frame on screen at each time ``start + k / fps < end``, ``T = ceil((end - start) * fps)``; not
        valid where none is on screen. Without `fps`: every frame that is on screen during ``[start, end)``.

        Other arguments, errors and cost are those of `frames_played_at`, but a span outside of the track is no error.
        Errors of reading have the span as `span`.
        """
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=out is not None)
        start, end, rate = pair(check_span(span, "span").start), pair(span.end), frame_rate(fps)
        reader, memory = self._opened.reader(), None
        with name_span(span):
            if out is not None:
                shape = reader.frames_shape(start, end, rate, shaped.geometry)
                memory = None if shape is None else arguments.output(out, shape, np.uint8)
            frames = reader.frames_in(start, end, rate, shaped.geometry, memory)
        return shaped.wrap(frames, self._opened.name, memory)

    def samples_in(
        self,
        span: Span,
        *,
        sample_rate: int | None = None,
        num_channels: int | None = None,
        out: Out | None = None,
    ) -> AudioSamples:
        """Return the samples of a span.

        Sample n of rate r has the time n / r. A span has the samples ``floor(start * r + 1/2) <= n <
        floor(end * r + 1/2)``. The result does not depend on earlier reads: it is always a slice of the same signal, the
        track decoded from fixed anchors, with gaps as zeros, resampled once.

        Args:
            span: What to read; outside of the track samples are zero and not valid.
            sample_rate: Samples a second; None keeps the track's.
            num_channels: 1 mixes to mono (stereo as half left, half right); 2 gives a mono track's samples times 0.7071
                (the square root of 1/2) in both; None keeps the track's.
            out: Memory to fill: a writable, C-contiguous float32 array or CPU tensor ``[C, N]``.

        Returns:
            ``data`` is float32 ``[C, N]``, full scale [-1, 1].

        Raises:
            DecodeError: Samples are damaged and `on_error` is ``"raise"``.
            TooLarge: The result would be over 8 GiB.
            NoSuchTrack: There is no audio track.
            UnsupportedCodec: FFmpeg has no decoder for the track.
            SourceChanged: The file is not the one that was opened.
            SourceUnreadable: The file can no longer be read.
            InvalidArgument: An argument is not allowed, or the Media is closed.

        Errors of reading have the span as `span`.

        Cost: each audio chunk that the span touches (1.5 to 12 s, by codec) is decoded once; the last 64 MiB of decoded
        audio stay in a cache.
        """
        rate, channels = audio_format(sample_rate, num_channels)
        start, end = pair(check_span(span, "span").start), pair(span.end)
        memory = None
        if out is not None and (track := self.metadata.audio) is not None:
            length = num_samples(span, rate or track.sample_rate)
            memory = arguments.output(out, (channels or track.num_channels, length), np.float32)
        reader = self._opened.reader()
        with name_span(span):
            samples = reader.samples_in(start, end, rate, channels, memory)
        return wrap_samples(samples, memory)

    def window(
        self,
        span: Span,
        *,
        fps: Seconds | None = None,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        sample_rate: int | None = None,
        num_channels: int | None = None,
    ) -> Window:
        """Return the frames and the samples of one span; missing ones are marked, a missing track is None.

        Arguments and cost are those of `frames_in` and `samples_in`, and so are errors, but for `NoSuchTrack`.
        """
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=False)
        return next(self._windows([check_span(span, "span")], fps, shaped, sample_rate, num_channels))

    def windows(
        self,
        length: Seconds,
        hop: Seconds | None = None,
        *,
        start: Seconds = 0,
        fps: Seconds | None = None,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        sample_rate: int | None = None,
        num_channels: int | None = None,
    ) -> WindowStream:
        """Return an iterator over windows ``[start + k * hop, start + k * hop + length)``; `len` counts them.

        Each frame and sample is decoded once. The last window is the first whose end reaches the end of the latest
        track. Memory holds the frames of one window and of a few GOPs after it, whatever the length of the file.

        Args:
            length: Seconds of each window.
            hop: Seconds from one start to the next; None for `length`.
            start: The media time at which the first window begins.

        Other arguments are those of `window`. After an error the next window can still be read.

        Raises:
            InvalidArgument: An argument is not allowed.
            TooLarge: There would be over a million windows.
        """
        exact_length = positive(length, "length", "give the seconds of a window")
        exact_hop = exact_length if hop is None else positive(hop, "hop", "leave it out for windows end to end")
        spans = window_spans(self.metadata.duration, exact_length, exact_hop, exact_seconds(start, name="start"))
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=False)
        return self._windows(spans, fps, shaped, sample_rate, num_channels)

    def windows_at(
        self,
        spans: Iterable[Span],
        *,
        fps: Seconds | None = None,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        sample_rate: int | None = None,
        num_channels: int | None = None,
        out: MemoryOf | None = None,
    ) -> WindowStream:
        """Return an iterator over the windows of spans that are sorted by start; each frame and sample is decoded once.

        Args:
            spans: The spans of the windows, sorted by start; lengths and gaps may differ.
            out: A function that gets the index of a span and gives the `WindowMemory` to fill, such as rows of a batch, or
                None for memory of the window's own. It is called when the window is read. Memory of an absent track is
                left as it is; after an error memory may hold anything.

        Other arguments are those of `window`. After an error the next window can still be read.

        Raises:
            InvalidArgument: A span starts before the span in front of it, or, when a window is read, its memory does not
                have the window's shape and type. That window is then still the next one.

        Example:
            >>> import numpy as np
            >>> from emos_io.media import WindowMemory
            >>> batch = np.zeros((2, 5, 8, 8, 3), np.uint8)
            >>> rows = lambda index: WindowMemory(frames=batch[index])
            >>> windows = list(Media(clip).windows_at([Span(0, 1), Span(1, 2)], fps=5, size=(8, 8), out=rows))
            >>> [window.video.data.base is batch for window in windows]
            [True, True]
        """
        if out is not None and not callable(out):
            raise InvalidArgument(
                f"out must be a function of a window's index or None, got {short_repr(out)}; give one that returns "
                "WindowMemory(frames=, samples=)"
            )
        several = [
            check_span(span, "spans")
            for span in arguments.sequence(spans, "spans", "Span", "put a single span in a list")
        ]
        for before, after in itertools.pairwise(several):
            if after.start < before.start:
                raise InvalidArgument(
                    f"spans must be sorted by start, got {after} after {before}; sort them, or read one at a time with window",
                    span=after,
                )
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=out is not None)
        return self._windows(several, fps, shaped, sample_rate, num_channels, out)

    def _windows(
        self,
        spans: list[Span],
        fps: Seconds | None,
        shaped: FrameFormat,
        sample_rate: int | None,
        num_channels: int | None,
        out: MemoryOf | None = None,
    ) -> WindowStream:
        pairs = [(pair(span.start), pair(span.end)) for span in spans]
        rate, (samples, channels) = frame_rate(fps), audio_format(sample_rate, num_channels)

        def stream(skip: int) -> _core.WindowStream:
            return self._opened.reader().windows(pairs, rate, shaped.geometry, samples, channels, skip)

        return WindowStream(spans, self._opened.name, shaped, stream, out)

    def _exact(self, time: Seconds) -> Fraction:
        exact = exact_seconds(time, name="times")
        if not is_rounded(time):
            return exact
        video, later = self.metadata.video, exact + arguments.FLOAT_TOLERANCE
        if video is None or video.start is None or video.end is None:
            return exact
        # Outside of the track the error states the time that was given.
        return later if video.start <= later < video.end else exact

    def _frames_memory(self, out: Out, number: int, shaped: FrameFormat) -> npt.NDArray[np.uint8] | None:
        # The shape of one frame at time 0; all frames have the same.
        shape = self._opened.reader().frames_shape((0, 1), (1, 1), (1, 1), shaped.geometry)
        return None if shape is None else arguments.output(out, (number, *shape[1:]), np.uint8)
