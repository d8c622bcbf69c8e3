"""Own data of several annotators: their labels are votes, and never the labels of one person."""

from __future__ import annotations

import csv
import io
import itertools
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_folders import COLUMNS, codes, eaf, labels, media_folder, votes, written

from emos_io import Span
from emos_io.corpus import Corpus, Monologue, Vote, read_folder
from emos_io.corpus.codec import decode, encode
from emos_io.corpus.folder.nearest import nearest
from emos_io.corpus.folder.raters import file_aliases, files_that_need_names, names_of_files
from emos_io.errors import CorpusError, InvalidArgument
from emos_io.formats import Segment, read_eaf, write_eaf, write_textgrid

RATED = COLUMNS | {"rater": "who"}
Labels = list[tuple[str, str, str]]

LAW = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def media(tmp_path: Path) -> Path:
    return media_folder(tmp_path / "media", ("a.mp4", "b.mp4"))


def test_files_of_one_medium_are_of_several_people(media: Path, tmp_path: Path) -> None:
    eaf(tmp_path / "e" / "a_r1.eaf", (0, 2, "joy"))
    eaf(tmp_path / "e" / "a_r2.eaf", (1, 5, "sadness"))
    eaf(tmp_path / "e" / "b.eaf", (0, 3, "anger"), item="b.mp4")
    corpus = read_folder(media, annotations=tmp_path / "e")
    a, b = corpus.monologues["a"], corpus.monologues["b"]
    assert votes(a) == [("a_r1", Span(0, 2), ("Joy",)), ("a_r2", Span(1, 5), ("Sadness",))]
    assert (a.utterances, a.duration, a.attributes["votes_of_others"]) == ((), Fraction(5), 2)
    # What one person alone labelled is decided, and the person has a name there too.
    assert (labels(b), votes(b)) == ([(Span(0, 3), "Anger")], [("b", Span(0, 3), ("Anger",))])
    (finding,) = corpus.findings
    assert (finding.code, finding.severity, finding.where) == ("several_raters", "fault", "a")
    assert finding.what == "2 raters labelled it: 'a_r1', 'a_r2'" and "give rater=" in finding.fix
    assert a.labels("basic7").at([0.5]) == [None]
    with pytest.raises(CorpusError, match="several_raters: 2 raters labelled it"):
        read_folder(media, annotations=tmp_path / "e", strict=True)


@pytest.mark.parametrize(
    ("names", "raters"),
    [
        (("e/a_r1.eaf", "e/a_r2.eaf"), {"a_r1", "a_r2"}),
        (("e/r1/a.eaf", "e/r2/a.eaf"), {"r1", "r2"}),
        (("e/a.eaf", "e/a.TextGrid"), {"a.eaf", "a.TextGrid"}),
        (("e/r1/a.eaf", "e/r1/a.TextGrid", "e/r2/a.eaf"), {"r1/a.eaf", "r1/a.TextGrid", "r2/a.eaf"}),
        (("e/r1.csv", "e/r2.csv"), {"r1", "r2"}),
        (("e/one/r.csv", "e/two/r.csv"), {"one/r", "two/r"}),
        (("e/a.srt.csv", "e/a.eaf"), {"a.srt", "a"}),
    ],
    ids=["names", "folders", "formats", "folders and formats", "tables", "tables in folders", "dots"],
)
def test_a_rater_without_a_name_has_that_of_the_file(
    media: Path, tmp_path: Path, names: tuple[str, ...], raters: set[str]
) -> None:
    for number, name in enumerate(names):
        path = tmp_path / name
        if name.endswith(".eaf"):
            eaf(path, (number, number + 2, "joy"))
        elif name.endswith(".TextGrid"):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_textgrid(path, [Segment(Span(number, number + 2), "joy", "emotion")])
        else:
            written(path, f"file,s,e,emo\na,{number},{number + 2},joy\n")
    corpus = read_folder(media, annotations=tmp_path / "e", columns=COLUMNS)
    assert {vote.rater for vote in corpus.monologues["a"].votes} == raters
    assert codes(corpus) == {"no_annotation": 1, "several_raters": 1}
    for rater in raters:
        alone = read_folder(media, annotations=tmp_path / "e", columns=COLUMNS, rater=rater).monologues["a"]
        assert len(alone.utterances) == 1 and len(alone.votes) == len(names)
        assert alone.attributes["votes_of_others"] == len(names) - 1


def test_the_name_of_a_file_is_that_of_all_its_nameless_labels(media: Path, tmp_path: Path) -> None:
    written(tmp_path / "r1.csv", "file,s,e,emo\na,0,2,joy\nb,0,2,anger\n")
    written(tmp_path / "r2.csv", "file,s,e,emo\na,0,2,fear\n")
    tables = [tmp_path / "r1.csv", tmp_path / "r2.csv"]
    corpus = read_folder(media, annotations=tables, columns=COLUMNS)
    assert [vote.rater for vote in corpus.monologues["b"].votes] == ["r1"]
    assert labels(corpus.monologues["b"]) == [(Span(0, 2), "Anger")]
    chosen = read_folder(media, annotations=tables, columns=COLUMNS, rater="r2")
    assert (labels(chosen.monologues["a"]), labels(chosen.monologues["b"])) == ([(Span(0, 2), "Fear")], [])
    (finding,) = chosen.findings
    assert (finding.code, finding.where, finding.what) == ("missing_rater", "b", "'r2' did not label it; 'r1' did")


def test_what_a_file_has_besides_its_medium_names_the_rater_too(media: Path, tmp_path: Path) -> None:
    for item, rater in itertools.product("ab", ("r1", "r2")):
        eaf(tmp_path / "names" / f"{item}_{rater}.eaf", (0, 2, "joy"), item=f"{item}.mp4")
        eaf(tmp_path / "folders" / rater / f"{item}.eaf", (0, 2, "joy"), item=f"{item}.mp4")
    (tmp_path / "names" / "b_r2.eaf").unlink()
    for folder in ("names", "folders"):
        corpus = read_folder(media, annotations=tmp_path / folder, rater="r1")
        assert [len(each.utterances) for each in corpus.monologues] == [1, 1]
        assert codes(corpus) == {}
        with pytest.raises(InvalidArgument, match=r"rater must be one of .*, got 'R1'; "):
            read_folder(media, annotations=tmp_path / folder, rater="R1")


def test_names_of_files() -> None:
    files = [Path("x/a.eaf"), Path("x/b.eaf"), Path("y/b.eaf")]
    assert list(names_of_files(files).values()) == ["a", "x/b", "y/b"]
    assert list(names_of_files(files, {"a", "y/b"}).values()) == ["a.eaf", "x/b.eaf", "y/b.eaf"]
    assert list(names_of_files(files, has_suffix=True).values()) == ["a.eaf", "x/b.eaf", "y/b.eaf"]
    assert list(names_of_files([Path("a.eaf"), Path("x/a.eaf")]).values()) == ["a", "x/a"]
    assert files_that_need_names([{files[0]: {None}}, {files[1]: {"ann"}, files[2]: {"ann", None}}]) == [
        files[0],
        files[2],
    ]
    assert files_that_need_names([{files[0]: {None}}, {files[1]: {"ann"}, files[2]: {"ann"}}]) == []
    assert file_aliases(Path("r1_Talk.eaf"), "day/talk") == {"r1", "r1_Talk"}
    assert file_aliases(Path("talk.eaf"), "talk") == {"talk"}
    assert (nearest("emotion", ["Emotion", "words"]), nearest("", ["a"]), nearest("ann", [])) == ("Emotion", None, None)


def test_a_file_that_has_the_name_of_a_person_is_somebody_else(media: Path, tmp_path: Path) -> None:
    eaf(tmp_path / "e" / "x.eaf", (0, 2, "joy"), rater="ann")
    eaf(tmp_path / "e" / "ann.eaf", (0, 2, "fear"))
    corpus = read_folder(media, annotations=tmp_path / "e")
    assert {vote.rater for vote in corpus.monologues["a"].votes} == {"ann", "ann.eaf"}


def test_two_files_of_one_person_belong_together(media: Path, tmp_path: Path) -> None:
    eaf(tmp_path / "e" / "a1.eaf", (0, 2, "joy"), rater="ann")
    eaf(tmp_path / "e" / "a2.eaf", (2, 4, "fear"), (5, 7, "joy"), rater="ann")
    eaf(tmp_path / "e" / "a3.eaf", (5, 7, "fear"), rater="ann")
    corpus = read_folder(media, annotations=tmp_path / "e")
    a = corpus.monologues["a"]
    assert labels(a) == [(Span(0, 2), "Joy"), (Span(2, 4), "Fear"), (Span(5, 7), None)]
    assert votes(a)[-1] == ("ann", Span(5, 7), ("Joy", "Fear")) and a.votes[-1].raw == "joy;fear"
    assert codes(corpus) == {"no_annotation": 1, "too_many_labels": 1}


def test_a_table_that_names_some_raters(media: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "l.csv", "file,s,e,emo,who\na,0,2,joy,ann\na,0,2,fear,\nb,0,2,anger,\n")
    corpus = read_folder(media, annotations=table, columns=RATED)
    assert votes(corpus.monologues["a"]) == [("", Span(0, 2), ("Fear",)), ("ann", Span(0, 2), ("Joy",))]
    assert labels(corpus.monologues["b"]) == [(Span(0, 2), "Anger")]
    assert codes(corpus) == {"several_raters": 1}
    chosen = read_folder(media, annotations=table, columns=RATED, rater="ann")
    assert labels(chosen.monologues["a"]) == [(Span(0, 2), "Joy")] and codes(chosen) == {"missing_rater": 1}


def test_raters_who_agree_are_no_decision_either(media: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "l.csv", "file,s,e,emo,who\na,0,2,joy,ann\na,0,2,joy,bob\n")
    corpus = read_folder(media, annotations=table, columns=RATED)
    assert corpus.monologues["a"].utterances == () and codes(corpus) == {"no_annotation": 1, "several_raters": 1}


def test_a_rater_is_chosen_and_the_others_stay_votes(media: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "l.csv", "file,s,e,emo,who\na,0,2,joy,r1\na,1,9,sadnes,r2\na,4,5,glee,r2\n")
    corpus = read_folder(media, annotations=table, columns=RATED, rater="r1")
    a = corpus.monologues["a"]
    assert labels(a) == [(Span(0, 2), "Joy")] and a.duration == 2
    assert [(vote.rater, vote.labels, vote.open_labels, vote.raw) for vote in a.votes] == [
        ("r1", ("Joy",), (), "joy"),
        ("r2", ("Sadness",), (), "sadnes"),
        ("r2", (), ("glee",), "glee"),
    ]
    assert {(vote.item, vote.layer) for vote in a.votes} == {("folder/a", "basic7")}
    assert all(vote.provenance is not None and vote.provenance.file == "l.csv" for vote in a.votes)
    # What was read of the votes of others is a finding too.
    assert codes(corpus) == {"label_repaired": 1, "no_annotation": 1, "open_label": 1}


@pytest.mark.parametrize(("rater", "fix"), [("R1", "give 'r1' if it is meant"), ("zoe", "correct it")])
def test_a_rater_whom_nobody_names_is_refused(media: Path, tmp_path: Path, rater: str, fix: str) -> None:
    spans = written(tmp_path / "l.csv", "file,s,e,emo,who\na,0,2,joy,r1\nb,0,2,fear,ann\n")
    clips = written(tmp_path / "c.csv", "file,emo,who\na,joy,r1\nb,fear,ann\n")
    for table, columns in ((spans, RATED), (clips, {"item": "file", "label": "emo", "rater": "who"})):
        with pytest.raises(InvalidArgument) as caught:
            read_folder(media, annotations=table, columns=columns, rater=rater)
        assert str(caught.value) == f"rater must be one of 'ann', 'r1', got {rater!r}; {fix}: \"{table}\""


def test_votes_of_clips_decide_by_rater(media: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "c.csv", "file,emo,who\na,joy,r1\na,fear,r2\nb,anger,r2\n")
    columns = {"item": "file", "label": "emo", "rater": "who"}
    undecided = read_folder(media, annotations=table, columns=columns)
    assert [clip.decision and clip.decision.label for clip in undecided.clips] == [None, "Anger"]
    for rater, decided, found in (("r1", ["Joy", None], {"missing_rater": 1}), ("r2", ["Fear", "Anger"], {})):
        corpus = read_folder(media, annotations=table, columns=columns, rater=rater)
        assert [clip.decision and clip.decision.label for clip in corpus.clips] == decided
        assert [len(clip.votes) for clip in corpus.clips] == [2, 1] and codes(corpus) == found
    assert corpus.clips["a"].decisions["basic7"].recipe == {"method": "single vote", "rater": "r2"}


def test_a_set_of_labels_on_one_span_is_one_vote(media: Path, tmp_path: Path) -> None:
    table = written(
        tmp_path / "l.csv", "file,s,e,emo,who\na,0,2,joy,r1\na,0,2.0000000000000004,love,r1\na,1,3,fear,r1\n"
    )
    a = read_folder(media, annotations=table, columns=RATED, layer="goemotions").monologues["a"]
    assert votes(a) == [("r1", Span(0, 2), ("joy", "love")), ("r1", Span(1, 3), ("fear",))]
    assert [each.goemotions for each in a.utterances] == [("joy", "love"), ("fear",)]


def test_label_studio_annotations_without_a_rater_are_of_several(media: Path, tmp_path: Path) -> None:
    def result(label: str) -> dict[str, object]:
        value = {"start": 0, "end": 2, "labels": [label]}
        return {"value": value, "from_name": "emotion", "to_name": "video", "type": "labels"}

    annotations = [{"id": 7, "result": [result("joy")]}, {"id": 8, "result": [result("fear")]}]
    task = {"id": 1, "data": {"video": "a.mp4"}, "annotations": annotations}
    export = written(tmp_path / "x.json", json.dumps([task]))
    corpus = read_folder(media, annotations=export)
    assert votes(corpus.monologues["a"]) == [
        ("annotation 7", Span(0, 2), ("Joy",)),
        ("annotation 8", Span(0, 2), ("Fear",)),
    ]
    by = written(tmp_path / "by.json", json.dumps([task | {"annotations": [{**annotations[0], "completed_by": 3}]}]))
    assert [vote.rater for vote in read_folder(media, annotations=by).monologues["a"].votes] == ["3"]
    alone = written(tmp_path / "one.json", json.dumps([task | {"annotations": annotations[:1]}]))
    assert [vote.rater for vote in read_folder(media, annotations=alone).monologues["a"].votes] == [""]


def test_hidden_files_are_no_annotators(media: Path, tmp_path: Path) -> None:
    written(tmp_path / "e" / "a.csv", "file,s,e,emo\na,0,2,joy\n")
    written(tmp_path / "e" / ".ipynb_checkpoints" / "a.csv", "file,s,e,emo\na,0,2,fear\n")
    written(tmp_path / "e" / "._a.eaf", "no annotation")
    corpus = read_folder(media, annotations=tmp_path / "e", columns=COLUMNS)
    assert labels(corpus.monologues["a"]) == [(Span(0, 2), "Joy")] and codes(corpus) == {"no_annotation": 1}


def test_who_speaks_is_no_tier(media: Path, tmp_path: Path) -> None:
    rows = [
        Segment(Span(0, 1), "joy", "emotion", "ann", speaker="S1"),
        Segment(Span(1, 2), "fear", "emotion", "ann", speaker="S1"),
    ]
    write_eaf(tmp_path / "a.eaf", rows, media=("a.mp4",))
    assert [(each.rater, each.speaker) for each in read_eaf(tmp_path / "a.eaf").segments] == [("ann", "S1")] * 2
    a = read_folder(media, annotations=tmp_path / "a.eaf").monologues["a"]
    assert [each.speaker for each in a.utterances] == ["S1", "S1"] and a.group == {"speaker": "S1"}
    eaf(tmp_path / "b.eaf", (0, 1, "joy"), item="b.mp4")
    assert read_folder(media, annotations=tmp_path / "b.eaf").monologues["b"].utterances[0].speaker is None


def test_two_annotators_of_one_speaker_are_two_raters(media: Path, tmp_path: Path) -> None:
    for name, label in (("a_1", "joy"), ("a_2", "fear")):
        path = eaf(tmp_path / "e" / f"{name}.eaf", (0, 2, label))
        path.write_text(path.read_text().replace("TIER_ID=", 'PARTICIPANT="S1" TIER_ID='))
    a = read_folder(media, annotations=tmp_path / "e").monologues["a"]
    assert {vote.rater for vote in a.votes} == {"a_1", "a_2"} and a.group == {"speaker": "S1"}


def test_votes_and_groups_are_saved(media: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "l.csv", "file,s,e,emo,who,sure\na,0,1/3,joy,ann,0.5\na,0,2,glee,bob,1\n")
    corpus = read_folder(media, annotations=table, columns=RATED | {"confidence": "sure"}, rater="ann")
    (a,) = corpus.monologues
    assert a.utterances[0].confidence == 0.5 and a.votes[0].span == Span(0, "1/3") and len(a.votes) == 2
    assert corpus.doctor().counts["votes"] == 2
    for files in ((), ("items.jsonl",)):
        saved = tmp_path / f"saved{len(files)}"
        corpus.save(saved)
        for file in files:
            (saved / file).unlink()
        assert list(Corpus.load(saved).monologues) == [a]


def test_monologues_that_were_saved_before_had_no_votes() -> None:
    film = Monologue(key="own/f", name="f", title="f", language="en", duration=Fraction(1))
    old = {name: value for name, value in encode(film).items() if name not in ("votes", "group")}
    assert decode(Monologue, old) == film


def test_words_of_votes_that_no_taxonomy_has_are_a_finding(media: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "l.csv", "file,s,e,emo,who\na,0,1,glee,ann\na,0,2,mirth,bob\n")
    found = read_folder(media, annotations=table, columns=RATED).doctor().findings
    assert found.counts()["no_known_label"] == 1


# The law: nothing is lost, and nothing is made up.

WORDS = ("joy", "fear", "anger", "sadness", "contempt", "zest")
RATERS = ("", "ann", "bob")


@st.composite
def tables(draw: st.DrawFn) -> dict[str, list[tuple[str, int, int, str, str]]]:
    names = draw(st.lists(st.sampled_from(["one", "two", "ann", "sub/one"]), min_size=1, max_size=3, unique=True))
    span = st.tuples(st.integers(0, 6), st.integers(1, 4)).map(lambda pair: (pair[0], pair[0] + pair[1]))
    row = st.tuples(st.sampled_from("ab"), span, st.sampled_from(WORDS), st.sampled_from(RATERS)).map(
        lambda each: (each[0], *each[1], each[2], each[3])
    )
    return {name: draw(st.lists(row, min_size=1, max_size=6)) for name in names}


def table_text(rows: list[tuple[str, int, int, str, str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([("file", "s", "e", "emo", "who"), *rows])
    return text.getvalue()


def read_tables(
    folder: Path, files: Mapping[str, list[tuple[str, int, int, str, str]]], layer: str, rater: str | None
) -> Corpus:
    shutil.rmtree(folder / "e", ignore_errors=True)
    for name, rows in files.items():
        written(folder / "e" / f"{name}.csv", table_text(rows))
    return read_folder(folder / "media", annotations=folder / "e", columns=RATED, layer=layer, rater=rater)


def words_of(vote: Vote) -> Iterator[tuple[str, int, int, str, str]]:
    assert vote.span is not None
    for word in (*vote.labels, *vote.open_labels):
        yield vote.item[-1], int(vote.span.start), int(vote.span.end), word.lower(), vote.rater


def labels_by_key(corpus: Corpus, layer: str) -> dict[str, list[tuple[Span, tuple[str, ...], tuple[str, ...]]]]:
    return {
        each.key: [(one.span, one.labels_in(layer), one.open_labels) for one in each.utterances]
        for each in corpus.monologues
        if each.utterances
    }


@LAW
@given(tables(), st.sampled_from(["basic7", "goemotions"]))
def test_every_word_is_one_vote_and_no_other_word_is(
    files: dict[str, list[tuple[str, int, int, str, str]]], layer: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "media").mkdir()
        for item in "ab":
            (folder / "media" / f"{item}.mp4").write_bytes(b"x")
        corpus = read_tables(folder, files, layer, None)
        found = [word for each in corpus.monologues for vote in each.votes for word in words_of(vote)]
        assert len(found) == len(set(found))
        # As soon as files are about one medium, nameless labels of all files have the names of the files.
        about = {(name, row[0]) for name, rows in files.items() for row in rows}
        nameless = [(name, row[0]) for name, rows in files.items() for row in rows if not row[4]]
        is_shared = any(other != name and item == own for name, own in nameless for other, item in about)
        shared = {name for name, _ in nameless} if is_shared else set()
        named = {row[4] for rows in files.values() for row in rows} - {""}
        paths = names_of_files(sorted(folder / "e" / f"{each}.csv" for each in shared), named)
        own = {path.relative_to(folder / "e").with_suffix("").as_posix(): rater for path, rater in paths.items()}
        # Of two labels of one person on one span the first counts, in the order of the files.
        rows_in_order = [(*row[:4], row[4] or own.get(name, "")) for name in sorted(files) for row in files[name]]
        assert set(found) == set(rows_in_order)
        # Whose labels count are those of a folder that holds them alone.
        for rater in {row[4] for row in rows_in_order}:
            chosen = read_tables(folder, files, layer, rater)
            alone = {"alone": [row for row in rows_in_order if row[4] == rater]}
            single = read_tables(folder, alone, layer, None)
            assert labels_by_key(chosen, layer) == labels_by_key(single, layer)
