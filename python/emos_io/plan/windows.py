"""Where windows lie: at every hop of an item, or where its clips, utterances, sentences and changes are."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol

import numpy as np

from .._arrays import Int64Array
from ..errors import InvalidArgument, TooLarge
from ..spans import Span, hop_window, num_hop_windows
from .sources import PlanItem
from .windowing import By, Windowing

MAX_PLAN_WINDOWS = 1_000_000_000
"""The most windows of one plan: their order takes 8 bytes each."""


class WindowIndex(Protocol):
    """The label spans of the windows of every item, exact, in order of time.

    Attributes:
        counts: int64 ``[items]``: the number of windows of each item.
        cut: How many windows were cut to the max_length length allowed.
    """

    counts: Int64Array
    cut: int

    def label_span(self, item: int, index: int) -> Span:
        """Return the label span of an item's window, by its index from 0."""
        ...

    def index(self, item: int, label_span: Span) -> int | None:
        """Return the index of an item's window with this label span, or None."""
        ...

    def denominators(self, item: int) -> set[int]:
        """Return the denominators of all starts and ends of an item."""
        ...

    def ticks(self, item: int, unit: int, first: int, last: int) -> tuple[Int64Array, Int64Array]:
        """Return starts and ends of windows [first, last) of an item, in 1 / unit seconds."""
        ...


class HopWindows:
    """Windows from ``k * hop`` on, from 0; the last is the first whose end reaches the item's duration.

    ```text
    0        hop      2 hop                 duration
    |--- length ---|                           |
             |--- length ---|                  |
                      ...         |--- length -|-|
    ```

    Raises:
        InvalidArgument: The hop is longer than an item.
        TooLarge: There are more than `MAX_PLAN_WINDOWS` of them.
    """

    def __init__(self, items: Sequence[PlanItem], length: Fraction, hop: Fraction) -> None:
        shortest = min(items, key=lambda item: item.duration)
        if hop > shortest.duration:
            raise InvalidArgument(
                f"hop must be at most {shortest.duration} s, the length of {shortest.key!r}, got {hop}; give a shorter hop",
                key=shortest.key,
            )
        self.length, self.hop, self.cut = length, hop, 0
        counts = [num_hop_windows(item.duration, length, hop) for item in items]
        if sum(counts) > MAX_PLAN_WINDOWS:
            raise TooLarge(
                f"the plan must have at most {MAX_PLAN_WINDOWS:,} windows, got {sum(counts):,}; take a longer hop"
            )
        self.counts = np.array(counts, dtype=np.int64)

    def label_span(self, item: int, index: int) -> Span:
        """Return the label span of an item's window, by its index from 0."""
        return hop_window(index, self.length, self.hop)

    def index(self, item: int, label_span: Span) -> int | None:
        """Return the index of an item's window with this label span, or None."""
        index = label_span.start / self.hop
        on_hop = index.denominator == 1 and 0 <= index < self.counts[item]
        return int(index) if on_hop and label_span.duration == self.length else None

    def denominators(self, item: int) -> set[int]:
        """Return the denominators of all starts and ends of an item."""
        return {self.length.denominator, self.hop.denominator}

    def ticks(self, item: int, unit: int, first: int, last: int) -> tuple[Int64Array, Int64Array]:
        """Return starts and ends of windows [first, last) of an item, in 1 / unit seconds."""
        starts = np.arange(first, last, dtype=np.int64) * int(self.hop * unit)
        return starts, starts + int(self.length * unit)


class ListedWindows:
    """Windows that are listed one by one.

    Spans of an item come in order of time. A span that occurs twice is one window.
    """

    def __init__(self, spans: Sequence[Sequence[Span]], max_length: Fraction | None) -> None:
        self.cut = 0
        self._spans: list[list[Span]] = []
        for own in spans:
            found = set()
            for span in own:
                if max_length is not None and span.duration > max_length:
                    self.cut += 1
                    found.add(Span(span.start, span.start + max_length))
                else:
                    found.add(span)
            self._spans.append(sorted(found))
        self.counts = np.array([len(own) for own in self._spans], dtype=np.int64)

    def label_span(self, item: int, index: int) -> Span:
        """Return the label span of an item's window, by its index from 0."""
        return self._spans[item][index]

    def index(self, item: int, label_span: Span) -> int | None:
        """Return the index of an item's window with this label span, or None."""
        return self._spans[item].index(label_span) if label_span in self._spans[item] else None

    def denominators(self, item: int) -> set[int]:
        """Return the denominators of all starts and ends of an item."""
        return {time.denominator for span in self._spans[item] for time in (span.start, span.end)}

    def ticks(self, item: int, unit: int, first: int, last: int) -> tuple[Int64Array, Int64Array]:
        """Return starts and ends of windows [first, last) of an item, in 1 / unit seconds."""
        own = self._spans[item][first:last]
        starts = np.array([int(span.start * unit) for span in own], dtype=np.int64)
        return starts, np.array([int(span.end * unit) for span in own], dtype=np.int64)


def make_windows(items: Sequence[PlanItem], windowing: Windowing) -> WindowIndex:
    """Return the windows of items.

    Raises:
        InvalidArgument: No item has any, or the hop is longer than an item.
        TooLarge: There are more than `MAX_PLAN_WINDOWS` of them.
    """
    if windowing.by is None:
        if windowing.length is None or windowing.hop is None:
            raise AssertionError("a windowing by hop has a length and a hop")
        return HopWindows(items, windowing.length, windowing.hop)
    windows = ListedWindows([_spans(item, windowing.by, windowing.length) for item in items], windowing.max_length)
    if not windows.counts.sum():
        raise InvalidArgument(
            f'by must name what the items have, got "{windowing.by}" for {len(items)} items without any; give a length and '
            "a hop"
        )
    return windows


def _spans(item: PlanItem, by: By, length: Fraction | None) -> Sequence[Span]:
    if by == "clip":
        return [Span(0, item.duration)]
    if by == "utterance":
        return item.utterances
    if by == "sentence":
        return [sentence.span for sentence in item.sentences]
    half = (length or Fraction(0)) / 2
    changes = item.timeline.changes if item.timeline is not None else ()
    return [Span(moment - half, moment + half) for moment in changes]
