"""Clips that say what they hold, made once: counting clips of `emos_io.testing`, and flash-and-click clips."""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emos_io.testing import clip_arguments
from emos_io.testing import clips as counting_clips
from emos_io.testing import sample_numbers as sample_numbers
from emos_io.testing.counting import LosslessCodec

from .remember import build_folder, ffmpeg_version

BITS = 16
"""Bars of a flash-and-click clip."""


def make(arguments: Sequence[str], suffix: str, *, inputs: Sequence[Path] = ()) -> Path:
    """Run ``ffmpeg ARGUMENTS OUT`` once, print it, and return OUT; later runs find the file."""
    identity = "\0".join([ffmpeg_version(), suffix, *arguments])
    folder = build_folder() / "clips"
    out = folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:24]}{suffix}"
    print("ffmpeg", *[repr(word) if set(word) & set(" ';|()") else word for word in arguments], out.name)
    folder.mkdir(parents=True, exist_ok=True)
    with out.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not out.exists():
            part = out.with_name(f"part-{out.name}")
            words = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-bitexact", *arguments, str(part)]
            done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
            assert done.returncode == 0, f"{' '.join(words)}\n{done.stderr}"
            part.replace(out)
    return out


def counting_clip(
    *,
    fps: str = "25",
    rate: int = 48_000,
    seconds: int = 10,
    codec: LosslessCodec = "qtrle",
    video_late: str = "0",
    audio_late: str = "0",
) -> Path:
    """A .mov whose frames spell their index and whose samples spell their number, made once."""
    arguments = clip_arguments(
        fps=fps, sample_rate=rate, seconds=seconds, codec=codec, video_start=video_late, audio_start=audio_late
    )
    return make(arguments, ".mov")


def frame_numbers(frames: npt.NDArray[np.uint8]) -> list[int]:
    """What the pixels of ``[T, H, W, 3]`` spell, as a list, which compares as a whole."""
    return [int(number) for number in counting_clips.frame_numbers(frames)]


def sample_number(samples: npt.NDArray[np.float32], index: int) -> int:
    """What the sample at an index of ``[2, N]`` spells."""
    return int(sample_numbers(samples[:, index : index + 1])[0])


def barcode(frame: npt.NDArray[np.uint8]) -> int:
    """The number that 16 white and black bars along the bottom of a flash-and-click clip spell, bit 15 left."""
    columns = [300 - 20 * bit + 9 for bit in range(BITS)]
    return sum(int(frame[224, column].mean() > 127) << bit for bit, column in enumerate(columns))


def is_flash(frame: npt.NDArray[np.uint8]) -> bool:
    """Whether a frame of a flash-and-click clip is white above its bars."""
    return bool(frame[100].mean() > 127)


def click_starts(waveform: npt.NDArray[np.float32], rate: int) -> list[int]:
    """Indices where a click begins in a mono signal: loud after at least half a second of quiet."""
    loud = np.flatnonzero(np.abs(waveform) > 0.25)
    if not len(loud):
        return []
    fresh = np.diff(loud, prepend=-rate) > rate // 2
    return [int(index) for index in loud[fresh]]
