"""Uncompressed frames and samples in a QuickTime file, written without an encoder: all times and bytes are exact.

```text
 ftyp
 mdat   chunks of frames and of samples, in the order of their times
 moov   mvhd, and for each track:
   trak   tkhd, edts (of a track that begins late), mdia
            mdhd, hdlr, minf, and in it the tables:
              stsd   what the bytes are
              stts   the duration of each frame or sample
              stsc   how many are in each chunk
              stsz   how many bytes each has
              co64   where each chunk lies
```

Lengths and offsets have 64 bits. Every frame is a keyframe. A unit is a frame, or a sample of all channels.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import lcm
from pathlib import Path
from typing import Literal

from .._checks import integer
from ..errors import InvalidArgument

PixelFormat = Literal["rgb24", "yuv420p"]

MOVIE_HZ = 1_000_000
"""Ticks a second of the movie, in which late tracks begin."""
LARGEST = (1 << 31) - 1
"""The most ticks a second of a track, and the most ticks of a unit: readers take both for signed numbers of 32 bits."""

_TAGS: dict[PixelFormat, bytes] = {"rgb24": b"raw ", "yuv420p": b"I420"}
_BYTES_OF_4_PIXELS: dict[PixelFormat, int] = {"rgb24": 12, "yuv420p": 6}
_SAMPLE_BITS = 16
_LARGEST_SIDE = 65_534
_ENABLED = 1
_MATRIX = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_DPI = 72 << 16
_BIT_DEPTH, _NO_COLOUR_TABLE = 24, 0xFFFF
_BT709 = struct.pack(">4s3H", b"nclc", 1, 1, 1)
_SIGNED_PACKED = 0x4 | 0x8


@dataclass(frozen=True, slots=True)
class RawVideo:
    """What the frames of a file are.

    Attributes:
        pixel_format: ``"rgb24"``, or ``"yuv420p"`` for planes of BT.709 in limited range.
        size: (height, width) in pixels, both even, below 65536.
        hz: Ticks a second.
        ticks: The duration of each frame.
        start: Seconds by which the track begins late, in full microseconds.
    """

    pixel_format: PixelFormat
    size: tuple[int, int]
    hz: int
    ticks: Sequence[int]
    start: Fraction = Fraction(0)

    @property
    def unit_bytes(self) -> int:
        """Bytes of a frame."""
        return self.size[0] * self.size[1] * _BYTES_OF_4_PIXELS[self.pixel_format] // 4

    def length(self, first: int, count: int) -> int:
        """Return how many ticks `count` frames last, from frame `first` on."""
        return sum(self.ticks[first : first + count])

    def durations(self, count: int) -> list[tuple[int, int]]:
        """Return (how many, ticks) of neighbours with one duration, for the first `count` frames."""
        return [(len(list(equal)), ticks) for ticks, equal in groupby(self.ticks[:count])]


@dataclass(frozen=True, slots=True)
class RawAudio:
    """What the samples of a file are: little-endian int16, the channels of each sample in turn.

    Attributes:
        hz: Samples a second; each is a tick.
        num_channels: How many channels.
        start: Seconds by which the track begins late, in full microseconds.
    """

    hz: int
    num_channels: int
    start: Fraction = Fraction(0)

    @property
    def unit_bytes(self) -> int:
        """Bytes of a sample of all channels."""
        return self.num_channels * _SAMPLE_BITS // 8

    def length(self, first: int, count: int) -> int:
        """Return how many ticks `count` samples last."""
        return count

    def durations(self, count: int) -> list[tuple[int, int]]:
        """Return (how many, ticks) of neighbours with one duration."""
        return [(count, 1)] if count else []


def frame_ticks(fps: Fraction) -> tuple[int, int] | None:
    """Return ticks a second and the ticks of one frame, both exact; None where one is above `LARGEST`.

    Late tracks begin on a tick too, unless there would be too many a second.

    Example:
        >>> frame_ticks(Fraction(30000, 1001)), frame_ticks(Fraction(1, 1 << 31))
        ((3000000, 100100), None)
    """
    for hz in (lcm(fps.numerator, MOVIE_HZ), fps.numerator):
        ticks = hz // fps.numerator * fps.denominator
        if max(hz, ticks) <= LARGEST:
            return hz, ticks
    return None


def write_mov(
    path: str | os.PathLike[str],
    video: RawVideo,
    frames: Iterable[bytes],
    audio: RawAudio,
    samples: Iterable[bytes],
) -> None:
    """Write a file of one video and one audio track.

    Args:
        path: The file, which is replaced. It is complete once this returns, and not before.
        video: What the frames are.
        frames: Their bytes, any number of full frames at a time; in all as many as `video` has ticks.
        audio: What the samples are.
        samples: Their bytes, any number of full samples at a time.

    Raises:
        InvalidArgument: A size is odd or too large, a number is not from 1 to 2 ** 31 - 1, or there are other bytes than
            `video` and `audio` say; the file is then of no use.
        OSError: The file cannot be written.

    Cost: what is written, byte by byte as given. Memory: one item of `frames` or of `samples`, and the tables.

    Example:
        >>> import tempfile
        >>> from emos_io import Media
        >>> path = f"{tempfile.mkdtemp()}/grey.mov"
        >>> hz, ticks = frame_ticks(Fraction(25))
        >>> video, audio = RawVideo("rgb24", (16, 64), hz, [ticks] * 50), RawAudio(8_000, 1)
        >>> write_mov(path, video, [bytes([128]) * video.unit_bytes] * 50, audio, [bytes(2 * audio.unit_bytes * 8_000)])
        >>> with Media(path) as media:
        ...     media.metadata.duration, media.frames_by_index([49]).data[0, 0, 0].tolist()
        (Fraction(2, 1), [128, 128, 128])
    """
    if any(side % 2 or not 0 < side <= _LARGEST_SIDE for side in video.size):
        raise InvalidArgument(f"size must be even and from 2 to {_LARGEST_SIDE}, got {video.size}; scale the frames")
    for name, number in (
        ("hz of video", video.hz),
        ("hz of audio", audio.hz),
        *(("ticks", each) for each in video.ticks),
    ):
        integer(number, name, "take coarser ticks", most=LARGEST)
    tracks = [_Track(video, frames), _Track(audio, samples)]
    with Path(path).open("wb") as file:
        file.write(_box(b"ftyp", b"qt  ", _u32(0x200), b"qt  "))
        data = file.tell()
        file.write(_data_head(0))
        waiting = list(tracks)
        while waiting:
            track = min(waiting, key=lambda each: each.seconds)
            chunk = next(track.source, None)
            if chunk is None:
                waiting.remove(track)
            elif chunk:
                track.add(file.tell(), len(chunk))
                file.write(chunk)
        if tracks[0].count != len(video.ticks):
            raise InvalidArgument(
                f"frames must be as many as the ticks of video, {len(video.ticks)}, got {tracks[0].count}; give one for each"
            )
        end = file.tell()
        file.write(_movie(tracks))
        file.seek(data)
        file.write(_data_head(end - data))


class _Track:
    """A track, and the chunks of it that are written: their offsets and how many units they have."""

    def __init__(self, raw: RawVideo | RawAudio, source: Iterable[bytes]) -> None:
        self.raw, self.source = raw, iter(source)
        self.chunks: list[tuple[int, int]] = []
        self.count = self.ticks = 0

    @property
    def seconds(self) -> Fraction:
        """When the next unit begins, in seconds of the movie."""
        return self.raw.start + Fraction(self.ticks, self.raw.hz)

    def add(self, offset: int, num_bytes: int) -> None:
        """Note a chunk."""
        count, rest = divmod(num_bytes, self.raw.unit_bytes)
        if rest:
            raise InvalidArgument(
                f"chunks must be full frames or samples of {self.raw.unit_bytes} bytes, got {num_bytes} bytes; join them first"
            )
        self.chunks.append((offset, count))
        self.ticks += self.raw.length(self.count, count)
        self.count += count


def _movie(tracks: Sequence[_Track]) -> bytes:
    length = max(_movie_ticks(track.seconds) for track in tracks)
    head = struct.pack(">QQIQIH10x", 0, 0, MOVIE_HZ, length, 1 << 16, 1 << 8) + _MATRIX
    head += struct.pack(">24xI", len(tracks) + 1)
    parts = [_track(track, number) for number, track in enumerate(tracks, 1)]
    return _box(b"moov", _box(b"mvhd", _u32(1 << 24), head), *parts)


def _track(track: _Track, number: int) -> bytes:
    raw = track.raw
    late, end = _movie_ticks(raw.start), _movie_ticks(track.seconds)
    height, width = raw.size if isinstance(raw, RawVideo) else (0, 0)
    volume = 0 if isinstance(raw, RawVideo) else 1 << 8
    head = struct.pack(">QQI4xQ8x2H2H", 0, 0, number, end, 0, 0, volume, 0)
    head += _MATRIX + struct.pack(">2I", width << 16, height << 16)
    edits = [(late, -1), (end - late, 0)]
    entries = b"".join(struct.pack(">Qq2h", length, begin, 1, 0) for length, begin in edits)
    edit = _box(b"edts", _box(b"elst", _u32(1 << 24), _u32(len(edits)), entries))
    media = _box(b"mdia", _media_head(track), _handler(b"mhlr", raw), _media_information(track))
    return _box(b"trak", _box(b"tkhd", _u32(1 << 24 | _ENABLED), head), edit if late else b"", media)


def _media_head(track: _Track) -> bytes:
    return _box(b"mdhd", _u32(1 << 24), struct.pack(">QQIQ2H", 0, 0, track.raw.hz, track.ticks, 0, 0))


def _handler(component: bytes, raw: RawVideo | RawAudio | None = None) -> bytes:
    kind = b"url " if raw is None else b"vide" if isinstance(raw, RawVideo) else b"soun"
    return _box(b"hdlr", _u32(0), component, kind, bytes(13))


def _media_information(track: _Track) -> bytes:
    is_video = isinstance(track.raw, RawVideo)
    head = _box(b"vmhd", _u32(1), bytes(8)) if is_video else _box(b"smhd", _u32(0), bytes(4))
    reference = _box(b"dinf", _box(b"dref", _u32(0), _u32(1), _box(b"url ", _u32(1))))
    return _box(b"minf", head, _handler(b"dhlr"), reference, _box(b"stbl", *_tables(track)))


def _tables(track: _Track) -> list[bytes]:
    raw, durations = track.raw, track.raw.durations(track.count)
    counts = [count for _, count in track.chunks]
    changes = [index for index, count in enumerate(counts) if not index or count != counts[index - 1]]
    entry = _video_entry(raw) if isinstance(raw, RawVideo) else _audio_entry(raw)
    return [
        _table(b"stsd", 1, entry),
        _table(b"stts", len(durations), b"".join(struct.pack(">2I", *run) for run in durations)),
        _table(b"stsc", len(changes), b"".join(struct.pack(">3I", index + 1, counts[index], 1) for index in changes)),
        _box(b"stsz", _u32(0), _u32(raw.unit_bytes), _u32(track.count)),
        _table(b"co64", len(counts), b"".join(struct.pack(">Q", offset) for offset, _ in track.chunks)),
    ]


def _video_entry(raw: RawVideo) -> bytes:
    height, width = raw.size
    name = raw.pixel_format.encode()
    entry = struct.pack(">6xH16x2H2I4xH", 1, width, height, _DPI, _DPI, 1)
    entry += struct.pack(">32p2H", name, _BIT_DEPTH, _NO_COLOUR_TABLE)
    colour = _box(b"colr", _BT709) if raw.pixel_format == "yuv420p" else b""
    return _box(_TAGS[raw.pixel_format], entry, colour)


def _audio_entry(raw: RawAudio) -> bytes:
    # Version 2, which has rates above 65535 too.
    entry = struct.pack(">6xHH6x2HhHII", 1, 2, 3, 16, -2, 0, 1 << 16, 72)
    entry += struct.pack(">d5I", raw.hz, raw.num_channels, 0x7F000000, _SAMPLE_BITS, _SIGNED_PACKED, raw.unit_bytes)
    return _box(b"lpcm", entry, _u32(1))


def _movie_ticks(seconds: Fraction) -> int:
    """Return seconds in ticks of the movie, rounded up."""
    return -int(-seconds * MOVIE_HZ // 1)


def _data_head(length: int) -> bytes:
    return struct.pack(">I4sQ", 1, b"mdat", length)


def _table(name: bytes, count: int, entries: bytes) -> bytes:
    return _box(name, _u32(0), _u32(count), entries)


def _box(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return _u32(8 + len(body)) + name + body


def _u32(value: int) -> bytes:
    return struct.pack(">I", value)
