"""Rows of votes that are equal are one pattern with the sum of their weights.

Methods then work on patterns: three raters of seven classes have at most 512 of them, over any number of rows. A pattern has
the exact sum of the weights of its rows, so a row may be cut into several without any change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..._arrays import Float64Array, Int64Array


@dataclass(frozen=True, slots=True, eq=False)
class VotePatterns:
    """The P different rows of a matrix of votes.

    Attributes:
        votes: int64 ``[P, R]``, class indices, -1 for no vote.
        weights: float64 ``[P]``, the sum of the weights of the rows of each pattern, rounded once.
        total: The sum of all weights, rounded once.
        pattern: int64 ``[N]``: the pattern of each row.
    """

    votes: Int64Array
    weights: Float64Array
    total: float
    pattern: Int64Array


def vote_patterns(votes: Int64Array, row_weights: Sequence[Fraction] | None = None) -> VotePatterns:
    """Return the patterns of checked votes ``[N, R]``; each row weighs 1 unless weights are given.

    Cost: one sort of the rows.
    """
    compact = votes.astype(np.min_scalar_type(-1 - int(votes.max(initial=0))))
    different, pattern = np.unique(compact, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1).astype(np.int64)
    if row_weights is None:
        counts = np.bincount(pattern, minlength=len(different)).astype(np.float64)
        return VotePatterns(different.astype(np.int64), counts, float(len(votes)), pattern)
    sums = [Fraction(0)] * len(different)
    for index, weight in zip(pattern.tolist(), row_weights, strict=True):
        sums[index] += weight
    weights = np.array([float(each) for each in sums])
    return VotePatterns(different.astype(np.int64), weights, float(sum(sums, Fraction(0))), pattern)
