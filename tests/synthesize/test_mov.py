"""Uncompressed files as ffprobe, the ffmpeg command line and PyAV read them: every byte and every time is exact."""

from __future__ import annotations

import re
import struct
import subprocess
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from synthesize_help import ffprobe

from emos_io import InvalidArgument, Media, Span
from emos_io.synthesize import RawAudio, RawVideo, frame_ticks, write_mov
from emos_io.synthesize.mov import PixelFormat


@dataclass(frozen=True)
class Written:
    """A file, and what was written into it."""

    path: Path
    video: RawVideo
    frames: bytes
    audio: RawAudio
    samples: bytes

    @property
    def frame_times(self) -> list[Fraction]:
        """When frames begin, in seconds."""
        ticks = [0, *accumulate(self.video.ticks)][:-1]
        return [self.video.start + Fraction(tick, self.video.hz) for tick in ticks]


def noise(count: int, unit_bytes: int, *chunks: int, seed: int) -> list[bytes]:
    """Random bytes of units, in chunks of these numbers of units; the last has what remains."""
    data = np.random.default_rng(seed).integers(0, 256, count * unit_bytes, dtype=np.uint8).tobytes()
    ends = [0, *accumulate(chunks), count]
    return [data[first * unit_bytes : last * unit_bytes] for first, last in pairwise(ends)]


def written(
    path: Path,
    *,
    pixels: PixelFormat = "rgb24",
    size: tuple[int, int] = (60, 96),
    fps: Fraction = Fraction(25),
    count: int = 31,
    rate: int = 16_000,
    channels: int = 1,
    num_samples: int = 20_001,
    video_start: Fraction = Fraction(0),
    audio_start: Fraction = Fraction(0),
) -> Written:
    """Write random frames and samples in odd chunks, one of them empty."""
    ticks = frame_ticks(fps)
    assert ticks is not None
    video = RawVideo(pixels, size, ticks[0], [ticks[1]] * count, video_start)
    audio = RawAudio(rate, channels, audio_start)
    frames = noise(count, video.unit_bytes, 1, 0, 7, 7, seed=1)
    samples = noise(num_samples, audio.unit_bytes, 1000, 1000, 3, seed=2)
    write_mov(path, video, frames, audio, samples)
    return Written(path, video, b"".join(frames), audio, b"".join(samples))


CASES: dict[str, dict[str, Any]] = {
    "rgb": {},
    "planes": {"pixels": "yuv420p"},
    "ntsc": {"fps": Fraction(30000, 1001), "rate": 44_100, "channels": 2, "video_start": Fraction("0.2")},
    "thirds": {"fps": Fraction(7, 3), "size": (16, 64), "rate": 96_000, "audio_start": Fraction("0.333333")},
    "slow": {"fps": Fraction(1, 10), "count": 3, "rate": 8_000, "num_samples": 1, "pixels": "yuv420p"},
    "odd": {
        "fps": Fraction(2_147_483_629, 143_165_577),
        "count": 5,
        "size": (2, 2),
        "audio_start": Fraction("1.000001"),
    },
    "both late": {"video_start": Fraction(2), "audio_start": Fraction(5, 2), "channels": 2},
    "ultrasound": {"rate": 768_000, "num_samples": 3000, "size": (2, 4)},
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Written:
    return written(tmp_path / "case.mov", **CASES[request.param])


def decoded_by_ffmpeg(path: Path, *words: str) -> bytes:
    """What the ffmpeg command line writes; it has nothing to say of the file."""
    command = ["ffmpeg", "-v", "warning", "-nostdin", "-i", str(path), *words, "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert b"mov" not in done.stderr, done.stderr
    return done.stdout


def test_ffprobe_reads_the_tracks(case: Written) -> None:
    video, audio = ffprobe(case.path, "-show_streams")["streams"]
    height, width = case.video.size
    assert (video["codec_name"], video["pix_fmt"]) == ("rawvideo", case.video.pixel_format)
    assert (video["width"], video["height"], video["nb_frames"]) == (width, height, str(len(case.video.ticks)))
    assert (video["time_base"], video["duration_ts"]) == (f"1/{case.video.hz}", sum(case.video.ticks))
    assert video.get("color_space") == ("bt709" if case.video.pixel_format == "yuv420p" else None)
    assert (audio["codec_name"], audio["sample_rate"]) == ("pcm_s16le", str(case.audio.hz))
    assert (audio["channels"], audio["time_base"]) == (case.audio.num_channels, f"1/{case.audio.hz}")
    assert audio["duration_ts"] == len(case.samples) // case.audio.unit_bytes


def test_ffprobe_reads_every_time(case: Written) -> None:
    packets = ffprobe(case.path, "-select_streams", "v", "-show_packets")["packets"]
    assert [Fraction(packet["pts"], case.video.hz) for packet in packets] == case.frame_times
    assert [packet["duration"] for packet in packets] == list(case.video.ticks)
    assert {packet["flags"][0] for packet in packets} == {"K"}
    packets = ffprobe(case.path, "-select_streams", "a", "-show_packets")["packets"]
    # Audio begins on a sample.
    first = round(case.audio.start * case.audio.hz)
    lengths = [int(packet["size"]) // case.audio.unit_bytes for packet in packets]
    assert [packet["pts"] for packet in packets] == [first + done for done in [0, *accumulate(lengths)][:-1]]
    assert sum(lengths) == len(case.samples) // case.audio.unit_bytes


def test_ffmpeg_reads_every_byte(case: Written) -> None:
    pixels = ("-map", "0:v", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", case.video.pixel_format)
    assert decoded_by_ffmpeg(case.path, *pixels) == case.frames
    assert decoded_by_ffmpeg(case.path, "-map", "0:a", "-f", "s16le") == case.samples


def test_pyav_reads_every_byte_and_time(case: Written) -> None:
    with av.open(str(case.path)) as file:
        frames = list(file.decode(video=0))
    assert [Fraction(frame.pts or 0, case.video.hz) for frame in frames] == case.frame_times
    assert {frame.time_base for frame in frames} == {Fraction(1, case.video.hz)}
    assert b"".join(frame.to_ndarray().tobytes() for frame in frames) == case.frames
    with av.open(str(case.path)) as file:
        chunks = [frame.to_ndarray() for frame in file.decode(audio=0)]
    assert b"".join(chunk.tobytes() for chunk in chunks) == case.samples


def test_our_reader_reads_every_byte_and_time(case: Written) -> None:
    media = Media(case.path)
    video, audio = media.metadata.video, media.metadata.audio
    assert video is not None and audio is not None
    # Media time begins with the earlier track.
    audio_start = Fraction(round(case.audio.start * case.audio.hz), case.audio.hz)
    zero = min(case.frame_times[0], audio_start)
    frames = media.frames_by_index(range(len(case.video.ticks)))
    assert list(frames.times) == [time - zero for time in case.frame_times]
    if case.video.pixel_format == "rgb24":
        assert frames.data.tobytes() == case.frames
    samples = media.samples_in(Span(audio_start - zero, audio.end or 0))
    assert audio.start == audio_start - zero
    expected = np.frombuffer(case.samples, "<i2").reshape(-1, case.audio.num_channels).T / np.float32(32_768)
    assert np.array_equal(samples.data, expected)
    assert media.metadata.warnings == ()


def test_a_variable_rate_keeps_every_duration(tmp_path: Path) -> None:
    ticks = [40, 20, 60, 40, 40, 1, 999, 7]
    video, audio = RawVideo("rgb24", (4, 6), 1000, ticks), RawAudio(8_000, 1)
    frames = noise(len(ticks), video.unit_bytes, seed=3)
    write_mov(tmp_path / "a.mov", video, frames, audio, noise(9656, 2, seed=4))
    packets = ffprobe(tmp_path / "a.mov", "-select_streams", "v", "-show_packets")["packets"]
    assert [packet["duration"] for packet in packets] == ticks
    assert [packet["pts"] for packet in packets] == [0, *accumulate(ticks)][:-1]
    media = Media(tmp_path / "a.mov")
    assert media.metadata.duration == Fraction(1207, 1000)
    assert list(media.frames_by_index(range(8)).times) == [
        Fraction(each, 1000) for each in [0, *accumulate(ticks)][:-1]
    ]


def test_tracks_are_interleaved_by_time(tmp_path: Path) -> None:
    video, audio = RawVideo("rgb24", (4, 6), 8, [1] * 32), RawAudio(1000, 1)
    write_mov(tmp_path / "a.mov", video, noise(32, 72, *[2] * 15, seed=5), audio, noise(4000, 2, *[500] * 7, seed=6))
    packets = ffprobe(tmp_path / "a.mov", "-show_packets")["packets"]
    ordered = sorted(packets, key=lambda packet: int(packet["pos"]))
    seconds = [float(packet["pts_time"]) for packet in ordered]
    assert all(later > earlier - 0.5 for earlier, later in pairwise(seconds))


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mov", "b.mov"):
        written(tmp_path / name)
    assert (tmp_path / "a.mov").read_bytes() == (tmp_path / "b.mov").read_bytes()


def test_boxes_fill_the_file(tmp_path: Path) -> None:
    data = written(tmp_path / "a.mov").path.read_bytes()
    names, at = [], 0
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        names.append(name)
        at += struct.unpack_from(">Q", data, at + 8)[0] if length == 1 else length
    assert (names, at) == ([b"ftyp", b"mdat", b"moov"], len(data))


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    good = RawVideo("rgb24", (2, 4), 25, [1, 1])
    audio = RawAudio(8_000, 1)
    frames = [bytes(2 * good.unit_bytes)]
    chunks = "chunks must be full frames or samples of"
    wrong: list[tuple[RawVideo, list[bytes], RawAudio, list[bytes], str]] = [
        (replace(good, size=(3, 4)), frames, audio, [], "size must be even and from 2 to 65534, got (3, 4); "),
        (replace(good, size=(2, 65_536)), frames, audio, [], "size must be even and from 2 to 65534, got (2, 65536); "),
        (
            replace(good, hz=1 << 31),
            frames,
            audio,
            [],
            "hz of video must be an integer from 1 to 2147483647, got 2147483648; ",
        ),
        (replace(good, ticks=[1, 0]), frames, audio, [], "ticks must be an integer from 1 to 2147483647, got 0; "),
        (good, frames, replace(audio, hz=0), [], "hz of audio must be an integer from 1 to 2147483647, got 0; "),
        (good, frames * 2, audio, [], "frames must be as many as the ticks of video, 2, got 4; "),
        (good, [], audio, [bytes(8)], "frames must be as many as the ticks of video, 2, got 0; "),
        (good, [bytes(25)], audio, [], f"{chunks} 24 bytes, got 25 bytes; "),
        (good, frames, audio, [bytes(7)], f"{chunks} 2 bytes, got 7 bytes; "),
    ]
    for video, given, heard, samples, text in wrong:
        with pytest.raises(InvalidArgument, match=f"^{re.escape(text)}[^\n]+$"):
            write_mov(tmp_path / "a.mov", video, given, heard, samples)
