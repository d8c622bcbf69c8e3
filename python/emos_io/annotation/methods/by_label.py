"""Which labels an item has, from votes that give several labels each: every label is decided on its own."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from ..._arrays import BoolArray, Float64Array, Int64Array
from ..._checks import as_number, choice
from ...errors import InvalidArgument, short_repr
from ..checks import NO_VOTE, TIE, array_summary, choices, read_only
from ..weights import Weights, checked_rater_weights, checked_row_weights
from .aggregate import class_shares, weights_in_recipe
from .em import EMOS_MAX_ITERATIONS, EmInit, EmOptions, EmPrior, class_posteriors, dawid_skene

LabelMethod = Literal["majority", "soft", "dawid_skene"]

LABEL_THRESHOLDS: Mapping[LabelMethod, float] = {"majority": 0.5, "soft": 0.0, "dawid_skene": 0.5}
"""The threshold of each method, where none is given."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelDecisions:
    """Labels of N items, any number of K for each. Its arrays are read-only; its repr prints shapes.

    Attributes:
        scores: float64 ``[N, K]`` in [0, 1]: the share of the raters who gave each label, or its posterior; 0 where nobody
            voted. Never NaN.
        labels: bool ``[N, K]``: where the score is above the threshold, by more than 1e-12.
        recipe: The method, its threshold and its other options, as plain JSON values.
        confusion: float64 ``[K, R, 2, 2]``, ``[k, r, true, given]``, 0 without and 1 with label k, of the last EM step. Rows
            sum to 1, or are zeros. None without EM.
        priors: float64 ``[K]``, the prior of each label in the last EM step. None without EM.
        iterations: int64 ``[K]``, the EM steps of each label; 0 for a label that follows without them. None without EM.
        converged: bool ``[K]``, whether EM stopped by its tolerance, or the label follows without it. None for a tolerance of
            0, or without EM.
    """

    scores: Float64Array
    labels: BoolArray
    recipe: Mapping[str, object]
    confusion: Float64Array | None = None
    priors: Float64Array | None = None
    iterations: Int64Array | None = None
    converged: BoolArray | None = None

    def __post_init__(self) -> None:
        read_only(self, "scores", "labels", "confusion", "priors", "iterations", "converged")

    def __repr__(self) -> str:
        arrays = ", ".join(array_summary(name, getattr(self, name)) for name in ("scores", "labels", "confusion"))
        return f"LabelDecisions(method={self.recipe['method']!r}, threshold={self.recipe['threshold']!r}, {arrays})"


def label_decisions(
    members: ArrayLike,
    voted: ArrayLike,
    *,
    method: LabelMethod = "majority",
    threshold: float | None = None,
    rater_weights: Weights | None = None,
    row_weights: Weights | None = None,
    init: EmInit = "vote_fraction",
    max_iterations: int = EMOS_MAX_ITERATIONS,
    tolerance: float = 0.0,
    smoothing: float = 0.0,
    prior: EmPrior | ArrayLike = "estimated",
) -> LabelDecisions:
    """Return which labels each item has, by its votes on each label.

    - "majority": a label is decided where the share of raters who gave it, of those who voted on the item, is above the
      threshold, 0.5. Half of the raters are not enough.
    - "soft": the same with the threshold 0: any rater is enough. The scores are the soft labels.
    - "dawid_skene": each label against the rest: `dawid_skene` with the two classes "without" and "with" the label, apart from
      the other labels; the score is the posterior of "with", the threshold 0.5.

    A label that no rater gave any item has the score 0, and one that all raters who voted gave all items has the score 1, by
    all three methods. EM would have nothing to learn from, and smoothing or a given prior would invent an answer, so it makes
    no step: the confusion matrices then have the row of that one class, and zeros in the other; the prior is 0 or 1 unless one
    is given.

    Args:
        members: bool ``[N, R, K]``: whether each rater gave each label. What a rater who did not vote gave is ignored.
        voted: bool ``[N, R]``: whether each rater voted; a rater who voted and gave no label voted against all of them.
        method: How labels are decided.
        threshold: A number from 0 to below 1; None for that of the method.
        rater_weights: For "majority" and "soft", R numbers of 0 or more, not all 0; see `majority`. None counts each as 1.
        row_weights: See `dawid_skene`. They are checked, and change nothing, with the other methods.
        init, max_iterations, tolerance, smoothing: See `dawid_skene`. Used by that method alone.
        prior: See `dawid_skene`; or K numbers between 0 and 1, the prior of each label.

    Raises:
        InvalidArgument: members or votes of the wrong shape or type, no vote at all with "dawid_skene", weights of raters with
            it, or another option that is not allowed.

    Cost: K times that of the method with two classes.

    Example:
        >>> members = np.array([[[1, 0], [1, 1], [1, 0]], [[0, 1], [0, 1], [1, 0]]], bool)
        >>> label_decisions(members, members.any(axis=2)).labels.tolist()
        [[True, False], [False, True]]
    """
    choice(method, choices(LabelMethod), "method")
    given, present = _checked_members(members, voted)
    num_rows, num_raters, num_labels = given.shape
    limit = _checked_threshold(LABEL_THRESHOLDS[method] if threshold is None else threshold)
    weights = checked_rater_weights(rater_weights, num_raters)
    exact_rows = checked_row_weights(row_weights, num_rows)
    recipe: dict[str, object] = {"method": method, "num_classes": num_labels, "threshold": limit}
    if method != "dawid_skene":
        scores = np.zeros((num_rows, num_labels))
        for label in range(num_labels):
            scores[:, label] = class_shares(_votes_on(given, present, label), 2, weights)[:, 1]
        return LabelDecisions(scores, scores > limit + TIE, recipe | weights_in_recipe(weights))
    if weights is not None:
        raise InvalidArgument(
            "rater_weights must be None for dawid_skene, got weights; leave them out, it estimates how much a rater counts"
        )
    options = EmOptions(init, max_iterations, tolerance, smoothing).checked()
    priors = _checked_priors(prior, num_labels)
    fits = [_fit(_votes_on(given, present, label), priors[label], options, exact_rows) for label in range(num_labels)]
    recipe |= {"one_against_rest": True, **asdict(options)}
    recipe["prior"] = prior if isinstance(prior, str) else [each[1] for each in priors if not isinstance(each, str)]
    scores = np.stack([fit.scores for fit in fits], axis=1)
    return LabelDecisions(
        scores=scores,
        labels=scores > limit + TIE,
        recipe=recipe,
        confusion=np.stack([fit.confusion for fit in fits]),
        priors=np.array([fit.prior for fit in fits]),
        iterations=np.array([fit.iterations for fit in fits], np.int64),
        converged=np.array([fit.converged for fit in fits], bool) if options.tolerance > 0 else None,
    )


def label_posteriors(members: ArrayLike, voted: ArrayLike, *, confusion: ArrayLike, priors: ArrayLike) -> Float64Array:
    """Return the posteriors of each label where raters and priors are known: the E step of `label_decisions` alone.

    With the `confusion` and `priors` of a result, and the votes that it was fitted on, ``[..., 1]`` are its `scores`.

    Args:
        members: bool ``[N, R, K]``; see `label_decisions`.
        voted: bool ``[N, R]``; see `label_decisions`.
        confusion: Numbers ``[K, R, 2, 2]``, as in `LabelDecisions`.
        priors: K numbers from 0 to 1.

    Returns:
        float64 ``[N, K, 2]``: without and with each label. A pair sums to 1, or is zeros where nobody voted, or where the votes
        are impossible both with and without the label; see `class_posteriors`.

    Raises:
        InvalidArgument: members or votes of the wrong shape or type, or numbers that are no such probabilities.

    Cost: K times that of `class_posteriors` with two classes.

    Example:
        >>> members = np.array([[[1, 0], [1, 1], [1, 0]], [[0, 1], [0, 1], [1, 0]]], bool)
        >>> voted = members.any(axis=2)
        >>> result = label_decisions(members, voted, method="dawid_skene")
        >>> posteriors = label_posteriors(members, voted, confusion=result.confusion, priors=result.priors)
        >>> np.array_equal(posteriors[..., 1], result.scores)
        True
    """
    given, present = _checked_members(members, voted)
    num_rows, _, num_labels = given.shape
    tables = _array(confusion)
    if tables.ndim != 4 or len(tables) != num_labels:
        allowed = f"numbers [labels, raters, 2, 2] for {num_labels} labels"
        raise InvalidArgument(f"confusion must be {allowed}, got shape {tables.shape}; give that of label_decisions")
    chances = _label_numbers(priors, num_labels)
    if chances is None or not ((chances >= 0) & (chances <= 1)).all():
        allowed = f"{num_labels} numbers from 0 to 1, one for each label"
        raise InvalidArgument(f"priors must be {allowed}, got {reprlib.repr(priors)}; give those of label_decisions")
    posteriors = np.zeros((num_rows, num_labels, 2))
    for label, chance in enumerate(chances.tolist()):
        pair = [1.0 - chance, chance]
        votes = _votes_on(given, present, label)
        posteriors[:, label] = class_posteriors(votes, confusion=tables[label], prior=pair)
    return posteriors


@dataclass(frozen=True, slots=True, eq=False)
class _LabelFit:
    """What EM found of one label."""

    scores: Float64Array
    confusion: Float64Array
    prior: float
    iterations: int
    converged: bool


def _fit(votes: Int64Array, prior: EmPrior | list[float], options: EmOptions, row_weights: Weights | None) -> _LabelFit:
    """Fit one label, from votes of the classes 0, "without", and 1, "with"."""
    one_sided = len(np.unique(votes[votes != NO_VOTE])) == 1
    if one_sided:
        # One step of plain EM states the rule: there is one class, all votes are of it, and it is certain.
        result = dawid_skene(votes, 2, max_iterations=1, row_weights=row_weights)
    else:
        result = dawid_skene(votes, 2, **asdict(options), prior=prior, row_weights=row_weights)
    if result.confusion is None or result.prior is None or result.iterations is None:
        raise AssertionError("EM gives confusion matrices, a prior and its steps")
    chance = float(result.prior[1])
    if one_sided and prior != "estimated":
        chance = 0.5 if isinstance(prior, str) else prior[1]
    return _LabelFit(
        scores=result.probabilities[:, 1],
        confusion=result.confusion,
        prior=chance,
        iterations=0 if one_sided else result.iterations,
        converged=one_sided or bool(result.converged),
    )


def _votes_on(given: BoolArray, present: BoolArray, label: int) -> Int64Array:
    """Return the votes on one label, int64 ``[N, R]``: 1 with it, 0 without it, -1 for no vote."""
    return np.where(present, given[:, :, label].astype(np.int64), NO_VOTE)


def _checked_members(members: ArrayLike, voted: ArrayLike) -> tuple[BoolArray, BoolArray]:
    given, present = _array(members), _array(voted)
    if given.dtype != np.bool_ or given.ndim != 3 or 0 in given.shape:
        got = f"{given.dtype} of shape {given.shape}"
        raise InvalidArgument(f"members must be bool [items, raters, labels], got {got}; say who gave which label")
    if present.dtype != np.bool_ or present.shape != given.shape[:2]:
        allowed = f"bool [items, raters] of shape {given.shape[:2]}"
        got = f"{present.dtype} of shape {present.shape}"
        raise InvalidArgument(f"voted must be {allowed}, got {got}; say who voted on which item")
    return given.astype(np.bool_, copy=False), present.astype(np.bool_, copy=False)


def _array(values: ArrayLike) -> npt.NDArray[np.generic]:
    """Return an array; rows of different lengths are one of objects, which no check lets pass."""
    try:
        return np.asarray(values)
    except ValueError:
        return np.array([None], dtype=object)


def _checked_threshold(threshold: float) -> float:
    number = as_number(threshold)
    if number is None or not 0 <= number < 1:
        got = short_repr(threshold)
        raise InvalidArgument(f"threshold must be a number from 0 to below 1, got {got}; no score is above 1")
    return number


def _checked_priors(prior: EmPrior | ArrayLike, num_labels: int) -> list[EmPrior | list[float]]:
    """Return for each label what `dawid_skene` takes as the prior of its two classes."""
    names: tuple[EmPrior, ...] = ("estimated", "uniform")
    for name in names:
        if isinstance(prior, str) and prior == name:
            return [name] * num_labels
    chances = _label_numbers(prior, num_labels)
    if chances is None or not ((chances > 0) & (chances < 1)).all():
        allowed = f"'estimated', 'uniform' or {num_labels} numbers between 0 and 1, one for each label"
        raise InvalidArgument(f"prior must be {allowed}, got {reprlib.repr(prior)}; leave it out to estimate it")
    return [[1.0 - chance, chance] for chance in chances.tolist()]


def _label_numbers(values: ArrayLike, num_labels: int) -> Float64Array | None:
    """Return one number for each label as float64 ``[K]``, or None where the values are none."""
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (ValueError, TypeError):
        return None
    return numbers if numbers.shape == (num_labels,) else None
