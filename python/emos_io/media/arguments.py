"""Arguments of callers, checked and brought into the form that the core takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from .. import _core
from .._checks import MAX_COUNT, as_integer, as_number, choice
from .._checks import integer as checked_integer
from ..errors import InvalidArgument, short_repr
from ..spans import Seconds, exact_seconds

Fit = Literal["stretch", "pad", "crop"]
DimensionOrder = Literal["THWC", "TCHW"]
Size = int | tuple[int, int]
"""An int for the short side, aspect kept; or (height, width)."""
Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in displayed pixels: ``left <= x < right``, ``top <= y < bottom``."""
Roi = Box | Sequence[tuple[Seconds, Box]]
"""A box, or boxes with the media times from which they apply, each until the next."""
OnError = Literal["raise", "mask"]
Out = npt.ArrayLike
"""Memory to fill: a numpy array, a CPU tensor, or anything else that `numpy.asarray` takes without a copy."""

MAX_SIDE = 16_384
"""The most pixels of a side of a frame."""
MAX_RATE = 768_000
"""The most audio samples a second."""

_FITS: dict[Fit, _core.Fit] = {"stretch": _core.Fit.STRETCH, "pad": _core.Fit.PAD, "crop": _core.Fit.CROP}
_ORDERS: dict[DimensionOrder, _core.DimensionOrder] = {
    "THWC": _core.DimensionOrder.THWC,
    "TCHW": _core.DimensionOrder.TCHW,
}
_ON_ERRORS: dict[OnError, _core.OnError] = {"raise": _core.OnError.RAISE, "mask": _core.OnError.MASK}

_ROI = "(left, top, right, bottom) in displayed pixels, or a sequence of (time, box)"

_T = TypeVar("_T")
_Scalar = TypeVar("_Scalar", bound=np.generic)


def pair(time: Fraction) -> tuple[int, int]:
    """Return a time as the core takes it."""
    return (time.numerator, time.denominator)


def count(value: object, name: str, advice: str) -> int | None:
    """Return an integer above 0, or None where it was left out."""
    return None if value is None else checked_integer(value, name, advice)


def integer(value: object, name: str, allowed: str, advice: str) -> int:
    """Return an integer. A bool is none."""
    number = as_integer(value)
    if number is None:
        raise InvalidArgument(f"{name} must be {allowed}, got {short_repr(value)}; {advice}")
    return number


def audio_format(sample_rate: int | None, num_channels: int | None) -> tuple[int | None, int | None]:
    """Return the rate and the number of channels as the core takes them."""
    return (
        count(sample_rate, "sample_rate", "leave it out for the track's own"),
        count(num_channels, "num_channels", "leave it out for the track's own, or give 1 for mono"),
    )


def times(values: Iterable[Seconds]) -> list[Seconds]:
    """Return times as they were given."""
    single = (
        "put a single time in a list" if as_number(values) is None else f"for a single time pass [{short_repr(values)}]"
    )
    return sequence(values, "times", "seconds", single)


def check_on_error(value: object, hint: str) -> OnError:
    """Return what damage does.

    Raises:
        InvalidArgument: It is neither; the text ends with `hint`.
    """
    return choice(value, tuple(_ON_ERRORS), "on_error", hint)


def core_on_error(value: OnError) -> _core.OnError:
    """Return what damage does as the core takes it."""
    return _ON_ERRORS[value]


def sequence(values: Iterable[_T], name: str, elements: str, advice: str) -> list[_T]:
    """Return the elements of a sequence.

    Raises:
        InvalidArgument: It is none; the text ends with `advice`.
    """
    try:
        if isinstance(values, str | bytes):
            raise TypeError
        # An array of 0 dimensions has `__iter__`, and refuses to be iterated.
        elements_of = iter(values)
    except TypeError as error:
        raise InvalidArgument(f"{name} must be a sequence of {elements}, got {short_repr(values)}; {advice}") from error
    return list(elements_of)


def indices(values: Iterable[int]) -> list[int]:
    """Return indices of frames."""
    advice = "give indices in display order, negative from the end"
    several = sequence(values, "indices", "integers", "put a single index in a list")
    numbers = [integer(value, "indices", "integers", advice) for value in several]
    for number in numbers:
        if not -(2**63) <= number < 2**63:
            raise InvalidArgument(f"indices must be within 64 bits, got {short_repr(number)}; {advice}", index=number)
    return numbers


def geometry(size: Size | None, fit: Fit, roi: Roi | None, dimension_order: DimensionOrder) -> _core.Geometry:
    """Return how frames are cropped and scaled, in the order of axes that is wanted."""
    choice(fit, tuple(_FITS), "fit", '"pad" and "crop" keep the aspect ratio')
    choice(dimension_order, tuple(_ORDERS), "dimension_order", '"TCHW" has channels first, as "NCHW" elsewhere')
    return _core.Geometry(_size(size), _FITS[fit], _roi(roi), _ORDERS[dimension_order])


def _size(size: Size | None) -> int | tuple[int, int] | None:
    if size is None:
        return None
    allowed = "an integer above 0 for the short side, or (height, width)"
    advice = "leave it out for the displayed size"
    error = InvalidArgument(f"size must be {allowed}, got {short_repr(size)}; {advice}")
    several = is_pair(size)
    sides = [integer(side, "size", allowed, advice) for side in (tuple(size) if several else (size,))]  # type: ignore[arg-type]
    if len(sides) != 1 + several or not all(0 < side <= MAX_COUNT for side in sides):
        raise error
    return (sides[0], sides[1]) if several else sides[0]


def is_pair(size: object) -> bool:
    """Whether a size was given as several numbers, such as a tuple, a list or an array."""
    if isinstance(size, np.ndarray):
        return size.ndim == 1
    return isinstance(size, Sequence) and not isinstance(size, str | bytes | bytearray)


def exact_roi(roi: Roi | None) -> Box | tuple[tuple[Fraction, Box], ...] | None:
    """Return a region of integers and exact times, which hashes and compares by its meaning.

    Raises:
        InvalidArgument: It is not a region.
    """
    if roi is None:
        return None
    try:
        if isinstance(roi, str | bytes | bytearray | memoryview):
            raise TypeError
        entries: list[object] = list(roi)
        if entries and not _is_iterable(entries[0]):
            return _box(entries)
        boxes = [(exact_seconds(time, name="roi time"), _box(box)) for time, box in entries]  # type: ignore[misc, has-type]
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidArgument):
            raise
        raise InvalidArgument(
            f"roi must be {_ROI}, got {short_repr(roi)}; leave it out for all of the frame"
        ) from error
    if not boxes:
        raise InvalidArgument(f"roi must be {_ROI}, got {short_repr(roi)}; leave it out for all of the frame")
    return tuple(boxes)


def _roi(roi: Roi | None) -> list[tuple[tuple[int, int], Box]] | None:
    exact = exact_roi(roi)
    if exact is None:
        return None
    if isinstance(exact[0], int):
        return [((0, 1), exact)]
    return [(pair(time), box) for time, box in exact]


def _box(box: Iterable[object]) -> Box:
    allowed, advice = "four integers, 0 or more", "give (left, top, right, bottom) in displayed pixels"
    sides = [integer(side, "roi box", allowed, advice) for side in box]
    if len(sides) != 4 or any(not 0 <= side <= MAX_COUNT for side in sides):
        raise InvalidArgument(f"roi box must be {allowed}, got {short_repr(tuple(sides))}; {advice}")
    left, top, right, bottom = sides
    return (left, top, right, bottom)


def _is_iterable(value: object) -> bool:
    return isinstance(value, Iterable)


def output(out: Out, shape: tuple[int, ...], dtype: type[_Scalar]) -> npt.NDArray[_Scalar]:
    """Return `out` as a numpy array over the same memory.

    Raises:
        InvalidArgument: Its type, its shape or its layout is not that of the result.
    """
    advice = "make it with numpy.empty or torch.empty"
    try:
        array, again = np.asarray(out), np.asarray(out)
        # What is written to a copy would never reach the caller.
        is_shared = not array.size or array.ctypes.data == again.ctypes.data
    except Exception as error:
        # Tensors on a device or with a gradient; uneven lists.
        raise _no_memory(out) from error
    if not is_shared:
        raise _no_memory(out)
    expected = np.dtype(dtype)
    if array.dtype != expected or array.shape != shape:
        got = f"{array.dtype}{list(array.shape)}"
        raise InvalidArgument(f"out must be {expected}{list(shape)}, got {got}; {advice}")
    flags = array.flags
    if not flags.c_contiguous or not flags.writeable or not flags.aligned:
        lacks = {"strided": flags.c_contiguous, "unaligned": flags.aligned, "read-only": flags.writeable}
        lack = " and ".join(name for name, has in lacks.items() if not has)
        raise InvalidArgument(f"out must be C-contiguous and writable, got {lack} memory; {advice}")
    return array


def _no_memory(out: object) -> InvalidArgument:
    return InvalidArgument(
        f"out must be an array or a CPU tensor without a gradient, got {short_repr(out)}; "
        "make it with numpy.empty or torch.empty"
    )
