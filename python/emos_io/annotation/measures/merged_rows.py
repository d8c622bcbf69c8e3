"""Equal rows as one row with the exact sum of their weights, so that a row that is cut in two counts as it did before."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from ..._arrays import Float64Array, Int64Array


def merged_rows(keys: npt.NDArray[Any], weights: Sequence[Fraction] | None) -> tuple[Int64Array, Float64Array]:
    """Return an index of each different row, sorted by content, and how much equal rows weigh together.

    Weights of equal rows are added exactly, before anything is rounded. So results do not depend on the order of rows, nor on
    how finely they are cut.

    Args:
        keys: ``[N, C]``: what makes rows equal.
        weights: N weights; None counts each row as 1.

    Returns:
        int64 ``[U]``, and float64 ``[U]``: numbers of rows, or shares of all weight.

    Cost: one sort of the rows.
    """
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    if weights is None:
        return first.astype(np.int64), np.bincount(inverse.ravel(), minlength=len(first)).astype(np.float64)
    totals = [Fraction(0)] * len(first)
    for index, weight in zip(inverse.ravel().tolist(), weights, strict=True):
        totals[index] += weight
    everything = sum(totals, Fraction(0))
    return first.astype(np.int64), np.array([float(total / everything) for total in totals])


def integer_weights(weights: Sequence[Fraction]) -> list[int]:
    """Return integers in the ratio of the weights.

    Example:
        >>> integer_weights([Fraction(1, 2), Fraction(1, 3), Fraction(2)])
        [3, 2, 12]
    """
    scale = lcm(*(int(weight.denominator) for weight in weights))
    return [int(weight * scale) for weight in weights]
