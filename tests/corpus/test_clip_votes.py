"""Votes on whole clips: who votes, on what, and what is decided; nothing is lost without a finding."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_folders import media_folder

from emos_io.corpus import Clip, Corpus
from emos_io.errors import CorpusError

COLUMNS = {"item": "file", "label": "emo"}
RATED = {**COLUMNS, "rater": "who"}
LAW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def media(tmp_path: Path) -> Path:
    return media_folder(tmp_path / "clips", ("a.mp4", "b.mp4", "c.mp4"))


def read(
    media: Path,
    text: str,
    columns: dict[str, str] = COLUMNS,
    *,
    layer: str = "basic7",
    rater: str | None = None,
    strict: bool = False,
) -> Corpus:
    table = media.parent / "l.csv"
    table.write_text(text, "utf-8")
    return Corpus.from_folder(media, annotations=table, columns=columns, layer=layer, rater=rater, strict=strict)


def codes(corpus: Corpus) -> dict[str, int]:
    return corpus.findings.counts()


def decided(clip: Clip) -> tuple[str, ...] | None:
    return None if clip.decision is None else clip.decision.labels


@pytest.mark.parametrize(
    ("cell", "label"),
    [("joy;anger", "Joy"), ('"joy, anger, fear"', "Joy"), ("anger|joy", "Anger"), ("高兴、生气", "Joy")],
)
def test_a_layer_of_single_labels_takes_the_first_of_a_cell(media: Path, cell: str, label: str) -> None:
    corpus = read(media, f"file,emo\na,{cell}\n")
    clip = corpus.clips["a"]
    assert decided(clip) == (label,) and [vote.labels for vote in clip.votes] == [(label,)]
    (finding,) = [each for each in corpus.findings if each.code != "label_repaired"]
    assert (finding.code, finding.severity, finding.where) == ("too_many_labels", "fault", "l.csv, row 2")
    assert clip.votes[0].raw == cell.strip('"')


def test_a_label_beside_a_word_is_no_second_label(media: Path) -> None:
    corpus = read(media, "file,emo\na,joy;contempt\nb,contempt;joy\n")
    for clip in corpus.clips:
        assert decided(clip) == ("Joy",) and clip.votes[0].open_labels == ("contempt",)
    assert codes(corpus) == {"open_label": 2}


@pytest.mark.parametrize("second", ["joy", "fear"], ids=["agree", "differ"])
def test_several_raters_are_one_finding_of_all_clips(media: Path, second: str) -> None:
    text = "file,emo,who\n" + "".join(f"{each},joy,r1\n{each},{second},r2\n" for each in "abc")
    corpus = read(media, text, RATED)
    (finding,) = corpus.findings
    assert (finding.code, finding.severity, finding.where) == ("several_raters", "fault", "l.csv")
    assert finding.what == "2 raters labelled 3 clips, such as a"
    assert [decided(clip) for clip in corpus.clips] == [None] * 3 and [len(each.votes) for each in corpus.clips] == [
        2
    ] * 3
    with pytest.raises(CorpusError, match="several_raters"):
        read(media, text, RATED, strict=True)
    chosen = read(media, text, RATED, rater="r2")
    assert not chosen.findings and {decided(clip) for clip in chosen.clips} == {
        ("Joy",) if second == "joy" else ("Fear",)
    }


def test_tables_of_several_raters_are_the_same_finding(media: Path, tmp_path: Path) -> None:
    for name in ("r1", "r2"):
        (tmp_path / f"{name}.csv").write_text("file,emo\na,joy\nb,fear\n")
    corpus = Corpus.from_folder(media, annotations=[tmp_path / "r1.csv", tmp_path / "r2.csv"], columns=COLUMNS)
    (finding,) = corpus.findings
    assert (finding.code, finding.what) == ("several_raters", "2 raters labelled 2 clips, such as a")


def test_a_table_that_names_some_raters_of_clips(media: Path, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("file,emo,who\na,joy,ann\nb,joy,\n")
    (tmp_path / "y.csv").write_text("file,emo,who\na,fear,\n")
    tables = [tmp_path / "x.csv", tmp_path / "y.csv"]
    corpus = Corpus.from_folder(media, annotations=tables, columns=RATED)
    assert [(vote.rater, vote.labels) for vote in corpus.clips["a"].votes] == [("ann", ("Joy",)), ("y", ("Fear",))]
    assert decided(corpus.clips["b"]) == ("Joy",) and corpus.clips["b"].votes[0].rater == "x"


@pytest.mark.parametrize("cell", ["", "  ", ";", " ; "])
def test_an_empty_label_is_a_finding_and_no_vote(media: Path, cell: str) -> None:
    corpus = read(media, f"file,emo,who\na,{cell},r1\na,joy,r2\nb,fear,r1\n", RATED)
    assert [vote.rater for vote in corpus.clips["a"].votes] == ["r2"] and decided(corpus.clips["a"]) == ("Joy",)
    assert [(each.code, each.where) for each in corpus.findings] == [("no_label", "l.csv, row 2")]
    chosen = read(media, f"file,emo,who\na,{cell},r1\na,joy,r2\nb,fear,r1\n", RATED, rater="r1")
    assert [decided(clip) for clip in chosen.clips] == [None, ("Fear",)]
    assert codes(chosen) == {"no_label": 1, "missing_rater": 1}


def test_an_empty_label_leaves_the_intensity(media: Path) -> None:
    corpus = read(media, "file,emo,i\na,,4\n", {**COLUMNS, "intensity": "i"})
    assert {layer: each.labels for layer, each in corpus.clips["a"].decisions.items()} == {"intensity": ("4",)}
    assert codes(corpus) == {"no_label": 1}


def test_rows_of_one_rater_are_one_set(media: Path) -> None:
    corpus = read(media, "file,emo,who\na,joy,r1\na,love;joy,r1\na,fear,r2\n", RATED, layer="goemotions", rater="r1")
    assert [(vote.rater, vote.labels) for vote in corpus.clips["a"].votes] == [
        ("r1", ("joy", "love")),
        ("r2", ("fear",)),
    ]
    assert corpus.clips["a"].decisions["goemotions"].labels == ("joy", "love")
    assert [(each.code, each.severity, each.where) for each in corpus.findings] == [
        ("repeated_label", "repair", "l.csv, row 3")
    ]


@pytest.mark.parametrize(
    ("rows", "code", "label"),
    [
        (("joy", "JOY"), "repeated_label", "Joy"),
        (("joy", "fear"), "second_vote", "Joy"),
        (("fear", "joy"), "second_vote", "Fear"),
    ],
    ids=["the same", "joy first", "fear first"],
)
def test_a_second_row_in_a_layer_of_single_labels(media: Path, rows: tuple[str, str], code: str, label: str) -> None:
    corpus = read(media, "file,emo\n" + "".join(f"a,{each}\n" for each in rows))
    assert decided(corpus.clips["a"]) == (label,) and codes(corpus) == {code: 1}


def test_a_chosen_rater_keeps_the_confidence(media: Path) -> None:
    columns = {**RATED, "confidence": "c"}
    text = "file,emo,who,c\na,joy,r1,0.25\na,fear,r2,0.5\nb,joy,r1,\n"
    for rater, sure in (("r1", 0.25), ("r2", 0.5)):
        corpus = read(media, text, columns, rater=rater)
        assert corpus.clips["a"].confidence == sure
        assert corpus.clips["a"].decisions["basic7"].recipe["rater"] == rater
        assert "unused_confidence" not in codes(corpus)


@pytest.mark.parametrize(
    ("given_both", "sure", "found"),
    [(("0.5", "0.5"), 0.5, 0), (("0.5", ""), 0.5, 0), (("", "0.5"), 0.5, 0), (("0.5", "0.7"), None, 1), (("", ""), None, 0)],
    ids=["equal", "first", "second", "differ", "none"],
)  # fmt: skip
def test_confidences_of_one_set(media: Path, given_both: tuple[str, str], sure: float | None, found: int) -> None:
    columns = {**COLUMNS, "confidence": "c"}
    corpus = read(media, "file,emo,c\na,joy,{}\na,love,{}\n".format(*given_both), columns, layer="goemotions")
    assert corpus.clips["a"].decisions["goemotions"].confidence == sure
    assert codes(corpus).get("conflicting_confidence", 0) == found


def sets(clip: Clip) -> dict[str, set[str]]:
    return {vote.rater: set(vote.labels) for vote in clip.votes}


ROW = st.tuples(st.sampled_from("ab"), st.sampled_from(["joy", "love", "fear;joy"]), st.sampled_from(["r1", "r2"]))


@LAW
@given(st.lists(ROW, max_size=7))
def test_the_order_of_rows_of_a_set_means_nothing(media: Path, rows: list[tuple[str, str, str]]) -> None:
    def table(order: Sequence[tuple[str, str, str]]) -> Corpus:
        return read(media, "file,emo,who\n" + "".join(",".join(row) + "\n" for row in order), RATED, layer="goemotions")

    right: dict[str, dict[str, set[str]]] = {}
    for item, words, rater in rows:
        right.setdefault(f"folder/{item}", {}).setdefault(rater, set()).update(words.split(";"))
    for order in itertools.islice(itertools.permutations(rows), 4):
        assert {clip.key: sets(clip) for clip in table(order).clips} == right
