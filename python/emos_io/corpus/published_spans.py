"""The span of a clip in what it was cut from, by the clock that its release prints."""

from __future__ import annotations

from ..formats import clock_time
from ..spans import Span
from .findings import FindingCollector


def published_span(start: str, end: str, where: str, findings: FindingCollector) -> Span | None:
    """Return the span between two times such as ``00:16:21,731``, or None where they give none.

    Two empty texts state no span. A text that is no time is a finding (``bad_time``), and an end that does not come after the
    start is another (``empty_span``).

    Args:
        start, end: The times as published.
        where: Where they were read.
        findings: Takes the findings.

    Example:
        >>> published_span("00:16:16,059", "00:16:21,731", "train_sent_emo.csv, row 2", FindingCollector())
        Span('976059/1000', '981731/1000')
    """
    if not start and not end:
        return None
    first, last = clock_time(start), clock_time(end)
    fix = "the clip has no published length; correct the times, or give its length"
    if first is None or last is None:
        what = f"start {start!r} and end {end!r} are no times as 00:16:21,731"
        findings.add("bad_time", where, what, fix)
        return None
    if last <= first:
        findings.add("empty_span", where, f"end {end!r} does not come after start {start!r}", fix)
        return None
    return Span(first, last)
