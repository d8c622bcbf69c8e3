"""What was read from an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...spans import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What was read from one answer about a clip.

    Attributes:
        labels: Labels by layer; a layer that is not here has a reason instead. A layer of one label has one, a layer of sets
            those that were given, perhaps none.
        reasons: For each layer that was asked for and has no labels: why.
        confidence: From 0 to 1, or None where none was given, or none that can be read.
        outside: For each layer of sets, the words of the answer that are no labels of it, as written.
        secondary: Words that the answer gives as secondary emotions, as written.
        intensity: An integer from 1 to 5, or None.
        raw: The answer as it came.
    """

    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    confidence: float | None = None
    secondary: tuple[str, ...] = ()
    intensity: int | None = None
    raw: str = ""

    @property
    def reason(self) -> str:
        """Why it gives up, the first reason of a layer; "" where every layer has its labels."""
        return next(iter(self.reasons.values()), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedSegment:
    """What was read of one segment of an answer about a monologue.

    Attributes:
        span: Its times, in media time.
        labels, reasons, outside, confidence, secondary, intensity: As of `Parsed`.
    """

    span: Span
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    confidence: float | None = None
    secondary: tuple[str, ...] = ()
    intensity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedStream:
    """What was read from one answer about a monologue.

    Attributes:
        segments: The segments in order of time, no two of the same span.
        left_out: Why parts of the answer are no segments: without times that can be read, outside of the span, cut off.
        reason: Why it gives up, where there is no segment at all; else "".
        raw: The answer as it came.
    """

    segments: tuple[ParsedSegment, ...] = ()
    left_out: tuple[str, ...] = ()
    reason: str = ""
    raw: str = ""
