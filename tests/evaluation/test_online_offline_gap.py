"""Gaps are differences of the same measures on the same rows, and 0 for predictions that do not depend on the future."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled_streams import LAYER, stream_of, texts

from emos_io import Span
from emos_io.corpus import Corpus, Monologue, Utterance
from emos_io.errors import InvalidArgument
from emos_io.evaluation import gap as gap_verb
from emos_io.evaluation.predictions import Prediction, Predictions, by_key
from emos_io.evaluation.streams.curves import curve_scores
from emos_io.evaluation.streams.flicker import flicker
from emos_io.evaluation.streams.gap import gaps, online_offline_gap, shared_rows
from emos_io.evaluation.streams.pieces import Piece, Stream
from emos_io.evaluation.streams.segments import segment_scores
from emos_io.evaluation.streams.time_to_correct import time_to_correct_scores
from emos_io.evaluation.sums import Measure, Measured, MeasuredPairs, MeasuredRows, PlainValue

ROUNDING = 1e-12
"""Of sums of a few floats near 1."""

TRUTH = {"one": "AAAABBBBCC", "two": "BBBBBAAAAA"}


def windows(labels: dict[str, str]) -> Predictions:
    rows = [
        Prediction(key=key, layer=LAYER, span=Span(second, second + 1), label=letter, line=second + 1)
        for key, text in labels.items()
        for second, letter in enumerate(text)
    ]
    return Predictions(tuple(rows), name="run.jsonl")


def measured(streams: list[Stream]) -> list[Measured]:
    return [segment_scores(streams), flicker(streams), *time_to_correct_scores(streams), curve_scores([])]


def measure(predictions: Predictions) -> list[Measured]:
    """All measures of streams, whatever rows there are."""
    rows = by_key(predictions, LAYER)
    streams = []
    for key, text in TRUTH.items():
        stream = stream_of(text, "." * len(text), key)
        pieces = [Piece(row.span, row.label) for row in rows.get(key, []) if row.span is not None]
        streams.append(Stream(key, stream.end, stream.truth, tuple(pieces)))
    return measured(streams)[:4]


def causal(letters: str) -> str:
    """The label of most of the last three seconds, ties to the last one: no answer depends on what comes later."""
    return "".join(
        max(letters[k], *letters[max(0, k - 2) : k], key=letters[max(0, k - 2) : k + 1].count)
        for k in range(len(letters))
    )


def test_a_causal_model_has_no_gap() -> None:
    seen = {"one": "AABABBACCC", "two": "BBBABAAABA"}
    offline = windows({key: causal(text) for key, text in seen.items()})
    online = windows({key: "".join(causal(text[: k + 1])[-1] for k in range(len(text))) for key, text in seen.items()})
    found = online_offline_gap(online, offline, measure)
    assert not found.findings
    values = [value_of(each, index) for each in found.measured for index in range(num_measures(each))]
    assert values == [0.0] * 9


def num_measures(each: Measured) -> int:
    return len(each.measures) if isinstance(each, MeasuredRows) else 1


def value_of(each: Measured, index: int) -> float:
    if isinstance(each, MeasuredRows):
        return each.value(each.measures[index].name, **each.measures[index].of)
    assert isinstance(each, PlainValue)
    return math.nan if each.value is None else each.value


@given(st.lists(texts(10), max_size=4), st.data())
def test_gaps_are_differences_of_values(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    others = [data.draw(st.text("ABC.?", min_size=len(truth), max_size=len(truth))) for truth, _ in pairs]
    online = measured([stream_of(*pair) for pair in pairs])
    offline = measured([stream_of(truth, other) for (truth, _), other in zip(pairs, others, strict=True)])
    for found, first, second in zip(gaps(online, offline), online, offline, strict=True):
        for index in range(num_measures(first)):
            difference = value_of(second, index) - value_of(first, index)
            value = value_of(found, index)
            assert value == difference or (math.isnan(value) and math.isnan(difference))


def test_draws_are_paired() -> None:
    """A draw that has one monologue twice and another never has it so in both."""
    online = segment_scores([stream_of("AABB", "AAAA"), stream_of("AB", "BA")])
    offline = segment_scores([stream_of("AABB", "AABB"), stream_of("AB", "AA")])
    (found,) = gaps([online], [offline])
    assert isinstance(found, MeasuredRows)
    for counts in ([2, 0], [0, 2], [1, 1]):
        drawn = np.array([counts]) @ found.columns
        for gap, first, second in zip(found.measures, online.measures, offline.measures, strict=True):
            one, other = (
                each.of_sums(np.array([counts]) @ rows.columns) for each, rows in ((first, online), (second, offline))
            )
            assert gap.of_sums(drawn).tolist() == (other - one).tolist()
            assert (gap.name, gap.of["measure"]) == ("online_offline_gap", first.name)
            assert gap.num is not None
            assert first.num is not None
            assert gap.num(drawn).tolist() == first.num(np.array([counts]) @ online.columns).tolist()


def test_rows_that_only_one_has_are_findings_and_left_out_of_both() -> None:
    online, offline = windows(TRUTH), windows({"two": TRUTH["two"], "three": "AB"})
    first, second, findings = shared_rows(online, offline)
    assert [row.key for row in first] == [row.key for row in second] == ["two"] * 10
    assert (first.name, findings.counts()) == ("run.jsonl", {"unpaired_prediction": 12})
    assert str(findings[0]) == (
        "unpaired_prediction: the offline predictions have none of the same key, layer and span as one, basic7 in [0, 1); "
        "it is left out of the gap: run.jsonl, line 1"
    )
    assert "the online predictions have none" in findings[11].what
    found = online_offline_gap(online, offline, measure)
    assert (found.findings, value_of(found.measured[0], 0)) == (findings, 0.0)


def test_spans_and_layers_must_be_the_same() -> None:
    row = Prediction(key="a", layer=LAYER, span=Span(0, 1), label="A")
    for other in (
        Prediction(key="a", layer=LAYER, span=Span(0, 2), label="A"),
        Prediction(key="a", layer=LAYER, label="A"),
        Prediction(key="a", layer="goemotions", span=Span(0, 1), label="A"),
    ):
        first, second, findings = shared_rows(Predictions((row,)), Predictions((other,)))
        assert (len(first), len(second), len(findings)) == (0, 0, 2)
        assert findings[0].where == "a"


def plain(value: float | None, num: int = 3, why: str = "", name: str = "median") -> PlainValue:
    return PlainValue(name, value, num, why, {"m": "1 s"})


def test_plain_values_are_subtracted() -> None:
    (found,) = gaps([plain(2.5)], [plain(1.0, 2)])
    assert found == PlainValue(
        "online_offline_gap",
        -1.5,
        2,
        "a difference of two values without intervals has none",
        {"measure": "median", "m": "1 s"},
    )
    (found,) = gaps([plain(None, why="no label changes")], [plain(1.0)])
    assert isinstance(found, PlainValue)
    assert (found.value, found.why) == (None, "no label changes")


def test_marks_are_kept_and_what_one_leaves_out_the_gap_leaves_out() -> None:
    def rows(leaves_out: bool) -> MeasuredRows:
        measure = Measure(
            "f1",
            lambda sums: sums[:, 0],
            leaves_out=(lambda sums: np.array(sums[:, 0] == 0, np.float64)) if leaves_out else None,
            why="a mark",
        )
        return MeasuredRows(np.array([[1.0], [2.0]]), np.ones(2, bool), (measure,))

    for online, offline, expected in ((True, False, [1, 0, 0]), (False, True, [0, 1, 0]), (True, True, [1, 1, 0])):
        (found,) = gaps([rows(online)], [rows(offline)])
        assert isinstance(found, MeasuredRows)
        (gap,) = found.measures
        assert gap.leaves_out is not None
        assert gap.leaves_out(np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])).tolist() == expected
        assert gap.why == "a mark"
    (found,) = gaps([rows(False)], [rows(False)])
    assert isinstance(found, MeasuredRows)
    assert found.measures[0].leaves_out is None


def test_rows_that_count_in_one_alone_do_not_count() -> None:
    (found,) = gaps(
        [segment_scores([stream_of("A", "A"), stream_of(".", ".")])], [segment_scores([stream_of("A", "A")] * 2)]
    )
    assert isinstance(found, MeasuredRows)
    assert found.counted.tolist() == [True, False]


def test_measures_over_pairs_have_no_gap() -> None:
    pairs = MeasuredPairs("auroc", np.array([0.1, 0.9]), np.array([False, True]), np.array([True, True]))
    (found,) = gaps([pairs], [pairs])
    assert isinstance(found, PlainValue)
    assert (found.value, found.num, found.of["measure"]) == (None, 2, "auroc")


def test_other_measures_are_refused() -> None:
    one, two = segment_scores([stream_of("A", "A")]), segment_scores([stream_of("A", "A")] * 2)
    with pytest.raises(InvalidArgument, match=r"^offline must have the measures of online, got .*; measure both by"):
        gaps([one], [flicker([stream_of("A", "A")])])
    with pytest.raises(InvalidArgument, match=r"^offline must have the measures of online, got None for "):
        gaps([one], [])
    with pytest.raises(
        InvalidArgument, match=r"^offline must have as many rows as online, 1, got 2; measure the same items$"
    ):
        gaps([one], [two])
    pairs = MeasuredPairs("median", np.zeros(0), np.zeros(0, bool), np.zeros(0, bool), {"m": "1 s"})
    with pytest.raises(InvalidArgument, match=r"^offline must have measures of one kind with online, got a "):
        gaps([plain(1.0)], [pairs])


def spoken(key: str, words: str, layer: str) -> Monologue:
    parts = tuple(
        Utterance(index=k, span=Span(4 * k, 4 * k + 4), labels={layer: (word,)}) for k, word in enumerate(words.split())
    )
    return Monologue(key=key, name=key, title=key, language="en", duration=Fraction(4 * len(parts)), utterances=parts)


@pytest.mark.parametrize(
    ("layer", "truth", "online", "measure", "expected"),
    [
        ("basic7", "Joy Fear Joy", "Joy Joy Joy", "accuracy", 1 / 3),
        ("intensity", "1 2 3", "2 2 3", "mae", -1 / 3),
    ],
)
def test_the_verb_measures_monologues_of_labels_and_of_numbers(
    layer: str, truth: str, online: str, measure: str, expected: float
) -> None:
    corpus = Corpus([], [spoken(f"own/{k}", truth, layer) for k in range(12)])

    def run(words: str) -> Predictions:
        return Predictions(
            tuple(
                Prediction(
                    key=talk.key,
                    layer=layer,
                    span=each.span,
                    available_at=each.span.end,
                    **({"label": word} if layer == "basic7" else {"value": float(word)}),
                )
                for talk in corpus.monologues
                for each, word in zip(talk.utterances, words.split(), strict=True)
            ),
            header={"form": "decisions"},
        )

    found = gap_verb(run(online), run(truth), corpus, draws=20)
    clock = {"clock": "content"} if layer == "basic7" else {}
    one = found.get("online_offline_gap", measure=measure, **clock)
    assert one.value is not None and math.isclose(one.value, expected, abs_tol=ROUNDING)
    assert one.num_clusters == 12 and one.low == one.high
    same = gap_verb(run(online), run(online), corpus, draws=20)
    assert {each.value for each in same} <= {0.0, None} and not same.findings
    assert {each.low for each in same} <= {0.0, None}
    with pytest.raises(InvalidArgument, match=r"^offline must have a row of the same monologue, layer and span"):
        gap_verb(run(online), Predictions(()), corpus)
    with pytest.raises(InvalidArgument, match=r"^layer must be one that the predictions have, got 'moods'"):
        gap_verb(run(online), run(truth), corpus, layer="moods")
