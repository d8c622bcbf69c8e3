"""Corpora for tests of agreement and of raters: clips and monologues of a few votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from emos_io.corpus import Clip, Decision, Monologue, Vote
from emos_io.spans import Span

Labels = Sequence[str] | str | None
"""One label, several, none (an abstention), or None for no vote."""


def vote(item: str, rater: str, labels: Labels, layer: str = "basic7", span: Span | None = None) -> Vote:
    names = (labels,) if isinstance(labels, str) else tuple(labels or ())
    return Vote(item=item, layer=layer, rater=rater, labels=names, abstain=not names, span=span)


def decision(item: str, labels: Labels, layer: str = "basic7", scores: Mapping[str, float] | None = None,
             span: Span | None = None) -> Decision:  # fmt: skip
    names = (labels,) if isinstance(labels, str) else tuple(labels or ())
    found = dict.fromkeys(names, 1.0) if scores is None else scores
    return Decision(item=item, layer=layer, labels=names, scores=found, span=span)


def clip(
    key: str, votes: Mapping[str, Labels], layer: str = "basic7", decided: Decision | None = None, **group: str
) -> Clip:
    given = tuple(vote(key, rater, labels, layer) for rater, labels in votes.items() if labels is not None)
    decisions = {} if decided is None else {layer: decided}
    return Clip(key=key, source="own", language="en", group=group, votes=given, decisions=decisions)


def monologue(
    key: str, *spans: tuple[str, Labels, Fraction | int, Fraction | int], decided: Sequence[Decision] = ()
) -> Monologue:
    """A monologue of 100 s with spans: rater, labels, start and end."""
    votes = tuple(vote(key, rater, labels, span=Span(start, end)) for rater, labels, start, end in spans)
    return Monologue(
        key=key, name=key, title=key, language="en", duration=Fraction(100), votes=votes, decisions=tuple(decided)
    )
