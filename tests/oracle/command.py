"""The ffmpeg command line as an authority for frames and audio."""

from __future__ import annotations

import hashlib
import json
import subprocess
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

# libavcodec's fixed-point mp2 decoder depends on its whole history, so the track is defined with the float decoders.
FLOAT_DECODERS = {"mp1": "mp1float", "mp2": "mp2float", "mp3": "mp3float"}


def run(*arguments: str | Path, timeout: float = 300) -> bytes:
    """Return what a command prints; fail with its last messages."""
    done = subprocess.run([str(a) for a in arguments], capture_output=True, timeout=timeout, check=False)
    if done.returncode != 0:
        command = " ".join(str(a) for a in arguments)
        raise AssertionError(f"{command} failed: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


def frame_hashes(path: Path, stream: int, size: tuple[int, int], native: bool, *, strict: bool = True) -> list[str]:
    """Return the sha256 of every frame that ffmpeg shows, RGB, at ``(height, width)``.

    With `native`, the size is the displayed one and frames are converted as ``-pix_fmt rgb24`` does.
    """
    height, width = size
    scale = "scale=flags=bicubic,format=rgb24" if native else f"scale={width}:{height}:flags=bilinear,format=rgb24"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-i", path, "-map", f"0:{stream}"]
    command += ["-fps_mode", "passthrough", "-vf", scale, "-f", "rawvideo", "-"]
    size_bytes = height * width * 3
    hashes = []
    with subprocess.Popen([str(a) for a in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        while frame := process.stdout.read(size_bytes):
            assert len(frame) == size_bytes, f"ffmpeg gave {len(frame)} bytes, not {size_bytes}: {path}"
            hashes.append(hashlib.sha256(frame).hexdigest())
    assert process.returncode == 0 or not strict, f"ffmpeg exited with {process.returncode}: {path}"
    return hashes


def waveform(path: Path, stream: int, codec: str, channels: int, filters: str | None = None) -> npt.NDArray[np.float32]:
    """Return float32 ``[C, N]``: the full track as ffmpeg decodes it, through `filters`."""
    command: list[str | Path] = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1"]
    if codec in FLOAT_DECODERS:
        command += [f"-c:{stream}", FLOAT_DECODERS[codec]]
    command += ["-i", path, "-map", f"0:{stream}"]
    if filters:
        command += ["-af", filters]
    command += ["-c:a", "pcm_f32le", "-f", "f32le", "-"]
    return np.frombuffer(run(*command), dtype="<f4").reshape(-1, channels).T


@cache
def probe(path: Path) -> dict[str, Any]:
    """Return ffprobe's streams and format."""
    printed = run("ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", path)
    answer: dict[str, Any] = json.loads(printed)
    return answer


def packets(path: Path, stream: int) -> list[dict[str, Any]]:
    """Return ffprobe's packets of one stream, in the order of decoding."""
    printed = run("ffprobe", "-v", "error", "-show_packets", "-select_streams", str(stream), "-of", "json", path)
    answer: list[dict[str, Any]] = json.loads(printed).get("packets", [])
    return answer


def frame_times(path: Path, stream: int) -> list[Fraction]:
    """Return the container times of the frames that ffprobe decodes, in order."""
    entries = "frame=pts:stream=time_base"
    printed = run(
        "ffprobe", "-v", "quiet", "-select_streams", str(stream), "-show_frames", "-show_entries", entries,
        "-of", "json", path,
    )  # fmt: skip
    answer = json.loads(printed)
    unit = Fraction(answer["streams"][0]["time_base"])
    return [int(frame["pts"]) * unit for frame in answer["frames"] if "pts" in frame]
