"""Clips for benches/gpu.py: each frame spells its number along its lower edge, and ffmpeg makes them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

BITS = 10
"""Blocks of the number, the lowest left: frames count up to 1023."""
FPS, GOP, SECONDS = 25, 50, 12
STRIP = 8
"""The blocks are an eighth of the frame high."""
THRESHOLD = 127
ENCODERS = {
    "h264": ("libx264", "-preset veryfast -bf 2"),
    "hevc": ("libx265", "-preset ultrafast -bf 2 -x265-params log-level=error"),
    "av1": ("libsvtav1", "-preset 11"),
    "vp9": ("libvpx-vp9", "-deadline realtime -cpu-used 8 -row-mt 1"),
}
"""FFmpeg's encoder of each codec, and its options."""
KILOBITS = {180: 300, 720: 2500, 1080: 4000}
"""A second of each height: eight clips are 40 MB."""


class BenchClip(NamedTuple):
    """A clip in a folder."""

    codec: str
    height: int
    path: Path

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"{self.codec} {self.height}p"


def make_clips(folder: Path, heights: tuple[int, ...], codecs: tuple[str, ...], seconds: int = SECONDS) -> None:
    """Make the clips that a folder lacks.

    Raises:
        FileNotFoundError: There is no ffmpeg.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for codec in codecs:
        for height in heights:
            path = folder / f"{codec}_{height}p.mp4"
            if not path.exists():
                _make(path, codec, height, seconds)


def found_clips(folder: Path) -> list[BenchClip]:
    """Return the clips of a folder.

    Raises:
        FileNotFoundError: There are none.
    """
    paths = sorted(folder.glob("*_*p.mp4"))
    if not paths:
        raise FileNotFoundError(f"--clips must be a folder that --make-clips made, got one without clips: {folder}")
    return [
        BenchClip(path.stem.partition("_")[0], int(path.stem.partition("_")[2].removesuffix("p")), path)
        for path in paths
    ]


def numbers_of(frames: npt.NDArray[np.uint8]) -> list[int]:
    """Return what frames ``[T, H, W, 3]`` spell."""
    height, width = frames.shape[1:3]
    row = height - height // (2 * STRIP)
    columns = (np.arange(BITS) * 2 + 1) * width // (2 * BITS)
    light = frames[:, row][:, columns, 1] > THRESHOLD
    return [int(number) for number in light @ (1 << np.arange(BITS))]


def _make(path: Path, codec: str, height: int, seconds: int) -> None:
    if shutil.which("ffmpeg") is None:
        raise FileNotFoundError(
            "no ffmpeg on the path, which makes the clips; give those of another machine by --clips"
        )
    width = height * 16 // 9
    encoder, options = ENCODERS[codec]
    # Smooth colours with noise, and no colour bars: chroma is interpolated in many ways, and edges would tell them apart.
    background = f"gradients=s={width}x{height}:r={FPS}:d={seconds}:speed=0.02:seed=7,noise=alls=8:allf=t:all_seed=7"
    blocks = f"color=black:s={8 * BITS}x8:r={FPS}:d={seconds},format=gray"
    blocks += f",geq=lum='255*mod(floor(N/pow(2,floor(X/8))),2)',scale={width}:{height // STRIP}:flags=neighbor"
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", background, "-f", "lavfi", "-i", blocks]
    command += ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"]
    command += ["-filter_complex", "[0:v][1:v]overlay=0:H-h,format=yuv420p[v]", "-map", "[v]", "-map", "2:a"]
    command += ["-c:v", encoder, *options.split(), "-b:v", f"{KILOBITS[height]}k", "-g", str(GOP), "-c:a", "aac"]
    part = path.with_name(f"part-{path.name}")
    subprocess.run([*command, str(part)], check=True)
    part.replace(path)
