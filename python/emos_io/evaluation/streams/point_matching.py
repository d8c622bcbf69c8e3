"""Predicted turning points matched with true ones, one to one: most pairs first, then least distance.

```text
 true            5        8            tolerance 5
 predicted  2  3                       nearest first: (5, 3), and 2 is too far from 8: 1 pair
                                       most pairs:    (5, 2), (8, 3): 2 pairs
```

Points are matched in order. Let pairs ``(t1, p2)`` and ``(t2, p1)`` with ``t1 <= t2`` and ``p1 <= p2`` cross. Distance on a
line is convex, so ``|t1 - p1| + |t2 - p2| <= |t1 - p2| + |t2 - p1|``, and neither of the new distances is above the larger one
of the old: without the crossing there are as many pairs, none too far, and no more distance in all. So some best matching
crosses nowhere, and dynamic programming over sorted points finds it. Points that must have equal labels are matched label by
label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from statistics import median

from ..._checks import is_sequence
from ...errors import InvalidArgument, short_repr
from ...spans import Seconds, exact_seconds, from_zero


@dataclass(frozen=True, slots=True)
class TurningPointMatch:
    """Which true turning points were found, and when.

    Attributes:
        pairs: Index of the true point and index of the predicted one, in order of the true point's time.
        delays: Predicted time minus true time of each pair, in seconds; late is above 0.
        num_true: How many true points there are.
        num_predicted: How many predicted points there are.
    """

    pairs: tuple[tuple[int, int], ...]
    delays: tuple[Fraction, ...]
    num_true: int
    num_predicted: int

    @property
    def precision(self) -> float | None:
        """Pairs by predicted points, 0 to 1; None where nothing was predicted."""
        return len(self.pairs) / self.num_predicted if self.num_predicted else None

    @property
    def recall(self) -> float | None:
        """Pairs by true points, 0 to 1; None where there are none."""
        return len(self.pairs) / self.num_true if self.num_true else None

    @property
    def f1(self) -> float | None:
        """Twice the pairs by all points, 0 to 1; None where there is no point at all."""
        total = self.num_true + self.num_predicted
        return 2 * len(self.pairs) / total if total else None

    @property
    def mean_delay(self) -> float | None:
        """Mean of `delays`, within the tolerance on both sides; None without pairs."""
        return float(sum(self.delays) / len(self.delays)) if self.delays else None

    @property
    def median_delay(self) -> float | None:
        """Median of `delays`, the mean of the two in the middle of an even number; None without pairs."""
        return float(median(self.delays)) if self.delays else None


def turning_point_match(
    true: Sequence[Seconds],
    predicted: Sequence[Seconds],
    tolerance: Seconds = 2,
    *,
    true_labels: Sequence[str] | None = None,
    predicted_labels: Sequence[str] | None = None,
) -> TurningPointMatch:
    """Match predicted turning points with true ones.

    A true point t and a predicted point p may be a pair if ``|p - t| <= tolerance``. Each point is in one pair at most. Of all
    ways to make pairs the one with most pairs counts; of several, one with the least sum of distances; of these, one with the
    earliest predicted points.

    Args:
        true: Times of the true points, in any order.
        predicted: Times of the predicted points, in any order.
        tolerance: Seconds, 0 or more.
        true_labels: The new label at each true point; None where labels do not matter. Pairs must have equal labels.
        predicted_labels: The new label at each predicted point; there where `true_labels` is.

    Raises:
        InvalidArgument: A time is none, the tolerance is below 0, or labels are not as many as points.

    Cost: one step for each two points within the tolerance of each other.

    Example:
        >>> found = turning_point_match([5, 8], [2, 3], 5)
        >>> found.pairs, found.mean_delay
        (((0, 0), (1, 1)), -4.0)
        >>> found = turning_point_match([10, 18, 30], [11, 19.5, 25, 33])
        >>> found.precision, round(found.recall, 3), round(found.f1, 3), found.mean_delay
        (0.5, 0.667, 0.571, 1.25)
    """
    true_times, predicted_times = _times(true, "true"), _times(predicted, "predicted")
    limit = from_zero(tolerance, "tolerance", "give seconds, such as 2")
    if (true_labels is None) != (predicted_labels is None):
        missing, there = (
            ("predicted_labels", "true_labels") if predicted_labels is None else ("true_labels", "predicted_labels")
        )
        raise InvalidArgument(f"{missing} must be given where {there} is, got None; give both or neither")
    all_true = _by_label(true_times, true_labels, "true_labels")
    all_predicted = _by_label(predicted_times, predicted_labels, "predicted_labels")
    pairs: list[tuple[int, int]] = []
    for label, indices in all_true.items():
        others = all_predicted.get(label, [])
        times = [true_times[index] for index in indices], [predicted_times[index] for index in others]
        pairs += [(indices[first], others[second]) for first, second in _best_pairs(*times, limit)]
    pairs.sort(key=lambda pair: (true_times[pair[0]], predicted_times[pair[1]], pair))
    delays = tuple(predicted_times[second] - true_times[first] for first, second in pairs)
    return TurningPointMatch(tuple(pairs), delays, len(true_times), len(predicted_times))


def _times(times: Sequence[Seconds], name: str) -> list[Fraction]:
    if not is_sequence(times):
        raise InvalidArgument(
            f"{name} must be a sequence of times, got {short_repr(times)}; give a list such as [10, 18.5]"
        )
    return [exact_seconds(time, name=f"time of {name}") for time in times]


def _by_label(times: Sequence[Fraction], labels: Sequence[str] | None, name: str) -> dict[str, list[int]]:
    """Return the indices of points by their label, in order of time."""
    if labels is not None and (not is_sequence(labels) or len(labels) != len(times)):
        got = len(labels) if is_sequence(labels) else short_repr(labels)
        raise InvalidArgument(
            f"{name} must be one for each of {len(times)} points, got {got}; give the new label at each"
        )
    found: dict[str, list[int]] = {}
    for index in sorted(range(len(times)), key=times.__getitem__):
        found.setdefault("" if labels is None else labels[index], []).append(index)
    return found


@dataclass(frozen=True, slots=True)
class _Chain:
    """Pairs in order, as a chain from the last one back."""

    num_pairs: int = 0
    distance: int = 0
    delay: int = 0
    pair: tuple[int, int] = (0, 0)
    before: _Chain | None = None

    @property
    def rank(self) -> tuple[int, int, int]:
        return self.num_pairs, -self.distance, -self.delay


def _best_pairs(true: Sequence[Fraction], predicted: Sequence[Fraction], tolerance: Fraction) -> list[tuple[int, int]]:
    """Return the best pairs of sorted points, by index.

    ``chains[k]`` is the best of the true points so far with the first ``low + k`` predicted ones; with more of them it is the
    last chain, since no further one is near. Predicted points below `low` are too early for all true points to come.
    """
    unit = lcm(tolerance.denominator, *(time.denominator for time in (*true, *predicted)))
    later = [int(time * unit) for time in predicted]
    limit = int(tolerance * unit)
    chains, low, high = [_Chain()], 0, 0
    for index, time in enumerate(int(each * unit) for each in true):
        first = low
        while first < len(later) and later[first] < time - limit:
            first += 1
        high = max(high, first)
        while high < len(later) and later[high] <= time + limit:
            high += 1
        # One chain for each number of predicted points, from `first` to `high`.
        earlier = [chains[min(number - low, len(chains) - 1)] for number in range(first, high + 1)]
        found = [earlier[0]]
        for number, point in enumerate(range(first, high)):
            delay = later[point] - time
            base = earlier[number]
            joined = _Chain(base.num_pairs + 1, base.distance + abs(delay), base.delay + delay, (index, point), base)
            found.append(max(found[-1], earlier[number + 1], joined, key=lambda chain: chain.rank))
        chains, low = found, first
    pairs: list[tuple[int, int]] = []
    chain: _Chain | None = chains[-1]
    while chain is not None and chain.before is not None:
        pairs.append(chain.pair)
        chain = chain.before
    return pairs[::-1]
