"""Files of predictions: what is written comes back, and each thing that is wrong is one finding with its line."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from emos_io import Span
from emos_io.corpus import read_predictions as segments
from emos_io.errors import CorpusError, InvalidArgument, SourceNotFound, SourceUnreadable
from emos_io.evaluation import (
    Prediction,
    Predictions,
    PredictionWriter,
    predictions_schema,
    read_predictions,
    write_predictions,
)

GOOD = '{"key": "a", "layer": "basic7", "label": "Joy"}'
VALIDATOR = Draft202012Validator(predictions_schema())


def read(folder: Path, data: str | bytes) -> Predictions:
    path = folder / "p.jsonl"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_predictions(path)


def found(predictions: Predictions) -> list[tuple[str, str]]:
    """The findings as (code, line)."""
    return [(each.code, each.where.removeprefix("p.jsonl, line ")) for each in predictions.findings]


def line(**values: object) -> str:
    return json.dumps({"key": "a", "layer": "basic7", "label": "Joy"} | values)


def test_all_keys_are_read(tmp_path: Path) -> None:
    scores = {"Joy": 0.75, "Fear": 0.25}
    text = line(
        start="1/3",
        end=1.5,
        confidence=0.75,
        scores=scores,
        available_at="2.0",
        raw="Joy!",
        run="r",
        fold="0",
        error=None,
    )
    (row,) = read(tmp_path, text + "\n")
    assert row == Prediction(
        key="a",
        layer="basic7",
        span=Span("1/3", "1.5"),
        label="Joy",
        confidence=0.75,
        scores=scores,
        available_at=Fraction(2),
        raw="Joy!",
        run="r",
        fold="0",
        line=1,
    )


def test_the_header_is_read_and_the_file_named(tmp_path: Path) -> None:
    text = (
        '{"header": {"model": "m", "run": "r", "seed": 7, "rate": 0.5, "form": "segments", "x": null}}\n' + GOOD + "\n"
    )
    predictions = read(tmp_path, text)
    assert dict(predictions.header) == {"model": "m", "run": "r", "seed": 7, "rate": 0.5, "form": "segments", "x": None}
    assert (predictions.name, predictions.sha256) == ("p", hashlib.sha256(text.encode()).hexdigest())
    assert [row.line for row in predictions] == [2] and not predictions.findings


def test_answers_are_a_label_a_set_a_number_or_an_error(tmp_path: Path) -> None:
    lines = [
        '{"key": "a", "layer": "goemotions", "labels": []}',
        '{"key": "b", "layer": "intensity", "value": 3}',
        '{"key": "c", "layer": "basic7", "label": null, "error": "prose"}',
        '{"key": "d", "layer": "basic7", "error": "prose"}',
        '{"key": "e", "layer": "basic7", "label": "Joy", "labels": null, "value": null, "error": ""}',
    ]
    predictions = read(tmp_path, "\n".join(lines))
    assert not predictions.findings
    assert [(row.label, row.labels, row.value, row.error) for row in predictions] == [
        (None, (), None, ""),
        (None, None, 3.0, ""),
        (None, None, None, "prose"),
        (None, None, None, "prose"),
        ("Joy", None, None, ""),
    ]


@pytest.mark.parametrize(
    ("written", "exact"),
    [
        ("0.1", Fraction(1, 10)),
        ('"0.1"', Fraction(1, 10)),
        ('"1001/30000"', Fraction(1001, 30000)),
        ("12.339999999999999", Fraction(12339999999999999, 10**15)),
        ("1e-3", Fraction(1, 1000)),
        ("0", Fraction(0)),
        ("-0.5", Fraction(-1, 2)),
        ('"+.5"', Fraction(1, 2)),
    ],
)
def test_times_are_read_exactly_as_they_are_written(tmp_path: Path, written: str, exact: Fraction) -> None:
    text = (
        f'{{"key": "a", "layer": "basic7", "label": "Joy", "start": {written}, "end": 99, "available_at": {written}}}'
    )
    predictions = read(tmp_path, text)
    assert [(row.span, row.available_at) for row in predictions] == [(Span(exact, 99), exact)]
    assert not predictions.findings


# What is wrong with a line, as the whole text of it, the codes of its findings, and whether it is still a row.
WRONG: dict[str, tuple[str, list[str], bool]] = {
    "no json": ("{key: 1}", ["unreadable_prediction"], False),
    "a list": ("[1]", ["unreadable_prediction"], False),
    "null": ("null", ["unreadable_prediction"], False),
    "two objects": (GOOD + GOOD, ["unreadable_prediction"], False),
    "a key twice": ('{"key": "a", "layer": "x", "label": "b", "key": "c"}', ["unreadable_prediction"], False),
    "deep": ("[" * 100_000, ["unreadable_prediction"], False),
    "deep objects": ('{"a":' * 100_000, ["unreadable_prediction"], False),
    "an exponent of no number": (
        line(value=None)[:-1] + ', "x": 1e99999999999999999999}',
        ["unreadable_prediction"],
        False,
    ),
    "unknown key": (line(confidnce=0.5), ["unknown_prediction_key"], True),
    "no key": ('{"layer": "basic7", "label": "Joy"}', ["missing_prediction_key"], False),
    "null key": (line(key=None), ["missing_prediction_key"], False),
    "no layer": ('{"key": "a", "label": "Joy"}', ["missing_prediction_key"], False),
    "no answer": ('{"key": "a", "layer": "basic7"}', ["missing_prediction_key"], False),
    "nothing": ("{}", ["missing_prediction_key"], False),
    "a label that is null": (line(label=None), ["missing_prediction_key"], False),
    "a label that is null with a blank error": (line(label=None, error=""), ["missing_prediction_key"], False),
    "two answers": (line(labels=["Joy"]), ["several_answers"], False),
    "an answer and an error": (line(error="prose"), ["several_answers"], False),
    "an empty key": (line(key=""), ["wrong_prediction_value"], False),
    "a number as key": (line(key=7), ["wrong_prediction_value"], False),
    "a list as layer": (line(layer=["basic7"]), ["wrong_prediction_value"], False),
    "a number as label": (line(label=3), ["wrong_prediction_value"], False),
    "true as label": (line(label=True), ["wrong_prediction_value"], False),
    "a text as labels": (line(label=None, labels="Joy"), ["wrong_prediction_value"], False),
    "numbers as labels": (line(label=None, labels=["Joy", 3]), ["wrong_prediction_value"], False),
    "a text as value": (line(label=None, value="3"), ["wrong_prediction_value"], False),
    "true as value": (line(label=None, value=True), ["wrong_prediction_value"], False),
    "a number as error": (line(label=None, error=3), ["wrong_prediction_value"], False),
    "an object as raw": (line(raw={"a": 1}), ["wrong_prediction_value"], True),
    "a float as run": (line(run=1.5), ["wrong_prediction_value"], True),
    "a list as fold": (line(fold=[]), ["wrong_prediction_value"], True),
    "a confidence of 90": (line(confidence=90), ["bad_confidence"], True),
    "a confidence of 1.0011": (line(confidence=1.0011), ["bad_confidence"], True),
    "a confidence below 0": (line(confidence=-0.001), ["bad_confidence"], True),
    "a confidence as text": (line(confidence="high"), ["bad_confidence"], True),
    "true as confidence": (line(confidence=True), ["bad_confidence"], True),
    "scores of a list": (line(scores=[0.5, 0.5]), ["bad_scores"], True),
    "a score below 0": (line(scores={"Joy": 1.1, "Fear": -0.1}), ["bad_scores"], True),
    "a tiny score below 0": (line(scores={"Joy": 1, "Fear": -1e-9}), ["bad_scores"], True),
    "a score as text": (line(scores={"Joy": "1"}), ["bad_scores"], True),
    "a score of null": (line(scores={"Joy": None}), ["bad_scores"], True),
    "a score of true": (line(scores={"Joy": True}), ["bad_scores"], True),
    "scores of 0.998": (line(scores={"Joy": 0.998}), ["bad_scores"], True),
    "scores of 1.0011": (line(scores={"Joy": 0.6, "Fear": 0.4011}), ["bad_scores"], True),
    "scores of an error in a layer with one label": (
        line(label=None, error="prose", scores={"Joy": 0.5}),
        ["bad_scores"],
        True,
    ),
    "a start alone": (line(start=1), ["no_time"], False),
    "an end alone": (line(end=1), ["no_time"], False),
    "an end of null": (line(start=1, end=None), ["no_time"], False),
    "no duration": (line(start=1, end=1), ["empty_span"], False),
    "an end before the start": (line(start=2, end="3/2"), ["empty_span"], False),
    "a start that is text": (line(start="soon", end=1), ["bad_time"], False),
    "a clock": (line(start="00:01", end=70), ["bad_time"], False),
    "true as start": (line(start=True, end=2), ["bad_time"], False),
    "blanks around a time": (line(start=" 1", end=2), ["bad_time"], False),
    "other digits": (line(start="\u0661", end=2), ["bad_time"], False),
    "underscores": (line(start="1_0", end=20), ["bad_time"], False),
    "division by 0": (line(start="1/0", end=20), ["bad_time"], False),
    "a decimal divided": (line(start="1.5/2", end=20), ["bad_time"], False),
    "a large time": (line(start=0, end=10**30), ["bad_time"], False),
    "a time of many digits": (line(start=0, end="9" * 10_000), ["bad_time"], False),
    "a large exponent": (line(start=0, end="1e999999999"), ["bad_time"], False),
    "an exponent of many digits": (line(start=0, end="1e" + "9" * 5000), ["bad_time"], False),
    "available at no time": (line(available_at="later"), ["bad_time"], True),
    "a second header": ('{"header": {}}', ["prediction_header"], False),
    "two values": (line(confidence=2, scores={"Joy": 2}), ["bad_confidence", "bad_scores"], True),
}
NOT_JSON = ("NaN", "Infinity", "-Infinity", "1e400")


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_a_finding_with_its_line(tmp_path: Path, name: str) -> None:
    wrong, codes, is_row = WRONG[name]
    other = '{"key": "b", "layer": "basic7", "label": "Joy"}'
    predictions = read(tmp_path, f"{other}\n{wrong}\n{other.replace('b', 'c', 1)}\n")
    assert found(predictions) == [(code, "2") for code in codes]
    assert [row.line for row in predictions] == ([1, 2, 3] if is_row else [1, 3])
    if codes == ["unknown_prediction_key"]:
        # A key of one's own loses nothing: a strict reader goes on.
        assert read_predictions(tmp_path / "p.jsonl", strict=True) == predictions
        assert [each.severity for each in predictions.findings] == ["note"]
        return
    with pytest.raises(CorpusError, match=codes[0]) as caught:
        read_predictions(tmp_path / "p.jsonl", strict=True)
    assert caught.value.path == str(tmp_path / "p.jsonl") and "\n" not in str(caught.value)
    assert all(len(str(each)) < 600 for each in predictions.findings)


@pytest.mark.parametrize("number", NOT_JSON)
@pytest.mark.parametrize(
    ("text", "code", "is_row"),
    [
        ('"label": "Joy", "confidence": X', "bad_confidence", True),
        ('"label": "Joy", "scores": {"Joy": X}', "bad_scores", True),
        ('"value": X', "wrong_prediction_value", False),
        ('"label": "Joy", "start": X, "end": 2', "bad_time", False),
        ('"label": "Joy", "start": 0, "end": X', "bad_time", False),
        ('"label": "Joy", "available_at": X', "bad_time", True),
        ('"label": X', "wrong_prediction_value", False),
        ('"label": "Joy", "raw": X', "wrong_prediction_value", True),
        ('"label": "Joy", "x": [X]', "unknown_prediction_key", True),
    ],
)
def test_numbers_that_are_not_finite_are_findings_anywhere(
    tmp_path: Path, number: str, text: str, code: str, is_row: bool
) -> None:
    predictions = read(tmp_path, f'{{"key": "a", "layer": "own", {text.replace("X", number)}}}\n')
    assert found(predictions)[0] == (code, "1")
    assert len(predictions) == is_row
    for row in predictions:
        assert (row.confidence, dict(row.scores), row.available_at, row.raw) == (None, {}, None, None)


def test_keys_of_ones_own_are_notes_in_headers_too_and_a_fault_still_stops(tmp_path: Path) -> None:
    text = '{"header": {"model": "m"}, "note": 2}\n' + line(id=3, confidence=0.5, mine={"a": 1}) + "\n"
    predictions = read(tmp_path, text)
    assert found(predictions) == [("unknown_prediction_key", "1")] + [("unknown_prediction_key", "2")] * 2
    assert not predictions.findings.at_least("fault")
    (row,) = read_predictions(tmp_path / "p.jsonl", strict=True)
    assert (row.label, row.confidence, predictions.header["model"]) == ("Joy", 0.5, "m")
    with PredictionWriter(tmp_path / "p.jsonl") as writer:
        assert len(writer) == 1
    read(tmp_path, text + line(key="b", id=3, confidence=2) + "\n")
    with pytest.raises(CorpusError, match="bad_confidence"):
        read_predictions(tmp_path / "p.jsonl", strict=True)


def test_a_wrong_optional_value_is_lost_and_the_label_is_not(tmp_path: Path) -> None:
    (row,) = read(tmp_path, line(confidence=2, scores={"Joy": 1.0}, raw=1, fold=3, run="r"))
    assert (row.label, row.confidence, dict(row.scores), row.raw, row.fold) == ("Joy", None, {"Joy": 1.0}, None, "3")


@pytest.mark.parametrize(
    "scores",
    [{"Joy": 0.999}, {"Joy": 1.001}, {"Joy": 1.0000001192092896}, {"Joy": 0.3333, "Fear": 0.3333, "Anger": 0.3333}, {}],
)
def test_scores_within_a_thousandth_are_kept(tmp_path: Path, scores: dict[str, float]) -> None:
    predictions = read(tmp_path, line(scores=scores))
    assert not predictions.findings and dict(predictions.rows[0].scores) == scores


def test_scores_of_a_layer_of_sets_need_no_sum(tmp_path: Path) -> None:
    text = '{"key": "a", "layer": "goemotions", "labels": ["joy"], "scores": {"joy": 0.9, "love": 0.8}}\n'
    text += '{"key": "b", "layer": "goemotions", "label": "joy", "scores": {"joy": 0.9, "love": 0.8}}\n'
    text += '{"key": "c", "layer": "goemotions", "labels": ["joy"], "scores": {"joy": 1.2}}\n'
    assert found(read(tmp_path, text)) == [("bad_scores", "3")]


@pytest.mark.parametrize("text", ["", "\n", " \r\n\n", "\ufeff"])
def test_an_empty_file_is_a_finding(tmp_path: Path, text: str) -> None:
    predictions = read(tmp_path, text)
    assert len(predictions) == 0
    assert [str(each) for each in predictions.findings] == [
        "no_predictions: the file is empty; write one prediction a line: p.jsonl"
    ]


def test_a_header_alone_is_a_finding(tmp_path: Path) -> None:
    predictions = read(tmp_path, '{"header": {"run": "r"}}\n')
    assert predictions.findings.counts() == {"no_predictions": 1} and dict(predictions.header) == {"run": "r"}


COMPLETE = '{"key": "a", "layer": "basic7", "label": "Joy", "raw": "\u00fc"}'.encode()


@pytest.mark.parametrize("num_bytes", range(1, len(COMPLETE)))
def test_a_last_line_that_is_cut_anywhere_is_found(tmp_path: Path, num_bytes: int) -> None:
    predictions = read(tmp_path, b'{"key": "b", "layer": "basic7", "label": "Joy"}\n' + COMPLETE[:num_bytes])
    assert found(predictions) == [("unfinished_line", "2")] and len(predictions) == 1


def test_a_last_line_without_its_end_that_is_complete_is_read(tmp_path: Path) -> None:
    predictions = read(tmp_path, GOOD)
    assert len(predictions) == 1 and not predictions.findings


@pytest.mark.parametrize("text", [f"[{GOOD}]", "hello", GOOD + GOOD, '{"a": 1, "a": 2}', "\udcff{}"])
def test_a_last_line_that_is_wrong_is_not_called_cut(tmp_path: Path, text: str) -> None:
    predictions = read(tmp_path, GOOD.encode() + b"\n" + text.encode(errors="surrogateescape"))
    assert found(predictions) == [("unreadable_prediction", "2")]


def test_lines_end_at_newlines_alone(tmp_path: Path) -> None:
    rows = ['{"key": "a", "layer": "basic7", "label": "Joy", "raw": "x\u2028y\u0085z\x0b"}'.replace("\x0b", "\\u000b")]
    rows += ["", "  ", '{"key": "b", "layer": "basic7", "label": "Joy"}']
    predictions = read(tmp_path, "\ufeff" + "\r\n".join(rows) + "\r\n")
    assert [(row.key, row.line) for row in predictions] == [("a", 1), ("b", 4)] and not predictions.findings


def test_bytes_that_are_no_text_are_a_finding_of_their_line(tmp_path: Path) -> None:
    bad = b'{"key": "b", "layer": "basic7", "label": "\xff"}'
    predictions = read(tmp_path, GOOD.encode() + b"\n" + bad + b"\n" + b"\0\0\n" + GOOD.replace("a", "c", 1).encode())
    assert found(predictions) == [("unreadable_prediction", "2"), ("unreadable_prediction", "3")]


def test_a_long_label_is_read_and_shortened_in_findings(tmp_path: Path) -> None:
    long = "x" * 10_000
    predictions = read(
        tmp_path, line(label=long) + "\n" + line(label=long, start=long, end=1) + "\n" + line(**{long: 1})
    )
    assert predictions.rows[0].label == long
    assert all(len(str(each)) < 400 for each in predictions.findings)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("3", "3"),
        ("3.0", "3"),
        ("1e2", "100"),
        ('"a"', "a"),
        ("-0.0", "0"),
        ("12345678901234567891", "12345678901234567891"),
    ],
)
def test_runs_and_folds_may_be_integers(tmp_path: Path, written: str, name: str) -> None:
    text = f'{{"key": "a", "layer": "x", "label": "b", "run": {written}, "fold": {written}}}\n'
    predictions = read(tmp_path, f'{{"header": {{"run": {written}}}}}\n' + text)
    assert [(row.run, row.fold) for row in predictions] == [(name, name)] and predictions.header["run"] == name
    assert not predictions.findings and VALIDATOR.is_valid(json.loads(text))


def test_of_two_lines_about_one_thing_the_first_counts(tmp_path: Path) -> None:
    lines = [
        line(start=0, end=1),
        line(start=0, end=2),
        line(start="0.0", end="2/2", label="Fear"),
        line(),
        line(layer="mer6"),
        line(label="Fear"),
    ]
    predictions = read(tmp_path, "\n".join(lines))
    assert found(predictions) == [("repeated_prediction", "3"), ("repeated_prediction", "6")]
    assert [(row.label, row.line) for row in predictions] == [("Joy", 1), ("Joy", 2), ("Joy", 4), ("Joy", 5)]
    assert "line 1" in predictions.findings[0].what


def test_two_runs_in_one_file_are_found(tmp_path: Path) -> None:
    other = '{{"key": "{0}", "layer": "basic7", "label": "Joy", "run": "{1}"}}\n'
    text = '{"header": {"run": "r"}}\n' + other.format("a", "r") + other.format("b", "s") + other.format("c", "s")
    predictions = read(tmp_path, text)
    assert found(predictions) == [("several_runs", "3")] and len(predictions) == 3
    text = other.format("a", "r") + other.format("b", "s") + other.format("c", "t")
    assert found(read(tmp_path, text)) == [("several_runs", "2"), ("several_runs", "3")]


def test_wrong_headers_are_found(tmp_path: Path) -> None:
    assert found(read(tmp_path, GOOD + '\n{"header": {"run": "r"}}\n')) == [("prediction_header", "2")]
    second = '{"header": {"run": "r"}}\n' + GOOD + '\n{"header": {"run": "s"}}\n'
    predictions = read(tmp_path, second)
    assert found(predictions) == [("prediction_header", "3")] and dict(predictions.header) == {"run": "r"}
    for header in ("null", "[]", "3"):
        assert found(read(tmp_path, f'{{"header": {header}}}\n{GOOD}')) == [("prediction_header", "1")]
    wrong = '{"header": {"form": "x", "model": 3, "seed": NaN, "list": [], "prompt": {}, "ok": true}, "key": "a"}\n'
    predictions = read(tmp_path, wrong + GOOD)
    assert found(predictions) == [("unknown_prediction_key", "1")] + [("prediction_header", "1")] * 5
    assert dict(predictions.header) == {"ok": True}


def test_a_header_may_follow_blank_lines(tmp_path: Path) -> None:
    assert not read(tmp_path, '\n\n{"header": {}}\n' + GOOD).findings


def test_what_is_no_file_of_predictions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="there is no such file of predictions"):
        read_predictions(tmp_path / "no.jsonl")
    with pytest.raises(SourceUnreadable, match="a folder or a device is no file of predictions"):
        read_predictions(tmp_path)
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(SourceUnreadable, match="a folder or a device"):
        read_predictions(fifo)
    with pytest.raises(InvalidArgument, match="path must be a path, got 3"):
        read_predictions(3)  # type: ignore[arg-type]
    with pytest.raises((SourceNotFound, SourceUnreadable)):
        read_predictions("a\0b")
    with pytest.raises((SourceNotFound, SourceUnreadable)):
        read_predictions("a" * 5000)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (gzip.compress(GOOD.encode()), "is compressed; unpack it first"),
        (GOOD.encode("utf-16"), "is UTF-16 or UTF-32; save it as UTF-8"),
        (b"PAR1...", "is a Parquet file"),
    ],
    ids=["gzip", "utf16", "parquet"],
)
def test_other_formats_are_refused(tmp_path: Path, data: bytes, text: str) -> None:
    with pytest.raises(SourceUnreadable, match=text):
        read(tmp_path, data)


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
