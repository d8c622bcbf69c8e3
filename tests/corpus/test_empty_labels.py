"""Empty labels over time: a finding where a format needs a label, and none in a TextGrid, whose gaps are empty intervals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.formats import Segment, write_eaf, write_textgrid

COLUMNS = {"item": "file", "start": "s", "end": "e", "label": "emo"}
RATED = {**COLUMNS, "rater": "who"}
EMPTY = ["", "  ", ";", " ; ", "\u3000"]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    (tmp_path / "a.mp4").write_bytes(b"x")
    return tmp_path


def labels(corpus: Corpus) -> list[tuple[Span, str]]:
    return [(each.span, each.basic7) for each in corpus.monologues["a"].utterances if each.basic7]


def check(corpus: Corpus) -> None:
    """One label is read, and one is told to be empty."""
    assert labels(corpus) == [(Span(0, 1), "Joy")]
    assert corpus.findings.counts() == {"no_label": 1}
    (finding,) = corpus.findings
    assert finding.severity == "fault" and finding.fix == "fill in the label"


@pytest.mark.parametrize("cell", EMPTY)
def test_a_cell_of_a_table_of_spans(media: Path, cell: str) -> None:
    (media / "l.csv").write_text(f"file,s,e,emo\na,0,1,joy\na,1,2,{cell}\n", "utf-8")
    check(Corpus.from_folder(media, annotations="l.csv", columns=COLUMNS))


@pytest.mark.parametrize("text", EMPTY)
def test_an_annotation_of_elan(media: Path, text: str) -> None:
    rows = [
        Segment(Span(0, 1), "joy", "emotion"),
        Segment(Span(1, 2), "MARK", "emotion"),
        Segment(Span(1, 2), "hi", "words"),
    ]
    write_eaf(media / "a.eaf", rows, media=("a.mp4",))
    file = media / "a.eaf"
    file.write_text(file.read_text("utf-8").replace("MARK", text), "utf-8")
    check(Corpus.from_folder(media, annotations=file, elan_tier="emotion"))
    # Another tier is not asked for, so nothing is told of it.
    assert not Corpus.from_folder(media, annotations=file, elan_tier="words").findings.counts().get("no_label")


def test_a_region_of_label_studio(media: Path) -> None:
    def region(start: int, words: list[str]) -> dict[str, object]:
        value = {"start": start, "end": start + 1, "channel": 0, "labels": words}
        return {"id": f"r{start}", "from_name": "emotion", "to_name": "audio", "type": "labels", "value": value}

    result = [region(0, ["joy"]), region(1, [""])]
    task = {"id": 1, "data": {"audio": "a.mp4"}, "annotations": [{"id": 1, "completed_by": 1, "result": result}]}
    (media / "x.json").write_text(json.dumps([task]))
    check(Corpus.from_folder(media, annotations="x.json"))


@pytest.mark.parametrize("text", ["", "  "])
def test_a_gap_of_praat_is_no_finding(media: Path, text: str) -> None:
    rows = [Segment(Span(0, 1), "joy", "emotion"), Segment(Span(1, 2), "MARK", "emotion")]
    write_textgrid(media / "a.TextGrid", rows, end=3)
    file = media / "a.TextGrid"
    file.write_text(file.read_text("utf-8").replace("MARK", text), "utf-8")
    corpus = Corpus.from_folder(media, annotations=file)
    assert labels(corpus) == [(Span(0, 1), "Joy")] and not corpus.findings


@pytest.mark.parametrize("cell", ["", "  "])
def test_the_chosen_rater_left_the_label_empty(media: Path, cell: str) -> None:
    (media / "b.mp4").write_bytes(b"x")
    (media / "l.csv").write_text(f"file,s,e,emo,who\na,0,1,{cell},r1\na,0,1,joy,r2\nb,0,1,fear,r1\n")
    corpus = Corpus.from_folder(media, annotations="l.csv", columns=RATED, rater="r1")
    assert labels(corpus) == [] and corpus.findings.counts() == {"no_label": 1, "missing_rater": 1}
