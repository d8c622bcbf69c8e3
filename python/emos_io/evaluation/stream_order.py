"""The rows about one monologue in order of time, without noise of floats, and what is wrong with their times."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from ..corpus import FindingCollector, Monologue
from ..errors import short_repr
from ..formats import NOISE, equal_spans, settled
from ..spans import Span
from .predictions import Prediction
from .streams.timelines import content_parts

_DIGITS = 6
"""After the point, of times in findings; finer than any clock of media."""


def without_noise(item: Monologue, rows: Sequence[Prediction], layer: str | None) -> list[Prediction]:
    """Return rows with edges that miss each other by less than 1 ms made to touch, in the order given.

    An edge that lies within `NOISE` of 0, of the end of the item, or of an edge of its labels, is moved there; so is the time
    at which a row was available. Then rows that overlap or leave a gap by less than `NOISE` are made to touch, and rows that
    have one span but for noise have that of the first (`formats.settled`). No row vanishes, and no time moves by 2 ms.

    Args:
        item: The monologue.
        rows: Rows about it that have a span.
        layer: The layer of the labels; None where the item has none.

    Example:
        >>> item = Monologue(key="m", name="m", title="M", language="en", duration=Fraction(1))
        >>> rows = [Prediction(key="m", layer="basic7", span=Span(*times), label="Joy")
        ...     for times in ((0, "0.30000000000000004"), ("0.3", "0.9999999"))]
        >>> [str(row.span) for row in without_noise(item, rows, None)]
        ["Span(0, '3/10')", "Span('3/10', 1)"]
    """
    labelled = () if layer is None else item.labels(layer).spans
    edges = {Fraction(0), Fraction(item.duration), *(edge for span in labelled for edge in (span.start, span.end))}
    near = sorted(edges)
    spans = [_moved(row.span, near) for row in rows if row.span is not None]
    ordered = sorted({edge for span in spans for edge in (span.start, span.end)})
    if any(after - before < NOISE for before, after in pairwise(ordered)):
        groups = equal_spans(spans)
        found = settled([[spans[index] for index in group] for group in groups], gaps=True)
        for group, span in zip(groups, found.spans, strict=True):
            for index in group:
                spans[index] = span
    moments = [None if row.available_at is None else _nearest(row.available_at, near) for row in rows]
    return [
        row if (row.span, row.available_at) == (span, moment) else replace(row, span=span, available_at=moment)
        for row, span, moment in zip(rows, spans, moments, strict=True)
    ]


def _moved(span: Span, near: Sequence[Fraction]) -> Span:
    start, end = _nearest(span.start, near), _nearest(span.end, near)
    return Span(start, end) if start < end else span


def _nearest(time: Fraction, near: Sequence[Fraction]) -> Fraction:
    """Return the nearest of sorted times that is less than `NOISE` away, else the time itself."""
    at = bisect_left(near, time)
    found = min(near[max(at - 1, 0) : at + 1], key=lambda each: abs(each - time), default=time)
    return found if abs(found - time) < NOISE else time


def in_order(
    item: Monologue,
    rows: Iterable[Prediction],
    where: Callable[[Prediction], str],
    findings: FindingCollector,
    counts: Counter[str],
    *,
    overlap: bool = False,
) -> list[Prediction]:
    """Return the rows that have a span by end, then start, then line; they are not cut.

    ```text
     |---- row 1 ----|
              |---- row 2 ----|       begins before row 1 ends: a finding, row 1 counts up to its end
                   duration |         row 2 ends later: a repair, it is cut there
    ```

    Args:
        item: The monologue; it lasts ``[0, duration)``.
        rows: Rows about it.
        where: Gives the position of a row in its file.
        findings: Takes what lies out of the item, and what overlaps an earlier row.
        counts: Takes how many are ``overlapping``, ``cut`` at the end, and ``outside_item``.
        overlap: Whether rows may overlap, as windows of numbers do, whose mean counts.
    """
    timed = [(span.end, span.start, row.line, number, row) for number, row in enumerate(rows) if (span := row.span)]
    ordered = [row for *_, row in sorted(timed, key=lambda each: each[:-1])]
    for row in ordered:
        _check_item(item, row, where, findings, counts)
    if not overlap:
        _check_overlaps(item, ordered, where, findings, counts)
    return ordered


def _check_overlaps(
    item: Monologue,
    rows: Sequence[Prediction],
    where: Callable[[Prediction], str],
    findings: FindingCollector,
    counts: Counter[str],
) -> None:
    last: tuple[Fraction, Prediction] | None = None
    for row, parts in content_parts(item, rows):
        start = row.span.start if row.span is not None else Fraction(0)
        if last is not None and max(start, Fraction(0)) < last[0]:
            what = f"it begins at {time_text(start)}, before {where(last[1])} ends at {time_text(last[0])}"
            counted = "it counts where no row ends earlier" if parts else "nothing is left of it on the content clock"
            findings.add(
                "overlapping_predictions", where(row), what, f"{counted}; let each begin where the one before ends"
            )
            counts["overlapping"] += 1
        if parts:
            last = parts[-1].end, row


def _check_item(
    item: Monologue,
    row: Prediction,
    where: Callable[[Prediction], str],
    findings: FindingCollector,
    counts: Counter[str],
) -> None:
    span, moment = row.span, Fraction(0) if row.available_at is None else row.available_at
    if span is None or (span.start >= 0 and span.end <= item.duration and moment >= 0):
        return
    begins_within = 0 <= span.start < item.duration and moment >= 0
    is_outside = span.end <= 0 or span.start >= item.duration
    is_early = span.start >= 0 and span.end <= item.duration
    available = "" if moment >= 0 else f" and available at {time_text(moment)}"
    lasts = f"{short_repr(item.key)} is [0, {time_text(Fraction(item.duration))})"
    what = f"it is about {span_text(span)}{available}, and {lasts}"
    done = "it counts on no clock" if is_outside else "what lies outside is cut"
    done = "on the decision clock it counts from 0" if is_early else done
    fix = done + ("" if begins_within else "; correct the times")
    findings.add("prediction_time", where(row), what, fix, repaired=begins_within)
    counts["cut" if begins_within else "outside_item"] += 1


def time_text(time: Fraction) -> str:
    """Return seconds as a decimal where it is short, else about what they are.

    Example:
        >>> time_text(Fraction(1, 8)), time_text(Fraction(20)), time_text(Fraction(1, 3)), time_text(Fraction(0.1))
        ('0.125', '20', 'about 0.333333', 'about 0.1')
    """
    scaled = round(time * 10**_DIGITS)
    sign, (seconds, part) = "-" if scaled < 0 else "", divmod(abs(scaled), 10**_DIGITS)
    text = sign + f"{seconds}.{part:0{_DIGITS}d}".rstrip("0").rstrip(".")
    return text if Fraction(scaled, 10**_DIGITS) == time else f"about {text}"


def span_text(span: Span) -> str:
    """Return a span as findings write it.

    Example:
        >>> span_text(Span("1/2", 2))
        '[0.5, 2)'
    """
    return f"[{time_text(span.start)}, {time_text(span.end)})"
