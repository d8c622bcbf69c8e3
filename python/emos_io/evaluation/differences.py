"""Two runs on the same draws: differences, their intervals, how likely they come by chance, and many of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from .._arrays import Float64Array
from .._checks import as_number
from ..annotation.measures import interval_of
from ..corpus._frozen import freeze
from ..errors import InvalidArgument, short_repr
from .intervals import Drawn, ScoreKey, score_key

ROUNDING = 1e-12
"""Values that differ by less, as a part of the larger one or of 1, are equal: their sums are rounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How far one run is from another in one measure, on the same clusters.

    Attributes:
        name, of: As of a `Score`.
        first, second: The values of both runs; None where there is nothing to score.
        num_first, num_second: How many things each was computed of.
        difference: `first` minus `second`, or None.
        low, high: Percentiles 2.5 and 97.5 of the differences in each draw; None where there is no interval.
        p: How likely a difference as far from 0 on either side is by chance, as the draws have it; None where there is no
            interval. Its least value is 2 / (draws + 1).
        p_adjusted: `p` beside all others that were compared at once, by Holm; None before `adjusted`, or where `p` is None.
        num_clusters: In how many of the clusters that are drawn it counts something, the fewer of the two runs; or None.
        share_undefined: The share of draws in which a run has no value; they are left out.
        why: Why there is no difference or no interval; or marks.
    """

    name: str
    of: Mapping[str, str] = field(default_factory=dict)
    first: float | None
    second: float | None
    num_first: int = 0
    num_second: int = 0
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    num_clusters: int | None = None
    share_undefined: float = 0.0
    why: str = ""

    def __post_init__(self) -> None:
        freeze(self, "of")

    @property
    def key(self) -> ScoreKey:
        """What it is of, as a key of mappings."""
        return score_key(self.name, self.of)


def differences(first: Iterable[Drawn], second: Iterable[Drawn]) -> list[Difference]:
    """Return how far two runs are from each other in each measure that both have, in the order of the first.

    In each draw of clusters both runs are measured on the same items, so that what makes a draw hard cancels. The difference of
    the draws has percentiles 2.5 and 97.5, and p is min(1, 2 (1 + min(#{d <= 0}, #{d >= 0})) / (draws + 1)) over the draws in
    which both have a value. Runs that are equal have p = 1.

    Args:
        first, second: The measures of both runs, as `drawn` gives them, on the same clusters, draws and seed.

    Raises:
        InvalidArgument: A run has a measure twice.

    Source: the 1 in numerator and denominator: A. C. Davison, D. V. Hinkley, Bootstrap Methods and their Application (1997),
    chapter 4; twice the smaller side, for a difference in either direction.

    Example:
        >>> from emos_io.corpus import Clip
        >>> from emos_io.evaluation.intervals import clusters_of, drawn
        >>> from emos_io.evaluation.sums import Measure, MeasuredRows
        >>> clips = [Clip(key=f"own/{n:02}", source="own", language="en") for n in range(40)]
        >>> clusters = clusters_of(clips, [clip.key for clip in clips])
        >>> accuracy = Measure("accuracy", lambda sums: sums[:, 0] / sums[:, 1])
        >>> def run(right):
        ...     columns = np.column_stack([right, np.ones(40)])
        ...     return drawn([MeasuredRows(columns, np.ones(40, bool), (accuracy,))], clusters, of={})
        >>> one, = differences(run(np.arange(40) % 4 > 0), run(np.arange(40) % 2 > 0))
        >>> one.difference, one.low, round(one.high, 3), round(one.p, 4)
        (0.25, 0.125, 0.4, 0.001)
        >>> same, = differences(run(np.arange(40) % 4 > 0), run(np.arange(40) % 4 > 0))
        >>> same.difference, same.low, same.high, same.p
        (0.0, 0.0, 0.0, 1.0)
    """
    others = _by_key(second)
    return [_difference(each, others[key]) for key, each in _by_key(first).items() if key in others]


def paired_p(draws: Float64Array) -> float | None:
    """Return how likely a difference as far from 0 is by chance, from its values in draws, float64 ``[D]``; NaN is left out.

    Returns:
        min(1, 2 (1 + min(#{d <= 0}, #{d >= 0})) / (draws + 1)), or None where no draw has a value.

    Example:
        >>> paired_p(np.array([0.1, 0.2, -0.1, 0.3, np.nan]))
        0.8
        >>> paired_p(np.zeros(2000)), paired_p(np.ones(2000)) == 2 / 2001
        (1.0, True)
    """
    defined = draws[~np.isnan(draws)]
    if not len(defined):
        return None
    least = min(int((defined <= 0).sum()), int((defined >= 0).sum()))
    return min(1.0, 2 * (1 + least) / (len(defined) + 1))


def holm(ps: Sequence[float]) -> list[float]:
    """Return p values that hold for all comparisons at once, by Holm's step-down rule, in the order given.

    Of m values the k-th smallest, k from 0, is multiplied by m - k; none is below a smaller one's, and none above 1.

    Raises:
        InvalidArgument: A value is not from 0 to 1.

    Source: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979).

    Example:
        >>> holm([0.01, 0.04, 0.03])
        [0.03, 0.06, 0.06]
    """
    values: list[float] = []
    for index, given in enumerate(ps):
        value = as_number(given)
        if value is None or not 0 <= value <= 1:
            raise InvalidArgument(
                f"ps must be numbers from 0 to 1, got {short_repr(given)}; leave out comparisons without a p",
                index=index,
            )
        values.append(value)
    found = [0.0] * len(values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=lambda index: values[index])):
        highest = max(highest, min(1.0, (len(values) - rank) * values[index]))
        found[index] = highest
    return found


def adjusted(family: Sequence[Difference]) -> list[Difference]:
    """Return differences with `p_adjusted`, by `holm` over those that have a p.

    Args:
        family: All comparisons from which conclusions are drawn together, such as one measure of many runs with the same run.

    Example:
        >>> family = [Difference(name="accuracy", first=0.5, second=0.4, p=p) for p in (0.01, None, 0.04)]
        >>> [each.p_adjusted for each in adjusted(family)]
        [0.02, None, 0.04]
    """
    values = iter(holm([each.p for each in family if each.p is not None]))
    return [each if each.p is None else replace(each, p_adjusted=next(values)) for each in family]


def _difference(first: Drawn, second: Drawn) -> Difference:
    a, b = first.value, second.value
    found = Difference(
        name=first.name,
        of=first.of,
        first=a,
        second=b,
        num_first=first.n,
        num_second=second.n,
        why=_marks(first.why, second.why, "" if first.counted == second.counted else "the runs count different items"),
    )
    if a is None or b is None:
        return found
    found = replace(found, difference=float(_without_rounding(np.array([a]), np.array([b]))[0]))
    if first.num_clusters is None or second.num_clusters is None or first.drawn_from != second.drawn_from:
        why = "" if first.num_clusters is None else "the runs have no draws of the same clusters"
        return replace(found, why=_marks(found.why, why))
    # Precision of a class counts something where the run predicts it, so the clusters that count may be others.
    num_clusters = min(first.num_clusters, second.num_clusters)
    found = replace(found, num_clusters=num_clusters)
    if not (len(first.draws) and len(second.draws)):
        return found
    draws = _without_rounding(first.draws, second.draws)
    interval = interval_of(draws, num_clusters)
    return replace(
        found,
        low=interval.low,
        high=interval.high,
        p=paired_p(draws),
        share_undefined=interval.num_undefined / len(draws),
        why=_marks(found.why, interval.why),
    )


def _without_rounding(first: Float64Array, second: Float64Array) -> Float64Array:
    """Return the differences; those within rounding are 0, so that no sign of a rounded sum counts."""
    apart = first - second
    scale = np.fmax(1.0, np.fmax(np.abs(first), np.abs(second)))
    apart[np.abs(apart) <= ROUNDING * scale] = 0.0
    return apart


def _marks(*marks: str) -> str:
    """Return each mark once."""
    return "; ".join(dict.fromkeys(part for mark in marks for part in mark.split("; ") if part))


def _by_key(run: Iterable[Drawn]) -> dict[ScoreKey, Drawn]:
    found: dict[ScoreKey, Drawn] = {}
    for each in run:
        if each.key in found:
            raise InvalidArgument(
                f"run must have each measure once, got {each.name!r} of {dict(each.of)} twice; leave one out"
            )
        found[each.key] = each
    return found
