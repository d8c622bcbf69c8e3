"""What is in a corpus, and what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .corpus import Corpus
from .findings import Finding, Findings
from .link import DURATION_TOLERANCE


@dataclass(frozen=True, slots=True)
class Examination:
    """What `examine` found.

    Attributes:
        counts: How much of what the corpus holds.
        findings: Everything that readers repaired, left out or hold to be wrong.
    """

    counts: dict[str, Any]
    findings: tuple[Finding, ...]


def examine(corpus: Corpus, probe: Callable[[str], float] | None = None) -> Examination:
    """Count what a corpus holds and gather what is wrong with it.

    Args:
        corpus: What to look at.
        probe: Gives the seconds of a media file; with it, media at hand are opened and held against the labels.
    """
    findings = Findings()
    if probe is not None:
        for item in corpus.items:
            if item.path is None:
                continue
            try:
                seconds = probe(item.path)
            except (OSError, RuntimeError) as error:
                findings.add("unreadable_media", item.key, f"it cannot be read ({error})", "get the file anew")
                continue
            length = getattr(item, "duration", None)
            if isinstance(length, Fraction) and abs(seconds - float(length)) > DURATION_TOLERANCE:
                what = f"the media lasts {seconds:.2f} s, the labels say {float(length):.2f} s"
                findings.add("duration_differs", item.key, what, "see that it is the cut that was labelled")
    return Examination(counts(corpus), (*corpus.findings, *findings))


def counts(corpus: Corpus) -> dict[str, Any]:
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
        "votes": sum(len(clip.votes) for clip in corpus.clips),
        "monologues": len(corpus.monologues),
        "monologues_by_language": dict(sorted(Counter(each.language for each in corpus.monologues).items())),
        "utterances": sum(len(each.utterances) for each in corpus.monologues),
        "sentences": sum(len(each.sentences) for each in corpus.monologues),
        "seconds": str(seconds),
        "seconds_float": float(seconds),
        "with_media": sum(item.path is not None for item in corpus.items),
        "findings": corpus.findings.counts(),
    }
