"""Names that annotation files give, without the blanks around them: ``"r1 "`` and ``"r1"`` are one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ...formats import AnnotationFile, LabelStudioTask, Segment, TextGrid


def without_blanks(read: AnnotationFile, *, is_table: bool = False) -> AnnotationFile:
    """Return an annotation file whose raters, items, speakers and tiers have no blanks around their names.

    A tier keeps its blanks where the file has one without them too, so that no two tiers become one; the layers of a table
    are cells, and always lose them.

    Example:
        >>> from emos_io import Span
        >>> read = AnnotationFile((Segment(Span(0, 1), "joy", "emotion ", "r1 "),))
        >>> [(each.tier, each.rater) for each in without_blanks(read).segments]
        [('emotion', 'r1')]
    """
    tiers = {name: name.strip() for name in read.tiers} if is_table else _tier_names(read.tiers)
    segments = tuple(_trimmed(each, tiers) for each in read.segments)
    named = tuple(dict.fromkeys(tiers[name] for name in read.tiers))
    if isinstance(read, TextGrid):
        points = tuple(replace(each, tier=_tier(each.tier, tiers)) for each in read.points)
        return replace(read, segments=segments, tiers=named, points=points)
    if isinstance(read, LabelStudioTask):
        choices = tuple(replace(each, tier=_tier(each.tier, tiers)) for each in read.choices)
        return replace(read, segments=segments, tiers=named, choices=choices)
    return replace(read, segments=segments, tiers=named)


def _tier_names(written: Iterable[str]) -> dict[str, str]:
    names = dict.fromkeys(written)
    alike: dict[str, int] = {}
    for name in names:
        alike[name.strip()] = alike.get(name.strip(), 0) + 1
    return {name: name.strip() if alike[name.strip()] == 1 else name for name in names}


def _tier(name: str, tiers: Mapping[str, str]) -> str:
    return tiers.get(name, name.strip())


def _trimmed(segment: Segment, tiers: Mapping[str, str]) -> Segment:
    names = segment.rater, segment.item, segment.speaker
    rater, item, speaker = (name.strip() or None if name is not None else None for name in names)
    tier = _tier(segment.tier, tiers)
    if (rater, item, speaker, tier) == (*names, segment.tier):
        return segment
    return replace(segment, rater=rater, item=item, speaker=speaker, tier=tier)
