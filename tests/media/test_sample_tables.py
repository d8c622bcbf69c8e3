"""The sample tables of MP4 family files against ffprobe's packets: times, order, sync frames, and what is left out."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Media
from oracle import boxes, catalog, clips, ffprobe

pytestmark = pytest.mark.reference

SUFFIXES = {".mp4", ".mov", ".m4a", ".3gp"}
FAMILY = [name for name in catalog.ALL if Path(name).suffix.lower() in SUFFIXES and name not in catalog.NO_MEDIUM]
SCANNED = {
    "made/mkv_named.mp4": "it is Matroska, whatever its name says",
    "torture/mb_whatdoesitdo.mp4": "all its samples bear one time, and the first packets are not what its tables say",
}
"""Files of which every packet is read, and why."""
WRONG_SYNC_FRAMES = {"torture/mb_bad-keyframe-flags.mp4": {24, 25, 48, 49, 72, 73, 96, 97}}
"""Frames, in display order, at which the tables and the stream, which FFmpeg asks, disagree: each mark is one late."""
MOST_READ = Fraction(1, 8)
"""Of a film of minutes: tables, and what FFmpeg looks at to know the codecs."""

FRAMES = [
    *["-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=4"],
    *["-f", "lavfi", "-i", "sine=sample_rate=44100:duration=4", "-pix_fmt", "yuv420p"],
]
SMALL_GROUPS = ["-c:v", "libx264", "-bf", "2", "-g", "12"]

COPIES: dict[str, tuple[list[str], list[str], str]] = {
    "trimmed mp4": (["-ss", "1.3"], [], ".mp4"),
    "trimmed mov": (["-ss", "0.5"], [], ".mov"),
    "frames late": (["-itsoffset", "1.5"], ["-map", "0:v", "-map", "1:a"], ".mp4"),
    "sound late": (["-itsoffset", "0.7"], ["-map", "1:v", "-map", "0:a"], ".mov"),
    "no edit list": ([], ["-use_editlist", "0"], ".mp4"),
    "negative offsets": ([], ["-movflags", "negative_cts_offsets"], ".mp4"),
    "timecode track": ([], ["-timecode", "01:00:00:00"], ".mov"),
    "clock of 600 ticks": ([], ["-video_track_timescale", "600"], ".mov"),
    "tables first": ([], ["-movflags", "faststart"], ".mp4"),
} | {
    f"{start}{flags}": (trim, ["-movflags", flags], ".mp4")
    for start, trim in (("", []), ("trimmed ", ["-ss", "1.3"]))
    for flags in (
        "frag_keyframe",
        "frag_keyframe+empty_moov",
        "frag_keyframe+empty_moov+default_base_moof",
        "frag_keyframe+empty_moov+separate_moof",
        "frag_keyframe+empty_moov+omit_tfhd_offset",
        "frag_keyframe+empty_moov+skip_trailer",
        "frag_keyframe+delay_moov",
        "frag_keyframe+delay_moov+negative_cts_offsets",
        "frag_every_frame+empty_moov",
        "cmaf",
        "cmaf+skip_sidx",
        "dash",
        "dash+global_sidx",
    )
}
"""Options before the first input, options after the inputs, and the suffix of a copy of one small film."""

CODED: dict[str, tuple[list[str], str]] = {
    "pcm 16": (["-c:a", "pcm_s16le"], ".mov"),
    "pcm 24": (["-c:a", "pcm_s24be"], ".mov"),
    "pcm in fragments": (["-c:a", "pcm_s16le", "-movflags", "frag_keyframe+empty_moov"], ".mov"),
    "ima adpcm": (["-c:a", "adpcm_ima_qt"], ".mov"),
    "alac": (["-c:a", "alac"], ".mov"),
    "flac": (["-c:a", "flac", "-strict", "-2"], ".mp4"),
    "opus": (["-c:a", "libopus"], ".mp4"),
    "mp3": (["-c:a", "libmp3lame"], ".mp4"),
    "ac3": (["-c:a", "ac3"], ".mp4"),
    "qtrle": (["-c:v", "qtrle", "-g", "10", "-pix_fmt", "rgb24"], ".mov"),
    "png": (["-c:v", "png"], ".mov"),
    "mpeg4": (["-c:v", "mpeg4", "-bf", "2"], ".mp4"),
    "mpeg2": (["-c:v", "mpeg2video", "-bf", "2"], ".mp4"),
    "hevc": (["-c:v", "libx265", "-x265-params", "log-level=none:keyint=12:bframes=2"], ".mp4"),
    "vp9": (["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "12"], ".mp4"),
}
"""Options of the codecs, and the suffix."""


def _expected(path: Path, index: int) -> list[tuple[Fraction, bool]]:
    """Container times of the frames on screen, in that order, and which are sync frames."""
    unit = next(stream.time_base for stream in ffprobe.streams(path) if stream.index == index)
    visible = [packet for packet in ffprobe.packets(path, index) if not packet.discard]
    times = [(packet.pts, packet.key) for packet in visible if packet.pts is not None]
    assert len(times) == len(visible)
    return [(pts * unit, key) for pts, key in sorted(times, key=lambda each: each[0])]


def _ours(media: Media) -> list[tuple[Fraction, bool]]:
    timeline, zero = media.timeline, media.metadata.start_offset
    return [
        (int(pts) * timeline.time_base + zero, bool(key)) for pts, key in zip(timeline.pts, timeline.key, strict=True)
    ]


@pytest.fixture(scope="session")
def film() -> Path:
    """A small film with B-frames, its tables at the end."""
    return clips.make([*FRAMES, *SMALL_GROUPS, "-c:a", "aac"], ".mp4")


@pytest.mark.parametrize("name", FAMILY)
def test_the_tables_of_every_file_are_used(name: str, media_path: Callable[[str], Path]) -> None:
    metadata = Media(media_path(name)).metadata
    assert metadata.index_source == ("scan" if name in SCANNED else "tables"), metadata.warnings
    is_warned = any("the sample tables were not used" in warning for warning in metadata.warnings)
    assert is_warned == (name in SCANNED and "mp4" in metadata.container)


@pytest.mark.parametrize("name", [name for name in FAMILY if name not in catalog.NO_FRAMES])
def test_frames_are_the_packets_that_ffprobe_shows(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path)
    assert media.metadata.video is not None
    ours, expected = _ours(media), _expected(path, media.metadata.video.index)
    assert [time for time, _ in ours] == [time for time, _ in expected]
    pairs = zip(ours, expected, strict=True)
    differing = {number for number, ((_, key), (_, theirs)) in enumerate(pairs) if key != theirs}
    assert differing == WRONG_SYNC_FRAMES.get(name, set())


@pytest.mark.parametrize("name", COPIES)
def test_copies_with_edit_lists_and_fragments(name: str, film: Path) -> None:
    before, after, suffix = COPIES[name]
    copied = ["-i", str(film), *after, "-c", "copy"]
    if "-map" in after:
        copied = ["-i", str(film), *copied]
    path = clips.make([*before, *copied], suffix)
    media = Media(path)
    assert media.metadata.index_source == "tables", media.metadata.warnings
    assert media.metadata.video is not None
    assert _ours(media) == _expected(path, media.metadata.video.index)


@pytest.mark.parametrize("name", CODED)
def test_codecs_whose_tables_look_otherwise(name: str) -> None:
    options, suffix = CODED[name]
    path = clips.make([*FRAMES, *SMALL_GROUPS, *options], suffix)
    media = Media(path)
    assert media.metadata.index_source == "tables", media.metadata.warnings
    assert media.metadata.video is not None
    assert _ours(media) == _expected(path, media.metadata.video.index)


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
@pytest.mark.parametrize("seed", range(12))
def test_edit_lists_of_any_kind(seed: int, codec: str, tmp_path: Path) -> None:
    """Several edits, repeated, overlapping, empty, beyond the end: what ffprobe makes of them."""
    made = clips.make([*FRAMES, "-c:v", codec, "-bf", "2", "-g", "12", "-c:a", "aac"], ".mp4")
    data, chance = made.read_bytes(), random.Random(seed)
    for number in range(2):
        edits = [
            (
                chance.choice([0, 1, 500, 4000, chance.randint(1, 4500)]),
                chance.choice([-1, 0, 1024, chance.randint(0, 60_000)]),
            )
            for _ in range(chance.randint(1, 4))
        ]
        data = boxes.replaced(data, boxes.find(data, b"elst", number), boxes.edit_list(edits))
    path = tmp_path / "edited.mp4"
    path.write_bytes(data)
    print(f"seed {seed}")
    media = Media(path)
    assert media.metadata.index_source == "tables", media.metadata.warnings
    assert media.metadata.video is not None
    # Where there is no frame at all, media zero is that of the sound alone.
    assert _ours(media) == _expected(path, media.metadata.video.index)


def test_an_empty_sample_is_no_frame(tmp_path: Path) -> None:
    """QuickTime screen recordings write a sample of no bytes where nothing changed."""
    data = clips.make([*FRAMES, *SMALL_GROUPS, "-an"], ".mov").read_bytes()
    at = boxes.find(data, b"stsz").start + 20 + 4 * 40
    before, size = (int.from_bytes(data[word : word + 4]) for word in (at - 4, at))
    # The sample before it takes its bytes, so that those after it stay where they are.
    path = tmp_path / "empty.mov"
    path.write_bytes(boxes.set_word(boxes.set_word(data, at - 4, before + size), at, 0))
    media = Media(path)
    assert len(media.timeline) == 99
    assert _ours(media) == _expected(path, 0)


class Counting(io.BytesIO):
    read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.read_bytes += len(data)
        return data


def test_opening_reads_tables_and_not_the_media(media_path: Callable[[str], Path]) -> None:
    data = media_path("made/long_en_grid_360s_concatcopy.mp4").read_bytes()
    file = Counting(data)
    assert len(Media(file).timeline) == 9000
    assert file.read_bytes < MOST_READ * len(data)


def test_a_container_without_tables_is_read_through_when_first_asked(film: Path) -> None:
    """Matroska: opening looks at the start and the cues, counts need every packet header once, a seek uses the cues."""
    path = clips.make(["-stream_loop", "150", "-i", str(film), "-c", "copy"], ".mkv")
    file = Counting(path.read_bytes())
    media = Media(file)
    assert file.read_bytes < MOST_READ * path.stat().st_size
    assert media.metadata.video is not None
    assert media.metadata.video.num_frames == len(ffprobe.packets(path, 0))
    scanned = file.read_bytes
    assert scanned >= path.stat().st_size / 2
    media.frames_played_at([media.metadata.duration * 4 / 5])
    assert file.read_bytes - scanned < MOST_READ * path.stat().st_size
