"""Votes of several raters: one label an item, and how far raters agree. Numpy only."""

from .aggregate import (
    EMOS_MAX_ITERATIONS,
    EMOS_TOLERANCE,
    Aggregated,
    dawid_skene,
    majority,
    one_coin,
    soft,
)
from .agreement import cohen_kappa, fleiss_kappa, gwet_ac1, krippendorff_alpha
from .correction import MELD_HIGH, MELD_MARGIN, Corrected, map_probabilities, mapped_votes, meld_correction
from .label_sets import StyleReport, exact_match, jaccard_distance, masi_distance, pairwise_jaccard, style_report
from .tiers import TIER_HIGH, TIER_MEDIUM, num_unique_labels, tier

__all__ = [
    "EMOS_MAX_ITERATIONS",
    "EMOS_TOLERANCE",
    "MELD_HIGH",
    "MELD_MARGIN",
    "TIER_HIGH",
    "TIER_MEDIUM",
    "Aggregated",
    "Corrected",
    "StyleReport",
    "cohen_kappa",
    "dawid_skene",
    "exact_match",
    "fleiss_kappa",
    "gwet_ac1",
    "jaccard_distance",
    "krippendorff_alpha",
    "majority",
    "map_probabilities",
    "mapped_votes",
    "masi_distance",
    "meld_correction",
    "num_unique_labels",
    "one_coin",
    "pairwise_jaccard",
    "soft",
    "style_report",
    "tier",
]
