"""Sentences of own data: several files about one media file, languages, and cues that stand there twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emos_io.corpus import Corpus, read_folder
from emos_io.errors import InvalidArgument, SourceNotFound, SourceUnreadable

COLUMNS = {"item": "file", "start": "s", "end": "e", "label": "emo"}
Cue = tuple[float, float, str]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "a.mp4").write_bytes(b"x")
    (tmp_path / "labels.csv").write_text("file,s,e,emo\na,0,9,Joy\n")
    return folder


def clock(seconds: float, comma: str) -> str:
    milliseconds = round(seconds * 1000)
    return f"00:00:{milliseconds // 1000:02}{comma}{milliseconds % 1000:03}"


def transcript(path: Path, *cues: Cue) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        path.write_text(json.dumps({"segments": [{"start": s, "end": e, "text": f" {text}"} for s, e, text in cues]}))
        return path
    comma = "," if path.suffix == ".srt" else "."
    blocks = [f"{clock(s, comma)} --> {clock(e, comma)}\n{text}\n" for s, e, text in cues]
    path.write_text(("" if path.suffix == ".srt" else "WEBVTT\n\n") + "\n".join(blocks), "utf-8")
    return path


def read(media: Path, sentences: Path, language: str = "") -> Corpus:
    labels = media.parent / "labels.csv"
    return read_folder(media, annotations=labels, columns=COLUMNS, sentences=sentences, language=language)


def texts(corpus: Corpus) -> list[str]:
    return [each.text for each in corpus.monologues["a"].sentences]


HELLO: list[Cue] = [(0, 1, "Hello."), (1.5, 2, "How are you?")]
NI_HAO: list[Cue] = [(0, 1, "你好"), (1.5, 2, "你好吗")]


@pytest.mark.parametrize(
    "names",
    [("a.srt", "a.vtt"), ("a.srt", "a.json"), ("x/a.srt", "y/a.srt"), ("a.srt", "a.vtt", "a.json")],
    ids=" ".join,
)
def test_equal_transcripts_count_once(media: Path, tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        transcript(tmp_path / "s" / name, *HELLO)
    corpus = read(media, tmp_path / "s")
    assert texts(corpus) == ["Hello.", "How are you?"]
    assert corpus.findings.counts() == {"repeated_sentence": len(names) - 1}
    assert {each.severity for each in corpus.findings} == {"repair"}


def test_times_of_equal_transcripts_may_differ_by_noise(media: Path, tmp_path: Path) -> None:
    transcript(tmp_path / "s" / "a.srt", *HELLO)
    transcript(tmp_path / "s" / "a.json", (0.0004, 1.0009, "Hello."), (1.5, 2, "How  are\nyou?"))
    assert read(media, tmp_path / "s").findings.counts() == {"repeated_sentence": 1}
    transcript(tmp_path / "s" / "a.json", (0.002, 1, "Hello."), (1.5, 2, "How are you?"))
    assert read(media, tmp_path / "s").findings.counts() == {"second_transcript": 1}


@pytest.mark.parametrize(("names", "first"), [(("a.vtt", "a.srt"), "a.srt"), (("a.json", "a.vtt"), "a.vtt")])
def test_of_transcripts_that_differ_the_first_is_taken(
    media: Path, tmp_path: Path, names: tuple[str, str], first: str
) -> None:
    for name in names:
        transcript(tmp_path / "s" / name, (0, 1, name))
    corpus = read(media, tmp_path / "s")
    other = next(name for name in names if name != first)
    assert texts(corpus) == [first]
    (finding,) = corpus.findings
    assert (finding.code, finding.severity, finding.where) == ("second_transcript", "fault", "a")
    assert finding.what == f"{other} and {first} have different sentences"
    assert finding.fix == f"those of {first} are taken; give the file that counts as sentences"


@pytest.mark.parametrize(
    ("names", "language", "text", "severity"),
    [
        (("a.en.srt",), "", "a.en.srt", None),
        (("a.en.srt",), "zh", "a.en.srt", "fault"),
        (("a.en.srt", "a.zh.srt"), "zh", "a.zh.srt", "repair"),
        (("a.en.srt", "a.zh-Hans.vtt"), "zh", "a.zh-Hans.vtt", "repair"),
        (("a.en.srt", "a.zh.srt"), "EN", "a.en.srt", "repair"),
        (("a.en.srt", "a.zh.srt"), "", "a.en.srt", "fault"),
        (("a.en.srt", "a.zh.srt"), "fr", "a.en.srt", "fault"),
        (("a.srt", "a.en.srt"), "", "a.srt", "fault"),
        (("a.srt", "a.en.srt"), "en", "a.en.srt", "fault"),
        (("a.en.srt", "a.en.vtt"), "en", "a.en.srt", "fault"),
    ],
)
def test_a_transcript_may_name_its_language(
    media: Path, tmp_path: Path, names: tuple[str, ...], language: str, text: str, severity: str | None
) -> None:
    for name in names:
        transcript(tmp_path / "s" / name, (0, 1, name))
    corpus = read(media, tmp_path / "s", language)
    assert texts(corpus) == [text]
    # A language that no file has is a fault by itself.
    is_other = language in ("fr", "zh") and not any(f".{language}" in name for name in names)
    assert corpus.findings.counts().get("other_language", 0) == is_other
    left = [each.severity for each in corpus.findings if len(names) == 1 or each.code != "other_language"]
    assert left == ([] if severity is None else [severity])


def test_a_medium_whose_name_ends_like_a_language(media: Path, tmp_path: Path) -> None:
    (media / "a.mp4").rename(media / "a.en.mp4")
    (tmp_path / "labels.csv").write_text("file,s,e,emo\na.en.mp4,0,9,Joy\n")
    transcript(tmp_path / "s" / "a.en.srt", *HELLO)
    corpus = read(media, tmp_path / "s")
    assert [len(each.sentences) for each in corpus.monologues] == [2] and len(corpus.findings) == 0


def test_a_cue_that_stands_there_twice_counts_once(media: Path, tmp_path: Path) -> None:
    corpus = read(media, transcript(tmp_path / "a.srt", *HELLO, HELLO[0], (0, 1, "Hi.")))
    assert texts(corpus) == ["Hello.", "Hi.", "How are you?"]
    (finding,) = corpus.findings
    assert (finding.code, finding.severity, finding.where) == ("repeated_sentence", "repair", "a, a.srt")
    assert finding.what == "1 of 4 sentences stand in it twice, with the same time and text"
    assert [each.index for each in corpus.monologues["a"].sentences] == [1, 2, 3]


def test_captions_that_roll_are_a_finding(media: Path, tmp_path: Path) -> None:
    rolling: list[Cue] = [
        (0, 2, "one"),
        (2, 2.01, "one"),
        (2.01, 4, "one\ntwo"),
        (4, 4.01, "two"),
        (4.01, 6, "two\nthree"),
    ]
    corpus = read(media, transcript(tmp_path / "a.vtt", *rolling))
    assert len(texts(corpus)) == 5
    (finding,) = corpus.findings
    assert (finding.code, finding.severity) == ("repeated_sentence", "fault")
    assert finding.what.startswith("2 of 5 sentences begin with the last line of the one before")


@pytest.mark.parametrize(
    "cues",
    [
        [(0, 1, "No."), (1, 2, "No.")],
        [(0, 1, "No."), (3, 4, "No.\nReally.")],
        [(0, 1, "- Yes.\n- No."), (1, 2, "- Yes.\n- No.")],
    ],
    ids=["said twice", "later", "two people"],
)
def test_what_people_say_twice_is_no_finding(media: Path, tmp_path: Path, cues: list[Cue]) -> None:
    corpus = read(media, transcript(tmp_path / "a.srt", *cues))
    assert texts(corpus) == [text for _, _, text in cues] and len(corpus.findings) == 0


def test_texts_of_a_table_of_several_raters_count_once(media: Path, tmp_path: Path) -> None:
    table = tmp_path / "l.csv"
    table.write_text("file,s,e,emo,said,who\na,0,1,Joy,hi,ann\na,0,1,Fear,hi,bob\na,2,3,Fear,there,bob\n")
    columns = COLUMNS | {"text": "said", "rater": "who"}
    corpus = read_folder(media, annotations=table, columns=columns, rater="bob")
    assert texts(corpus) == ["hi", "there"]
    assert corpus.findings.counts() == {"repeated_sentence": 1}
    # Sentences that were given win over the texts of a table.
    given = transcript(tmp_path / "a.srt", *HELLO)
    both = read_folder(media, annotations=table, columns=columns, rater="bob", sentences=given)
    assert texts(both) == ["Hello.", "How are you?"]
    assert both.findings.counts() == {"second_transcript": 1}


def test_labels_and_sentences_may_share_a_folder(media: Path, tmp_path: Path) -> None:
    folder = tmp_path / "both"
    transcript(folder / "a.json", *HELLO)
    (folder / "labels.csv").write_text("file,s,e,emo\na,0,9,Joy\n")
    region = {"type": "labels", "from_name": "e", "to_name": "v", "value": {"start": 9, "end": 10, "labels": ["Joy"]}}
    task = {"id": 1, "data": {"v": "a.mp4"}, "annotations": [{"id": 1, "completed_by": 1, "result": [region]}]}
    (folder / "export.json").write_text(json.dumps([task]))
    corpus = read_folder(media, annotations=folder, columns=COLUMNS, sentences=folder)
    assert texts(corpus) == ["Hello.", "How are you?"] and len(corpus.monologues["a"].votes) == 2
    assert corpus.findings.counts() == {"several_raters": 1}


def test_sentences_that_are_none(media: Path, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    with pytest.raises(SourceNotFound) as caught:
        read(media, tmp_path / "s")
    assert str(caught.value) == (
        "the folder holds no sentences (.json, .srt, .vtt); give the folder or the file of the subtitles: "
        f'"{tmp_path / "s"}"'
    )
    with pytest.raises(InvalidArgument, match=r"sentences must be a file of .json, .srt, .vtt, got a table"):
        read(media, tmp_path / "labels.csv")
    broken = tmp_path / "s" / "a.srt"
    broken.write_text("no cue\n")
    with pytest.raises(SourceUnreadable, match="the file has no line with -->"):
        read(media, broken)
    transcript(tmp_path / "s" / "a.vtt", *HELLO)
    corpus = read(media, tmp_path / "s")
    assert texts(corpus) == ["Hello.", "How are you?"]
    assert corpus.findings.counts() == {"unreadable_file": 1}
    (tmp_path / "s" / "package.json").write_text("{}")
    assert read(media, tmp_path / "s").findings.counts() == {"unknown_media": 1, "unreadable_file": 1}
