"""Votes of several raters: one label for each item, and how far raters agree.

Aggregation and agreement take arrays and lists, and read no files. `EventLog` keeps votes in a file, `read_votes` and
`read_span_votes` read them from files, `review_queue` lists the items to adjudicate, which are written for reviewers and read
back (workbooks with openpyxl). `emos_io.annotation.paper` computes the tables of the paper.
"""

from ..corpus import CONFIDENCE_TIER_HIGH, CONFIDENCE_TIER_MEDIUM, ConfidenceTier
from .aggregate import Aggregated, majority, soft
from .agreement import cohen_kappa, fleiss_kappa, gwet_ac1, krippendorff_alpha
from .agreement_report import agreement
from .agreement_values import AgreementReport, Estimate, PairAgreement, PanelAgreement, RaterCounts
from .bootstrap import Interval, bootstrap_interval
from .chain import Chain, ChainStep, chains, item_chains
from .correction import MELD_HIGH, MELD_MARGIN, Corrected, map_probabilities, mapped_votes, meld_correction
from .deciding import Method, Recipe, decide
from .deciding.difference import DecisionDifference, SourceDifference, decision_difference
from .em import EMOS_MAX_ITERATIONS, EMOS_TOLERANCE, class_posteriors, dawid_skene, one_coin
from .events import Event, EventLog, with_events
from .importing import read_span_votes, read_votes
from .informativeness import informativeness
from .label_decisions import LABEL_THRESHOLDS, LabelDecisions, label_decisions, label_posteriors
from .label_sets import (
    StyleReport,
    exact_match,
    jaccard_distance,
    jaccard_index,
    masi_distance,
    pairwise_jaccard,
    style_report,
    unanimous,
)
from .log_items import log_corpus
from .matrix import votes_matrix
from .raters import PanelRaters, RaterReport, is_decided, rater_report
from .review import (
    QUEUE_SUFFIXES,
    REVIEW_COLUMNS,
    REVIEW_REASONS,
    ReviewReason,
    ReviewTask,
    read_answers,
    review_queue,
    write_review_csv,
    write_review_label_studio,
    write_review_queue,
    write_review_workbook,
)
from .tiers import confidence_tier, num_unique_labels
from .vote_table import Abstain

__all__ = [
    "CONFIDENCE_TIER_HIGH",
    "CONFIDENCE_TIER_MEDIUM",
    "EMOS_MAX_ITERATIONS",
    "EMOS_TOLERANCE",
    "LABEL_THRESHOLDS",
    "MELD_HIGH",
    "MELD_MARGIN",
    "QUEUE_SUFFIXES",
    "REVIEW_COLUMNS",
    "REVIEW_REASONS",
    "Abstain",
    "Aggregated",
    "AgreementReport",
    "Chain",
    "ChainStep",
    "ConfidenceTier",
    "Corrected",
    "DecisionDifference",
    "Estimate",
    "Event",
    "EventLog",
    "Interval",
    "LabelDecisions",
    "Method",
    "PairAgreement",
    "PanelAgreement",
    "PanelRaters",
    "RaterCounts",
    "RaterReport",
    "Recipe",
    "ReviewReason",
    "ReviewTask",
    "SourceDifference",
    "StyleReport",
    "agreement",
    "bootstrap_interval",
    "chains",
    "class_posteriors",
    "cohen_kappa",
    "confidence_tier",
    "dawid_skene",
    "decide",
    "decision_difference",
    "exact_match",
    "fleiss_kappa",
    "gwet_ac1",
    "informativeness",
    "is_decided",
    "item_chains",
    "jaccard_distance",
    "jaccard_index",
    "krippendorff_alpha",
    "label_decisions",
    "label_posteriors",
    "log_corpus",
    "majority",
    "map_probabilities",
    "mapped_votes",
    "masi_distance",
    "meld_correction",
    "num_unique_labels",
    "one_coin",
    "pairwise_jaccard",
    "rater_report",
    "read_answers",
    "read_span_votes",
    "read_votes",
    "review_queue",
    "soft",
    "style_report",
    "unanimous",
    "votes_matrix",
    "with_events",
    "write_review_csv",
    "write_review_label_studio",
    "write_review_queue",
    "write_review_workbook",
]
