"""What a device makes of the colours of a file: found by a probe, and changed to what the CPU path makes of them.

A decoder that gives RGB has chosen a matrix and a range. DALI's CPU backend was seen to take BT.601 for every file, and the
range of its tag; NVIDIA's decoders, and other versions, may do otherwise. So nothing is assumed: frames of a file are decoded
on the device and on the CPU, and the hypothesis that explains the difference best says which affine change of RGB is needed:
that the device honours the tags, or that it takes a matrix and a range for all files.

The change is exact but for what the wrong matrix had clipped to [0, 255], which is lost. Of a cube of RGB, 18 levels a channel:

- BT.709 decoded as BT.601: 19 % of the colours are off by more than one level, 13 % by more than 8, the most by 37 (pure green,
  pure magenta). Colours whose channels are all in [16, 235] are off by 3 at most, greys not at all.
- Full range decoded as limited: 42 % are off by more than one level, by 20 at most: those with a channel under 16, or over 235.
  Black becomes 16, white 235.

A file whose probed frames differ by more than `TOLERANCE` after the best change falls back to the CPU.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from ..media import CodecData
from .decoder import ColorChange

TOLERANCE = 2.0
"""The most levels of 255 by which means of blocks may differ on average. DALI's CPU backend makes 4:2:0 lighter than the CPU
path by about one level everywhere; wrong matrices differ by 3 to 10 where there is colour."""
MARGIN = 1.0
"""By how many levels the second-best hypothesis must be worse, on average, before the best one is known to be right."""
BLOCK = 16
"""Pixels of a side of a block. Devices interpolate chroma in other ways than the CPU path; means of blocks hardly see it."""

_KR_KB: Mapping[str, tuple[float, float]] = {
    "bt709": (0.2126, 0.0722),
    "fcc": (0.30, 0.11),
    "bt470bg": (0.299, 0.114),
    "smpte170m": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "bt2020nc": (0.2627, 0.0593),
}
"""Shares of red and of blue in luma, by FFmpeg's names: ITU-R BT.709-6, BT.601-7, BT.2020-2; 47 CFR 73.682; SMPTE 240M."""
_DEFAULT_MATRIX = "smpte170m"
_ASSUMED = tuple(product(("smpte170m", "bt709"), ("tv", "pc")))
"""What a device may take every file for."""

_DIGITS, _NOISE = 9, 1e-9
"""What float64 makes of exact factors and levels is noise from this digit on."""

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tags:
    """How a file says that its colours are coded.

    Attributes:
        matrix: FFmpeg's name; BT.601 where nothing says it.
        color_range: ``"tv"``, ``"pc"``.
    """

    matrix: str
    color_range: str

    @classmethod
    def of(cls, codec: CodecData) -> Tags:
        """Return those of a track, as the CPU path understands them."""
        matrix = codec.color_matrix if codec.color_matrix not in (None, "unknown", "unspecified") else None
        full = codec.color_range == "pc" or codec.pixel_format.startswith("yuvj")
        return cls(matrix or _DEFAULT_MATRIX, "pc" if full else "tv")


def to_rgb(matrix: str, color_range: str) -> tuple[_Floats, _Floats]:
    """Return A and b of ``rgb = A @ yuv + b``, levels of 255, of a matrix of `_KR_KB`.

    Source: ITU-R BT.709-6, items 3.2 to 3.5 and 4.6 (BT.601-7 has the same equations with its own shares); the full range has
    255 levels for luma and for chroma, as in JFIF 1.02.
    """
    kr, kb = _KR_KB[matrix]
    kg = 1 - kr - kb
    of_luma, of_chroma, black = (255 / 219, 255 / 224, 16.0) if color_range == "tv" else (1.0, 1.0, 0.0)
    red, blue = 2 * (1 - kr), 2 * (1 - kb)
    ratios = np.array([[1, 0, red], [1, -blue * kb / kg, -red * kr / kg], [1, blue, 0]])
    scaled = ratios * np.array([of_luma, of_chroma, of_chroma])
    return scaled, -scaled @ np.array([black, 128.0, 128.0])


def change_of(assumed: Tags, right: Tags) -> ColorChange | None:
    """Return what brings RGB that was made for other tags to that of the right ones; None where nothing is to be done."""
    away, away_offset = to_rgb(assumed.matrix, assumed.color_range)
    there, there_offset = to_rgb(right.matrix, right.color_range)
    matrix = there @ np.linalg.inv(away)
    offset = there_offset - matrix @ away_offset
    if np.allclose(matrix, np.eye(3), atol=_NOISE) and np.allclose(offset, 0, atol=_NOISE):
        return None
    red, green, blue = (float(level) for level in offset.round(_DIGITS))
    return ColorChange(
        matrix=tuple(
            (float(of_red), float(of_green), float(of_blue)) for of_red, of_green, of_blue in matrix.round(_DIGITS)
        ),
        offset=(red, green, blue),
    )


def hypotheses(right: Tags) -> list[ColorChange | None]:
    """Return the changes that may be needed, none of them twice: first that the device honours the tags."""
    found: list[ColorChange | None] = [None]
    if right.matrix in _KR_KB:
        for matrix, color_range in _ASSUMED:
            change = change_of(Tags(matrix, color_range), right)
            if change not in found:
                found.append(change)
    return found


def changed(frame: npt.NDArray[np.uint8], change: ColorChange | None) -> _Floats:
    """Return a frame ``[H, W, 3]`` after a change, float64 clipped to [0, 255]."""
    rgb = frame.astype(np.float64)
    if change is None:
        return rgb
    right: _Floats = rgb @ np.array(change.matrix).T + np.array(change.offset)
    return np.clip(right, 0, 255)


def block_means(frame: _Floats) -> _Floats:
    """Return the means of the blocks of a frame ``[H, W, 3]``; those at the right and the lower edge may be smaller."""
    height, width, _ = frame.shape
    rows, columns = np.arange(0, height, BLOCK), np.arange(0, width, BLOCK)
    sums: _Floats = np.add.reduceat(np.add.reduceat(frame, rows, axis=0), columns, axis=1)
    sums /= np.outer(np.diff(rows, append=height), np.diff(columns, append=width))[:, :, None]
    return sums


class ColorProbe:
    """Compares frames of one file, and chooses the change that explains them best."""

    def __init__(self, right: Tags) -> None:
        self._changes = hypotheses(right)
        self._errors = np.zeros(len(self._changes))
        self._count = 0

    def add(self, device: npt.NDArray[np.uint8], cpu: npt.NDArray[np.uint8]) -> None:
        """Compare one frame ``[H, W, 3]`` of the device with that of the CPU."""
        means = block_means(cpu.astype(np.float64))
        for index, change in enumerate(self._changes):
            self._errors[index] += np.abs(block_means(changed(device, change)) - means).mean()
        self._count += 1

    @property
    def is_clear(self) -> bool:
        """Whether the second-best hypothesis is clearly worse than the best. Grey frames are not clear."""
        if not self._count:
            return False
        ordered = np.sort(self._errors / self._count)
        return len(ordered) == 1 or bool(ordered[1] - ordered[0] >= MARGIN)

    def error_of(self, change: ColorChange | None) -> float:
        """Return by how many levels frames differ on average after a change."""
        return float(self._errors[self._changes.index(change)]) / max(self._count, 1)

    def best(self) -> ColorChange | None:
        """Return the change that explains the frames best, the first of equal ones."""
        return self._changes[int(np.argmin(self._errors))]


class KnownColors:
    """What probes of files found clearly, by device, codec, matrix and range, for frames that decide nothing themselves."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, Tags], ColorChange | None] = {}
        self._lock = threading.Lock()

    def has(self, device: str, codec: str, right: Tags) -> bool:
        """Return whether a probe of another file was clear."""
        with self._lock:
            return (device, codec, right) in self._known

    def choose(self, device: str, codec: str, right: Tags, probe: ColorProbe) -> tuple[ColorChange | None, float]:
        """Return the change for a file, and by how many levels its probed frames still differ on average."""
        key, best = (device, codec, right), probe.best()
        with self._lock:
            if probe.is_clear:
                if probe.error_of(best) <= TOLERANCE:
                    self._known.setdefault(key, best)
            elif key in self._known and probe.error_of(self._known[key]) <= TOLERANCE:
                best = self._known[key]
        return best, probe.error_of(best)
