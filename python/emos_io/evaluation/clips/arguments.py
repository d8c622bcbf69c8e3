"""Checks of the arrays that measures of clips take: one clear line where one is not allowed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import BoolArray, Float64Array, Int64Array
from ..._checks import is_sequence
from ...errors import InvalidArgument, short_repr

NO_CLASS = -1
"""The index where there is no class: in truth, none is known; in predictions, no answer, an invalid one, or another word."""


def checked_classes(classes: object, name: str = "classes") -> tuple[str, ...]:
    """Return names of classes, one or more, each once.

    Raises:
        InvalidArgument: They are not.
    """
    names = tuple(classes) if isinstance(classes, Sequence) and is_sequence(classes) else ()
    if not names or len(set(map(str, names))) < len(names) or not all(isinstance(each, str) for each in names):
        raise InvalidArgument(
            f"{name} must be different names, one or more, got {short_repr(classes)}; give the labels of the taxonomy"
        )
    return names


def class_indices(values: ArrayLike, name: str, num_classes: int) -> Int64Array:
    """Return class indices, int64 ``[N]``, each -1 or in ``[0, num_classes)``.

    Raises:
        InvalidArgument: Another shape or type, or an index out of range.
    """
    array = np.asarray(values)
    fix = "give a class index for each row, -1 where there is none"
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        got = f"{array.dtype} of shape {array.shape}"
        raise InvalidArgument(f"{name} must be integers [N], got {got}; {fix}")
    wrong = np.flatnonzero((array < NO_CLASS) | (array >= num_classes))
    if len(wrong):
        got = f"{int(array[wrong[0]])} at [{wrong[0]}]"
        raise InvalidArgument(f"{name} must be from -1 to {num_classes - 1}, got {got}; {fix}")
    return array.astype(np.int64)


def row_weights(weights: ArrayLike | None, num_rows: int) -> Float64Array:
    """Return how much each row counts, float64 ``[N]``; 1 for None.

    Raises:
        InvalidArgument: Another shape, or a weight that is negative or not finite.
    """
    return np.ones(num_rows) if weights is None else numbers(weights, "weights", (num_rows,), least=0.0)


def numbers(
    values: ArrayLike,
    name: str,
    shape: tuple[int, ...],
    *,
    least: float = -np.inf,
    most: float = np.inf,
    nan_allowed: bool = False,
) -> Float64Array:
    """Return numbers of a shape as float64, each finite and from `least` to `most`, or NaN where that is allowed.

    Raises:
        InvalidArgument: They are not.
    """
    allowed = f"finite numbers {list(shape)}" + _bounds(least, most)
    fix = "give a number for each, NaN where there is none" if nan_allowed else "give a number for each"
    array = np.asarray(values)
    if array.shape != shape or (array.size and array.dtype.kind not in "iuf"):
        got = f"{array.dtype} of shape {array.shape}"
        raise InvalidArgument(f"{name} must be {allowed}, got {got}; {fix}")
    result = array.astype(np.float64)
    wrong = ~(np.isfinite(result) & (result >= least) & (result <= most))
    if nan_allowed:
        wrong &= ~np.isnan(result)
    if wrong.any():
        position = [int(i) for i in np.argwhere(wrong)[0]]
        got = f"{float(result[tuple(position)])!r} at {position}"
        raise InvalidArgument(f"{name} must be {allowed}, got {got}; {fix}")
    return result


def rows_with_numbers(array: Float64Array, name: str) -> BoolArray:
    """Return which rows of ``[N, K]`` are numbers; the others are NaN.

    Raises:
        InvalidArgument: A row has both.
    """
    lacking = np.isnan(array)
    partly = np.flatnonzero(lacking.any(axis=1) & ~lacking.all(axis=1))
    if len(partly):
        raise InvalidArgument(
            f"{name} must be numbers or NaN in all of a row, got both in row {partly[0]}; give 0 for a label without any"
        )
    present: BoolArray = ~np.all(lacking, axis=1)
    return present


def flags(values: ArrayLike | None, name: str, shape: tuple[int, ...]) -> BoolArray:
    """Return booleans of a shape; True for None.

    Raises:
        InvalidArgument: Another shape or type.
    """
    if values is None:
        return np.ones(shape, dtype=np.bool_)
    array = np.asarray(values)
    if array.shape != shape or (array.size and array.dtype != np.bool_):
        got = f"{array.dtype} of shape {array.shape}"
        raise InvalidArgument(f"{name} must be booleans {list(shape)}, got {got}; give True or False for each")
    return array.astype(np.bool_)


def _bounds(least: float, most: float) -> str:
    if np.isfinite(least) and np.isfinite(most):
        return f" from {least:g} to {most:g}"
    return f" of {least:g} or more" if np.isfinite(least) else ""
