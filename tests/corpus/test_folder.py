"""Your own data: media in a folder, labels and sentences as tools write them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.errors import CorpusError, InvalidArgument, SourceNotFound, SourceUnreadable
from emos_io.formats import Segment, write_eaf, write_textgrid

COLUMNS = {"item": "file", "start": "t0", "end": "t1", "label": "emotion"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    media = tmp_path / "clips"
    (media / "deep").mkdir(parents=True)
    for name in ("one.mp4", "two.mov", "deep/three.wav"):
        (media / name).write_bytes(b"x")
    return media


def test_a_table_of_spans(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(
        "file,t0,t1,emotion\none.mp4,0,1500,Joy\none.mp4,1500,2250,anger\ntwo,100,200,Happyness\nfour.mp4,0,1,Joy\n",
        "utf-8",
    )
    corpus = Corpus.from_folder(folder, annotations=table, columns=COLUMNS, unit="ms")
    assert corpus.monologues.keys() == ["folder/one", "folder/two"]
    one = corpus.monologues["one"]
    assert [(u.span, u.basic7) for u in one.utterances] == [(Span(0, "1.5"), "Joy"), (Span("1.5", "2.25"), "Anger")]
    assert one.labels("basic7").at([0.2, 1.5, 3]) == ["Joy", "Anger", None]
    assert one.duration == Fraction(9, 4)
    two = corpus.monologues["two"]
    assert two.utterances[0].basic7 is None and two.utterances[0].open_labels == ("Happyness",)
    assert corpus.findings.counts() == {"no_annotation": 1, "open_label": 1, "unknown_media": 1}


def test_length_comes_from_a_probe(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("file,t0,t1,emotion\none.mp4,0,5,Joy\n")
    corpus = Corpus.from_folder(folder, annotations=table, columns=COLUMNS, probe=lambda _: 2.5)
    assert corpus.monologues["one"].duration == Fraction(5, 2)
    assert corpus.findings.counts()["label_after_end"] == 1


def test_the_length_that_a_probe_gives_is_kept_exactly(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("file,t0,t1,emotion\none.mp4,0,1,Joy\n")
    exact = Fraction(123_456_789_012, 90_000_001)
    corpus = Corpus.from_folder(folder, annotations=table, columns=COLUMNS, probe=lambda _: exact)
    assert corpus.monologues["one"].duration == exact


def test_a_table_without_times_is_of_clips(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text(
        "name,label,who\none.mp4,joy;pride,ann\none.mp4,joy,bob\ndeep/three.wav,neutral,ann\none.mp4,fear,ann\n"
    )
    columns = {"item": "name", "label": "label", "rater": "who"}
    corpus = Corpus.from_folder(folder, annotations=table, columns=columns, layer="goemotions", language="en")
    assert corpus.clips.keys() == ["folder/one", "folder/deep/three"]
    # Rows of one rater in a layer of sets are one set.
    votes = [(v.rater, v.labels) for v in corpus.clips["one"].votes]
    assert votes == [("ann", ("joy", "pride", "fear")), ("bob", ("joy",))]
    assert corpus.clips["one"].decisions == {}
    assert corpus.clips["deep/three"].decisions["goemotions"].labels == ("neutral",)
    assert corpus.findings.counts() == {"several_raters": 1}


def test_elan_with_a_chosen_tier_and_relinked_media(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "session7.eaf"
    segments = [
        Segment(Span(0, 2), "Joy", "emotion"),
        Segment(Span(2, 3), "Sadness", "emotion"),
        Segment(Span(0, 3), "hello", "words"),
    ]
    write_eaf(file, segments, media=("file:///somewhere/else/one.mp4",))
    corpus = Corpus.from_folder(folder, annotations=file, elan_tier="emotion")
    assert [u.basic7 for u in corpus.monologues["one"].utterances] == ["Joy", "Sadness"]
    with pytest.raises(
        InvalidArgument, match="elan_tier must be one of 'emotion', 'words', got None; several have labels, name one"
    ):
        Corpus.from_folder(folder, annotations=file)
    with pytest.raises(InvalidArgument, match="elan_tier must be one of 'emotion', 'words', got 'mood'; correct it"):
        Corpus.from_folder(folder, annotations=file, elan_tier="mood")


def test_a_folder_of_textgrids_by_name(folder: Path, tmp_path: Path) -> None:
    grids = tmp_path / "grids"
    grids.mkdir()
    for name in ("one", "two"):
        write_textgrid(grids / f"{name}.TextGrid", [Segment(Span(0, 1), "Fear", "emotion")])
    corpus = Corpus.from_folder(folder, annotations=grids)
    assert corpus.monologues.keys() == ["folder/one", "folder/two"]


def test_sentences_beside_labels(folder: Path, tmp_path: Path) -> None:
    table, spoken = tmp_path / "labels.csv", tmp_path / "spoken"
    table.write_text("file,t0,t1,emotion\none.mp4,0,5,Joy\ntwo.mov,0,5,Joy\n")
    spoken.mkdir()
    (spoken / "one.srt").write_text("1\n00:00:00,500 --> 00:00:01,750\nHello.\n")
    (spoken / "two.json").write_text(
        json.dumps(
            {
                "segments": [
                    {
                        "start": 1.25,
                        "end": 2.5,
                        "text": " Hi there.",
                        "words": [{"word": "Hi", "start": 1.25, "end": 1.5}],
                    }
                ]
            }
        )
    )
    corpus = Corpus.from_folder(folder, annotations=table, columns=COLUMNS, sentences=spoken)
    assert [(s.span, s.text) for s in corpus.monologues["one"].sentences] == [(Span("0.5", "1.75"), "Hello.")]
    assert [(s.span, s.text) for s in corpus.monologues["two"].sentences] == [(Span("1.25", "2.5"), "Hi there.")]


def test_labels_of_several_raters_must_be_chosen(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("file,t0,t1,emotion,who\none.mp4,0,5,Joy,ann\none.mp4,0,5,Fear,bob\n")
    columns = COLUMNS | {"rater": "who"}
    undecided = Corpus.from_folder(folder, annotations=table, columns=columns)
    assert undecided.monologues["one"].utterances == () and len(undecided.monologues["one"].votes) == 2
    assert undecided.findings.counts()["several_raters"] == 1
    corpus = Corpus.from_folder(folder, annotations=table, columns=columns, rater="bob")
    assert [u.basic7 for u in corpus.monologues["one"].utterances] == ["Fear"]


def test_overlapping_labels_are_findings(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("file,t0,t1,emotion\none.mp4,0,5,Joy\none.mp4,4,6,Fear\n")
    corpus = Corpus.from_folder(folder, annotations=table, columns=COLUMNS)
    assert corpus.findings.counts()["overlap"] == 1
    with pytest.raises(CorpusError, match="overlap"):
        Corpus.from_folder(folder, annotations=table, columns=COLUMNS, strict=True)


def test_wrong_arguments(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="no folder of media"):
        Corpus.from_folder(tmp_path / "nowhere", annotations="labels.csv")
    with pytest.raises(SourceNotFound, match="no annotations"):
        Corpus.from_folder(folder, annotations="labels.csv")
    table = tmp_path / "labels.csv"
    table.write_text("file,emotion\none.mp4,Joy\n")
    with pytest.raises(
        InvalidArgument, match=r"columns must name item and label, .* got none; the table has the columns 'file'"
    ):
        Corpus.from_folder(folder, annotations=table)
    with pytest.raises(InvalidArgument) as caught:
        Corpus.from_folder(folder, annotations=table, columns={"item": "file", "label": "mood"})
    assert str(caught.value) == (
        "the column of label must be the name of one column, got 'mood', which is the name of none of the columns 'file', "
        f"'emotion'; correct columns: \"{table}\""
    )
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"file,emotion\none.mp4,\xff\n")
    with pytest.raises(
        SourceUnreadable, match=r"byte 21 \(line 2\) is not UTF-8, and .* no Chinese in GB18030; give the encoding"
    ):
        Corpus.from_folder(folder, annotations=broken, columns={"item": "file", "label": "emotion"})
    with pytest.raises(InvalidArgument, match=r"taxonomy must be one of basic7, .*, got 'mood'"):
        Corpus.from_folder(folder, annotations=table, columns={"item": "file", "label": "emotion"}, layer="mood")


MELD = (
    "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\n"
    '1,"also, hi",Chandler,neutral,neutral,0,0,8,21,"00:16:16,059","00:16:21,731"\n'
    '2,Oh,Ross,joy,positive,0,1,8,21,"00:16:22,059","00:16:23,731"\n'
)


def test_meld_from_its_own_csv(tmp_path: Path) -> None:
    for part in ("train", "dev"):
        (tmp_path / f"{part}_sent_emo.csv").write_text(MELD)
    corpus = Corpus.from_meld(tmp_path)
    assert corpus.clips.keys() == [f"meld-{part}/dia0_utt{u}" for part in ("train", "dev") for u in (0, 1)]
    clip = corpus.clips["meld-train/dia0_utt1"]
    assert clip.decision is not None
    assert (clip.decision.label, clip.speaker, clip.attributes["start"]) == ("Joy", "Ross", "00:16:22,059")
    assert len(Corpus.from_meld(tmp_path / "dev_sent_emo.csv").clips) == 2
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="holds none of"):
        Corpus.from_meld(tmp_path / "empty")


def test_chsims_from_its_own_csv(release_path: Path) -> None:
    corpus = Corpus.from_chsims(release_path / "data-final" / "datasets" / "ch-simsv2s")
    assert len(corpus.clips) == 4403 and len(corpus.findings) == 0
    clip = corpus.clips["video_0001/0001"]
    assert {layer: decision.label for layer, decision in clip.decisions.items()} == {
        "sentiment2": "negative", "sentiment3": "negative", "sentiment5": "negative",
    }  # fmt: skip
    modes = [clip.attributes["mode"] for clip in corpus.clips]
    assert (modes.count("train"), modes.count("valid"), modes.count("test")) == (2722, 647, 1034)


def test_the_clock_of_meld_is_a_span_and_its_text_is_kept(tmp_path: Path) -> None:
    (tmp_path / "dev_sent_emo.csv").write_text(MELD)
    corpus = Corpus.from_meld(tmp_path)
    clip = corpus.clips["meld-dev/dia0_utt0"]
    # 16 minutes are 960 seconds.
    assert clip.published_span == Span("976.059", "981.731") and clip.duration == Fraction("5.672")
    assert (clip.attributes["start"], clip.attributes["end"]) == ("00:16:16,059", "00:16:21,731")
    assert len(corpus.findings) == 0


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [("00:16:16,059", "16.5", "bad_time"), ("00:61:16,059", "01:02:00,000", "bad_time"), ("", "00:16:21,731", "bad_time"),
     ("00:16:21,731", "00:16:21,731", "empty_span"), ("00:16:21,731", "00:16:16,059", "empty_span"), ("", "", None)],
)  # fmt: skip
def test_a_clock_that_is_none_is_a_finding(tmp_path: Path, start: str, end: str, code: str | None) -> None:
    rows = MELD.replace("00:16:16,059", start).replace("00:16:21,731", end)
    (tmp_path / "dev_sent_emo.csv").write_text(rows)
    corpus = Corpus.from_meld(tmp_path)
    clip = corpus.clips["meld-dev/dia0_utt0"]
    assert clip.published_span is None and clip.duration is None
    assert corpus.findings.counts() == ({} if code is None else {code: 1})
    assert all(finding.where == "dev_sent_emo.csv, row 2" for finding in corpus.findings)
