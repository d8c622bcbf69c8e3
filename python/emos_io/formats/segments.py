"""The records that every annotation format is read into: labelled or spoken segments of media."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction

from ..spans import Span


@dataclass(frozen=True, slots=True)
class Segment:
    """A span of media time with a label or a sentence.

    Attributes:
        span: Media time; zero is where a player shows 0:00.
        text: A label or a sentence, as written.
        tier: The row of the annotation file (an ELAN tier, a TextGrid tier, a Label Studio control), "" if the format
            has no rows.
        rater: Who labelled, or None where the format does not say.
        item: The media file or identifier, in files about several of them; else None.
        confidence: From 0 to 1, or None where the format does not say.
        speaker: Who speaks, or None where the format does not say.
        intensity: From 1 to 5, or None where the format does not say.
        groups: Groups that the item belongs to, as pairs of kind and name, such as ("fold", "3").
    """

    span: Span
    text: str
    tier: str = ""
    rater: str | None = None
    item: str | None = None
    confidence: float | None = None
    speaker: str | None = None
    intensity: int | None = None
    groups: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """One annotation file as read. Its repr prints counts, not segments.

    Attributes:
        segments: The segments, in the order of the file.
        media: Paths of media that the file names, as written. They may be URLs, or paths of another machine.
        offset: Seconds from the annotation's zero to media zero, which were subtracted from every span (ELAN's
            TIME_ORIGIN).
        tiers: The names of all tiers of the file, with those of empty tiers.
        language: The language as the file writes it, or None.
    """

    segments: tuple[Segment, ...]
    media: tuple[str, ...] = ()
    offset: Fraction = Fraction(0)
    tiers: tuple[str, ...] = ()
    language: str | None = None

    def __repr__(self) -> str:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        counts = (f"{len(value)} {name}" for name, value in values.items() if isinstance(value, tuple))
        return f"{type(self).__name__}({', '.join(counts)})"
