"""How long after a change of the true label the prediction becomes right, and whether it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Literal

import numpy as np

from ..._checks import choice, integer
from ...spans import Seconds, Span, positive
from ..sums import Measure, MeasuredRows, PlainValue
from .labelled import decisions_within, merged, true_segments
from .pieces import Piece, Stream

Unit = Literal["decisions", "seconds"]
"""What `m` counts: decisions in a row, or seconds in a row."""
_UNITS: tuple[Unit, ...] = ("decisions", "seconds")
_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class TimeToCorrect:
    """What follows one change of the true label.

    Attributes:
        span: The true segment that begins with the change; it ends with its label, or where a gap begins.
        label: Its label.
        time: Seconds from the change until the prediction is right; None where it never is, within the segment.
    """

    span: Span
    label: str | None
    time: Fraction | None


def times_to_correct(stream: Stream, *, m: Seconds = 1, unit: Unit = "decisions") -> tuple[TimeToCorrect, ...]:
    """Return for each change of the true label how long it takes until the prediction is right.

    A change is the start of each true segment but the first whose label differs from the one before, also where a gap lies
    between. The time is that of the first moment within the segment from which the prediction is right for `m`, minus the
    start of the segment:

    - ``"decisions"``: m decisions in a row, among those that have time in the segment; all of them, where there are fewer;
    - ``"seconds"``: m seconds in a row within the segment; all of it, where it is shorter.

    A prediction that is right when the segment begins has 0. Time without a decision is one decision that is wrong.

    Args:
        stream: Truth and predictions, on either clock.
        m: How much must be right in a row: an integer from 1 for decisions, seconds above 0.
        unit: What `m` counts. With m above 1, decisions that are split into two count as two.

    Raises:
        InvalidArgument: `m` or `unit` is not allowed.

    Cost: linear in the number of pieces.

    Example:
        >>> truth = (Piece(Span(0, 5), "Joy"), Piece(Span(5, 10), "Fear"))
        >>> predicted = (Piece(Span(0, 7), "Joy"), Piece(Span(7, 10), "Fear"))
        >>> [each.time for each in times_to_correct(Stream("talk", Span(0, 10).end, truth, predicted))]
        [Fraction(2, 1)]
    """
    needed = _checked_m(m, unit)
    found = []
    for before, segment in pairwise(true_segments(stream)):
        if before.label != segment.label:
            decisions = decisions_within(stream.predicted, segment.span)
            first = _in_row(decisions, segment, needed) if unit == "decisions" else _in_time(decisions, segment, needed)
            time = None if first is None else first - segment.span.start
            found.append(TimeToCorrect(segment.span, segment.label, time))
    return tuple(found)


def survival(times: Iterable[TimeToCorrect]) -> tuple[tuple[Fraction, Fraction], ...]:
    """Return the curve of Kaplan and Meier: the share of changes that are not reached, after each time at which one is.

    A change that is not reached is censored at the length of its segment; at that time itself it still counts as not reached.

    Returns:
        Pairs of a time in seconds and the exact share after it, in order of time; the share is 1 before the first.

    Source: E. L. Kaplan, P. Meier, Nonparametric Estimation from Incomplete Observations (1958) [kaplan1958].
    """
    ends = sorted((each.span.duration if each.time is None else each.time, each.time is not None) for each in times)
    at_risk, share, curve = len(ends), Fraction(1), []
    for time, group in groupby(ends, key=lambda each: each[0]):
        reached = [is_reached for _, is_reached in group]
        if any(reached):
            share *= 1 - Fraction(sum(reached), at_risk)
            curve.append((time, share))
        at_risk -= len(reached)
    return tuple(curve)


def median_time_to_correct(times: Iterable[TimeToCorrect]) -> Fraction | None:
    """Return the median time by the curve of Kaplan and Meier: the first time after which at most one half is not reached.

    At exactly one half this is the earlier of the two middle times; SAS and statsmodels take the later one.

    Returns:
        Seconds; None where the curve never falls to one half, or where there is no change.

    Example:
        >>> times = [TimeToCorrect(Span(0, 9), "Joy", Fraction(2)), TimeToCorrect(Span(0, 4), "Fear", None)]
        >>> median_time_to_correct(times), median_time_to_correct(times[1:])
        (Fraction(2, 1), None)
    """
    return next((time for time, share in survival(times) if share <= _HALF), None)


def time_to_correct_scores(
    streams: Sequence[Stream], *, m: Seconds = 1, unit: Unit = "decisions"
) -> tuple[MeasuredRows, PlainValue]:
    """Return the share of changes of the true label that are reached, and the median time to be right.

    Args:
        streams: The streams, one a row; those without a change of label do not count. Changes are pooled over streams.
        m, unit: As in `times_to_correct`.

    Returns:
        ``time_to_correct_reached``, a share (`num`: changes), and ``time_to_correct_median`` in seconds, without an interval;
        their `of` has m, such as ``{"m": "1 decision"}``, ``{"m": "1 s"}``.

    Raises:
        InvalidArgument: `m` or `unit` is not allowed.
    """
    by_stream = [times_to_correct(each, m=m, unit=unit) for each in streams]
    columns = np.array([[sum(each.time is not None for each in times), len(times)] for times in by_stream], np.float64)
    columns = columns.reshape(len(streams), 2)
    of = {"m": _m_text(_checked_m(m, unit), unit)}
    share = Measure("time_to_correct_reached", lambda sums: sums[:, 0] / sums[:, 1], of, lambda sums: sums[:, 1])
    times = [each for found in by_stream for each in found]
    median = median_time_to_correct(times)
    why = "a median of Kaplan-Meier has no interval"
    if median is None:
        reached = sum(each.time is not None for each in times)
        why = (
            f"the curve never falls to one half: {reached} of {len(times)} changes are reached"
            if times
            else "no label changes"
        )
    value = None if median is None else float(median)
    return (
        MeasuredRows(columns, columns[:, 1] > 0, (share,)),
        PlainValue("time_to_correct_median", value, len(times), why, of),
    )


def _in_row(decisions: Sequence[Piece], segment: Piece, needed: Fraction) -> Fraction | None:
    """The start of the first of enough decisions in a row that are right."""
    least, right = min(int(needed), len(decisions)), 0
    for index, decision in enumerate(decisions):
        right = right + 1 if decision.label == segment.label else 0
        if right == least:
            return decisions[index - least + 1].span.start
    return None


def _in_time(decisions: Sequence[Piece], segment: Piece, needed: Fraction) -> Fraction | None:
    """The start of the first time of enough seconds in a row that is right."""
    least = min(needed, segment.span.duration)
    for each in merged(decisions):
        if each.label == segment.label and each.span.duration >= least:
            return each.span.start
    return None


def _checked_m(m: Seconds, unit: Unit) -> Fraction:
    if choice(unit, _UNITS, "unit") == "decisions":
        return Fraction(integer(m, "m", "give how many decisions in a row must be right"))
    return positive(m, "m", "give how many seconds in a row must be right")


def _m_text(m: Fraction, unit: Unit) -> str:
    number = str(m) if m.denominator == 1 else f"{float(m):g}"
    return f"{number} s" if unit == "seconds" else f"{number} decision{'' if m == 1 else 's'}"
