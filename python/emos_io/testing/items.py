"""Clips and monologues of plain values, in one line each."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ..corpus import Clip, ConfidenceTier, Decision, Monologue, Sentence, Utterance, Vote
from ..spans import Seconds, Span, exact_seconds, positive

LabelledTime: TypeAlias = tuple[Seconds, Seconds, str | None] | tuple[Seconds, Seconds, str | None, tuple[str, ...]]
"""Start, end, label of Basic-7 or None, and labels of GoEmotions, if any."""
SpokenTime: TypeAlias = tuple[Seconds, Seconds] | tuple[Seconds, Seconds, str]
"""Start, end and text; without a text, it is numbered."""


def make_monologue(
    key: str,
    seconds: Seconds,
    labels: Sequence[LabelledTime] = (),
    sentences: Sequence[SpokenTime] = (),
    *,
    language: str = "en",
    path: str | os.PathLike[str] | None = None,
) -> Monologue:
    """Return a monologue with an utterance for each labelled time.

    Args:
        key: The key; its last part is the name.
        seconds: The duration, exact.
        labels: Utterances, each ``(start, end, label)`` or ``(start, end, label, goemotions)``, in order of time.
        sentences: Sentences, each ``(start, end)`` or ``(start, end, text)``, in order of time.
        language: ISO 639-1.
        path: Path of the media, or None.

    Raises:
        InvalidArgument: A time is not exact seconds.
        InvalidSpan: An end does not come after its start.

    Example:
        >>> film = make_monologue("own/a", 10, [(0, 3, "Joy", ("joy", "love")), (3, "4.5", None)], [(0, 2, "Hello.")])
        >>> film.labels("basic7").at([1, 3]), film.sentences[0].text
        (['Joy', None], 'Hello.')
    """
    name = key.rpartition("/")[2]
    return Monologue(
        key=key,
        name=name,
        title=name,
        language=language,
        duration=exact_seconds(seconds, name="seconds"),
        sentences=tuple(_sentence(number, *each) for number, each in enumerate(sentences, 1)),
        utterances=tuple(_utterance(number, *each) for number, each in enumerate(labels)),
        path=None if path is None else os.fspath(path),
    )


def make_clip(
    key: str,
    seconds: Seconds,
    label: str | None = None,
    *,
    confidence: float = 1.0,
    confidence_tier: ConfidenceTier | None = "high",
    votes: Sequence[Vote] = (),
    language: str = "en",
    text: str = "",
    speaker: str | None = None,
    group: Mapping[str, str] | None = None,
    path: str | os.PathLike[str] | None = None,
) -> Clip:
    """Return a clip with one decision in Basic-7; its length is published, so that plans need not open the media.

    Args:
        key: The key; its first part is the source.
        seconds: The length, exact, above 0.
        label: The label of Basic-7; None for a clip without a decision.
        confidence: Score of the label, 0 to 1.
        confidence_tier: ``"high"``, ``"medium"``, ``"low"`` or None.
        votes: Votes of raters.
        language: ISO 639-1.
        text: The transcript.
        speaker: Name of the speaker.
        group: Names of the groups that a split must not divide, by kind.
        path: Path of the media, or None.

    Raises:
        InvalidArgument: `seconds` is no time above 0.

    Example:
        >>> from emos_io import WindowPlan
        >>> clip = make_clip("own/a", "2.5", "Joy")
        >>> WindowPlan([clip], by="clip").window(0).span
        Span(0, '5/2')
    """
    length = positive(seconds, "seconds", "give the length of the clip")
    decision = None
    if label is not None:
        decision = Decision(
            item=key,
            layer="basic7",
            labels=(label,),
            scores={label: confidence},
            confidence=confidence,
            confidence_tier=confidence_tier,
        )
    return Clip(
        key=key,
        source=key.partition("/")[0],
        language=language,
        text=text,
        group=group or {},
        speaker=speaker,
        votes=tuple(votes),
        decisions={} if decision is None else {"basic7": decision},
        published_span=Span(0, length),
        path=None if path is None else os.fspath(path),
    )


def _utterance(
    index: int, start: Seconds, end: Seconds, label: str | None, goemotions: tuple[str, ...] = ()
) -> Utterance:
    given = {"basic7": (label,) if label else (), "goemotions": goemotions}
    return Utterance(
        index=index,
        span=Span(start, end),
        labels={layer: names for layer, names in given.items() if names},
        raw_primary=label or "",
        raw_secondary=goemotions,
    )


def _sentence(index: int, start: Seconds, end: Seconds, text: str | None = None) -> Sentence:
    return Sentence(index=index, span=Span(start, end), text=f"sentence {index}" if text is None else text)
