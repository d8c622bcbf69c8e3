"""Monologues of one layer and their measures, on the content clock and on the decision clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._arrays import BoolArray
from ..corpus import Scalar
from .matched import Matched
from .parts import Part, selected, with_slices, without_value
from .predictions import Form
from .slices import SliceBy
from .streams.curves import Curve, curve, curve_scores
from .streams.flicker import flicker
from .streams.pieces import Stream
from .streams.segments import segment_scores
from .streams.time_to_correct import Unit, time_to_correct_scores
from .streams.timelines import content_stream, decision_stream, form_of
from .streams.turning_points import turning_points
from .sums import Measured, PlainValue

KIND = "streams"
NO_DECISION_CLOCK = "no row says when it was available (available_at)"
NO_SETS = "monologues are scored in layers that take one label at once, and in layers of numbers"
_CORRECT_FOR: tuple[Unit, ...] = ("decisions", "seconds")
"""One decision, and one second, must be right for a change to be seen."""


def stream_form(matched: Matched, header: Mapping[str, Scalar]) -> Form:
    """Return what the rows of monologues are, as `form_of` says."""
    streams = matched.streams
    return form_of({item.key: rows for item, rows in zip(streams.items, streams.rows, strict=True)}, header)


def stream_parts(matched: Matched, form: Form, by: Sequence[SliceBy]) -> Iterator[Part]:
    """Yield the monologues that are scored with their measures, all of them and then each slice, on each clock.

    Args:
        matched: Predictions beside the truth of a layer.
        form: What the rows are.
        by: What monologues are sliced by.
    """
    items = matched.streams.items
    of = {"layer": matched.layer, "kind": KIND}
    slices = list(with_slices(items, matched.layer, by))
    if matched.taxonomy is None or matched.takes_sets:
        curves = [] if matched.takes_sets else _curves(matched)
        for each in slices:
            if matched.takes_sets:
                measured: tuple[Measured, ...] = (PlainValue("seconds_accuracy", None, 0, NO_SETS),)
            else:
                measured = (curve_scores(selected(curves, each.rows)),)
            yield Part(of={**of, **each.of}, rows=each.rows, measured=measured)
        return
    content, decision = _on_clocks(matched)
    for each in slices:
        found = stream_measures(selected(content, each.rows), form)
        yield _part(of, "content", each.of, each.rows, found)
        some = None if decision is None else selected(decision, each.rows)
        late = without_value(found, NO_DECISION_CLOCK) if some is None else stream_measures(some, form)
        yield _part(of, "decision", each.of, each.rows, late)


def stream_measures(streams: Sequence[Stream], form: Form) -> list[Measured]:
    """Return all measures of monologues on one clock; a row is a monologue."""
    measured: list[Measured] = [*turning_points(streams, form), segment_scores(streams), flicker(streams)]
    for unit in _CORRECT_FOR:
        measured += time_to_correct_scores(streams, unit=unit)
    return measured


def _on_clocks(matched: Matched) -> tuple[list[Stream], list[Stream] | None]:
    """Return the monologues on the content clock, and on that of decisions; None where no row is on that one."""
    pairs = list(zip(matched.streams.items, matched.streams.rows, strict=True))
    content = [content_stream(item, rows, matched.layer, matched.labels) for item, rows in pairs]
    late = [decision_stream(item, rows, matched.layer, matched.labels) for item, rows in pairs]
    if all(each is None for each in late):
        return content, None
    # A monologue of which no decision was available in time has none.
    return content, [
        Stream(first.key, first.end, first.truth, ()) if each is None else each
        for first, each in zip(content, late, strict=True)
    ]


def _curves(matched: Matched) -> list[Curve]:
    return [
        curve(item, matched.layer, rows) for item, rows in zip(matched.streams.items, matched.streams.rows, strict=True)
    ]


def _part(
    of: Mapping[str, str], clock: str, slice_of: Mapping[str, str], rows: BoolArray, measured: Sequence[Measured]
) -> Part:
    return Part(of={**of, "clock": clock, **slice_of}, rows=rows, measured=tuple(measured))
