"""One window cut at any label span, labelled by the rules of plans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from ..corpus import Clip, Corpus, Monologue
from ..errors import InvalidArgument, TimeOutOfRange
from ..media import Media
from ..plan import PlannedWindow, single_window
from ..plan.labels import CollarMode, LabelAt
from ..plan.sources import PlanItem, published_length
from ..plan.windows import By
from ..spans import Seconds, Span
from .choose import Chosen


@dataclass(frozen=True, slots=True)
class Rules:
    """How the plan of a window labels it and which text it releases; arguments of `WindowPlan`.

    Attributes:
        by: What the plan's windows are; None for a hop, and for ``"clip"`` where the item is a static clip.
        causal: None for True with a hop, else False.
    """

    context: Seconds = 0
    lookahead: Seconds = 0
    labels: str | None = "basic7"
    label_at: LabelAt = "end"
    collar: Seconds = 0
    collar_mode: CollarMode = "mask"
    by: By | None = None
    causal: bool | None = None


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


def cut(chosen: Chosen, label_span: Span, rules: Rules, *, corpora: Sequence[Corpus], media: Media | None) -> Cut:
    """Return the window of an item at a label span, which need not lie on the hop of any plan.

    Args:
        chosen: The item.
        label_span: In seconds of media time.
        rules: Of the plan.
        corpora: Where the item is from: a layer of their own has the classes that they use.
        media: Of the item, or None.

    Raises:
        TimeOutOfRange: The label span lies outside of the item.
        InvalidArgument: An argument is not allowed, or there is no such layer.
    """
    by = _by(chosen, rules.by)
    length = None if media is None else media.metadata.duration
    known = True
    if length is None:
        length = _published(chosen)
        known = length is not None
    length = label_span.end if length is None else length
    _check_inside(chosen, label_span, length, media)
    everything = [item for corpus in corpora for item in corpus.items if item.key != chosen.key]
    found = single_window(
        media if chosen.item is None else [*everything, chosen.item],
        chosen.key,
        label_span,
        by=by,
        context=rules.context,
        lookahead=rules.lookahead,
        labels=rules.labels,
        label_at=rules.label_at,
        collar=rules.collar,
        collar_mode=rules.collar_mode,
        causal=rules.causal,
        durations={chosen.key: length} if isinstance(chosen.item, Clip) else None,
    )
    moment = min(label_span.end, found.item.duration)
    timed = found.item.timeline is not None and rules.label_at == "end" and moment > label_span.start
    return Cut(
        found.planned,
        found.item,
        found.causal,
        decided_at=moment if timed else None,
        doubted=found.doubted,
        length_known=known,
    )


def _by(chosen: Chosen, by: By | None) -> By | None:
    if isinstance(chosen.item, Clip):
        if by not in (None, "clip"):
            raise InvalidArgument(
                f'by="{by}" was given, but {chosen.key!r} is a static clip; give "clip" or leave it out'
            )
        return "clip"
    if by == "clip" and isinstance(chosen.item, Monologue):
        raise InvalidArgument(f'by="clip" was given, but {chosen.key!r} is a monologue; give another or leave it out')
    if by not in (None, "clip") and chosen.item is None:
        raise InvalidArgument(f'by="{by}" was given, but a file alone has no {by}s; give a corpus too, or leave it out')
    return by


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
