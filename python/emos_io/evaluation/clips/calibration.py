"""Calibration: whether confidence says how often answers are right, and how unsure raters were.

Answers without a confidence are left out, and counted. Tiers are compared within a source alone: they are no single scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import fsum

import numpy as np

from ..._arrays import BoolArray, Float64Array, Int64Array
from ...corpus import CONFIDENCE_TIERS
from ...corpus._frozen import freeze
from ...errors import InvalidArgument
from ..scores import ScoreTable
from ..sums import Measure, Measured, MeasuredPairs, MeasuredRows, PlainValue
from .reliability import BINNINGS, NUM_BINS, Reliability, checked_answers, reliability

NO_TIER = "none"
"""The tier of items that have none."""
WHY_NO_INTERVAL = "a draw holds answers more than once, which raises it: draws would lie above the value"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Measures of calibration and the tables behind them.

    Attributes:
        measured: The measures.
        tables: ``reliability_equal_width``, ``reliability_equal_mass`` and ``confidence_by_tier``.
        counts: ``with_confidence``, ``without_confidence`` and ``reliability_bins_equal_mass``; with scores ``with_scores`` and
            ``without_scores``.
    """

    measured: tuple[Measured, ...]
    tables: tuple[ScoreTable, ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "counts")


def calibration(
    confidence: Float64Array,
    right: BoolArray,
    *,
    tier: Sequence[str | None],
    source: Sequence[str],
    scores: Float64Array | None = None,
    truth: Int64Array | None = None,
    of: Mapping[str, str] | None = None,
) -> Calibration:
    """Return how well confidence and scores are calibrated.

    Args:
        confidence: float64 ``[N]`` in [0, 1]: of each answer, in its own label; NaN for none.
        right: bool ``[N]``: the answer is right.
        tier: The confidence tier of each item's truth; None or ``""`` for none.
        source: The source of each item. Tiers of two sources do not mean the same: of MELD's corrected labels "high" begins at
            .5, of CH-SIMS at .9 or where all raters agree.
        scores: float64 ``[N, K]``: a probability of each class; a row of NaN for none. None where nothing gave scores.
        truth: int64 ``[N]``: the class of the truth; needed with scores.
        of: What the tables are of, as of a `ScoreTable`.

    Returns:
        ``confidence_auroc``, ``confidence_brier``, ``mean_confidence`` and ``accuracy_with_confidence`` of all answers with a
        confidence; ``ece`` in 15 bins of equal width and in 15 of equal mass; with scores ``scores_brier``; then by source and
        tier ``mean_confidence`` and ``accuracy_with_confidence``, and by source ``confidence_gap``, low minus high.

    Raises:
        InvalidArgument: An array has another shape, or a value is out of its range.

    Cost: two sorts of the answers; columns for each pair of a source and a tier.

    Source: G. W. Brier, Verification of forecasts expressed in terms of probability, Monthly Weather Review 78 (1950); the gap
    between tiers is that of the paper of EmoS, Table 8; for others see `reliability`.

    Example:
        >>> confidence = np.array([1.0, 0.5, 0.25, np.nan])
        >>> right = np.array([True, True, False, True])
        >>> found = calibration(confidence, right, tier=["high", "high", "low", "low"], source=["meld"] * 4)
        >>> found.counts["without_confidence"], found.tables[2].rows
        (1, (('meld', 'high', 2, 0.75, 1.0), ('meld', 'low', 1, 0.25, 0.0)))
    """
    confidence, right = checked_answers(confidence, right)
    number = len(confidence)
    for name, values in (("tier", tier), ("source", source)):
        if len(values) != number:
            raise InvalidArgument(
                f"{name} must have a value for each of {number} answers, got {len(values)}; give one for each"
            )
    has_one = ~np.isnan(confidence)
    certain = np.where(has_one, confidence, 0.0)
    squares = np.where(has_one, (certain - right) ** 2, 0.0)
    bins = [reliability(confidence, right, binning=binning) for binning in BINNINGS]
    of = of or {}
    measured: list[Measured] = [
        MeasuredPairs("confidence_auroc", certain, right, has_one),
        MeasuredRows(
            np.column_stack([has_one, squares]).astype(np.float64), has_one, (Measure("confidence_brier", _mean),)
        ),
        _means(confidence, right, has_one, {}),
        *(_ece(each) for each in bins),
    ]
    counts = {
        "with_confidence": int(has_one.sum()),
        "without_confidence": int(number - has_one.sum()),
        "reliability_bins_equal_mass": len(bins[1].num),
    }
    if scores is not None:
        brier, has_scores = _scores_brier(scores, truth, number)
        measured.append(brier)
        counts |= {"with_scores": int(has_scores.sum()), "without_scores": int(number - has_scores.sum())}
    cells = _cells([each or NO_TIER for each in tier], source)
    measured += [_means(confidence, right, has_one & rows, of_cell) for rows, of_cell in cells]
    measured += [_gap(confidence, has_one, cells, name) for name in sorted(set(source))]
    tables = (*(_reliability_table(each, of) for each in bins), _tier_table(confidence, right, has_one, cells, of))
    return Calibration(tuple(measured), tables, counts)


def all_have_confidence(runs: Sequence[Float64Array]) -> BoolArray:
    """Return the items for which all runs have a confidence, bool ``[N]``.

    Calibration of several runs is compared on these: the calibration error of fewer answers is higher by chance alone.

    Args:
        runs: float64 ``[N]`` of each run, on the same items; NaN for none.

    Example:
        >>> all_have_confidence([np.array([0.5, np.nan, 0.7]), np.array([0.5, 0.6, 0.9])]).tolist()
        [True, False, True]
    """
    if not runs or any(np.shape(each) != np.shape(runs[0]) for each in runs):
        shapes = ", ".join(str(np.shape(each)) for each in runs) or "none"
        raise InvalidArgument(f"runs must be arrays of one shape, got {shapes}; give confidences of the same items")
    return np.asarray(~np.isnan(np.stack(runs)).any(axis=0), np.bool_)


def _mean(sums: Float64Array) -> Float64Array:
    return np.asarray(sums[:, 1] / sums[:, 0])


def _means(confidence: Float64Array, right: BoolArray, counted: BoolArray, of: Mapping[str, str]) -> MeasuredRows:
    """Return the mean confidence of some answers, and how many of them are right."""
    columns = np.column_stack([counted, np.where(counted, confidence, 0.0), counted & right]).astype(np.float64)
    accuracy = Measure("accuracy_with_confidence", lambda sums: np.asarray(sums[:, 2] / sums[:, 0]), of)
    return MeasuredRows(columns, counted, (Measure("mean_confidence", _mean, of), accuracy))


def _ece(bins: Reliability) -> PlainValue:
    value = bins.calibration_error
    number = len(bins.num)
    fewer = f"; {number} bins, since equal confidences are not parted" if 0 < number < NUM_BINS else ""
    return PlainValue(
        "ece",
        None if np.isnan(value) else value,
        int(bins.num.sum()),
        "no answer has a confidence" if np.isnan(value) else WHY_NO_INTERVAL + fewer,
        {"binning": bins.binning, "bins": str(NUM_BINS)},
    )


def _scores_brier(scores: Float64Array, truth: Int64Array | None, number: int) -> tuple[MeasuredRows, BoolArray]:
    """Return the squared distance of scores from the truth, summed over classes, and which items have scores."""
    if truth is None or np.shape(truth) != (number,) or np.ndim(scores) != 2 or len(scores) != number:
        shapes = f"shapes {np.shape(scores)} and {np.shape(truth) if truth is not None else None}"
        raise InvalidArgument(
            f"scores and truth must be arrays [answers, classes] and [answers] of {number} answers, got {shapes}; give "
            "one of each"
        )
    classes = scores.shape[1]
    lowest, highest = (int(truth.min()), int(truth.max())) if number else (0, -1)
    if lowest < 0 or highest >= classes:
        raise InvalidArgument(
            f"truth must be classes from 0 to {classes - 1}, got {lowest} to {highest}; leave out items without one"
        )
    has_scores = np.asarray(~np.isnan(scores).any(axis=1), np.bool_)
    outside = np.flatnonzero(has_scores & ((scores < 0) | (scores > 1)).any(axis=1))
    if len(outside):
        row = int(outside[0])
        raise InvalidArgument(
            f"scores must be from 0 to 1, or NaN for none, got {scores[row].min():g} to {scores[row].max():g}; give "
            "probabilities",
            index=row,
        )
    is_truth = np.arange(classes) == truth[:, None]
    squares = np.where(has_scores, ((np.where(has_scores[:, None], scores, 0.0) - is_truth) ** 2).sum(axis=1), 0.0)
    columns = np.column_stack([has_scores, squares]).astype(np.float64)
    return MeasuredRows(columns, has_scores, (Measure("scores_brier", _mean),)), has_scores


def _cells(tier: Sequence[str], source: Sequence[str]) -> list[tuple[BoolArray, dict[str, str]]]:
    """Return the rows of each pair of a source and a tier, by source, from high to low."""
    order = {name: rank for rank, name in enumerate((*CONFIDENCE_TIERS, NO_TIER))}
    pairs = sorted(
        set(zip(source, tier, strict=True)), key=lambda pair: (pair[0], order.get(pair[1], len(order)), pair[1])
    )
    sources, tiers = np.array(source, dtype=object), np.array(tier, dtype=object)
    return [((sources == name) & (tiers == each), {"source": name, "confidence_tier": each}) for name, each in pairs]


def _gap(
    confidence: Float64Array, has_one: BoolArray, cells: Sequence[tuple[BoolArray, Mapping[str, str]]], source: str
) -> MeasuredRows:
    """Return how much more confident answers are where raters were unsure: the mean of tier low minus that of tier high."""
    rows = {of["confidence_tier"]: own & has_one for own, of in cells if of["source"] == source}
    none = np.zeros(len(confidence), np.bool_)
    low, high = rows.get("low", none), rows.get("high", none)
    certain = np.where(has_one, confidence, 0.0)
    columns = np.column_stack([low, low * certain, high, high * certain]).astype(np.float64)

    def gap(sums: Float64Array) -> Float64Array:
        return np.asarray(sums[:, 1] / sums[:, 0] - sums[:, 3] / sums[:, 2])

    def num(sums: Float64Array) -> Float64Array:
        # Of one tier alone there is no gap, whatever answers it has.
        return np.asarray(np.where((sums[:, 0] > 0) & (sums[:, 2] > 0), sums[:, 0] + sums[:, 2], 0))

    both = (partial(_column, at=0), partial(_column, at=2))
    return MeasuredRows(columns, low | high, (Measure("confidence_gap", gap, {"source": source}, num, supports=both),))


def _column(sums: Float64Array, at: int) -> Float64Array:
    return sums[:, at]


def _reliability_table(bins: Reliability, of: Mapping[str, str]) -> ScoreTable:
    rows = zip(bins.low, bins.high, bins.num, bins.mean_confidence, bins.accuracy, strict=True)
    return ScoreTable(
        name=f"reliability_{bins.binning}",
        columns=("low", "high", "n", "mean_confidence", "accuracy"),
        rows=tuple(
            (float(low), float(high), int(num), float(mean) if num else None, float(accuracy) if num else None)
            for low, high, num, mean, accuracy in rows
        ),
        of=of,
    )


def _tier_table(
    confidence: Float64Array,
    right: BoolArray,
    has_one: BoolArray,
    cells: Sequence[tuple[BoolArray, Mapping[str, str]]],
    of: Mapping[str, str],
) -> ScoreTable:
    found: list[tuple[str, str, int, float | None, float | None]] = []
    for rows, cell in cells:
        own = rows & has_one
        num = int(own.sum())
        mean, accuracy = (fsum(confidence[own]) / num, int(right[own].sum()) / num) if num else (None, None)
        found.append((cell["source"], cell["confidence_tier"], num, mean, accuracy))
    columns = ("source", "confidence_tier", "n", "mean_confidence", "accuracy")
    return ScoreTable(name="confidence_by_tier", columns=columns, rows=tuple(found), of=of)
