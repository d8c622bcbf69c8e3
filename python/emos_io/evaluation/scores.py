"""What `score` gives: a list of scores, each with what it is of, its interval and how much it was computed of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..corpus import Findings, Scalar
from ..corpus._frozen import freeze


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One number.

    Attributes:
        name: Name of the measure, as in ``docs/metrics.md``.
        value: The value, or None where there is nothing to score: never 1, never 0.
        n: How many things it was computed of: items, seconds, pairs.
        of: What it is of, by kind. ``layer`` and ``kind`` (``clips`` or ``streams``) are always there; others are ``class``,
            ``clock``, ``definition``, ``tolerance``, ``language``, ``confidence_tier``, ``source``, ``film``.
        low, high: The interval; None where there is none.
        num_clusters: From how many clusters was drawn, or None.
        share_undefined: The share of draws without a value.
        why: Why there is no value or no interval; or a mark, such as of fewer than 30 clusters.
    """

    name: str
    value: float | None
    n: int
    of: Mapping[str, str] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    num_clusters: int | None = None
    share_undefined: float = 0.0
    why: str = ""

    def __post_init__(self) -> None:
        freeze(self, "of")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTable:
    """A table behind scores: a confusion matrix, the bins of a calibration, confidence by tier.

    Attributes:
        name: ``confusion``, ``reliability_equal_width``, ``reliability_equal_mass``, ``confidence_by_tier``.
        columns: Names of the columns.
        rows: The cells.
        of: What it is of, as of a `Score`.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    of: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        freeze(self, "of")


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Scores:
    """The scores of one run.

    Attributes:
        name: Name of the run or of its file.
        scores: All scores.
        tables: The tables behind them.
        counts: What was scored and what was not, by name: items, missing, unknown, invalid, without_confidence and more.
        provenance: Where truth and predictions come from: corpus, split, truth and predictions by checksum, seed and draws of
            the intervals, which decisions were fitted with test items, what models may have seen.
        findings: What is wrong; none is left out.
    """

    name: str
    scores: tuple[Score, ...]
    tables: tuple[ScoreTable, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    provenance: Mapping[str, Scalar] = field(default_factory=dict)
    findings: Findings = field(default_factory=Findings)

    def __post_init__(self) -> None:
        freeze(self, "counts", "provenance")

    def __iter__(self) -> Iterator[Score]:
        return iter(self.scores)

    def __repr__(self) -> str:
        return f"Scores({self.name!r}, {len(self.scores)} scores, {len(self.tables)} tables, {len(self.findings)} findings)"
