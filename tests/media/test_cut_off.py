"""Files that are cut off give what comes before the cut; a source that fails is an error, wherever it fails."""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from emos_io import Media, SourceUnreadable, Span
from oracle import clips, ffmpeg_audio, ffmpeg_frames, ffprobe
from oracle.ffmpeg_frames import sha256

pytestmark = pytest.mark.reference

FRAMES = ["-f", "lavfi", "-i", "testsrc2=size=160x112:rate=25:duration=3"]
TONE = ["-f", "lavfi", "-i", "sine=sample_rate=44100:duration=3"]
CUTS = (0.95, 0.7, 0.4)
"""Where files are cut, as parts of their bytes."""


@dataclass(frozen=True)
class Kind:
    """A container whose demuxer reports an input error where bytes are missing."""

    arguments: list[str]
    suffix: str


KINDS = {
    "wavpack": Kind([*TONE, "-c:a", "wavpack"], ".wv"),
    "realmedia": Kind([*FRAMES, *TONE, "-c:v", "rv10", "-s", "176x144", "-c:a", "ac3", "-ac", "2"], ".rm"),
    "realmedia, frames only": Kind([*FRAMES, "-c:v", "rv20", "-s", "176x144"], ".rm"),
    "westwood": Kind(
        ["-f", "lavfi", "-i", "sine=sample_rate=22050:duration=3", "-c:a", "adpcm_ima_ws", "-f", "wsaud"], ".aud"
    ),
    "roq": Kind([*FRAMES, *TONE, "-s", "320x240", "-r", "30", "-c:a", "roq_dpcm", "-ar", "22050"], ".roq"),
    "alac in caf": Kind([*TONE, "-c:a", "alac"], ".caf"),
}


def cut(path: Path, out: Path, part: float) -> Path:
    data = path.read_bytes()
    out.write_bytes(data[: int(len(data) * part)])
    return out


@pytest.mark.parametrize("name", [name for name in KINDS if name != "alac in caf"])
def test_what_comes_before_a_cut_is_read(name: str, tmp_path: Path) -> None:
    path = clips.make(KINDS[name].arguments, KINDS[name].suffix)
    num_warned = 0
    for part in CUTS:
        short = cut(path, tmp_path / f"{part}{path.suffix}", part)
        media = Media(short, on_error="mask")
        metadata = media.metadata
        num_warned += any("may be cut off" in warning for warning in metadata.warnings)
        if metadata.video is not None:
            expected = ffmpeg_frames.hashes(path)
            frames = media.frames_by_index(range(metadata.video.num_frames))
            good = [sha256(frame) for frame, bad in zip(frames.data, frames.damaged, strict=True) if not bad]
            assert len(good) >= metadata.video.num_frames - 1
            assert good == expected[: len(good)] and len(good) >= int((part - 0.2) * len(expected))
        if metadata.audio is not None:
            stream = ffprobe.stream_of(path, "audio", None)
            theirs = ffmpeg_audio.samples(path)
            ours = media.samples_in(Span(0, metadata.duration))
            ((first, end),) = ours.valid_ranges
            assert first == 0
            assert ours.data.shape[0] == stream.channels
            # The packet that was cut may still decode: its samples are given, and damaged.
            good_end = min([end, *(begin for begin, _ in ours.damaged_ranges)])
            assert good_end > (part - 0.4) * theirs.shape[1]
            assert np.array_equal(ours.data[:, :good_end], theirs[:, :good_end])
    assert num_warned


@pytest.mark.parametrize("name", ["roq", "alac in caf", "westwood"])
def test_a_complete_file_at_whose_end_the_demuxer_wants_more_is_read(name: str) -> None:
    path = clips.make(KINDS[name].arguments, KINDS[name].suffix)
    media = Media(path)
    samples = media.samples_in(Span(0, media.metadata.duration))
    theirs = ffmpeg_audio.samples(path)
    assert np.array_equal(samples.data[:, : theirs.shape[1]], theirs)
    if media.metadata.video is not None:
        frames = media.frames_by_index(range(media.metadata.video.num_frames))
        assert [sha256(frame) for frame in frames.data] == ffmpeg_frames.hashes(path)


def test_a_cut_before_the_first_packet_raises_or_warns(tmp_path: Path) -> None:
    path = clips.make(KINDS["realmedia, frames only"].arguments, ".rm")
    with pytest.raises(SourceUnreadable, match="input/output error"):
        _ = Media(cut(path, tmp_path / "head.rm", 0.02)).metadata
    path = clips.make(KINDS["wavpack"].arguments, ".wv")
    media = Media(cut(path, tmp_path / "head.wv", 0.1))
    assert media.metadata.warnings == ("no track has a packet, so the file may be cut off",)


class Failing(io.BytesIO):
    """A file of which one read fails."""

    def __init__(self, data: bytes, failing: int) -> None:
        super().__init__(data)
        self.reads = 0
        self.failing = failing

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads == self.failing:
            raise OSError(5, "the disk is worn out")
        return super().read(size)


SOURCES = {
    "mp4": Kind([*FRAMES, *TONE, "-c:v", "libx264", "-c:a", "aac"], ".mp4"),
    "fragmented": Kind([*FRAMES, *TONE, "-c:v", "libx264", "-movflags", "frag_keyframe+empty_moov"], ".mp4"),
    "mkv": Kind([*FRAMES, *TONE, "-c:v", "libx264", "-c:a", "aac"], ".mkv"),
    "ts": Kind([*FRAMES, *TONE, "-c:v", "libx264", "-c:a", "aac"], ".ts"),
    "cut wavpack": KINDS["wavpack"],
    "cut realmedia": KINDS["realmedia"],
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_that_fails_is_an_error_wherever_it_fails(name: str) -> None:
    data = clips.make(SOURCES[name].arguments, SOURCES[name].suffix).read_bytes()
    if name.startswith("cut "):
        data = data[: int(len(data) * 0.95)]

    def read(failing: int) -> Failing:
        file = Failing(data, failing)
        media = Media(file, on_error="mask", num_threads=1)
        if media.metadata.video is not None:
            media.frames_by_index([0, -1], size=(8, 8))
        media.samples_in(Span(0, media.metadata.duration))
        return file

    total = read(0).reads
    every = max(1, total // 40)
    for failing in {*range(1, min(total, 30) + 1), *range(1, total + 1, every), total}:
        with pytest.raises(OSError, match="the disk is worn out"):
            read(failing)


def test_wtv_is_read_in_any_order() -> None:
    arguments = ["-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=20"]
    arguments += ["-f", "lavfi", "-i", "anoisesrc=sample_rate=48000:duration=20:seed=1"]
    path = clips.make([*arguments, "-c:v", "mpeg2video", "-b:v", "3M", "-c:a", "mp2"], ".wtv")
    expected = ffmpeg_frames.hashes(path, (32, 32))
    media = Media(path)
    assert media.metadata.video is not None and media.metadata.video.num_frames == len(expected)
    order = random.Random(0).sample(range(len(expected)), 24)
    for index in order:
        (frame,) = media.frames_by_index([index], size=(32, 32)).data
        assert sha256(frame) == expected[index]
    linear = media.samples_in(Span(0, 20)).data
    for second in random.Random(1).sample(range(20), 8):
        part = Media(path).samples_in(Span(second, second + 1))
        assert np.array_equal(part.data, linear[:, second * 48_000 : (second + 1) * 48_000])
