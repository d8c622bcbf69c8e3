"""One label for each item from the votes of several raters. The recipe of a result contains every option."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import Float64Array, Int64Array
from .._checks import choice
from ..corpus.vote_shares import vote_shares
from ..errors import InvalidArgument
from .checks import (
    NO_VOTE,
    array_summary,
    checked_int,
    checked_number,
    checked_votes,
    choices,
    class_counts,
    first_of_largest,
    read_only,
)

MajorityTies = Literal["first", "none", "error"]
EmInit = Literal["vote_fraction", "majority"]
EmPrior = Literal["estimated", "uniform"]

EMOS_MAX_ITERATIONS = 50
"""EmoS: the largest number of EM steps. Both halves of its CH-SIMS v2 labels use all of them."""

EMOS_TOLERANCE = 1e-6
"""EmoS: with this `tolerance`, EM stops after 48 steps for its last 2,000 MELD labels, as published, and does not stop
early for the CH-SIMS v2 halves. It was found from the published numbers; the paper states no rule."""

SUM_ROUNDING = 1e-9
"""The largest allowed difference between 1 and the sum of a given prior: priors are written with fewer digits."""


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
    """

    labels: Int64Array
    probabilities: Float64Array
    confidence: Float64Array
    recipe: Mapping[str, object]
    converged: bool | None = None
    iterations: int | None = None
    confusion: Float64Array | None = None
    log_likelihood: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        read_only(self, "labels", "probabilities", "confidence", "confusion")

    def __repr__(self) -> str:
        arrays = ", ".join(
            array_summary(name, getattr(self, name)) for name in ("labels", "probabilities", "confusion")
        )
        em = f"converged={self.converged}, iterations={self.iterations}"
        return f"Aggregated(method={self.recipe['method']!r}, {arrays}, {em})"


def majority(votes: ArrayLike, num_classes: int, *, ties: MajorityTies = "first") -> Aggregated:
    """Return the class that most raters gave to each item.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote.
        num_classes: The number of classes K, at least 2.
        ties: What a tie gives: the lowest class index ("first"), label -1 ("none"), or InvalidArgument ("error").

    Returns:
        `probabilities` are the shares n_k / n of the votes given.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, an unknown option, or a tie with ``ties="error"``.

    Cost: one pass over the votes; N * K numbers.

    Example:
        >>> majority([[0, 0, 1], [2, 1, -1]], 3, ties="none").labels
        array([ 0, -1])
    """
    choice(ties, choices(MajorityTies), "ties")
    checked = checked_votes(votes, num_classes)
    counts = class_counts(checked, num_classes)
    tied = ((counts == counts.max(axis=1, keepdims=True)).sum(axis=1) > 1) & (counts.sum(axis=1) > 0)
    if ties == "error" and tied.any():
        item = int(np.argmax(tied))
        first = f"the first is item {item} with votes {reprlib.repr(checked[item].tolist())}"
        got = f"{int(tied.sum())} tied items of {len(tied)}, {first}"
        raise InvalidArgument(
            f"votes must have no tie where ties is 'error', got {got}; give ties 'first' or 'none', or drop these items"
        )
    result = _of_probabilities(_shares(counts), {"method": "majority", "num_classes": int(num_classes), "ties": ties})
    return result if ties != "none" else replace(result, labels=np.where(tied, NO_VOTE, result.labels))


def soft(votes: ArrayLike, num_classes: int) -> Aggregated:
    """Return soft labels: the share p_k = n_k / n of the votes of each item that are of class k.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote.
        num_classes: The number of classes K, at least 2.

    Returns:
        `probabilities` are the shares; `labels` are the first class with the largest share.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range.

    Cost: one pass over the votes; N * K numbers.

    Example:
        >>> soft([[0, 0, 1, 1]], 2).probabilities
        array([[0.5, 0.5]])
    """
    counts = class_counts(checked_votes(votes, num_classes), num_classes)
    return _of_probabilities(_shares(counts), {"method": "soft", "num_classes": int(num_classes)})


def dawid_skene(
    votes: ArrayLike,
    num_classes: int,
    *,
    init: EmInit = "vote_fraction",
    max_iterations: int = EMOS_MAX_ITERATIONS,
    tolerance: float = 0.0,
    smoothing: float = 0.0,
    prior: EmPrior | ArrayLike = "estimated",
) -> Aggregated:
    """Return the posteriors of the model of Dawid and Skene, in which each rater has its own confusion matrix.

    Each EM step first estimates the confusion matrices and the prior from the current probabilities (M), then new
    probabilities from these (E). The defaults are the recipe of EmoS for CH-SIMS v2; with
    ``tolerance=EMOS_TOLERANCE`` they are also that of its last 2,000 MELD labels. EM finds a local maximum: another
    `init` or another number of steps may give other labels.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote.
        num_classes: The number of classes K, at least 2.
        init: The probabilities before the first step: the shares of votes ("vote_fraction"), or 1 for the first
            majority class ("majority").
        max_iterations: The largest number of EM steps, at least 1.
        tolerance: EM stops after a step whose mean absolute change of the probabilities, over classes and items with
            votes, is below this. With 0 it makes exactly `max_iterations` steps.
        smoothing: A number of 0 or more that is added to each expected count of each confusion matrix. The prior is
            not smoothed.
        prior: The prior of the classes: the mean of the probabilities, estimated in each step ("estimated"), 1/K
            ("uniform"), or K numbers above 0 with sum 1.

    Returns:
        `probabilities` are the posteriors; `labels` are the first class with the largest one.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, no vote at all, or an option that is not allowed.

    Cost: each step is O(votes * K); memory is a few arrays of (votes given) * K numbers.

    Source: A. P. Dawid, A. M. Skene, Maximum likelihood estimation of observer error-rates using the EM algorithm,
    Applied Statistics 28 (1979), equations 2.3 to 2.5.

    Example:
        >>> result = dawid_skene([[0, 0, 0], [1, 1, 1], [0, 0, 1]], 2)
        >>> result.labels, result.iterations
        (array([0, 1, 0]), 50)
    """

    def confusion(expected: Float64Array) -> Float64Array:
        smoothed = expected + smoothing
        return _divided(smoothed, smoothed.sum(axis=2, keepdims=True))

    return _expectation_maximisation(
        "dawid_skene",
        confusion,
        votes,
        num_classes,
        init=init,
        max_iterations=max_iterations,
        tolerance=tolerance,
        smoothing=smoothing,
        prior=prior,
    )


def one_coin(
    votes: ArrayLike,
    num_classes: int,
    *,
    init: EmInit = "vote_fraction",
    max_iterations: int = EMOS_MAX_ITERATIONS,
    tolerance: float = 0.0,
    smoothing: float = 0.0,
    prior: EmPrior | ArrayLike = "estimated",
) -> Aggregated:
    """Return the posteriors of the one-coin model: rater r is right with probability q_r, else each error is as likely.

    This is `dawid_skene` with confusion matrices of q_r on the diagonal and (1 - q_r) / (K - 1) elsewhere.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote.
        num_classes: The number of classes K, at least 2.
        init: See `dawid_skene`.
        max_iterations: See `dawid_skene`.
        tolerance: See `dawid_skene`.
        smoothing: A number of 0 or more that is added to the expected counts of right and of wrong votes of each rater.
        prior: See `dawid_skene`.

    Returns:
        `probabilities` are the posteriors; `labels` are the first class with the largest one.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, no vote at all, or an option that is not allowed.

    Cost: that of `dawid_skene`.

    Source: Y. Zhang, X. Chen, D. Zhou, M. I. Jordan, Spectral methods meet EM, JMLR 17 (2016), section 2 ("one-coin").

    Example:
        >>> result = one_coin([[0, 0, 1], [1, 1, 1], [0, 0, 0]], 2)
        >>> result.labels.tolist(), result.confusion.shape
        ([0, 1, 0], (3, 2, 2))
    """

    def confusion(expected: Float64Array) -> Float64Array:
        kinds = expected.shape[1]
        diagonal = np.eye(kinds, dtype=bool)
        right = expected[:, diagonal].sum(axis=1) + smoothing
        wrong = expected[:, ~diagonal].sum(axis=1) + smoothing
        total = right + wrong
        skill, error = _divided(right, total), _divided(wrong, total) / (kinds - 1)
        return np.where(diagonal, skill[:, None, None], error[:, None, None])

    return _expectation_maximisation(
        "one_coin",
        confusion,
        votes,
        num_classes,
        init=init,
        max_iterations=max_iterations,
        tolerance=tolerance,
        smoothing=smoothing,
        prior=prior,
    )


def _shares(counts: Int64Array) -> Float64Array:
    """Return the shares of single labels: each vote is one, so the votes of an item are the sum of its counts."""
    return vote_shares(counts, counts.sum(axis=1, keepdims=True))


def _divided(values: Float64Array, by: Float64Array) -> Float64Array:
    """Return ``values / by``, and 0 where `by` is 0."""
    shape = np.broadcast_shapes(values.shape, by.shape)
    quotient: Float64Array = np.divide(values, by, out=np.zeros(shape), where=by > 0)
    return quotient


def _of_probabilities(probabilities: Float64Array, recipe: Mapping[str, object]) -> Aggregated:
    confidence = probabilities.max(axis=1)
    labels = np.where(confidence > 0, first_of_largest(probabilities), NO_VOTE)
    return Aggregated(labels=labels, probabilities=probabilities, confidence=confidence, recipe=recipe)


def _checked_prior(prior: EmPrior | ArrayLike, num_classes: int) -> Float64Array | None:
    """Return the prior, float64 ``[K]``, or None where EM estimates it."""
    if isinstance(prior, str) and prior in choices(EmPrior):
        return np.full(num_classes, 1.0 / num_classes) if prior == "uniform" else None
    allowed = f"'estimated', 'uniform' or {num_classes} numbers above 0 with sum 1"
    fix = "leave it out to estimate it"
    try:
        array = np.asarray(prior, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(f"prior must be {allowed}, got {reprlib.repr(prior)}; {fix}") from error
    if array.shape != (num_classes,) or not (array > 0).all() or not abs(float(array.sum()) - 1.0) <= SUM_ROUNDING:
        raise InvalidArgument(f"prior must be {allowed}, got {reprlib.repr(array.tolist())}; {fix}")
    return array


def _expectation_maximisation(
    method: str,
    confusion_of: Callable[[Float64Array], Float64Array],
    votes: ArrayLike,
    num_classes: int,
    *,
    init: EmInit,
    max_iterations: int,
    tolerance: float,
    smoothing: float,
    prior: EmPrior | ArrayLike,
) -> Aggregated:
    """Run EM. `confusion_of` makes probabilities of expected counts ``[R, K (true), K (given)]``, of the same shape.

    The E step adds logarithms, so that a product of many small numbers does not become 0. At least one class of each
    item has a likelihood above 0: its own probability in the step before, at least 1/K, is part of the counts.
    """
    checked = checked_votes(votes, num_classes)
    choice(init, choices(EmInit), "init")
    steps = checked_int(max_iterations, "max_iterations", least=1)
    limit = checked_number(tolerance, "tolerance")
    recipe: dict[str, object] = {
        "method": method,
        "num_classes": int(num_classes),
        "init": init,
        "max_iterations": steps,
    }
    fixed = _checked_prior(prior, num_classes)
    recipe |= {"tolerance": limit, "smoothing": checked_number(smoothing, "smoothing")}
    recipe["prior"] = prior if isinstance(prior, str) or fixed is None else fixed.tolist()
    item, rater = np.nonzero(checked != NO_VOTE)
    if item.size == 0:
        got = f"{checked.shape[0]} items without votes"
        raise InvalidArgument(f"votes must have at least one vote for {method}, got {got}; use soft or leave them out")
    given = checked[item, rater]
    voted, first_vote, item = np.unique(item, return_index=True, return_inverse=True)
    num_raters, cell = checked.shape[1], rater * num_classes + given
    posterior = _shares(class_counts(checked[voted], num_classes))
    if init == "majority":
        posterior = np.eye(num_classes)[first_of_largest(posterior)]
    confusion = np.zeros((num_raters, num_classes, num_classes))
    log_likelihood: list[float] = []
    converged: bool | None = False if limit > 0 else None
    for _ in range(steps):
        expected = np.empty((num_classes, num_raters * num_classes))
        for true in range(num_classes):
            expected[true] = np.bincount(cell, weights=posterior[item, true], minlength=num_raters * num_classes)
        confusion = confusion_of(expected.reshape(num_classes, num_raters, num_classes).transpose(1, 0, 2))
        chances = posterior.mean(axis=0) if fixed is None else fixed
        with np.errstate(divide="ignore"):
            log_joint = np.log(chances) + np.add.reduceat(np.log(confusion)[rater, :, given], first_vote, axis=0)
        largest = log_joint.max(axis=1, keepdims=True)
        joint = np.exp(log_joint - largest)
        total = joint.sum(axis=1, keepdims=True)
        log_likelihood.append(float((largest + np.log(total)).sum()))
        before, posterior = posterior, joint / total
        if float(np.abs(posterior - before).mean()) < limit:
            converged = True
            break
    probabilities = np.zeros((checked.shape[0], num_classes))
    probabilities[voted] = posterior
    return replace(
        _of_probabilities(probabilities, recipe),
        converged=converged,
        iterations=len(log_likelihood),
        confusion=confusion,
        log_likelihood=tuple(log_likelihood),
    )
