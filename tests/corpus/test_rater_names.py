"""Who labelled where only files tell people apart: one person has one name, and can be chosen, over all media of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.formats import Segment, write_textgrid

COLUMNS = {"item": "file", "start": "s", "end": "e", "label": "emo"}


def made(folder: Path, media: Sequence[str], grids: dict[str, str]) -> Path:
    for name in media:
        (folder / "media" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "media" / name).write_bytes(b"x")
    for name, label in grids.items():
        (folder / "e" / name).parent.mkdir(parents=True, exist_ok=True)
        write_textgrid(folder / "e" / name, [Segment(Span(0, 1), label, "emotion")])
    return folder / "media"


def raters(corpus: Corpus) -> dict[str, set[str]]:
    return {each.name: {vote.rater for vote in each.votes} for each in corpus.monologues}


def chosen(corpus: Corpus) -> dict[str, list[str | None]]:
    return {each.name: [own.basic7 for own in each.utterances] for each in corpus.monologues}


def test_nobody_is_nameless_where_files_tell_people_apart(tmp_path: Path) -> None:
    grids = {"a_r1.TextGrid": "joy", "a_r2.TextGrid": "fear", "b_r2.TextGrid": "anger"}
    # A TextGrid is about media of its own name, so media have names of both.
    text = {"a_r1": "a", "a_r2": "a", "b_r2": "b"}
    media = made(tmp_path, ["a.mp4", "b.mp4"], {})
    (tmp_path / "e").mkdir()
    for name, item in text.items():
        (tmp_path / "e" / f"{name}.csv").write_text(f"file,s,e,emo\n{item},0,1,{grids[f'{name}.TextGrid']}\n")
    corpus = Corpus.from_folder(media, annotations=tmp_path / "e", columns=COLUMNS)
    assert raters(corpus) == {"a": {"r1", "r2"}, "b": {"r2"}}
    assert chosen(corpus) == {"a": [], "b": ["Anger"]}
    second = Corpus.from_folder(media, annotations=tmp_path / "e", columns=COLUMNS, rater="r2")
    assert chosen(second) == {"a": ["Fear"], "b": ["Anger"]} and not second.findings
    first = Corpus.from_folder(media, annotations=tmp_path / "e", columns=COLUMNS, rater="r1")
    assert chosen(first) == {"a": ["Joy"], "b": []} and first.findings.counts() == {"missing_rater": 1}


def test_files_about_different_media_need_no_names(tmp_path: Path) -> None:
    media = made(tmp_path, ["a.mp4", "b.mp4"], {"a.TextGrid": "joy", "b.TextGrid": "fear"})
    assert raters(Corpus.from_folder(media, annotations=tmp_path / "e")) == {"a": {""}, "b": {""}}


@pytest.mark.parametrize("below", ["", "day/"], ids=["near", "deep"])
def test_a_folder_of_a_rater_is_a_name_over_all_sessions(tmp_path: Path, below: str) -> None:
    labels = {("r1", "s1"): "joy", ("r1", "s2"): "fear", ("r2", "s1"): "anger", ("r2", "s2"): "neutral"}
    grids = {f"{who}/{below}{session}/talk.TextGrid": label for (who, session), label in labels.items()}
    media = made(tmp_path, [f"{below}s1/talk.mp4", f"{below}s2/talk.mp4"], grids)
    for who in ("r1", "r2"):
        corpus = Corpus.from_folder(media, annotations=tmp_path / "e", rater=who)
        right = {f"{below}{session}/talk": [labels[who, session].capitalize()] for session in ("s1", "s2")}
        assert chosen(corpus) == right and not corpus.findings


@pytest.mark.parametrize("columns", [COLUMNS, {"item": "file", "label": "emo"}], ids=["spans", "clips"])
def test_a_folder_of_a_rater_names_the_tables_in_it(tmp_path: Path, columns: dict[str, str]) -> None:
    media = made(tmp_path, ["a.mp4"], {})
    for who, label in (("r1", "joy"), ("r2", "fear")):
        (tmp_path / "e" / who).mkdir(parents=True)
        (tmp_path / "e" / who / "l.csv").write_text(f"file,s,e,emo\na,0,1,{label}\n")
    for who, label in (("r1", "Joy"), ("r2", "Fear"), ("r1/l", "Joy")):
        corpus = Corpus.from_folder(media, annotations=tmp_path / "e", columns=columns, rater=who)
        clips = {clip.decision.label for clip in corpus.clips if clip.decision is not None}
        assert (clips or {each for own in chosen(corpus).values() for each in own}) == {label} and not corpus.findings


def of_tables(folder: Path, names: Sequence[str]) -> dict[str, set[str]]:
    """The raters of tables without a column of raters, each about the medium of one letter in its name."""
    media = made(folder, ["a.mp4", "b.mp4"], {})
    for name in names:
        item = next(part for part in name.replace("/", "_").replace("-", "_").split("_") if part in ("a", "b"))
        path = folder / "e" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"file,s,e,emo\n{item},0,1,joy\n")
    return raters(Corpus.from_folder(media, annotations=folder / "e", columns=COLUMNS))


@pytest.mark.parametrize(
    "names",
    [
        ["r1/a", "r2/a", "r1/b", "r2/b"],
        ["r1_a", "r2_a", "r1_b", "r2_b"],
        ["a-r1", "a-r2", "b-r1", "b-r2"],
    ],
    ids=["folders", "before", "behind"],
)
def test_a_person_has_one_name_over_all_media(tmp_path: Path, names: list[str]) -> None:
    assert of_tables(tmp_path, names) == {"a": {"r1", "r2"}, "b": {"r1", "r2"}}


@pytest.mark.parametrize(
    "names",
    [["a_r1", "a_r2"], ["a_r1", "a_r2", "b_r3"], ["a_r1", "x/a_r2", "b_r1"]],
    ids=["one medium", "nobody twice", "folders and names"],
)
def test_a_name_that_stands_alone_may_be_anything(tmp_path: Path, names: list[str]) -> None:
    assert of_tables(tmp_path, names)["a"] == {"a_r1", "a_r2"}
