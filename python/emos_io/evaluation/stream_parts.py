"""Monologues of one layer and their measures, on the content clock and on the decision clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..corpus import Scalar
from .clips.labels import confusion_table
from .matched import Matched
from .parts import Part, restricted, selected, with_slices, without_value
from .predictions import Form
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


def stream_parts(matched: Matched, form: Form, by: Sequence[SliceBy], *, beside: bool = True) -> Iterator[Part]:
    """Yield the monologues that are scored with their measures, all of them and then each slice, on each clock.

    What needs a single film apart (medians, switchers) is not measured of films: its sums are those of all monologues.

    Args:
        matched: Predictions beside the truth of a layer.
        form: What the rows are.
        by: What monologues are sliced by.
        beside: Whether switchers are measured, which stand beside turning points.
    """
    items = matched.streams.items
    slices = list(with_slices(items, matched.layer, by))
    if matched.taxonomy is None or matched.takes_sets:
        yield from _without_clocks(matched, slices)
        return
    content, decision = _on_clocks(matched)
    clocks = [_Clock(matched, name, streams, form) for name, streams in (("content", content), ("decision", decision))]
    for each in slices:
        extra: list[Measured] = []
        if beside and "film" not in each.of:
            durations = [item.duration for item in selected(items, each.rows)]
            extra = list(periodic_switchers(selected(content, each.rows), durations))
        for clock in clocks:
            yield clock.part(each, extra, beside=beside)


def stream_measures(streams: Sequence[Stream], form: Form) -> list[Measured]:
    """Return the measures of monologues on one clock but those of labels by seconds; a row is a monologue."""
    measured: list[Measured] = [*turning_points(streams, form), segment_scores(streams), flicker(streams)]
    for unit in _CORRECT_FOR:
        measured += time_to_correct_scores(streams, unit=unit)
    return measured


class _Clock:
    """All monologues on one clock, measured once."""

    def __init__(self, matched: Matched, name: str, streams: list[Stream] | None, form: Form) -> None:
        self.matched, self.form = matched, form
        self.name, self.is_known = name, streams is not None
        if streams is None:
            # Measures without a value have the names of those of any streams.
            streams = [Stream(item.key, item.duration, (), ()) for item in matched.streams.items]
        self.streams = streams
        self.confusion = seconds_confusion(streams, matched.labels)
        self.measured = stream_measures(streams, form)

    def part(self, each: Slice, extra: Sequence[Measured], *, beside: bool) -> Part:
        """Return the measures of a slice."""
        some = selected(self.streams, each.rows)
        # Classes of macro F1 are those of the slice.
        measured: list[Measured] = [seconds_measures(some, self.matched.labels, confusion=self.confusion[each.rows])]
        if not each.of:
            measured += self.measured
        elif "film" in each.of:
            measured += [one for one in restricted(self.measured, each.rows) if not isinstance(one, PlainValue)]
        else:
            measured += stream_measures(some, self.form)
        measured += extra
        if beside and "film" not in each.of:
            measured += random_switchers(some, self.form)
        of = {"layer": self.matched.layer, "kind": KIND, "clock": self.name, **each.of}
        if not self.is_known:
            return Part(of=of, rows=each.rows, measured=tuple(without_value(measured, NO_DECISION_CLOCK)))
        confusion = confusion_table(self.confusion[each.rows].sum(axis=0), self.matched.labels, of=of)
        return Part(of=of, rows=each.rows, measured=tuple(measured), tables=(confusion,))


def _without_clocks(matched: Matched, slices: Sequence[Slice]) -> Iterator[Part]:
    """Yield curves of a layer of numbers; of a layer of sets, that monologues are not scored in it."""
    curves = [] if matched.takes_sets else _curves(matched)
    for each in slices:
        if matched.takes_sets:
            measured: tuple[Measured, ...] = (PlainValue("accuracy", None, 0, NO_SETS),)
        else:
            measured = (curve_scores(selected(curves, each.rows)),)
        yield Part(of={"layer": matched.layer, "kind": KIND, **each.of}, rows=each.rows, measured=measured)


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
