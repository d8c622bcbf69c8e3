"""Labels from votes: by counting, by EM, label by label, and by the rules of EmoS; arrays in, arrays out."""

from .aggregate import Aggregated, MajorityTies, majority, soft
from .by_label import LABEL_THRESHOLDS, LabelDecisions, LabelMethod, label_decisions, label_posteriors
from .correction import MELD_HIGH, MELD_MARGIN, Corrected, map_probabilities, mapped_votes, meld_correction
from .em import EMOS_MAX_ITERATIONS, EMOS_TOLERANCE, EmInit, EmPrior, class_posteriors, dawid_skene, one_coin
from .information import informativeness

__all__ = [
    "EMOS_MAX_ITERATIONS",
    "EMOS_TOLERANCE",
    "LABEL_THRESHOLDS",
    "MELD_HIGH",
    "MELD_MARGIN",
    "Aggregated",
    "Corrected",
    "EmInit",
    "EmPrior",
    "LabelDecisions",
    "LabelMethod",
    "MajorityTies",
    "class_posteriors",
    "dawid_skene",
    "informativeness",
    "label_decisions",
    "label_posteriors",
    "majority",
    "map_probabilities",
    "mapped_votes",
    "meld_correction",
    "one_coin",
    "soft",
]
