"""How far raters agree, how each labels, and intervals over groups of items."""

from .agreement_report import agreement
from .agreement_values import AgreementReport, Estimate, PairAgreement, PanelAgreement, RaterCounts
from .bootstrap import DRAWS, LEAST_GROUPS, Interval, bootstrap_interval, drawn_counts, interval_of
from .kappas import cohen_kappa, fleiss_kappa, gwet_ac1, krippendorff_alpha
from .label_sets import (
    StyleReport,
    exact_match,
    jaccard_distance,
    jaccard_index,
    masi_distance,
    member_matrix,
    pairwise_jaccard,
    style_report,
    unanimous,
)
from .raters import PanelRaters, RaterReport, is_decided, rater_report

__all__ = [
    "DRAWS",
    "LEAST_GROUPS",
    "AgreementReport",
    "Estimate",
    "Interval",
    "PairAgreement",
    "PanelAgreement",
    "PanelRaters",
    "RaterCounts",
    "RaterReport",
    "StyleReport",
    "agreement",
    "bootstrap_interval",
    "cohen_kappa",
    "drawn_counts",
    "exact_match",
    "fleiss_kappa",
    "gwet_ac1",
    "interval_of",
    "is_decided",
    "jaccard_distance",
    "jaccard_index",
    "krippendorff_alpha",
    "masi_distance",
    "member_matrix",
    "pairwise_jaccard",
    "rater_report",
    "style_report",
    "unanimous",
]
