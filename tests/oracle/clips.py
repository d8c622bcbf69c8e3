"""Clips that say what they hold: the pixels of each frame spell its index, each sample its own number.

Lossless codecs in .mov: ticks stay exact at 1/30000, which Matroska rounds to a millisecond.
"""

from __future__ import annotations

import fcntl
import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .remember import build_folder, ffmpeg_version

BITS = 16
_BAR = 4
_HEIGHT = 16
_FULL_SCALE = 32768
"""Of pcm_s16le: the first channel counts samples up to here, the second how often it has begun anew."""


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
    codec: str = "qtrle",
    video_late: str = "0",
    audio_late: str = "0",
) -> Path:
    """A .mov whose frames spell their index and whose samples spell their number."""
    bit = f"255*mod(floor(N/pow(2,{BITS - 1}-floor(X/{_BAR}))),2)"
    frames = f"nullsrc=s={BITS * _BAR}x{_HEIGHT}:r={fps}:d={seconds},format=rgb24,geq=r='{bit}':g='{bit}':b='{bit}'"
    tick = f"mod(n,{_FULL_SCALE})/{_FULL_SCALE}|floor(n/{_FULL_SCALE})/{_FULL_SCALE}"
    waveform = f"aevalsrc='{tick}':s={rate}:d={seconds}"
    words = ["-itsoffset", video_late, "-f", "lavfi", "-i", frames]
    words += ["-itsoffset", audio_late, "-f", "lavfi", "-i", waveform, "-map", "0:v", "-map", "1:a"]
    # Else the first frame would be repeated until a late track begins.
    words += ["-fps_mode", "passthrough"]
    return make([*words, "-c:v", codec, "-g", "25", "-c:a", "pcm_s16le"], ".mov")


def frame_numbers(frames: npt.NDArray[np.uint8]) -> list[int]:
    """What the pixels of ``[T, H, W, 3]`` spell."""
    middle = frames[:, _HEIGHT // 2, _BAR // 2 :: _BAR, 0]
    assert np.isin(middle, (0, 255)).all(), "pixels are not those of a counting clip"
    weights = 1 << np.arange(BITS - 1, -1, -1)
    return [int(number) for number in ((middle > 127) * weights).sum(axis=1)]


def sample_number(samples: npt.NDArray[np.float32], index: int) -> int:
    """What the sample at an index of ``[2, N]`` spells."""
    return int(sample_numbers(samples[:, index : index + 1])[0])


def sample_numbers(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
    """What each sample of ``[2, N]`` spells."""
    low, high = samples.astype(np.float64) * _FULL_SCALE
    assert (low == np.round(low)).all(), "samples are not those of a counting clip"
    numbers: npt.NDArray[np.int64] = (low + high * _FULL_SCALE).astype(np.int64)
    return numbers


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
