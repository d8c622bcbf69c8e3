"""Rows about monologues beside a corpus: their order, noise of times, clocks, form, and what lies outside."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from matching_help import LABELS, corpus, film, found, matched, row

from emos_io import Span
from emos_io.corpus import (
    Corpus,
    Monologue,
    Utterance,
    keys_sha256,
)
from emos_io.evaluation import Prediction, Predictions, match
from emos_io.evaluation.matched import label_of
from emos_io.evaluation.stream_order import time_text
from emos_io.evaluation.streams.timelines import content_stream, decision_stream


def test_rows_of_monologues_come_in_order_of_time() -> None:
    spans = [Span(4, 5), Span(0, 2), Span(2, 4)]
    result = matched([row("streaming/film", span=span) for span in spans] + [row("streaming/second", span=Span(0, 1))])
    assert [each.span for each in result.streams.rows[0]] == [Span(0, 2), Span(2, 4), Span(4, 5)]
    assert [each.key for each in result.streams.items] == ["streaming/film", "streaming/second"]
    assert found(result) == [] and result.counts["streams"] == 2


def test_overlapping_rows_are_found_at_the_later_one() -> None:
    spans = [Span(0, 10), Span(2, 3), Span(4, 5), Span(10, 12), Span("23/2", 13), Span(0, 1)]
    result = matched([row("streaming/film", span=span) for span in spans] + [row("streaming/second", span=Span(0, 1))])
    assert found(result) == [("overlapping_predictions", f"line {line}") for line in (1, 5)]
    assert "it begins at 0, before p.jsonl, line 3 ends at 5" in result.findings[0].what
    assert "it begins at 11.5, before p.jsonl, line 4 ends at 12" in result.findings[1].what
    assert len(result.streams.rows[0]) == 6 and result.counts["overlapping"] == 2


def test_a_row_of_which_nothing_is_left_says_so() -> None:
    spans = [Span(0, 4), Span(1, 4), Span(2, "4.0005"), Span(4, 5)]
    result = matched([row("streaming/film", span=span) for span in spans] + [row("streaming/second", span=Span(0, 1))])
    overlaps = [each for each in result.findings if each.code == "overlapping_predictions"]
    assert [each.where for each in overlaps] == ["p.jsonl, line 2", "p.jsonl, line 3"]
    assert all(each.fix.startswith("nothing is left of it on the content clock; ") for each in overlaps)


def test_windows_of_numbers_may_overlap() -> None:
    rows = [row("streaming/film", "intensity", span=Span(start, start + 4), value=3.0) for start in range(5)]
    result = matched([*rows, row("streaming/second", "intensity", span=Span(0, 1), label="3")], layer="intensity")
    assert found(result) == [] and result.counts["overlapping"] == 0


NOISY = [
    ([(0, "0.30000000000000004"), ("0.3", 20)], [(0, "0.3"), ("0.3", 20)]),
    ([(0, "0.7"), ("0.7000000000000001", 20)], [(0, "0.7000000000000001"), ("0.7000000000000001", 20)]),
    ([("1e-17", 5), (5, "19.9999999999999964")], [(0, 5), (5, 20)]),
    ([("-1e-17", 5), (5, "20.0000000000000036")], [(0, 5), (5, 20)]),
    ([(0, "9.9995"), ("9.9999", 20)], [(0, 10), (10, 20)]),
    ([(0, "8.0000000001"), ("10.0000000001", 20)], [(0, 8), (10, 20)]),
    ([(0, "5.0009"), (5, 20)], [(0, 5), (5, 20)]),
]
"""Times of rows as they were written, and without noise; the item has labels on [0, 8) and [10, 22) and lasts 20 s."""


@pytest.mark.parametrize(("written", "meant"), NOISY)
def test_noise_of_times_is_one_repair(written: list[tuple[str | int, str | int]], meant: list[tuple[str, str]]) -> None:
    rows = [row("streaming/film", span=Span(*times)) for times in written]
    result = matched([*rows, row("streaming/second", span=Span(0, 1))])
    assert [each.span for each in result.streams.rows[0]] == [Span(*times) for times in meant]
    assert [(each.code, each.severity) for each in result.findings] == [("prediction_time_noise", "repair")]
    assert result.counts["moved"] > 0 and result.counts["cut"] == result.counts["outside_item"] == 0


@pytest.mark.parametrize("span", [Span(0, "0.0005"), Span("9.9996", "10.0004"), Span("0.0004", "0.0006")])
def test_no_row_vanishes_as_noise(span: Span) -> None:
    result = matched([row("streaming/film", span=span), row("streaming/second", span=Span(0, 1))])
    assert result.streams.rows[0][0].span is not None


def test_gaps_and_overlaps_of_a_millisecond_are_kept() -> None:
    spans = [Span(1, "2.001"), Span(2, 3), Span("3.001", 4)]
    result = matched([row("streaming/film", span=span) for span in spans] + [row("streaming/second", span=Span(0, 1))])
    assert [each.span for each in result.streams.rows[0]] == spans and result.counts["moved"] == 0


def test_rows_that_are_one_but_for_noise_come_again() -> None:
    spans = [Span(1, "2.0000000000000004"), Span(1, 2), Span(2, 3)]
    result = matched([row("streaming/film", span=span) for span in spans] + [row("streaming/second", span=Span(0, 1))])
    assert ("repeated_prediction", "line 2") in found(result) and result.counts["repeated"] == 1
    assert [each.line for each in result.streams.rows[0]] == [1, 3]


def test_rows_without_a_clock_beside_others_are_one_fault() -> None:
    rows = [
        row("streaming/film", span=Span(at, at + 1), **({"available_at": at + 1} if at % 2 else {})) for at in range(16)
    ]
    result = matched([*rows, row("streaming/second", span=Span(0, 1))])
    (fault,) = result.findings
    assert (fault.code, fault.severity, fault.where) == ("prediction_without_clock", "fault", "p.jsonl, line 1")
    assert fault.what == "9 of 17 rows of monologues do not say when they were available: 1, 3, 5, 7, 9 and 4 more"
    assert result.counts["without_clock"] == 9
    assert found(matched([*rows[::2], row("streaming/second", span=Span(0, 1))])) == []


def test_a_form_that_no_header_gives_is_a_note() -> None:
    rows = tuple(row(f"streaming/{name}", span=Span(at, at + 1)) for name in ("film", "second") for at in range(4))
    for header, codes in (({}, ["form_guessed"]), ({"form": "decisions"}, [])):
        result = match(Predictions(rows, header, name="p"), corpus(), layer="basic7")
        assert [each.code for each in result.findings] == codes
        assert all(each.severity == "note" and "taken for decisions" in each.what for each in result.findings)
    clips = match(Predictions((row("own/1"), row("own/2"), row("own/3"))), corpus(), layer="basic7")
    assert [each.code for each in clips.findings] == ["item_without_truth"]


@pytest.mark.parametrize("span", [Span(20, 21), Span(-2, -1), Span(50, 51), Span(-1, 0)])
def test_a_row_outside_of_the_item_counts_on_no_clock(span: Span) -> None:
    result = matched([row("streaming/film", span=span, available_at=1), row("streaming/second", span=Span(0, 1))])
    finding = next(each for each in result.findings if each.code == "prediction_time")
    assert finding.fix == "it counts on no clock; correct the times"
    for make in (content_stream, decision_stream):
        stream = make(film(), result.streams.rows[0], "basic7", LABELS)
        assert stream is not None and stream.predicted == ()


@pytest.mark.parametrize("span", [Span(20, 30), Span(21, 30), Span(-3, 0)])
def test_a_monologue_with_labels_outside_of_it_alone_has_no_truth(span: Span) -> None:
    late = Monologue(
        key="streaming/late",
        name="late",
        title="Late",
        language="en",
        duration=Fraction(20),
        utterances=(Utterance(index=0, span=span, labels={"basic7": ("Joy",)}, intensity=3),),
    )
    items = Corpus((), [film(), late])
    for layer, answer in (("basic7", {"label": "Joy"}), ("intensity", {"value": 3.0})):
        rows = (row("streaming/film", layer, span=Span(0, 1), **answer),)
        result = match(Predictions(rows, {"form": "segments"}), items, layer=layer)
        assert result.without_truth == ("streaming/late",) and result.missing == ()


def test_findings_about_lines_come_in_their_order() -> None:
    rows = [
        row("streaming/film", span=Span(5, 7), label="joy"),
        row("streaming/film", span=Span(4, 6)),
        row("own/9"),
        row("streaming/second", span=Span(0, 1), label="fear"),
    ]
    lines = [int(where.removeprefix("line ")) for _, where in found(matched(rows)) if where]
    assert lines == sorted(lines) == [1, 1, 3, 4]


@pytest.mark.parametrize(
    ("time", "text"),
    [("0", "0"), ("-1/8", "-0.125"), ("1/3", "about 0.333333"), ("-2/3", "about -0.666667"), ("12.5", "12.5")],
)
def test_times_in_findings_are_short(time: str, text: str) -> None:
    assert time_text(Fraction(time)) == text


@pytest.mark.parametrize(
    ("span", "available_at", "severity"),
    [
        (Span(0, 20), None, None),
        (Span(19, "20.5"), None, "repair"),
        (Span(0, 99), 99, "repair"),
        (Span(20, 21), None, "fault"),
        (Span(50, 51), None, "fault"),
        (Span(-1, 1), None, "fault"),
        (Span(-2, -1), None, "fault"),
        (Span(0, 1), -1, "fault"),
        (Span(0, 1), 30, None),
    ],
)
def test_times_outside_of_the_item_are_found(span: Span, available_at: int | None, severity: str | None) -> None:
    late = row("streaming/film", span=span, available_at=available_at)
    clock = {} if available_at is None else {"available_at": 1}
    result = matched([row("streaming/second", span=Span(0, 1), **clock), late])
    assert [each.severity for each in result.findings] == ([] if severity is None else [severity])
    assert found(result) == ([] if severity is None else [("prediction_time", "line 2")])
    assert result.streams.rows[0][0].span == span


def test_times_of_clips_and_none_of_monologues_are_found() -> None:
    rows = [row("own/1", span=Span(0, 1)), row("own/1", span=Span(1, 2), label="Fear"), row("own/2"), row("own/3")]
    result = matched([*rows, row("streaming/film"), row("streaming/second", span=Span(0, 1))])
    assert ("missing_prediction", "") in found(result) and result.missing == ("streaming/film",)
    assert ("clip_with_times", "line 1") in found(result) and ("repeated_prediction", "line 2") in found(result)
    assert ("monologue_without_times", "line 5") in found(result) and result.streams.rows[0] == ()
    assert result.clips.predicted[0] == LABELS.index("Joy")


def test_answers_within_monologues_are_checked() -> None:
    rows = [
        row("streaming/film", span=Span(0, 1), label="joy"),
        row("streaming/film", span=Span(1, 2), error="prose"),
        row("streaming/second", span=Span(0, 1), confidence=0.5),
    ]
    result = matched(rows)
    assert found(result) == [("prediction_label", "line 1")]
    assert [result.counts[name] for name in ("outside_layer", "invalid", "without_confidence")] == [1, 1, 1]
    assert [label_of(each, LABELS) for rows in result.streams.rows for each in rows] == [None, None, "Joy"]


def test_released_labels_match_without_a_fault(release: Corpus) -> None:
    rows = [
        Prediction(key=each.key, layer=layer, span=span, labels=tuple(weights))
        for layer in ("basic7", "goemotions", "intensity")
        for each in release.monologues
        for span, weights in zip(each.labels(layer).spans, each.labels(layer).weights, strict=True)
    ]
    rows += [Prediction(key=each.key, layer="basic7", label=each.decisions["basic7"].label) for each in release.clips]
    header = {"corpus": keys_sha256(each.key for each in release), "form": "segments"}
    predictions = Predictions(tuple(rows), header, name="truth")
    basic = match(predictions, release, layer="basic7")
    assert (len(basic.clips), len(basic.streams), basic.missing) == (9403, 46, ())
    np.testing.assert_array_equal(basic.clips.truth, basic.clips.predicted)
    for layer in ("basic7", "goemotions", "intensity"):
        result = match(predictions, release, layer=layer)
        # Labels of 8 films end after them.
        assert {each.severity for each in result.findings} <= {"repair"}
        assert len(result.streams) == 46 and result.counts["outside_layer"] == 0


def test_what_is_missing_reads_as_the_layer_scores_it() -> None:
    """In a layer of numbers nothing counts as wrong; monologues are not scored in layers of sets, so none is missing."""
    talks = [
        Monologue(
            key=f"own/{name}", name=name, title=name, language="en", duration=Fraction(10),
            utterances=(Utterance(index=0, span=Span(0, 10), labels={"goemotions": ("joy",)}, intensity=3),),
        )
        for name in "ab"
    ]  # fmt: skip
    corpus = Corpus([], talks)
    rows = [
        Prediction(key="own/a", layer="intensity", span=Span(0, 5), label="Joy", line=1),
        Prediction(key="own/a", layer="goemotions", span=Span(0, 5), labels=("joy",), line=2),
    ]
    given = Predictions(tuple(rows), name="p", header={"form": "segments"})
    numbers = match(given, corpus, layer="intensity").findings
    assert numbers.counts() == {"prediction_label": 1, "missing_prediction": 1}
    assert not any("wrong" in each.fix for each in numbers)
    assert not match(given, corpus, layer="goemotions").findings
