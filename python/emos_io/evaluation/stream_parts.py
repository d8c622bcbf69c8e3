"""Monologues of one layer and their measures, on the content clock and on the decision clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..corpus import Scalar
from .clips.labels import confusion_table
from .matched import Matched
from .parts import Part, selected, with_slices, without_value
from .predictions import Form
from .scores import ScoreTable
from .slices import Slice, SliceBy
from .streams.curves import Curve, curve, curve_scores
from .streams.flicker import flicker
from .streams.pieces import Stream
from .streams.seconds import seconds_confusion, seconds_measures
from .streams.segments import segment_scores
from .streams.switchers import periodic_switchers, random_switchers
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
                measured: tuple[Measured, ...] = (PlainValue("accuracy", None, 0, NO_SETS),)
            else:
                measured = (curve_scores(selected(curves, each.rows)),)
            yield Part(of={**of, **each.of}, rows=each.rows, measured=measured)
        return
    content, decision = _on_clocks(matched)
    for each in slices:
        for clock, streams in (("content", content), ("decision", decision)):
            some = selected(streams or content, each.rows)
            found = stream_measures(some, matched.labels, form)
            if _has_switchers(each):
                durations = [item.duration for item in selected(items, each.rows)]
                found += [*periodic_switchers(some, durations), *random_switchers(some, form)]
            if streams is None:
                found = without_value(found, NO_DECISION_CLOCK)
            tables: tuple[ScoreTable, ...] = ()
            own = {**of, "clock": clock, **each.of}
            if streams is not None:
                confusion = seconds_confusion(some, matched.labels).sum(axis=0)
                tables = (confusion_table(confusion, matched.labels, of=own),)
            yield Part(of=own, rows=each.rows, measured=tuple(found), tables=tables)


def stream_measures(streams: Sequence[Stream], labels: tuple[str, ...], form: Form) -> list[Measured]:
    """Return all measures of monologues on one clock; a row is a monologue."""
    measured: list[Measured] = [seconds_measures(streams, labels), *turning_points(streams, form)]
    measured += [segment_scores(streams), flicker(streams)]
    for unit in _CORRECT_FOR:
        measured += time_to_correct_scores(streams, unit=unit)
    return measured


def _has_switchers(each: Slice) -> bool:
    """Return whether switchers stand beside turning points: not of single films, where every switcher is as good as chance."""
    return "film" not in each.of


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
