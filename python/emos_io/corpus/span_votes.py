"""The labels of one rater over time as votes on spans, as they were read: nothing is cut, moved or left out."""

from __future__ import annotations

from collections.abc import Sequence

from .label_rows import LabelRow, rows_by_span
from .records import Vote
from .taxonomies import Taxonomy


def votes_on_spans(rows: Sequence[LabelRow], names: Taxonomy, *, item: str, rater: str) -> tuple[Vote, ...]:
    """Return the votes of one rater on the spans of an item, in order of time.

    Labels of one span are one vote, which has all of them, also in a layer that takes one label; the span is that of the first.
    Segments of blanks are no votes.

    Args:
        rows: Labels of the rater.
        names: The taxonomy of the layer.
        item: Key of the item.
        rater: Name of the rater.
    """
    given = [row for row in rows if row.segment.text.strip()]
    groups = sorted(rows_by_span(given), key=lambda group: group[0].segment.span)
    return tuple(_vote(group, names, item=item, rater=rater) for group in groups)


def _vote(group: Sequence[LabelRow], names: Taxonomy, *, item: str, rater: str) -> Vote:
    first = group[0]
    return Vote(
        item=item,
        layer=names.name,
        rater=rater,
        labels=tuple(dict.fromkeys(label for row in group for label in row.read.labels)),
        abstain=any(row.read.abstain for row in group),
        open_labels=tuple(dict.fromkeys(word for row in group for word in row.read.unknown)),
        raw=";".join(row.segment.text for row in group),
        provenance=first.provenance,
        span=first.segment.span,
    )
