"""Counting clips against what the ffmpeg command line decodes of them, read with Python's integers alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from emos_io import Media, Span, errors
from emos_io.testing import clip_arguments, counting, counting_clip, frame_numbers, sample_numbers

if shutil.which("ffmpeg") is None:
    pytest.skip("no ffmpeg on the path", allow_module_level=True)

# What the ffmpeg command line writes of frames and samples.
RAW_FRAMES = ("-map", "0:v", "-f", "rawvideo", "-pix_fmt", "rgb24")
RAW_SAMPLES = ("-map", "0:a", "-f", "s16le")


def decoded(path: Path, words: tuple[str, ...]) -> bytes:
    command = ["ffmpeg", "-v", "error", "-nostdin", "-i", str(path), *words, "-"]
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout


def spelled_by_bars(frame: bytes) -> int:
    """The bars of 4 pixels as binary digits; every pixel of the frame is one of a bar."""
    row = frame[: 64 * 3]
    assert frame == row * 16, "all rows are one"
    digits = ""
    for bar in range(16):
        pixels = row[bar * 12 : bar * 12 + 12]
        assert pixels in (b"\x00" * 12, b"\xff" * 12)
        digits += "01"[pixels[0] == 255]
    return int(digits, 2)


def packet_times(path: Path, track: str) -> list[Fraction]:
    command = ["ffprobe", "-v", "error", "-select_streams", track, "-show_packets", "-show_streams", "-of", "json"]
    found = json.loads(subprocess.run([*command, str(path)], capture_output=True, check=True, timeout=60).stdout)
    base = Fraction(found["streams"][0]["time_base"])
    return [packet["pts"] * base for packet in found["packets"]]


@pytest.mark.parametrize("codec", counting.CLIP_CODECS)
@pytest.mark.parametrize(("fps", "count"), [(25, 50), ("30000/1001", 60), (Fraction(7, 3), 5)])
def test_frames_and_samples_spell_their_numbers(
    fps: int | str | Fraction, count: int, codec: counting.ClipCodec, tmp_path: Path
) -> None:
    path = counting_clip(tmp_path, fps=fps, sample_rate=32_000, seconds=2, codec=codec)
    frames = decoded(path, RAW_FRAMES)
    cut = [frames[start : start + 3072] for start in range(0, len(frames), 3072)]
    assert [spelled_by_bars(frame) for frame in cut] == list(range(count))
    assert packet_times(path, "v") == [number / Fraction(fps) for number in range(count)]
    samples = np.frombuffer(decoded(path, RAW_SAMPLES), "<i2")
    pairs = samples.reshape(-1, 2).tolist()
    assert [left + 32_768 * right for left, right in pairs] == list(range(64_000))


@pytest.mark.parametrize(
    "options",
    [
        {"fps": "30000/1001", "sample_rate": 44_100, "seconds": 3},
        {"fps": Fraction(7, 3), "sample_rate": 96_000, "seconds": 1},
        {"fps": "0.4", "sample_rate": 8_000, "seconds": 2},
        {"fps": 300, "sample_rate": 1, "seconds": 4},
        {"fps": 25, "sample_rate": 11_025, "seconds": 2, "video_start": "0.2", "audio_start": "0.5"},
    ],
    ids=["ntsc", "thirds", "one frame", "one sample", "late"],
)
def test_raw_clips_are_those_of_ffmpeg(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coded = counting_clip(tmp_path, **options)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        raw = counting_clip(tmp_path, codec="raw", **options)
    assert raw.name == coded.name.replace(f"-{options['seconds']}s", f"-{options['seconds']}s-raw")
    assert decoded(raw, RAW_FRAMES) == decoded(coded, RAW_FRAMES)
    assert decoded(raw, RAW_SAMPLES) == decoded(coded, RAW_SAMPLES)
    assert packet_times(raw, "v") == packet_times(coded, "v")
    assert packet_times(raw, "a")[0] == packet_times(coded, "a")[0]
    with Media(raw) as ours, Media(coded) as theirs:
        assert ours.metadata.duration == theirs.metadata.duration
        count = len(packet_times(coded, "v"))
        assert frame_numbers(ours.frames_by_index(range(count)).data).tolist() == list(range(count))
        span = Span(0, theirs.metadata.duration)
        mine, other = ours.samples_in(span), theirs.samples_in(span)
        assert np.array_equal(mine.data, other.data) and mine.valid_ranges == other.valid_ranges


def test_late_raw_tracks_are_exact_to_a_microsecond(tmp_path: Path) -> None:
    path = counting_clip(
        tmp_path, seconds=1, sample_rate=8_000, video_start="0.123457", audio_start="1.000124", codec="raw"
    )
    assert packet_times(path, "v")[:2] == [Fraction("0.123457"), Fraction("0.163457")]
    # The nearest sample.
    assert packet_times(path, "a")[0] == Fraction(8001, 8000)


def test_raw_clips_reach_the_highest_numbers(tmp_path: Path) -> None:
    path = counting_clip(tmp_path, fps=2**16, sample_rate=1_000_000, seconds=1, codec="raw")
    with Media(path) as media:
        assert frame_numbers(media.frames_by_index([0, 255, 256, 65535]).data).tolist() == [0, 255, 256, 65535]
    samples = np.frombuffer(decoded(path, RAW_SAMPLES), "<i2").reshape(-1, 2).T / np.float32(32_768)
    assert np.array_equal(sample_numbers(samples), np.arange(1_000_000))


def test_readers_agree_with_what_was_written(tmp_path: Path) -> None:
    path = counting_clip(tmp_path / "new" / "clip.mov", seconds=3)
    assert path == tmp_path / "new" / "clip.mov"
    frames = np.frombuffer(decoded(path, RAW_FRAMES), np.uint8).reshape(-1, 16, 64, 3)
    assert frame_numbers(frames).tolist() == list(range(75))
    assert frame_numbers(frames.transpose(0, 3, 1, 2)).tolist() == list(range(75))
    assert frame_numbers(frames.repeat(3, axis=1).repeat(2, axis=2)).tolist() == list(range(75))
    assert frame_numbers(frames).dtype == np.int64
    samples = np.frombuffer(decoded(path, RAW_SAMPLES), "<i2").reshape(-1, 2).T / np.float32(32_768)
    assert np.array_equal(sample_numbers(samples), np.arange(144_000))
    assert sample_numbers(samples).dtype == np.int64


def test_late_tracks_begin_late(tmp_path: Path) -> None:
    path = counting_clip(tmp_path, seconds=1, sample_rate=8_000, video_start="0.2", audio_start=Fraction(1, 2))
    assert path.name == "counting-25fps-8000hz-1s-video_late_200000us-audio_late_500000us.mov"
    assert packet_times(path, "v")[:2] == [Fraction(5, 25), Fraction(6, 25)]
    assert packet_times(path, "a")[0] == Fraction(1, 2)
    assert spelled_by_bars(decoded(path, RAW_FRAMES)[:3072]) == 0


@pytest.mark.parametrize("codec", ["qtrle", "raw"])
def test_the_same_options_give_the_same_bytes(tmp_path: Path, codec: counting.ClipCodec) -> None:
    first = counting_clip(tmp_path / "a.mov", seconds=1, codec=codec).read_bytes()
    assert counting_clip(tmp_path / "b.mov", seconds=1, codec=codec).read_bytes() == first
    # A file that is there already is replaced, and nothing else is left.
    (tmp_path / "a.mov").write_bytes(b"old")
    counting_clip(tmp_path / "a.mov", seconds=1, codec=codec)
    assert (tmp_path / "a.mov").read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mov", "b.mov"]


def test_what_is_asked_wrongly_is_refused_in_one_line(tmp_path: Path) -> None:
    wrong: list[tuple[dict[str, object], str]] = [
        ({"fps": 0}, "fps must be above 0, got 0; "),
        ({"fps": "often"}, "fps must be a finite number, got 'often'; "),
        ({"fps": 100_000}, "fps must be at most 65536, got 100000; "),
        ({"fps": 25, "seconds": 2622}, "seconds must be an integer from 1 to 2621, got 2622; "),
        ({"sample_rate": 2**29, "seconds": 3}, "seconds must be an integer from 1 to 2, got 3; "),
        ({"seconds": 1.5}, "seconds must be an integer from 1 to 2621, got 1.5; "),
        ({"sample_rate": -1}, "sample_rate must be an integer from 1 to 1073741824, got -1; "),
        ({"codec": "h264"}, 'codec must be "qtrle", "png" or "raw", got \'h264\'; '),
        (
            {"fps": Fraction(1, 2**31), "codec": "raw"},
            "fps must be a fraction of numbers below 2 ** 31, got 1/2147483648; ",
        ),
        ({"video_start": -1}, "video_start must be full microseconds from 0, got -1; "),
        ({"audio_start": "1/3"}, "audio_start must be full microseconds from 0, got '1/3'; "),
    ]
    for options, text in wrong:
        with pytest.raises(errors.InvalidArgument, match=f"^{re.escape(text)}[^\n]+$"):
            counting_clip(tmp_path, **options)  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArgument, match=r'^codec must be "qtrle" or "png", got \'raw\'; '):
        clip_arguments(codec="raw")  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArgument, match=r"^out must be a str or a Path, got None; give a path$"):
        counting_clip(None)  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArgument, match=r"out must be a folder or a path that ends in \.mov, got"):
        counting_clip(tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []


def test_without_ffmpeg_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        errors.SourceNotFound, match=r"and none is on PATH; install it .*, or choose raw as codec, which"
    ) as none:
        counting_clip(tmp_path)
    assert str(none.value).startswith("a counting clip of qtrle needs the ffmpeg program, ")
    # An ffmpeg that lists no encoder, and then one that fails.
    script = tmp_path / "ffmpeg"
    script.write_text("#!/bin/sh\necho ' A..... pcm_s16le  PCM'\n")
    script.chmod(0o755)
    with pytest.raises(
        errors.UnsupportedCodec,
        match="of png needs the encoder png, and the ffmpeg program on PATH was built without; ",
    ):
        counting_clip(tmp_path, codec="png")
    script.write_text(
        "#!/bin/sh\n[ \"$2\" = -encoders ] && echo ' V. qtrle Q' && echo ' A. pcm_s16le P' && exit 0\n"
        "echo 'disk is full' >&2\nexit 3\n"
    )
    with pytest.raises(
        errors.EmosError, match=r"could not make a counting clip \(disk is full\); check .*: \"/"
    ) as caught:
        counting_clip(tmp_path, seconds=1)
    assert caught.value.ffmpeg_message == "disk is full"
    assert caught.value.path == str(tmp_path / "counting-25fps-48000hz-1s.mov")
    assert [path.name for path in tmp_path.iterdir()] == ["ffmpeg"]


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        (
            np.zeros((1, 16, 64, 3), np.float32),
            "frames must be uint8 [T, H, W, 3] or [T, 3, H, W], at least 16 pixels wide",
        ),
        (np.zeros((16, 64, 3), np.uint8), "frames must be uint8"),
        (np.zeros((1, 16, 15, 3), np.uint8), "frames must be uint8"),
        (np.full((3, 16, 64, 3), 127, np.uint8), "got the pixel [127, 127, 127] in frame 0"),
        (np.tile(np.array([255, 0, 0], np.uint8), (1, 16, 64, 1)), "got the pixel [255, 0, 0] in frame 0"),
    ],
)
def test_frames_of_other_media_are_refused(frames: npt.NDArray[np.uint8], text: str) -> None:
    with pytest.raises(errors.InvalidArgument, match=re.escape(text)):
        frame_numbers(frames)


@pytest.mark.parametrize(
    ("waveform", "text"),
    [
        (np.zeros((1, 9), np.float32), "waveform must be float32 [2, N], got float32 [1, 9]"),
        (np.zeros((2, 9), np.int16), "waveform must be float32 [2, N], got int16 [2, 9]"),
        (
            np.array([[0, 0.3], [0, 0]], np.float32),
            "waveform must be that of a counting clip, got [0.30000001192092896, 0.0] at sample 1",
        ),
        (np.array([[0, 0], [0, -0.5]], np.float32), "got [0.0, -0.5] at sample 1"),
    ],
)
def test_waveforms_of_other_media_are_refused(waveform: npt.NDArray[np.float32], text: str) -> None:
    with pytest.raises(errors.InvalidArgument, match=re.escape(text)):
        sample_numbers(waveform)
