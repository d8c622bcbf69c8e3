"""Intervals by the bootstrap over groups: what lies together is drawn together.

Clips of one dialogue are no independent observations, so groups are drawn, not items. A measure that is a function of sums
needs no copies of items: the sums of a draw are the sums of each group, times how often the group was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..._arrays import Float64Array, Int64Array
from ...errors import InvalidArgument
from ..checks import checked_int

DRAWS = 2_000
"""The number of draws."""
LEAST_GROUPS = 10
"""The fewest groups that have an interval: of fewer, draws are too much alike."""
PERCENTILES = (2.5, 97.5)
"""The percentiles of the draws that an interval lies between: 95 percent."""
_CHUNK = 1 << 23
"""How many counts of groups are in memory at the same time, 8 bytes each."""

OfSums = Callable[[Float64Array], Float64Array]
"""A measure of sums, from float64 ``[D, S]`` to float64 ``[D]``: one value for each row, NaN where it is undefined."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Between which values a measure lies in 95 percent of the draws of groups.

    Attributes:
        low, high: Percentiles 2.5 and 97.5 of the draws; None where there is no interval.
        num_groups: The number of groups that were drawn from.
        num_undefined: The number of draws in which the measure is undefined; they are left out.
        why: Why there is no interval; empty where there is one.
    """

    low: float | None
    high: float | None
    num_groups: int
    num_undefined: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class GroupSums:
    """Sums of each group, and a measure as a function of the sums of many groups.

    Attributes:
        sums: float64 ``[G, S]``: the sums of each of G groups, in an order that does not depend on that of the items.
        of_sums: The measure, of float64 ``[D, S]``.
    """

    sums: Float64Array
    of_sums: OfSums

    def value(self) -> float:
        """Return the measure of all groups."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(self.of_sums(self.sums.sum(axis=0, keepdims=True))[0])


def bootstrap_interval(sums: ArrayLike, of_sums: OfSums, *, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Return the interval of a measure by the percentile bootstrap over groups.

    Args:
        sums: float64 ``[G, S]``: S sums of each group, such as numbers of items and of right answers.
        of_sums: The measure: from sums ``[D, S]`` of D draws to D values, NaN where it is undefined.
        draws: The number of draws of G groups with replacement.
        seed: The seed of the draws.

    Returns:
        The percentiles 2.5 and 97.5 of the draws, with linear interpolation; none for fewer than 10 groups, or where no draw
        has a value.

    Raises:
        InvalidArgument: `sums` has no two dimensions or is not finite, `draws` is below 1, or `seed` below 0.

    Cost: ``draws * G * S`` multiplications; at most 64 MB besides the sums.

    Source: B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), section 13.3; drawing groups: A. C. Davison,
    D. V. Hinkley, Bootstrap Methods and their Application (1997), section 3.8.

    Example:
        >>> right = [[k % 5, 5] for k in range(20)]     # 20 dialogues of 5 clips, with 0 to 4 right answers
        >>> found = bootstrap_interval(right, lambda sums: sums[:, 0] / sums[:, 1])
        >>> found.num_groups, 0.2 < found.low < 0.4 < found.high < 0.6
        (20, True)
        >>> bootstrap_interval(right[:9], lambda sums: sums[:, 0] / sums[:, 1]).why
        'an interval needs 10 groups, and there are 9'
    """
    array = np.asarray(sums, np.float64)
    if array.ndim != 2 or not np.isfinite(array).all():
        got = f"shape {array.shape}" if array.ndim != 2 else "a value that is not finite"
        raise InvalidArgument(f"sums must be finite numbers [groups, sums], got {got}; give a row for each group")
    return bootstrap_intervals([GroupSums(array, of_sums)], draws=draws, seed=seed)[0]


def bootstrap_intervals(measures: Iterable[GroupSums], *, draws: int = DRAWS, seed: int = 0) -> list[Interval]:
    """Return the interval of each measure, as `bootstrap_interval` does; measures of as many groups share their draws.

    Raises:
        InvalidArgument: `draws` is below 1, or `seed` below 0.
    """
    checked_int(draws, "draws", least=1)
    checked_int(seed, "seed", least=0)
    kept: tuple[int, list[Float64Array]] = (0, [])
    intervals: list[Interval] = []
    for measure in measures:
        groups = len(measure.sums)
        if groups < LEAST_GROUPS:
            number = f"there {'is' if groups == 1 else 'are'} {groups}"
            intervals.append(Interval(None, None, groups, why=f"an interval needs {LEAST_GROUPS} groups, and {number}"))
            continue
        if groups * draws > _CHUNK:
            counts: Iterable[Float64Array] = _counts(groups, draws, seed)
        else:
            kept = kept if kept[0] == groups else (groups, list(_counts(groups, draws, seed)))
            counts = kept[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.concatenate([measure.of_sums(each @ measure.sums) for each in counts])
        intervals.append(_interval(values, groups))
    return intervals


def group_sums(columns: Float64Array, group: Int64Array) -> Float64Array:
    """Return the sums over the rows of each group, of float64 ``[N, S]``; groups that have no row are left out.

    Args:
        columns: What each row adds.
        group: int64 ``[N]``: the group of each row, from 0.

    Returns:
        float64 ``[G, S]``, in the order of the groups' numbers.
    """
    present, index = np.unique(group, return_inverse=True)
    sums = np.zeros((len(present), columns.shape[1]))
    np.add.at(sums, index.ravel(), columns)
    return sums


def _counts(groups: int, draws: int, seed: int) -> Iterator[Float64Array]:
    """Yield how many times each group was drawn, float64 ``[D, G]``, for some draws after others."""
    random = np.random.default_rng(seed)
    size = max(1, _CHUNK // groups)
    for start in range(0, draws, size):
        number = min(size, draws - start)
        drawn = random.integers(groups, size=(number, groups)) + groups * np.arange(number)[:, None]
        yield np.bincount(drawn.ravel(), minlength=number * groups).reshape(number, groups).astype(np.float64)


def _interval(values: Float64Array, groups: int) -> Interval:
    defined = values[~np.isnan(values)]
    undefined = len(values) - len(defined)
    if not len(defined):
        return Interval(None, None, groups, undefined, "the measure is undefined in every draw")
    low, high = np.percentile(defined, PERCENTILES).tolist()
    return Interval(low, high, groups, undefined)
