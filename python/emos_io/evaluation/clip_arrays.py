"""Clips and the predictions of them as arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from .._arrays import Float64Array
from ..corpus import Clip, Decision
from .answers import LayerAnswers, number_of
from .clips.intensity import LEVELS
from .matched import MatchedClips
from .prediction_rules import used_score
from .predictions import Prediction
from .rater_shares import set_shares

INTENSITY = "intensity"
_MOST_LEVELS = 2**20
"""Sums of squares of levels are exact up to here, of 8,000 clips and more."""


def clip_arrays(
    items: Sequence[Clip], rows: Sequence[Prediction | None], layer: str, answers: LayerAnswers
) -> MatchedClips:
    """Return clips that have truth in a layer, and the row that counts for each, as arrays.

    Cost: one pass over items and rows.
    """
    shape = len(items), len(answers.labels)
    truth, predicted = np.full(len(items), -1, np.int64), np.full(len(items), -1, np.int64)
    valid = np.zeros(len(items), np.bool_)
    confidence, scores = np.full(len(items), np.nan), np.full(shape, np.nan)
    truth_scores, truth_sets, predicted_sets = np.zeros(shape), np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    num_outside = np.zeros(len(items), np.int64)
    truth_values, predicted_values = np.full(len(items), np.nan), np.full(len(items), np.nan)
    has_one = answers.taxonomy is not None and not answers.takes_sets
    if answers.takes_sets:
        truth_scores = set_shares(items, layer, answers.labels)
    for n, (item, row) in enumerate(zip(items, rows, strict=True)):
        decision = item.decisions[layer]
        for label in decision.labels:
            if label in answers.index:
                truth_sets[n, answers.index[label]] = True
        if not answers.takes_sets:
            _set_scores(truth_scores, n, decision.scores, answers.index)
        if has_one:
            truth[n] = answers.index[decision.labels[0]]
        elif answers.taxonomy is None:
            truth_values[n] = _number_of(decision)
        if row is None or row.error:
            continue
        valid[n] = answers.is_valid(row)
        num_outside[n] = len(answers.outside(row))
        given = answers.scores(row)
        if given and shape[1]:
            scores[n] = 0.0
            _set_scores(scores, n, given, answers.index)
        confidence[n] = confidence_of(row, answers)
        if not valid[n]:
            continue
        if answers.taxonomy is None:
            number = answers.number(row)
            predicted_values[n] = math.nan if number is None else number
            continue
        for word in answers.words(row):
            if word in answers.index:
                predicted_sets[n, answers.index[word]] = True
                if has_one:
                    predicted[n] = answers.index[word]
    return MatchedClips(
        items=tuple(items),
        rows=tuple(rows),
        answered=np.array([row is not None for row in rows], np.bool_),
        valid=valid,
        truth=truth,
        predicted=predicted,
        confidence=confidence,
        scores=scores,
        truth_scores=truth_scores,
        truth_sets=truth_sets,
        predicted_sets=predicted_sets,
        num_outside=num_outside,
        truth_values=truth_values,
        predicted_values=predicted_values,
    )


def confidence_of(row: Prediction, answers: LayerAnswers) -> float:
    """Return the confidence as given, else the score of the one label where `scores` has it, at most 1; NaN for none."""
    if row.error:
        return math.nan
    if row.confidence is not None:
        return used_score(row.confidence)
    words = answers.words(row)
    if answers.takes_sets or len(words) != 1:
        return math.nan
    return answers.scores(row).get(words[0], math.nan)


def has_truth(item: Clip, layer: str, answers: LayerAnswers) -> bool:
    """Return whether a clip has truth in a layer: one label of it, a set (an empty one too), or a number."""
    decision = item.decisions.get(layer)
    if decision is None:
        return False
    if answers.taxonomy is None:
        return math.isfinite(_number_of(decision))
    return answers.takes_sets or (decision.label is not None and decision.label in answers.index)


def truth_levels(items: Iterable[Clip], layer: str) -> tuple[int, int] | None:
    """Return the lowest and the highest level of a layer of numbers, over the truth of all clips.

    They are two levels at least; those of `intensity` are 1 to 5, and more where truth has more. Where some truth is no whole
    number, or lies 2**20 from another, there are no levels: None.
    """
    given = (_number_of(item.decisions[layer]) for item in items if layer in item.decisions)
    truth = {number for number in given if math.isfinite(number)} | set(
        map(float, LEVELS if layer == INTENSITY else ())
    )
    if not truth or not all(number.is_integer() for number in truth):
        return None
    low, high = int(min(truth)), int(max(truth))
    return (low, max(high, low + 1)) if high - low <= _MOST_LEVELS else None


def _number_of(decision: Decision) -> float:
    number = None if decision.label is None else number_of(decision.label)
    return math.nan if number is None else number


def _set_scores(found: Float64Array, n: int, scores: Mapping[str, float], index: Mapping[str, int]) -> None:
    for label, score in scores.items():
        if label in index:
            found[n, index[label]] = score
