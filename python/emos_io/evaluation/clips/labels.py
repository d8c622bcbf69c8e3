"""Measures of one label an item: accuracy, F1, recall; of seconds too, since they are functions of a confusion matrix.

```text
 truth      predicted ──▶  Anger  Joy  Sadness  none or outside
 Anger                         7    1        0                2      a word outside of the classes is a miss of Anger,
 Joy                           0    9        1                0      and a false answer of nothing
 Sadness                       0    0        0                0      no truth: no part of macro F1
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import BoolArray, Float64Array, Int64Array
from ...errors import InvalidArgument
from ..scores import ScoreTable
from ..sums import Measure, MeasuredRows
from . import class_sums
from .arguments import NO_CLASS, checked_classes, class_indices, flags, numbers, row_weights

OUTSIDE = "none_or_outside"
"""The last column of a confusion table: no answer, an invalid one, or a word outside of the classes."""


def label_measures(
    truth: ArrayLike, predicted: ArrayLike, classes: Sequence[str], *, weights: ArrayLike | None = None
) -> MeasuredRows:
    """Return accuracy, macro F1 and more of one label a row, as functions of sums.

    Args:
        truth: Class indices, integers ``[N]``; rows with -1 have no truth and do not count.
        predicted: Class indices, integers ``[N]``; -1 for no answer, an invalid one, or a word outside of the classes: a miss.
        classes: Names of the K classes, in the order of their indices.
        weights: How much each row counts, such as seconds: numbers ``[N]`` of 0 or more; None counts each as 1.

    Returns:
        Measures in [0, 1]; NaN where there is nothing to score. See `confusion_measures`.

    Raises:
        InvalidArgument: Arrays of another shape or type, an index out of range, or classes that are not different names.

    Cost: O(N * K) memory.

    Example:
        >>> found = label_measures([0, 0, 1, 1], [0, 1, 1, -1], ["Anger", "Joy", "Fear"])
        >>> found.value("accuracy"), found.value("recall", **{"class": "Anger"}), found.value("recall", **{"class": "Fear"})
        (0.5, 0.5, nan)
        >>> round(found.value("macro_f1"), 3), round(found.value("macro_f1_all"), 3)
        (0.583, 0.389)
    """
    names = checked_classes(classes)
    true, answer = _pair(truth, predicted, len(names))
    weight = row_weights(weights, len(true))
    counted = true != NO_CLASS
    columns = np.zeros((len(true), 3, len(names)))
    rows = np.flatnonzero(counted)
    answered = rows[answer[rows] != NO_CLASS]
    right = rows[answer[rows] == true[rows]]
    columns[right, 0, true[right]] = weight[right]
    columns[rows, 1, true[rows]] = weight[rows]
    columns[answered, 2, answer[answered]] = weight[answered]
    return _measured(columns.reshape(len(true), 3 * len(names)), counted, names)


def confusion_measures(
    confusion: ArrayLike, classes: Sequence[str], *, counted: BoolArray | None = None
) -> MeasuredRows:
    """Return the measures of `label_measures` of a confusion matrix a row, such as the seconds of a monologue.

    ==================  ==============================================================================================
    ``accuracy``        What is right, by all truth.
    ``macro_f1``        Mean F1 of the classes with truth in these rows. They are fixed here: a draw of the rows that has
                        neither truth nor predictions of one leaves it out of its mean, and one that has predictions of it
                        alone takes 0 for it. `Measure.leaves_out` says which draws leave one out.
    ``macro_f1_all``    Mean F1 of all classes; 0 for one with neither truth nor predictions.
    ``weighted_f1``     Mean F1 weighted by truth.
    ``uar``             Mean recall of the classes with truth in these rows; a draw without truth of one leaves it out.
    ``precision``       Of each class (``class``): right by predicted; NaN where it was never predicted.
    ``recall``          Of each class: right by truth; NaN where it has no truth.
    ``f1``              Of each class: twice what is right, by truth and predicted; NaN where both are 0.
    ==================  ==============================================================================================

    A slice has other classes with truth: call this again with its rows, rather than draw on the measures of all rows.

    Args:
        confusion: Numbers of 0 or more ``[N, K * (K + 1)]``: for each row the matrix ``[K, K + 1]`` of truth by prediction, one
            line after the other; the last column is no answer, or one outside of the classes.
        classes: Names of the K classes.
        counted: Which rows count, bool ``[N]``; None for all.

    Returns:
        Three columns a class: right, truth, predicted. `num` is the sum of truth, of the class where there is one.

    Raises:
        InvalidArgument: Numbers of another shape, negative or not finite, or classes that are not different names.

    Cost: O(N * K * K).

    Example:
        >>> seconds = [[30, 10, 0, 5, 50, 5]]                    # one monologue: Anger for 40 s, Joy for 60 s
        >>> found = confusion_measures(seconds, ["Anger", "Joy"])
        >>> found.value("accuracy"), round(found.value("macro_f1"), 3)
        (0.8, 0.817)
    """
    names = checked_classes(classes)
    num = len(names)
    given = np.asarray(confusion)
    matrix = numbers(given, "confusion", (given.shape[0] if given.ndim else 0, num * (num + 1)), least=0.0)
    cells = matrix.reshape(-1, num, num + 1)
    index = np.arange(num)
    columns = np.stack([cells[:, index, index], cells.sum(axis=2), cells[:, :, :num].sum(axis=1)], axis=1)
    return _measured(columns.reshape(-1, 3 * num), flags(counted, "counted", (len(cells),)), names)


def confusion_matrix(
    truth: ArrayLike, predicted: ArrayLike, num_classes: int, *, weights: ArrayLike | None = None
) -> Float64Array:
    """Return how much of each true class got each answer, float64 ``[K, K + 1]``, the last one no answer or another word.

    Rows without truth add nothing. Raveled, it is one row of `confusion_measures`.

    Args:
        truth, predicted, weights: As of `label_measures`.
        num_classes: K.

    Raises:
        InvalidArgument: As of `label_measures`.

    Example:
        >>> confusion_matrix([0, 0, 1], [0, -1, 0], 2).tolist()
        [[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    true, answer = _pair(truth, predicted, num_classes)
    weight = row_weights(weights, len(true))
    there = true != NO_CLASS
    column = np.where(answer == NO_CLASS, num_classes, answer)
    found = np.zeros((num_classes, num_classes + 1))
    np.add.at(found, (true[there], column[there]), weight[there])
    return found


def confusion_table(confusion: ArrayLike, classes: Sequence[str], *, of: Mapping[str, str] | None = None) -> ScoreTable:
    """Return a confusion matrix as the table ``confusion``: a row for each true class.

    Args:
        confusion: Numbers ``[K, K + 1]``, as `confusion_matrix` gives them. Whole ones are written as integers.
        classes: Names of the K classes.
        of: What it is of.

    Raises:
        InvalidArgument: Numbers of another shape, negative or not finite, or classes that are not different names.

    Example:
        >>> table = confusion_table(confusion_matrix([0, 0, 1], [0, -1, 0], 2), ["Anger", "Joy"])
        >>> table.columns, table.rows
        (('truth', 'Anger', 'Joy', 'none_or_outside'), (('Anger', 1, 0, 1), ('Joy', 1, 0, 0)))
    """
    names = checked_classes(classes)
    cells = numbers(confusion, "confusion", (len(names), len(names) + 1), least=0.0).tolist()
    rows = [(name, *(int(x) if x.is_integer() else x for x in line)) for name, line in zip(names, cells, strict=True)]
    return ScoreTable(name="confusion", columns=("truth", *names, OUTSIDE), rows=tuple(rows), of=of or {})


def _pair(truth: ArrayLike, predicted: ArrayLike, num_classes: int) -> tuple[Int64Array, Int64Array]:
    true, answer = class_indices(truth, "truth", num_classes), class_indices(predicted, "predicted", num_classes)
    if len(true) != len(answer):
        got = f"{len(answer)} for {len(true)} of truth"
        raise InvalidArgument(f"predicted must be as many as truth, got {got}; give -1 for a row without an answer")
    return true, answer


def _measured(columns: Float64Array, counted: BoolArray, names: tuple[str, ...]) -> MeasuredRows:
    num = len(names)
    fixed: BoolArray = columns[counted, num : 2 * num].sum(axis=0) > 0
    total = partial(class_sums.truth_sum, num_classes=num)
    f1_lacks, recall_lacks = partial(class_sums.lacks_f1, fixed=fixed), partial(class_sums.lacks_truth, fixed=fixed)
    measures = [
        Measure("accuracy", partial(class_sums.share_right, num_classes=num), num=total),
        Measure("macro_f1", partial(class_sums.mean_f1, fixed=fixed), num=total, leaves_out=f1_lacks),
        Measure("macro_f1_all", partial(class_sums.mean_f1_all, num_classes=num), num=total),
        Measure("weighted_f1", partial(class_sums.mean_f1_weighted, num_classes=num), num=total),
        Measure("uar", partial(class_sums.mean_recall, fixed=fixed), num=total, leaves_out=recall_lacks),
    ]
    return MeasuredRows(columns, counted, (*measures, *class_sums.class_measures(names, {})))
