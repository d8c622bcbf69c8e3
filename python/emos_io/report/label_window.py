"""One window at any label span, cut and labelled as a plan would do it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ..corpus import Clip, Corpus, Monologue
from ..errors import InvalidArgument, TimeOutOfRange, quoted
from ..media import Media
from ..plan import LabelRule, PlanSource, SingleWindow, Windowing, single_window
from ..spans import Span
from .resolve import ResolvedItem


def label_window(
    resolved: ResolvedItem,
    label_span: Span,
    windowing: Windowing,
    label_rule: LabelRule,
    *,
    length: Fraction | None,
    corpora: Sequence[Corpus],
    media: Media | None,
) -> SingleWindow:
    """Return the window of an item at a label span, which need not lie on the hop of any plan.

    Args:
        resolved: The item.
        label_span: The label span in seconds of media time.
        windowing: How the plan of the window cuts items.
        label_rule: How the window is labelled.
        length: The item's length in seconds, as `item_length` gives it; if None, the item ends with the label span.
        corpora: The corpora of the item. The classes of a layer that is not a taxonomy are those used in them.
        media: The item's media, or None.

    Raises:
        TimeOutOfRange: The label span lies outside of the item.
        InvalidArgument: An argument is not allowed, or there is no such layer.
    """
    windowing = _with_by(resolved, windowing)
    length = label_span.end if length is None else length
    _check_inside(resolved, label_span, length, media)
    everything = [item for corpus in corpora for item in corpus.items if item.key != resolved.key]
    source: PlanSource = [] if media is None else media
    if resolved.item is not None:
        source = [*everything, resolved.item]
    return single_window(
        source,
        resolved.key,
        label_span,
        windowing,
        label_rule,
        durations={resolved.key: length} if isinstance(resolved.item, Clip) else None,
    )


def item_length(resolved: ResolvedItem, media: Media | None) -> Fraction | None:
    """Return the seconds of an item: those of its media, else the published ones, else None."""
    if media is not None:
        return media.metadata.duration
    return None if resolved.item is None else resolved.item.duration


def _with_by(resolved: ResolvedItem, windowing: Windowing) -> Windowing:
    """Return the windowing of an item: a static clip is one window."""
    by = windowing.by
    if isinstance(resolved.item, Clip):
        if by not in (None, "clip"):
            raise InvalidArgument(
                f'by must be "clip" for {resolved.key!r}, a static clip, got "{by}"; leave it out', key=resolved.key
            )
        if by == "clip":
            return windowing
        return Windowing(by="clip", context=windowing.context, lookahead=windowing.lookahead)
    if by == "clip" and isinstance(resolved.item, Monologue):
        raise InvalidArgument(
            f'by must be "utterance", "sentence" or "change" for {resolved.key!r}, a monologue, got "clip"; '
            "leave it out for a hop",
            key=resolved.key,
        )
    if by not in (None, "clip") and resolved.item is None:
        raise InvalidArgument(
            f'by must be left out for a media file alone, got "{by}"; give a corpus with {by}s too', key=resolved.key
        )
    return windowing


def _check_inside(resolved: ResolvedItem, label_span: Span, length: Fraction, media: Media | None) -> None:
    if label_span.end > 0 and label_span.start < length:
        return
    outside = "the media, which last" if media is not None else "the item, which lasts"
    path = resolved.path if media is not None else None
    raise TimeOutOfRange(
        f"window [{label_span.start}, {label_span.end}) of {resolved.key!r} lies outside of {outside} "
        f"from 0 to {length}; give times inside{f': {quoted(path)}' if path else ''}",
        path=path,
        span=label_span,
        key=resolved.key,
    )
