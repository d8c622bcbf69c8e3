"""Which labels windows get by a label rule: integer ticks, and many windows at once.

```text
 labels    |--- Joy ---|     |-- Fear --|        |  duration
 window         [ start ............. end )
 "end"      the segment that holds the last moment before the end (or before the item's end, if that is earlier)
 "majority" the class with most seconds inside
 "overlap"  every class by its seconds inside
```
Time without a label gives no label. A window without labelled time is not valid; it is never taken for Neutral.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from .._arrays import BoolArray, Float32Array, Float64Array, Int64Array
from ..corpus import LabelTimeline
from ..errors import InvalidArgument
from .label_rule import LabelRule

_LIMIT = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class LabelArrays:
    """Labels of n windows in K classes.

    Attributes:
        soft: float32 ``[n, K]``; each row sums to 1, or to 0 where the label is not valid.
        valid: bool ``[n]``: the window has a label, and it counts.
        confidence: float64 ``[n]``, 0 to 1.
        labelled: bool ``[n]``: some time of the window has a label.
        mixed: bool ``[n]``: two different labels or more lie in the window.
        in_doubt: bool ``[n]``: the window has a label, and a boundary within the collar could change it.
    """

    soft: Float32Array
    valid: BoolArray
    confidence: Float64Array
    labelled: BoolArray
    mixed: BoolArray
    in_doubt: BoolArray

    def __repr__(self) -> str:
        return f"LabelArrays({self.soft.shape[0]} windows, {self.soft.shape[1]} classes, {int(self.valid.sum())} valid)"


class LabelSegments:
    """The labelled segments of one item, on a grid of ticks.

    Args:
        timeline: The labels; None or an empty one labels nothing.
        classes: Names of the K classes.
        duration: Seconds of the item. Labels after its end do not count.
        unit: Ticks in a second. Every boundary must be an integer number of them.

    Raises:
        InvalidArgument: Times and weights do not fit in 64 bits together.
    """

    def __init__(self, timeline: LabelTimeline | None, classes: Sequence[str], duration: Fraction, unit: int) -> None:
        self.duration, self.unit = int(duration * unit), unit
        pairs = [] if timeline is None else list(zip(timeline.spans, timeline.weights, strict=True))
        pairs = [(span, weights) for span, weights in pairs if span.start < duration]
        # Segments with the same labels and weights share one state.
        states: dict[tuple[Fraction, ...], int] = {}
        rows = [tuple(weights.get(name, Fraction(0)) for name in classes) for _, weights in pairs]
        self._state = np.array([states.setdefault(row, len(states)) for row in rows], dtype=np.int64)
        self.scale = math.lcm(*(weight.denominator for row in states for weight in row))
        if self.scale * self.duration >= _LIMIT:
            raise InvalidArgument(
                f"label weights must have a common denominator in 64 bits, got {len(states)} sets without one; round them"
            )
        numerators = [[int(weight * self.scale) for weight in row] for row in states]
        self._weights = np.array(numerators, dtype=np.int64).reshape(len(states), len(classes))
        self._start = np.array([int(span.start * unit) for span, _ in pairs], dtype=np.int64)
        self._end = np.array([int(min(span.end, duration) * unit) for span, _ in pairs], dtype=np.int64)
        ticks = np.zeros((len(pairs) + 1, len(states)), dtype=np.int64)
        ticks[np.arange(1, len(pairs) + 1), self._state] = self._end - self._start
        self._ticks_before = ticks.cumsum(axis=0)
        self._boundaries = self._find_boundaries()

    def _find_boundaries(self) -> Int64Array:
        """Return moments within the item at which the label changes, begins or ends."""
        same = (self._end[:-1] == self._start[1:]) & (self._state[:-1] == self._state[1:])
        begins = self._start[np.concatenate([[True], ~same])] if self._start.size else self._start
        ends = self._end[np.concatenate([~same, [True]])] if self._end.size else self._end
        both = np.union1d(begins, ends)
        return both[(both > 0) & (both < self.duration)]

    def ticks_by_state(self, starts: Int64Array, ends: Int64Array) -> Int64Array:
        """Return how many ticks of each window each state fills: int64 ``[n, states]``."""
        return self._until(ends) - self._until(starts)

    def _until(self, times: Int64Array) -> Int64Array:
        segment = np.searchsorted(self._start, times, side="right") - 1
        total = self._ticks_before[np.maximum(segment, 0)]
        begun = segment >= 0
        last = segment[begun]
        total[begun, self._state[last]] += np.minimum(times[begun], self._end[last]) - self._start[last]
        return total

    def decide(self, rule: LabelRule, starts: Int64Array, ends: Int64Array, *, backward: bool) -> LabelArrays:
        """Return the labels of windows ``[starts, ends)``, in ticks.

        Args:
            rule: How labels become one label.
            starts, ends: int64 ``[n]``, in ticks.
            backward: With ``"end"``, only boundaries before the deciding moment count. Causal plans know no later ones, and
                in plans of utterances every end is a boundary.

        Cost: a binary search for each window, and one number for each window and state.
        """
        number, classes = len(starts), self._weights.shape[1]
        if not self._start.size:
            never = np.zeros(number, dtype=np.bool_)
            empty = np.zeros((number, classes), np.float32)
            return LabelArrays(empty, never, np.zeros(number), never.copy(), never.copy(), never.copy())
        ticks = self.ticks_by_state(starts, ends)
        labelled = ticks.max(axis=1) > 0
        mixed = (ticks > 0).sum(axis=1) >= 2
        if rule.label_at == "end":
            soft, valid, certainty, in_doubt = self._at_end(rule, starts, ends, backward)
        else:
            soft, valid, certainty = self._by_time(rule, ticks)
            in_doubt = certainty < 1
        in_doubt &= valid
        if rule.collar_mode == "mask":
            valid &= ~in_doubt
        soft[~valid] = 0
        return LabelArrays(soft, valid, np.where(valid, np.minimum(certainty, 1.0), 0.0), labelled, mixed, in_doubt)

    def _at_end(
        self, rule: LabelRule, starts: Int64Array, ends: Int64Array, backward: bool
    ) -> tuple[Float32Array, BoolArray, Float64Array, BoolArray]:
        moment = np.minimum(ends, self.duration)
        # The last moment before the end: a segment that begins at the end is not in the window.
        segment = np.searchsorted(self._start, moment, side="left") - 1
        valid = (segment >= 0) & (moment <= self._end[np.maximum(segment, 0)]) & (moment > starts)
        soft = (self._weights[self._state[np.maximum(segment, 0)]] / self.scale).astype(np.float32)
        collar = rule.collar * self.unit
        distance = np.full(len(moment), np.inf)
        in_doubt = np.zeros(len(moment), dtype=np.bool_)
        following = np.searchsorted(self._boundaries, moment, side="left")
        if self._boundaries.size and collar:
            distance = np.where(following > 0, moment - self._boundaries[np.maximum(following - 1, 0)], np.inf)
            # A boundary exactly `collar` before the moment counts.
            in_doubt = distance <= float(collar)
            if not backward:
                after = self._boundaries[np.minimum(following, self._boundaries.size - 1)] - moment
                later = np.where(following < self._boundaries.size, after, np.inf)
                in_doubt |= later < float(collar)
                distance = np.minimum(distance, later)
        return soft, valid, _share(distance, collar), in_doubt

    def _by_time(self, rule: LabelRule, ticks: Int64Array) -> tuple[Float32Array, BoolArray, Float64Array]:
        mass = ticks @ self._weights
        total = mass.sum(axis=1)
        valid = total > 0
        if rule.label_at == "overlap":
            soft = (mass / np.maximum(total, 1)[:, None]).astype(np.float32)
            return soft, valid, _share(total, rule.collar * self.unit * self.scale)
        # Equal seconds: the class that comes first in the order of the classes.
        first = mass.argmax(axis=1)
        soft = np.zeros(mass.shape, np.float32)
        soft[np.arange(len(mass)), first] = 1
        lead = mass.max(axis=1)
        if mass.shape[1] > 1:
            lead = lead - np.partition(mass, -2, axis=1)[:, -2]
        return soft, valid, _share(lead, 2 * rule.collar * self.unit * self.scale)


def _share(ticks: npt.NDArray[np.generic], collar: Fraction) -> Float64Array:
    """Return ticks / collar, or 1 without a collar; the comparison with 1 is exact."""
    if collar == 0:
        return np.ones(len(ticks))
    # Both are integers far below 2**53, so that floats hold them exactly.
    return ticks.astype(np.float64) / float(collar)
