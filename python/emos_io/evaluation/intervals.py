"""Scores with intervals: clusters of items are drawn, within each source, and measures are computed of the sums of clusters.

Items that a split never separates, such as the clips of a dialogue, are no independent observations. So what is drawn are the
connected groups of the split. Intervals say nothing of new speakers: 6 people speak most of MELD, in all of its dialogues.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .._arrays import BoolArray, Float64Array
from .._checks import integer
from ..annotation.measures import DRAWS, LEAST_GROUPS, drawn_counts, interval_of
from ..corpus._frozen import freeze
from ..errors import InvalidArgument
from .clusters import Clusters, clusters_of
from .scores import Score
from .sums import Measured, MeasuredPairs, MeasuredRows, OfSums, PlainValue
from .won_pairs import won_pairs

__all__ = [
    "FEW_CLUSTERS",
    "LEAST_CLUSTERS",
    "NOTHING_TO_SCORE",
    "Clusters",
    "Drawn",
    "ScoreKey",
    "clusters_of",
    "drawn",
    "score_key",
    "scored",
]

LEAST_CLUSTERS = LEAST_GROUPS
"""The fewest clusters that have an interval: of fewer, draws are too much alike."""
FEW_CLUSTERS = 30
"""Scores of fewer clusters are marked: their intervals are too narrow."""
NOTHING_TO_SCORE = "there is nothing to score"
ScoreKey = tuple[str, tuple[tuple[str, str], ...]]
"""What a score is of: its name, and `Score.of` as sorted pairs."""


def score_key(name: str, of: Mapping[str, str]) -> ScoreKey:
    """Return what a score is of, as a key of mappings.

    Example:
        >>> score_key("recall", {"layer": "basic7", "class": "Joy"})
        ('recall', (('class', 'Joy'), ('layer', 'basic7')))
    """
    return name, tuple(sorted(of.items()))


@dataclass(frozen=True, slots=True, repr=False, eq=False, kw_only=True)
class Drawn:
    """A measure, and its values in the draws of clusters.

    Attributes:
        name, of: As of a `Score`.
        value: The measure of all rows that count; None where there is nothing to score.
        n: How many things it was computed of.
        num_clusters: In how many clusters the measure counts something, such as truth of its class; None for a measure that has
            no interval.
        draws: float64 ``[D]``: the values of the draws, NaN where there is none; empty where there is no interval.
        share_partial: The share of draws that lack a part of the measure, such as a class, and leave it out.
        drawn_from: A checksum of the clusters, the draws and the seed: draws may be paired where it is equal.
        counted: A checksum of which rows count, or how many things it was computed of: equal for runs on the same items.
        why: Why there is no value or no interval; or marks.
    """

    name: str
    of: Mapping[str, str]
    value: float | None
    n: int
    num_clusters: int | None = None
    draws: Float64Array = field(default_factory=lambda: np.empty(0))
    share_partial: float = 0.0
    drawn_from: str = ""
    counted: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        freeze(self, "of")

    @property
    def key(self) -> ScoreKey:
        """What it is of, as a key of mappings."""
        return score_key(self.name, self.of)

    def score(self) -> Score:
        """Return the score: the value, with percentiles 2.5 and 97.5 of the draws that have one."""
        low = high = None
        undefined, why = 0.0, self.why
        if len(self.draws) and self.num_clusters is not None:
            found = interval_of(self.draws, self.num_clusters)
            low, high, undefined = found.low, found.high, found.num_undefined / len(self.draws)
            why = "; ".join(filter(None, (self.why, found.why)))
        return Score(
            name=self.name,
            value=self.value,
            n=self.n,
            of=self.of,
            low=low,
            high=high,
            num_clusters=self.num_clusters,
            share_undefined=undefined,
            share_partial=self.share_partial,
            why=why,
        )


def scored(
    measured: Sequence[Measured],
    clusters: Clusters,
    *,
    of: Mapping[str, str],
    draws: int = DRAWS,
    seed: int = 0,
    rows: BoolArray | None = None,
) -> list[Score]:
    """Return a score for each measure, in order, with its interval by the percentile bootstrap over clusters.

    From each source as many clusters are drawn as it has, with replacement. The interval lies between the percentiles 2.5 and
    97.5 of the draws, with linear interpolation. Draws without a value are left out, and their share is given. Of fewer than 10
    clusters there is no interval, and scores of fewer than 30 are marked in `Score.why`. Of the clusters that are drawn only
    those count so in which the measure counts something (`Measure.supports`): recall of a class has those with truth of it.

    Args:
        measured: The measures.
        clusters: The clusters of their rows.
        of: What all of them are of; `of` of a measure is added to it.
        draws: The number of draws; all measures of the same clusters have the same draws, and so have other runs.
        seed: The seed of the draws.
        rows: bool ``[N]``: the rows that are scored, such as those of one language; None for all. Only clusters with a row that
            counts are drawn.

    Raises:
        InvalidArgument: `draws` is below 1 or `seed` below 0, rows are not those of the clusters, or what counts is not finite.

    Cost: ``draws * G * S`` multiplications for G clusters and S sums; 300 MB at most, besides the measures.

    Source: B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), section 13.3; drawing clusters within strata:
    A. C. Davison, D. V. Hinkley, Bootstrap Methods and their Application (1997), sections 3.2 and 3.8.

    Example:
        >>> from emos_io.corpus import Clip
        >>> from emos_io.evaluation.sums import Measure
        >>> clips = [Clip(key=f"own/{n:02}", source="own", language="en") for n in range(40)]
        >>> right = np.arange(40) % 4 > 0
        >>> accuracy = Measure("accuracy", lambda sums: sums[:, 0] / sums[:, 1])
        >>> rows = MeasuredRows(np.column_stack([right, np.ones(40)]), np.ones(40, bool), (accuracy,))
        >>> score, = scored([rows], clusters_of(clips, [clip.key for clip in clips]), of={"layer": "basic7", "kind": "clips"})
        >>> score.value, score.low, score.high, score.num_clusters
        (0.75, 0.625, 0.875, 40)
    """
    return [each.score() for each in drawn(measured, clusters, of=of, draws=draws, seed=seed, rows=rows)]


def drawn(
    measured: Sequence[Measured],
    clusters: Clusters,
    *,
    of: Mapping[str, str],
    draws: int = DRAWS,
    seed: int = 0,
    rows: BoolArray | None = None,
) -> list[Drawn]:
    """Return each measure with its values in the draws, as `scored` does; `differences` pairs those of two runs."""
    draws = integer(draws, "draws", "give such an integer")
    seed = integer(seed, "seed", "give such an integer", least=0)
    work: list[_Work | PlainValue] = [
        each if isinstance(each, PlainValue) else _Work(each, clusters, rows) for each in measured
    ]
    _draw([each for each in work if isinstance(each, _Work)], draws, seed)
    found: list[Drawn] = []
    for each in work:
        if isinstance(each, PlainValue):
            found.append(
                Drawn(
                    name=each.name,
                    of={**of, **each.of},
                    value=each.value,
                    n=each.num,
                    counted=str(each.num),
                    why=each.why,
                )
            )
        else:
            found += each.drawn(of, draws, seed)
    return found


class _Work:
    """The measures of some rows, the clusters that have a row that counts, and the values of their draws so far."""

    def __init__(self, measured: MeasuredRows | MeasuredPairs, clusters: Clusters, rows: BoolArray | None) -> None:
        counted = measured.counted if rows is None else measured.counted & rows
        if counted.shape != clusters.index.shape:
            raise InvalidArgument(
                f"measured must have a row for each of {len(clusters.index)} rows of the clusters, got {len(counted)}; give "
                "the clusters of its items"
            )
        self.clusters = clusters.selected(counted)
        self.num_counted = int(counted.sum())
        rows_in_order = counted[clusters.order]
        self.counted = hashlib.sha256(rows_in_order.tobytes()).hexdigest()
        order = self.clusters.order
        self.measures: list[tuple[str, Mapping[str, str], str]]
        if isinstance(measured, MeasuredRows):
            columns = measured.columns[counted]
            _check_finite(columns, "columns")
            self.measures = [(each.name, each.of, each.why) for each in measured.measures]
            starts = np.flatnonzero(np.diff(self.clusters.index[order], prepend=-1))
            self.sums = (
                np.add.reduceat(columns[order], starts) if len(starts) else np.zeros((0, measured.columns.shape[1]))
            )
        else:
            _check_finite(measured.score[counted], "score")
            self.measures = [(measured.name, measured.of, "")]
            self.row_score, self.positive = measured.score[counted], measured.positive[counted]
        self.measured = measured
        self.values: list[Float64Array] = []
        self.partial: list[Float64Array] = []

    def add(self, counts: Float64Array) -> None:
        """Add the values of some draws, whose counts of clusters are float64 ``[D, G]``."""
        values, partial = self._values(counts)
        self.values.append(values)
        self.partial.append(partial)

    def drawn(self, of: Mapping[str, str], draws: int, seed: int) -> list[Drawn]:
        """Return the measures."""
        everything = np.ones((1, len(self.clusters)))
        totals, _ = self._values(everything)
        drawn_from = _sha256([self.clusters.names, self.clusters.sources, draws, seed])
        found: list[Drawn] = []
        for index, (name, own, mark) in enumerate(self.measures):
            value = float(totals[index, 0])
            number = self._num_clusters(index)
            is_drawn = bool(self.values) and number >= LEAST_CLUSTERS and not np.isnan(value)
            partial = np.concatenate([each[index] for each in self.partial]) if is_drawn else np.zeros(1)
            found.append(
                Drawn(
                    name=name,
                    of={**of, **own},
                    value=None if np.isnan(value) else value,
                    n=self._num(index, everything),
                    num_clusters=number,
                    draws=np.concatenate([each[index] for each in self.values]) if is_drawn else np.empty(0),
                    share_partial=float((partial > 0).mean()),
                    drawn_from=drawn_from,
                    counted=self.counted,
                    why="; ".join(
                        filter(None, (mark, NOTHING_TO_SCORE if np.isnan(value) else _why(self.clusters, number)))
                    ),
                )
            )
        return found

    def _values(self, counts: Float64Array) -> tuple[Float64Array, Float64Array]:
        """Return the values of all measures, float64 ``[M, D]``, NaN where there is none, and how much each draw leaves out."""
        if isinstance(self.measured, MeasuredPairs):
            areas = won_pairs(counts, self.clusters.index, self.row_score, self.positive)
            return areas[None], np.zeros((1, len(counts)))
        sums = counts @ self.sums
        values = np.full((len(self.measures), len(counts)), np.nan)
        partial = np.zeros(values.shape)
        with np.errstate(divide="ignore", invalid="ignore"):
            for index, measure in enumerate(self.measured.measures):
                values[index] = measure.of_sums(sums)
                if measure.leaves_out is not None:
                    partial[index] = measure.leaves_out(sums)
        values[~np.isfinite(values)] = np.nan
        return values, partial

    def _num_clusters(self, index: int) -> int:
        if isinstance(self.measured, MeasuredRows):
            return self.measured.measures[index].num_clusters(self.sums)
        kinds = (self.positive, ~self.positive)
        return min(len(np.unique(self.clusters.index[rows])) for rows in kinds)

    def _num(self, index: int, everything: Float64Array) -> int:
        num: OfSums | None = None
        if isinstance(self.measured, MeasuredRows):
            num = self.measured.measures[index].num
        if num is None:
            return self.num_counted
        return round(float(num(everything @ self.sums)[0]))


def _draw(work: Sequence[_Work], draws: int, seed: int) -> None:
    """Draw clusters for each measure; those of the same clusters have the same draws."""
    same: dict[tuple[str, ...], list[_Work]] = defaultdict(list)
    for each in work:
        if len(each.clusters) >= LEAST_CLUSTERS:
            same[each.clusters.names].append(each)
    for together in same.values():
        sizes = list(Counter(together[0].clusters.sources).values())
        for counts in drawn_counts(sizes, draws, seed):
            for each in together:
                each.add(counts)


def _why(clusters: Clusters, number: int) -> str:
    """Return why so few clusters have no interval, or how their scores are marked; empty for many.

    Args:
        clusters: Those that are drawn.
        number: How many of them count for the measure.
    """
    if number < LEAST_CLUSTERS:
        return f"an interval needs {LEAST_CLUSTERS} clusters, and there {'is' if number == 1 else 'are'} {number}"
    marks = [f"drawn from {number} clusters, fewer than {FEW_CLUSTERS}"] if number < FEW_CLUSTERS else []
    lonely = [source for source, count in Counter(clusters.sources).items() if count == 1]
    marks += [f"{source} has one cluster, which each draw holds once" for source in lonely]
    return "; ".join(marks)


def _check_finite(values: Float64Array, name: str) -> None:
    if not np.isfinite(values).all():
        raise InvalidArgument(
            f"{name} must be finite in rows that count, got a value that is not finite; do not count these rows"
        )


def _sha256(values: object) -> str:
    return hashlib.sha256(json.dumps(values).encode(errors="surrogatepass")).hexdigest()
