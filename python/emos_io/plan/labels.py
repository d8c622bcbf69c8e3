"""Which label a window gets: stated rules, in whole ticks, for many windows at once.

```text
 labels    |--- Joy ---|     |-- Fear --|        |  duration
 window         [ start ............. end )
 "end"      the stretch that holds the last moment before the end (or before the item's end, if that comes first)
 "majority" the class with most seconds inside
 "overlap"  every class by its seconds inside
```
Time without a label gives none: the window is masked, and it is never taken for Neutral.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..corpus import LabelTimeline
from ..errors import InvalidArgument

LabelAt = Literal["end", "majority", "overlap"]
CollarMode = Literal["mask", "soften"]
Ticks = npt.NDArray[np.int64]

_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class LabelRule:
    """How labels over time become the label of a window.

    A window is in doubt where a boundary that lies up to `collar` seconds elsewhere would give another answer. ``"end"``: the
    window ends at most `collar` after a boundary, or less than `collar` before one. ``"majority"``: the first class leads the
    second by less than twice `collar`. ``"overlap"``: less than `collar` seconds have a label.

    Attributes:
        at: The rule.
        collar: Seconds; 0 doubts nothing.
        mode: ``"mask"`` masks windows in doubt; ``"soften"`` lets their confidence fall in a straight line, to 0 at the
            boundary, at equal seconds, or without labelled time.
        backward: Only boundaries before the deciding moment count, as in causal plans, which know of no later ones, and
            in plans of utterances, whose ends are boundaries.
    """

    at: LabelAt
    collar: Fraction
    mode: CollarMode
    backward: bool


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """Labels of n windows.

    Attributes:
        soft: float32 ``[n, K]``, of sum 1 or 0.
        mask: bool ``[n]``: there is a label and it counts.
        confidence: float64 ``[n]``.
        labelled: bool ``[n]``: some time of the window has a label.
        mixed: bool ``[n]``: labels of two kinds or more lie in the window.
        doubted: bool ``[n]``: there is a label, and a boundary within the collar could make it another.
    """

    soft: npt.NDArray[np.float32]
    mask: npt.NDArray[np.bool_]
    confidence: npt.NDArray[np.float64]
    labelled: npt.NDArray[np.bool_]
    mixed: npt.NDArray[np.bool_]
    doubted: npt.NDArray[np.bool_]


class Stretches:
    """The labels of one item on a grid of ticks.

    Args:
        timeline: What to decide by; None or an empty one labels nothing.
        classes: Names of the K classes.
        duration: Seconds of the item: labels after its end do not count.
        unit: Ticks a second, in which all boundaries are whole.

    Raises:
        InvalidArgument: Times and weights do not fit in 64 bits together.
    """

    def __init__(self, timeline: LabelTimeline | None, classes: Sequence[str], duration: Fraction, unit: int) -> None:
        self.duration, self.unit = int(duration * unit), unit
        pairs = [] if timeline is None else list(zip(timeline.spans, timeline.weights, strict=True))
        pairs = [(span, weights) for span, weights in pairs if span.start < duration]
        # Stretches with the same labels and weights are one state, however often it comes back.
        states: dict[tuple[Fraction, ...], int] = {}
        rows = [
            tuple(Fraction(weights.get(name, 0)).limit_denominator(1000) for name in classes) for _, weights in pairs
        ]
        self._state = np.array([states.setdefault(row, len(states)) for row in rows], dtype=np.int64)
        self.scale = math.lcm(*(weight.denominator for row in states for weight in row))
        if self.scale * self.duration >= _LIMIT:
            raise InvalidArgument(f"weights of {len(states)} labels have no common denominator in 64 bits; round them")
        whole = [[int(weight * self.scale) for weight in row] for row in states]
        self._weights = np.array(whole, dtype=np.int64).reshape(len(states), len(classes))
        self._start = np.array([int(span.start * unit) for span, _ in pairs], dtype=np.int64)
        self._end = np.array([int(min(span.end, duration) * unit) for span, _ in pairs], dtype=np.int64)
        held = np.zeros((len(pairs) + 1, len(states)), dtype=np.int64)
        held[np.arange(1, len(pairs) + 1), self._state] = self._end - self._start
        self._held = held.cumsum(axis=0)
        self._boundaries = self._find_boundaries()

    def _find_boundaries(self) -> Ticks:
        """Return moments within the item at which the label changes, begins or ends."""
        same = (self._end[:-1] == self._start[1:]) & (self._state[:-1] == self._state[1:])
        begins = self._start[np.concatenate([[True], ~same])] if self._start.size else self._start
        ends = self._end[np.concatenate([~same, [True]])] if self._end.size else self._end
        both = np.union1d(begins, ends)
        return both[(both > 0) & (both < self.duration)]

    def seconds(self, starts: Ticks, ends: Ticks) -> Ticks:
        """Return for how many ticks each state holds within windows: int64 ``[n, states]``."""
        return self._until(ends) - self._until(starts)

    def _until(self, times: Ticks) -> Ticks:
        place = np.searchsorted(self._start, times, side="right") - 1
        total = self._held[np.maximum(place, 0)]
        inside = place >= 0
        here = place[inside]
        total[inside, self._state[here]] += np.minimum(times[inside], self._end[here]) - self._start[here]
        return total

    def decide(self, rule: LabelRule, starts: Ticks, ends: Ticks) -> Decided:
        """Return the labels of windows [starts, ends), in ticks.

        Cost: a binary search a window, and one number a window and state.
        """
        number, classes = len(starts), self._weights.shape[1]
        if not self._start.size:
            never = np.zeros(number, dtype=np.bool_)
            empty = np.zeros((number, classes), np.float32)
            return Decided(empty, never, np.zeros(number), never.copy(), never.copy(), never.copy())
        held = self.seconds(starts, ends)
        labelled = held.max(axis=1) > 0
        mixed = (held > 0).sum(axis=1) >= 2
        if rule.at == "end":
            soft, mask, surety, doubted = self._at_end(rule, starts, ends)
        else:
            soft, mask, surety = self._by_time(rule, held)
            doubted = surety < 1
        doubted &= mask
        if rule.mode == "mask":
            mask &= ~doubted
        soft[~mask] = 0
        return Decided(soft, mask, np.where(mask, np.minimum(surety, 1.0), 0.0), labelled, mixed, doubted)

    def _at_end(
        self, rule: LabelRule, starts: Ticks, ends: Ticks
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        moment = np.minimum(ends, self.duration)
        # The last moment before the end: a stretch that begins at the end is not in the window.
        place = np.searchsorted(self._start, moment, side="left") - 1
        mask = (place >= 0) & (moment <= self._end[np.maximum(place, 0)]) & (moment > starts)
        soft = (self._weights[self._state[np.maximum(place, 0)]] / self.scale).astype(np.float32)
        collar = rule.collar * self.unit
        far = np.full(len(moment), np.inf)
        doubted = np.zeros(len(moment), dtype=np.bool_)
        at = np.searchsorted(self._boundaries, moment, side="left")
        if self._boundaries.size and collar:
            far = np.where(at > 0, moment - self._boundaries[np.maximum(at - 1, 0)], np.inf)
            # Moved on by all of the collar, it would still come before nothing but the end.
            doubted = far <= float(collar)
            if not rule.backward:
                after = self._boundaries[np.minimum(at, self._boundaries.size - 1)] - moment
                later = np.where(at < self._boundaries.size, after, np.inf)
                doubted |= later < float(collar)
                far = np.minimum(far, later)
        return soft, mask, _share(far, collar), doubted

    def _by_time(
        self, rule: LabelRule, held: Ticks
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
        mass = held @ self._weights
        total = mass.sum(axis=1)
        mask = total > 0
        if rule.at == "overlap":
            soft = (mass / np.maximum(total, 1)[:, None]).astype(np.float32)
            return soft, mask, _share(total, rule.collar * self.unit * self.scale)
        # Equal seconds: the class that comes first in the order of the classes.
        first = mass.argmax(axis=1)
        soft = np.zeros(mass.shape, np.float32)
        soft[np.arange(len(mass)), first] = 1
        lead = mass.max(axis=1)
        if mass.shape[1] > 1:
            lead = lead - np.partition(mass, -2, axis=1)[:, -2]
        return soft, mask, _share(lead, 2 * rule.collar * self.unit * self.scale)


def _share(found: npt.NDArray[np.generic], collar: Fraction) -> npt.NDArray[np.float64]:
    """Return found / collar, 1 without collar. Whole numbers decide, so that no rounding does."""
    if collar == 0:
        return np.ones(len(found))
    values = found.astype(np.float64)
    # Ticks are whole numbers far below 2**53, and collar is a whole number of ticks.
    return values / float(collar)
