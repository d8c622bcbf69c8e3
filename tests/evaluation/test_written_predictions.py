"""Files of predictions that are written and read back, and the schema that says what a line is."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from written_lines import GOOD, VALIDATOR, WRONG, read

from emos_io import Span
from emos_io.corpus import read_predictions as segments
from emos_io.errors import InvalidArgument
from emos_io.evaluation import (
    Prediction,
    predictions_schema,
    read_predictions,
    write_predictions,
)

# What is written comes back.

NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
SHARES = st.floats(0, 1)
TIMES = st.builds(Fraction, st.integers(-(10**6), 10**9), st.integers(1, 10**5))
SPANS = st.builds(
    lambda start, length: Span(start, start + length), TIMES, st.fractions(Fraction(1, 99), 99, max_denominator=99)
)
ANSWERS = st.one_of(
    st.builds(lambda label: {"label": label}, NAMES),
    st.builds(lambda labels: {"labels": tuple(labels)}, st.lists(NAMES, max_size=3)),
    st.builds(lambda value: {"value": value}, st.floats(allow_nan=False, allow_infinity=False)),
    st.builds(lambda error: {"error": error}, NAMES),
)
ROWS = st.builds(
    lambda answer, **rest: Prediction(**rest, **answer),
    ANSWERS,
    key=NAMES,
    layer=NAMES.map("own {}".format),
    span=st.none() | SPANS,
    confidence=st.none() | SHARES,
    scores=st.builds(lambda label, score: {label: score, label + "'": 1 - score}, NAMES, SHARES) | st.just({}),
    available_at=st.none() | TIMES,
    raw=st.none() | NAMES,
    run=st.just("r"),
    fold=st.none() | NAMES,
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), NAMES, st.floats(allow_nan=False, allow_infinity=False))
OWN_KEYS = NAMES.map("own {}".format)


def thing(row: Prediction) -> tuple[str, str, Span | None]:
    return row.key, row.layer, row.span


@given(st.lists(ROWS, min_size=1, max_size=5, unique_by=thing), st.dictionaries(OWN_KEYS, SCALARS, max_size=3))
def test_predictions_come_back_as_they_were(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Prediction], header: dict[str, str | int | float | bool | None]
) -> None:
    path = tmp_path_factory.mktemp("written") / "p.jsonl"
    large = {name: value for name, value in header.items() if isinstance(value, int) and abs(value) > 10**300}
    known = {name: value for name, value in header.items() if name not in large}
    write_predictions(path, rows, header=known)
    predictions = read_predictions(path)
    assert not predictions.findings
    assert [dataclasses.replace(row, line=0) for row in predictions] == rows
    assert dict(predictions.header) == known
    for text in path.read_bytes().split(b"\n")[:-1]:
        VALIDATOR.validate(json.loads(text))


def test_a_file_read_and_written_again_is_the_same(tmp_path: Path) -> None:
    rows = [
        Prediction(key="a", layer="basic7", label="Joy", span=Span("1/3", 1)),
        Prediction(key="b", layer="x", value=1.5),
    ]
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    write_predictions(first, rows, header={"run": "r"})
    write_predictions(second, read_predictions(first))
    assert first.read_bytes() == second.read_bytes()


def test_spans_of_a_file_become_segments_for_annotation_tools(tmp_path: Path) -> None:
    span = Span("1/3", 1)
    rows = [
        Prediction(key="film", layer="basic7", label="Joy", span=span, confidence=0.5, raw="a\u2028b"),
        Prediction(key="film", layer="goemotions", labels=("joy", "love"), span=span),
        Prediction(key="film", layer="intensity", value=3.0, span=span),
        Prediction(key="film", layer="basic7", error="prose", span=Span(1, 2)),
        Prediction(key="clip", layer="basic7", label="Joy"),
    ]
    path = tmp_path / "p.jsonl"
    write_predictions(path, rows, header={"run": "r"})
    assert [(each.span, each.text, each.tier) for each in segments(path)["film"]] == [
        (span, "Joy", "basic7"),
        (span, "joy;love", "goemotions"),
    ]


def test_keys_that_are_no_text_are_written_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    write_predictions(path, [Prediction(key="own/\udcff", layer="basic7", label="\u5feb\u4e50")])
    assert [(row.key, row.label) for row in read_predictions(path)] == [("own/\udcff", "\u5feb\u4e50")]


def test_scores_that_could_not_be_read_back_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text("before")
    row = Prediction(key="a", layer="basic7", label="Joy", scores={"Joy": 0.5})
    with pytest.raises(InvalidArgument, match="the scores must sum to 1") as caught:
        write_predictions(path, [Prediction(key="z", layer="basic7", label="Joy"), row])
    assert path.read_text() == "before" and [each.name for each in tmp_path.iterdir()] == ["p.jsonl"]
    assert str(caught.value).endswith(f'"{path}"') and "\n" not in str(caught.value)


def test_two_rows_about_one_thing_are_not_written(tmp_path: Path) -> None:
    row = Prediction(key="a", layer="basic7", label="Joy")
    with pytest.raises(InvalidArgument, match="it is about the same as line 2"):
        write_predictions(tmp_path / "p.jsonl", [row, row], header={"run": "r"})
    with pytest.raises(InvalidArgument, match="'form' of the header must be 'segments' or 'decisions', got 'x'"):
        write_predictions(tmp_path / "p.jsonl", [row], header={"form": "x"})
    with pytest.raises(InvalidArgument, match="rows must be of type Prediction, got 3"):
        write_predictions(tmp_path / "p.jsonl", [3])  # type: ignore[list-item]
    with pytest.raises(OSError, match="make its folder first"):
        write_predictions(tmp_path / "no" / "p.jsonl", [row])


# The schema.

STRUCTURE = {
    "unknown_prediction_key",
    "missing_prediction_key",
    "several_answers",
    "wrong_prediction_value",
    "bad_confidence",
    "no_time",
    "bad_time",
}
BEYOND_A_SCHEMA = {
    "no duration",
    "an end before the start",
    "a second header",
    "scores of 0.998",
    "scores of 1.0011",
    "scores of an error in a layer with one label",
    "a large time",
    "a time of many digits",
    "a large exponent",
    "an exponent of many digits",
}
"""What a schema cannot say: sums, orders, sizes of exact numbers, and where a line lies in its file."""


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(predictions_schema())


@pytest.mark.parametrize("name", [name for name, (_, codes, _) in WRONG.items() if codes != ["unreadable_prediction"]])
def test_the_schema_refuses_what_the_reader_finds(name: str) -> None:
    is_valid = VALIDATOR.is_valid(json.loads(WRONG[name][0]))
    assert is_valid == (name in BEYOND_A_SCHEMA)


@given(
    st.dictionaries(
        st.sampled_from(
            [*"abc", "key", "layer", "start", "end", "label", "labels", "value", "error", "confidence", "raw"]
        ),
        st.sampled_from([None, "", "Joy", "1/2", "3", 0, 1, 2.5, -1, True, [], ["Joy"], [1], {}, {"Joy": 1}]),
    ).map(lambda values: {"key": "a", "layer": "own"} | values)
)
def test_reader_and_schema_agree_on_structure(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]
) -> None:
    path = tmp_path_factory.mktemp("line") / "p.jsonl"
    path.write_text(json.dumps(values))
    codes = {each.code for each in read_predictions(path).findings}
    assert VALIDATOR.is_valid(values) == (not codes & STRUCTURE)


@pytest.mark.parametrize(
    "header", ['{"run": 3}', '{"seed": 1.5, "form": "decisions", "x": true}', '{"model": null}', "{}"]
)
def test_headers_that_are_read_are_valid(tmp_path: Path, header: str) -> None:
    text = f'{{"header": {header}}}'
    assert VALIDATOR.is_valid(json.loads(text)) and not read(tmp_path, f"{text}\n{GOOD}").findings


@pytest.mark.parametrize("header", ['{"form": "x"}', '{"model": 3}', '{"x": []}', '{"run": 1.5}', "null", "[]"])
def test_headers_that_are_found_wrong_are_not_valid(tmp_path: Path, header: str) -> None:
    text = f'{{"header": {header}}}'
    assert not VALIDATOR.is_valid(json.loads(text)) and read(tmp_path, f"{text}\n{GOOD}").findings
