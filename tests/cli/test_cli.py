"""The contract of the command line: keys, exit codes, hashes that equal ffmpeg's."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_emos import emos, emos_here

from oracle import command as ffmpeg

pytestmark = pytest.mark.command

MediaPath = Callable[[str], Path]

WINDOW_KEYS = {
    "index", "start", "end", "frames", "frame_pts", "samples", "channels", "video_valid", "audio_valid", "damaged",
    "audio_damaged", "frame_sha256", "audio_sha256",
}  # fmt: skip
PROBE_KEYS = {
    "path", "container", "duration", "start_offset", "tracks", "index", "warnings", "libraries", "cpu_flags",
}  # fmt: skip
TRACK_KEYS = {"index", "kind", "codec", "language", "time_base", "start", "end"}
VIDEO_KEYS = {
    "width", "height", "rotation", "sample_aspect_ratio", "num_frames", "num_frames_source", "average_rate",
    "pixel_format", "color",
}  # fmt: skip
AUDIO_KEYS = {"sample_rate", "num_channels", "channel_layout"}


def lines(*arguments: str | Path) -> list[dict[str, Any]]:
    done = emos_here(*arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_probe_prints_every_key_of_the_contract(media_path: MediaPath) -> None:
    (printed,) = lines("probe", media_path("made/base_en_grid_30s.mp4"), "--json")
    assert set(printed) == PROBE_KEYS
    video, audio = printed["tracks"]
    assert set(video) >= TRACK_KEYS | VIDEO_KEYS
    assert set(audio) >= TRACK_KEYS | AUDIO_KEYS
    assert printed["index"] == {"source": "tables"}
    assert (video["num_frames"], video["average_rate"], video["start"]) == (750, "25/1", "0/1")


def test_windows_without_options_are_one_window_over_all(media_path: MediaPath) -> None:
    path = media_path("made/rotate_90.mp4")
    (window,) = lines("windows", path, "--json")
    assert set(window) == WINDOW_KEYS
    hashes = ffmpeg.frame_hashes(path, 0, (360, 288), native=True)
    assert window["frames"] == len(hashes)
    raw = ffmpeg.run(
        "ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:0", "-fps_mode", "passthrough",
        "-vf", "scale=flags=bicubic,format=rgb24", "-f", "rawvideo", "-",
    )  # fmt: skip
    assert window["frame_sha256"] == hashlib.sha256(raw).hexdigest()
    assert window["start"] == "0/1"
    assert all(window["video_valid"])
    assert not any(window["damaged"])


def test_window_hashes_equal_ffmpegs(media_path: MediaPath) -> None:
    path = media_path("made/novideo_vbr.mp3")
    printed = lines("windows", path, "--length", "5", "--sample-rate", "16000", "--channels", "1", "--json")
    waveform = ffmpeg.waveform(path, 0, "mp3", 1, "aresample=16000:ochl=mono:rematrix_maxval=1.0")[0]
    for window in printed[:-1]:
        first = round(Fraction(window["start"]) * 16_000)
        part = np.ascontiguousarray(waveform[first : first + 80_000], dtype="<f4")
        assert window["audio_sha256"] == hashlib.sha256(part.tobytes()).hexdigest()
        assert window["frames"] is None
        assert window["audio_valid"] == [[0, 80_000]]
    assert Fraction(printed[-1]["end"]) >= Fraction(len(waveform), 16_000)
    assert Fraction(printed[-2]["end"]) < Fraction(len(waveform), 16_000)


def test_out_holds_what_the_hashes_say(media_path: MediaPath, tmp_path: Path) -> None:
    out = tmp_path / "windows"
    printed = lines(
        "windows",
        media_path("made/remux.mkv"),
        "--length",
        "10",
        "--fps",
        "1",
        "--size",
        "24,32",
        "--out",
        out,
        "--json",
    )
    assert sorted(path.name for path in out.iterdir()) == [f"window_{k:06d}.npz" for k in range(len(printed))]
    for window in printed:
        with np.load(out / f"window_{window['index']:06d}.npz") as stored:
            assert set(stored.files) == {"frames", "frame_pts", "audio"}
            assert hashlib.sha256(stored["frames"].tobytes()).hexdigest() == window["frame_sha256"]
            assert hashlib.sha256(stored["audio"].tobytes()).hexdigest() == window["audio_sha256"]
            assert [pts or None for pts in stored["frame_pts"].tolist()] == window["frame_pts"]


def test_damage_is_exit_code_1(media_path: MediaPath) -> None:
    path = media_path("made/corrupt_bytes.mp4")
    masked = emos_here("windows", path, "--length", "10", "--size", "16,16", "--on-error", "mask", "--json")
    assert masked.returncode == 1
    assert any(any(json.loads(line)["damaged"]) for line in masked.stdout.splitlines())
    raised = emos_here("windows", path, "--length", "10", "--size", "16,16", "--json")
    assert raised.returncode == 1
    assert len(raised.stderr.strip().splitlines()) == 1


WRONG_USE = [
    "windows",
    "windows CLIP --length 0",
    "windows CLIP --size 0,5",
    "windows CLIP --fps nan",
    "windows CLIP --hop 1",
    "windows CLIP --on-error ignore",
    "windows CLIP --sample-rate -1",
    "nonsense",
]


@pytest.mark.parametrize("arguments", WRONG_USE)
def test_wrong_use_is_exit_code_2_and_one_line(media_path: MediaPath, arguments: str) -> None:
    clip = str(media_path("made/0p2s.mp4"))
    done = emos_here(*[clip if argument == "CLIP" else argument for argument in arguments.split()])
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    "name", ["zero_byte.mp4", "html_error_page.mp4", "random_bytes.mp4", "trunc_60pct_no_moov.mp4"]
)
@pytest.mark.timeout(60)
def test_unreadable_input_is_exit_code_3_and_one_line(media_path: MediaPath, name: str) -> None:
    for verb in ("probe", "windows"):
        done = emos_here(verb, media_path(f"made/{name}"), "--json")
        assert done.returncode == 3
        assert len(done.stderr.strip().splitlines()) == 1
        assert name in done.stderr


def test_a_full_disk_is_one_error_and_no_half_file(media_path: MediaPath, tmp_path: Path) -> None:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a small file system to fill")
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], check=False, capture_output=True
    ).returncode:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        done = emos(
            "windows", media_path("made/base_en_grid_30s.mp4"), "--length", "2", "--out", small / "out", "--json"
        )
        assert done.returncode == 3
        assert "cannot be written" in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1
        assert not list((small / "out").glob("*.partial"))
        for stored in (small / "out").glob("*.npz"):
            np.load(stored).close()
    finally:
        subprocess.run(["umount", small], check=True)


def test_windows_into_a_file_say_so_in_one_line(counting_clip: Callable[..., Path], tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    done = emos_here("windows", counting_clip(seconds=3), "--out", taken)
    assert done.returncode == 3
    assert done.stderr == f'emos: the folder cannot be written (File exists); name a folder: "{taken}"\n'


def test_env_names_versions_and_decoders() -> None:
    (facts,) = lines("env", "--json")
    assert {"libraries", "cpu_flags", "decoders", "emos_io"} <= set(facts)
    assert "h264" in facts["decoders"]["video"]
    version = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout
    assert f"ffmpeg version {facts['libraries']['ffmpeg']} " in version


def test_env_says_what_decoding_on_a_gpu_would_find() -> None:
    (facts,) = lines("env", "--json")
    packages = {"nvidia-dali-cuda130", "nvidia-dali-cuda120"}
    installed = {each.name.lower(): each.version for each in metadata.distributions()}
    assert facts["dali"] == {name: installed[name] for name in packages & set(installed)}
    assert set(facts["cuda_driver"]) in ({"missing"}, {"cuda", "devices"})
    text = emos_here("env").stdout
    assert re.findall("^dali.*: (.*)$", text, re.MULTILINE) == (
        list(facts["dali"].values())
        or ["not installed; pip install 'emos-io[gpu]' (CUDA 13), or pip install 'emos-io[gpu-cuda12]' (CUDA 12)"]
    )
    assert len(re.findall("^cuda_driver .*$", text, re.MULTILINE)) == len(facts["cuda_driver"])


def test_the_demo_writes_a_contact_sheet(media_path: MediaPath, tmp_path: Path) -> None:
    done = emos("demo", media_path("talking/en_pliers_obama_speech_9s.mp4"), "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "times real time" in done.stdout
    assert (tmp_path / "contact-sheet.png").read_bytes().startswith(b"\x89PNG")
