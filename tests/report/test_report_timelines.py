"""Timelines of monologues as values: lanes equal the corpus and the file of predictions, points are those that scores count."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from show_help import film, saved
from timeline_help import DRAWS, content_of, copy_of, found_in, labels_in, views_of, written

from emos_io import Span
from emos_io.cli.app import guarded
from emos_io.cli.score import score as score_verb
from emos_io.corpus import Corpus, Monologue, Sentence, Split, Utterance, Vote
from emos_io.errors import printable
from emos_io.evaluation import Prediction, Predictions, match, read_predictions, turning_point_match
from emos_io.evaluation.streams import content_stream, decision_stream
from emos_io.report.comparison.timelines import timeline_anchors, timelines_section
from emos_io.report.comparison.timelines.data import MOST_LETTERS
from emos_io.report.comparison.timelines.item_media import NO_MEDIA
from emos_io.report.comparison.timelines.lanes import MOST_RATERS, Lane
from emos_io.report.comparison.timelines.points import TOLERANCE

MILLIONTH = 1e-6
"""JSON has seconds to a millionth."""
LABELS = ("Joy", "Sadness", "Fear")


def lanes(view_lanes: tuple[Lane, ...], who: str) -> dict[tuple[str, str, str | None], Lane]:
    """Lanes of people, raters or runs by layer, name and clock."""
    return {(each.layer, each.name, each.clock): each for each in view_lanes if each.who == who}


def pairs(lane: Lane) -> list[tuple[Span, tuple[str, ...]]]:
    """Span and labels of each segment."""
    return [(each.span, each.labels) for each in lane.segments]


def test_lanes_of_people_equal_the_corpus(release: Corpus) -> None:
    views = views_of(content_of(release))
    assert [*views] == [item.key for item in release.monologues]
    for item in release.monologues:
        people = lanes(views[item.key].lanes, "people")
        assert [layer for layer, *_ in people] == ["basic7", "goemotions", "intensity"]
        for layer in ("basic7", "goemotions"):
            labelled = [(each.span, each.labels_in(layer)) for each in item.utterances if each.labels_in(layer)]
            assert pairs(people[layer, "", None]) == [(span, tuple(dict.fromkeys(names))) for span, names in labelled]
        levels = people["intensity", "", None].levels
        end = Fraction(item.duration)
        within = [each for each in item.utterances if each.span.start < end]
        for level, part in zip(levels, within, strict=True):
            assert level.span == part.span.intersect(Span(0, end))
            assert level.value == part.intensity
        assert views[item.key].points == ()
        assert views[item.key].media.notes == (NO_MEDIA,)


def test_lanes_of_a_run_equal_its_file_on_both_clocks(release: Corpus, tmp_path: Path) -> None:
    item = release.monologues["A Few Good Men"]
    lines = [
        {"key": item.key, "layer": "basic7", "start": 2 * n, "end": 2 * n + 2, "label": ("Anger", "Joy")[n % 3 == 1]}
        | {"available_at": 2 * n + 3.5, "confidence": (n % 10) / 10}
        for n in range(30)
    ]
    run = read_predictions(written(tmp_path / "run.jsonl", lines))
    (view,) = views_of(content_of(Corpus([], [item]), [run])).values()
    found = lanes(view.lanes, "run")
    assert [(name, clock) for _, name, clock in found] == [(run.name, "content"), (run.name, "decision")]
    content, decision = found.values()
    assert pairs(content) == [(Span(2 * n, 2 * n + 2), (each["label"],)) for n, each in enumerate(lines)]
    moments = [*(2 * n + Fraction(7, 2) for n in range(30)), Fraction(item.duration)]
    spans = [Span(start, end) for start, end in pairwise(moments)]
    assert pairs(decision) == [(span, (each["label"],)) for span, each in zip(spans, lines, strict=True)]
    for lane in (content, decision):
        assert [each.line for each in lane.segments] == [*range(1, 31)]
        assert [each.confidence for each in lane.segments] == [each["confidence"] for each in lines]
        assert lane.is_joined


@st.composite
def answers(draw: st.DrawFn) -> list[Prediction]:
    """Rows about ten seconds, in any order: windows that overlap, reach out of the item, are invalid or come at once."""
    found = []
    for line in range(draw(st.integers(1, 8))):
        start = Fraction(draw(st.integers(-2, 22)), 2)
        moment = draw(st.none() | st.integers(-2, 24).map(lambda half: Fraction(half, 2)))
        word = draw(st.sampled_from([*LABELS, "gladness", None]))
        found.append(
            Prediction(
                key="s/a",
                layer="basic7",
                span=Span(start, start + Fraction(draw(st.integers(1, 8)), 2)),
                label=word,
                error="" if word else "no answer",
                available_at=moment,
                line=line + 1,
            )
        )
    return found


@given(answers())
def test_segments_are_the_pieces_that_scores_count(rows: list[Prediction]) -> None:
    corpus = Corpus([], [film()])
    run = Predictions(tuple(rows), name="run.jsonl")
    matched = match(run, corpus, layer="basic7")
    (item,), (about,) = matched.streams.items, matched.streams.rows
    streams = (
        content_stream(item, about, "basic7", matched.labels),
        decision_stream(item, about, "basic7", matched.labels),
    )
    (view,) = views_of(content_of(corpus, [run], scored=False)).values()
    found = lanes(view.lanes, "run")
    for clock, stream in zip(("content", "decision"), streams, strict=True):
        if stream is None:
            assert ("basic7", "run.jsonl", clock) not in found
            continue
        scored = [
            (part, labels[0] if labels else None)
            for span, labels in pairs(found["basic7", "run.jsonl", clock])
            if (part := span.intersect(Span(0, stream.end))) is not None
        ]
        assert scored == [(each.span, each.label) for each in stream.predicted]


def test_points_are_the_changes_of_labels_and_their_best_pairs(release: Corpus) -> None:
    item = release.monologues["A Few Good Men"]
    run = copy_of(item, Fraction(3, 2))
    (view,) = views_of(content_of(Corpus([], [item]), [run])).values()
    (points,) = view.points
    changes = [(span.start, label) for (_, before), (span, label) in pairwise(labels_in(item)) if label != before]
    assert len(changes) == 6
    assert [(each.time, each.label) for each in points.true] == changes
    times = [each.time for each in points.true], [each.time for each in points.predicted]
    assert points.match == turning_point_match(*times, TOLERANCE)
    assert set(points.match.delays) == {Fraction(3, 2)}


def test_the_delay_on_the_page_is_that_of_scores(
    release: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Labels of a real stream against a copy that comes 2 s later."""
    item = release.monologues["A Few Good Men"]
    folder = saved(tmp_path / "corpus", item)
    lines = [
        {"key": item.key, "layer": "basic7", "start": str(span.start + 2), "end": str(span.end + 2), "label": label}
        | {"available_at": str(span.start + 2)}
        for span, label in labels_in(item)
    ]
    file = written(tmp_path / "copy.jsonl", [{"header": {"form": "segments"}}, *lines])
    words = [str(file), "--corpus", str(folder), "--draws", str(DRAWS), "--json"]
    # The last labels reach over the end of the item, and are cut there: a repair, no fault.
    assert guarded(lambda: score_verb.main(words, standalone_mode=False)) == 0
    (scores,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    run = replace(read_predictions(file), name=scores["name"])
    section = timelines_section(content_of(Corpus.load(folder), [run]))
    assert section is not None
    (block,) = section.blocks
    for rows, film_of in ((section.totals, None), (block.points, item.title)):
        assert [row.clock for row in rows] == ["content", "decision"]
        for row in rows:
            assert row.delay is not None
            value = found_in(scores, row.delay.metric)
            assert value == 2
            assert row.delay.text == f"{value:z.3f}"
            assert (f"film={quote_plus(item.title)}" in row.delay.metric) == (film_of is not None)
            for number in (row.true, row.predicted, row.pairs):
                assert number.text == str(found_in(scores, number.metric)) == "6"
    for row in section.totals:
        assert row.median is not None
        assert row.median.text == f"{found_in(scores, row.median.metric):z.3f}"


def test_titles_that_come_twice_have_the_numbers_of_their_points() -> None:
    """Scores have one film of both; a timeline has one of them."""
    items = [film("a"), replace(film("b"), title="a")]
    run = Predictions((*copy_of(items[0], Fraction(1)).rows, *copy_of(items[1], Fraction(0)).rows), name="r")
    section = timelines_section(content_of(Corpus([], items), [run]))
    assert section is not None
    for block, delay in zip(section.blocks, ("1.000", "0.000"), strict=True):
        (row,) = block.points
        assert row.delay is not None
        assert (row.true.text, row.predicted.text, row.pairs.text, row.delay.text) == ("1", "1", "1", delay)
        assert f"key=s%2F{block.key[-1]}" in row.delay.metric
        assert row.delay.metric.startswith("point?")


def test_sets_and_numbers_have_lanes_and_no_points() -> None:
    item = replace(film(), utterances=tuple(replace(each, intensity=each.index + 2) for each in film().utterances))
    rows = [
        Prediction(
            key=item.key, layer="goemotions", span=Span(0, 4), labels=("joy", "grief"), available_at=Fraction(5), line=1
        ),
        Prediction(
            key=item.key, layer="goemotions", span=Span(4, 9), labels=("awe",), available_at=Fraction(6), line=2
        ),
        Prediction(key=item.key, layer="intensity", span=Span(0, 6), value=3.0, line=3),
        Prediction(key=item.key, layer="intensity", span=Span(4, 8), value=4.0, line=4),
    ]
    (view,) = views_of(content_of(Corpus([], [item]), [Predictions(tuple(rows), name="r")])).values()
    found = lanes(view.lanes, "run")
    sets = found["goemotions", "r", "content"]
    assert pairs(sets) == [(Span(0, 4), ("joy", "grief")), (Span(4, 9), ())]
    assert sets.segments[1].why == "not of the layer: awe"
    assert pairs(found["goemotions", "r", "decision"]) == [(Span(5, 6), ("joy", "grief")), (Span(6, 10), ())]
    levels = found["intensity", "r", "content"].levels
    assert [(each.span, each.value) for each in levels] == [
        (Span(0, 4), 3), (Span(4, 6), Fraction(7, 2)), (Span(6, 8), 4)
    ]  # fmt: skip
    people = lanes(view.lanes, "people")["intensity", "", None]
    assert [(each.span, each.value) for each in people.levels] == [
        (Span(0, 3), Fraction(2)), (Span(4, 9), Fraction(3))
    ]  # fmt: skip
    assert view.points == ()


def test_votes_have_a_lane_for_each_rater_and_those_without_are_named() -> None:
    raters = [f"rater {number}" for number in range(MOST_RATERS + 2)]
    votes = [
        Vote(item="s/a", layer="basic7", rater=rater, labels=("Joy",), span=Span(0, 3)) for rater in reversed(raters)
    ]
    votes += [
        Vote(item="s/a", layer="basic7", rater=raters[-1], labels=(), abstain=True),
        Vote(item="s/a", layer="basic7", rater=raters[0], labels=("Fear",), role="review"),
    ]
    (view,) = views_of(content_of(Corpus([], [replace(film(), votes=tuple(votes))]))).values()
    found = lanes(view.lanes, "rater")
    assert [name for _, name, _ in found] == raters[:1:-1]
    last = found["basic7", raters[-1], None]
    assert pairs(last) == [(Span(0, 3), ("Joy",)), (Span(0, 10), ())]
    assert [each.why for each in last.segments] == ["", "abstained"]
    assert f"The first {MOST_RATERS} of {len(raters)} raters in basic7 have lanes." in view.notes


def test_every_monologue_that_is_scored_has_a_timeline() -> None:
    corpus = Corpus([], [film("a"), film("b"), film("c")])
    division = Split(("s/a",), ("s/b", "s/c"), None, 0.5, (), (), "", {})
    run = copy_of(film("c"), Fraction(0))
    for runs, split, keys in (
        ([run], None, ["s/a", "s/b", "s/c"]),
        ([run], division, ["s/b", "s/c"]),
        ([], division, ["s/b", "s/c"]),
        ([], None, ["s/a", "s/b", "s/c"]),
    ):
        content = content_of(corpus, runs, division=split)
        assert timeline_anchors(content) == {key: f"timeline-{index}" for index, key in enumerate(keys, 1)}
        section = timelines_section(content)
        assert section is not None
        assert [(each.key, each.anchor) for each in section.blocks] == [*timeline_anchors(content).items()]
    missing = views_of(content_of(corpus, [run]))["s/b"]
    assert missing.notes == ("copy.jsonl has no prediction in basic7.",)
    assert missing.points[0].match.pairs == ()
    assert timelines_section(content_of(Corpus([], []))) is None


def test_a_monologue_without_decisions_misses_its_points_on_the_decision_clock() -> None:
    corpus = Corpus([], [film("a"), film("b")])
    rows = [replace(each, available_at=each.span.end) for each in copy_of(film("a"), Fraction(0)).rows if each.span]
    section = timelines_section(content_of(corpus, [Predictions((*rows,), name="r")]))
    assert section is not None
    row = section.blocks[1].points[1]
    assert (row.clock, row.true.text, row.predicted.text, row.pairs.text, row.delay) == (
        "decision",
        "1",
        "0",
        "0",
        None,
    )


def test_what_is_drawn_is_in_the_json_of_the_page(release: Corpus) -> None:
    item = release.monologues["A Few Good Men"]
    section = timelines_section(content_of(Corpus([], [item]), [copy_of(item, Fraction(1, 3))]))
    assert section is not None
    data, palettes = json.loads(section.blocks[0].data), json.loads(section.palettes)
    assert data["duration"] == float(item.duration)
    assert data["sentences"] == [[float(each.span.start), float(each.span.end), each.text] for each in item.sentences]
    by_title = {(each["who"], each["layer"], each["clock"]): each for each in data["lanes"]}
    names = [name for name, _, _ in palettes["basic7"]]
    drawn = [
        (start, end, names[labels[0]]) for start, end, labels, *_ in by_title["people", "basic7", None]["segments"]
    ]
    assert drawn == [(float(span.start), float(span.end), label) for span, label in labels_in(item)]
    shifted = by_title["run", "basic7", "content"]["segments"]
    third = Fraction(1, 3)
    for (start, end, labels, *_), (span, label) in zip(shifted, labels_in(item), strict=True):
        assert names[labels[0]] == label
        assert start == pytest.approx(float(span.start + third), abs=MILLIONTH)
        assert end == pytest.approx(float(min(span.end + third, item.duration)), abs=MILLIONTH)
    (points,) = data["points"]
    assert points["pairs"] == [[index, index] for index in range(6)]


def test_hostile_texts_are_data_and_long_ones_are_shortened() -> None:
    bad = '</script><script>alert("x")</script>\u2028\u202e'
    sentences = (
        Sentence(index=1, span=Span(0, 2), text=bad),
        Sentence(index=2, span=Span(2, 4), text="a" * (MOST_LETTERS + 1)),
    )
    utterances = (Utterance(index=0, span=Span(0, 5), labels={"own": (bad,)}),)
    item = Monologue(
        key=f"s/{bad}",
        name="a",
        title=bad,
        language="en",
        duration=Fraction(10),
        sentences=sentences,
        utterances=utterances,
    )
    section = timelines_section(content_of(Corpus([], [item])))
    assert section is not None
    (block,) = section.blocks
    for text in (block.data, section.palettes):
        assert not {"<", ">", "&", "\u2028"} & {*text}
    data = json.loads(block.data)
    assert data["sentences"][0] == [0, 2, printable(bad)]
    long = data["sentences"][1][2]
    assert long == "a" * MOST_LETTERS + f"… (the text has {MOST_LETTERS + 1:,} letters)"
    assert json.loads(section.palettes)["own"][0][0] == block.title == printable(bad)
    assert "Sentences that are too long for the page are cut: 2." in block.notes
