"""The rows about one monologue in order of time, and what is wrong with their times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from fractions import Fraction

from ..corpus import FindingCollector, Monologue
from ..errors import short_repr
from ..spans import Span
from .predictions import Prediction


def in_order(
    item: Monologue,
    rows: Iterable[Prediction],
    where: Callable[[Prediction], str],
    findings: FindingCollector,
    counts: Counter[str],
) -> list[Prediction]:
    """Return the rows that have a span by start, then end, then line; they are not cut.

    ```text
     |---- row 1 ----|
              |---- row 2 ----|       begins before row 1 ends: a finding, row 1 counts up to its start
                   duration |         row 2 ends later: a repair, it is cut there
    ```

    Args:
        item: The monologue; it lasts ``[0, duration)``.
        rows: Rows about it.
        where: Gives the position of a row in its file.
        findings: Takes what lies out of the item, and what overlaps an earlier row.
        counts: Takes how many are ``overlapping``, ``cut`` at the end, and ``outside_item``.
    """
    timed = [(row.span, row) for row in rows if row.span is not None]
    timed.sort(key=lambda each: (each[0], each[1].line))
    last: tuple[Span, Prediction] | None = None
    for span, row in timed:
        _check_item(item, span, row, where, findings, counts)
        if last is not None and span.start < last[0].end:
            what = f"it begins at {span.start}, before {where(last[1])} ends at {last[0].end}"
            fix = "it counts from its start; let each end where the next one begins"
            findings.add("overlapping_predictions", where(row), what, fix)
            counts["overlapping"] += 1
        if last is None or span.end > last[0].end:
            last = span, row
    return [row for _, row in timed]


def _check_item(
    item: Monologue,
    span: Span,
    row: Prediction,
    where: Callable[[Prediction], str],
    findings: FindingCollector,
    counts: Counter[str],
) -> None:
    moment = Fraction(0) if row.available_at is None else row.available_at
    if span.start >= 0 and span.end <= item.duration and moment >= 0:
        return
    begins_within = 0 <= span.start < item.duration and moment >= 0
    available = "" if moment >= 0 else f" and available at {moment}"
    what = f"it is about [{span.start}, {span.end}){available}, and {short_repr(item.key)} is [0, {item.duration})"
    fix = "what lies outside is cut" + ("" if begins_within else "; correct the times")
    findings.add("prediction_time", where(row), what, fix, repaired=begins_within)
    counts["cut" if begins_within else "outside_item"] += 1
