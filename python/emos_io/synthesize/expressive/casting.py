"""Who acts what: an item of any corpus as a performance, at its own times and with its own labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from ...corpus import Clip, Monologue
from ...errors import InvalidArgument
from ...spans import Span
from ..engine import file_length
from . import schedule
from .draws import Draws
from .performance import Part, Performance
from .speakers import speaker

LAYER = "basic7"
FRAME_MS = 125
"""Eight frames a second, encoded or not: a face moves slowly, and steps of a quarter of a second fall on frames."""


@dataclass(frozen=True, slots=True)
class Cast:
    """An item, what is acted of it, and where that comes from.

    Attributes:
        item: The item.
        performance: What is acted.
        length: ``"published"``, or ``"drawn"`` where the item states no length.
    """

    item: Clip | Monologue
    performance: Performance
    length: str

    @property
    def label_seconds(self) -> Iterator[tuple[str, Fraction]]:
        """Each label that is acted, with its seconds."""
        return ((each.label, each.span.duration) for each in self.performance.parts if each.label is not None)


def cast(item: Clip | Monologue, seed: int, longest: Fraction | None) -> Cast:
    """Return what is acted of an item: its labels of Basic-7 at its times, in its sentences, by its speaker.

    What the item does not say is drawn by the seed and its key: the length of a clip without one, the intensity of a label
    without one, the sentences of a clip.

    Args:
        item: A clip or a monologue.
        seed: Of all that is drawn; one speaker has one face and one voice in all items of a seed.
        longest: The most seconds.

    Raises:
        InvalidArgument: The item is shorter than a frame, or has a label that is none of Basic-7.
    """
    draws = Draws(seed, "length", item.key)
    duration = item.duration
    seconds = file_length(item, schedule.clip_seconds(draws) if duration is None else duration, longest, FRAME_MS)
    parts = _monologue_parts(item, seed) if isinstance(item, Monologue) else _clip_parts(item, seed, seconds)
    spoken = [each.span for each in item.sentences] if isinstance(item, Monologue) else []
    if not spoken:
        spoken = schedule.sentence_spans(Draws(seed, "sentences", item.key), seconds)
    performance = Performance(
        speaker=speaker(speaker_name(item), seed=seed),
        seconds=seconds,
        parts=tuple(_within(parts, seconds)),
        sentences=tuple(_in_order(spoken, seconds)),
        seed=Draws(seed, "performance", item.key).integer(0, 2**53 - 1),
    )
    return Cast(item, performance, "drawn" if duration is None else "published")


def speaker_name(item: Clip | Monologue) -> str:
    """Return the name under which the speaker of an item is drawn: one name, one face.

    It is the speaker of the item, else its first group (the video of a clip of CH-SIMS), else the title of a monologue or the
    key. Speakers of two sources are two people.
    """
    name = item.group.get("speaker") or (item.speaker if isinstance(item, Clip) else None)
    name = name or next(iter(item.group.values()), None) or (item.title if isinstance(item, Monologue) else item.key)
    return f"{item.key.partition('/')[0]}/{name}"


def _monologue_parts(item: Monologue, seed: int) -> Iterator[Part]:
    timeline, strengths = item.labels(LAYER), item.labels("intensity")
    draws = Draws(seed, "intensity", item.key)
    for span, weights in zip(timeline.spans, timeline.weights, strict=True):
        drawn = schedule.intensity(draws)
        # One utterance may have several labels: one face acts the first of the heaviest.
        label = max(weights, key=lambda each: weights[each])
        given = strengths.at([span.start])[0]
        yield _part(item, span, label, drawn if given is None else int(given))


def _clip_parts(item: Clip, seed: int, seconds: Fraction) -> Iterator[Part]:
    label = item.decision.label if item.decision else None
    if label is None:
        return
    drawn = schedule.intensity(Draws(seed, "intensity", item.key))
    given = item.attributes.get("intensity")
    yield _part(item, Span(0, seconds), label, given if isinstance(given, int) and 1 <= given <= 5 else drawn)


def _part(item: Clip | Monologue, span: Span, label: str, intensity: int) -> Part:
    try:
        return Part(span, label, intensity)
    except InvalidArgument as error:
        error.key = item.key
        raise


def _within(parts: Iterable[Part], seconds: Fraction) -> Iterator[Part]:
    """Yield the parts before the end; one that reaches over it ends there."""
    for part in parts:
        span = part.span.intersect(Span(0, seconds))
        if span is not None:
            yield Part(span, part.label, part.intensity)


def _in_order(spans: Iterable[Span], seconds: Fraction) -> Iterator[Span]:
    """Yield spans without what overlaps an earlier one, and before the end."""
    start = Fraction(0)
    for span in sorted(spans, key=lambda each: (each.start, each.end)):
        first, end = max(span.start, start), min(span.end, seconds)
        if end > first:
            yield Span(first, end)
            start = end
