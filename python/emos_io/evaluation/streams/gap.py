"""What a system loses by not seeing the future: a measure of its offline predictions minus that of its online ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import zip_longest

import numpy as np

from ..._arrays import Float64Array
from ...corpus import Finding, Findings
from ...errors import InvalidArgument, short_repr
from ..predictions import Prediction, Predictions
from ..sums import Measure, Measured, MeasuredPairs, MeasuredRows, OfSums, PlainValue

RowKey = tuple[str, str, Fraction | None, Fraction | None]
"""What says that two predictions are about the same: key, layer, start and end."""
Measuring = Callable[[Predictions], Sequence[Measured]]
"""What measures predictions: the same measures of the same rows for whatever predictions."""

NAME = "online_offline_gap"
_WHY_DIFFERENCE = "a difference of two values without intervals has none"
_WHY_PAIRS = "a measure over pairs of rows is no function of sums; compare its two values by their own draws"


@dataclass(frozen=True, slots=True)
class OnlineOfflineGap:
    """Differences of measures, and what could not be compared.

    Attributes:
        measured: A gap for each measure; those of rows have intervals, as other measures of rows.
        findings: Predictions that only one of the two has, which are left out of both.
    """

    measured: tuple[Measured, ...]
    findings: Findings


def online_offline_gap(online: Predictions, offline: Predictions, measure: Measuring) -> OnlineOfflineGap:
    """Return by how much offline predictions are better than online ones, by every measure.

    Both are cut to the predictions that both have, by key, layer and span, so that a gap is never one of coverage. Where the
    two were made by a causal model, whose answers do not depend on what comes later, every gap is exactly 0.

    Args:
        online: Predictions of a system that saw nothing later than each of them.
        offline: Predictions of the same system, of the same windows, that saw everything.
        measure: Measures predictions against the truth.

    Returns:
        The gaps, M(offline) - M(online), named ``online_offline_gap``; see `gaps`. For errors, such as ``mae``, a gap below 0
        says that the offline predictions are better.

    Cost: `measure` runs twice.
    """
    first, second, findings = shared_rows(online, offline)
    return OnlineOfflineGap(gaps(measure(first), measure(second)), findings)


def shared_rows(online: Predictions, offline: Predictions) -> tuple[Predictions, Predictions, Findings]:
    """Return both with only the predictions that the other has too, and a finding for each of the others.

    Predictions that come again in one of the two are left as they are.

    Example:
        >>> one = Predictions([Prediction(key=key, layer="basic7", label="Joy") for key in ("a", "b")])
        >>> first, second, findings = shared_rows(one, Predictions(one.rows[:1], name="offline"))
        >>> len(first), len(second), findings.counts()
        (1, 1, {'unpaired_prediction': 1})
    """
    shared = {_row_key(row) for row in online} & {_row_key(row) for row in offline}
    findings: list[Finding] = []
    kept: list[Predictions] = []
    for predictions, name, other in ((online, "online", "offline"), (offline, "offline", "online")):
        rows = [row for row in predictions if _row_key(row) in shared]
        kept.append(replace(predictions, rows=tuple(rows)))
        findings += [
            Finding(
                "unpaired_prediction",
                f"{predictions.name or name}, line {row.line}" if row.line else row.key,
                f"the {other} predictions have none of the same key, layer and span as {_described(row)}",
                "it is left out of the gap",
            )
            for row in predictions
            if _row_key(row) not in shared
        ]
    return kept[0], kept[1], Findings(findings)


def gaps(online: Sequence[Measured], offline: Sequence[Measured]) -> tuple[Measured, ...]:
    """Return the difference of each measure, offline minus online, as a measure of the same rows.

    A row is one of both, so draws of rows are paired: a draw has the same monologues in both. Rows that do not count in one of
    the two do not count in the gap.

    Args:
        online, offline: The same measures, in one order, of the same rows.

    Returns:
        Measures named ``online_offline_gap``, whose `of` is that of the measure and its name: ``{"measure": "accuracy", ...}``.
        Plain values give plain values, None where one is None. A measure over pairs of rows gives None: compare its two values
        by their own draws.

    Raises:
        InvalidArgument: The two have not the same measures or not as many rows.

    Example:
        >>> def accuracy(right):
        ...     measure = Measure("accuracy", lambda sums: sums[:, 0] / sums[:, 1])
        ...     return MeasuredRows(np.array([[each, 10.0] for each in right]), np.ones(len(right), bool), (measure,))
        >>> found, = gaps([accuracy([5, 7])], [accuracy([8, 9])])
        >>> found.value("online_offline_gap", measure="accuracy")
        0.25
    """
    names = [[_names(each) for each in measured] for measured in (online, offline)]
    if names[0] != names[1]:
        raise InvalidArgument(
            f"offline must have the measures of online, got {_first_other(*names)}; measure both by one function"
        )
    return tuple(_gap(first, second) for first, second in zip(online, offline, strict=True))


def _gap(online: Measured, offline: Measured) -> Measured:
    if isinstance(online, MeasuredRows) and isinstance(offline, MeasuredRows):
        return _gap_of_rows(online, offline)
    if isinstance(online, PlainValue) and isinstance(offline, PlainValue):
        value = None if online.value is None or offline.value is None else offline.value - online.value
        missing = next((each.why for each in (online, offline) if each.value is None), "")
        of = {"measure": online.name, **online.of}
        return PlainValue(NAME, value, min(online.num, offline.num), missing or _WHY_DIFFERENCE, of)
    if isinstance(online, MeasuredPairs) and isinstance(offline, MeasuredPairs):
        counted = int((online.counted & offline.counted).sum())
        return PlainValue(NAME, None, counted, _WHY_PAIRS, {"measure": online.name, **online.of})
    raise InvalidArgument(
        f"offline must have measures of one kind with online, got a {type(offline).__name__} for a {type(online).__name__}; "
        "measure both by one function"
    )


def _gap_of_rows(online: MeasuredRows, offline: MeasuredRows) -> MeasuredRows:
    if len(online.columns) != len(offline.columns):
        first, second = len(online.columns), len(offline.columns)
        raise InvalidArgument(
            f"offline must have as many rows as online, {first}, got {second}; measure the same items"
        )
    width = online.columns.shape[1]
    pairs = zip(online.measures, offline.measures, strict=True)
    measures = tuple(_difference(first, second, width) for first, second in pairs)
    columns = np.concatenate([online.columns, offline.columns], axis=1)
    return MeasuredRows(columns, online.counted & offline.counted, measures)


def _difference(online: Measure, offline: Measure, width: int) -> Measure:
    """The measure of the columns from `width` on, minus that of those before."""

    def of_sums(sums: Float64Array) -> Float64Array:
        value: Float64Array = offline.of_sums(sums[:, width:]) - online.of_sums(sums[:, :width])
        return value

    def leaves_out(sums: Float64Array) -> Float64Array:
        found = np.zeros(len(sums))
        for part, measure in ((sums[:, :width], online), (sums[:, width:], offline)):
            if measure.leaves_out is not None:
                found = np.maximum(found, measure.leaves_out(part))
        return found

    either = online.leaves_out or offline.leaves_out
    of = {"measure": online.name, **online.of}
    supports = (*_shifted(online, None, width), *_shifted(offline, width, None))
    return Measure(NAME, of_sums, of, _num(online, width), leaves_out if either else None, online.why, supports)


def _shifted(measure: Measure, start: int | None, stop: int | None) -> tuple[OfSums, ...]:
    """What a measure needs, of some of the columns."""

    def within(need: OfSums) -> OfSums:
        return lambda sums: need(sums[:, start:stop])

    return tuple(map(within, measure.supports or (() if measure.num is None else (measure.num,))))


def _num(online: Measure, width: int) -> OfSums | None:
    num = online.num
    return None if num is None else lambda sums: num(sums[:, :width])


def _names(each: Measured) -> tuple[tuple[str, dict[str, str]], ...]:
    """What the measures of one member are, by name and what they are of."""
    measures = each.measures if isinstance(each, MeasuredRows) else (each,)
    return tuple((measure.name, dict(measure.of)) for measure in measures)


def _first_other(online: Iterable[object], offline: Iterable[object]) -> str:
    """The first member in which two lists differ, in words."""
    for first, second in zip_longest(online, offline):
        if first != second:
            return f"{short_repr(second)} for {short_repr(first)}"
    return "the same"


def _row_key(row: Prediction) -> RowKey:
    return (row.key, row.layer, None, None) if row.span is None else (row.key, row.layer, row.span.start, row.span.end)


def _described(row: Prediction) -> str:
    within = "" if row.span is None else f" in [{float(row.span.start):g}, {float(row.span.end):g})"
    return f"{row.key}, {row.layer}{within}"
