"""The parser: the fenced files of the release, malformed answers one by one, and hostile texts."""

from __future__ import annotations

import json
import os
import string
from pathlib import Path
from typing import TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io.corpus import Monologue, read_release, taxonomy
from emos_io.evaluation import parse_clip, parse_stream, prompt
from emos_io.evaluation.parsing.loose_json import Array, Numeral, Object, Value, json_blocks
from emos_io.spans import Span

BASIC7, GOEMOTIONS = taxonomy("basic7"), taxonomy("goemotions")
TABLE = Path(__file__).parent / "malformed_answers.jsonl"
RELEASE = Path(os.environ.get("EMOS_RELEASE", Path(__file__).parents[3] / "shared" / "emos-release"))


class Row(TypedDict):
    form: str
    layers: str
    text: str
    labels: dict[str, list[str]]
    reasons: dict[str, str]
    confidence: float | None


ROWS: list[Row] = [json.loads(line) for line in TABLE.read_text("utf-8").splitlines()]


@pytest.mark.skipif(not RELEASE.is_dir(), reason="the release is not here")
def test_the_fenced_files_of_the_release_parse_as_the_corpus_reads_them() -> None:
    monologues = [item for item in read_release(RELEASE) if isinstance(item, Monologue)]
    assert len(monologues) == 46
    num_utterances = 0
    for each in monologues:
        path = RELEASE / "streaming-finalsplit" / each.name / f"{each.name}.emotion.json"
        text = path.read_text("utf-8-sig")
        assert text.strip().startswith("```")
        read = parse_stream(text, prompt("stream-json-1"), [BASIC7, GOEMOTIONS])
        assert (read.reason, read.left_out) == ("", ())
        assert [
            (
                one.span,
                {layer: labels for layer, labels in one.labels.items() if labels},
                one.outside.get("goemotions", ()),
                one.intensity,
                one.secondary,
            )
            for one in read.segments
        ] == [
            (one.span, dict(one.labels), one.open_labels, one.intensity, one.raw_secondary) for one in each.utterances
        ]
        num_utterances += len(read.segments)
    assert num_utterances == 447


def test_the_table_has_200_answers_each_once() -> None:
    keys = {(row["form"], row["layers"], row["text"]) for row in ROWS}
    assert len(keys) == len(ROWS) >= 200
    assert sum(bool(row["reasons"]) for row in ROWS) >= 80


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['form']}:{row['text'][:30]!r}")
def test_a_malformed_answer_gives_what_the_table_says(row: Row) -> None:
    layers = [taxonomy(name) for name in row["layers"].split()]
    read = parse_clip(row["text"], prompt(f"clip-{row['form']}-1"), layers)
    assert {layer: list(labels) for layer, labels in read.labels.items()} == row["labels"]
    assert (dict(read.reasons), read.confidence) == (row["reasons"], row["confidence"])
    assert {*read.labels, *read.reasons} == {each.name for each in layers}
    assert read.raw == row["text"]


STREAMS: dict[str, list[tuple[str | int, str | int, str]]] = {
    "[00:00-00:05] Joy\n[00:05-00:09] Fear": [("0", "5", "Joy"), ("5", "9", "Fear")],
    "00:00 - 00:05: Joy\n00:05 – 00:09: Fear": [("0", "5", "Joy"), ("5", "9", "Fear")],
    "Time: 00:00-00:05\nLabel: Joy\n\nTime: 00:05-00:09\nLabel: Fear": [("0", "5", "Joy"), ("5", "9", "Fear")],
    "Start: 0\nEnd: 5\nEmotion: Joy": [("0", "5", "Joy")],
    "0.0s-2.5s Joy": [("0", "2.5", "Joy")],
    "| time | label |\n|---|---|\n| 00:00-00:05 | Joy |\n| 00:05-00:09 | Fear |": [
        ("0", "5", "Joy"),
        ("5", "9", "Fear"),
    ],
    '[{"start": 0, "end": 2.5, "label": "Joy"}]': [("0", "2.5", "Joy")],
    '{"time": [0, 5], "label": "Joy"}\n{"time": [5, 9], "label": "Fear"}': [("0", "5", "Joy"), ("5", "9", "Fear")],
    '{"utterances": [{"timestamp_range": "00:05-00:09", "emotion_primary": "Fear"}, '
    '{"timestamp_range": "00:00-00:05", "emotion_primary": "Joy"}]}': [("0", "5", "Joy"), ("5", "9", "Fear")],
    "00:00-00:05 Joy or Fear": [("0", "5", "it gives 2 labels, Joy and Fear, and basic7 takes one")],
    "00:00-00:05 Joy\n00:00-00:05 Fear": [("0", "5", "it gives two answers about the same time")],
    "00:00-00:05 Joy\n00:00-00:05 joy": [("0", "5", "Joy")],
    "00:00-00:25 Joy": [("0", "20", "Joy")],
    '{"segments": [{"time": "00:00-00:05", "label": "Joy"}, {"time": "00:05-00:0': [("0", "5", "Joy")],
    "00:05-00:05 Joy": [],
    "00:30-00:40 Joy": [],
    "①0s-15s: Joy\n❷ 00:15-00:20 Fear": [(0, 15, "Joy"), (15, 20, "Fear")],
    "00:75-00:80 Joy": [],
    "Label: Joy\nTime: 00:00-00:05\nLabel: Fear\nTime: 00:05-00:09": [],
    "Joy": [],
    '{"label": "Joy"}': [],
    '{"segments": []}': [],
    "<think>00:00-00:05 Joy": [],
}
"""Answers about a part of 20 s: (start, end, label or reason) of each segment."""


@pytest.mark.parametrize("text", STREAMS)
def test_answers_about_monologues(text: str) -> None:
    read = parse_stream(text, prompt("stream-words-1"), [BASIC7], span=Span(100, 120))
    found = [
        (each.span, *each.labels.get("basic7", ()), *([each.reasons["basic7"]] if each.reasons else []))
        for each in read.segments
    ]
    assert found == [(Span(start, end).shift(100), what) for start, end, what in STREAMS[text]]
    assert bool(read.reason) == (not found)


def test_what_is_no_segment_is_left_out() -> None:
    text = '[{"time": "00:00-00:05", "label": "Joy"}, {"label": "Fear"}, 7, {"time": "soon", "label": "Fear"}, {"time": "01'
    read = parse_stream(text, prompt("stream-json-1"), [BASIC7])
    assert len(read.segments) == 1
    assert read.left_out == (
        "segment 2 has no times",
        "'7' is no segment",
        "segment 3 has no times that can be read",
        "segment 4 has no times",
        "it ends early, within or after segment 4",
    )


MEGABYTE = 1_000_000
HOSTILE = [
    "{" * MEGABYTE,
    "[" * MEGABYTE,
    '{"a":' * (MEGABYTE // 5),
    '"' * MEGABYTE,
    "{'" * (MEGABYTE // 2),
    '{"label": "' + "x" * MEGABYTE,
    "[1," * (MEGABYTE // 3),
    "{}" * (MEGABYTE // 2),
    '{"label":"Joy"}' * (MEGABYTE // 15),
    "\\" * MEGABYTE,
    '{"a\\' * (MEGABYTE // 4),
    "<think>" * (MEGABYTE // 7),
    "</think>" * (MEGABYTE // 8),
    "<" * MEGABYTE,
    "<answer>" * (MEGABYTE // 8),
    "(" * MEGABYTE,
    "Joy " * (MEGABYTE // 4),
    "Joy\n" * (MEGABYTE // 4),
    "Joy," * (MEGABYTE // 4),
    "joy" * (MEGABYTE // 3),
    "x" * MEGABYTE,
    " " * MEGABYTE,
    "\n" * MEGABYTE,
    "Label: " * (MEGABYTE // 7),
    "Label: Joy\n" * (MEGABYTE // 11),
    "label:" + "a,b;" * (MEGABYTE // 4),
    "|" * MEGABYTE,
    "| label |\n" * (MEGABYTE // 10),
    "-" * MEGABYTE,
    "1" * MEGABYTE,
    "0:" * (MEGABYTE // 2),
    "00:00-00:01 " * (MEGABYTE // 12),
    "00:00-00:01 Joy\n" * (MEGABYTE // 16),
    "\0" * MEGABYTE,
    "\ud800" * 10,
    "😀" * (MEGABYTE // 4),
    "ﷺ" * (MEGABYTE // 3),
    "A. " * (MEGABYTE // 3),
    "is " * (MEGABYTE // 3),
    '{"confidence": ' + "9" * MEGABYTE + "}",
    '{"a": "' + '" ' * (MEGABYTE // 2),
    "/" * MEGABYTE,
    "{//" * (MEGABYTE // 3),
    "not " * (MEGABYTE // 4),
    "`" * MEGABYTE,
    "```json\n" * (MEGABYTE // 8),
    "\r" * MEGABYTE,
    '{"segments":[' + '{"time":"00:00-00:01","label":"Joy"},' * (MEGABYTE // 40),
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
@pytest.mark.parametrize("form", ["words", "letters"])
def test_hostile_texts_give_an_answer_or_a_reason(text: str, form: str) -> None:
    """Each is a megabyte: a step of quadratic cost would not come to an end."""
    read = parse_clip(text, prompt(f"clip-{form}-1"), [BASIC7, GOEMOTIONS])
    assert {*read.labels, *read.reasons} == {"basic7", "goemotions"}
    stream = parse_stream(text, prompt(f"stream-{form}-1"), [BASIC7, GOEMOTIONS])
    assert bool(stream.reason) == (not stream.segments)


PIECES = st.sampled_from(
    [
        "Joy",
        "Fear",
        "not",
        "or",
        "label",
        "basic7",
        "D",
        "none",
        "0.9",
        "00:00-00:05",
        "<think>",
        "</think>",
        "情绪",
        "喜悦",
        *'{}[]":,\n|-*/ ()',
        "```",
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60), st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES, max_size=14).map(" ".join)
    )
)
def test_any_text_gives_labels_or_reasons(text: str) -> None:
    for form in ("words", "letters", "json"):
        read = parse_clip(text, prompt(f"clip-{form}-1"), [BASIC7, GOEMOTIONS])
        assert {*read.labels, *read.reasons} == {"basic7", "goemotions"}
        assert not {*read.labels} & {*read.reasons}
        assert all(reason for reason in read.reasons.values())
        assert len(read.labels.get("basic7", ("",))) == 1
        stream = parse_stream(text, prompt(f"stream-{form}-1"), [BASIC7])
        assert len({each.span for each in stream.segments}) == len(stream.segments)


def plain(value: Value) -> object:
    """Return a value as `json` gives it; numbers as they are written."""
    if isinstance(value, Object):
        return {name: plain(each) for name, each in value.members}
    if isinstance(value, Array):
        return [plain(each) for each in value.values]
    return float(value) if isinstance(value, Numeral) else value


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(string.printable + "é喜\\", max_size=8),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=4), JSON, max_size=3), st.booleans())
def test_json_is_read_as_json_reads_it(value: dict[str, object], ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    blocks = list(json_blocks(f"so: {text} that is it"))
    assert [(plain(block.value), block.value.is_closed) for block in blocks] == [(json.loads(text), True)]
