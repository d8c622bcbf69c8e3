"""What is in a corpus, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TypedDict

from .amounts import LabelAmounts, LengthCounts, label_amounts, length_counts
from .data import CorpusData, checked_corpus
from .findings import FindingCollector, Findings
from .media_check import Probe, check_media
from .records import Clip, Monologue


class CorpusCounts(TypedDict):
    """How much a corpus holds, as JSON values."""

    clips: int
    clips_by_source: dict[str, int]
    clips_by_language: dict[str, int]
    tiers: dict[str, dict[str, int]]
    votes: int
    monologues: int
    monologues_by_language: dict[str, int]
    utterances: int
    sentences: int
    seconds: str
    seconds_float: float
    lengths: LengthCounts
    clip_seconds: str
    labels: dict[str, LabelAmounts]
    with_media: int
    clips_with_media: int
    monologues_with_media: int
    findings: dict[str, int]


@dataclass(frozen=True, slots=True, repr=False)
class Examination:
    """What `doctor` found.

    Attributes:
        counts: How much the corpus holds.
        findings: Everything that readers repaired, left out or found wrong.
    """

    counts: CorpusCounts
    findings: Findings

    def __repr__(self) -> str:
        counts = self.counts
        return f"Examination({counts['clips']} clips, {counts['monologues']} monologues, {len(self.findings)} findings)"


def doctor(corpus: CorpusData, probe: Probe | None = None) -> Examination:
    """Count what a corpus holds and gather what is wrong with it.

    Args:
        corpus: The corpus to examine; it is not changed.
        probe: How long a media file is; with it, media that items have are opened and their durations compared with the
            labels.

    Besides what readers found, an item is a finding where all words of a label are outside of the taxonomy, so that a time of
    it, or the item, has no label (``no_known_label``).

    Example:
        >>> from emos_io.corpus import Clip, Corpus
        >>> found = doctor(Corpus([Clip(key="own/1", source="own", language="en")]))
        >>> found.counts["clips_by_source"], found.findings
        ({'own': 1}, Findings(0 findings))
    """
    corpus, findings = checked_corpus(corpus), FindingCollector()
    for item in corpus:
        _check_words(item, findings)
    if probe is not None:
        for item in corpus:
            if item.path is not None:
                check_media(item, item.path, probe, findings)
    found = Findings((*corpus.findings, *findings.collected))
    return Examination({**counts(corpus), "findings": found.counts()}, found)


def _check_words(item: Clip | Monologue, findings: FindingCollector) -> None:
    """Make a finding of an item whose labels are words outside of the taxonomy, and nothing else."""
    if isinstance(item, Monologue):
        # Where several raters labelled it and none decides, votes are all that there is.
        labelled = [(any(each.labels.values()), each.open_labels) for each in item.utterances] or [
            (bool(vote.labels), vote.open_labels) for vote in item.votes
        ]
        words = [unknown for has_label, unknown in labelled if not has_label]
        number = len(labelled)
    else:
        words = [] if item.decisions else [each.open_labels for each in item.votes if not each.labels]
        number = len(item.votes)
        if len(words) < number:
            # Another vote has a label.
            return
    unknown = [each for each in words if each]
    if unknown:
        what = f"{len(unknown)} of {number} labels have no word of the taxonomy, {unknown[0][0]!r} first"
        fix = "correct them, or name the taxonomy that they are of; spoken words belong to sentences"
        findings.add("no_known_label", item.key, what, fix)


def counts(corpus: CorpusData) -> CorpusCounts:
    """Return how much a corpus holds, as JSON values; seconds are exact, ``"a/b"``."""
    tiers: dict[str, Counter[str]] = {}
    for clip in corpus.clips:
        tiers.setdefault(clip.source, Counter())[clip.confidence_tier or "none"] += 1
    seconds = sum((monologue.duration for monologue in corpus.monologues), Fraction(0))
    return {
        "clips": len(corpus.clips),
        "clips_by_source": dict(sorted(Counter(clip.source for clip in corpus.clips).items())),
        "clips_by_language": dict(sorted(Counter(clip.language for clip in corpus.clips).items())),
        "tiers": {source: dict(sorted(each.items())) for source, each in sorted(tiers.items())},
        "votes": sum(len(item.votes) for item in corpus),
        "monologues": len(corpus.monologues),
        "monologues_by_language": dict(sorted(Counter(each.language for each in corpus.monologues).items())),
        "utterances": sum(len(each.utterances) for each in corpus.monologues),
        "sentences": sum(len(each.sentences) for each in corpus.monologues),
        "seconds": str(seconds),
        "seconds_float": float(seconds),
        "lengths": length_counts(corpus),
        "clip_seconds": str(sum((clip.duration or Fraction(0) for clip in corpus.clips), Fraction(0))),
        "labels": label_amounts(corpus),
        "with_media": sum(item.path is not None for item in corpus),
        "clips_with_media": sum(clip.path is not None for clip in corpus.clips),
        "monologues_with_media": sum(each.path is not None for each in corpus.monologues),
        "findings": corpus.findings.counts(),
    }
