"""Which row counts where rows of one monologue overlap: of those that cover a moment, the one that ends first.

```text
 windows    |---- 1 ----|                    nested   |---------- 1 ----------|
               |---- 2 ----|                               |-- 2 --|
 counts     |---- 1 ----|-2-|                counts   |-1--|-- 2 --|---- 1 ---|
```

So windows that overlap say what is new in each, and what lies within a row does not take the rest of it away.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ...spans import Span


def counted_parts(spans: Sequence[Span]) -> list[tuple[Span, ...]]:
    """Return the parts of each span in which it ends first of those that are there; none where nothing of it is left.

    Args:
        spans: In order of end, then of start; of two with one end the first counts.

    Example:
        >>> [list(map(str, parts)) for parts in counted_parts([Span(2, 4), Span(0, 10), Span(9, 12)])]
        [['Span(2, 4)'], ['Span(0, 2)', 'Span(4, 10)'], ['Span(10, 12)']]
    """
    covered: list[tuple[Fraction, Fraction]] = []
    found: list[tuple[Span, ...]] = []
    for span in spans:
        parts: list[Span] = []
        start, end = span.start, span.end
        # Nothing that is covered ends later, so what overlaps is at the end of the list.
        while covered and covered[-1][1] >= span.start:
            before = covered.pop()
            if before[1] < end:
                parts.append(Span(before[1], end))
            end, start = min(end, before[0]), min(start, before[0])
        if span.start < end:
            parts.append(Span(span.start, end))
        covered.append((start, span.end))
        found.append(tuple(reversed(parts)))
    return found
