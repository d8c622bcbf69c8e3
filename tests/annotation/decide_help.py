"""Corpora with votes, as short as the votes themselves; what tests of decisions ask of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from emos_io.corpus import Clip, Corpus, Decision, Monologue, Vote
from emos_io.spans import Span

LABELS = ("Anger", "Disgust", "Fear", "Joy", "Neutral", "Sadness", "Surprise")
"""Basic-7 in the order of its taxonomy, which is that of the alphabet."""
RATERS = ("ann", "bob", "eve", "joe", "kim")
Given = int | None
"""The index of a label; None for no vote."""


def vote(item: str, rater: str, *labels: str, layer: str = "basic7", span: Span | None = None) -> Vote:
    return Vote(item=item, layer=layer, rater=rater, labels=labels, span=span, abstain=not labels)


def clip(key: str, votes: Iterable[Vote], *, original: str | None = None) -> Clip:
    attributes = {} if original is None else {"emotion": original}
    return Clip(key=key, source="own", language="en", votes=tuple(votes), attributes=attributes)


def clips_of(rows: Sequence[Sequence[Given]], raters: Sequence[str] = RATERS, *, first: int = 0) -> list[Clip]:
    """One clip a row, one rater a column."""
    return [
        clip(
            f"own/{number:03}",
            [
                vote(f"own/{number:03}", rater, LABELS[index])
                for rater, index in zip(raters, row, strict=False)
                if index is not None
            ],
        )
        for number, row in enumerate(rows, first)
    ]


def corpus_of(rows: Sequence[Sequence[Given]], raters: Sequence[str] = RATERS) -> Corpus:
    return Corpus(clips_of(rows, raters))


def corpus_of_sets(rows: Sequence[Sequence[Iterable[str] | None]]) -> Corpus:
    """Sets of GoEmotions; an empty set is an abstention, None no vote."""
    return Corpus(
        [
            clip(
                f"own/{number:03}",
                [
                    vote(f"own/{number:03}", rater, *labels, layer="goemotions")
                    for rater, labels in zip(RATERS, row, strict=False)
                    if labels is not None
                ],
            )
            for number, row in enumerate(rows)
        ]
    )


def monologue(key: str, spans: Mapping[str, Iterable[tuple[int, int, str]]], *, layer: str = "basic7") -> Monologue:
    """A monologue of 100 s; for each rater start, end and label of its spans."""
    votes = [
        vote(key, rater, label, layer=layer, span=Span(start, end))
        for rater, own in spans.items()
        for start, end, label in own
    ]
    return Monologue(key=key, name=key, title=key, language="en", duration=Fraction(100), votes=tuple(votes))


def decisions(corpus: Corpus, layer: str = "basic7") -> dict[str, Decision]:
    return {each.key: each.decisions[layer] for each in corpus.clips if layer in each.decisions}


def labels(corpus: Corpus, layer: str = "basic7") -> dict[str, str | None]:
    return {key: each.label for key, each in decisions(corpus, layer).items()}


def codes(corpus: Corpus) -> dict[str, int]:
    return corpus.findings.counts()


def timed(item: Monologue, layer: str = "basic7") -> list[tuple[float, float, tuple[str, ...]]]:
    """Start, end and labels of the decisions of a layer."""
    return [
        (float(each.span.start), float(each.span.end), each.labels)
        for each in item.decisions_in(layer)
        if each.span is not None
    ]
