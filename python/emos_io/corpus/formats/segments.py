"""What every annotation format holds: labelled or spoken pieces of time of one medium."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ...spans import Span


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of time and what was said of it.

    Attributes:
        span: On the clock of the media, zero where a player shows 0:00.
        text: A label or a sentence, as written.
        tier: The row of the annotation that it stands in (an ELAN tier, a TextGrid tier, a Label Studio control), "" if
            the format has none.
        rater: Who gave it, where the format says so.
        item: The media file or identifier that it belongs to, where one file speaks of several.
        confidence: 0 to 1, where the format says so.
    """

    span: Span
    text: str
    tier: str = ""
    rater: str | None = None
    item: str | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """One annotation file as read.

    Attributes:
        segments: In the order of the file.
        media: Paths of media that the file names, as written (they may be URLs or point elsewhere).
        offset: Seconds from the annotation's zero to media zero that were taken off every span (ELAN's TIME_ORIGIN).
        tiers: Every tier that the file has, empty ones too.
        language: As the file says it, or None.
    """

    segments: tuple[Segment, ...]
    media: tuple[str, ...] = ()
    offset: Fraction = Fraction(0)
    tiers: tuple[str, ...] = ()
    language: str | None = None
