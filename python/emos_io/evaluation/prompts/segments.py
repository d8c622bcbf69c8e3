"""Parts of a monologue in a question and in an answer: sentences with their times, and segments with their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...spans import Span


class TimedText(NamedTuple):
    """A sentence of a transcript.

    Attributes:
        span: When it is spoken, in media time.
        text: What is spoken.
    """

    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSegment:
    """A segment of an answer to learn.

    Attributes:
        span: Its times, in media time.
        labels: Labels by layer: one, or of a layer of sets any number.
        confidence: From 0 to 1, or None.
        intensity: An integer from 1 to 5, or None.
    """

    span: Span
    labels: Mapping[str, Sequence[str]]
    confidence: float | None = None
    intensity: int | None = None
