"""Tables that lie beside annotations and are none: they stop nothing that was found in a folder, and are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.errors import InvalidArgument
from emos_io.formats import Segment, write_eaf

SPANS = {"item": "file", "start": "s", "end": "e", "label": "emo"}
CLIPS = {"item": "file", "label": "emo"}
GOOD = "file,s,e,emo\na,0,1,joy\n"
STRAY = ["file,age\na,31\n", "notes\n", "", "a;b\n1;2\n"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.mp4").write_bytes(b"x")
    (tmp_path / "e").mkdir()
    return tmp_path


@pytest.mark.parametrize("columns", [SPANS, CLIPS], ids=["spans", "clips"])
@pytest.mark.parametrize("stray", STRAY)
@pytest.mark.parametrize("name", ["aa.csv", "zz.csv"])
def test_a_table_without_the_columns(folder: Path, columns: dict[str, str], stray: str, name: str) -> None:
    (folder / "e" / "l.csv").write_text(GOOD)
    (folder / "e" / name).write_text(stray)
    corpus = Corpus.from_folder(folder / "media", annotations=folder / "e", columns=columns)
    assert len(corpus.clips) + len(corpus.monologues) == 1
    assert [(each.code, each.where) for each in corpus.findings] == [("unreadable_file", name)]
    if stray:
        with pytest.raises(InvalidArgument, match="the column of"):
            tables = [folder / "e" / "l.csv", folder / "e" / name]
            Corpus.from_folder(folder / "media", annotations=tables, columns=columns)
        (folder / "e" / "l.csv").unlink()
        with pytest.raises(InvalidArgument, match="the column of"):
            Corpus.from_folder(folder / "media", annotations=folder / "e", columns=columns)


@pytest.mark.parametrize("stray", STRAY)
def test_a_table_beside_other_annotations(folder: Path, stray: str) -> None:
    write_eaf(folder / "e" / "a.eaf", [Segment(Span(0, 1), "joy", "emotion")], media=("a.mp4",))
    (folder / "e" / "readme.csv").write_text(stray)
    corpus = Corpus.from_folder(folder / "media", annotations=folder / "e")
    assert [each.basic7 for each in corpus.monologues["a"].utterances] == ["Joy"]
    assert [(each.code, each.where) for each in corpus.findings] == [("unreadable_file", "readme.csv")]
