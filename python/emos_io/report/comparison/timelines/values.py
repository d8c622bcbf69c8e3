"""Timelines of monologues as values: lanes, turning points and media, in the order of the corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ....corpus import Folds, Monologue
from ....evaluation import Form, Matched, Prediction, match
from ....evaluation.streams import form_of
from ..content import ReportContent
from .item_media import ItemMedia, read_item_media
from .lanes import MOST_RATERS, Lane, layers_of, people_lane, rater_lanes, run_lanes, taxonomy_of
from .points import ClockPoints, points_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimelineView:
    """All that the timeline of one monologue draws.

    Attributes:
        item: The monologue, with its sentences.
        lanes: Labels of people, votes of raters, and runs.
        points: Turning points of each run on each clock, in layers that take one label at once.
        media: What there is of local media.
        notes: What is left out, each a sentence.
    """

    item: Monologue
    lanes: tuple[Lane, ...]
    points: tuple[ClockPoints, ...]
    media: ItemMedia
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _RunLayer:
    """One run beside the corpus in one layer."""

    run: str
    matched: Matched
    form: Form | None
    rows: Mapping[str, tuple[Prediction, ...]]


def timeline_keys(content: ReportContent) -> tuple[str, ...]:
    """Return the keys of the monologues that have a timeline, in the order of the corpus.

    These are all that are scored; without runs those of the side of the split, or all.
    """
    return tuple(item.key for item in _items(content, _run_layers(content)))


def timeline_views(content: ReportContent) -> Iterator[TimelineView]:
    """Yield the timelines, one after another, so that memory holds the media of one.

    Cost: audio of each item is decoded once, and at most 24 frames with what they depend on.
    """
    run_layers = _run_layers(content)
    for item in _items(content, run_layers):
        yield _view(content, item, run_layers)


def _run_layers(content: ReportContent) -> list[_RunLayer]:
    found = []
    for run in content.runs:
        for layer in run.predictions.layers:
            if layer in content.layers:
                matched = match(run.predictions, content.corpus, layer=layer, split=content.division, side=content.side)
                streams = matched.streams
                rows = {item.key: about for item, about in zip(streams.items, streams.rows, strict=True)}
                # Layers of sets and of numbers have no turning points.
                turns = matched.taxonomy is not None and not matched.takes_sets and bool(rows)
                form = form_of(rows, run.predictions.header) if turns else None
                found.append(_RunLayer(run.name, matched, form, rows))
    return found


def _items(content: ReportContent, run_layers: list[_RunLayer]) -> list[Monologue]:
    monologues = list(content.corpus.monologues)
    if content.runs:
        scored = {item.key for each in run_layers for item in each.matched.streams.items}
    elif content.division is None:
        return monologues
    elif isinstance(content.division, Folds):
        scored = {key for fold in content.division.folds for key in fold}
    else:
        scored = set(content.division.sides()[content.side])
    return [item for item in monologues if item.key in scored]


def _view(content: ReportContent, item: Monologue, run_layers: list[_RunLayer]) -> TimelineView:
    lanes: list[Lane] = []
    points: list[ClockPoints] = []
    notes: list[str] = []
    for layer in layers_of(item, content.layers):
        people = people_lane(item, layer, taxonomy_of(content.corpus, layer))
        raters = rater_lanes(item, layer)
        lanes += [people] if people is not None else []
        lanes += raters[:MOST_RATERS]
        if len(raters) > MOST_RATERS:
            notes.append(f"The first {MOST_RATERS} of {len(raters)} raters in {layer} have lanes.")
    for each in run_layers:
        rows = each.rows.get(item.key)
        if rows is None:
            continue
        if not rows:
            notes.append(f"{each.run} has no prediction in {each.matched.layer}.")
        lanes += run_lanes(item, rows, each.matched, each.run, joined=each.form == "decisions")
        if each.form is not None:
            points += points_of(item, rows, each.matched, run=each.run, form=each.form)
    folder = content.options.out.parent
    media = read_item_media(content.media.get(item.key), Fraction(item.duration), folder, frames=content.options.frames)
    return TimelineView(item=item, lanes=tuple(lanes), points=tuple(points), media=media, notes=tuple(notes))
