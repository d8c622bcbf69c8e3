"""One label for each item by counting the votes of several raters. The recipe of a result contains every option."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import BoolArray, Float64Array, Int64Array
from ..._checks import choice
from ...corpus.vote_shares import vote_shares
from ...errors import InvalidArgument
from ..checks import (
    NO_VOTE,
    TIE,
    array_summary,
    checked_votes,
    choices,
    class_counts,
    first_of_largest,
    read_only,
)
from ..weights import Weights, checked_rater_weights
from .vote_patterns import vote_patterns

MajorityTies = Literal["first", "none", "error"]


@dataclass(frozen=True, slots=True, eq=False)
class Aggregated:
    """Labels of N items over K classes, from the votes of R raters. Its arrays are read-only; its repr prints shapes.

    Attributes:
        labels: int64 ``[N]``, class indices; -1 where there is no vote, or a tie with ``ties="none"``.
        probabilities: float64 ``[N, K]`` in [0, 1]; each row sums to 1, or is zeros where there is no vote. Never NaN.
        confidence: float64 ``[N]``, the largest probability of each row; 0 where there is no vote.
        recipe: The method and all of its options, as plain JSON values.
        converged: Whether EM stopped by its tolerance; None for a tolerance of 0, or without EM.
        iterations: The number of EM steps; None without EM.
        confusion: float64 ``[R, K, K]``, ``[r, true, given]``, of the last EM step. Rows sum to 1, or are zeros where
            rater r gave no vote that could be of that class. None without EM.
        log_likelihood: The natural logarithm of the likelihood of all votes under the parameters that a step
            estimated, one value for each EM step. None without EM.
        prior: float64 ``[K]``, the prior of the classes in the last EM step, with sum 1. None without EM.
    """

    labels: Int64Array
    probabilities: Float64Array
    confidence: Float64Array
    recipe: Mapping[str, object]
    converged: bool | None = None
    iterations: int | None = None
    confusion: Float64Array | None = None
    log_likelihood: tuple[float, ...] | None = None
    prior: Float64Array | None = None

    def __post_init__(self) -> None:
        read_only(self, "labels", "probabilities", "confidence", "confusion", "prior")

    def __repr__(self) -> str:
        arrays = ", ".join(
            array_summary(name, getattr(self, name)) for name in ("labels", "probabilities", "confusion")
        )
        em = f"converged={self.converged}, iterations={self.iterations}"
        return f"Aggregated(method={self.recipe['method']!r}, {arrays}, {em})"


def majority(
    votes: ArrayLike, num_classes: int, *, ties: MajorityTies = "first", rater_weights: Weights | None = None
) -> Aggregated:
    """Return the class that most raters gave to each item.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote.
        num_classes: The number of classes K, at least 2.
        ties: What a tie gives: the lowest class index ("first"), label -1 ("none"), or InvalidArgument ("error").
            With weights, shares that differ by less than 1e-12 are tied.
        rater_weights: R numbers of 0 or more, not all 0: how much a vote of each rater counts. None counts each as 1.
            Only their ratios matter. A rater of weight 0 does not vote, and an item with no other rater has no vote.

    Returns:
        `probabilities` are the shares of each class in the weights of the raters who voted: n_k / n without weights.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, an unknown option, weights that are not allowed, or a
            tie with ``ties="error"``.

    Cost: one pass over the votes; N * K numbers. With weights, one sort of the rows.

    Example:
        >>> majority([[0, 0, 1], [2, 1, -1]], 3, ties="none").labels
        array([ 0, -1])
        >>> majority([[0, 0, 1], [2, 1, -1]], 3, rater_weights=[1, 2, 4]).labels
        array([1, 1])
    """
    choice(ties, choices(MajorityTies), "ties")
    checked = checked_votes(votes, num_classes)
    weights = checked_rater_weights(rater_weights, checked.shape[1])
    shares, tied = _shares_and_ties(checked, num_classes, weights)
    if ties == "error" and tied.any():
        item = int(np.argmax(tied))
        first = f"the first is item {item} with votes {reprlib.repr(checked[item].tolist())}"
        got = f"{int(tied.sum())} tied items of {len(tied)}, {first}"
        raise InvalidArgument(
            f"votes must have no tie where ties is 'error', got {got}; give ties 'first' or 'none', or drop these items"
        )
    recipe = {"method": "majority", "num_classes": int(num_classes), "ties": ties}
    result = of_probabilities(shares, recipe | weights_in_recipe(weights))
    return result if ties != "none" else replace(result, labels=np.where(tied, NO_VOTE, result.labels))


def soft(votes: ArrayLike, num_classes: int, *, rater_weights: Weights | None = None) -> Aggregated:
    """Return soft labels: the share p_k = n_k / n of the votes of each item that are of class k.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote.
        num_classes: The number of classes K, at least 2.
        rater_weights: See `majority`: n_k and n are then sums of weights.

    Returns:
        `probabilities` are the shares; `labels` are the first class with the largest share.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, or weights that are not allowed.

    Cost: that of `majority`.

    Example:
        >>> soft([[0, 0, 1, 1]], 2).probabilities
        array([[0.5, 0.5]])
    """
    checked = checked_votes(votes, num_classes)
    weights = checked_rater_weights(rater_weights, checked.shape[1])
    shares, _ = _shares_and_ties(checked, num_classes, weights)
    recipe = {"method": "soft", "num_classes": int(num_classes)}
    return of_probabilities(shares, recipe | weights_in_recipe(weights))


def class_shares(votes: Int64Array, num_classes: int, weights: Sequence[Fraction] | None = None) -> Float64Array:
    """Return the share of each class in the votes of each item, float64 ``[N, K]``; zeros where nobody voted.

    The votes and the weights of raters must have been checked. Each share is the exact one, rounded once, so raters of one
    weight give what raters without weights give.
    """
    if weights is None:
        counts = class_counts(votes, num_classes)
        return vote_shares(counts, counts.sum(axis=1, keepdims=True))
    common = math.lcm(*(each.denominator for each in weights))
    integers = [int(each * common) for each in weights]
    patterns = vote_patterns(votes)
    shares = np.zeros((len(patterns.votes), num_classes))
    for row, given in zip(shares, patterns.votes.tolist(), strict=True):
        sums = [0] * num_classes
        for label, weight in zip(given, integers, strict=True):
            if label != NO_VOTE:
                sums[label] += weight
        if total := sum(sums):
            row[:] = [each / total for each in sums]
    return shares[patterns.pattern]


def of_probabilities(probabilities: Float64Array, recipe: Mapping[str, object]) -> Aggregated:
    """Return the labels of probabilities ``[N, K]``: the first of the largest, -1 for a row of zeros."""
    confidence = probabilities.max(axis=1)
    labels = np.where(confidence > 0, first_of_largest(probabilities), NO_VOTE)
    return Aggregated(labels=labels, probabilities=probabilities, confidence=confidence, recipe=recipe)


def weights_in_recipe(weights: Sequence[Fraction] | None) -> dict[str, object]:
    """Return what a recipe says of the weights of raters: nothing where each counts as 1."""
    return {} if weights is None else {"rater_weights": [float(each) for each in weights]}


def _shares_and_ties(
    votes: Int64Array, num_classes: int, weights: Sequence[Fraction] | None
) -> tuple[Float64Array, BoolArray]:
    """Return the shares, and whether the largest of each item is that of several classes."""
    shares = class_shares(votes, num_classes, weights)
    if weights is None:
        counts = class_counts(votes, num_classes)
        largest = counts == counts.max(axis=1, keepdims=True)
    else:
        largest = shares >= shares.max(axis=1, keepdims=True) - TIE
    tied: BoolArray = (largest.sum(axis=1) > 1) & (shares.max(axis=1) > 0)
    return shares, tied
