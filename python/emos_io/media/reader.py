"""Opening a medium and asking it for moments."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from .. import _core
from ..errors import InvalidArgument
from ..spans import Seconds, Span, exact_seconds
from . import arguments
from .arguments import BinaryFile, DimensionOrder, Fit, OnError, Roi, Size, Source, geometry, pair
from .frames import VideoFrames, wrap_frames
from .metadata import Metadata, Timeline, metadata_of
from .samples import AudioSamples, wrap_samples
from .windows import Window, WindowStream, window_spans


class Media:
    """A video or audio file, read at exact moments.

    Time is media time in seconds: zero is where a player shows 0:00, the earliest presentation time over all audio and
    video tracks. Any number of threads may read one Media at once. On a path or bytes it pickles, and opens itself again
    in the other process; after a fork the child opens it again by itself.

    Args:
        source: A path, the bytes of a file, or a binary file object with `read` and `seek` (those of fsspec work). Its
            position is moved; while a stream of windows is open, which reads ahead, nobody else may move it.
        video: A stream's index in the file, a language, False for none; None takes FFmpeg's best stream.
        audio: As `video`.
        on_error: What damage does: ``"raise"`` a `DecodeError`, or ``"mask"`` it in `valid` and `damaged`.
        num_threads: Decoders at work at the same time; None for one a core.
        index: What `save_index` gave for the same file, which saves a scan.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: It cannot be read, or FFmpeg finds no media in it.
        SourceChanged: `index` belongs to another state of the file.
        NoSuchTrack: The file has no track of that index or language.
        InvalidArgument: An argument is not allowed.

    Cost: mp4 and mov read their tables. Other containers are read through once, when something is first asked of them
    (their metadata, say), and nothing is decoded, except the first group where a file begins in mid-group, and everything
    once where packets have no presentation times (AVI with reordered frames, raw streams).
    """

    def __init__(
        self,
        source: Source,
        *,
        video: int | str | bool | None = None,
        audio: int | str | bool | None = None,
        on_error: OnError = "raise",
        num_threads: int | None = None,
        index: bytes | None = None,
    ) -> None:
        self._source, self._name = _source(source)
        self._options: dict[str, Any] = {
            "video": _selection(video, "video"),
            "audio": _selection(audio, "audio"),
            "on_error": on_error,
            "num_threads": arguments.count(num_threads, "num_threads"),
        }
        if on_error not in ("raise", "mask"):
            raise InvalidArgument(f'on_error {on_error!r} was given; it is "raise" or "mask"')
        self._index = index
        self._readers: dict[int, _core.Reader] = {}
        self._metadata: Metadata | None = None
        self._closed = False
        self._reader()

    def _reader(self) -> _core.Reader:
        """Return the core reader of this process, opening it where a fork or a pickle left none."""
        if self._closed:
            raise InvalidArgument(f"the media is closed; open it again: {self._name!r}")
        reader = self._readers.get(os.getpid())
        if reader is None:
            if self._readers and self._source[0] == "file":
                raise InvalidArgument(
                    "a file object cannot be read after a fork, since both processes would move its one position; "
                    f"open the media in each process: {self._name!r}"
                )
            # The parent's reader stays in the table: it is never used here, nor ended.
            reader = _core.Reader(self._source, name=self._name, index=self._index, **self._options)
            self._readers[os.getpid()] = reader
        return reader

    def __reduce__(self) -> tuple[Any, ...]:
        kind, source = self._source
        if kind == "file":
            raise TypeError(
                f"a Media on a file object cannot be pickled; open it by path in the other process: {self._name!r}"
            )
        index = self._index
        if index is None and not self._closed and self.metadata.index_source == "scan":
            index = self.save_index()
        source = os.fsdecode(source) if kind == "path" else bytes(source)
        return (_reopen, (source, self._name, self._options, index))

    def __enter__(self) -> Media:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Media({self._name!r})"

    def close(self) -> None:
        """Let go of the file. Arrays stay valid. Closing twice is fine."""
        self._closed = True
        self._readers.pop(os.getpid(), None)

    @property
    def metadata(self) -> Metadata:
        """What the medium is: tracks, exact counts, rates and times, warnings. Costs nothing after opening."""
        if self._metadata is None:
            self._metadata = metadata_of(self._reader().metadata())
        return self._metadata

    @property
    def timeline(self) -> Timeline:
        """Every frame's pts, duration and key flag in display order, without decoding.

        Raises:
            NoSuchTrack: There is no video track.
        """
        pts, duration, key, unit = self._reader().timeline()
        return Timeline(
            pts=np.frombuffer(memoryview(pts), dtype=np.int64),
            duration=np.frombuffer(memoryview(duration), dtype=np.int64),
            key=np.frombuffer(memoryview(key), dtype=np.bool_),
            time_base=Fraction(*unit),
        )

    @property
    def counters(self) -> dict[str, int]:
        """What was done in this process since opening.

        ``frames_decoded`` came out of decoders, ``frames_delivered`` were converted, ``packets_skipped`` held
        frames that nobody wanted and nothing refers to, ``audio_packets_decoded`` were sent to decoders.
        """
        return self._reader().counters()

    def save_index(self) -> bytes:
        """Return the index of the file, for `Media(source, index=...)` in other processes and later runs."""
        return self._reader().save_index()

    def frames_played_at(
        self,
        times: Iterable[Seconds],
        *,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        out: Any = None,
    ) -> VideoFrames:
        """Return the frame on screen at each time.

        Frame i is on screen during ``[pts[i], pts[i + 1])``, the last one for its own duration. Order and repeats of
        `times` are kept.

        Args:
            times: Seconds of media time, exact if int, Fraction or str; a float within a microsecond below a frame's
                pts means that frame.
            size: (height, width), or the short side with the shape kept; None keeps the displayed size.
            fit: With (height, width): ``"stretch"``, ``"pad"`` (all of it, centred on black) or ``"crop"`` (the centre).
            roi: A box in displayed pixels, or boxes over time, cut out before scaling; it grows outward to the grid on
                which the stored colour can be cut (2 pixels in 4:2:0).
            dimension_order: ``"THWC"`` or ``"TCHW"``.
            out: Memory to fill: a writable, C-contiguous uint8 array or CPU tensor of the shape of the answer.

        Returns:
            ``data`` is uint8 RGB in [0, 255], ``[T, H, W, 3]``; `pts` and `duration` are exact.

        Raises:
            TimeOutOfRange: No frame is on screen at a time.
            DecodeError: A frame is damaged and `on_error` is ``"raise"``.
            TooLarge: The answer would be over 8 GiB.
            NoSuchTrack: There is no video track.

        Cost: each group of frames that is touched is decoded once, up to the last frame wanted of it; frames that
        nobody wants and nothing refers to are not decoded. Groups are decoded side by side, without the GIL.
        """
        wanted = [self._exact(time) for time in _several(times, "times")]
        shaped = geometry(size, fit, roi, dimension_order)
        target = None if out is None else self._out_frames(out, len(wanted), shaped)
        return wrap_frames(self._reader().frames_played_at([pair(time) for time in wanted], shaped, target), target)

    def frames_by_index(
        self,
        indices: Iterable[int],
        *,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        out: Any = None,
    ) -> VideoFrames:
        """Return frames by place in display order; negative numbers count from the end.

        Arguments, answer, errors and cost are those of `frames_played_at`, with:

        Raises:
            FrameIndexError: There is no frame of that number.
        """
        wanted = arguments.indices(_several(indices, "indices"))
        shaped = geometry(size, fit, roi, dimension_order)
        target = None if out is None else self._out_frames(out, len(wanted), shaped)
        return wrap_frames(self._reader().frames_by_index(wanted, shaped, target), target)

    def frames_in(
        self,
        span: Span,
        *,
        fps: Seconds | None = None,
        size: Size | None = None,
        fit: Fit = "stretch",
        roi: Roi | None = None,
        dimension_order: DimensionOrder = "THWC",
        out: Any = None,
    ) -> VideoFrames:
        """Return the frames of a span.

        With `fps`, those on screen at ``start + k / fps < end``: ``T = ceil((end - start) * fps)`` places, not valid
        where none is on screen. Without, every frame on screen at some moment of ``[start, end)``.

        Other arguments, errors and cost are those of `frames_played_at`; a span outside of the track is no error.
        """
        shaped = geometry(size, fit, roi, dimension_order)
        start, end, rate = pair(_span(span).start), pair(span.end), _rate(fps)
        target = None
        if out is not None:
            shape = self._reader().frames_shape(start, end, rate, shaped)
            target = None if shape is None else arguments.output(out, shape, np.uint8)
        return wrap_frames(self._reader().frames_in(start, end, rate, shaped, target), target)

    def samples_in(
        self,
        span: Span,
        *,
        sample_rate: int | None = None,
        num_channels: int | None = None,
        out: Any = None,
    ) -> AudioSamples:
        """Return the samples of a span.

        Sample n of rate r stands at n / r; a span holds those from ``floor(start * r + 1/2)`` up to
        ``floor(end * r + 1/2)``. Whatever was asked before, the answer is the same slice of one signal: the track
        decoded from fixed anchors, gaps as zeros, resampled once.

        Args:
            span: What to read; outside of the track samples are zero and not valid.
            sample_rate: Samples a second; None keeps the track's.
            num_channels: 1 mixes to mono (stereo as half left, half right); None keeps the track's.
            out: Memory to fill: a writable, C-contiguous float32 array or CPU tensor ``[C, N]``.

        Returns:
            ``data`` is float32 ``[C, N]``, full scale [-1, 1].

        Raises:
            DecodeError: Samples are damaged and `on_error` is ``"raise"``.
            TooLarge: The answer would be over 8 GiB.
            NoSuchTrack: There is no audio track.

        Cost: the stretches between anchors that are touched (1.5 to 12 s, by codec) are decoded once; the last 64 MiB
        of decoded sound are kept.
        """
        rate, channels = (
            arguments.count(sample_rate, "sample_rate"),
            arguments.count(num_channels, "num_channels"),
        )
        start, end = pair(_span(span).start), pair(span.end)
        target = None
        if out is not None and (track := self.metadata.audio) is not None:
            own_rate = rate or track.sample_rate
            length = _core.sample_at(end, own_rate) - _core.sample_at(start, own_rate)
            target = arguments.output(out, (channels or track.num_channels, length), np.float32)
        return wrap_samples(self._reader().samples_in(start, end, rate, channels, target), target)

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
        """Return the frames and the samples of one span; what a track lacks is marked, an absent track is None.

        Arguments are those of `frames_in` and `samples_in`.
        """
        return next(
            self._windows([_span(span)], fps, geometry(size, fit, roi, dimension_order), sample_rate, num_channels)
        )

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
    ) -> Iterator[Window]:
        """Yield windows ``[start + k * hop, start + k * hop + length)``, each frame and sample decoded once.

        The last window is the first whose end reaches the end of the latest track. Memory holds the frames of one
        window and a few groups ahead of it, whatever the length of the file.

        Args:
            length: Seconds of each window.
            hop: Seconds from one start to the next; None for `length`.
            start: Where the first begins.

        Other arguments are those of `window`. After an error the next window can still be asked for.
        """
        exact_length = arguments.positive(length, "length")
        exact_hop = exact_length if hop is None else arguments.positive(hop, "hop")
        spans = window_spans(self.metadata.duration, exact_length, exact_hop, exact_seconds(start, name="start"))
        return self._windows(spans, fps, geometry(size, fit, roi, dimension_order), sample_rate, num_channels)

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
    ) -> Iterator[Window]:
        """Yield the windows of spans whose starts never decrease, each frame and sample decoded once, as `windows` does.

        Args:
            spans: Of the windows, in order of their starts; lengths and gaps may differ.

        Other arguments are those of `window`. After an error the next window can still be asked for.

        Raises:
            InvalidArgument: A span starts before the one in front of it.
        """
        asked = [_span(span) for span in spans]
        for before, after in itertools.pairwise(asked):
            if after.start < before.start:
                raise InvalidArgument(
                    f"span {after} was given after {before}; starts never decrease, sort the spans or ask for one at a time"
                )
        return self._windows(asked, fps, geometry(size, fit, roi, dimension_order), sample_rate, num_channels)

    def _windows(
        self,
        spans: list[Span],
        fps: Seconds | None,
        shaped: _core.Geometry,
        sample_rate: int | None,
        num_channels: int | None,
    ) -> Iterator[Window]:
        pairs = [(pair(span.start), pair(span.end)) for span in spans]
        rate = _rate(fps)
        samples, channels = (
            arguments.count(sample_rate, "sample_rate"),
            arguments.count(num_channels, "num_channels"),
        )

        def stream(skip: int) -> _core.WindowStream:
            return self._reader().windows(pairs, rate, shaped, samples, channels, skip)

        return WindowStream(spans, stream)

    def _exact(self, time: Seconds) -> Fraction:
        exact = exact_seconds(time)
        if arguments.is_float(time) and self.metadata.video is not None:
            end = self.metadata.video.end
            later = exact + arguments.FLOAT_SLACK
            return later if end is None or later < end else exact
        return exact

    def _out_frames(self, out: Any, number: int, shaped: _core.Geometry) -> Any:
        # The shape of one frame, asked for where it does not matter which.
        shape = self._reader().frames_shape((0, 1), (1, 1), (1, 1), shaped)
        return None if shape is None else arguments.output(out, (number, *shape[1:]), np.uint8)


def _source(source: Source) -> tuple[tuple[str, Any], str]:
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        if "\0" in path:
            raise InvalidArgument(f"source {path!r} was given; a path holds no zero byte")
        return ("path", os.fsencode(Path(path).absolute())), path
    if isinstance(source, bytes | bytearray | memoryview):
        return ("bytes", source), f"<{memoryview(source).nbytes} bytes>"
    if hasattr(source, "read") and hasattr(source, "seek"):
        if hasattr(source, "seekable") and not source.seekable():
            raise InvalidArgument(f"source {source!r} cannot seek; read it into bytes first")
        return ("file", source), _file_name(source)
    raise InvalidArgument(f"source {source!r} was given; it is a path, bytes, or a binary file with read and seek")


def _file_name(source: BinaryFile) -> str:
    name = getattr(source, "name", None) or getattr(source, "path", None)
    return str(name) if isinstance(name, str) and name else f"<{type(source).__name__}>"


def _selection(value: int | str | bool | None, name: str) -> int | str | bool | None:
    if value is None or value is False or isinstance(value, str):
        return value
    if value is True or not hasattr(value, "__index__") or int(value) < 0:
        raise InvalidArgument(
            f"{name} {value!r} was given; it is a stream's index, a language, False for none, or None for the best"
        )
    return int(value)


def _several(values: Iterable[Any], name: str) -> list[Any]:
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InvalidArgument(f"{name} {values!r} was given; it is a sequence, for one give [{values!r}]")
    return list(values)


def _span(span: Span) -> Span:
    if not isinstance(span, Span):
        raise InvalidArgument(f"span {span!r} was given; make it with Span(start, end)")
    return span


def _rate(fps: Seconds | None) -> tuple[int, int] | None:
    return None if fps is None else pair(arguments.positive(fps, "fps"))


def _reopen(source: Any, name: str, options: dict[str, Any], index: bytes | None) -> Media:
    media = Media(source, index=index, **options)
    media._name = name
    return media
