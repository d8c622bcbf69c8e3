"""Checks that votes pass before anything is computed from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidArgument

NO_VOTE = -1
"""Stands in a vote matrix where a rater gave no class."""

TIE = 1e-12
"""Probabilities that differ by less are tied: far above the rounding of a sum, far below one vote in any corpus."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def checked_votes(votes: ArrayLike, num_classes: int) -> Ints:
    """Return `votes` as int64 ``[N, R]``, each -1 or in ``[0, num_classes)``.

    Raises:
        InvalidArgument: wrong shape or type, no items, no raters, or a class out of range.
    """
    checked_int(num_classes, "num_classes", least=2)
    array = whole_numbers(votes, "votes", dimensions=2)
    if array.shape[0] == 0 or array.shape[1] == 0:
        raise InvalidArgument(
            f"votes of {array.shape[0]} items by {array.shape[1]} raters were given; give at least one of each"
        )
    in_range(array, num_classes, "votes")
    return array


def whole_numbers(values: ArrayLike, name: str, *, dimensions: int) -> Ints:
    """Return `values` as int64 of that many dimensions.

    Raises:
        InvalidArgument: another number of dimensions, or not whole numbers.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise InvalidArgument(f"{name} of rows that differ in length were given; give one column a rater") from error
    wanted = "items" if dimensions == 1 else "items, raters"
    if array.ndim != dimensions:
        raise InvalidArgument(f"{name} of shape {array.shape} were given; give an array of whole numbers [{wanted}]")
    if array.size and array.dtype.kind not in "iu":
        raise InvalidArgument(
            f"{name} of type {array.dtype} were given; give whole numbers, class indices from 0, and -1 for no vote"
        )
    return array.astype(np.int64)


def in_range(array: Ints, num_classes: int, name: str) -> None:
    """Refuse classes outside ``[-1, num_classes)``.

    Raises:
        InvalidArgument: there is one.
    """
    wrong = (array < NO_VOTE) | (array >= num_classes)
    if wrong.any():
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise InvalidArgument(
            f"{name} hold class {int(array[place])} at {list(place)}; classes are 0 to {num_classes - 1}, and -1 is no vote"
        )


def checked_int(value: int, name: str, *, least: int) -> int:
    """Return `value`, a whole number of at least `least`.

    Raises:
        InvalidArgument: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InvalidArgument(f"{name} {value!r} was given; give a whole number of at least {least}")
    return int(value)


def checked_number(value: float, name: str, *, least: float = 0.0, most: float = math.inf) -> float:
    """Return `value`, a finite number in ``[least, most]``.

    Raises:
        InvalidArgument: it is not.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | np.integer | np.floating)
        or not math.isfinite(value)
        or not least <= value <= most
    ):
        limit = f"of at least {least:g}" if math.isinf(most) else f"from {least:g} to {most:g}"
        raise InvalidArgument(f"{name} {value!r} was given; give a finite number {limit}")
    return float(value)


def checked_choice(value: object, name: str, allowed: Sequence[str]) -> None:
    """Refuse a `value` that is not one of `allowed`.

    Raises:
        InvalidArgument: it is not.
    """
    if not (isinstance(value, str) and value in allowed):
        raise InvalidArgument(f"{name} {value!r} was given; give one of {', '.join(map(repr, allowed))}")


def choices(literal: object) -> tuple[str, ...]:
    """Return the strings of a Literal."""
    return get_args(literal)


def class_counts(votes: Ints, num_classes: int) -> Ints:
    """Return how many raters gave each class to each item, int64 ``[N, K]``, of votes that were checked."""
    given = votes != NO_VOTE
    items = np.nonzero(given)[0]
    flat = np.bincount(items * num_classes + votes[given], minlength=votes.shape[0] * num_classes)
    return flat.astype(np.int64).reshape(votes.shape[0], num_classes)


def first_of_largest(values: Floats) -> Ints:
    """Return the lowest index of each row whose value is within `TIE` of the row's largest, int64 ``[N]``."""
    best: Ints = np.argmax(values >= values.max(axis=1, keepdims=True) - TIE, axis=1).astype(np.int64)
    return best
