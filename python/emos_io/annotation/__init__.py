"""Votes of several raters: one label for each item, and how far raters agree.

What this file exports needs only numpy and reads no files. The modules beside it use the corpus: `events` keeps a log of
votes in a file, `importing` reads votes from files, `review` writes items to adjudicate and reads answers
(workbooks with openpyxl), and `paper` computes the tables of the paper.
"""

from ..corpus.confidence_tiers import CONFIDENCE_TIER_HIGH, CONFIDENCE_TIER_MEDIUM, ConfidenceTier
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
from .tiers import confidence_tier, num_unique_labels

__all__ = [
    "CONFIDENCE_TIER_HIGH",
    "CONFIDENCE_TIER_MEDIUM",
    "EMOS_MAX_ITERATIONS",
    "EMOS_TOLERANCE",
    "MELD_HIGH",
    "MELD_MARGIN",
    "Aggregated",
    "ConfidenceTier",
    "Corrected",
    "StyleReport",
    "cohen_kappa",
    "confidence_tier",
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
]
