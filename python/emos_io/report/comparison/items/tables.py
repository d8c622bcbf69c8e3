"""The tables of items of a report: one for each layer and kind that a run is scored in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....corpus import Clip, Monologue
from ....evaluation import Matched, match
from ..content import ReportContent
from .clip_errors import clip_errors, clip_truth, takes_of
from .errors import NOT_SCORED, ItemTable, RunErrors
from .stream_errors import labelled_time, stream_errors


@dataclass(frozen=True, slots=True)
class ItemTables:
    """The items of a report.

    Attributes:
        tables: Layer by layer, clips before monologues.
        unlisted: Layers in which monologues are predicted and are in no table: those of sets, in which nothing scores them, and
            those of numbers, whose curves have no wrong seconds.
    """

    tables: tuple[ItemTable, ...]
    unlisted: tuple[str, ...]


def item_tables(content: ReportContent) -> ItemTables:
    """Return the items that runs are scored on, beside what they say of them.

    Cost: `match` for each run and layer, and one pass over the rows.
    """
    tables: list[ItemTable] = []
    unlisted: list[str] = []
    for layer in content.layers:
        matched = [
            (run.name, match(run.predictions, content.corpus, layer=layer, split=content.division, side=content.side))
            for run in content.runs
            if layer in run.predictions.layers
        ]
        if any(len(each.clips) for _, each in matched):
            tables.append(_clips(layer, matched))
        streams = [each for _, each in matched if len(each.streams)]
        if streams and takes_of(streams[0]) == "label":
            tables.append(_streams(layer, matched))
        elif streams:
            unlisted.append(layer)
    return ItemTables(tuple(tables), tuple(unlisted))


def _clips(layer: str, matched: Sequence[tuple[str, Matched]]) -> ItemTable:
    """Return the clips of a layer: each run is scored on all of them, or on none."""
    first = next(each for _, each in matched if len(each.clips))
    items = first.clips.items
    return ItemTable(
        layer=layer,
        kind="clips",
        takes=takes_of(first),
        labels=first.labels,
        items=items,
        truth=clip_truth(first),
        truth_values=[float(each) for each in first.clips.truth_values] if takes_of(first) == "number" else (),
        runs=tuple(clip_errors(each, run) if len(each.clips) else _unscored(run, items) for run, each in matched),
    )


def _streams(layer: str, matched: Sequence[tuple[str, Matched]]) -> ItemTable:
    first = next(each for _, each in matched if len(each.streams))
    items = first.streams.items
    labelled = [labelled_time(first, item) for item in items]
    return ItemTable(
        layer=layer,
        kind="streams",
        takes="label",
        labels=first.labels,
        items=items,
        truth=[classes for _, classes in labelled],
        seconds=[seconds for seconds, _ in labelled],
        runs=tuple(stream_errors(each, run) if len(each.streams) else _unscored(run, items) for run, each in matched),
    )


def _unscored(run: str, items: Sequence[Clip | Monologue]) -> RunErrors:
    return RunErrors(run=run, errors=[NOT_SCORED] * len(items), wrongness=[0.0] * len(items))
