"""Checks of what EM estimates: confusion matrices and priors that are given back to a function."""

from __future__ import annotations

import reprlib

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import Float64Array
from ...errors import InvalidArgument

SUM_ROUNDING = 1e-9
"""The largest allowed difference between 1 and the sum of given probabilities: they are written with fewer digits."""


def checked_confusion(confusion: ArrayLike) -> Float64Array:
    """Return confusion matrices as float64 ``[R, K, K]``, ``[r, true, given]``.

    Raises:
        InvalidArgument: another shape, a number below 0, or a row that neither sums to 1 nor is zeros.
    """
    allowed = "numbers [raters, classes, classes] of 0 or more, whose rows sum to 1 or are zeros"
    tables = _numbers(confusion, "confusion", allowed)
    got = f"shape {tables.shape}"
    if tables.ndim == 3 and tables.shape[0] and tables.shape[1] == tables.shape[2] >= 2:
        sums = tables.sum(axis=2)
        wrong = (tables < 0).any(axis=2) | ~((np.abs(sums - 1) <= SUM_ROUNDING) | (sums == 0))
        if not wrong.any():
            return tables
        rater, true = (int(index) for index in np.argwhere(wrong)[0])
        got = f"{reprlib.repr(tables[rater, true].tolist())} at {[rater, true]}"
    raise InvalidArgument(f"confusion must be {allowed}, got {got}; give that of an aggregation")


def checked_chances(prior: ArrayLike, num_classes: int) -> Float64Array:
    """Return a prior as float64 ``[K]``.

    Raises:
        InvalidArgument: another shape, a number below 0, or another sum than 1.
    """
    allowed = f"{num_classes} numbers of 0 or more with sum 1"
    chances = _numbers(prior, "prior", allowed)
    if chances.shape == (num_classes,) and (chances >= 0).all() and abs(float(chances.sum()) - 1) <= SUM_ROUNDING:
        return chances
    got = reprlib.repr(chances.tolist())
    raise InvalidArgument(f"prior must be {allowed}, got {got}; give that of an aggregation")


def _numbers(values: ArrayLike, name: str, allowed: str) -> Float64Array:
    try:
        return np.asarray(values, dtype=np.float64)
    except (ValueError, TypeError) as error:
        got = reprlib.repr(values)
        raise InvalidArgument(f"{name} must be {allowed}, got {got}; give that of an aggregation") from error
