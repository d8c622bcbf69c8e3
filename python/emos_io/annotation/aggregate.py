"""One label an item from the votes of several raters. Every option is in the recipe that comes back with the result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ..errors import InvalidArgument
from .checks import (
    NO_VOTE,
    Floats,
    Ints,
    checked_choice,
    checked_int,
    checked_number,
    checked_votes,
    choices,
    class_counts,
    first_of_largest,
)

Ties = Literal["first", "none", "error"]
Init = Literal["vote_fraction", "majority"]
Prior = Literal["estimated", "uniform"]

EMOS_MAX_ITERATIONS = 50
"""EmoS: EM steps at most. Both halves of its CH-SIMS v2 labels use all of them."""

EMOS_TOLERANCE = 1e-6
"""EmoS: with this `tolerance` its last 2,000 MELD labels stop after 48 steps, as published, and the CH-SIMS v2 halves do
not stop early. It was found from the published numbers; the paper states no rule."""

SUM_ROUNDING = 1e-9
"""How far the sum of a given prior may be from 1; nobody writes one to more digits."""


@dataclass(frozen=True, slots=True, eq=False)
class Aggregated:
    """Labels of N items over K classes, by R raters.

    Attributes:
        labels: int64 ``[N]``, class indices; -1 where there is no vote, or a tie that `ties` leaves open.
        probabilities: float64 ``[N, K]`` in [0, 1]; each row sums to 1, or is zeros where there is no vote. Never NaN.
        confidence: float64 ``[N]``, the largest probability of each row; 0 where there is no vote.
        recipe: The method and all of its options, as plain JSON values.
        converged: Whether EM stopped by its tolerance; None where there is none, or no EM.
        iterations: EM steps made; None without EM.
        confusion: float64 ``[R, K, K]``, ``[r, true, given]``, of the last EM step; rows sum to 1, or are zeros where
            rater r gave no vote that could be of that class. None without EM.
        log_likelihood: Natural logarithm of the likelihood of all votes, one value an EM step, under the parameters
            that the step estimated. None without EM.
    """

    labels: Ints
    probabilities: Floats
    confidence: Floats
    recipe: Mapping[str, object]
    converged: bool | None = None
    iterations: int | None = None
    confusion: Floats | None = None
    log_likelihood: list[float] | None = None


def majority(votes: ArrayLike, num_classes: int, *, ties: Ties = "first") -> Aggregated:
    """Return the class that most raters gave.

    Args:
        votes: Whole numbers ``[N, R]``: class indices, -1 for no vote.
        num_classes: K, at least 2.
        ties: The lowest class index of those tied ("first"), label -1 ("none"), or InvalidArgument ("error").

    Returns:
        `probabilities` are the shares n_k / n of the votes given.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, an unknown option, or a tie with ``ties="error"``.

    Cost: one pass over the votes; N * K numbers.

    Example:
        >>> majority([[0, 0, 1], [2, 1, -1]], 3, ties="none").labels
        array([ 0, -1])
    """
    checked_choice(ties, "ties", choices(Ties))
    checked = checked_votes(votes, num_classes)
    counts = class_counts(checked, num_classes)
    tied = ((counts == counts.max(axis=1, keepdims=True)).sum(axis=1) > 1) & (counts.sum(axis=1) > 0)
    if ties == "error" and tied.any():
        item = int(np.argmax(tied))
        raise InvalidArgument(
            f"{int(tied.sum())} of {len(tied)} items are tied, the first is item {item} with votes "
            f"{checked[item].tolist()}; give ties 'first' or 'none', or drop these items"
        )
    result = _of_probabilities(_shares(counts), {"method": "majority", "num_classes": int(num_classes), "ties": ties})
    if ties == "none":
        result.labels[tied] = NO_VOTE
    return result


def soft(votes: ArrayLike, num_classes: int) -> Aggregated:
    """Return the share of raters that gave each class, p_k = n_k / n.

    Args:
        votes: Whole numbers ``[N, R]``: class indices, -1 for no vote.
        num_classes: K, at least 2.

    Returns:
        `labels` are the first class with the largest share.

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
    init: Init = "vote_fraction",
    max_iterations: int = EMOS_MAX_ITERATIONS,
    tolerance: float = 0.0,
    smoothing: float = 0.0,
    prior: Prior | ArrayLike = "estimated",
) -> Aggregated:
    """Return posteriors of the model of Dawid and Skene: each rater has a confusion matrix of its own.

    A step estimates the confusion matrices, and the prior, from the probabilities of the step before (M), then the
    probabilities from these (E). The defaults are the recipe of EmoS for CH-SIMS v2; with
    ``tolerance=EMOS_TOLERANCE`` it is also that of its last 2,000 MELD labels. EM finds a local maximum: another
    `init` or another number of steps may give other labels.

    Args:
        votes: Whole numbers ``[N, R]``: class indices, -1 for no vote.
        num_classes: K, at least 2.
        init: Probabilities before the first step: shares of votes, or 1 for the (first) majority class.
        max_iterations: Steps at most.
        tolerance: Stop after a step that changes the probabilities by less than this on average (mean absolute
            change over items with votes, and classes). 0 makes exactly `max_iterations` steps.
        smoothing: Added to each expected count of each confusion matrix; the prior is not smoothed.
        prior: Class prior: mean of the probabilities, estimated anew at each step; 1/K; or K numbers above 0 of sum 1.

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

    def confusion(expected: Floats) -> Floats:
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
    init: Init = "vote_fraction",
    max_iterations: int = EMOS_MAX_ITERATIONS,
    tolerance: float = 0.0,
    smoothing: float = 0.0,
    prior: Prior | ArrayLike = "estimated",
) -> Aggregated:
    """Return posteriors of the one-coin model: rater r is right with probability q_r, and errs evenly.

    As `dawid_skene`, with confusion matrices of q_r on the diagonal and (1 - q_r) / (K - 1) elsewhere.

    Args:
        votes: Whole numbers ``[N, R]``: class indices, -1 for no vote.
        num_classes: K, at least 2.
        init: See `dawid_skene`.
        max_iterations: See `dawid_skene`.
        tolerance: See `dawid_skene`.
        smoothing: Added to the expected count of right votes and of wrong votes of each rater.
        prior: See `dawid_skene`.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, no vote at all, or an option that is not allowed.

    Cost: as `dawid_skene`.

    Source: Y. Zhang, X. Chen, D. Zhou, M. I. Jordan, Spectral methods meet EM, JMLR 17 (2016), section 2 ("one-coin").
    """

    def confusion(expected: Floats) -> Floats:
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


def _shares(counts: Ints) -> Floats:
    return _divided(counts.astype(np.float64), counts.sum(axis=1, keepdims=True).astype(np.float64))


def _divided(values: Floats, by: Floats) -> Floats:
    """Divide, and leave zeros where `by` is 0."""
    shape = np.broadcast_shapes(values.shape, by.shape)
    quotient: Floats = np.divide(values, by, out=np.zeros(shape), where=by > 0)
    return quotient


def _of_probabilities(probabilities: Floats, recipe: Mapping[str, object]) -> Aggregated:
    confidence = probabilities.max(axis=1)
    labels = np.where(confidence > 0, first_of_largest(probabilities), NO_VOTE)
    return Aggregated(labels=labels, probabilities=probabilities, confidence=confidence, recipe=recipe)


def _checked_prior(prior: Prior | ArrayLike, num_classes: int) -> Floats | None:
    """Return the prior float64 ``[K]``, or None where it is to be estimated."""
    if isinstance(prior, str) and prior in choices(Prior):
        return np.full(num_classes, 1.0 / num_classes) if prior == "uniform" else None
    allowed = f"give 'estimated', 'uniform', or {num_classes} numbers above 0 whose sum is 1"
    try:
        array = np.asarray(prior, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise InvalidArgument(f"prior {prior!r} was given; {allowed}") from error
    if array.shape != (num_classes,) or not (array > 0).all() or not abs(float(array.sum()) - 1.0) <= SUM_ROUNDING:
        raise InvalidArgument(f"prior {array.tolist()} was given; {allowed}")
    return array


def _expectation_maximisation(
    method: str,
    confusion_of: Callable[[Floats], Floats],
    votes: ArrayLike,
    num_classes: int,
    *,
    init: Init,
    max_iterations: int,
    tolerance: float,
    smoothing: float,
    prior: Prior | ArrayLike,
) -> Aggregated:
    """Run EM. `confusion_of` turns expected counts ``[R, K (true), K (given)]`` into probabilities of the same shape.

    The E step adds logarithms, so that a product of many small numbers does not vanish. Some class of each item keeps
    a likelihood above 0: its own probability in the step before, at least 1/K, went into the counts it is read from.
    """
    checked = checked_votes(votes, num_classes)
    checked_choice(init, "init", choices(Init))
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
        raise InvalidArgument(
            f"votes of {checked.shape[0]} items that are all -1 were given; {method} needs at least one vote"
        )
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
    result = _of_probabilities(probabilities, recipe)
    return Aggregated(
        labels=result.labels,
        probabilities=probabilities,
        confidence=result.confidence,
        recipe=recipe,
        converged=converged,
        iterations=len(log_likelihood),
        confusion=confusion,
        log_likelihood=log_likelihood,
    )
