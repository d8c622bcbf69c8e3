"""What agreement gives: measures with intervals, of panels, pairs and raters, as values and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from ..vote_table import Abstain
from .bootstrap import Interval
from .panel_groups import ItemKind

Level = Literal["nominal", "masi"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure with its interval.

    Attributes:
        value: The measure; None where it is undefined.
        why: Why it is undefined; empty where it is not.
        interval: Between which values it lies in 95 percent of the draws of groups; None where it is undefined.
    """

    value: float | None
    why: str = ""
    interval: Interval | None = None

    def as_dict(self) -> dict[str, object]:
        """Return value, low, high, num_groups, num_undefined (draws) and why: plain values of JSON."""
        found = self.interval
        return {
            "value": self.value,
            "low": None if found is None else found.low,
            "high": None if found is None else found.high,
            "num_groups": None if found is None else found.num_groups,
            "num_undefined": None if found is None else found.num_undefined,
            "why": self.why or ("" if found is None else found.why),
        }


@dataclass(frozen=True, slots=True)
class RaterCounts:
    """What one rater gave in a panel: numbers of clips, or seconds of monologues, exact.

    Attributes:
        rater: The name.
        votes: Votes with labels. With `abstained`, `unusable` and `missing` they are all of the panel.
        abstained: Abstentions. None of them is a vote, also where the report counts them as a label.
        unusable: Votes without a label and the abstain word, or with several labels in a layer that takes one.
        missing: Where others of the panel gave something, and this rater nothing.
        cardinality, neutral_rate: The mean number of labels, and the share of votes with the neutral label; None without votes,
            or without such a label. Where abstentions count as a label, they are among the votes of this and of the next two.
        consensus_exact, consensus_jaccard: The share of votes that are what more than half of the raters gave, and the mean
            Jaccard index with it, over what has such a consensus; None where nothing has one. See `style_report`.
    """

    rater: str
    votes: Fraction
    abstained: Fraction
    unusable: Fraction
    missing: Fraction
    cardinality: float | None
    neutral_rate: float | None
    consensus_exact: float | None
    consensus_jaccard: float | None


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """How far two raters agree.

    Attributes:
        raters: Their names, sorted.
        shared: What both labelled: clips, or seconds of monologues.
        cohen: Cohen's kappa; undefined for sets of labels.
        jaccard: The mean Jaccard index of their sets of labels.
        exact_match: The share of what both labelled on which they gave the same.
    """

    raters: tuple[str, str]
    shared: Fraction
    cohen: Estimate
    jaccard: Estimate
    exact_match: Estimate


@dataclass(frozen=True, slots=True)
class PanelAgreement:
    """How far the raters of one panel agree, on clips or on monologues.

    Attributes:
        kind: ``"clips"``, each of which counts as 1, or ``"monologues"``, which count by seconds.
        raters: What each rater gave, by name.
        num_items: Items with a vote of the panel.
        num_rows: Clips, or parts of monologues in which no rater changes.
        total: How much all rows count: the number of clips, or seconds.
        num_groups: Groups of items that are drawn together for intervals.
        group_kinds: Kinds of groups that the items are in, such as ``("video",)``; none where items are drawn alone.
        fleiss: Fleiss' kappa, generalised where votes are missing; undefined for sets of labels.
        krippendorff: Krippendorff's alpha of labels, or of sets by the MASI distance.
        level: The distance of Krippendorff's alpha: ``"nominal"`` or ``"masi"``.
        gwet: Gwet's AC1; undefined for sets of labels.
        unanimous: The share, of what two raters or more labelled, on which all of them gave the same.
        pairs: Each pair of raters.
        stray: Votes on these items that alone would link the panel with another, as (rater, key of item); they are left out.
    """

    kind: ItemKind
    raters: tuple[RaterCounts, ...]
    num_items: int
    num_rows: int
    total: Fraction
    num_groups: int
    group_kinds: tuple[str, ...]
    fleiss: Estimate
    krippendorff: Estimate
    level: Level
    gwet: Estimate
    unanimous: Estimate
    pairs: tuple[PairAgreement, ...]
    stray: tuple[tuple[str, str], ...] = ()

    def amount(self, value: Fraction) -> int | str:
        """Return an amount as JSON has it: a number of clips, or seconds as ``"a/b"``."""
        return int(value) if self.kind == "clips" else f"{value.numerator}/{value.denominator}"

    def as_dict(self) -> dict[str, object]:
        """Return plain values of JSON: numbers of clips, seconds as ``"a/b"``, None for what is undefined."""
        return {
            "kind": self.kind,
            "unit": "clips" if self.kind == "clips" else "seconds",
            "num_items": self.num_items,
            "num_rows": self.num_rows,
            "total": self.amount(self.total),
            "num_groups": self.num_groups,
            "group_kinds": list(self.group_kinds),
            "fleiss": self.fleiss.as_dict(),
            "krippendorff": {"level": self.level, **self.krippendorff.as_dict()},
            "gwet": self.gwet.as_dict(),
            "unanimous": self.unanimous.as_dict(),
            "stray": [list(each) for each in self.stray],
            "raters": [
                {
                    "rater": each.rater,
                    **{
                        name: self.amount(getattr(each, name)) for name in ("votes", "abstained", "unusable", "missing")
                    },
                    "cardinality": each.cardinality,
                    "neutral_rate": each.neutral_rate,
                    "consensus_exact": each.consensus_exact,
                    "consensus_jaccard": each.consensus_jaccard,
                }
                for each in self.raters
            ],
            "pairs": [
                {
                    "raters": list(each.raters),
                    "shared": self.amount(each.shared),
                    "cohen": each.cohen.as_dict(),
                    "jaccard": each.jaccard.as_dict(),
                    "exact_match": each.exact_match.as_dict(),
                }
                for each in self.pairs
            ],
        }


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """How far the raters of a corpus agree in one layer.

    Attributes:
        layer: The layer.
        multiple: Whether the layer takes several labels at once.
        abstain: What an abstention is.
        draws, seed: The number of draws of each interval, and their seed.
        panels: Panels on clips, then panels on monologues, each in the order of its first item.
    """

    layer: str
    multiple: bool
    abstain: Abstain
    draws: int
    seed: int
    panels: tuple[PanelAgreement, ...]

    def as_dict(self) -> dict[str, object]:
        """Return plain values of JSON."""
        return {
            "layer": self.layer,
            "multiple": self.multiple,
            "abstain": self.abstain,
            "draws": self.draws,
            "seed": self.seed,
            "panels": [panel.as_dict() for panel in self.panels],
        }
