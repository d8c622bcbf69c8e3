"""Which predictions of a monologue count, by their times, and what is wrong with the times of the others.

```text
 rows       |---- A ----|                 a row ends where the next one starts,
                   |---- B ----|          and does not go on after it
 counted    |-- A -|---- B ----|
```
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ...spans import Span
from ..predictions import Form, Prediction

TimeIssueKind = Literal["no_span", "repeated", "overlap", "before_zero", "after_end", "past_end", "no_available_at"]
"""What is wrong with the times of a row:

- ``no_span``: it has no start and end, so it is of no part of the monologue. It does not count.
- ``repeated``: an earlier line has the same start and end. The earlier line counts.
- ``overlap``: it starts before another row ends. It counts from its start, and the other one ends there.
- ``before_zero``: it starts before 0. It counts from 0.
- ``after_end``: it starts at the end of the monologue or after it. It does not count.
- ``past_end``: it ends after the end of the monologue. It is cut. The last window of a grid is no such row.
- ``no_available_at``: other rows of the monologue say when they were available. It has no time on the decision clock.
"""


@dataclass(frozen=True, slots=True)
class TimedRow:
    """A prediction that has a span.

    Attributes:
        span: The media time that it is about, as it was given.
        row: The prediction.
    """

    span: Span
    row: Prediction


@dataclass(frozen=True, slots=True)
class TimeIssue:
    """One thing that is wrong with the times of a row.

    Attributes:
        row: The row.
        kind: What is wrong.
        other: The row that it repeats or overlaps: of several the one that ends last. None for other kinds.
    """

    row: Prediction
    kind: TimeIssueKind
    other: Prediction | None = None


def timed_rows(rows: Sequence[Prediction]) -> list[TimedRow]:
    """Return the rows that have a span, in order of start, then of end; of rows with one span the first alone.

    Args:
        rows: Predictions of one monologue and one layer, in the order of their file.
    """
    first: dict[Span, Prediction] = {}
    for row in rows:
        if row.span is not None:
            first.setdefault(row.span, row)
    return [TimedRow(span, first[span]) for span in sorted(first)]


def time_issues(rows: Sequence[Prediction], end: Fraction, form: Form) -> list[TimeIssue]:
    """Return what is wrong with the times of rows, in the order of the rows given; a row may have several issues.

    Args:
        rows: Predictions of one monologue and one layer, in the order of their file.
        end: The end of the monologue: the later one of its duration and the end of its last label. Where both are cut for
            scores is no matter here, since a system does not know where labels end.
        form: What the rows are, as `form_of` says. The last of ``"decisions"`` may reach over the end where it is not longer
            than the others, since windows of a grid do.

    Example:
        >>> rows = [Prediction(key="m", layer="basic7", span=Span(a, b), label="Joy") for a, b in ((0, 5), (3, 9), (9, 12))]
        >>> [(each.kind, str(each.row.span)) for each in time_issues(rows, Fraction(10), "segments")]
        [('overlap', 'Span(3, 9)'), ('past_end', 'Span(9, 12)')]
    """
    timed = timed_rows(rows)
    kept = {id(each.row) for each in timed}
    first = {each.span: each.row for each in timed}
    earlier = _overlapped(timed)
    has_clock = any(row.available_at is not None for row in rows)
    longest = max((each.span.duration for each in timed[:-1]), default=Fraction(0)) if form == "decisions" else None
    issues: list[TimeIssue] = []
    for row in rows:
        if row.span is None:
            issues.append(TimeIssue(row, "no_span"))
            continue
        if id(row) not in kept:
            issues.append(TimeIssue(row, "repeated", first[row.span]))
            continue
        if row.span in earlier:
            issues.append(TimeIssue(row, "overlap", earlier[row.span]))
        if row.span.start < 0:
            issues.append(TimeIssue(row, "before_zero"))
        if row.span.start >= end:
            issues.append(TimeIssue(row, "after_end"))
        elif row.span.end > end and (longest is None or row.span.duration > longest):
            issues.append(TimeIssue(row, "past_end"))
        if has_clock and row.available_at is None:
            issues.append(TimeIssue(row, "no_available_at"))
    return issues


def _overlapped(timed: Sequence[TimedRow]) -> dict[Span, Prediction]:
    """Return for each span that starts before an earlier one ends the row, of those earlier, that ends last."""
    found: dict[Span, Prediction] = {}
    last: TimedRow | None = None
    for each in timed:
        if last is not None and each.span.start < last.span.end:
            found[each.span] = last.row
        if last is None or each.span.end > last.span.end:
            last = each
    return found
