"""The section of timelines: tables of turning points, and one block for each monologue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ....corpus import Monologue
from ....evaluation import Score
from ...metric import Number, number, score_number
from ...render import json_script
from ..content import ReportContent, ReportRun
from .data import MOST_LETTERS, Palettes, bounded, timeline_data
from .lanes import taxonomy_of
from .points import DEFINITION, TOLERANCE, Clock, ClockPoints
from .values import TimelineView, timeline_keys, timeline_views


@dataclass(frozen=True, slots=True, kw_only=True)
class PointRow:
    """How one run found turning points, on one clock.

    Attributes:
        run, layer, clock: What it is of.
        true, predicted, pairs: How many true points, predicted points and pairs there are.
        delay: Mean delay of pairs in seconds, or None without pairs.
        low, high: Its interval, or None.
        median: Median delay of pairs, where scores have it, or None.
    """

    run: str
    layer: str
    clock: str
    true: Number
    predicted: Number
    pairs: Number
    delay: Number | None
    low: Number | None = None
    high: Number | None = None
    median: Number | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineBlock:
    """One monologue of the section.

    Attributes:
        anchor: The id of its element.
        key, title, language: Those of the item.
        length: Its duration as minutes and seconds.
        notes: What is missing or odd, each a sentence.
        src: Where the page finds the media, or None.
        has_video: Whether they have frames.
        points: Turning points of runs.
        data: All that is drawn, as JSON for an element of script.
    """

    anchor: str
    key: str
    title: str
    language: str
    length: str
    notes: tuple[str, ...]
    src: str | None
    has_video: bool
    points: tuple[PointRow, ...]
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelinesSection:
    """Timelines of monologues.

    Attributes:
        definition: Which turning points are meant, in words.
        tolerance: Seconds between the points of a pair at most.
        has_runs: Whether some run has a lane.
        totals: Turning points of runs over all monologues, with intervals.
        blocks: The monologues, in the order of the corpus.
        palettes: Labels of layers with their colours, as JSON for an element of script.
    """

    definition: str
    tolerance: str
    has_runs: bool
    totals: tuple[PointRow, ...]
    blocks: tuple[TimelineBlock, ...]
    palettes: str


def timelines_section(content: ReportContent) -> TimelinesSection | None:
    """Return the timelines of the monologues that are scored; without runs of all; None where there is none.

    Cost: that of `timeline_views`: audio of all monologues is decoded once, and 24 frames of each.
    """
    palettes = Palettes()
    blocks: list[TimelineBlock] = []
    titles = [item.title for item in content.corpus.monologues]
    scores = {run.name: _by_name(run) for run in content.runs}
    totals: dict[tuple[str, str, Clock], PointRow | None] = {}
    for number_of_block, view in enumerate(timeline_views(content), 1):
        for lane in view.lanes:
            palettes.add_layer(lane.layer, taxonomy_of(content.corpus, lane.layer))
        for each in view.points:
            name = each.run, each.layer, each.clock
            totals.setdefault(name, _scored_row(*name, _of(each.layer, each.clock), scores[each.run]))
        is_film = titles.count(view.item.title) == 1
        rows = tuple(_row(each, view.item, scores[each.run], is_film=is_film) for each in view.points)
        blocks.append(_block(number_of_block, view, rows, palettes))
    if not blocks:
        return None
    return TimelinesSection(
        definition=DEFINITION.replace("_", " "),
        tolerance=str(TOLERANCE),
        has_runs=bool(content.runs),
        totals=tuple(row for row in totals.values() if row is not None),
        blocks=tuple(blocks),
        palettes=json_script(palettes.as_json()),
    )


def timeline_anchors(content: ReportContent) -> dict[str, str]:
    """Return the id of the timeline of each monologue that has one, by its key: for links from other sections."""
    return {key: _anchor(index) for index, key in enumerate(timeline_keys(content), 1)}


def _anchor(index: int) -> str:
    return f"timeline-{index}"


def _block(index: int, view: TimelineView, rows: tuple[PointRow, ...], palettes: Palettes) -> TimelineBlock:
    item, media = view.item, view.media
    return TimelineBlock(
        anchor=_anchor(index),
        key=item.key,
        title=bounded(item.title),
        language=item.language,
        length=clock_text(Fraction(item.duration)),
        notes=tuple(map(bounded, (*view.notes, *media.notes, *_long_texts(item)))),
        src=media.src,
        has_video=media.has_video,
        points=rows,
        data=json_script(timeline_data(view, palettes)),
    )


def clock_text(time: Fraction) -> str:
    """Return a time as a player shows it.

    Example:
        >>> clock_text(Fraction(76)), clock_text(Fraction("3600.4"))
        ('1:16', '1:00:00')
    """
    minutes, second = divmod(int(time), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def _long_texts(item: Monologue) -> Iterator[str]:
    long = [each.index for each in item.sentences if len(each.text) > MOST_LETTERS]
    if long:
        yield f"Sentences that are too long for the page are cut: {', '.join(map(str, long))}."


_ScoreName = tuple[str, frozenset[tuple[str, str]]]


def _by_name(run: ReportRun) -> dict[_ScoreName, Score]:
    return {(score.name, frozenset(score.of.items())): score for score in run.scores.scores}


def _of(layer: str, clock: Clock) -> dict[str, str]:
    return {
        "layer": layer,
        "kind": "streams",
        "clock": clock,
        "definition": DEFINITION,
        "tolerance": str(TOLERANCE),
    }


def _row(points: ClockPoints, item: Monologue, scores: Mapping[_ScoreName, Score], *, is_film: bool) -> PointRow:
    """Return the numbers of one monologue: those that scores have of the film, else those of the points themselves."""
    of = _of(points.layer, points.clock)
    found = None
    if is_film:
        found = _scored_row(points.run, points.layer, points.clock, {**of, "film": item.title}, scores)
    if found is not None:
        return found
    match = points.match
    name = {**of, "run": points.run, "key": item.key}
    return PointRow(
        run=bounded(points.run),
        layer=points.layer,
        clock=points.clock,
        true=number(f"{match.num_true:,}", "point", **name, field="num_true"),
        predicted=number(f"{match.num_predicted:,}", "point", **name, field="num_predicted"),
        pairs=number(f"{len(match.pairs):,}", "point", **name, field="pairs"),
        delay=None
        if match.mean_delay is None
        else number(_value_text(match.mean_delay), "point", **name, field="delay_mean"),
    )


def _scored_row(
    run: str, layer: str, clock: Clock, of: Mapping[str, str], scores: Mapping[_ScoreName, Score]
) -> PointRow | None:
    """Return a row of numbers of scores; None where scores have no turning points of these things."""
    names = ("recall", "precision", "delay_mean")
    found = [scores.get((f"turning_point_{name}", frozenset(of.items()))) for name in names]
    recall, precision, delay = found
    if recall is None or precision is None or delay is None:
        return None
    median = scores.get(("turning_point_delay_median", frozenset(of.items())))
    return PointRow(
        run=bounded(run),
        layer=layer,
        clock=clock,
        true=score_number(f"{recall.n:,}", run, recall, "n"),
        predicted=score_number(f"{precision.n:,}", run, precision, "n"),
        pairs=score_number(f"{delay.n:,}", run, delay, "n"),
        delay=_number(run, delay, "value"),
        low=_number(run, delay, "low"),
        high=_number(run, delay, "high"),
        median=None if median is None else _number(run, median, "value"),
    )


def _number(run: str, score: Score, field: str) -> Number | None:
    value = {"value": score.value, "low": score.low, "high": score.high}[field]
    return None if value is None else score_number(_value_text(value), run, score, field)


def _value_text(value: float) -> str:
    return f"{value:z.3f}"
