"""Own data: tiers that files lack, labels that cannot be used, and files that hold none are findings, and stop nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from own_folders import COLUMNS, codes, eaf, labels, media_folder, votes, written

from emos_io import Span
from emos_io.corpus import read_folder
from emos_io.errors import InvalidArgument, SourceNotFound, SourceUnreadable
from emos_io.formats import Segment, read_eaf, write_eaf


@pytest.fixture
def media(tmp_path: Path) -> Path:
    return media_folder(tmp_path / "media", ("a.mp4", "b.mp4"))


# Tiers.


def test_a_file_without_the_tier_does_not_stop_the_others(media: Path, tmp_path: Path) -> None:
    eaf(tmp_path / "e" / "a.eaf", (0, 2, "joy"))
    eaf(tmp_path / "e" / "b.eaf", (0, 2, "fear"), tier="Emotion", item="b.mp4")
    corpus = read_folder(media, annotations=tmp_path / "e", elan_tier="emotion")
    assert corpus.monologues.keys() == ["folder/a"]
    finding = next(each for each in corpus.findings if each.code == "missing_tier")
    assert (finding.where, finding.what) == ("b.eaf", "it has no tier 'emotion'; its tiers are 'Emotion'")
    assert codes(corpus) == {"missing_tier": 1, "no_annotation": 1}
    with pytest.raises(InvalidArgument) as caught:
        read_folder(media, annotations=tmp_path / "e", elan_tier="Emotions")
    assert str(caught.value) == (
        "elan_tier must be one of 'Emotion', 'emotion', got 'Emotions'; give 'Emotion' if it is meant: "
        f'"{tmp_path / "e"}"'
    )


def test_a_file_with_several_tiers_does_not_stop_the_others(media: Path, tmp_path: Path) -> None:
    eaf(tmp_path / "e" / "a.eaf", (0, 2, "joy"))
    both = [Segment(Span(0, 2), "joy", "emotion"), Segment(Span(0, 2), "hello", "words")]
    write_eaf(tmp_path / "e" / "b.eaf", both, media=("b.mp4",))
    corpus = read_folder(media, annotations=tmp_path / "e")
    assert corpus.monologues.keys() == ["folder/a"] and codes(corpus) == {"no_annotation": 1, "several_tiers": 1}
    named = read_folder(media, annotations=tmp_path / "e", elan_tier="emotion")
    assert len(named.monologues) == 2 and codes(named) == {}
    eaf(tmp_path / "e" / "a.eaf", tier="emotion")
    with pytest.raises(InvalidArgument, match="elan_tier must be one of 'emotion', 'words', got None; several have"):
        read_folder(media, annotations=tmp_path / "e")


def test_a_table_without_layers_has_no_tier_to_lack(media: Path, tmp_path: Path) -> None:
    eaf(tmp_path / "e" / "a.eaf", (0, 2, "joy"))
    written(tmp_path / "e" / "l.csv", "file,s,e,emo\nb,0,2,fear\n")
    corpus = read_folder(media, annotations=tmp_path / "e", columns=COLUMNS, elan_tier="emotion")
    assert [len(each.utterances) for each in corpus.monologues] == [1, 1] and codes(corpus) == {}


def test_a_layer_of_a_table_is_its_tier(media: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "l.csv", "file,s,e,emo,kind\na,0,2,joy,felt\na,0,2,fear,heard\n")
    columns = COLUMNS | {"layer": "kind"}
    corpus = read_folder(media, annotations=table, columns=columns, elan_tier="heard")
    assert labels(corpus.monologues["a"]) == [(Span(0, 2), "Fear")]
    with pytest.raises(InvalidArgument, match="elan_tier must be one of 'felt', 'heard', got None"):
        read_folder(media, annotations=table, columns=columns)


@pytest.mark.parametrize("elan_tier", [None, "emotion"])
def test_a_file_without_a_label_is_a_finding(media: Path, tmp_path: Path, elan_tier: str | None) -> None:
    eaf(tmp_path / "e" / "a.eaf", (0, 2, "joy"))
    empty = eaf(tmp_path / "e" / "b.eaf", (0, 2, "fear"), item="b.mp4")
    empty.write_text(empty.read_text().replace("<ANNOTATION>", "<!--").replace("</ANNOTATION>", "-->"))
    corpus = read_folder(media, annotations=tmp_path / "e", elan_tier=elan_tier)
    assert read_eaf(empty).tiers == ("emotion",)
    finding = next(each for each in corpus.findings if each.code == "no_labels")
    assert (finding.where, finding.severity) == ("b.eaf", "fault")
    assert finding.what == ("it has no label" if elan_tier is None else "its tier 'emotion' has no label")
    assert codes(corpus) == {"no_annotation": 1, "no_labels": 1}


POINTS = """File type = "ooTextFile"
Object class = "TextGrid"

0 9 <exists> {count}
"TextTier" "tones" 0 9 3 0.5 "joy" 1 "" 2 "fear"
{more}"""
INTERVALS = '"IntervalTier" "emotion" 0 9 2 0 4 "joy" 4 9 ""'


@pytest.mark.parametrize(
    ("more", "elan_tier", "found"),
    [
        ("", None, {"no_annotation": 2, "point_labels": 1}),
        (INTERVALS, None, {"no_annotation": 1, "point_labels": 1}),
        (INTERVALS, "emotion", {"no_annotation": 1}),
        (INTERVALS, "tones", {"no_annotation": 2, "point_labels": 1}),
    ],
    ids=["alone", "beside intervals", "intervals named", "points named"],
)
def test_labels_of_a_point_tier_are_a_finding(
    media: Path, tmp_path: Path, more: str, elan_tier: str | None, found: dict[str, int]
) -> None:
    grid = written(tmp_path / "a.TextGrid", POINTS.format(count=2 if more else 1, more=more))
    corpus = read_folder(media, annotations=grid, elan_tier=elan_tier)
    assert codes(corpus) == found
    texts = [each.what for each in corpus.findings if each.code == "point_labels"]
    assert texts in ([], ["2 labels of the point tier 'tones' have no duration"])


def test_answers_about_an_item_and_labels_of_models_are_findings(media: Path, tmp_path: Path) -> None:
    region = {
        "type": "labels",
        "from_name": "emotion",
        "to_name": "video",
        "value": {"start": 0, "end": 1, "labels": ["joy"]},
    }
    choice = {"type": "choices", "from_name": "mood", "to_name": "video", "value": {"choices": ["fear"]}}
    task = {
        "id": 1,
        "data": {"video": "a.mp4"},
        "annotations": [{"id": 1, "completed_by": 1, "result": [region, choice]}],
        "predictions": [{"model_version": "v1", "result": [region]}],
    }
    export = written(tmp_path / "x.json", json.dumps([task]))
    corpus = read_folder(media, annotations=export)
    assert codes(corpus) == {"item_labels": 1, "model_labels": 1, "no_annotation": 1}
    assert votes(corpus.monologues["a"]) == [("1", Span(0, 1), ("Joy",))]
    assert codes(read_folder(media, annotations=export, elan_tier="emotion")) == {"model_labels": 1, "no_annotation": 1}
    task["annotations"] = [{"id": 1, "completed_by": 1, "result": [choice]}]
    task["predictions"] = []
    written(export, json.dumps([task]))
    assert codes(read_folder(media, annotations=export)) == {"item_labels": 1, "no_annotation": 2}


# Files that are no annotations.


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        (
            "package.json",
            '{"name": "x", "version": 1}',
            "this JSON is no Label Studio export, its first keys are 'name'",
        ),
        ("list.json", "[1, 2]", "this JSON is no list of tasks"),
        ("a.json", '{"segments": []}', "this JSON has segments as WhisperX writes them, and no labels"),
        ("x.json", "{", "the file is no JSON"),
        ("x.eaf", "<html/>", "the file is XML, but its root is 'html'"),
        ("x.TextGrid", "nothing", "this is no TextGrid in text form"),
    ],
)
def test_a_file_that_is_no_annotation_is_a_finding(
    media: Path, tmp_path: Path, name: str, text: str, what: str
) -> None:
    other = written(tmp_path / "e" / name, text)
    # The one that was named is refused, and so is a folder that holds nothing else.
    for path in (other, tmp_path / "e"):
        with pytest.raises(SourceUnreadable) as caught:
            read_folder(media, annotations=path)
        assert str(caught.value).startswith(what) and str(caught.value).endswith(f': "{other}"')
    eaf(tmp_path / "e" / "b.eaf", (0, 2, "joy"), item="b.mp4")
    corpus = read_folder(media, annotations=tmp_path / "e")
    assert codes(corpus) == {"no_annotation": 1, "unreadable_file": 1}
    finding = next(each for each in corpus.findings if each.code == "unreadable_file")
    assert finding.where == name and finding.what.startswith(what) and str(tmp_path) not in finding.fix


def test_a_folder_without_annotations_is_refused(media: Path, tmp_path: Path) -> None:
    written(tmp_path / "e" / "readme.txt", "labels")
    with pytest.raises(SourceNotFound) as caught:
        read_folder(media, annotations=tmp_path / "e")
    assert str(caught.value) == (
        "the folder holds no annotation files (.csv, .eaf, .json, .textgrid, .tsv); give the folder or the file of the "
        f'labels: "{tmp_path / "e"}"'
    )
    written(tmp_path / "e" / "a.srt", "1\n00:00:00,000 --> 00:00:01,000\nhi\n")
    with pytest.raises(SourceNotFound, match="give its subtitles as sentences"):
        read_folder(media, annotations=tmp_path / "e")


# Times before 0, and what else a row says.


@pytest.mark.parametrize(
    ("start", "end", "found"), [("-0.5", "2", 1), ("-5", "-1", 1), ("-0.0000001", "2", 0), ("0", "2", 0)]
)
def test_labels_before_time_0_are_a_finding(media: Path, tmp_path: Path, start: str, end: str, found: int) -> None:
    table = written(tmp_path / "l.csv", f"file,s,e,emo\na,{start},{end},joy\na,3,4,fear\n")
    corpus = read_folder(media, annotations=table, columns=COLUMNS)
    assert [each for each in corpus.findings.counts().items() if each[0] == "label_before_start"] == (
        [("label_before_start", 1)] if found else []
    )
    # The label is kept as it was given.
    assert labels(corpus.monologues["a"])[0] == (Span(start, end), "Joy")


def test_sentences_before_time_0_are_a_finding(media: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "l.csv", "file,s,e,emo\na,0,4,fear\n")
    spoken = written(tmp_path / "a.json", json.dumps({"segments": [{"start": -2, "end": 1, "text": "hi"}]}))
    corpus = read_folder(media, annotations=table, columns=COLUMNS, sentences=spoken)
    (finding,) = [each for each in corpus.findings if each.code == "label_before_start"]
    assert finding.what == "1 of 2 labels and sentences begin before time 0, the first at -2 s"
