"""Intervals by the bootstrap over groups: what lies together is drawn together.

Clips of one dialogue are no independent observations, so groups are drawn, not items. A measure that is a function of sums
needs no copies of items: the sums of a draw are the sums of each group, times how often the group was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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
            counts: Iterable[Float64Array] = drawn_counts((groups,), draws, seed)
        else:
            kept = kept if kept[0] == groups else (groups, list(drawn_counts((groups,), draws, seed)))
            counts = kept[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.concatenate([measure.of_sums(each @ measure.sums) for each in counts])
        intervals.append(interval_of(values, groups))
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


def drawn_counts(strata: Sequence[int], draws: int, seed: int) -> Iterator[Float64Array]:
    """Yield how many times each group was drawn, for some draws after others.

    From each stratum as many groups are drawn as it has, with replacement. The draws are those of the seed and of the numbers
    of groups, however many of them are yielded at once.

    Args:
        strata: How many groups each stratum has; the groups of a stratum stand side by side.
        draws: The number of draws.
        seed: The seed of the draws.

    Yields:
        float64 ``[D, G]``: D draws of G groups of all strata, at most 64 MB.

    Example:
        >>> counts = next(drawn_counts((3, 2), draws=4, seed=0))
        >>> counts.shape, counts[:, :3].sum(axis=1).tolist(), counts[:, 3:].sum(axis=1).tolist()
        ((4, 5), [3.0, 3.0, 3.0, 3.0], [2.0, 2.0, 2.0, 2.0])
    """
    groups = sum(strata)
    # Draws of one stratum are those of the seed itself.
    seeds = [np.random.SeedSequence(seed)] if len(strata) == 1 else np.random.SeedSequence(seed).spawn(len(strata))
    randoms = [np.random.default_rng(each) for each in seeds]
    size = max(1, _CHUNK // max(1, groups))
    for start in range(0, draws, size):
        number = min(size, draws - start)
        parts = [_counts(random, of, number) for random, of in zip(randoms, strata, strict=True)]
        yield parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def interval_of(values: Float64Array, groups: int) -> Interval:
    """Return the interval of a measure from its values in the draws, float64 ``[D]``; draws where it is NaN are left out."""
    defined = values[~np.isnan(values)]
    undefined = len(values) - len(defined)
    if not len(defined):
        return Interval(None, None, groups, undefined, "the measure is undefined in every draw")
    low, high = np.percentile(defined, PERCENTILES).tolist()
    return Interval(low, high, groups, undefined)


def _counts(random: np.random.Generator, groups: int, number: int) -> Float64Array:
    drawn = random.integers(groups, size=(number, groups))
    drawn += groups * np.arange(number)[:, None]
    return np.bincount(drawn.ravel(), minlength=number * groups).reshape(number, groups).astype(np.float64)
