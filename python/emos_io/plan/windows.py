"""Where windows lie: at every hop of an item, or where its clips, utterances, sentences and changes are."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from ..errors import InvalidArgument, TooLarge
from ..spans import Span
from .sources import PlanItem

By = Literal["clip", "utterance", "sentence", "change"]
Ticks = npt.NDArray[np.int64]

MAX_WINDOWS = 1_000_000_000
"""Windows of one plan: their order takes 8 bytes each."""


class Windows(Protocol):
    """The label spans of the windows of every item, exact, in order of time.

    Attributes:
        counts: int64 ``[items]``: windows of each item.
        cut: Windows that were cut to the longest length allowed.
    """

    counts: Ticks
    cut: int

    def label_span(self, item: int, place: int) -> Span:
        """Return window `place` of an item."""
        ...

    def place(self, item: int, label_span: Span) -> int | None:
        """Return which window of an item has this label span, or None."""
        ...

    def denominators(self, item: int) -> set[int]:
        """Return denominators in which all starts and ends of an item are whole."""
        ...

    def ticks(self, item: int, unit: int, first: int, last: int) -> tuple[Ticks, Ticks]:
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
        TooLarge: There are more than `MAX_WINDOWS` of them.
    """

    def __init__(self, items: Sequence[PlanItem], length: Fraction, hop: Fraction) -> None:
        shortest = min(items, key=lambda item: item.duration)
        if hop > shortest.duration:
            raise InvalidArgument(
                f"hop {hop} was given; {shortest.key!r} lasts {shortest.duration} s, give that or less, or leave it out"
            )
        self.length, self.hop, self.cut = length, hop, 0
        counts = [self._count(item.duration) for item in items]
        if sum(counts) > MAX_WINDOWS:
            raise TooLarge(f"{sum(counts)} windows were asked for; the limit is {MAX_WINDOWS}, take a longer hop")
        self.counts = np.array(counts, dtype=np.int64)

    def _count(self, duration: Fraction) -> int:
        reach = duration - self.length
        return 1 if reach <= 0 else int(-(-reach // self.hop)) + 1

    def label_span(self, item: int, place: int) -> Span:
        """Return window `place` of an item."""
        start = place * self.hop
        return Span(start, start + self.length)

    def place(self, item: int, label_span: Span) -> int | None:
        """Return which window of an item has this label span, or None."""
        place = label_span.start / self.hop
        whole = place.denominator == 1 and 0 <= place < self.counts[item]
        return int(place) if whole and label_span.duration == self.length else None

    def denominators(self, item: int) -> set[int]:
        """Return denominators in which all starts and ends of an item are whole."""
        return {self.length.denominator, self.hop.denominator}

    def ticks(self, item: int, unit: int, first: int, last: int) -> tuple[Ticks, Ticks]:
        """Return starts and ends of windows [first, last) of an item, in 1 / unit seconds."""
        starts = np.arange(first, last, dtype=np.int64) * int(self.hop * unit)
        return starts, starts + int(self.length * unit)


class ListedWindows:
    """Windows that are named one by one.

    Spans of an item come in order of time, and a span that occurs twice is one window.
    """

    def __init__(self, spans: Sequence[Sequence[Span]], longest: Fraction | None) -> None:
        self.cut = 0
        self._spans: list[list[Span]] = []
        for own in spans:
            found = set()
            for span in own:
                if longest is not None and span.duration > longest:
                    self.cut += 1
                    found.add(Span(span.start, span.start + longest))
                else:
                    found.add(span)
            self._spans.append(sorted(found))
        self.counts = np.array([len(own) for own in self._spans], dtype=np.int64)

    def label_span(self, item: int, place: int) -> Span:
        """Return window `place` of an item."""
        return self._spans[item][place]

    def place(self, item: int, label_span: Span) -> int | None:
        """Return which window of an item has this label span, or None."""
        return self._spans[item].index(label_span) if label_span in self._spans[item] else None

    def denominators(self, item: int) -> set[int]:
        """Return denominators in which all starts and ends of an item are whole."""
        return {time.denominator for span in self._spans[item] for time in (span.start, span.end)}

    def ticks(self, item: int, unit: int, first: int, last: int) -> tuple[Ticks, Ticks]:
        """Return starts and ends of windows [first, last) of an item, in 1 / unit seconds."""
        own = self._spans[item][first:last]
        starts = np.array([int(span.start * unit) for span in own], dtype=np.int64)
        return starts, np.array([int(span.end * unit) for span in own], dtype=np.int64)


def listed(items: Sequence[PlanItem], by: By, length: Fraction | None, longest: Fraction | None) -> ListedWindows:
    """Return the windows of clips, utterances, sentences or changes.

    Args:
        items: What to cut.
        by: ``"clip"``: all of each item. ``"utterance"``, ``"sentence"``: each one, as published. ``"change"``: `length`
            seconds around each moment at which the label changes from one utterance to the next.
        length: Seconds around a change.
        longest: Windows that last longer keep their first `longest` seconds.

    Raises:
        InvalidArgument: No item has any.
    """
    spans: list[list[Span]] = []
    for item in items:
        if by == "clip":
            spans.append([Span(0, item.duration)])
        elif by == "utterance":
            spans.append(list(item.utterances))
        elif by == "sentence":
            spans.append([sentence.span for sentence in item.sentences])
        else:
            half = (length or Fraction(0)) / 2
            changes = item.timeline.changes if item.timeline is not None else ()
            spans.append([Span(moment - half, moment + half) for moment in changes])
    windows = ListedWindows(spans, longest)
    if not windows.counts.sum():
        raise InvalidArgument(
            f'by="{by}" was given, but none of the {len(items)} items has a {by}; give a length and a hop'
        )
    return windows
