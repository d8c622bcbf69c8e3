"""Lines of files of predictions as people write them, right and wrong, for tests of reader and schema."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

from emos_io.evaluation import (
    Predictions,
    predictions_schema,
    read_predictions,
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
