"""Noise of floats in times: edges of labels that miss each other by less than 1 ms, and edges that a format must round."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ..spans import Span

NOISE = Fraction(1, 1000)
"""Overlaps and gaps below this many seconds are noise of floats; no time moves by as much."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Spans without noise.

    Attributes:
        spans: One for each group, in the order of the groups.
        short: Numbers of groups that would have vanished: they are shorter than `NOISE`, and keep their end.
    """

    spans: tuple[Span, ...]
    short: frozenset[int]


def equal_spans(spans: Sequence[Span]) -> list[list[int]]:
    """Return the indices of spans in groups of equal ones; starts and ends may differ by noise.

    Any two spans of a group differ by less than `NOISE`, not only neighbours in a chain of them. Spans that share less than
    half of their time are not equal, so neighbours shorter than `NOISE` stay apart. Groups are in the order of their earliest
    span; the indices of a group rise, and the times of its first count.

    Args:
        spans: Spans in any order.

    Example:
        >>> equal_spans([Span(0, 1), Span(1, 2), Span(0, "1.0000000000000002")])
        [[0, 2], [1]]
    """
    groups: list[list[int]] = []
    bounds: list[_Bounds] = []
    near: dict[tuple[int, int], list[int]] = {}
    for index in sorted(range(len(spans)), key=lambda each: (spans[each], each)):
        span = spans[index]
        cell = (int(span.start // NOISE), int(span.end // NOISE))
        around = ((cell[0] + left, cell[1] + right) for left in (-1, 0, 1) for right in (-1, 0, 1))
        found = next((at for key in around for at in near.get(key, ()) if bounds[at].with_span(span).are_noise), None)
        if found is None:
            near.setdefault(cell, []).append(len(groups))
            groups.append([index])
            bounds.append(_Bounds(span.start, span.start, span.end, span.end, span.duration))
        else:
            groups[found].append(index)
            bounds[found] = bounds[found].with_span(span)
    return [sorted(group) for group in groups]


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Between which times the starts and the ends of a group lie, and the length of its shortest span."""

    first_start: Fraction
    last_start: Fraction
    first_end: Fraction
    last_end: Fraction
    shortest: Fraction

    @property
    def are_noise(self) -> bool:
        start, end = self.last_start - self.first_start, self.last_end - self.first_end
        return max(start, end) < NOISE and start + end < self.shortest

    def with_span(self, span: Span) -> _Bounds:
        return _Bounds(
            min(self.first_start, span.start),
            max(self.last_start, span.start),
            min(self.first_end, span.end),
            max(self.last_end, span.end),
            min(self.shortest, span.duration),
        )


def settled(groups: Sequence[Sequence[Span]], *, gaps: bool) -> Settled:
    """Return one span for each group, without overlaps below `NOISE`: the earlier end becomes the later start.

    A span that would vanish, or keep less than it loses, stays as it is, and the later one begins where it ends. Each edge lies
    within `NOISE` of that of every span of its group.

    ::

        as written   [---------)          the earlier end     [-------)
                            [------)      becomes the                 [------)
                          <1 ms           later start

    Args:
        groups: Spans of one rater and one tier; those of a group are equal (`equal_spans`), and its first counts.
        gaps: Whether gaps below `NOISE` are closed too.

    Cost: n log n for n groups.

    Example:
        >>> settled([[Span(0, "0.30000000000000004")], [Span("0.3", 1)]], gaps=True).spans
        (Span(0, '3/10'), Span('3/10', 1))
    """
    starts = [group[0].start for group in groups]
    ends = [group[0].end for group in groups]
    order = sorted(range(len(groups)), key=lambda each: (starts[each], ends[each]))
    short: set[int] = set()
    for before, after in pairwise(order):
        # Of two neighbours the shorter one may vanish: of equal starts it is the first, else it may be either.
        for at, other in ((before, after), (after, before)):
            end, start = ends[at], starts[other]
            keeps_most = start - starts[at] >= end - start and start > starts[at]
            if keeps_most or not end - NOISE < start < end < ends[other]:
                continue
            if all(each.start < end < each.start + NOISE for each in groups[other]):
                starts[other] = end
                short.add(at)
                break
    by_start = sorted(starts)
    for at, group in enumerate(groups):
        earliest = max(starts[at], max(each.end for each in group) - NOISE)
        following = bisect_right(by_start, earliest)
        if following < len(by_start):
            start, latest = by_start[following], min(each.end for each in group) + NOISE
            if start < ends[at] or (gaps and start < latest and not _touched(by_start, ends[at])):
                ends[at] = start
    return Settled(tuple(map(Span, starts, ends)), frozenset(short))


def _touched(by_start: Sequence[Fraction], end: Fraction) -> bool:
    at = bisect_left(by_start, end)
    return at < len(by_start) and by_start[at] == end


def placed(
    spans: Sequence[Span], around: Callable[[Fraction], tuple[Fraction, Fraction, Fraction]]
) -> tuple[list[tuple[Fraction, Fraction]], int | None]:
    """Return times that a format can hold for spans that do not overlap: none vanishes, and none overlaps.

    Each edge becomes the nearest time where that is possible, else the other one of its two neighbours.

    Args:
        spans: Spans in order of time, without overlap.
        around: Gives for a time the last one at or before it, the first one at or after it, and the nearest one that the
            format can hold.

    Returns:
        Start and end for each span; and None, or the index of the span for which there is no room, and then no times.
    """
    edges = [around(edge) for span in spans for edge in (span.start, span.end)]
    low: Fraction | None = None
    for number, (first, last, _) in enumerate(edges):
        found = next((each for each in (first, last) if _follows(low, each, number)), None)
        if found is None:
            return [], number // 2
        low = found
    latest: list[Fraction] = []
    for number, (first, last, _) in reversed(list(enumerate(edges, 1))):
        high = latest[-1] if latest else last
        # The forward pass found a way, so one of the two is right.
        fits = not latest or _follows(last, high, number)
        latest.append(last if fits else first)
    chosen: list[Fraction] = []
    for number, ((first, last, nearest), most) in enumerate(zip(edges, reversed(latest), strict=True)):
        before = chosen[-1] if chosen else None
        choices = (nearest, last if nearest == first else first)
        chosen.append(next(each for each in choices if each <= most and _follows(before, each, number)))
    return list(zip(chosen[::2], chosen[1::2], strict=True)), None


def _follows(before: Fraction | None, edge: Fraction, number: int) -> bool:
    """Return whether an edge may follow another: ends (odd numbers) come after their starts, starts may touch ends."""
    return before is None or (edge > before if number % 2 else edge >= before)
