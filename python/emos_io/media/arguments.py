"""What callers may pass, brought into the form that the core takes."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import InvalidArgument
from ..spans import Seconds, exact_seconds

Fit = Literal["stretch", "pad", "crop"]
DimensionOrder = Literal["THWC", "TCHW"]
OnError = Literal["raise", "mask"]
Size = int | tuple[int, int]
"""An int for the short side, aspect kept; or (height, width)."""
Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in displayed pixels: ``left <= x < right``, ``top <= y < bottom``."""
Roi = Box | Sequence[tuple[Seconds, Box]]
"""A box, or boxes with the media times from which they hold, each until the next."""

FLOAT_SLACK = Fraction(1, 1_000_000)
"""A float within a microsecond below a frame's pts means that frame: where media zero comes from another track's
clock, the nearest fraction of a rounded pts lies before it for a quarter to a half of all frames."""

_MAX_INT = 2**31


class BinaryFile(Protocol):
    """A file object with random access; its first byte is offset 0. Its position moves."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place and say where that is."""


Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryFile


def pair(time: Fraction) -> tuple[int, int]:
    """Return a time as the core takes it."""
    return (time.numerator, time.denominator)


def is_float(value: object) -> bool:
    """Whether a time came as a rounded number."""
    return isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f"


def positive(value: Seconds | None, name: str) -> Fraction:
    """Return an exact number above zero."""
    if value is None:
        raise InvalidArgument(f"{name} is missing; give a number above 0")
    number = exact_seconds(value, name=name)
    if number <= 0:
        raise InvalidArgument(f"{name} {value!r} was given; it must be above 0")
    return number


def count(value: Any, name: str) -> int | None:
    """Return a whole number above zero, or None where it was left open."""
    if value is None:
        return None
    number = whole(value, name)
    if not 0 < number < _MAX_INT:
        raise InvalidArgument(f"{name} {value!r} was given; it must be a whole number above 0")
    return number


def whole(value: Any, name: str) -> int:
    """Return a whole number."""
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError as error:
        raise InvalidArgument(f"{name} {value!r} was given; it must be a whole number") from error


def indices(values: Iterable[Any]) -> list[int]:
    """Return frame numbers."""
    numbers = [whole(value, "index") for value in values]
    for number in numbers:
        if not -(2**63) <= number < 2**63:
            raise InvalidArgument(f"index {number} was given; it must fit in 64 bits")
    return numbers


def geometry(size: Size | None, fit: Fit, roi: Roi | None, dimension_order: DimensionOrder) -> _core.Geometry:
    """Return how frames are cut and scaled."""
    if fit not in ("stretch", "pad", "crop"):
        raise InvalidArgument(f'fit {fit!r} was given; it is "stretch", "pad" or "crop"')
    if dimension_order not in ("THWC", "TCHW"):
        raise InvalidArgument(
            f'dimension_order must be "THWC" or "TCHW", got {dimension_order!r}; "TCHW" has channels first'
        )
    return _core.Geometry(_size(size), fit, _roi(roi), dimension_order)


def _size(size: Size | None) -> int | tuple[int, int] | None:
    if size is None:
        return None
    if isinstance(size, str | bytes) or not hasattr(size, "__len__"):
        return count(size, "size")
    sides = tuple(size)  # type: ignore[arg-type]
    if len(sides) != 2:
        raise InvalidArgument(f"size {size!r} was given; it is an int for the short side or (height, width)")
    height, width = (count(side, "size") or 0 for side in sides)
    return (height, width)


def _roi(roi: Roi | None) -> list[tuple[tuple[int, int], Box]] | None:
    if roi is None:
        return None
    form = "it is (left, top, right, bottom), or a sequence of (time, box)"
    try:
        entries: list[Any] = list(roi)
        if entries and not isinstance(entries[0], Iterable):
            entries = [(0, entries)]
        if not entries:
            raise InvalidArgument(f"roi {roi!r} was given; {form}")
        return [(pair(exact_seconds(time, name="roi time")), _box(box, form)) for time, box in entries]
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidArgument):
            raise
        raise InvalidArgument(f"roi {roi!r} was given; {form}") from error


def _box(box: Iterable[Any], form: str) -> Box:
    sides = [whole(side, "roi side") for side in box]
    if len(sides) != 4 or any(not 0 <= side < _MAX_INT for side in sides):
        raise InvalidArgument(f"roi box {tuple(sides)!r} was given; {form}, each side 0 or more")
    left, top, right, bottom = sides
    return (left, top, right, bottom)


def output(out: Any, shape: tuple[int, ...], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """Return `out` as a numpy array over the same memory, checked to be what the answer needs."""
    array = np.asarray(out)
    expected = np.dtype(dtype)
    what = f"out is {array.dtype}{list(array.shape)}; it must be {expected}{list(shape)}"
    if array.dtype != expected or array.shape != shape:
        raise InvalidArgument(f"{what}, make it with numpy.empty or torch.empty")
    if not array.flags.c_contiguous or not array.flags.writeable:
        raise InvalidArgument(f"{what}, writable and C-contiguous; make it with numpy.empty or torch.empty")
    return array
