"""Items that end where their media are cut, so that nothing in the corpus is about time that the media do not have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from ...corpus import Clip, Decision, Monologue, Sentence, Utterance, Vote
from ...spans import Span

Item = TypeVar("Item", Clip, Monologue)
Part = TypeVar("Part", Sentence, Utterance, Vote, Decision)


def cut(item: Item, end: Fraction) -> Item:
    """Return an item that is no longer than `end`: what begins later is left out, what reaches over it ends there.

    A summary of a monologue is left out where the monologue is cut: it is about all of it.

    Args:
        item: Any item; one that states no length, or a shorter one, is returned as it is.
        end: Seconds of its media.
    """
    if item.duration is None or item.duration <= end:
        return item
    if isinstance(item, Clip):
        span = item.published_span
        assert span is not None
        return replace(
            item,
            published_span=Span(span.start, span.start + end),
            votes=_before(item.votes, end),
            replaced=_before(item.replaced, end),
        )
    return replace(
        item,
        duration=end,
        global_span=_shorter(item.global_span, item.duration - end),
        sentences=tuple(
            replace(new, global_span=_shorter(new.global_span, old.span.end - new.span.end))
            for old, new in zip(item.sentences, _before(item.sentences, end), strict=False)
        ),
        utterances=_before(item.utterances, end),
        trend=None,
        votes=_before(item.votes, end),
        decisions=_before(item.decisions, end),
        replaced=_before(item.replaced, end),
    )


def _before(parts: Iterable[Part], end: Fraction) -> tuple[Part, ...]:
    """Return what begins before the end, none of it after the end; what is about all of the item stays."""
    found: list[Part] = []
    for part in parts:
        span = None if part.span is None else part.span.intersect(Span(0, end))
        if part.span is None or span is not None:
            found.append(replace(part, span=span))
    return tuple(found)


def _shorter(span: Span | None, seconds: Fraction) -> Span | None:
    """Return a span that ends so many seconds earlier; None where nothing is left, or nothing was."""
    if span is None or span.duration <= seconds:
        return None
    return Span(span.start, span.end - seconds)
