"""Corpora: items, spans, votes, decisions; readers that repair and say so."""

from .corpus import Corpus, Items
from .findings import Finding, FindingCollector, Findings
from .normalise import Normalised, Normaliser
from .records import Clip, Decision, Monologue, Provenance, Sentence, Trend, Utterance, Vote
from .taxonomies import LabelMap, Taxonomy, label_map, taxonomy
from .timeline import LabelTimeline

__all__ = [
    "Clip",
    "Corpus",
    "Decision",
    "Finding",
    "FindingCollector",
    "Findings",
    "Items",
    "LabelMap",
    "LabelTimeline",
    "Monologue",
    "Normalised",
    "Normaliser",
    "Provenance",
    "Sentence",
    "Taxonomy",
    "Trend",
    "Utterance",
    "Vote",
    "label_map",
    "taxonomy",
]
