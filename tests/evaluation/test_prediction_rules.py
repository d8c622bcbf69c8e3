"""What a prediction must be: rows made by a program are checked as lines of files are, and what is accepted is scored."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Span
from emos_io.corpus import Clip, Corpus, Decision, Taxonomy
from emos_io.corpus import read_predictions as segments
from emos_io.errors import InvalidArgument
from emos_io.evaluation import Prediction, Predictions, compare, match, read_predictions, score
from emos_io.evaluation.matching import Side

MINE = Taxonomy("mine", "1", "One of three", ("a", "b", "c"))
SETS = Taxonomy("sets", "1", "Any of three", ("a", "b", "c"), multiple=True)
FLOAT32 = 1.0000001192092896
"""The next number above 1 in float32: what a softmax may give."""
MOST = 1.001


def clip(number: int) -> Clip:
    key = f"own/{number}"
    words = {"mine": ("ab"[number % 2],), "sets": ("a", "b"), "intensity": ("3",)}
    decisions = {
        layer: Decision(item=key, layer=layer, labels=labels, scores=dict.fromkeys(labels, 1.0))
        for layer, labels in words.items()
    }
    return Clip(key=key, source="own", language="en", decisions=decisions)


CORPUS = Corpus([clip(number) for number in range(4)], taxonomies=[MINE, SETS])


def lines(path: Path, *rows: Mapping[str, object]) -> Predictions:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return read_predictions(path)


def codes(predictions: Predictions) -> list[tuple[str, str]]:
    """The findings of all layers as (code, line), but missing predictions."""
    found = score(predictions, CORPUS, by=[], draws=5).findings
    return [(each.code, each.where.partition(", ")[2]) for each in found if each.code != "missing_prediction"]


WRONG: list[tuple[dict[str, object], str]] = [
    (
        {"label": None},
        "answer must be one of label, labels, value and error, got a prediction of which it has no label",
    ),
    ({"labels": ("a",)}, "answer must be .* it has label and labels"),
    ({"value": 3}, "answer must be .* it has label and value"),
    ({"error": "prose"}, "answer must be .* it has label and error"),
    ({"label": None, "labels": ("a",), "value": 3}, "answer must be .* it has labels and value"),
    ({"key": ""}, "key must be text"),
    ({"key": 3}, "key must be text"),
    ({"layer": None}, "layer must be text"),
    ({"label": 3}, "label must be text, got 3"),
    ({"label": ["a"]}, "label must be text"),
    ({"label": None, "labels": "ab"}, "labels must be a sequence of texts, got 'ab'"),
    ({"label": None, "labels": 3}, "labels must be"),
    ({"label": None, "labels": ["a", 3]}, "labels must be"),
    ({"label": None, "value": "3"}, "value must be a finite number"),
    ({"label": None, "value": True}, "value must be"),
    ({"label": None, "value": math.inf}, "value must be"),
    ({"label": None, "error": 3}, "error must be text"),
    ({"confidence": 90}, "confidence must be a number from 0 to 1, got 90"),
    ({"confidence": -0.1}, "confidence must be"),
    ({"confidence": math.nan}, "confidence must be"),
    ({"confidence": "high"}, "confidence must be"),
    ({"confidence": True}, "confidence must be"),
    ({"confidence": np.array([0.5])}, "confidence must be"),
    ({"scores": {"a": -0.1}}, "the score of 'a' must be from 0 to 1, got -0.1"),
    ({"scores": {"a": 1.5}}, "the score of 'a' must be from 0 to 1"),
    ({"scores": {"a": math.nan}}, "the score of 'a' must be a number"),
    ({"scores": {"a": None}}, "the score of 'a' must be a number"),
    ({"scores": {3: 1.0}}, "scores must have labels of text, got 3"),
    ({"scores": [1.0]}, "scores must map labels to probabilities"),
    ({"scores": None}, "scores must map labels to probabilities"),
    ({"span": (0, 1)}, "span must be a Span"),
    ({"available_at": "soon"}, "available_at must be a finite number"),
    ({"raw": object()}, "raw must be text"),
    ({"run": 3}, "run must be text"),
    ({"fold": 0}, "fold must be text"),
    ({"line": -1}, "line must be an integer"),
]


@pytest.mark.parametrize(("values", "reason"), WRONG)
def test_a_prediction_that_no_file_could_have_is_refused(values: dict[str, object], reason: str) -> None:
    given = {"key": "own/1", "layer": "mine", "label": "a"} | values
    with pytest.raises(InvalidArgument, match=reason) as caught:
        Prediction(**given)  # type: ignore[arg-type]
    assert str(caught.value).endswith(f"; correct the prediction of {given['key']!r}")
    assert "\n" not in str(caught.value)
    if "key" not in values and "error" not in values:
        with pytest.raises(InvalidArgument):
            dataclasses.replace(Prediction(key="own/1", layer="mine", label="a"), **values)  # type: ignore[arg-type]


def test_numbers_of_other_types_become_plain_ones() -> None:
    row = Prediction(
        key="own/1",
        layer="mine",
        labels=["a"],  # type: ignore[arg-type]
        confidence=np.float32(0.5),  # type: ignore[arg-type]
        scores={"a": np.float32(1)},  # type: ignore[dict-item]
        available_at="1/2",  # type: ignore[arg-type]
    )
    other = Prediction(
        key="own/1", layer="mine", labels=("a",), confidence=0.5, scores={"a": 1.0}, available_at=Fraction(1, 2)
    )
    assert row == other and [type(row.confidence), type(row.scores["a"])] == [float, float]
    assert Prediction(key="own/1", layer="intensity", value=np.int64(3)).value == 3.0  # type: ignore[arg-type]


@pytest.mark.parametrize("rows", [3, None, "row", [3], [None], [{"key": "own/1"}]])
def test_predictions_are_rows(rows: object) -> None:
    with pytest.raises(InvalidArgument, match="rows must be"):
        Predictions(rows)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [FLOAT32, 1.0005, MOST])
@pytest.mark.parametrize("has_confidence", [False, True])
def test_a_number_a_little_above_1_counts_as_1(tmp_path: Path, number: float, *, has_confidence: bool) -> None:
    given: list[dict[str, object]] = [
        {"key": f"own/{n}", "layer": "mine", "label": "a", "scores": {"a": number}} for n in range(4)
    ]
    given += [{"key": f"own/{n}", "layer": "sets", "labels": ["a"], "scores": {"a": number}} for n in range(4)]
    if has_confidence:
        given = [each | {"confidence": number} for each in given]
    read = lines(tmp_path / "p.jsonl", *given)
    assert not read.findings and read.rows[0].scores["a"] == number
    made = Predictions(tuple(dataclasses.replace(each, line=0) for each in read), name="p")
    ones = Predictions(
        tuple(
            dataclasses.replace(each, scores={"a": 1.0}, confidence=1.0 if has_confidence else None) for each in read
        ),
        name="p",
    )
    expected = score(ones, CORPUS, by=[], draws=5)
    for each in (read, made):
        found = score(each, CORPUS, by=[], draws=5)
        assert found.scores == expected.scores and found.tables == expected.tables and not found.findings
    assert expected.get("mean_confidence", source="").value == 1.0 and expected.get("scores_brier").value == 1.0
    assert all(
        each.difference.difference in (0.0, None) for each in compare(read, ones, corpus=CORPUS, draws=5).differences
    )


OWN: list[tuple[str, dict[str, object], list[str]]] = [
    ("one label, sum 1", {"layer": "mine", "label": "a", "scores": {"a": 0.6, "b": 0.4}}, []),
    ("one label, sum .999", {"layer": "mine", "label": "a", "scores": {"a": 0.999}}, []),
    ("one label, sum 1.7", {"layer": "mine", "label": "a", "scores": {"a": 0.9, "b": 0.8}}, ["bad_scores"]),
    ("one label as a set, sum 1.7", {"layer": "mine", "labels": ["a"], "scores": {"a": 0.9, "b": 0.8}}, ["bad_scores"]),
    ("one label as a set, sum .7", {"layer": "mine", "labels": ["a"], "scores": {"a": 0.7}}, ["bad_scores"]),
    ("an error, sum 1.7", {"layer": "mine", "error": "x", "scores": {"a": 0.9, "b": 0.8}}, ["bad_scores"]),
    ("a set, sum 1.7", {"layer": "sets", "labels": ["a"], "scores": {"a": 0.9, "b": 0.8}}, []),
    ("a set as one label, sum 1.7", {"layer": "sets", "label": "a", "scores": {"a": 0.9, "b": 0.8}}, []),
    ("a set as one label, sum .2", {"layer": "sets", "label": "a", "scores": {"a": 0.2}}, []),
    ("an error of a set", {"layer": "sets", "error": "x", "scores": {"a": 0.9, "b": 0.8}}, []),
]


@pytest.mark.parametrize(("name", "values", "expected"), OWN)
def test_the_sum_of_scores_is_that_of_the_layer(
    tmp_path: Path, name: str, values: dict[str, object], expected: list[str]
) -> None:
    read = lines(tmp_path / "p.jsonl", {"key": "own/1"} | values)
    assert codes(read) == [(code, "line 1") for code in expected], name
    made = Predictions(tuple(dataclasses.replace(each, line=0) for each in read), name="p")
    assert codes(made) == [(code, "own/1") for code in expected], name
    layer = str(values["layer"])
    clips = match(read, CORPUS, layer=layer).clips
    assert bool(np.isnan(clips.scores[1]).all()) == (bool(expected) or "error" in values)
    if layer == "mine" and "error" not in values:
        assert clips.predicted[1] == 0 and math.isnan(clips.confidence[1]) == bool(expected)


@given(st.lists(st.sampled_from([0.0, 0.1, 0.333, 0.334, 0.5, 0.5004, 0.999, FLOAT32, MOST]), min_size=1, max_size=3))
def test_what_the_reader_accepts_the_match_accepts(
    tmp_path_factory: pytest.TempPathFactory, given: list[float]
) -> None:
    scores = dict(zip(("Joy", "Fear", "Anger"), given, strict=False))
    decision = Decision(item="own/1", layer="basic7", labels=("Joy",), scores={"Joy": 1.0})
    corpus = Corpus([Clip(key="own/1", source="own", language="en", decisions={"basic7": decision})])
    row = {"key": "own/1", "layer": "basic7", "label": "Joy", "scores": scores}
    read = lines(tmp_path_factory.mktemp("p") / "p.jsonl", row)
    assert bool(read.findings) == (abs(sum(given) - 1) > 0.0010000001)
    assert not match(read, corpus, layer="basic7").findings
    made = Predictions((Prediction(key="own/1", layer="basic7", label="Joy", scores=scores),))
    assert bool(match(made, corpus, layer="basic7").findings) == bool(read.findings)


def test_a_row_about_a_part_of_a_monologue_is_checked_too() -> None:
    row = Prediction(key="own/1", layer="mine", label="a", span=Span(0, 1), confidence=1.0005)
    assert row.confidence == 1.0005


STRANGE = {"key": "own/0", "layer": "emotion", "label": "a"}


@pytest.mark.parametrize("key", ["own/0", "own/9"])
@pytest.mark.parametrize("num_good", [0, 4])
def test_a_layer_that_nobody_knows_is_one_finding_and_the_rest_is_scored(
    tmp_path: Path, key: str, num_good: int
) -> None:
    good = [{"key": f"own/{n}", "layer": "mine", "label": "a"} for n in range(num_good)]
    read = lines(tmp_path / "p.jsonl", *good, STRANGE | {"key": key}, STRANGE | {"key": "own/1"})
    found = score(read, CORPUS, by=[], draws=5)
    wanted = [each for each in found.findings if each.code == "unknown_prediction_layer"]
    assert [each.where for each in wanted] == [f"p, line {num_good + 1}"] and "'emotion'" in wanted[0].what
    assert {each.code for each in found.findings} <= {"unknown_prediction_layer", "unknown_prediction_item"}
    assert found.counts["emotion.rows"] == 2 and "emotion.items" not in found.provenance
    assert {each.of["layer"] for each in found} == ({"mine"} if num_good else set())
    if num_good:
        assert found.get("accuracy").value == 0.5
        again = compare(read, read, corpus=CORPUS, draws=5)
        assert again.get("accuracy", "p", "p (2)").difference == 0.0
    for ask in (
        lambda: score(read, CORPUS, layer="emotion"),
        lambda: compare(read, read, corpus=CORPUS, layer="emotion"),
    ):
        with pytest.raises(InvalidArgument, match=r"taxonomy must be one of .*mine.*, got 'emotion'"):
            ask()


def test_a_layer_without_truth_among_the_scored_items_is_one_finding(tmp_path: Path) -> None:
    for layer in ("intensity", "basic7", "valence"):
        corpus = Corpus([clip(0)], taxonomies=[MINE, SETS])
        row = {"key": "own/7", "layer": layer, "value": 3}
        found = score(lines(tmp_path / "p.jsonl", row), corpus, by=[], draws=5)
        assert not found.scores and found.findings.at_least("fault")


def test_predictions_of_another_reader_are_refused_with_the_name_of_this_one(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"key": "own/1", "layer": "mine", "start": 0, "end": 1, "label": "a"}\n')
    other, good = segments(path), read_predictions(path)
    for ask in (
        lambda: score(other, CORPUS),  # type: ignore[arg-type]
        lambda: match(other, CORPUS, layer="mine"),  # type: ignore[arg-type]
        lambda: compare(good, other, corpus=CORPUS),  # type: ignore[arg-type]
        lambda: score(path, CORPUS),  # type: ignore[arg-type]
    ):
        with pytest.raises(InvalidArgument, match=r"with emos_io\.evaluation\.read_predictions$"):
            ask()


@pytest.mark.parametrize("side", ["train", "validation"])
def test_a_side_needs_a_split(side: Side) -> None:
    row = Predictions((Prediction(key="own/1", layer="mine", label="a"),))
    for ask in (
        lambda: score(row, CORPUS, side=side),
        lambda: match(row, CORPUS, layer="mine", side=side),
        lambda: compare(row, row, corpus=CORPUS, side=side),
    ):
        with pytest.raises(InvalidArgument, match=f"^side must come with a split, got '{side}' alone; "):
            ask()


@pytest.mark.parametrize("tiers", [("low", "low"), ("high", "high"), ("medium", "low"), ("low", "high")])
def test_a_score_of_nothing_is_one_of_no_things(tiers: tuple[str, str]) -> None:
    clips = [dataclasses.replace(each, decisions=with_tier(each, tiers[n % 2])) for n, each in enumerate(CORPUS.clips)]
    corpus = Corpus(clips, taxonomies=[MINE, SETS])
    rows = [Prediction(key=each.key, layer="mine", label="a", confidence=0.5) for each in clips]
    found = score(Predictions(tuple(rows)), corpus, draws=5)
    gap = found.get("confidence_gap", source="own")
    assert (gap.value is None, gap.n) == ((False, 4) if set(tiers) == {"low", "high"} else (True, 0))
    assert all(each.why for each in found if each.value is None)


def with_tier(item: Clip, tier: str) -> dict[str, Decision]:
    return {"mine": dataclasses.replace(item.decisions["mine"], confidence_tier=tier)}  # type: ignore[arg-type]
