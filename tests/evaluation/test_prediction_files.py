"""Files of predictions: what is written comes back, and each thing that is wrong is one finding with its line."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from fractions import Fraction
from pathlib import Path

import pytest
from written_lines import GOOD, NOT_JSON, VALIDATOR, WRONG, found, line, read

from emos_io import Span
from emos_io.errors import CorpusError, InvalidArgument, SourceNotFound, SourceUnreadable
from emos_io.evaluation import (
    Prediction,
    PredictionWriter,
    read_predictions,
)


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
