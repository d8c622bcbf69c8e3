"""Windows that are read, and the rows that they give.

```text
 streams   |---- 8 s ----|---- 8 s ----|--    the state goes on; a row a step of 250 ms
 windows   |---- 8 s ----|                    the state begins anew in each; a row each, of its last step
             |---- 8 s ----|                  row: from the end of the window before to its own
 clips     [--- clip ---]                     one row, of the last step
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from ...corpus import Corpus
from ...inference import STEP, num_steps
from ...plan import Windowing, WindowPlan
from ...spans import Span

HowRead: TypeAlias = Literal["offline", "streaming", "windows", "clips"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How items of one kind are read.

    Attributes:
        how: ``"offline"`` and ``"streaming"``: streams, whose state goes on; ``"windows"`` and ``"clips"``: each by itself.
        seconds: Of a window.
        hop: Seconds from window to window.
    """

    how: HowRead
    seconds: Fraction
    hop: Fraction

    @property
    def carries_state(self) -> bool:
        """Whether a window begins with the state that the one before ended with."""
        return self.how in ("offline", "streaming")

    def plans(self, corpus: Corpus, keys: Sequence[str]) -> list[WindowPlan]:
        """Return the windows of items, item by item, forward; monologues that are shorter than the hop are a plan of their own.

        A plan refuses a hop that is longer than an item. A short monologue has one window, whatever the hop.
        """
        if not keys:
            return []
        if self.how == "clips":
            return [WindowPlan(corpus, Windowing(by="clip"), labels=None, split=keys, order="sequential")]
        seconds = {key: corpus.monologues[key].duration for key in keys}
        long = [key for key in keys if seconds[key] >= self.hop]
        short = [key for key in keys if seconds[key] < self.hop]
        parts = [(long, self.hop)] if long else []
        if short:
            parts.append((short, min(seconds[key] for key in short)))
        return [
            WindowPlan(corpus, Windowing(self.seconds, hop), labels=None, split=part, order="sequential")
            for part, hop in parts
        ]

    def rows(self, duration: Fraction) -> list[Span]:
        """Return the spans of the rows of a monologue, in order of time; they cover ``[0, duration)`` without overlap."""
        first, hop = (STEP, STEP) if self.carries_state else (self.seconds, self.hop)
        ends = [first]
        while ends[-1] < duration:
            ends.append(ends[-1] + hop)
        ends[-1] = duration
        return [Span(start, end) for start, end in zip([Fraction(0), *ends], ends, strict=False)]

    def rows_of_window(self, window: Span, duration: Fraction) -> list[tuple[int, Span]]:
        """Return the steps of a window of a monologue that have a row, each with the span of its row.

        Args:
            window: The window; it may end after the item.
            duration: Seconds of the item.
        """
        count = num_steps(min(window.end, duration) - window.start)
        if self.carries_state:
            starts = [window.start + step * STEP for step in range(count)]
            return [(step, Span(start, min(start + STEP, duration))) for step, start in enumerate(starts)]
        start = window.start - self.hop + self.seconds if window.start else Fraction(0)
        return [(count - 1, Span(start, min(window.end, duration)))]


def seconds_of_clips(plan: WindowPlan) -> Mapping[str, Fraction]:
    """Return the seconds of each clip of a plan, measured where nobody published them."""
    found = (plan.locate(number) for number in range(len(plan)))
    return {each.item: each.span.duration for each in found}
