"""Blanks around the names of own data: they never make two people, two tiers or two media of one."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.formats import Point, Segment, write_eaf, write_textgrid

COLUMNS = {"item": "file", "start": "s", "end": "e", "label": "emo", "rater": "who"}


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"x")
    return folder


def labels(corpus: Corpus) -> list[tuple[Span, str | None]]:
    return [(each.span, each.basic7) for each in corpus.monologues[0].utterances]


@pytest.mark.parametrize("rater", ["r1", " r1", "r1 "])
@pytest.mark.parametrize("cell", ["r1 ", "  r1", "r1\u3000", "r1\u00a0"])
def test_a_rater_with_blanks_is_the_same_person(media: Path, rater: str, cell: str) -> None:
    table = media.parent / "l.csv"
    table.write_text(f"file,s,e,emo,who\na,0,2,joy,r1\na ,2,4,anger,{cell}\n", "utf-8")
    for chosen in (None, rater):
        corpus = Corpus.from_folder(media, annotations=table, columns=COLUMNS, rater=chosen)
        assert labels(corpus) == [(Span(0, 2), "Joy"), (Span(2, 4), "Anger")]
        assert {vote.rater for vote in corpus.monologues[0].votes} == {"r1"} and not corpus.findings


def test_a_rater_and_an_item_of_blanks_are_none(media: Path) -> None:
    table = media.parent / "l.csv"
    table.write_text("file,s,e,emo,who\na,0,2,joy, \na,2,4,anger,\n  ,4,5,fear,\n", "utf-8")
    corpus = Corpus.from_folder(media, annotations=table, columns=COLUMNS)
    assert labels(corpus) == [(Span(0, 2), "Joy"), (Span(2, 4), "Anger")]
    assert corpus.findings.counts() == {"missing_id": 1}


@pytest.mark.parametrize("tier", ["emotion", "emotion ", " emotion"])
@pytest.mark.parametrize("suffix", [".eaf", ".TextGrid"])
def test_a_tier_is_found_with_and_without_blanks(media: Path, tier: str, suffix: str) -> None:
    rater = "bob " if suffix == ".eaf" else None
    rows = [Segment(Span(0, 2), "joy", "emotion ", rater), Segment(Span(0, 2), "hello", "words", rater)]
    file = media.parent / f"a{suffix}"
    if suffix == ".eaf":
        write_eaf(file, rows, media=("a.mp4",))
    else:
        write_textgrid(file, rows, points=[Point(Fraction(1), "ah", "noise ")])
    corpus = Corpus.from_folder(media, annotations=file, elan_tier=tier)
    assert labels(corpus) == [(Span(0, 2), "Joy")] and not corpus.findings
    assert {vote.rater for vote in corpus.monologues[0].votes} == {"bob" if rater else ""}


def test_two_tiers_that_blanks_alone_tell_apart_stay_two(media: Path) -> None:
    rows = [Segment(Span(0, 2), "joy", "emotion"), Segment(Span(0, 2), "fear", "emotion ")]
    write_textgrid(media.parent / "a.TextGrid", rows)
    corpus = Corpus.from_folder(media, annotations=media.parent / "a.TextGrid", elan_tier="emotion")
    assert labels(corpus) == [(Span(0, 2), "Joy")]


def test_layers_of_a_table_have_no_blanks(media: Path) -> None:
    table = media.parent / "l.csv"
    table.write_text("file,s,e,emo,lay\na,0,2,joy,mood\na,2,4,anger,mood \na,0,4,yes,other\n", "utf-8")
    columns = {"item": "file", "start": "s", "end": "e", "label": "emo", "layer": "lay"}
    corpus = Corpus.from_folder(media, annotations=table, columns=columns, elan_tier="mood")
    assert labels(corpus) == [(Span(0, 2), "Joy"), (Span(2, 4), "Anger")] and not corpus.findings
