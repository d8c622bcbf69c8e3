"""One window cut at any label span, labelled by the rules of plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..corpus import Clip, Corpus, Monologue
from ..errors import InvalidArgument, TimeOutOfRange
from ..media import Media
from ..plan import LabelRule, PlannedWindow, Windowing, single_window
from ..plan.sources import PlanItem, PlanSource, published_length
from ..spans import Span
from .resolve import Chosen


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """One window of an item, as a plan would give it.

    Attributes:
        planned: The window.
        item: With all of its labels and sentences.
        causal: A sentence is released once it has ended.
        decided_at: The moment just before which the label was taken, or None if it is one of a stretch of time.
        doubted: The label is masked only since it lies too close to a boundary.
        length_known: The item's length is published or was read; else it is taken to end with the window.
    """

    planned: PlannedWindow
    item: PlanItem
    causal: bool
    decided_at: Fraction | None
    doubted: bool
    length_known: bool


def cut(
    chosen: Chosen,
    label_span: Span,
    windowing: Windowing,
    label_rule: LabelRule,
    *,
    corpora: Sequence[Corpus],
    media: Media | None,
) -> Cut:
    """Return the window of an item at a label span, which need not lie on the hop of any plan.

    Args:
        chosen: The item.
        label_span: In seconds of media time.
        windowing, label_rule: How the plan cuts and labels windows.
        corpora: Where the item is from: a layer of their own has the classes that they use.
        media: Of the item, or None.

    Raises:
        TimeOutOfRange: The label span lies outside of the item.
        InvalidArgument: An argument is not allowed, or there is no such layer.
    """
    windowing = _with_by(chosen, windowing)
    length = None if media is None else media.metadata.duration
    known = True
    if length is None:
        length = _published(chosen)
        known = length is not None
    length = label_span.end if length is None else length
    _check_inside(chosen, label_span, length, media)
    everything = [item for corpus in corpora for item in corpus.items if item.key != chosen.key]
    source: PlanSource = [] if media is None else media
    if chosen.item is not None:
        source = [*everything, chosen.item]
    found = single_window(
        source,
        chosen.key,
        label_span,
        windowing,
        label_rule,
        durations={chosen.key: length} if isinstance(chosen.item, Clip) else None,
    )
    moment = min(label_span.end, found.item.duration)
    timed = found.item.timeline is not None and label_rule.label_at == "end" and moment > label_span.start
    return Cut(
        found.planned,
        found.item,
        found.causal,
        decided_at=moment if timed else None,
        doubted=found.in_doubt,
        length_known=known,
    )


def _with_by(chosen: Chosen, windowing: Windowing) -> Windowing:
    """Return the windowing of the item: static clips are windows of their own."""
    by = windowing.by
    if isinstance(chosen.item, Clip):
        if by not in (None, "clip"):
            raise InvalidArgument(
                f'by must be "clip" for static clips such as {chosen.key!r}, got "{by}"; give "clip" or leave it out'
            )
        return Windowing(by="clip", context=windowing.context, lookahead=windowing.lookahead)
    if by == "clip" and isinstance(chosen.item, Monologue):
        raise InvalidArgument(
            f'by must not be "clip" for monologues such as {chosen.key!r}, got "clip"; give another or leave it out'
        )
    if by not in (None, "clip") and chosen.item is None:
        raise InvalidArgument(
            f'by must be left out or "clip" for a file without labels, got "{by}"; give a corpus with {by}s too'
        )
    return windowing


def _published(chosen: Chosen) -> Fraction | None:
    if isinstance(chosen.item, Monologue):
        return chosen.item.duration
    return None if chosen.item is None else published_length(chosen.item)


def _check_inside(chosen: Chosen, label_span: Span, length: Fraction, media: Media | None) -> None:
    if label_span.end > 0 and label_span.start < length:
        return
    where = "media last" if media is not None else "item lasts"
    named = f": {chosen.path!r}" if media is not None else ""
    raise TimeOutOfRange(
        f"window [{label_span.start}, {label_span.end}) of {chosen.key!r} was asked for; the {where} from 0 to {length}, "
        f"give times inside{named}"
    )
