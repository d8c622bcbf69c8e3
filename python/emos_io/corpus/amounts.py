"""How much a corpus has of each label, and how long its items are, as JSON values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import TypedDict

from ..spans import Span
from .data import CorpusData
from .records import Clip, Monologue

LENGTH_EDGES = (1, 2, 5, 10, 20, 60, 120, 300)
"""Seconds between which items are counted."""
UNKNOWN_LENGTH = "unknown"


class LabelAmounts(TypedDict):
    """How much of a layer has each label: clips by decision, and exact seconds of monologues, ``"a/b"``."""

    clips: dict[str, int]
    seconds: dict[str, str]


class LengthCounts(TypedDict):
    """How many items have each length, by ranges of seconds such as ``"[1, 2)"``; ``"unknown"`` where nobody published one."""

    clips: dict[str, int]
    monologues: dict[str, int]


def label_amounts(corpus: CorpusData) -> dict[str, LabelAmounts]:
    """Return how much has each label, layer by layer; a clip, or a second, that has several counts for each of them.

    Labels of monologues count from 0 to their ends; time without a label counts for none.

    Example:
        >>> from emos_io.corpus import Corpus, Utterance
        >>> part = Utterance(index=0, span=Span(0, 5), labels={"basic7": ("Joy",)})
        >>> film = Monologue(key="m", name="m", title="M", language="en", duration=Fraction(4), utterances=(part,))
        >>> label_amounts(Corpus([], [film]))
        {'basic7': {'clips': {}, 'seconds': {'Joy': '4'}}}
    """
    clips: dict[str, Counter[str]] = {}
    seconds: dict[str, dict[str, Fraction]] = {}
    for clip in corpus.clips:
        for layer, decision in clip.decisions.items():
            clips.setdefault(layer, Counter()).update(dict.fromkeys(decision.labels, 1))
    for item in corpus.monologues:
        within = Span(0, item.duration) if item.duration > 0 else None
        for layer in dict.fromkeys(name for each in item.utterances for name in each.layers):
            total = seconds.setdefault(layer, {})
            timeline = item.labels(layer)
            for span, weights in zip(timeline.spans, timeline.weights, strict=True):
                part = None if within is None else span.intersect(within)
                amount = Fraction(0) if part is None else part.duration
                for label in weights if amount else ():
                    total[label] = total.get(label, Fraction(0)) + amount
    return {
        layer: {
            "clips": dict(sorted(clips.get(layer, Counter()).items())),
            "seconds": {label: str(each) for label, each in sorted(seconds.get(layer, {}).items())},
        }
        for layer in sorted({*clips, *seconds})
    }


def length_counts(corpus: CorpusData) -> LengthCounts:
    """Return how many items have each length, as published; ranges without an item are left out.

    Example:
        >>> from emos_io.corpus import Corpus
        >>> known = Clip(key="own/1", source="own", language="en", published_span=Span(3, 4.5))
        >>> length_counts(Corpus([known, Clip(key="own/2", source="own", language="en")]))["clips"]
        {'[1, 2)': 1, 'unknown': 1}
    """
    return {"clips": _lengths(corpus.clips), "monologues": _lengths(corpus.monologues)}


def _lengths(items: Iterable[Clip | Monologue]) -> dict[str, int]:
    counts = Counter(_range_of(item.duration) for item in items)
    names = [_range_of(Fraction(edge)) for edge in (0, *LENGTH_EDGES)]
    return {name: counts[name] for name in (*names, UNKNOWN_LENGTH) if counts[name]}


def _range_of(seconds: Fraction | None) -> str:
    if seconds is None:
        return UNKNOWN_LENGTH
    low = max((edge for edge in LENGTH_EDGES if edge <= seconds), default=0)
    high = next((edge for edge in LENGTH_EDGES if edge > seconds), None)
    return f"{low} or more" if high is None else f"[{low}, {high})"
