"""Corpora: items, spans, votes, decisions; readers that repair and say so.

Verbs are functions. Those that read give a `Corpus`; `split`, `doctor`, `save` and `attach` take one. Most are methods of
`Corpus` too.
"""

from .confidence_tiers import CONFIDENCE_TIER_HIGH, CONFIDENCE_TIER_MEDIUM, CONFIDENCE_TIERS, ConfidenceTier
from .corpus import Corpus, load, read_chsims, read_folder, read_meld, read_release, save
from .data import CorpusData, Items
from .division import (
    GROUPS,
    STRATA,
    Folds,
    Leak,
    LeakReport,
    Split,
    folds,
    keys_sha256,
    leaks,
    leave_one_out,
    load_division,
    load_folds,
    load_split,
    predefined_split,
    split,
)
from .examination import CorpusCounts, Examination, doctor
from .exchange import EXPORT_SUFFIXES, export, read_predictions, segments_of
from .finding_codes import FINDING_CODES, SEVERITIES, Severity
from .findings import Finding, FindingCollector, Findings
from .link import MEDIA_SOURCES, Link, attach, match
from .media_check import Probe, check_media
from .named_layers import Layer, taxonomies_of, with_layer
from .normalise import Normalised, Normaliser
from .own_taxonomies import checked_taxonomies, with_single_layers
from .records import (
    Clip,
    Decision,
    HasDuration,
    Monologue,
    Provenance,
    Role,
    Scalar,
    Sentence,
    Trend,
    Utterance,
    Vote,
)
from .synthetic import SYNTHETIC, SYNTHETIC_REMARK, is_synthetic, is_synthetic_media
from .taxonomies import LabelMap, Taxonomy, is_known, known_maps, label_map, taxonomy
from .taxonomy_files import is_taxonomy_file, read_taxonomies, read_taxonomy
from .timeline import LabelTimeline

__all__ = [
    "CONFIDENCE_TIERS",
    "CONFIDENCE_TIER_HIGH",
    "CONFIDENCE_TIER_MEDIUM",
    "EXPORT_SUFFIXES",
    "FINDING_CODES",
    "GROUPS",
    "MEDIA_SOURCES",
    "SEVERITIES",
    "STRATA",
    "SYNTHETIC",
    "SYNTHETIC_REMARK",
    "Clip",
    "ConfidenceTier",
    "Corpus",
    "CorpusCounts",
    "CorpusData",
    "Decision",
    "Examination",
    "Finding",
    "FindingCollector",
    "Findings",
    "Folds",
    "HasDuration",
    "Items",
    "LabelMap",
    "LabelTimeline",
    "Layer",
    "Leak",
    "LeakReport",
    "Link",
    "Monologue",
    "Normalised",
    "Normaliser",
    "Probe",
    "Provenance",
    "Role",
    "Scalar",
    "Sentence",
    "Severity",
    "Split",
    "Taxonomy",
    "Trend",
    "Utterance",
    "Vote",
    "attach",
    "check_media",
    "checked_taxonomies",
    "doctor",
    "export",
    "folds",
    "is_known",
    "is_synthetic",
    "is_synthetic_media",
    "is_taxonomy_file",
    "keys_sha256",
    "known_maps",
    "label_map",
    "leaks",
    "leave_one_out",
    "load",
    "load_division",
    "load_folds",
    "load_split",
    "match",
    "predefined_split",
    "read_chsims",
    "read_folder",
    "read_meld",
    "read_predictions",
    "read_release",
    "read_taxonomies",
    "read_taxonomy",
    "save",
    "segments_of",
    "split",
    "taxonomies_of",
    "taxonomy",
    "with_layer",
    "with_single_layers",
]
