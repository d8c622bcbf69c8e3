"""Clips whose frames spell their number in blocks of light and dark, in each codec, timing and container that ffmpeg writes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from emos_io import Media
from emos_io.errors import EmosError
from oracle import clips
from oracle.remember import build_folder

Codec = Literal["vp9", "vp8", "mjpeg"]
Timing = Literal["constant", "variable", "hidden", "edited", "late"]

WIDTH, HEIGHT, BLOCK = 64, 48, 16
"""Two rows of four blocks are the eight bits of the number, the lowest first; the third is light, dark, parity, no parity."""
NUM_FRAMES, FPS, GOP = 90, 25, 20
DARK, LIGHT, THRESHOLD = 40, 215, 127
"""Luma far from each other, so that what a lossy codec changes moves no block over the threshold."""
CUT = Fraction(13, 10)
"""Seconds at which a copy of an edited clip begins, within a GOP."""
LATE = 2
"""Seconds at which the video of a late clip begins; where the container has audio, that begins at 0."""
AUDIO = {"mkv": "pcm_s16le", "nut": "pcm_s16le", "mov": "pcm_s16le", "mp4": "aac", "webm": "libopus"}

CODECS: tuple[Codec, ...] = ("vp9", "vp8", "mjpeg")
TIMINGS: dict[Codec, tuple[Timing, ...]] = {
    "vp9": ("constant", "variable", "hidden", "edited", "late"),
    "vp8": ("constant", "variable", "hidden", "edited", "late"),
    "mjpeg": ("constant", "variable", "edited", "late"),
}
"""MJPEG has no hidden frames."""
CONTAINERS = (
    "mkv", "webm", "mp4", "fragmented.mp4", "mov", "avi", "ivf", "nut", "ts", "flv", "ogv", "asf", "mxf", "mpg", "3gp", "mjpeg",
)  # fmt: skip
EXACT = frozenset({"mkv", "webm", "mp4", "fragmented.mp4", "mov", "nut", "ivf", "asf"})
"""Containers that keep the times of packets."""
KEEPS_START = frozenset({"mkv", "webm", "mp4", "mov", "ivf", "nut", "asf"})
"""Containers that can say that their video begins late."""
MUST_BE_THERE: dict[Codec, frozenset[str]] = {
    "vp9": frozenset({"mkv", "webm", "mp4", "fragmented.mp4", "avi", "ivf", "nut"}),
    "vp8": frozenset({"mkv", "webm", "avi", "ivf", "nut"}),
    "mjpeg": frozenset({"mkv", "mp4", "fragmented.mp4", "mov", "avi", "nut"}),
}
"""Without them the comparison would be of less than is said."""
EDIT_LISTS = frozenset({"mp4", "mov"})

_BITS = f"mod(floor(N/pow(2,floor(X/{BLOCK})+4*floor(Y/{BLOCK}))),2)"
_PARITY = "mod(" + "+".join(f"mod(floor(N/{2**bit}),2)" for bit in range(8)) + ",2)"
_GUARD = f"if(lt(X,{BLOCK}),1,if(lt(X,{2 * BLOCK}),0,if(lt(X,{3 * BLOCK}),{_PARITY},1-{_PARITY})))"
_LUMA = f"{DARK}+{LIGHT - DARK}*if(lt(Y,{2 * BLOCK}),{_BITS},{_GUARD})"
_VARIABLE = "N+floor(N/3)+2*floor(N/7)"
"""Ticks of 1/25 s of frame N: it stays on screen for one, two, three or four of them."""
_ENCODERS: dict[tuple[Codec, bool], str] = {
    ("vp9", False): f"-c:v libvpx-vp9 -b:v 150k -cpu-used 8 -lag-in-frames 0 -g {GOP}",
    ("vp9", True): f"-c:v libvpx-vp9 -b:v 200k -cpu-used 2 -lag-in-frames 25 -auto-alt-ref 1 -g {2 * GOP}",
    ("vp8", False): f"-c:v libvpx -b:v 300k -cpu-used 8 -lag-in-frames 0 -auto-alt-ref 0 -g {GOP}",
    ("vp8", True): f"-c:v libvpx -b:v 200k -cpu-used 2 -lag-in-frames 25 -auto-alt-ref 1 -g {2 * GOP}",
    ("mjpeg", False): "-c:v mjpeg -q:v 4 -pix_fmt yuvj420p",
}


@dataclass(frozen=True, slots=True)
class NumberedClip:
    """A clip, and what is known of it by construction.

    Attributes:
        codec, timing, container: How it was made.
        path: Where it is.
    """

    codec: Codec
    timing: Timing
    container: str
    path: Path

    @property
    def name(self) -> str:
        """What a test calls it."""
        return f"{self.codec}-{self.timing}.{self.container}"

    @property
    def starts(self) -> list[Fraction]:
        """Seconds at which each coded frame appears, before anything was cut off or moved."""
        if self.timing == "variable":
            ticks = [number + number // 3 + 2 * (number // 7) for number in range(NUM_FRAMES)]
        else:
            ticks = list(range(NUM_FRAMES))
        return [Fraction(tick, FPS) for tick in ticks]

    @property
    def keeps_times(self) -> bool:
        """Whether the container has the times as they were made: some move frames that stand beside hidden ones by a tick."""
        moved = {"ivf", "nut", "asf"} if self.timing == "hidden" else set()
        return self.container in EXACT - moved

    @property
    def first_numbers(self) -> frozenset[int]:
        """What the first frame may spell: of a clip that was cut, the frame at the cut, or the keyframe before it."""
        if self.timing != "edited":
            return frozenset({0})
        if self.container in EDIT_LISTS:
            return frozenset({math.ceil(CUT * FPS)})
        return frozenset({int(CUT * FPS) if self.codec == "mjpeg" else int(CUT * FPS) // GOP * GOP})


@cache
def containers(codec: Codec) -> tuple[list[str], dict[str, str]]:
    """Return the containers that a codec can be read from, and for each other why not: ffmpeg's last line, or our error."""
    found: list[str] = []
    refused: dict[str, str] = {}
    for container in CONTAINERS:
        try:
            path = _copied(codec, "constant", container)
        except AssertionError as error:
            refused[container] = f"not written: {str(error).strip().splitlines()[-1]}"
            continue
        try:
            Media(path).frames_by_index([0])
        except EmosError as error:
            refused[container] = f"written, but FFmpeg cannot read it: {type(error).__name__}"
        else:
            found.append(container)
    return found, refused


def clips_of(codec: Codec, timing: Timing) -> list[NumberedClip]:
    """Return the clips of a codec and a timing: one for each container."""
    return [
        NumberedClip(codec, timing, container, _copied(codec, timing, container)) for container in containers(codec)[0]
    ]


def _copied(codec: Codec, timing: Timing, container: str) -> Path:
    words = ["-ss", str(float(CUT))] if timing == "edited" else []
    if timing == "late" and (audio := AUDIO.get(container)):
        words += ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=5", "-itsoffset", str(LATE)]
        words += ["-i", str(encoded(codec, timing)), "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-c:a", audio]
    else:
        words += ["-i", str(encoded(codec, timing)), "-c", "copy"]
        words += ["-output_ts_offset", str(LATE)] if timing == "late" else []
    words += ["-movflags", "frag_keyframe+empty_moov"] if container.startswith("fragmented") else []
    return clips.make(words, f".{container.rsplit('.', maxsplit=1)[-1]}")


@cache
def encoded(codec: Codec, timing: Timing) -> Path:
    """Return the Matroska file from which the containers of a codec and a timing are copied."""
    times = f",setpts={_VARIABLE}" if timing == "variable" else ""
    source = f"color=black:s={WIDTH}x{HEIGHT}:r={FPS}:d={NUM_FRAMES / FPS},format=yuv420p"
    source += f",geq=lum='{_LUMA}':cb=128:cr=128{times}"
    encoder = _ENCODERS[codec, timing == "hidden"].split()
    words = ["-f", "lavfi", "-i", source, "-fps_mode", "passthrough", "-threads", "1", *encoder]
    if timing == "hidden":
        # Only with what a first pass found does libvpx make hidden frames of so short a clip.
        log = str(build_folder() / "clips" / f"first-pass-{codec}")
        clips.make([*words, "-pass", "1", "-passlogfile", log, "-f", "framecrc"], ".txt")
        words += ["-pass", "2", "-passlogfile", log]
    return clips.make(words, ".mkv")


def spelled(frames: npt.NDArray[np.uint8]) -> list[int]:
    """Return what RGB frames ``[T, H, W, 3]`` of a clip spell; -1 where the blocks of parity are not as they must be."""
    height, width = frames.shape[1:3]
    rows = (np.arange(3) * 2 + 1) * height // 6
    columns = (np.arange(4) * 2 + 1) * width // 8
    light = frames[..., 1][:, rows][:, :, columns] > THRESHOLD
    bits = light[:, :2].reshape(len(frames), 8)
    numbers = bits @ (1 << np.arange(8))
    parity = bits.sum(axis=1) % 2 == 1
    guards = np.stack([np.ones_like(parity), np.zeros_like(parity), parity, ~parity], axis=1)
    return [
        int(number) if right else -1 for number, right in zip(numbers, (light[:, 2] == guards).all(axis=1), strict=True)
    ]
