"""Measures of probabilities against soft labels, the shares of raters: log loss and Jensen-Shannon divergence.

```text
 raters' shares      Joy .67   Fear .33   Anger 0        entropy .637 nats: what a perfect prediction loses
 scores              Joy .80   Fear .10   Anger .10      log loss .916 nats, Jensen-Shannon .102 bits
```
"""

from __future__ import annotations

from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import BoolArray, Float64Array
from ...errors import InvalidArgument
from ..prediction_rules import SUM_TOLERANCE
from ..sums import Measure, MeasuredRows
from .arguments import numbers, row_weights, rows_with_numbers
from .class_sums import ratio

LEAST_PROBABILITY = float(np.finfo(np.float64).eps)
"""Lower probabilities count as this one in the log loss, 2 ** -52, as scikit-learn has it: a loss of at most 36.04 nats."""
_ROUNDING = 1e-9
"""Of a sum of floats, as a share of the tolerance."""
_COLUMNS = ("rows", "with_scores", "log_loss", "jensen_shannon", "truth_entropy", "zero_probability")


def are_distributions(scores: ArrayLike) -> BoolArray:
    """Return which rows of ``[N, K]`` are numbers of 0 or more whose sum is 1, within `SUM_TOLERANCE`; rows of NaN are none.

    Example:
        >>> are_distributions([[0.5, 0.5], [0.5, 0.499], [0.5, 0.4], [float("nan")] * 2]).tolist()
        [True, True, False, False]
    """
    given = np.asarray(scores, np.float64)
    found: BoolArray = np.all(given >= 0, axis=1) & (
        np.abs(given.sum(axis=1) - 1) <= float(SUM_TOLERANCE) * (1 + _ROUNDING)
    )
    return found


def soft_label_measures(shares: ArrayLike, scores: ArrayLike, *, weights: ArrayLike | None = None) -> MeasuredRows:
    """Return measures of probabilities of labels of which an item has one, against the shares of raters.

    ====================  ============================================================================================
    ``log_loss``          Mean of -sum(share * ln(score)), in nats, 0 to 36.04; not below ``truth_entropy``.
    ``jensen_shannon``    Mean Jensen-Shannon divergence of shares and scores, in bits, 0 to 1; no square root.
    ``truth_entropy``     Mean of -sum(share * ln(share)), in nats, of the same items: the lowest log loss there is.
    ``zero_probability``  Share of the same items in which a label that a rater gave has a probability of 0, or one below
                          `LEAST_PROBABILITY`, which counts instead: of these items the log loss says little else.
    ``with_scores``       Share of items with shares that have scores.
    ====================  ============================================================================================

    Items without scores, and those whose scores are no distribution (`are_distributions`), are left out of all but
    ``with_scores``.

    Args:
        shares: The share of raters that gave each label, ``[N, K]``: distributions; rows of NaN do not count.
        scores: Probabilities ``[N, K]``; rows of NaN have none.
        weights: How much each row counts, numbers ``[N]`` of 0 or more; None counts each as 1.

    Returns:
        The measures; NaN where there is nothing to score. `num` is how many items, by weight, have scores.

    Raises:
        InvalidArgument: Arrays of another shape or type, NaN in a part of a row, infinite numbers, or shares that are no
            distribution.

    Cost: O(N * K).

    Example:
        >>> found = soft_label_measures([[2 / 3, 1 / 3, 0]], [[0.8, 0.1, 0.1]])
        >>> [round(found.value(name), 3) for name in ("log_loss", "jensen_shannon", "truth_entropy")]
        [0.916, 0.102, 0.637]
    """
    truth, given = _pair(shares, scores)
    counted = rows_with_numbers(truth, "shares")
    wrong = np.flatnonzero(counted & ~are_distributions(truth))
    if len(wrong):
        got = f"{float(truth[wrong[0]].sum())!r} in row {wrong[0]}"
        raise InvalidArgument(
            f"shares must be of sum 1, got {got}; divide votes by their number, NaN where there is none"
        )
    rows_with_numbers(given, "scores")
    scored = counted & are_distributions(given)
    true, score = (np.where(scored[:, None], each, 1.0) for each in (truth, given))
    true, score = (each / each.sum(axis=1, keepdims=True) for each in (true, score))
    parts = _parts(true[:, None, :], score[:, None, :])
    return _measured(parts, counted, scored, row_weights(weights, len(truth)))


def soft_set_measures(shares: ArrayLike, scores: ArrayLike, *, weights: ArrayLike | None = None) -> MeasuredRows:
    """Return measures of probabilities of labels of which an item may have several, against the shares of raters.

    Each label is a question of its own, yes or no: the measures are those of `soft_label_measures` of (share, 1 - share) and
    (score, 1 - score), and the mean over labels. Scores need no sum of 1; items with one outside of [0, 1] are left out.

    Args:
        shares: The share of raters that gave each label, 0 to 1, ``[N, K]``; rows of NaN do not count.
        scores: Probabilities ``[N, K]``; rows of NaN have none.
        weights: How much each row counts, numbers ``[N]`` of 0 or more; None counts each as 1.

    Returns:
        The measures of `soft_label_measures`. ``log_loss`` is below 36.05 nats, ``truth_entropy`` at most ln 2. In
        ``zero_probability``, 1 given to a label that not all raters gave counts too.

    Raises:
        InvalidArgument: Arrays of another shape or type, NaN in a part of a row, infinite numbers, or shares outside of
            [0, 1].

    Cost: O(N * K).

    Example:
        >>> found = soft_set_measures([[1, 1 / 3, 0]], [[0.9, 0.5, 0.1]])
        >>> [round(found.value(name), 3) for name in ("log_loss", "jensen_shannon", "truth_entropy")]
        [0.301, 0.042, 0.212]
    """
    truth, given = _pair(shares, scores)
    counted = rows_with_numbers(truth, "shares")
    scored = counted & rows_with_numbers(given, "scores") & np.all((given >= 0) & (given <= 1), axis=1)
    true, score = (np.where(scored[:, None], each, 0.0) for each in (truth, given))
    parts = _parts(np.stack([true, 1 - true], axis=2), np.stack([score, 1 - score], axis=2))
    return _measured(parts, counted, scored, row_weights(weights, len(truth)))


def _pair(shares: ArrayLike, scores: ArrayLike) -> tuple[Float64Array, Float64Array]:
    given = np.asarray(shares)
    if given.ndim != 2 or given.shape[1] == 0:
        raise InvalidArgument(
            f"shares must be numbers [N, K], got {given.dtype} of shape {given.shape}; give a row for each item"
        )
    shape = (given.shape[0], given.shape[1])
    truth = numbers(given, "shares", shape, least=0.0, most=1.0, nan_allowed=True)
    return truth, numbers(scores, "scores", shape, nan_allowed=True)


def _parts(truth: Float64Array, score: Float64Array) -> Float64Array:
    """Return log loss, divergence and entropy, means over Q questions ``[N, Q, K]``, and whether a score was raised."""
    loss = -(truth * np.log(np.maximum(score, LEAST_PROBABILITY))).sum(axis=2)
    entropy = _relative(truth, np.ones(truth.shape), np.log)
    middle = (truth + score) / 2
    divergence = (_relative(truth, middle, np.log2) + _relative(score, middle, np.log2)) / -2
    raised = ((truth > 0) & (score < LEAST_PROBABILITY)).any(axis=(1, 2))
    means = [loss.mean(axis=1), np.clip(divergence, 0, 1).mean(axis=1), entropy.mean(axis=1)]
    return np.stack([*means, raised], axis=1)


def _relative(a: Float64Array, b: Float64Array, log: np.ufunc) -> Float64Array:
    """Return -sum(a * log(a / b)) over the last axis; nothing is added where a is 0."""
    there = a > 0
    quotient = np.divide(a, b, out=np.ones(a.shape), where=there)
    total: Float64Array = -(a * log(quotient)).sum(axis=2)
    return total


def _measured(parts: Float64Array, counted: BoolArray, scored: BoolArray, weights: Float64Array) -> MeasuredRows:
    weight = np.where(counted, weights, 0.0)
    own = np.where(scored, weight, 0.0)
    columns = np.column_stack([weight, own, parts * own[:, None]])
    number = partial(_column, at=1)
    measures = [
        Measure(name, partial(_quotient, above=_COLUMNS.index(name), below=1), num=number) for name in _COLUMNS[2:]
    ]
    share = Measure("with_scores", partial(_quotient, above=1, below=0), num=partial(_column, at=0))
    return MeasuredRows(columns, counted, (*measures, share))


def _column(sums: Float64Array, at: int) -> Float64Array:
    return sums[:, at]


def _quotient(sums: Float64Array, above: int, below: int) -> Float64Array:
    return ratio(sums[:, above], sums[:, below])
