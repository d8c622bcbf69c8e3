"""Audio that changes its sample rate or its channels in mid-stream goes on, converted to the first format."""

from __future__ import annotations

import random
import struct
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from emos_io import AudioSamples, Media, Span
from oracle import clips, ffmpeg_audio

pytestmark = pytest.mark.reference

SEAM_SAMPLES = 2 * 1536
"""Around a change ffmpeg flushes no resampler and a decoder's frames overlap: two of the longest frames."""
END_SAMPLES = 64
"""The reach of the resampler: at its end ffmpeg fills up after cutting the padding, not before."""
AC3_DITHER = 1e-3
"""AC-3 decoders dither from a generator that never begins anew."""


@dataclass(frozen=True)
class Part:
    """A tone of two seconds."""

    rate: int
    channels: int


@dataclass(frozen=True)
class Joined:
    """Parts coded by themselves, whose bytes follow each other in one file."""

    name: str
    suffix: str
    coding: str
    parts: tuple[Part, ...]
    tolerance: float = 0.0

    def coded(self) -> list[Path]:
        """Each part as a file of its own."""
        made = []
        for number, part in enumerate(self.parts):
            tone = f"aevalsrc='0.3*sin(2*PI*({300 + 200 * number}*t+60*t*t))':s={part.rate}:d=2"
            late = ["-output_ts_offset", str(2 * number)] if self.suffix == ".ts" else []
            made.append(
                clips.make(
                    ["-f", "lavfi", "-i", tone, "-ac", str(part.channels), *self.coding.split(), *late], self.suffix
                )
            )
        return made

    def make(self, folder: Path) -> Path:
        """The file."""
        path = folder / f"{self.name}{self.suffix}"
        path.write_bytes(b"".join(part.read_bytes() for part in self.coded()))
        return path


MP3 = "-c:a libmp3lame -b:a 96k -write_xing 0 -id3v2_version 0"
MONO_44, STEREO_44, MONO_48, STEREO_48 = Part(44_100, 1), Part(44_100, 2), Part(48_000, 1), Part(48_000, 2)
JOINED = [
    Joined("mp3_channels", ".mp3", MP3, (MONO_44, STEREO_44)),
    Joined("mp3_back_again", ".mp3", MP3, (STEREO_44, MONO_44, STEREO_44)),
    Joined("adts", ".aac", "-c:a aac -aac_pns 0", (MONO_44, STEREO_48)),
    Joined("adts_down", ".aac", "-c:a aac -aac_pns 0", (STEREO_48, Part(16_000, 1), STEREO_48)),
    Joined("ac3", ".ac3", "-c:a ac3", (MONO_44, STEREO_48), AC3_DITHER),
    Joined("ac3_surround", ".ac3", "-c:a ac3", (STEREO_48, Part(48_000, 6)), AC3_DITHER),
    Joined("vorbis", ".ogg", "-c:a libvorbis", (MONO_44, STEREO_48)),
    Joined("flac_in_ogg", ".ogg", "-c:a flac", (MONO_44, STEREO_48)),
    Joined("ts", ".ts", "-c:a aac -aac_pns 0", (MONO_48, STEREO_48)),
]
ALL = pytest.mark.parametrize("joined", JOINED, ids=lambda joined: joined.name)


def _read(path: Path, rate: int | None = None, channels: int | None = None) -> AudioSamples:
    media = Media(path)
    track = media.metadata.audio
    assert track is not None and track.start is not None and track.end is not None
    return media.samples_in(Span(track.start, track.end), sample_rate=rate, num_channels=channels)


def _ffmpegs(path: Path, first: Part) -> npt.NDArray[np.float32]:
    """The full track as the command line converts it to the first format, with the matrix of the contract."""
    layout = {1: "mono", 2: "stereo"}[first.channels]
    words = ["ffmpeg", "-v", "quiet", "-nostdin", "-i", str(path), "-map", "0:a"]
    words += ["-af", f"aresample={first.rate}:ochl={layout}:rematrix_maxval=1.0", "-f", "f32le", "-"]
    done = subprocess.run(words, capture_output=True, check=True)
    return np.frombuffer(done.stdout, "<f4").reshape(-1, first.channels).T


@ALL
def test_audio_goes_on_in_the_first_format_as_ffmpeg_converts_it(joined: Joined, tmp_path: Path) -> None:
    path = joined.make(tmp_path)
    first = joined.parts[0]
    ours, expected = _read(path), _ffmpegs(path, first)
    assert (ours.sample_rate, ours.num_channels) == (first.rate, first.channels)
    assert not ours.damaged
    if joined.suffix == ".ts":
        # The encoder delay of the second part overlaps the end of the first by the clock, and is dropped.
        overlap = expected.shape[1] - ours.data.shape[1]
        last = slice(expected.shape[1] - first.rate, expected.shape[1])
        assert 0 <= overlap < 2 * 1024
        assert np.array_equal(ours.data[:, -first.rate :], expected[:, last])
        return
    assert ours.valid.all()
    length = min(ours.data.shape[1], expected.shape[1])
    assert abs(ours.data.shape[1] - expected.shape[1]) <= 2 * END_SAMPLES
    differs = np.abs(ours.data[:, :length] - expected[:, :length]).max(axis=0) > joined.tolerance
    differs[-END_SAMPLES:] = False
    at, rate = 0, first.rate
    for path_of_part, part, following in zip(joined.coded(), joined.parts, joined.parts[1:], strict=False):
        at += _length(path_of_part, first)
        differs[at - SEAM_SAMPLES : at + SEAM_SAMPLES] = False
        if part.rate != rate:
            # What ffmpeg does not flush shifts the rest, so that is compared from the end.
            differs[at:] = False
            assert following == first
            assert np.array_equal(ours.data[:, -rate:], expected[:, -rate:])
    assert not differs.any(), np.flatnonzero(differs)[:1]


def _length(path: Path, first: Part) -> int:
    return int(ffmpeg_audio.samples(path, rate=first.rate).shape[1])


RATES = Joined("mp3_rates", ".mp3", MP3, (MONO_44, Part(22_050, 1), MONO_48))


def test_each_part_of_another_rate_is_resampled_at_once(tmp_path: Path) -> None:
    """ffmpeg's MPEG decoders say the rate of the frame before, so each part is compared by itself."""
    ours = _read(RATES.make(tmp_path))
    at = 0
    for path in RATES.coded():
        alone = ffmpeg_audio.samples(path, rate=44_100)[0]
        inside = slice(SEAM_SAMPLES, len(alone) - END_SAMPLES)
        assert np.array_equal(ours.data[0, at:][inside], alone[inside]), path
        at += len(alone)
    assert ours.valid.all() and abs(len(ours) - at) <= len(RATES.parts)


@pytest.mark.parametrize("container", ["mkv", "mp4", "mov", "nut"])
def test_a_change_inside_a_container_with_a_clock(container: str, tmp_path: Path) -> None:
    parts = Joined("mp3", ".mkv", "-c:a libmp3lame -b:a 96k", (MONO_44, STEREO_44)).coded()
    listed = tmp_path / "parts.txt"
    listed.write_text("".join(f"file '{part}'\n" for part in parts))
    path = tmp_path / f"joined.{container}"
    words = ["ffmpeg", "-v", "error", "-nostdin", "-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy"]
    subprocess.run([*words, str(path)], check=True)
    media = Media(path)
    ours, expected = _read(path), _ffmpegs(path, MONO_44)
    assert media.metadata.index_source == ("tables" if container in ("mp4", "mov") else "scan")
    assert not ours.damaged and sum("changes its format" in warning for warning in media.metadata.warnings) == 1
    # The tail of the second part, whatever the container's clock does at the seam.
    assert np.array_equal(ours.data[0, -44_100:-1152], expected[0, -44_100:-1152])


@ALL
def test_one_warning_has_the_change(joined: Joined, tmp_path: Path) -> None:
    media = Media(joined.make(tmp_path))
    warnings = [warning for warning in media.metadata.warnings if "changes its format" in warning]
    changes = len(joined.parts) - 1
    times = "once" if changes == 1 else f"{changes} times"
    assert len(warnings) == 1 and f"changes its format {times}," in warnings[0]
    assert f"from {joined.parts[0].rate} Hz with {joined.parts[0].channels} channels" in warnings[0]
    track = media.metadata.audio
    assert track is not None
    assert (track.sample_rate, track.num_channels) == (joined.parts[0].rate, joined.parts[0].channels)


@pytest.mark.parametrize(("rate", "channels"), [(None, None), (16_000, 1)], ids=["native", "16k_mono"])
@ALL
def test_windows_in_any_order_equal_the_slice(
    joined: Joined, rate: int | None, channels: int | None, tmp_path: Path
) -> None:
    path = joined.make(tmp_path)
    full = _read(path, rate, channels)
    media = Media(path)
    chance = random.Random(joined.name)
    seam = Fraction(2)
    starts = [seam + Fraction(chance.randrange(-900, 500), 1000) for _ in range(12)]
    starts += [Fraction(chance.randrange(0, 3400), 1000) for _ in range(12)]
    chance.shuffle(starts)
    for start in starts:
        part = media.samples_in(Span(start, start + Fraction(1, 2)), sample_rate=rate, num_channels=channels)
        first = part.first_sample - full.first_sample
        inside = slice(max(first, 0), min(first + len(part), len(full)))
        own = slice(inside.start - first, inside.stop - first)
        assert np.array_equal(part.data[:, own], full.data[:, inside]), start
        assert np.array_equal(part.valid[own], full.valid[inside]), start


@ALL
def test_a_saved_index_gives_the_same(joined: Joined, tmp_path: Path) -> None:
    path = joined.make(tmp_path)
    media = Media(path)
    saved = Media(path, index=media.save_index())
    span = Span(Fraction(3, 2), Fraction(5, 2))
    assert np.array_equal(media.samples_in(span).data, saved.samples_in(span).data)
    assert saved.metadata.warnings == media.metadata.warnings


TICKS = 7_056_000
"""A second: a sample of each rate here is a whole number of ticks."""


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _two_descriptions(folder: Path, coding: str, first: Part, second: Part) -> tuple[Path, list[Path]]:
    """An MP4 file whose audio track has the packets of two files, each with its own decoder headers."""
    parts = Joined("described", ".mp4", coding, (first, second)).coded()
    entries, tables, chunks = [], [], []
    for path, part in zip(parts, (first, second), strict=True):
        data = path.read_bytes()
        described = data.index(b"stsd") - 4
        (size,) = struct.unpack_from(">I", data, described)
        entries.append(data[described + 16 : described + size])
        words = ["ffprobe", "-v", "error", "-show_entries", "packet=pos,size", "-of", "csv=p=0", str(path)]
        found = [line.strip(",").split(",") for line in subprocess.check_output(words, text=True).split()]
        packets = [(int(position), int(length)) for length, position in found]
        chunks.append(b"".join(data[position : position + length] for position, length in packets))
        lengths = [length for _, length in packets]
        tables.append((lengths, 1024 * TICKS // part.rate))
    start = len(_box(b"ftyp", b"isom", bytes(4), b"isom")) + 8
    sizes = [length for lengths, _ in tables for length in lengths]
    total = sum(len(lengths) * step for lengths, step in tables)
    full = bytes(4)
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    steps = [struct.pack(">II", len(lengths), step) for lengths, step in tables]
    uses = [struct.pack(">III", number + 1, len(tables[number][0]), number + 1) for number in (0, 1)]
    offsets = [struct.pack(">I", start), struct.pack(">I", start + len(chunks[0]))]
    table = _box(
        b"stbl",
        _box(b"stsd", full, struct.pack(">I", 2), *entries),
        _box(b"stts", full, struct.pack(">I", 2), *steps),
        _box(b"stsc", full, struct.pack(">I", 2), *uses),
        _box(b"stsz", full, struct.pack(">II", 0, len(sizes)), *[struct.pack(">I", size) for size in sizes]),
        _box(b"stco", full, struct.pack(">I", 2), *offsets),
    )
    reference = _box(b"dinf", _box(b"dref", full, struct.pack(">I", 1), _box(b"url ", bytes((0, 0, 0, 1)))))
    media = _box(
        b"mdia",
        _box(b"mdhd", full, bytes(8), struct.pack(">IIHH", TICKS, total, 0x55C4, 0)),
        _box(b"hdlr", full, bytes(4), b"soun", bytes(13)),
        _box(b"minf", _box(b"smhd", full, bytes(4)), reference, table),
    )
    head = _box(b"tkhd", bytes((0, 0, 0, 7)), bytes(8), struct.pack(">III", 1, 0, total), bytes(16), matrix, bytes(8))
    movie = _box(b"mvhd", full, bytes(8), struct.pack(">III", TICKS, total, 0x10000), bytes(12), matrix, bytes(28))
    path = folder / "two_descriptions.mp4"
    path.write_bytes(
        _box(b"ftyp", b"isom", bytes(4), b"isom")
        + _box(b"mdat", *chunks)
        + _box(b"moov", movie, _box(b"trak", head, media))
    )
    return path, parts


@pytest.mark.parametrize("second", [STEREO_48, STEREO_44, Part(22_050, 1)], ids=str)
def test_each_sample_description_of_a_track_is_used(second: Part, tmp_path: Path) -> None:
    """A decoder that begins behind the change is told the headers, whatever was read before."""
    path, parts = _two_descriptions(tmp_path, "-c:a aac -aac_pns 0", MONO_44, second)
    full, expected = _read(path), _ffmpegs(path, MONO_44)
    assert not full.damaged
    tail = 44_100
    assert np.array_equal(full.data[0, -tail:-END_SAMPLES], expected[0, -tail:-END_SAMPLES])
    assert len(full.data[0]) == pytest.approx(sum(_length(part, MONO_44) for part in parts), abs=2 * 2048)
    for start in ("3.1", "0.3", "3.5", "1.9"):
        part = Media(path).samples_in(Span(start, Fraction(start) + Fraction(1, 4)))
        begin = part.first_sample - full.first_sample
        assert np.array_equal(part.data, full.data[:, begin : begin + len(part)]), start
