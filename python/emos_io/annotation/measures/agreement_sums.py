"""Measures of agreement as functions of sums over rows: weights of rows and draws of the bootstrap enter by these sums.

Each function takes votes of N rows and the weights of the rows, and returns what each row adds to S sums, with the measure of
the sums. The measures are those of `agreement.py` and `label_sets.py`, which say where they come from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..._arrays import BoolArray, Float64Array, Int64Array
from ..checks import NO_VOTE
from .bootstrap import GroupSums, OfSums, group_sums

_ROUNDING = 1e-12
"""An agreement of chance that is nearer to 1 is full: sums of parts of seconds and of thirds of votes are rounded."""


@dataclass(frozen=True, slots=True)
class RowSums:
    """What each row adds to some sums, and a measure as a function of the sums.

    Attributes:
        columns: float64 ``[N, S]``.
        counted: bool ``[N]``: the row counts for the measure; others add nothing.
        of_sums: The measure.
    """

    columns: Float64Array
    counted: BoolArray
    of_sums: OfSums

    def value(self) -> float:
        """Return the measure over all rows; NaN where it is undefined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(self.of_sums(self.columns.sum(axis=0, keepdims=True))[0])

    def by_group(self, group: Int64Array) -> GroupSums:
        """Return the sums of each group that has a row that counts; `group` is int64 ``[N]``."""
        return GroupSums(group_sums(self.columns[self.counted], group[self.counted]), self.of_sums)


def fleiss_sums(counts: Int64Array, weights: Float64Array) -> RowSums:
    """Return Fleiss' kappa of rows with any number of votes; `counts` is int64 ``[N, K]``, votes of each class."""

    def kappa(sums: Float64Array) -> Float64Array:
        agreed, shares = _agreed_and_shares(sums)
        return _beyond(agreed, (shares**2).sum(axis=1))

    return _kappa_sums(counts, weights, kappa)


def gwet_sums(counts: Int64Array, weights: Float64Array) -> RowSums:
    """Return Gwet's AC1; `counts` is int64 ``[N, K]``, votes of each class."""
    classes = counts.shape[1]

    def ac1(sums: Float64Array) -> Float64Array:
        agreed, shares = _agreed_and_shares(sums)
        return _beyond(agreed, (shares * (1 - shares)).sum(axis=1) / (classes - 1))

    return _kappa_sums(counts, weights, ac1)


def krippendorff_sums(codes: Int64Array, distances: Float64Array, weights: Float64Array, *, by_number: bool) -> RowSums:
    """Return Krippendorff's alpha.

    Args:
        codes: int64 ``[N, R]``: indices of V values, -1 for no vote.
        distances: float64 ``[V, V]``.
        weights: float64 ``[N]``.
        by_number: Rows are counted, so that the chance of two votes is that without replacement; else they are seconds.
    """
    present = codes != NO_VOTE
    given = present.sum(axis=1)
    pairs = given >= 2
    apart = np.zeros(len(codes))
    for i in range(codes.shape[1]):
        for j in range(i):
            both = present[:, i] & present[:, j]
            apart[both] += 2 * distances[codes[both, i], codes[both, j]]
    values = np.zeros((len(codes), len(distances)))
    rows, raters = np.nonzero(present & pairs[:, None])
    np.add.at(values, (rows, codes[rows, raters]), 1.0)
    share = np.divide(apart, given - 1, out=np.zeros(len(codes)), where=pairs)

    def alpha(sums: Float64Array) -> Float64Array:
        frequency = sums[:, 1:]
        total = frequency.sum(axis=1) - (1 if by_number else 0)
        expected = ((frequency @ distances) * frequency).sum(axis=1)
        found: Float64Array = 1 - total * sums[:, 0] / np.where(expected > 0, expected, np.nan)
        return found

    return RowSums(np.column_stack([share, values]) * weights[:, None], pairs, alpha)


def cohen_sums(a: Int64Array, b: Int64Array, classes: int, weights: Float64Array) -> RowSums:
    """Return Cohen's kappa of two raters; votes are int64 ``[N]``, -1 for no vote."""
    both = (a != NO_VOTE) & (b != NO_VOTE)
    one = np.eye(classes)
    columns = np.column_stack([both & (a == b), both, one[a] * both[:, None], one[b] * both[:, None]])

    def kappa(sums: Float64Array) -> Float64Array:
        first, second = sums[:, 2 : 2 + classes], sums[:, 2 + classes :]
        return _beyond(sums[:, 0] / sums[:, 1], (first * second).sum(axis=1) / sums[:, 1] ** 2)

    return RowSums(columns * weights[:, None], both, kappa)


def mean_sums(values: Float64Array, counted: BoolArray, weights: Float64Array) -> RowSums:
    """Return the mean of values over the rows that count; both are ``[N]``."""
    columns = np.column_stack([np.where(counted, values, 0.0), counted]) * weights[:, None]
    return RowSums(columns, counted, lambda sums: np.asarray(sums[:, 0] / sums[:, 1]))


def _kappa_sums(counts: Int64Array, weights: Float64Array, of_sums: OfSums) -> RowSums:
    """Return the four kinds of sums of which kappa and AC1 are made: agreement of pairs, pairs, shares of classes, votes."""
    given = counts.sum(axis=1)
    pairs, any_vote = given >= 2, given > 0
    same = (counts * (counts - 1)).sum(axis=1)
    agreed = np.divide(same, given * (given - 1), out=np.zeros(len(counts)), where=pairs)
    shares = np.divide(counts, given[:, None], out=np.zeros(counts.shape), where=any_vote[:, None])
    columns = np.column_stack([agreed, pairs, any_vote, shares])
    return RowSums(columns * weights[:, None], any_vote, of_sums)


def _agreed_and_shares(sums: Float64Array) -> tuple[Float64Array, Float64Array]:
    return sums[:, 0] / sums[:, 1], sums[:, 3:] / sums[:, 2:3]


def _beyond(agreed: Float64Array, chance: Float64Array) -> Float64Array:
    """Return the agreement beyond chance; NaN where that of chance is full."""
    found: Float64Array = (agreed - chance) / np.where(chance < 1 - _ROUNDING, 1 - chance, np.nan)
    return found
