"""Which media an annotation file is about: what it names, its own name, and the folders that it lies in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.corpus import Corpus, Finding
from emos_io.formats import Segment, write_eaf, write_textgrid

COLUMNS = {"item": "file", "start": "s", "end": "e", "label": "emotion"}
LABELS = ("Joy", "Fear", "Anger")


def task(number: int, data: Mapping[str, str], control: str = "video") -> dict[str, object]:
    value = {"start": number, "end": number + 1, "labels": ["Joy"]}
    result = {"value": value, "id": "a", "from_name": "labels", "to_name": control, "type": "labels"}
    return {"id": number, "data": data, "annotations": [{"id": 5, "completed_by": 3, "result": [result]}]}


def read(
    root: Path, media: Sequence[str], annotations: Mapping[str, Sequence[str]], given: str, sentences: str | None = None
) -> tuple[dict[str, list[str | None]], list[Finding]]:
    """Return the labels by key, and the findings; annotation number k has label k, and names the media that it maps to."""
    for name in media:
        (root / "clips" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "clips" / name).write_bytes(b"")
    for number, (name, refs) in enumerate(annotations.items()):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        segments = [Segment(Span(number, number + 1), LABELS[number % 3], "emotion")]
        if path.suffix == ".eaf":
            write_eaf(path, segments, media=tuple(refs))
        elif path.suffix == ".TextGrid":
            write_textgrid(path, segments)
        elif path.suffix == ".json":
            path.write_text(json.dumps([task(at, {"video": ref}) for at, ref in enumerate(refs)]))
        elif path.suffix == ".srt":
            path.write_text("1\n00:00:00,500 --> 00:00:01,750\nHello.\n")
        else:
            path.write_text("file,s,e,emotion\n" + "".join(f"{ref},{at},{at + 1},joy\n" for at, ref in enumerate(refs)))
    columns = COLUMNS if any(name.endswith(".csv") for name in annotations) else None
    corpus = Corpus.from_folder(
        root / "clips",
        annotations=root / given,
        columns=columns,
        sentences=None if sentences is None else root / sentences,
    )
    labels = {each.key.removeprefix("folder/"): [u.basic7 for u in each.utterances] for each in corpus.monologues}
    return labels, [finding for finding in corpus.findings if finding.code != "no_annotation"]


def brief(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in findings]


@pytest.mark.parametrize(
    ("media", "file", "refs", "key", "found"),
    [
        (["one.mp4"], "s7.eaf", ["file:///else/one.mp4"], "one", []),
        (["deep/one.mp4"], "s7.eaf", ["./one.mp4"], "deep/one", []),
        (["a.mp4", "b.mp4"], "a.eaf", ["b.mp4"], "b", [("names_differ", "fault")]),
        (["a.mp4"], "a.eaf", ["file:///C:/old/b.mp4"], "a", [("names_differ", "repair")]),
        (["a.mp4"], "b.eaf", ["file:///x/a.mp4"], "a", []),
        (["a.mp4"], "a.eaf", [], "a", []),
        (["a.mp4"], "a.eaf", ["file:///x/a.wav"], "a", [("other_suffix", "repair")]),
        (["a.mp4", "a.wav"], "a.eaf", ["a.wav", "a.mp4"], "a", [("same_name", "repair")]),
        (["a.mp4", "a.wav"], "a.eaf", ["a.wav"], "a.wav", [("same_name", "repair")]),
        (["video/a.mp4", "audio/a.wav"], "a.eaf", ["../audio/a.wav"], "audio/a", []),
        (["a.mp4", "x/a.mp4"], "a.eaf", ["./x/a.mp4"], "x/a", []),
        (["s1/a.mp4", "s2/a.mp4"], "clips/s1/a.eaf", ["../s2/a.mp4"], "s2/a", [("names_differ", "fault")]),
        (["cam1.mp4", "cam2.mp4"], "cam2.eaf", ["cam1.mp4", "cam2.mp4"], "cam1", []),
        (["a.mp4"], "s.eaf", ["gone.mp4", "file:///x/a.mp4"], "a", []),
        (["deep/a.mp4"], "clips/deep/a.eaf", ["file:///x/a.mp4"], "deep/a", [("names_differ", "repair")]),
        (["x/a.mp4", "y/a.mp4"], "e/y/a.eaf", ["file:///a.mp4"], "y/a", []),
        (["x/a.mp4", "y/a.mp4"], "clips/y/s.eaf", ["./a.mp4"], "y/a", []),
        (["x/a.mp4", "y/a.mp4"], "e/a.eaf", ["file:///d/y/a.mp4"], "y/a", []),
        (["spk2/a.mp4"], "e/a.eaf", ["file:///d/spk1/a.mp4"], None, [("unknown_media", "fault")]),
        (["spk2/a.mp4"], "e/a.eaf", ["../spk1/a.mp4"], None, [("unknown_media", "fault")]),
        (["x/a.mp4", "y/a.mp4"], "e/a.eaf", ["a.mp4"], None, [("ambiguous_media", "fault")]),
        (["a.mp4"], "b.eaf", ["c.mp4"], None, [("unknown_media", "fault")]),
    ],
    ids=str,
)  # fmt: skip
def test_media_that_an_elan_file_names(
    tmp_path: Path, media: list[str], file: str, refs: list[str], key: str | None, found: list[tuple[str, str]]
) -> None:
    labels, findings = read(tmp_path, media, {file: refs}, file)
    assert labels == ({} if key is None else {key: ["Joy"]})
    assert brief(findings) == found


def test_names_that_differ_are_a_finding(tmp_path: Path) -> None:
    _, findings = read(tmp_path, ["a.mp4", "b.mp4"], {"a.eaf": ["b.mp4"], "c.eaf": ["file:///x/d.mp4"]}, "a.eaf")
    assert [str(finding) for finding in findings] == [
        "names_differ: it names 'b.mp4' as its media, and the folder has a.mp4 too; b.mp4 was taken; rename the file, or "
        "correct what it names: a.eaf"
    ]


@pytest.mark.parametrize(
    ("media", "files", "keys", "found"),
    [
        (["spk1/c.mp4", "spk2/c.mp4"], ["ann/spk1/c.TextGrid", "ann/spk2/c.TextGrid"], ["spk1/c", "spk2/c"], []),
        (["spk2/c.mp4"], ["ann/spk1/c.TextGrid", "ann/spk2/c.TextGrid"], [None, "spk2/c"], [("unknown_media", "fault")]),
        (["spk2/c.mp4", "spk1/d.mp4"], ["ann/spk1/c.TextGrid", "ann/x/y.TextGrid"], [None, None],
         [("unknown_media", "fault")] * 2),
        (["s1/video/a.mp4", "s2/video/a.mp4"], ["clips/s1/ann/a.TextGrid", "clips/s2/ann/a.TextGrid"],
         ["s1/video/a", "s2/video/a"], []),
        (["s1/video/b.mp4", "s2/video/a.mp4"], ["clips/s1/ann/a.TextGrid"], [None], [("unknown_media", "fault")]),
        (["videos/c.mp4"], ["ann/grids/c.TextGrid"], ["videos/c"], []),
        (["videos/c.mp4"], ["clips/grids/c.TextGrid"], ["videos/c"], []),
        (["c.mp4", "spk1/c.mp4"], ["ann/c.TextGrid", "ann/spk1/c.TextGrid"], ["c", "spk1/c"], []),
        (["spk1/c.mp4", "spk2/c.mp4"], ["ann/c.TextGrid"], [None], [("ambiguous_media", "fault")]),
        (["Spk1/C.mp4"], ["ann/spk1/c.TextGrid"], ["Spk1/C"], []),
        (["c.mp4"], ["ann/spk1/c.TextGrid"], ["c"], []),
        (["c.mp4", "c.wav"], ["ann/c.TextGrid"], ["c"], [("same_name", "repair")]),
        (["c.mp4"], ["ann/c.mp4.TextGrid"], ["c"], []),
        (["audio/c.wav", "video/c.mp4"], ["ann/c.TextGrid"], ["video/c"], [("same_name", "repair")]),
        (["c.mp4"], ["ann/c.wav.TextGrid"], ["c"], [("other_suffix", "repair")]),
    ],
    ids=str,
)  # fmt: skip
def test_media_of_the_name_of_a_file(
    tmp_path: Path, media: list[str], files: list[str], keys: list[str | None], found: list[tuple[str, str]]
) -> None:
    given = "clips" if files[0].startswith("clips") else "ann"
    labels, findings = read(tmp_path, media, dict.fromkeys(files, ()), given)
    assert labels == {key: [label] for key, label in zip(keys, LABELS, strict=False) if key is not None}
    assert brief(findings) == found


def test_tables_beside_the_media_that_they_name(tmp_path: Path) -> None:
    tables = {"clips/s1/l.csv": ["a.mp4"], "clips/s2/l.csv": ["a.mp4", "a"]}
    labels, findings = read(tmp_path, ["s1/a.mp4", "s2/a.mp4"], tables, "clips")
    assert {key: len(each) for key, each in labels.items()} == {"s1/a": 1, "s2/a": 2} and not findings


def test_a_row_is_never_of_the_media_that_its_table_is_named_after(tmp_path: Path) -> None:
    labels, findings = read(tmp_path, ["labels.mp4"], {"labels.csv": ["four.mp4", "four.mp4"]}, "labels.csv")
    assert labels == {} and brief(findings) == [("unknown_media", "fault")]


def test_label_studio_tasks(tmp_path: Path) -> None:
    names = [
        "/data/upload/2/0d93a737-a.mp4",
        "/data/upload/2/1d93a737-b_c.mp4",
        "/data/local-files/?d=x%2Fd.mp4",
        "e%20f.mp4",
    ]
    media = ["a.mp4", "b c.mp4", "x/d.mp4", "y/d.mp4", "e f.mp4"]
    labels, findings = read(tmp_path, media, {"tasks.json": names}, "tasks.json")
    assert sorted(labels) == ["a", "b c", "e f", "x/d"] and not findings


def test_one_task_may_be_of_the_name_of_its_file_several_never(tmp_path: Path) -> None:
    labels, findings = read(tmp_path, ["a.mp4"], {"a.json": ["something"]}, "a.json")
    assert labels == {"a": ["Joy"]} and brief(findings) == [("names_differ", "repair")]
    labels, findings = read(tmp_path, ["a.mp4"], {"a.json": ["something", "other"]}, "a.json")
    assert labels == {} and brief(findings) == [("unknown_media", "fault")] * 2


@pytest.mark.parametrize(
    ("data", "key"),
    [({"url": "/data/upload/1/0d93a737-a.mp4", "title": "A talk. With words"}, "a"), ({"url": "a.mp4"}, "a"),
     ({"video": "a.mp4", "audio": "b.mp4"}, "a"), ({"one": "a.mp4", "two": "b.mp4"}, None)],
)  # fmt: skip
def test_the_control_of_a_task_need_not_have_the_name_of_its_data(
    tmp_path: Path, data: dict[str, str], key: str | None
) -> None:
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "tasks.json").write_text(json.dumps([task(0, data)]))
    corpus = Corpus.from_folder(tmp_path, annotations="tasks.json")
    assert corpus.monologues.keys() == ([] if key is None else [f"folder/{key}"])
    assert ("unknown_media" in corpus.findings.counts()) == (key is None)


def test_sentences_are_found_as_labels_are(tmp_path: Path) -> None:
    media = ["s1/a.mp4", "s2/a.mp4", "b.mp4"]
    files = {
        "l.csv": ["s1/a", "s2/a", "b"],
        "t/s2/a.srt": (),
        "t/s1/a.mp4.srt": (),
        "t/b.en.srt": (),
        "t/b.final.srt": (),
    }
    _, findings = read(tmp_path, media, files, "l.csv", "t")
    assert brief(findings) == [("unknown_media", "fault")]
    assert findings[0].what == "'b.final' is no media file of the folder, the nearest name is 'b.mp4'"


def test_texts_about_own_data_do_not_speak_of_a_release(tmp_path: Path) -> None:
    files = {"e/a.eaf": ["b.mp4"], "e/c.TextGrid": (), "e/d.TextGrid": ()}
    _, findings = read(tmp_path, ["a.mp4", "b.mp4", "x/c.mp4", "y/c.mp4", "b.wav"], files, "e")
    assert len(findings) == 4
    assert not [finding for finding in findings if "release" in str(finding) or "published" in str(finding)]


@pytest.mark.parametrize("folder", [".", "../clips", "s1/.."])
def test_the_folder_may_be_a_relative_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    read(tmp_path, ["s1/a.mp4", "s2/a.mp4", "s2/a.wav"], {"clips/s2/l.csv": ["a.mp4"]}, "clips")
    monkeypatch.chdir(tmp_path / "clips")
    corpus = Corpus.from_folder(folder, annotations="s2/l.csv", columns=COLUMNS)
    assert corpus.monologues.keys() == ["folder/s2/a"]
    assert [finding.where for finding in corpus.findings if finding.code == "same_name"] == ["clips"]
