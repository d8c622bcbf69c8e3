"""A folder of media and its labels on the command line, without a line of Python."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from own_data_runs import TABLE, doctor, refused, run, two_files

from emos_io import Span
from emos_io.cli.show import command
from emos_io.corpus import Corpus
from emos_io.formats import Segment, write_eaf, write_textgrid
from oracle import clips
from oracle import synthetic_release as made

OTHER_NAMES = "file,from,to,emotion\ntalk.mov,0,2000,Joy\nwalk.mov,0,4000,Fear\n"
NAMED = ("--columns", "item=file,start=from,end=to,label=emotion", "--unit", "ms")


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return two_files(tmp_path, monkeypatch)


def test_a_table_with_the_names_of_the_fields_needs_no_columns(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("labels.csv").write_text(TABLE)
    counts, codes = doctor(capsys, media, "--annotations", "labels.csv")
    assert (counts["monologues"], counts["utterances"], counts["seconds"]) == (2, 3, "12")
    assert codes == []
    code, out, err = run(capsys, "plan", media, "--annotations", "labels.csv", "--length", 2, "--json")
    assert (code, err) == (0, "")
    summary = json.loads(out)
    assert (summary["windows"], summary["items"], summary["layer"]) == (6, 2, "basic7")


def test_columns_and_unit_are_those_of_from_folder(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("labels.csv").write_text(OTHER_NAMES)
    counts, codes = doctor(capsys, media, "--annotations", "labels.csv", *NAMED, "--strict")
    assert (counts["utterances"], codes) == (2, [])
    columns = {"item": "file", "start": "from", "end": "to", "label": "emotion"}
    own = Corpus.from_folder(media, annotations="labels.csv", columns=columns, unit="ms")
    words = [word for field, name in columns.items() for word in ("--columns", f"{field} = {name}")]
    own.save("saved")
    saved, _ = doctor(capsys, "saved")
    assert (
        saved["utterances"]
        == doctor(capsys, media, "--annotations", "labels.csv", *words, "--unit", "ms")[0]["utterances"]
    )


@pytest.mark.parametrize("header", ["from,to", "start,to"], ids=["both", "one"])
def test_columns_name_some_fields_and_others_have_their_own_names(
    media: Path, capsys: pytest.CaptureFixture[str], header: str
) -> None:
    Path("labels.csv").write_text(f"Item,{header},Label\ntalk.mov,0,2,Joy\nwalk.mov,1,3,Fear\n")
    columns = "start=from,end=to" if header.startswith("from") else "end=to"
    assert doctor(capsys, media, "--annotations", "labels.csv", "--columns", columns)[0]["utterances"] == 2


def test_names_of_columns_may_hold_commas_and_equals_signs(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("labels.csv").write_text('file,start,end,"emotion, main=1"\ntalk.mov,0,2,Joy\nwalk.mov,0,2,Joy\n')
    words = ("--columns", "item=file,label=emotion, main=1")
    assert doctor(capsys, media, "--annotations", "labels.csv", *words)[0]["utterances"] == 2


def test_a_table_without_times_is_of_clips(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("labels.csv").write_text("item,label,rater\ntalk.mov,joy,ann\nwalk.mov,fear,ann\n")
    words = (media, "--annotations", "labels.csv", "--layer", "goemotions", "--language", "en")
    counts, codes = doctor(capsys, *words)
    assert (counts["clips"], counts["clips_by_language"], codes) == (2, {"en": 2}, [])
    code, out, err = run(capsys, "plan", *words, "--by", "clip", "--json")
    summary = json.loads(out)
    assert (code, err, summary["windows"], summary["layer"]) == (0, "", 2, "goemotions")
    code, out, _ = run(capsys, "splits", *words, "--seed", 1, "--test", 0.5, "--json")
    assert (code, sorted(json.loads(out)["train"] + json.loads(out)["test"])) == (0, ["folder/talk", "folder/walk"])


def test_several_files_of_several_formats_are_read_together(
    media: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "elsewhere"
    outside.mkdir()
    eaf, grid, table = outside / "talk.eaf", media / "walk.TextGrid", outside / "more.csv"
    write_eaf(eaf, [Segment(Span(0, 2), "Joy", "emotion"), Segment(Span(0, 2), "hello", "words")])
    write_textgrid(grid, [Segment(Span(0, 2), "Fear", "emotion")])
    table.write_text("item,start,end,label\ntalk.mov,3,4,Joy\n")
    # Absolute, within the folder of media, and relative to the current one.
    words = [word for path in (eaf, "walk.TextGrid", "elsewhere/more.csv") for word in ("--annotations", path)]
    code, line = refused(capsys, "doctor", media, "--annotations", eaf)
    assert (code, "--elan-tier must be one of 'emotion', 'words', got None" in line) == (2, True)
    counts, codes = doctor(capsys, media, *words, code=1)
    assert (counts["utterances"], codes) == (2, ["several_tiers"])
    table.write_text("item,start,end,label,layer\ntalk.mov,3,4,Joy,emotion\n")
    counts, codes = doctor(capsys, media, *words, "--elan-tier", "emotion", code=1)
    assert (counts["monologues"], counts["utterances"], counts["votes"], codes) == (2, 1, 3, ["several_raters"])
    write_eaf(eaf, [Segment(Span(0, 2), "Joy", "emotion", "ann"), Segment(Span(0, 2), "hello", "words")])
    table.write_text("item,start,end,label,layer,rater\ntalk.mov,3,4,Joy,emotion,ann\n")
    counts, codes = doctor(capsys, media, *words, "--elan-tier", "emotion")
    assert (counts["monologues"], counts["utterances"], counts["votes"], codes) == (2, 3, 3, [])


def test_label_studio_and_subtitles(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ranges = {"ranges": [{"start": 1, "end": 20}], "timelinelabels": ["Joy"]}
    result = {"id": "a", "type": "timelinelabels", "from_name": "emotion", "to_name": "video", "value": ranges}
    task = {"id": 1, "data": {"video": "talk.mov"}, "annotations": [{"id": 1, "completed_by": 1, "result": [result]}]}
    Path("tasks.json").write_text(json.dumps([task]))
    Path("walk.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nFear\n")
    both = ("--annotations", "tasks.json", "--annotations", "walk.srt")
    assert doctor(capsys, media, *both, code=1)[1] == ["frame_clock", "no_annotation"]
    assert doctor(capsys, media, *both, "--frame-rate", "30000/1001", "--first-frame", 1)[0]["utterances"] == 2
    Path("labels.csv").write_text(TABLE)
    counts, _ = doctor(capsys, media, "--annotations", "labels.csv", "--sentences", "walk.srt")
    assert (counts["utterances"], counts["sentences"]) == (3, 1)
    # Spoken words that are given as labels are none.
    Path("walk.srt").write_text("1\n00:00:00,000 --> 00:00:02,000\nHello there.\n")
    codes = doctor(capsys, media, "--annotations", "walk.srt", code=1)[1]
    assert codes == ["open_label", "no_annotation", "no_known_label"]


def test_what_is_wrong_with_own_data_is_a_fault(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("labels.csv").write_text(TABLE + "run.mov,0,2,Joy\ntalk.mov,1,2,Fear\ntalk.mov,8,9,Joy\n")
    (media / "jump.mov").write_bytes(b"no media")
    Path("more.csv").write_text("item,start,end,label\njump.mov,0,2,Hapyness\n")
    words = ("--annotations", "labels.csv", "--annotations", "more.csv")
    _, codes = doctor(capsys, media, *words, code=1)
    assert sorted(codes) == [
        "label_after_end",
        "no_known_label",
        "open_label",
        "overlap",
        "unknown_media",
        "unreadable_media",
    ]
    code, _, err = run(capsys, "plan", media, *words, "--length", 2, "--json")
    assert code == 0 and err.startswith("4 findings are faults, first: unknown_media: 'run.mov' is no media file")
    assert run(capsys, "doctor", media, *words, "--strict")[0] == 3


def test_unreadable_media_of_clips_are_found_once(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (media / "jump.mov").write_bytes(b"no media")
    Path("labels.csv").write_text("item,label\njump.mov,Joy\ntalk.mov,Joy\n")
    counts, codes = doctor(capsys, media, "--annotations", "labels.csv", code=1)
    assert (counts["findings"], codes) == ({"unreadable_media": 1}, ["unreadable_media"])


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (
            ["clips", "--annotations", "no.csv"],
            3,
            'there are no annotations; give a file or folder that exists: "clips/no.csv"',
        ),
        (["none", "--annotations", "labels.csv"], 3, "the folder holds no media (.avi, "),
        (["nowhere", "--annotations", "labels.csv"], 3, 'there is no folder of media; give one that exists: "nowhere"'),
        (
            ["clips/talk.mov", "--annotations", "labels.csv"],
            2,
            "--annotations must come with a folder of media, got a file; give the folder that it is in",
        ),
        (
            ["release", "--annotations", "labels.csv"],
            2,
            "--annotations must come with a folder of media, got a release",
        ),
        (
            ["saved", "--annotations", "labels.csv"],
            2,
            "--annotations must come with a folder of media, got a saved corpus",
        ),
        (["clips"], 2, "--annotations must be given with a folder of media, got none; name the file of its labels"),
        (["clips", "--unit", "ms"], 2, "--unit must come with --annotations, got --unit alone"),
        (["release", "--layer", "basic7"], 2, "--layer must come with --annotations, got --layer alone"),
        (["saved", "--first-frame", "0"], 2, "--first-frame must come with --annotations, got --first-frame alone"),
        (
            ["clips", "--annotations", "labels.csv", "--media", "clips"],
            2,
            "--media must be left out with --annotations",
        ),
        (["clips", "--annotations", "empty.csv"], 3, "the table is empty; its first row must name its columns"),
        (
            ["clips", "--annotations", "other.csv"],
            2,
            "--columns must name the column of item and label, got a table with the columns 'file', 'from', 'to', 'emotion'; "
            'add --columns item=file,start=from,end=to,label=emotion: "other.csv"',
        ),
        (
            ["clips", "--annotations", "other.csv", "--columns", "item=file,label=emotion,end=to"],
            2,
            "--columns must name the column of start",
        ),
        (
            ["clips", "--annotations", "other.csv", "--columns", "item=file,label=emotions"],
            2,
            "--columns must name columns of the table, got label=emotions; it has the columns 'file', 'from', 'to', 'emotion'",
        ),
        (
            ["clips", "--annotations", "labels.csv", "--columns", "strat=start"],
            2,
            "--columns must be a field and the name",
        ),
        (["clips", "--annotations", "labels.csv", "--columns", "start"], 2, "--columns must be a field and the name"),
        (
            ["clips", "--annotations", "labels.csv", "--columns", "start=start,start=end"],
            2,
            "--columns must name each field once, got start twice",
        ),
        (["clips", "--annotations", "labels.csv", "--unit", "min"], 2, "Invalid value for '--unit'"),
        (["clips", "--annotations", "labels.csv", "--layer", "joy"], 2, "--layer must be one of basic7, goemotions"),
        (
            ["clips", "--annotations", "labels.csv", "--frame-rate", "25"],
            2,
            "--frame-rate must come with a Label Studio file or a column of frames",
        ),
        (["clips", "--annotations", "labels.csv", "--sentences", "no.srt"], 3, "there are no sentences"),
        (["clips", "--annotations", "clips/talk.mov"], 2, "--annotations must be files of .csv, .eaf, .json, "),
        (
            ["clips", "--annotations", "labels.csv", "--annotations", "clips/../labels.csv"],
            2,
            "got one twice; leave it out",
        ),
        (
            ["clips", "--annotations", "labels.csv", "--annotations", "other.csv"],
            2,
            "tables must have columns of the same names",
        ),
        (
            ["clips", "--annotations", "labels.csv", "--rater", "ann"],
            2,
            "--rater must be left out where no file names one, got 'ann'",
        ),
    ],
)
def test_wrong_use_is_one_line(
    media: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, text: str
) -> None:
    Path("none").mkdir()
    Path("labels.csv").write_text(TABLE)
    Path("other.csv").write_text(OTHER_NAMES)
    Path("empty.csv").write_text("\n")
    made.make(Path("release"))
    Corpus().save("saved")
    for verb in (["doctor"], ["plan", "--length", "2"]):
        got, line = refused(capsys, *verb, *words)
        assert (got, text in line) == (code, True), line


def test_annotations_are_about_one_folder(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("labels.csv").write_text(TABLE)
    own = ("--annotations", "labels.csv")
    code, line = refused(capsys, "plan", media, media, *own, "--length", 2)
    assert (code, "--annotations must come with one folder of media, got 2" in line) == (2, True)
    more = clips.counting_clip(seconds=9, rate=8_000)
    code, out, _ = run(capsys, "plan", media, more, *own, "--length", 3, "--labels", "none", "--json")
    assert (code, json.loads(out)["windows"]) == (0, 2 + 2 + 3)


def test_own_data_have_pages_and_a_review_queue(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("labels.csv").write_text(TABLE)
    Path("clips.csv").write_text("item,label,rater\ntalk.mov,joy,ann\ntalk.mov,fear,bob\nwalk.mov,fear,ann\n")
    code, out, err = run(capsys, "show", "talk@0-2", media, "--annotations", "labels.csv", "--json")
    page = json.loads(out)
    assert (code, page["path"], page["labels"]["soft"][3]) == (0, str(media / "talk.mov"), 1.0)
    code, out, err = run(capsys, "review", media, "--annotations", "clips.csv", "--out", "queue.json", "--json")
    # That several raters labelled it is what a review is for.
    assert (code, json.loads(out)["tasks"]) == (0, 1) and "several_raters" not in out + err
    code, line = refused(capsys, "review", "--read", "q.json", "--log", "l", "--annotations", "labels.csv")
    assert (code, "--annotations must come with --out" in line) == (2, True)


def test_the_command_of_a_page_repeats_the_annotations() -> None:
    given = {"annotations": ("a b.csv", "c.eaf"), "columns": (), "unit": None, "layer": "goemotions"}
    words = "--annotations 'a b.csv' --annotations c.eaf --layer goemotions"
    assert command("talk@0-2", ("clips",), given) == f"emos show talk@0-2 clips {words}"


def test_several_annotations_in_python(media: Path) -> None:
    Path("labels.csv").write_text("item,start,end,label\ntalk.mov,0,2,Joy\n")
    Path("more.csv").write_text("item,start,end,label\ntalk.mov,2,5/2,Fear\nwalk.mov,0,1,Fear\n")
    columns = {name: name for name in ("item", "start", "end", "label")}
    corpus = Corpus.from_folder(media, annotations=["labels.csv", Path("more.csv")], columns=columns)
    talk = corpus.monologues["talk"]
    # Two files about one media file are of two people.
    assert [(vote.rater, vote.span) for vote in talk.votes] == [
        ("labels", Span(0, 2)),
        ("more", Span(2, Fraction(5, 2))),
    ]
    assert talk.utterances == () and talk.duration == Fraction(5, 2)
    assert corpus.monologues["walk"].duration == Fraction(1)
    assert corpus.findings.counts() == {"several_raters": 1}
