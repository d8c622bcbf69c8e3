"""Scores as records: JSON both ways, and how one of them is found."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io.corpus import Finding, Findings
from emos_io.errors import InvalidArgument
from emos_io.evaluation import Score, Scores, ScoreTable

OF = {"layer": "basic7", "kind": "clips"}
FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(max_size=8)
SCORES = st.builds(
    Score,
    name=TEXTS,
    value=st.none() | FINITE,
    n=st.integers(0, 10**12),
    of=st.dictionaries(TEXTS, TEXTS, max_size=3),
    low=st.none() | FINITE,
    high=st.none() | FINITE,
    num_clusters=st.none() | st.integers(0, 10**6),
    share_undefined=st.floats(0, 1),
    share_partial=st.floats(0, 1),
    why=TEXTS,
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | FINITE | TEXTS
TABLES = st.builds(
    ScoreTable,
    name=TEXTS,
    columns=st.lists(TEXTS, max_size=3).map(tuple),
    rows=st.lists(st.lists(SCALARS, max_size=3).map(tuple), max_size=3).map(tuple),
    of=st.dictionaries(TEXTS, TEXTS, max_size=2),
)
FINDINGS = st.lists(
    st.builds(Finding, TEXTS, TEXTS, TEXTS, TEXTS, st.sampled_from(["repair", "note", "fault"])), max_size=3
)
ALL = st.builds(
    Scores,
    name=TEXTS,
    scores=st.lists(SCORES, max_size=3).map(tuple),
    tables=st.lists(TABLES, max_size=2).map(tuple),
    counts=st.dictionaries(TEXTS, st.integers(0, 10**9), max_size=3),
    provenance=st.dictionaries(TEXTS, SCALARS, max_size=3),
    findings=FINDINGS.map(Findings),
)


def some_scores() -> Scores:
    english = {**OF, "language": "en"}
    return Scores(
        name="run.jsonl",
        scores=(
            Score(name="accuracy", value=0.75, n=4, of=OF, low=0.5, high=1, num_clusters=40),
            Score(name="accuracy", value=0.5, n=2, of=english, num_clusters=2),
            Score(name="f1", value=None, n=0, of={**OF, "class": "Joy"}, why="no item of it"),
            Score(name="f1", value=1, n=2, of={**OF, "class": "Fear"}),
        ),
        tables=(ScoreTable(name="confusion", columns=("truth", "Joy"), rows=(("Joy", 1),), of=OF),),
    )


@pytest.mark.property
@given(ALL)
def test_json_gives_back_equal_scores(scores: Scores) -> None:
    text = scores.to_json()
    assert "\n" not in text
    again = Scores.from_json(text)
    assert again == scores
    assert again.to_json() == text
    assert Scores.from_json(text.encode()) == scores


def test_json_is_strict_and_has_the_keys_that_are_promised() -> None:
    values = json.loads(some_scores().to_json())
    assert list(values) == ["name", "scores", "tables", "counts", "provenance", "findings"]
    assert list(values["scores"][0]) == [
        "name", "value", "n", "of", "low", "high", "num_clusters", "share_undefined", "share_partial", "why",
    ]  # fmt: skip
    assert values["scores"][2]["value"] is None


@pytest.mark.parametrize("field", ["value", "low", "high", "share_undefined", "share_partial"])
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, "1", True])
def test_a_score_has_finite_numbers_alone(field: str, number: object) -> None:
    with pytest.raises(InvalidArgument, match=rf"^{field} of a score must be a finite number, got .*; give None"):
        replace(some_scores().scores[0], **{field: number})  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [-1, 1.5, True, "3"])
def test_a_score_counts_by_integers(count: object) -> None:
    with pytest.raises(InvalidArgument, match=r"^n of a score must be a count, got "):
        replace(some_scores().scores[0], n=count)  # type: ignore[arg-type]


def test_scalars_of_numpy_are_written_as_those_of_python() -> None:
    score = Score(name="a", value=np.float64(0.1), n=int(np.int64(3)), low=np.float64(0.5), high=1.0)
    assert type(score.value) is float and type(score.low) is float
    assert Scores.from_json(Scores(name="", scores=(score,)).to_json()).scores == (score,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"name": "a"}',
        '{"name": "a", "scores": [], "tables": [], "counts": {}, "provenance": {}, "findings": [], "more": 1}',
        '{"name": 1, "scores": [], "tables": [], "counts": {}, "provenance": {}, "findings": []}',
        '{"name": "a", "scores": {}, "tables": [], "counts": {}, "provenance": {}, "findings": []}',
        '{"name": "a", "scores": [{"name": "b"}], "tables": [], "counts": {}, "provenance": {}, "findings": []}',
        '{"name": "a", "scores": [{"name": "b", "value": NaN, "n": 1}], "tables": [], "counts": {}, "provenance": {}, '
        '"findings": []}',
        '{"name": "a", "scores": [{"name": "b", "value": 1e999, "n": 1}], "tables": [], "counts": {}, "provenance": {}, '
        '"findings": []}',
        '{"name": "a", "scores": [], "tables": [], "counts": {"b": 1.5}, "provenance": {}, "findings": []}',
        '{"name": "a", "scores": [], "tables": [], "counts": {}, "provenance": {"b": []}, "findings": []}',
        '{"name": "a", "scores": [], "tables": [], "counts": {}, "provenance": {"b": 1e999}, "findings": []}',
        '{"name": "a", "scores": [], "tables": [], "counts": {}, "provenance": {}, "findings": [{"code": "b"}]}',
        "[" * 100_000,
    ],
)
def test_other_texts_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(
        InvalidArgument, match=r"^text must be scores in JSON, got .*; give what Scores\.to_json wrote$"
    ) as why:
        Scores.from_json(text)
    assert "\n" not in str(why.value)


def test_get_finds_the_score_of_least_parts() -> None:
    scores = some_scores()
    assert scores.get("accuracy").value == 0.75
    assert scores.get("accuracy", language="en").value == 0.5
    assert scores.get("f1", **{"class": "Fear"}).value == 1
    assert scores.get("accuracy", layer="basic7", kind="clips").n == 4
    assert [each.value for each in scores.select(name="accuracy")] == [0.75, 0.5]
    assert [each.value for each in scores.select(name="accuracy", language="")] == [0.75]
    assert scores.select(layer="goemotions") == ()
    assert scores.table("confusion").rows == (("Joy", 1),)


@pytest.mark.parametrize(
    ("name", "of", "text"),
    [
        ("acuracy", {}, "name must be a measure that was scored, got 'acuracy'; the nearest is accuracy"),
        ("zzz", {}, "name must be a measure that was scored, got 'zzz'; see docs/metrics.md for the measures"),
        (
            "accuracy",
            {"language": "eng"},
            "accuracy must be of something that was scored, got language='eng'; the nearest is language='en'",
        ),
        (
            "accuracy",
            {"clock": "content"},
            "accuracy must be of something that was scored, got clock='content'; leave clock out, it is of layer, kind, "
            "language",
        ),
        ("f1", {}, "f1 must be of one thing, got 2 scores; add class= to say which: Joy, Fear"),
    ],
)
def test_get_says_what_is_nearest(name: str, of: dict[str, str], text: str) -> None:
    with pytest.raises(InvalidArgument) as why:
        some_scores().get(name, **of)
    assert str(why.value) == text


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(
        InvalidArgument, match=r"^name must be one table of these scores, got 0 of 'bins'; they have confusion$"
    ):
        some_scores().table("bins")


def test_text_shows_value_interval_and_mark() -> None:
    first, second, third, fourth = some_scores().scores
    assert [each.text() for each in (first, second, third, fourth)] == ["0.750 [0.500, 1.000]", "0.500*", "-", "1.000"]
    assert replace(first, num_clusters=29).text() == "0.750 [0.500, 1.000]*"
    assert replace(fourth, value=-0.0).text() == "0.000"
