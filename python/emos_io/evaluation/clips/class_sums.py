"""What is computed of three sums a class: how much was right, how much truth there is, how much was predicted.

Sums are float64 ``[D, 3 * K]``: K of right answers, K of truth, K of predictions. Clips with one label, clips with sets of
labels and seconds of monologues all come to these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from ..._arrays import BoolArray, Float64Array
from ..sums import Measure


def class_parts(sums: Float64Array, num_classes: int) -> tuple[Float64Array, Float64Array, Float64Array]:
    """Return the sums of right answers, of truth and of predictions, each float64 ``[D, K]``."""
    right, truth, predicted = (sums[:, part * num_classes : (part + 1) * num_classes] for part in range(3))
    return right, truth, predicted


def ratio(above: Float64Array, below: Float64Array) -> Float64Array:
    """Return a quotient of sums; NaN where the lower one is 0."""
    result: Float64Array = np.divide(above, below, out=np.full(np.shape(below), np.nan), where=below > 0)
    return result


def class_f1(sums: Float64Array, num_classes: int) -> Float64Array:
    """Return the F1 of each class, float64 ``[D, K]``; NaN where a class has neither truth nor predictions."""
    right, truth, predicted = class_parts(sums, num_classes)
    return ratio(2 * right, truth + predicted)


def mean_f1(sums: Float64Array, fixed: BoolArray) -> Float64Array:
    """Return the mean F1 of the fixed classes; one that the sums have nothing of is left out."""
    return _mean(class_f1(sums, len(fixed)), fixed)


def mean_f1_all(sums: Float64Array, num_classes: int) -> Float64Array:
    """Return the mean F1 of all classes, with 0 for one that the sums have nothing of; NaN where no class has any."""
    values = class_f1(sums, num_classes)
    lacking = np.isnan(values)
    total: Float64Array = np.where(lacking, 0.0, values).sum(axis=1)
    total[lacking.all(axis=1)] = np.nan
    return total / num_classes


def mean_f1_weighted(sums: Float64Array, num_classes: int) -> Float64Array:
    """Return the mean F1 of all classes, each weighted by its truth."""
    truth = class_parts(sums, num_classes)[1]
    parts = np.where(truth > 0, class_f1(sums, num_classes) * truth, 0.0)
    return ratio(parts.sum(axis=1), truth_sum(sums, num_classes))


def mean_recall(sums: Float64Array, fixed: BoolArray) -> Float64Array:
    """Return the mean recall of the fixed classes; one that the sums have no truth of is left out."""
    right, truth, _ = class_parts(sums, len(fixed))
    return _mean(ratio(right, truth), fixed)


def share_right(sums: Float64Array, num_classes: int) -> Float64Array:
    """Return the sum of right answers by the sum of truth."""
    right = class_parts(sums, num_classes)[0].sum(axis=1)
    return ratio(right, truth_sum(sums, num_classes))


def truth_sum(sums: Float64Array, num_classes: int) -> Float64Array:
    """Return how much truth there is."""
    total: Float64Array = class_parts(sums, num_classes)[1].sum(axis=1)
    return total


def lacks_f1(sums: Float64Array, fixed: BoolArray) -> Float64Array:
    """Return 1 where `mean_f1` leaves a fixed class out, else 0."""
    return _is_any(np.isnan(class_f1(sums, len(fixed))) & fixed)


def lacks_truth(sums: Float64Array, fixed: BoolArray) -> Float64Array:
    """Return 1 where `mean_recall` leaves a fixed class out, else 0."""
    return _is_any((class_parts(sums, len(fixed))[1] == 0) & fixed)


def class_measures(classes: Sequence[str], of: Mapping[str, str]) -> list[Measure]:
    """Return precision, recall and F1 of each class, with ``class`` beside `of`; `num` is the truth of the class.

    A cluster counts for recall where it has truth of the class, for precision where it has predictions, for F1 where either.
    """
    found: list[Measure] = []
    for index, name in enumerate(classes):
        at = partial(_one_class, index=index, num_classes=len(classes))
        own = {**of, "class": name}
        support = partial(at, kind="support")
        needs = {"precision": "answers", "recall": "support", "f1": "either"}
        found += [
            Measure(kind, partial(at, kind=kind), own, support, supports=(partial(at, kind=need),))
            for kind, need in needs.items()
        ]
    return found


def _one_class(sums: Float64Array, index: int, num_classes: int, kind: str) -> Float64Array:
    right, truth, predicted = (part[:, index] for part in class_parts(sums, num_classes))
    match kind:
        case "precision":
            return ratio(right, predicted)
        case "recall":
            return ratio(right, truth)
        case "f1":
            return ratio(2 * right, truth + predicted)
        case "answers":
            return predicted
        case "either":
            return truth + predicted
    return truth


def _is_any(lacking: BoolArray) -> Float64Array:
    found: BoolArray = np.any(lacking, axis=1)
    return found.astype(np.float64)


def _mean(values: Float64Array, fixed: BoolArray) -> Float64Array:
    there = ~np.isnan(values) & fixed
    return ratio(np.where(there, values, 0.0).sum(axis=1), there.sum(axis=1).astype(np.float64))
