"""Checks of votes and options, and what all methods compute from votes."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import Float64Array, Int64Array, StrArray
from .._checks import as_number, integer
from ..errors import InvalidArgument, short_repr

NO_VOTE = -1
"""The value of a vote matrix where a rater gave no class."""

TIE = 1e-12
"""Probabilities that differ by less are tied. It is far above the rounding of a sum, and far below one vote."""


def checked_votes(votes: ArrayLike, num_classes: int) -> Int64Array:
    """Return `votes` as int64 ``[N, R]``, each -1 or in ``[0, num_classes)``.

    Raises:
        InvalidArgument: wrong shape or type, no items, no raters, or a class out of range.
    """
    checked_int(num_classes, "num_classes", least=2)
    array = integer_array(votes, "votes", dimensions=2)
    if array.shape[0] == 0 or array.shape[1] == 0:
        got = f"{array.shape[0]} items by {array.shape[1]} raters"
        raise InvalidArgument(f"votes must have at least one item and one rater, got {got}; leave empty groups out")
    check_class_range(array, num_classes, "votes")
    return array


def integer_array(values: ArrayLike, name: str, *, dimensions: int) -> Int64Array:
    """Return `values` as int64 with that many dimensions, 1 or 2.

    Raises:
        InvalidArgument: another number of dimensions, or not integers.
    """
    allowed = "integers [items]" if dimensions == 1 else "integers [items, raters]"
    fix = "give a class index from 0 for each item" if dimensions == 1 else "give class indices from 0, -1 for no vote"
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InvalidArgument(f"{name} must be {allowed}, got rows of different lengths; {fix}") from error
    if array.ndim != dimensions:
        raise InvalidArgument(f"{name} must be {allowed}, got shape {array.shape}; {fix}")
    if array.size and array.dtype.kind not in "iu":
        raise InvalidArgument(f"{name} must be {allowed}, got dtype {array.dtype}; {fix}")
    return array.astype(np.int64)


def check_class_range(array: Int64Array, num_classes: int, name: str) -> None:
    """Check that all values are -1 or in ``[0, num_classes)``.

    Raises:
        InvalidArgument: a value is not.
    """
    wrong = (array < NO_VOTE) | (array >= num_classes)
    if wrong.any():
        position = tuple(int(i) for i in np.argwhere(wrong)[0])
        allowed = f"from 0 to {num_classes - 1}, or -1 for no vote"
        got = f"{int(array[position])} at {list(position)}"
        raise InvalidArgument(f"{name} must be {allowed}, got {got}; correct the value, or the number of classes")


def checked_int(value: int, name: str, *, least: int) -> int:
    """Return `value` as an int.

    Raises:
        InvalidArgument: it is no integer, or less than `least`.
    """
    return integer(value, name, "give such an integer", least=least)


def checked_number(value: float, name: str, *, least: float = 0.0, most: float = math.inf) -> float:
    """Return `value` as a float.

    Raises:
        InvalidArgument: it is no finite number in ``[least, most]``.
    """
    number = as_number(value)
    if number is None or not least <= number <= most:
        limit = f"of at least {least:g}" if math.isinf(most) else f"from {least:g} to {most:g}"
        raise InvalidArgument(f"{name} must be a finite number {limit}, got {short_repr(value)}; give such a number")
    return number


def choices(literal: object) -> tuple[str, ...]:
    """Return the strings of a Literal."""
    return get_args(literal)


def class_counts(votes: Int64Array, num_classes: int) -> Int64Array:
    """Return how many raters gave each class to each item, int64 ``[N, K]``. The votes must have been checked."""
    given = votes != NO_VOTE
    items = np.nonzero(given)[0]
    flat = np.bincount(items * num_classes + votes[given], minlength=votes.shape[0] * num_classes)
    return flat.astype(np.int64).reshape(votes.shape[0], num_classes)


def read_only(result: object, *names: str) -> None:
    """Make the arrays of a frozen result read-only views; an attribute that is None stays None."""
    for name in names:
        array = getattr(result, name)
        if array is not None:
            view = np.asarray(array).view()
            view.flags.writeable = False
            object.__setattr__(result, name, view)


def array_summary(name: str, array: Int64Array | Float64Array | StrArray | None) -> str:
    """Return ``name=dtype[shape]``, as reprs of results print arrays; ``name=None`` for None."""
    return f"{name}=None" if array is None else f"{name}={array.dtype}{list(array.shape)}"


def first_of_largest(values: Float64Array) -> Int64Array:
    """Return the lowest index of each row whose value is within `TIE` of the row's largest, int64 ``[N]``."""
    best: Int64Array = np.argmax(values >= values.max(axis=1, keepdims=True) - TIE, axis=1).astype(np.int64)
    return best
