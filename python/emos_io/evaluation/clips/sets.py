"""Measures of layers in which an item may have several labels: truth is soft, and two hard sets are made of it.

```text
 raters' shares      joy 1   love .33   pride .67        predicted {joy, love}
 any                 {joy, love, pride}                  Jaccard 2/3      a label that any rater gave
 two of three        {joy, pride}                        Jaccard 1/3      a label that two of three raters gave
 soft                                                    Jaccard 1.33/3   shares as they are
```
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import BoolArray, Float64Array
from ..._checks import choice
from ..sums import Measure, MeasuredRows, OfSums
from . import class_sums
from .arguments import checked_classes, flags, numbers, row_weights, rows_with_numbers
from .class_sums import class_parts, ratio

HardTruth = Literal["any", "two_of_three"]
"""Which labels are true: those that any rater gave, or those that two of three raters gave."""
HARD_TRUTHS: tuple[HardTruth, ...] = get_args(HardTruth)
SHARE_ROUNDING = 1e-3
"""How far below 2/3 a share may lie: shares are published with three digits or more. Of 332 raters or fewer no share other than
2/3 itself lies as near."""
_EXTRA = ("rows", "outside", "jaccard", "samples_f1", "exact_match", "empty_truth", "empty_answer_to_empty_truth")
"""Sums of a hard truth after those of its classes."""


def hard_sets(shares: ArrayLike, truth: HardTruth) -> BoolArray:
    """Return which labels are true of each item, bool of the shape of `shares`; none where a share is NaN.

    Args:
        shares: Shares of raters, or scores, 0 to 1.
        truth: ``"any"``: above 0; ``"two_of_three"``: 2/3 or more, to the rounding of shares (`SHARE_ROUNDING`).

    Raises:
        InvalidArgument: `truth` is another word.

    Example:
        >>> hard_sets([[1, 0, 0.6667, 0.3333]], "two_of_three").tolist()
        [[True, False, True, False]]
    """
    given = np.asarray(shares, np.float64)
    above: BoolArray = given > 0
    if choice(truth, HARD_TRUTHS, "truth") == "two_of_three":
        above = given >= 2 / 3 - SHARE_ROUNDING
    return above


def set_measures(
    shares: ArrayLike,
    predicted: ArrayLike,
    classes: Sequence[str],
    *,
    answered: ArrayLike | None = None,
    num_outside: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> MeasuredRows:
    """Return measures of sets of labels against both hard truths (``truth``: ``any``, ``two_of_three``), and the soft one.

    ===================================  =============================================================================
    ``jaccard``                          Mean over items of labels in both sets, by labels in either. Also of ``soft``
                                         truth: sum of the lower of share and answer, by sum of the higher.
    ``samples_f1``                       Mean over items of F1: twice what both sets have, by their sizes.
    ``exact_match``                      Share of items with the very set.
    ``micro_f1``                         F1 of all labels of all items, with ``micro_precision``, ``micro_recall``.
    ``macro_f1``, ``macro_f1_all``,      As of one label an item, see `confusion_measures`; ``precision``, ``recall`` and
    ``weighted_f1``                      ``f1`` of each class.
    ``empty_truth``                      Share of items without a true label.
    ``empty_answer_to_empty_truth``      Share of items without a true label that were answered with an empty set.
    ===================================  =============================================================================

    Of an item, an empty answer to an empty truth scores 1, and another answer to it, or an empty answer to another truth, 0.
    No answer scores 0 always: it is no empty set.

    Args:
        shares: The share of raters that gave each label, 0 to 1, ``[N, K]``; rows of NaN have no truth and do not count.
        predicted: bool ``[N, K]``: which labels were answered.
        classes: Names of the K labels.
        answered: bool ``[N]``: whether there is an answer; None for all. Without one, `predicted` is not looked at.
        num_outside: How many further words each answer has, outside of the classes, ``[N]``; None for none. Each is a false
            label in ``jaccard``, ``samples_f1``, ``exact_match`` and ``micro_f1``, and of no class.
        weights: How much each row counts, numbers ``[N]`` of 0 or more; None counts each as 1.

    Returns:
        Measures in [0, 1]; NaN where there is nothing to score.

    Raises:
        InvalidArgument: Arrays of another shape or type, a share outside of [0, 1], NaN in a part of a row, or classes that
            are not different names.

    Cost: O(N * K).

    Example:
        >>> shares, answers = [[1, 1 / 3, 2 / 3], [1 / 3, 0, 0]], [[True, True, False], [False, False, False]]
        >>> found = set_measures(shares, answers, ["joy", "love", "pride"])
        >>> round(found.value("jaccard", truth="any"), 3), round(found.value("jaccard", truth="two_of_three"), 3)
        (0.333, 0.667)
        >>> found.value("empty_truth", truth="two_of_three")
        0.5
    """
    names = checked_classes(classes)
    num_rows = len(np.asarray(predicted))
    soft = numbers(shares, "shares", (num_rows, len(names)), least=0.0, most=1.0, nan_allowed=True)
    counted = rows_with_numbers(soft, "shares")
    there = flags(answered, "answered", (num_rows,))
    answer = flags(predicted, "predicted", soft.shape) & there[:, None]
    zeros = np.zeros(num_rows)
    extra = zeros if num_outside is None else numbers(num_outside, "num_outside", (num_rows,), least=0.0)
    extra = np.where(there, extra, 0.0)
    weight = np.where(counted, row_weights(weights, num_rows), 0.0)
    columns: list[Float64Array] = []
    measures: list[Measure] = []
    for truth in HARD_TRUTHS:
        start = sum(each.shape[1] for each in columns)
        own = _hard_columns(hard_sets(soft, truth), answer, extra, there) * weight[:, None]
        own_measures = _hard_measures(own[:, len(names) : 2 * len(names)].sum(axis=0) > 0, names, truth)
        columns.append(own)
        measures += [_of_columns(each, start, start + own.shape[1]) for each in own_measures]
    start = sum(each.shape[1] for each in columns)
    overlap = _soft_jaccard(np.where(counted[:, None], soft, 0.0), answer, extra, there)
    columns.append(np.stack([weight, overlap * weight], axis=1))
    measures.append(
        _of_columns(Measure("jaccard", partial(_quotient, above=1), {"truth": "soft"}, _total), start, start + 2)
    )
    return MeasuredRows(np.hstack(columns), counted, tuple(measures))


def _hard_columns(truth: BoolArray, answer: BoolArray, extra: Float64Array, there: BoolArray) -> Float64Array:
    """Return right, truth and predicted of each class, then the sums of `_EXTRA`, for rows that weigh 1."""
    right = truth & answer
    num_right, num_true = right.sum(axis=1), truth.sum(axis=1)
    num_answered = answer.sum(axis=1) + extra
    union, sizes = num_true + num_answered - num_right, num_true + num_answered
    both_empty = there & (union == 0)
    jaccard = np.divide(num_right, union, out=both_empty.astype(np.float64), where=union > 0)
    f1 = np.divide(2 * num_right, sizes, out=both_empty.astype(np.float64), where=sizes > 0)
    exact = there & (num_right == union)
    rows = np.ones(len(truth))
    others = np.stack([rows, extra, jaccard, f1, exact, num_true == 0, both_empty], axis=1)
    return np.hstack([right, truth, answer, others])


def _soft_jaccard(shares: Float64Array, answer: BoolArray, extra: Float64Array, there: BoolArray) -> Float64Array:
    lower, higher = np.minimum(shares, answer).sum(axis=1), np.maximum(shares, answer).sum(axis=1) + extra
    index: Float64Array = np.divide(lower, higher, out=there.astype(np.float64), where=higher > 0)
    return index


def _hard_measures(fixed: BoolArray, names: tuple[str, ...], truth: HardTruth) -> list[Measure]:
    of = {"truth": truth}
    num = len(names)
    extra = {name: 3 * num + index for index, name in enumerate(_EXTRA)}
    total = partial(_total, at=extra["rows"])
    means = ("jaccard", "samples_f1", "exact_match", "empty_truth", "empty_answer_to_empty_truth")
    found = [Measure(name, partial(_quotient, above=extra[name], below=extra["rows"]), of, total) for name in means]
    for name in ("micro_f1", "micro_precision", "micro_recall"):
        needed = partial(_micro_labels, num_classes=num, name=name)
        found.append(Measure(name, partial(_micro, num_classes=num, name=name), of, total, supports=(needed,)))
    lacks = partial(class_sums.lacks_f1, fixed=fixed)
    found += [
        Measure("macro_f1", partial(class_sums.mean_f1, fixed=fixed), of, total, lacks),
        Measure("macro_f1_all", partial(class_sums.mean_f1_all, num_classes=num), of, total),
        Measure("weighted_f1", partial(class_sums.mean_f1_weighted, num_classes=num), of, total),
    ]
    classwise = [_of_columns(each, 0, 3 * num) for each in (*found[-3:], *class_sums.class_measures(names, of))]
    # The rows lie behind the classes.
    return [*found[:-3], *(replace(each, num=total) for each in classwise[:3]), *classwise[3:]]


def _of_columns(measure: Measure, start: int, stop: int) -> Measure:
    """Return a measure of some of the sums as one of all."""
    shift = partial(_shifted, start=start, stop=stop)
    return replace(
        measure,
        of_sums=partial(shift, measure.of_sums),
        num=None if measure.num is None else partial(shift, measure.num),
        leaves_out=None if measure.leaves_out is None else partial(shift, measure.leaves_out),
        supports=tuple(partial(shift, each) for each in measure.supports),
    )


def _shifted(of_sums: OfSums, sums: Float64Array, start: int, stop: int) -> Float64Array:
    return of_sums(sums[:, start:stop])


def _quotient(sums: Float64Array, above: int, below: int = 0) -> Float64Array:
    return ratio(sums[:, above], sums[:, below])


def _total(sums: Float64Array, at: int = 0) -> Float64Array:
    return sums[:, at]


def _micro(sums: Float64Array, num_classes: int, name: str) -> Float64Array:
    right = class_parts(sums, num_classes)[0].sum(axis=1)
    return ratio(2 * right if name == "micro_f1" else right, _micro_labels(sums, num_classes, name))


def _micro_labels(sums: Float64Array, num_classes: int, name: str) -> Float64Array:
    """Return how many labels a measure divides by."""
    _, truth_parts, predicted = class_parts(sums, num_classes)
    truth: Float64Array = truth_parts.sum(axis=1)
    answered: Float64Array = predicted.sum(axis=1) + sums[:, 3 * num_classes + _EXTRA.index("outside")]
    match name:
        case "micro_precision":
            return answered
        case "micro_recall":
            return truth
    return truth + answered
