"""Which labels cover which seconds, where spans of one rater overlap."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from itertools import pairwise

from ..spans import Span


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the time in which the same labels lie.

    Attributes:
        span: The part, within the span of each owner.
        owners: For each label that covers it the first span that has this label, by index, in ascending order.
    """

    span: Span
    owners: tuple[int, ...]


def covers(spans: Sequence[Span], contents: Sequence[Hashable | None]) -> list[Part]:
    """Return the parts of the time that labels cover, in order; seconds that no label covers are in none.

    ::

        index 0, joy    [---------)             [-----)
        index 1, fear         [--------)   gives      [---)           owners (0,), (0, 1), (1,)
                                                          [----)

    Args:
        spans: Spans in order of time; they may overlap in any way.
        contents: What each span says; spans of equal contents say the same. None says nothing.

    Cost: about n log n for n spans, times the number of contents that lie on one moment.
    """
    voiced = [index for index, content in enumerate(contents) if content is not None]
    edges = sorted({edge for index in voiced for edge in (spans[index].start, spans[index].end)})
    active: dict[Hashable | None, list[int]] = {}
    parts: list[Part] = []
    following = 0
    for start, end in pairwise(edges):
        while following < len(voiced) and spans[voiced[following]].start <= start:
            heappush(active.setdefault(contents[voiced[following]], []), voiced[following])
            following += 1
        for content, indices in list(active.items()):
            while indices and spans[indices[0]].end <= start:
                heappop(indices)
            if not indices:
                del active[content]
        owners = tuple(sorted(indices[0] for indices in active.values()))
        if parts and parts[-1].owners == owners and parts[-1].span.end == start:
            parts[-1] = Part(Span(parts[-1].span.start, end), owners)
        elif owners:
            parts.append(Part(Span(start, end), owners))
    return parts


@dataclass(frozen=True, slots=True)
class Overlap:
    """A span that begins before an earlier one ends.

    Attributes:
        index: Its index.
        earlier: The index of the earlier one, of those in question the one that ends last.
        same: Whether the two say the same.
    """

    index: int
    earlier: int
    same: bool


def overlaps(spans: Sequence[Span], contents: Sequence[Hashable | None]) -> list[Overlap]:
    """Return the spans that begin before an earlier one ends, in order; one that says something else comes first.

    Args:
        spans: Spans in order of time.
        contents: As in `covers`.
    """
    found: list[Overlap] = []
    last: dict[Hashable, int] = {}
    for index, (span, content) in enumerate(zip(spans, contents, strict=True)):
        if content is None:
            continue
        last = {each: earlier for each, earlier in last.items() if spans[earlier].end > span.start}
        others = [earlier for each, earlier in last.items() if each != content]
        if others:
            found.append(Overlap(index, max(others, key=lambda earlier: spans[earlier].end), same=False))
        if content in last:
            found.append(Overlap(index, last[content], same=True))
        if content not in last or spans[last[content]].end < span.end:
            last[content] = index
    return found


def hidden(spans: Sequence[Span], contents: Sequence[Hashable | None]) -> set[int]:
    """Return the indices of spans that say something, but nowhere alone: others lie on all of their seconds."""
    alone: dict[Hashable | None, list[Span]] = {}
    for part in covers(spans, contents):
        if len(part.owners) == 1:
            alone.setdefault(contents[part.owners[0]], []).append(part.span)

    def has_part(span: Span, content: Hashable) -> bool:
        own = alone.get(content, [])
        at = bisect_right(own, span.start, key=_end)
        return at < len(own) and own[at].start < span.end

    pairs = enumerate(zip(spans, contents, strict=True))
    return {index for index, (span, content) in pairs if content is not None and not has_part(span, content)}


def _end(span: Span) -> Fraction:
    return span.end
