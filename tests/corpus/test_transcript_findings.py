"""Sentences that are not what was asked for: none, or in another language; and names that no file can have."""

from __future__ import annotations

from pathlib import Path

import pytest

from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument

COLUMNS = {"item": "file", "start": "s", "end": "e", "label": "emo"}
CUE = "1\n00:00:00,000 --> 00:00:01,000\nhi\n"


@pytest.fixture
def media(tmp_path: Path) -> Path:
    (tmp_path / "a.mp4").write_bytes(b"x")
    (tmp_path / "l.csv").write_text("file,s,e,emo\na,0,1,joy\n")
    (tmp_path / "s").mkdir()
    return tmp_path


def read(media: Path, language: str = "und") -> Corpus:
    return Corpus.from_folder(media, annotations="l.csv", columns=COLUMNS, sentences="s", language=language)


@pytest.mark.parametrize(
    ("name", "language", "number"),
    [
        ("a.en.srt", "fr", 1),
        ("a.en-GB.srt", "fr", 1),
        ("a.en.srt", "en", 0),
        ("a.en-GB.srt", "en", 0),
        ("a.srt", "fr", 0),
    ],
)
def test_only_another_language(media: Path, name: str, language: str, number: int) -> None:
    (media / "s" / name).write_text(CUE)
    corpus = read(media, language)
    assert [each.text for each in corpus.monologues["a"].sentences] == ["hi"]
    assert corpus.findings.counts() == ({"other_language": 1} if number else {})


@pytest.mark.parametrize(
    ("name", "text"), [("a.srt", ""), ("a.srt", "\n\n"), ("a.vtt", "WEBVTT\n"), ("a.json", '{"segments": []}')]
)
def test_a_file_without_sentences(media: Path, name: str, text: str) -> None:
    (media / "s" / name).write_text(text)
    assert [(each.code, each.where) for each in read(media).findings] == [("no_sentences", name)]


def test_names_that_no_file_has(media: Path) -> None:
    with pytest.raises(
        InvalidArgument, match=r"rater must be left out where no file names one, got 'bob'; leave it out"
    ):
        Corpus.from_folder(media, annotations="l.csv", columns=COLUMNS, rater="bob")
    with pytest.raises(
        InvalidArgument, match=r"elan_tier must be left out where no file has tiers, got 'x'; leave it out"
    ):
        Corpus.from_folder(media, annotations="l.csv", columns=COLUMNS, elan_tier="x")


def test_a_number_of_a_frame_is_an_integer(media: Path) -> None:
    (media / "f.csv").write_text("file,s,e,emo\na,0,59.5,joy\na,0,20,joy\n")
    columns = {"item": "file", "start_frame": "s", "end_frame": "e", "label": "emo"}
    corpus = Corpus.from_folder(media, annotations="f.csv", columns=columns, frame_rate=25)
    (finding,) = corpus.findings
    assert finding.code == "bad_time" and finding.fix.startswith("numbers of frames are integers;")
