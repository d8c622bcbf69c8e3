"""Reading a file at exact moments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, cast, overload

import numpy as np
import numpy.typing as npt

from ..spans import Seconds, Span, check_span, exact_seconds, positive
from . import arguments
from .arguments import DimensionOrder, Fit, OnError, Out, Roi, Size, audio_format
from .audio_media import AudioMedia
from .backend import DeviceStats
from .core_reads import CoreReads, Reads
from .device_arrays import Data, DeviceArray
from .device_reads import DeviceReads
from .frames import FrameFormat, VideoFrames
from .opening import OpenOptions, OpenSource, TrackChoice
from .sampling import at_centres, checked_hold_last, on_grid, times_on_screen
from .sources import Source
from .windows import MemoryOf, Window, WindowStream, checked_memory_of, sorted_spans, window_spans


class Media(AudioMedia, Generic[Data]):
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
        video: A stream's index in the file, a language, or False for no video; None takes the best that can be decoded.
        audio: The same choice of the audio track.
        on_error: What damage does: ``"raise"`` a `DecodeError`, or ``"mask"`` it in `valid` and `damaged`.
        num_threads: How many decoders work at the same time; None for one for each core.
        index: What `save_index` returned for the same file; it saves the scan.
        device: Where frames are decoded and stay: ``"cuda"``, ``"cuda:1"``, or ``"dali-cpu"``, which is the same path on the
            CPU, to test it. `VideoFrames.data` is then a `DeviceArray`. Which frames, their times, and samples are those of
            None; pixels are close to them: docs/gpu.md says how close. What the device cannot decode right is decoded on
            the CPU and copied to it, which `stats` counts. Damage that neither the container nor headers show is found if
            the device's decoder fails at it; what it conceals is not marked as damaged. Not with `out`.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: The file cannot be read, or FFmpeg finds no media in it.
        SourceChanged: `index` belongs to another state of the file.
        NoSuchTrack: The file has no track of that index or language.
        InvalidArgument: An argument is not allowed.
        ImportError: What the device needs is not installed.

    Cost: mp4 and mov read their tables. Other containers are read through once, when something is first asked of them
    (such as their metadata). Little is decoded: packets at the ends of audio tracks; the first GOP of a file that does not
    begin with a keyframe; a frame of each of several video tracks; up to 512 packets of long HE-AAC; everything once where
    frames are reordered without presentation times (AVI, ASF, raw streams) or audio changes its format.

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

    @overload
    def __init__(
        self: Media[npt.NDArray[np.uint8]],
        source: Source,
        *,
        video: TrackChoice = None,
        audio: TrackChoice = None,
        on_error: OnError = "raise",
        num_threads: int | None = None,
        index: bytes | None = None,
        device: None = None,
    ) -> None: ...

    @overload
    def __init__(
        self: Media[DeviceArray],
        source: Source,
        *,
        video: TrackChoice = None,
        audio: TrackChoice = None,
        on_error: OnError = "raise",
        num_threads: int | None = None,
        index: bytes | None = None,
        device: str,
    ) -> None: ...

    @overload
    def __init__(
        self: Media[npt.NDArray[np.uint8] | DeviceArray],
        source: Source,
        *,
        video: TrackChoice = None,
        audio: TrackChoice = None,
        on_error: OnError = "raise",
        num_threads: int | None = None,
        index: bytes | None = None,
        device: str | None = None,
    ) -> None: ...

    def __init__(
        self,
        source: Source,
        *,
        video: TrackChoice = None,
        audio: TrackChoice = None,
        on_error: OnError = "raise",
        num_threads: int | None = None,
        index: bytes | None = None,
        device: str | None = None,
    ) -> None:
        options = OpenOptions.checked(video, audio, on_error, num_threads, device)
        super().__init__(OpenSource(source, options, index))

    def _begin(self, opened: OpenSource) -> None:
        super()._begin(opened)
        device = opened.options.device
        reads = CoreReads(opened) if device is None else DeviceReads(opened, device)
        self._reads = cast("Reads[Data]", reads)

    def close(self) -> None:
        """Close the file. Arrays that were read stay valid. Closing twice is fine."""
        super().close()
        self._reads.close()

    def stats(self) -> DeviceStats:
        """Return what the device decoded since opening, in this process, and what the CPU decoded in its place, and why.

        Example:
            >>> Media(clip).stats()
            {'device': None, 'gops': {'device': 0, 'cpu': 0}, 'fallback': {}}
        """
        return self._reads.stats()

    def frames_played_at(
        self,
        times: Iterable[Seconds],
        *,
        hold_last: bool = False,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        out: Out | None = None,
    ) -> VideoFrames[Data]:
        """Return the frame on screen at each time.

        Frame i is on screen during ``[pts[i], pts[i + 1])``, the last one for its own duration. Order and repeats of
        `times` are kept.

        Args:
            times: Seconds of media time. Integers are seconds too, not indices: see `frames_by_index`. Exact if int,
                Fraction or str; a float within a microsecond below a frame's pts means that frame.
            hold_last: Whether the last frame stays on screen for ever: valid, with the `pts` and `duration` of the file.
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
            UnsupportedCodec: FFmpeg has no decoder for the track, or it is encrypted.
            SourceChanged: The file is not the one that was opened.
            SourceUnreadable: The file can no longer be read.
            InvalidArgument: An argument is not allowed, or the Media is closed.

        Cost: each GOP with a wanted frame is decoded once, up to the last wanted frame in it; frames that nobody wants
        and no other frame refers to are not decoded. GOPs are decoded in parallel, without the GIL.
        """
        wanted, holds = times_on_screen(times, self), checked_hold_last(hold_last)
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=out is not None)
        return self._reads.played_at(wanted, holds, shaped, out)

    def frames_by_index(
        self,
        indices: Iterable[int],
        *,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        out: Out | None = None,
    ) -> VideoFrames[Data]:
        """Return frames by index in display order; negative indices count from the end.

        Other arguments, result, errors and cost are those of `frames_played_at`, with:

        Raises:
            FrameIndexError: There is no frame of that index; `index` of the error has it.
        """
        wanted = arguments.indices(indices)
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=out is not None)
        return self._reads.by_index(wanted, shaped, out)

    def frames_in(
        self,
        span: Span,
        *,
        fps: Seconds | None = None,
        max_frames: int | None = None,
        hold_last: bool = False,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        out: Out | None = None,
    ) -> VideoFrames[Data]:
        """Return the frames of a span.

        With `fps`: the frame on screen at each time ``start + k / fps < end``, ``T = ceil((end - start) * fps)``; not
        valid where none is on screen. Without `fps`: every frame that is on screen during ``[start, end)``.

        Args:
            span: What to read.
            fps: Frames a second; None for every frame.
            max_frames: With `fps`, the most frames: where the span would have more, `fps` is lowered to exactly
                ``max_frames / (end - start)``, so that T is `max_frames` and the first time is still ``start``.
            hold_last: Whether the last frame of the track stays on screen to the end of the span: valid, with the `pts`
                and `duration` of the file.

        Other arguments, errors and cost are those of `frames_played_at`, but a span outside of the track is no error.
        Errors of reading have the span as `span`.
        """
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=out is not None)
        return self._reads.in_span(check_span(span, "span"), on_grid(fps, max_frames, hold_last), shaped, out)

    def frames_uniform(
        self,
        n: int,
        span: Span | None = None,
        *,
        hold_last: bool = False,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        out: Out | None = None,
    ) -> VideoFrames[Data]:
        """Return n frames at equal distances: those on screen at the centres of n equal parts of a span.

        The times are exactly ``start + (k + 1/2) * (end - start) / n``. Frames repeat where the span has fewer than n.

        Args:
            n: How many frames, T.
            span: What to read; None for the span of the video track, ``[start, end)`` of its metadata.

        Other arguments, errors and cost are those of `frames_in`, with:

        Raises:
            TimeOutOfRange: There is no `span`, and the video track has no frames.

        Example:
            >>> Media(clip).frames_uniform(4, Span(1, 2)).times
            (Fraction(28, 25), Fraction(34, 25), Fraction(8, 5), Fraction(46, 25))
        """
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=out is not None)
        checked_span = None if span is None else check_span(span, "span")
        return self._reads.in_span(checked_span, at_centres(n, hold_last), shaped, out)

    def window(
        self,
        span: Span,
        *,
        fps: Seconds | None = None,
        max_frames: int | None = None,
        hold_last: bool = False,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        sample_rate: int | None = None,
        num_channels: int | None = None,
    ) -> Window[Data]:
        """Return the frames and the samples of one span; missing ones are marked, a missing track is None.

        Arguments and cost are those of `frames_in` and `samples_in`, and so are errors, but for `NoSuchTrack`.
        """
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=False)
        spans, sampling = [check_span(span, "span")], on_grid(fps, max_frames, hold_last)
        return next(self._reads.windows(spans, sampling, shaped, audio_format(sample_rate, num_channels), None))

    def windows(
        self,
        length: Seconds,
        hop: Seconds | None = None,
        *,
        start: Seconds = 0,
        fps: Seconds | None = None,
        max_frames: int | None = None,
        hold_last: bool = False,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        sample_rate: int | None = None,
        num_channels: int | None = None,
    ) -> WindowStream[Data]:
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
        sampling, audio = on_grid(fps, max_frames, hold_last), audio_format(sample_rate, num_channels)
        return self._reads.windows(spans, sampling, shaped, audio, None)

    def windows_at(
        self,
        spans: Iterable[Span],
        *,
        fps: Seconds | None = None,
        max_frames: int | None = None,
        hold_last: bool = False,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        sample_rate: int | None = None,
        num_channels: int | None = None,
        out: MemoryOf | None = None,
    ) -> WindowStream[Data]:
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
        several, out = sorted_spans(spans), checked_memory_of(out)
        shaped = FrameFormat.checked(size, fit, roi, dimension_order, has_out=out is not None)
        sampling, audio = on_grid(fps, max_frames, hold_last), audio_format(sample_rate, num_channels)
        return self._reads.windows(several, sampling, shaped, audio, out)
