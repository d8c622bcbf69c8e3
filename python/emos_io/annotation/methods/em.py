"""Labels by expectation-maximisation (EM): raters with confusion matrices, estimated together with the labels.

Nothing here depends on the order of raters, items or classes, to the last bit: rows are patterns with exact weights, and every
sum is one without order. Where the votes favour no class, EM therefore stays between them, and does not follow a rounding.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import Float64Array, Int64Array
from ..._checks import choice
from ...errors import InvalidArgument
from ..checks import NO_VOTE, TIE, checked_int, checked_number, checked_votes, choices
from ..weights import Weights, checked_row_weights
from .aggregate import Aggregated, class_shares, of_probabilities
from .cell_sums import CellSums, sum_of_each
from .probabilities import SUM_ROUNDING, checked_chances, checked_confusion
from .vote_patterns import VotePatterns, vote_patterns

EmInit = Literal["vote_fraction", "majority"]
EmPrior = Literal["estimated", "uniform"]

EMOS_MAX_ITERATIONS = 50
"""EmoS: the largest number of EM steps. Both halves of its CH-SIMS v2 labels use all of them."""

EMOS_TOLERANCE = 1e-6
"""EmoS: with this `tolerance`, EM stops after 48 steps for its last 2,000 MELD labels, as published, and does not stop
early for the CH-SIMS v2 halves. It was found from the published numbers; the paper states no rule."""

MOST_SMOOTHING = 1e100
"""No sum of smoothed counts then becomes infinite."""

LOG_EXPONENT = 10
"""The logarithm of each double above 0 is within 2 to this."""

MANY_RATERS = 2**16
"""Sums over fewer raters are formed as for so many, so a rater without votes changes no bit of them."""


@dataclass(frozen=True, slots=True)
class EmOptions:
    """Options of EM that do not depend on the classes; see `dawid_skene`."""

    init: EmInit = "vote_fraction"
    max_iterations: int = EMOS_MAX_ITERATIONS
    tolerance: float = 0.0
    smoothing: float = 0.0

    def checked(self) -> EmOptions:
        """Return the options as plain int and float.

        Raises:
            InvalidArgument: one is not allowed.
        """
        choice(self.init, choices(EmInit), "init")
        steps = checked_int(self.max_iterations, "max_iterations", least=1)
        tolerance, smoothing = (checked_number(getattr(self, name), name) for name in ("tolerance", "smoothing"))
        if smoothing > MOST_SMOOTHING:
            checked_number(smoothing, "smoothing", most=MOST_SMOOTHING)
        return EmOptions(self.init, steps, tolerance, smoothing)


def dawid_skene(
    votes: ArrayLike,
    num_classes: int,
    *,
    init: EmInit = "vote_fraction",
    max_iterations: int = EMOS_MAX_ITERATIONS,
    tolerance: float = 0.0,
    smoothing: float = 0.0,
    prior: EmPrior | ArrayLike = "estimated",
    row_weights: Weights | None = None,
) -> Aggregated:
    """Return the posteriors of the model of Dawid and Skene, in which each rater has its own confusion matrix.

    Each EM step first estimates the confusion matrices and the prior from the current probabilities (M), then new
    probabilities from these (E). The defaults are the recipe of EmoS for CH-SIMS v2; with
    ``tolerance=EMOS_TOLERANCE`` they are also that of its last 2,000 MELD labels. EM finds a local maximum: another
    `init` or another number of steps may give other labels.

    The order of raters, items and classes changes no posterior at all. It changes a label only where the two largest
    posteriors differ by less than 1e-12: the label is the first of them.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote.
        num_classes: The number of classes K, at least 2.
        init: The probabilities before the first step: the shares of votes ("vote_fraction"), or 1 for the majority
            class, in equal parts for tied ones ("majority").
        max_iterations: The largest number of EM steps, at least 1.
        tolerance: EM stops after a step whose mean absolute change of the probabilities, over classes and items with
            votes, is below this. With 0 it makes exactly `max_iterations` steps.
        smoothing: A number from 0 to 1e100 that is added to each expected count of each confusion matrix. The prior is
            not smoothed.
        prior: The prior of the classes: the mean of the probabilities, estimated in each step ("estimated"), 1/K
            ("uniform"), or K numbers above 0 with sum 1.
        row_weights: N numbers from 1e-100 to 1e100: how often each row counts, in seconds for spans. None counts each
            as 1. Fractions are exact: a row that is cut into two of half its weight changes nothing, to the last bit.
            They belong to the votes, and are not in the recipe.

    Returns:
        `probabilities` are the posteriors; `labels` are the first class with the largest one.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, no vote at all, or an option or weight that is not
            allowed.

    Cost: one sort of the rows; then each step is O(votes * K) over the rows that differ. Memory is a few arrays of
    (votes given in rows that differ) * K numbers.

    Source: A. P. Dawid, A. M. Skene, Maximum likelihood estimation of observer error-rates using the EM algorithm,
    Applied Statistics 28 (1979), equations 2.3 to 2.5.

    Example:
        >>> result = dawid_skene([[0, 0, 0], [1, 1, 1], [0, 0, 1]], 2)
        >>> result.labels, result.iterations
        (array([0, 1, 0]), 50)
    """

    def confusion(expected: Float64Array) -> Float64Array:
        smoothed = expected + smoothing
        return _divided(smoothed, sum_of_each(smoothed))

    return _expectation_maximisation(
        "dawid_skene",
        confusion,
        votes,
        num_classes,
        options=EmOptions(init, max_iterations, tolerance, smoothing),
        prior=prior,
        row_weights=row_weights,
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
    row_weights: Weights | None = None,
) -> Aggregated:
    """Return the posteriors of the one-coin model: rater r is right with probability q_r, else each error is as likely.

    This is `dawid_skene` with confusion matrices of q_r on the diagonal and (1 - q_r) / (K - 1) elsewhere.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote.
        num_classes: The number of classes K, at least 2.
        init: See `dawid_skene`.
        max_iterations: See `dawid_skene`.
        tolerance: See `dawid_skene`.
        smoothing: A number from 0 to 1e100 that is added to the expected counts of right and of wrong votes of each rater.
        prior: See `dawid_skene`.
        row_weights: See `dawid_skene`.

    Returns:
        `probabilities` are the posteriors; `labels` are the first class with the largest one.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, no vote at all, or an option or weight that is not
            allowed.

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
        right = sum_of_each(expected[:, diagonal])[:, 0] + smoothing
        wrong = sum_of_each(expected[:, ~diagonal])[:, 0] + smoothing
        total = right + wrong
        skill, error = _divided(right, total), _divided(wrong, total) / (kinds - 1)
        return np.where(diagonal, skill[:, None, None], error[:, None, None])

    return _expectation_maximisation(
        "one_coin",
        confusion,
        votes,
        num_classes,
        options=EmOptions(init, max_iterations, tolerance, smoothing),
        prior=prior,
        row_weights=row_weights,
    )


def class_posteriors(votes: ArrayLike, *, confusion: ArrayLike, prior: ArrayLike) -> Float64Array:
    """Return the posteriors of items whose raters and prior are known: the E step of `dawid_skene` alone.

    With the `confusion` and `prior` of a result, and the votes that it was fitted on, these are its `probabilities`, to the
    last bit. With other votes nothing is learnt from them: each row depends on itself alone.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote.
        confusion: Numbers ``[R, K, K]``, ``[r, true, given]``, of 0 or more; each row sums to 1, or is zeros.
        prior: K numbers of 0 or more with sum 1.

    Returns:
        float64 ``[N, K]``; each row sums to 1, or is zeros where there is no vote, or where the votes are impossible for
        all classes. A vote is impossible for a class of which the rater never gave it while the confusion matrices were
        estimated without smoothing; votes of a rater who gave none then are impossible for all classes.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range, or numbers that are no such probabilities.

    Cost: that of one step of `dawid_skene`.

    Example:
        >>> result = dawid_skene([[0, 0, 0], [1, 1, 1], [0, 0, 1], [1, 1, 1]], 2)
        >>> class_posteriors([[0, 0, -1], [0, 1, -1]], confusion=result.confusion, prior=result.prior)
        array([[1., 0.],
               [0., 0.]])
    """
    tables = checked_confusion(confusion)
    num_raters, num_classes = tables.shape[:2]
    checked = checked_votes(votes, num_classes)
    if checked.shape[1] != num_raters:
        got = f"{checked.shape[1]} raters"
        raise InvalidArgument(f"votes must have the {num_raters} raters of confusion, got {got}; give -1 for no vote")
    chances = checked_chances(prior, num_classes)
    patterns = vote_patterns(checked)
    posterior, _ = _e_step(_given_votes(patterns.votes, num_classes), tables, chances)
    posterior[(patterns.votes == NO_VOTE).all(axis=1)] = 0.0
    return posterior[patterns.pattern]


@dataclass(frozen=True, slots=True, eq=False)
class _GivenVotes:
    """The votes that were given, one after another: of which pattern, by which rater, of which class; and their sums."""

    pattern: Int64Array
    rater: Int64Array
    given: Int64Array
    by_pattern: CellSums


def _given_votes(votes: Int64Array, num_classes: int) -> _GivenVotes:
    pattern, rater = np.nonzero(votes != NO_VOTE)
    by_pattern = CellSums(pattern, len(votes), most=max(votes.shape[1], MANY_RATERS))
    return _GivenVotes(pattern, rater, votes[pattern, rater], by_pattern)


def _e_step(votes: _GivenVotes, confusion: Float64Array, prior: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return the posteriors of each pattern ``[P, K]``, and the logarithms of the likelihoods of its votes ``[P, 1]``.

    It adds logarithms, so that a product of many small numbers does not become 0. Where no class is possible, the posteriors
    are zeros.
    """
    # In one memory order: functions of contiguous arrays may round in another way than those of others.
    tables = np.ascontiguousarray(confusion)
    possible = tables > 0
    logs = np.log(np.where(possible, tables, 1.0))
    log_joint = votes.by_pattern.add(logs[votes.rater, :, votes.given], LOG_EXPONENT)
    log_joint += np.log(np.where(prior > 0, prior, 1.0))
    log_joint[:, prior == 0] = -np.inf
    if not possible.all():
        log_joint[votes.by_pattern.any(~possible[votes.rater, :, votes.given])] = -np.inf
    largest = log_joint.max(axis=1, keepdims=True)
    largest[np.isneginf(largest)] = 0.0
    joint = np.exp(log_joint - largest)
    total = sum_of_each(joint)
    with np.errstate(divide="ignore"):
        return _divided(joint, total), largest + np.log(total)


def _divided(values: Float64Array, by: Float64Array) -> Float64Array:
    """Return ``values / by``, and 0 where `by` is 0."""
    shape = np.broadcast_shapes(values.shape, by.shape)
    quotient: Float64Array = np.divide(values, by, out=np.zeros(shape), where=by > 0)
    return quotient


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


def _first_probabilities(votes: Int64Array, num_classes: int, init: EmInit) -> Float64Array:
    shares = class_shares(votes, num_classes)
    if init == "vote_fraction":
        return shares
    largest = shares >= shares.max(axis=1, keepdims=True) - TIE
    first: Float64Array = largest / largest.sum(axis=1, keepdims=True)
    return first


def _expectation_maximisation(
    method: str,
    confusion_of: Callable[[Float64Array], Float64Array],
    votes: ArrayLike,
    num_classes: int,
    *,
    options: EmOptions,
    prior: EmPrior | ArrayLike,
    row_weights: Weights | None,
) -> Aggregated:
    """Run EM. `confusion_of` makes probabilities of expected counts ``[R, K (true), K (given)]``, of the same shape.

    At least one class of each item is possible: its own probability in the step before, at least 1/K, is part of the counts.
    """
    checked = checked_votes(votes, num_classes)
    options = options.checked()
    fixed = _checked_prior(prior, num_classes)
    recipe: dict[str, object] = {"method": method, "num_classes": int(num_classes), **asdict(options)}
    recipe["prior"] = prior if isinstance(prior, str) or fixed is None else fixed.tolist()
    weights = checked_row_weights(row_weights, len(checked))
    voted = np.flatnonzero((checked != NO_VOTE).any(axis=1))
    if voted.size == 0:
        got = f"{checked.shape[0]} items without votes"
        raise InvalidArgument(f"votes must have at least one vote for {method}, got {got}; use soft or leave them out")
    patterns = vote_patterns(checked[voted], None if weights is None else [weights[row] for row in voted])
    model = _Model(patterns, num_classes, confusion_of, fixed)
    posterior = _first_probabilities(patterns.votes, num_classes, options.init)
    sums = model.weighted_sums(posterior)
    log_likelihood: list[float] = []
    converged: bool | None = False if options.tolerance > 0 else None
    for _ in range(options.max_iterations):
        confusion, chances = model.parameters(posterior, sums)
        before = posterior
        posterior, logs = _e_step(model.given, confusion, chances)
        # All sums over the rows at once: of the posteriors, of their changes, of the likelihoods.
        every = model.weighted_sums(np.hstack([posterior, np.abs(posterior - before), logs]))
        sums, changes = every[:num_classes], every[num_classes:-1]
        log_likelihood.append(float(every[-1]))
        if float(sum_of_each(changes)[0]) / (num_classes * patterns.total) < options.tolerance:
            converged = True
            break
    probabilities = np.zeros((checked.shape[0], num_classes))
    probabilities[voted] = posterior[patterns.pattern]
    return replace(
        of_probabilities(probabilities, recipe),
        converged=converged,
        iterations=len(log_likelihood),
        confusion=confusion,
        log_likelihood=tuple(log_likelihood),
        prior=chances,
    )


class _Model:
    """What EM estimates in each step, from the posteriors of the patterns of votes."""

    def __init__(
        self,
        patterns: VotePatterns,
        num_classes: int,
        confusion_of: Callable[[Float64Array], Float64Array],
        fixed_prior: Float64Array | None,
    ) -> None:
        num_raters = patterns.votes.shape[1]
        self.given = _given_votes(patterns.votes, num_classes)
        self._shape = (num_raters, num_classes, num_classes)
        cells = self.given.rater * num_classes + self.given.given
        self._by_rater = CellSums(cells, num_raters * num_classes, rows=self.given.pattern)
        self._all = CellSums(np.zeros(len(patterns.votes), np.int64), 1)
        self._patterns = patterns
        self._confusion_of = confusion_of
        self._fixed_prior = fixed_prior

    def parameters(self, posterior: Float64Array, sums: Float64Array) -> tuple[Float64Array, Float64Array]:
        """Return the confusion matrices ``[R, K, K]`` and the prior ``[K]``: the M step. `sums` are those of the posteriors."""
        weighted = self._patterns.weights[:, None] * posterior
        expected = self._by_rater.add(weighted).reshape(self._shape).transpose(0, 2, 1)
        prior = sums / self._patterns.total if self._fixed_prior is None else self._fixed_prior
        return self._confusion_of(expected), prior

    def weighted_sums(self, values: Float64Array) -> Float64Array:
        """Return the sums of values ``[P, K]`` over all rows, float64 ``[K]``."""
        sums: Float64Array = self._all.add(self._patterns.weights[:, None] * values)[0]
        return sums
