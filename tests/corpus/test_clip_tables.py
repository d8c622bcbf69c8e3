"""Tables of whole clips: every way to write one, every column, and what is wrong with rows and columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_folders import media_folder

from emos_io import Span
from emos_io.corpus import Clip, Corpus
from emos_io.errors import InvalidArgument, SourceUnreadable

COLUMNS = {"item": "file", "label": "emo"}
SPANS = {**COLUMNS, "start": "s", "end": "e"}


@pytest.fixture
def media(tmp_path: Path) -> Path:
    return media_folder(tmp_path / "clips", ("a.mp4", "b.mp4", "c.mp4"))


def read(media: Path, text: str | bytes, name: str = "l.csv", **options: Any) -> Corpus:
    table = media.parent / name
    table.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Corpus.from_folder(media, annotations=table, **{"columns": COLUMNS, **options})


def clip(media: Path, text: str, **columns: str) -> tuple[Clip, dict[str, int]]:
    """The first clip of a table, and the counts of findings."""
    corpus = read(media, text, columns={**COLUMNS, **columns})
    return corpus.clips[0], corpus.findings.counts()


@pytest.mark.parametrize("name", ["l.csv", "l.tsv", "l.CSV", "l.TSV", "l.Csv"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_clips_and_spans_are_read_from_every_table(media: Path, name: str, delimiter: str, encoding: str) -> None:
    clips = "file,emo\na.mp4,高兴\nb.mp4,生气\n".replace(",", delimiter).encode(encoding)
    corpus = read(media, clips, name)
    assert [each.decision.label for each in corpus.clips if each.decision] == ["Joy", "Anger"]
    spans = "file,s,e,emo\na,0,1,高兴\n".replace(",", delimiter).encode(encoding)
    monologue = read(media, spans, name, columns=SPANS).monologues[0]
    assert [(each.span, each.basic7) for each in monologue.utterances] == [(Span(0, 1), "Joy")]
    assert corpus.findings.counts().get("encoding", 0) == (encoding == "gb18030")
    assert not corpus.findings.counts().keys() - {"encoding", "label_repaired"}
    for table, columns in ((clips, COLUMNS), (spans, SPANS)):
        given_both = read(media, table, name, columns=columns, encoding=encoding, delimiter=delimiter)
        assert "encoding" not in given_both.findings.counts() and len(given_both) == len(corpus.clips) - (
            columns is SPANS
        )


def test_labels_of_a_set_are_quoted_beside_semicolons(media: Path) -> None:
    corpus = read(media, 'file;emo\na;"joy;pride"\n', layer="goemotions")
    assert corpus.clips[0].votes[0].labels == ("joy", "pride")
    corpus = read(media, "file;emo\na;joy;pride\n", layer="goemotions")
    assert (len(corpus.clips), corpus.findings.counts()) == (0, {"row_length": 1})


def test_speaker_and_groups(media: Path) -> None:
    text = "file,emo,who,k,part,cohort,sess\na,joy, s1 ,1,train,x,d 1\n"
    found, codes = clip(media, text, speaker="who", fold="k", split="part", group="cohort", **{"group:session": "sess"})
    assert (found.speaker, codes) == ("s1", {})
    assert found.group == {
        "video": "a", "speaker": "s1", "fold": "1", "split": "train", "group": "x", "session": "d 1",
    }  # fmt: skip
    # A kind that the folder gives by itself is what the table says.
    found, _ = clip(media, "file,emo,vid\na,joy,film\n", **{"group:video": "vid"})
    assert found.group == {"video": "film"}
    found, codes = clip(media, "file,emo,who\na,joy,\n", speaker="who")
    assert (found.speaker, found.group, codes) == (None, {"video": "a"}, {})


def test_rows_that_contradict_are_findings(media: Path) -> None:
    text = "file,emo,r,who,k,t\na,joy,r1,s1,1,hi\na,joy,r2,s2,1,ho\na,joy,r3,,,\nb,joy,r1,,2,\n"
    columns = {**COLUMNS, "rater": "r", "speaker": "who", "fold": "k", "text": "t"}
    corpus = read(media, text, columns=columns)
    assert (corpus.clips["a"].speaker, corpus.clips["a"].group["fold"], corpus.clips["a"].text) == (None, "1", "hi")
    assert [(each.code, each.where) for each in corpus.findings] == [
        ("text_differs", "l.csv, row 3"),
        ("several_raters", "l.csv"),
        ("conflicting_group", "a"),
        ("conflicting_group", "l.csv, row 4"),
    ]
    assert "its rows give speaker the names 's1', 's2'" in corpus.findings[2].what
    assert "row 4 of a have no fold, and others have '1'" in corpus.findings[3].what


def test_confidence_is_that_of_a_single_vote(media: Path) -> None:
    found, codes = clip(media, "file,emo,conf\na,joy,0.3\n", confidence="conf")
    assert (found.confidence, codes) == (0.3, {})
    assert found.decision is not None and dict(found.decision.scores) == {"Joy": 1.0}
    found, codes = clip(media, "file;emo;conf\na;joy;0,25\n", confidence="conf")
    assert (found.confidence, codes) == (0.25, {})
    found, codes = clip(media, "file,emo,conf\na,joy,\n", confidence="conf")
    assert (found.confidence, codes) == (1.0, {})
    for wrong in ("1.5", "-0.1", "sure", "nan", "1/2"):
        found, codes = clip(media, f"file,emo,conf\na,joy,{wrong}\n", confidence="conf")
        assert (found.confidence, codes) == (1.0, {"bad_confidence": 1})
    _, codes = clip(media, "file,emo,r,conf\na,joy,r1,0.3\na,fear,r2,0.5\n", rater="r", confidence="conf")
    assert codes == {"unused_confidence": 1, "several_raters": 1}


def test_intensity_is_a_layer(media: Path) -> None:
    found, codes = clip(media, "file,emo,i\na,joy,4\n", intensity="i")
    assert codes == {} and sorted(found.decisions) == ["basic7", "intensity"]
    assert [vote.labels for vote in found.votes_in("intensity")] == [("4",)]
    assert found.decisions["intensity"].label == "4"
    found, codes = clip(media, "file,emo,r,i\na,joy,r1,4\na,joy,r2,2\n", rater="r", intensity="i")
    assert [(vote.rater, vote.labels) for vote in found.votes_in("intensity")] == [("r1", ("4",)), ("r2", ("2",))]
    assert codes == {"several_raters": 1} and found.decisions == {}
    for wrong in ("0", "6", "4.5", "high", "-1"):
        found, codes = clip(media, f"file,emo,i\na,joy,{wrong}\n", intensity="i")
        assert codes == {"bad_intensity": 1} and found.votes_in("intensity") == ()


def test_one_table_holds_several_layers(media: Path, tmp_path: Path) -> None:
    text = "file,emo,l,i\na,joy,basic7,3\na,pride;love,goemotions,3\na,joy,mood,\nb,fear,,\na,joy,goemotions,2\n"
    corpus = read(media, text, columns={**COLUMNS, "layer": "l", "intensity": "i"})
    found = corpus.clips["a"]
    assert {layer: each.labels for layer, each in found.decisions.items()} == {
        "basic7": ("Joy",), "goemotions": ("pride", "love", "joy"), "intensity": ("3",),
    }  # fmt: skip
    assert corpus.clips["b"].decision is not None
    assert [(each.code, each.where) for each in corpus.findings] == [
        ("unknown_layer", "l.csv, row 4"), ("second_vote", "l.csv, row 6"),
    ]  # fmt: skip
    corpus.save(tmp_path / "saved")
    assert list(Corpus.load(tmp_path / "saved").clips) == list(corpus.clips)


def test_tables_of_several_raters_without_a_column_of_raters(media: Path, tmp_path: Path) -> None:
    raters = tmp_path / "raters"
    raters.mkdir()
    (raters / "ann.csv").write_text("file,emo\na,joy\nb,joy\n")
    (raters / "bob.csv").write_text("file;emo\na;fear\n")
    corpus = Corpus.from_folder(media, annotations=raters, columns=COLUMNS)
    assert [(vote.rater, vote.labels) for vote in corpus.clips["a"].votes] == [("ann", ("Joy",)), ("bob", ("Fear",))]
    assert [(each.code, each.where) for each in corpus.findings] == [("several_raters", "raters")]
    # Tables about different clips are parts of one.
    (raters / "bob.csv").write_text("file;emo\nc;fear\n")
    corpus = Corpus.from_folder(media, annotations=raters, columns=COLUMNS)
    assert {vote.rater for each in corpus.clips for vote in each.votes} == {""}


def test_rows_without_an_item_are_findings(media: Path) -> None:
    corpus = read(media, "file,emo\n,joy\na,joy\nz,joy\n")
    assert [(each.code, each.where) for each in corpus.findings] == [
        ("missing_id", "l.csv, row 2"), ("unknown_media", "l.csv, row 4"),
    ]  # fmt: skip
    corpus = read(media, "file,s,e,emo\n,0,1,joy\na,0,1,joy\n", columns=SPANS)
    assert [each.code for each in corpus.findings if each.code != "no_annotation"] == ["missing_id"]
    # A table of one file, by its name, may leave the column empty.
    corpus = read(media, "file,s,e,emo\n,0,1,joy\n", "a.csv", columns=SPANS)
    assert corpus.monologues.keys() == ["folder/a"]


def test_a_table_without_rows_says_so(media: Path) -> None:
    for columns in (COLUMNS, SPANS):
        corpus = read(media, "file,s,e,emo\n,,,\n", columns=columns)
        assert (len(corpus), corpus.findings.counts()["no_rows"]) == (0, 1)
        with pytest.raises(SourceUnreadable, match="the table is empty; its first row must name its columns"):
            read(media, "", columns=columns)


@pytest.mark.parametrize("columns", [None, {}], ids=["none", "empty"])
def test_forgotten_columns_are_listed_with_an_example(media: Path, columns: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read(media, "Video;Onset;Offset;Emotion;x\na;0;1;joy;\n", columns=columns)
    table = media.parent / "l.csv"
    assert str(caught.value) == (
        "columns must name item and label, and start and end if there are times, got none; the table has the columns "
        "'Video', 'Onset', 'Offset', 'Emotion', 'x', so give for instance columns={'item': 'Video', 'start': 'Onset', "
        f"'end': 'Offset', 'label': 'Emotion'}}: \"{table}\""
    )
    with pytest.raises(InvalidArgument, match=r"give for instance columns=\{'item': 'NAME', 'label': 'NAME'\}"):
        read(media, "who,what\na,joy\n", columns=columns)
    with pytest.raises(InvalidArgument, match=r"columns=\{'item': '文件', 'label': '情绪'\}"):
        read(media, "文件,情绪\na,高兴\n".encode("gbk"), columns=columns)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({**COLUMNS, "speeker": "emo"}, "columns must map fields .* got 'speeker'; write 'speaker'"),
        ({**COLUMNS, "start_frame": "emo"}, "columns must have start, one of end and duration"),
        ({**COLUMNS, "duration": "emo"}, "columns must have start, one of end and duration"),
        (
            {**COLUMNS, "speaker": "who"},
            "the column of speaker must be .*, got 'who', .* none of the columns 'file', 'emo'",
        ),
        ({**COLUMNS, "label": "Emo"}, "got 'Emo', which is .*; write 'emo', or correct columns"),
        ({**COLUMNS, "speaker": 3}, r"columns\['speaker'\] must be the name of a column, got 3"),
        (
            {"label": "emo"},
            r"columns must name item and label, .* got \['label'\]; the table has the columns 'file', 'emo'",
        ),
        ([("item", "file")], "columns must be a mapping"),
    ],
    ids=["unknown", "frame", "duration", "absent", "case", "number", "no-item", "list"],
)
def test_columns_are_used_or_refused(media: Path, columns: Any, says: str) -> None:
    with pytest.raises(InvalidArgument, match=says):
        read(media, "file,emo\na,joy\n", columns=columns)


def test_names_that_are_there_twice_are_refused(media: Path) -> None:
    with pytest.raises(InvalidArgument, match="got 'emo', which is the name of 2 of the columns 'file', 'emo', 'emo'"):
        read(media, "file,emo,emo\na,joy,fear\n")
    assert len(read(media, "file,emo,x,x\na,joy,1,2\n").clips) == 1


def test_wrong_encodings_and_delimiters_are_refused(media: Path) -> None:
    for options, says in (
        ({"encoding": "klingon"}, "encoding must be a name that Python knows"),
        ({"delimiter": ",,"}, "delimiter must be one character"),
        ({"delimiter": 3}, "delimiter must be one character"),
    ):
        with pytest.raises(InvalidArgument, match=says):
            read(media, "file,emo\na,joy\n", **options)


def test_one_encoding_is_for_all_text_files_that_do_not_say_theirs(media: Path, tmp_path: Path) -> None:
    spoken = tmp_path / "spoken"
    spoken.mkdir()
    cue = "1\n00:00:00,000 --> 00:00:01,000\n宇宙,你好\n"
    (spoken / "a.srt").write_bytes(cue.encode("gb2312"))
    (spoken / "b.srt").write_bytes(cue.encode("utf-8-sig"))
    (spoken / "c.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\n宇宙,你好\n", encoding="utf-8")
    text = "file,s,e,emo\na,0,2,高兴\nb,0,2,高兴\nc,0,2,高兴\n".encode("gbk")
    corpus = read(media, text, columns=SPANS, sentences=spoken, encoding="gb18030")
    assert [each.sentences[0].text for each in corpus.monologues] == ["宇宙,你好"] * 3
    assert corpus.findings.counts() == {"label_repaired": 3}
    corpus = read(media, text, columns=SPANS, sentences=spoken)
    assert [each.sentences[0].text for each in corpus.monologues] == ["宇宙,你好"] * 3
    assert corpus.findings.counts()["encoding"] == 2


def test_frames_of_tables(media: Path) -> None:
    text = "file,f0,f1,emo\na,0,24,joy\na,25,49,fear\n"
    columns = {**COLUMNS, "start_frame": "f0", "end_frame": "f1"}
    one = read(media, text, columns=columns, frame_rate=25).monologues[0]
    assert [each.span for each in one.utterances] == [Span(0, 1), Span(1, 2)]
    ntsc = read(media, text, columns=columns, frame_rate="30000/1001").monologues[0]
    assert ntsc.utterances[0].span == Span(0, "25025/30000")
    with pytest.raises(InvalidArgument, match="frame_rate must be given for the column of start_frame"):
        read(media, text, columns=columns)


cells = st.sampled_from(["a", "b.mp4", "c", "", "zz", " a "])
labels = st.sampled_from(["joy", "fear", "", "happyish", "joy;fear", "ANGER"])


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, labels, st.sampled_from(["r1", "r2", ""])), max_size=8))
def test_no_vote_is_lost_without_a_finding(media: Path, rows: list[tuple[str, str, str]]) -> None:
    text = "file\temo\tr\n" + "".join("\t".join(row) + "\n" for row in rows)
    corpus = read(media, text, columns={**COLUMNS, "rater": "r"})
    counts = corpus.findings.counts()
    num_votes = sum(len(each.votes) for each in corpus.clips)
    lost = sum(
        counts.get(code, 0) for code in ("missing_id", "unknown_media", "second_vote", "repeated_label", "no_label")
    )
    assert num_votes + lost == sum(any(cell.strip() for cell in row) for row in rows)
