"""Labels and predictions out, and votes on spans back in."""

from __future__ import annotations

import json
from pathlib import Path

import pympi
import pytest

from emos_io import Span
from emos_io.annotation.log.importing import read_span_votes
from emos_io.corpus import Corpus, FindingCollector
from emos_io.corpus.exchange import export, read_predictions, segments_of
from emos_io.errors import CorpusError, InvalidArgument, SourceNotFound
from emos_io.formats import TABLE_COLUMNS, read_annotation, read_label_studio
from oracle import synthetic_release as made


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus.from_release(made.make(tmp_path / "release"))


def test_labels_and_sentences_as_elan(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "out.eaf"
    export(path, segments_of(corpus.monologues["Black Ice"]), media=("Black Ice.mp4",), reporter=lambda *_: None)
    file = pympi.Eaf(str(path))
    assert [(a, b, label) for a, b, label, *_ in sorted(file.get_annotation_data_for_tier("basic7"))] == [
        (0, 5000, "Joy"), (5000, 9000, "Anger"), (10_000, 12_000, "Anger"),
    ]  # fmt: skip
    assert [label for *_, label in sorted(file.get_annotation_data_for_tier("goemotions"))] == [
        "joy;pride",
        "grief",
        "anger",
    ]
    assert [(a, b) for a, b, *_ in sorted(file.get_annotation_data_for_tier("sentences"))] == [
        (100, 2350),
        (5200, 6000),
        (9100, 9900),
    ]


def test_every_format_gives_the_labels_back(corpus: Corpus, tmp_path: Path) -> None:
    monologue = corpus.monologues["Black Ice"]
    segments = segments_of(monologue, ["basic7"], sentences=False)
    spans = [(segment.span, segment.text) for segment in segments]
    for suffix in (".TextGrid", ".eaf"):
        export(tmp_path / f"x{suffix}", segments, reporter=lambda *_: None)
        assert [(s.span, s.text) for s in read_annotation(tmp_path / f"x{suffix}").segments] == spans
    export(tmp_path / "x.csv", segments)
    read = read_annotation(tmp_path / "x.csv", columns=TABLE_COLUMNS, unit="s")
    assert [(s.span, s.text, s.item) for s in read.segments] == [(*each, monologue.key) for each in spans]
    export(tmp_path / "x.json", segments)
    (task,) = read_label_studio(tmp_path / "x.json")
    assert (task.item, [(s.span, s.text) for s in task.segments]) == (monologue.key, spans)
    with pytest.raises(
        InvalidArgument, match=r"suffix must be one of \.eaf, \.TextGrid, .*, got '\.docx'; it chooses the format"
    ):
        export(tmp_path / "x.docx", segments)


def test_predictions_go_out_too(tmp_path: Path) -> None:
    path = tmp_path / "qwen.jsonl"
    lines = [
        {
            "key": "streaming/Black Ice",
            "layer": "basic7",
            "start": "0",
            "end": "5/2",
            "label": "Joy",
            "confidence": 0.5,
        },
        {"key": "streaming/Black Ice", "layer": "goemotions", "start": 2.5, "end": 4, "label": ["joy", "pride"]},
        {"key": "meld/dia0_utt1", "layer": "basic7", "label": "Joy"},
    ]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    found = read_predictions(path)
    assert list(found) == ["streaming/Black Ice"]
    assert [(s.span, s.text, s.tier, s.rater, s.confidence) for s in found["streaming/Black Ice"]] == [
        (Span(0, "2.5"), "Joy", "basic7", "model:qwen", 0.5), (Span("2.5", 4), "joy;pride", "goemotions", "model:qwen", None),
    ]  # fmt: skip
    export(tmp_path / "out.json", found["streaming/Black Ice"])
    (task,) = read_label_studio(tmp_path / "out.json")
    assert [s.text for s in task.predictions] == ["Joy", "joy;pride"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "no JSON"), ("[1]", "no JSON object"), ('{"key": "a"}', "no layer, label"),
     ('{"key": "a", "layer": "b", "label": "c", "start": 2, "end": 1}', "no span"),
     ('{"key": "a", "layer": "b", "label": "c", "start": 2}', "no span")],
)  # fmt: skip
def test_lines_that_are_no_predictions(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(text + "\n")
    with pytest.raises(CorpusError, match=reason):
        read_predictions(path)
    with pytest.raises(SourceNotFound):
        read_predictions(tmp_path / "nothing.jsonl")


def test_votes_on_spans(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "ann.TextGrid"
    export(path, segments_of(corpus.monologues["Black Ice"], ["basic7"]), reporter=lambda *_: None)
    findings = FindingCollector()
    events = read_span_votes(path, findings, layer="basic7", item="streaming/Black Ice", rater="ann", tier="basic7")
    assert [(e.vote.item, e.vote.rater, e.vote.labels, e.vote.span) for e in events][:2] == [
        ("streaming/Black Ice", "ann", ("Joy",), Span(0, 5)), ("streaming/Black Ice", "ann", ("Anger",), Span(5, 9)),
    ]  # fmt: skip
    assert len(findings.collected) == 0
    with pytest.raises(InvalidArgument, match="with the tiers 'basic7', 'sentences', got None; give the one"):
        read_span_votes(path, findings, layer="basic7", rater="ann")
    with pytest.raises(InvalidArgument, match="rater must be given for a file that does not name the rater, got None"):
        read_span_votes(path, findings, layer="basic7", tier="basic7")


@pytest.mark.parametrize("confidence", ["true", '"high"', "[0.5]"])
def test_a_confidence_that_is_no_number_is_refused(tmp_path: Path, confidence: str) -> None:
    path = tmp_path / "qwen.jsonl"
    path.write_text(
        f'{{"key": "a", "layer": "basic7", "start": "0", "end": "1", "label": "Joy", "confidence": {confidence}}}\n'
    )
    with pytest.raises(CorpusError, match=r"line 1 has confidence .*; give a number or leave it out: "):
        read_predictions(path)
