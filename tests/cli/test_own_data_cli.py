"""A folder of media and its labels on the command line, without a line of Python."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from emos_io import Span
from emos_io.cli.app import guarded
from emos_io.cli.show import command
from emos_io.cli.verbs import app
from emos_io.corpus import Corpus
from emos_io.formats import Segment, write_eaf, write_textgrid
from oracle import clips
from oracle import synthetic_release as made

TABLE = "item,start,end,label\ntalk.mov,0,2,Joy\ntalk.mov,2,5,Sadness\nwalk,0,4,fear\n"
OTHER_NAMES = "file,from,to,emotion\ntalk.mov,0,2000,Joy\nwalk.mov,0,4000,Fear\n"
NAMED = ("--columns", "item=file,start=from,end=to,label=emotion", "--unit", "ms")


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two files of six seconds, in a folder of the current one."""
    monkeypatch.chdir(tmp_path)
    folder = Path("clips")
    folder.mkdir()
    for name in ("talk", "walk"):
        (folder / f"{name}.mov").symlink_to(clips.counting_clip(seconds=6, rate=8_000))
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of ``emos WORDS``."""
    capsys.readouterr()
    code = guarded(lambda: app([str(each) for each in words], standalone_mode=False))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def doctor(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> tuple[dict[str, Any], list[str]]:
    """The counts and the codes of ``emos doctor WORDS --json``."""
    got, out, err = run(capsys, "doctor", "--json", *words)
    assert (got, err) == (code, ""), err
    counts, *findings = [json.loads(line) for line in out.splitlines()]
    return counts, [each["code"] for each in findings]


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """The exit code and the one line of a command that fails."""
    code, out, err = run(capsys, *words)
    assert (out, err.count("\n")) == ("", 1), (out, err)
    return code, err


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
    assert (code, json.loads(out)["tasks"]) == (0, 1) and "several_raters: 2 raters labelled talk;" in err
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


def test_chinese_tables_in_gbk_are_read(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "文件;开始;结束;情绪;说话人\ntalk.mov;0,5;2;高兴;张\nwalk.mov;0;1,25;生气;李\n"
    Path("labels.csv").write_bytes(text.encode("gbk"))
    words = (
        media,
        "--annotations",
        "labels.csv",
        "--columns",
        "item=文件,start=开始,end=结束,label=情绪,speaker=说话人",
    )
    counts, codes = doctor(capsys, *words, code=1)
    assert (counts["utterances"], codes.count("encoding")) == (2, 1)
    for options in (("--encoding", "gb18030"), ("--encoding", "GBK", "--delimiter", ";")):
        counts, codes = doctor(capsys, *words, *options)
        assert (counts["utterances"], set(codes)) == (2, {"label_repaired"})
    code, out, err = run(capsys, "plan", *words, "--encoding", "gb18030", "--by", "utterance", "--json")
    assert (code, err, json.loads(out)["windows"]) == (0, "", 2)
    code, out, _ = run(capsys, "show", "talk@0-2", *words, "--encoding", "gb18030", "--json")
    assert (code, json.loads(out)["path"]) == (0, str(media / "talk.mov"))


def test_fields_of_their_own_names_are_used(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Seconds count before frames, and the end before the duration.
    Path("labels.tsv").write_text(
        "Item\tstart\tend\tduration\tstart_frame\tend_frame\tlabel\tSpeaker\tfold\tgroup:session\n"
        "talk.mov\t0\t2\t9\t7\t8\tJoy\ts1\t1\td1\nwalk.mov\t0\t2\t9\t7\t8\tJoy\ts1\t1\td1\n"
    )
    counts, codes = doctor(capsys, media, "--annotations", "labels.tsv")
    assert (counts["monologues"], counts["seconds"], codes) == (2, "12", [])
    Path("clips.csv").write_text("item,label,confidence,intensity\ntalk.mov,joy,0.3,4\nwalk.mov,fear,0.9,9\n")
    _, codes = doctor(capsys, media, "--annotations", "clips.csv", code=1)
    assert codes == ["bad_intensity"]
    Path("frames.csv").write_text("item|start_frame|end_frame|label\ntalk.mov|0|24|Joy\nwalk.mov|25|49|Joy\n")
    words = (media, "--annotations", "frames.csv", "--delimiter", "|")
    assert doctor(capsys, *words, "--frame-rate", "30000/1001")[0]["utterances"] == 2
    code, line = refused(capsys, "doctor", *words)
    assert (code, "--frame-rate must be given for the column of start_frame" in line) == (2, True)
    Path("tabs.csv").write_text("item\tlabel\ntalk.mov\tjoy\nwalk.mov\tjoy\n")
    for tab in ("tab", "\\t", "\t"):
        assert doctor(capsys, media, "--annotations", "tabs.csv", "--delimiter", tab)[0]["clips"] == 2


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--columns", "speeker=item"], "--columns must be a field .* got 'speeker=item'; write speaker=item"),
        (["--columns", "label=Labels"], "got label=Labels; it has the columns .*, so write label=label"),
        (["--columns", "group:=item"], "--columns must be a field .*, group:KIND, got 'group:=item'"),
        (["--columns", "start_frame=start"], "--frame-rate must be given for the column of start_frame"),
        (["--encoding", "x"], "--encoding must be a name that Python knows"),
        (["--delimiter", "::"], "--delimiter must be one character"),
    ],
    ids=["field", "case", "kind", "clock", "encoding", "delimiter"],
)
def test_wrong_options_of_tables_are_one_line(
    media: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str
) -> None:
    Path("labels.csv").write_text(TABLE)
    code, line = refused(capsys, "doctor", media, "--annotations", "labels.csv", *words)
    assert code == 2 and re.search(text, line), line


def test_options_of_tables_need_a_table(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_eaf(Path("talk.eaf"), [Segment(Span(0, 2), "Joy", "emotion")])
    for words in (("--encoding", "gbk"), ("--delimiter", ";")):
        code, line = refused(capsys, "doctor", media, "--annotations", "talk.eaf", *words)
        assert (code, f"{words[0]} must come with a table" in line) == (2, True)


def test_votes_are_read_from_any_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, log = tmp_path / "v.tsv", tmp_path / "votes.jsonl"
    path.write_bytes("片段\t情绪\na\t高兴\nb\t生气\n".encode("gbk"))
    words = [
        "votes",
        path,
        "--log",
        log,
        "--layer",
        "basic7",
        "--item",
        "片段",
        "--label",
        "情绪",
        "--rater",
        "m",
        "--json",
    ]
    code, out, _ = run(capsys, *words, "--encoding", "gb18030", "--delimiter", "tab")
    lines = [json.loads(line) for line in out.splitlines()]
    assert (lines[0]["votes"], lines[0]["added"]) == (2, 2)
    assert {line["code"] for line in lines[1:]} == {"label_repaired"}
    code, out, _ = run(capsys, *words)
    assert (code, {json.loads(line)["code"] for line in out.splitlines()[1:]}) == (1, {"label_repaired", "encoding"})
    code, line = refused(capsys, *words[:6], "--item", "x", "--label", "情绪", "--rater", "m")
    assert (code, "the column of item must be the name of one column, got 'x'" in line) == (2, True)


@pytest.fixture
def broken(media: Path) -> Path:
    """Two clips that can be read, a file that is no media, one that is empty, and one that is not there."""
    (media / "text.mov").write_bytes(b"no media")
    (media / "empty.mov").write_bytes(b"")
    (media / "gone.mov").symlink_to("nowhere.mov")
    names = ("talk", "text", "empty", "gone", "walk")
    Path("labels.csv").write_text("item,label\n" + "".join(f"{name}.mov,Joy\n" for name in names))
    return media


def test_clips_are_measured_and_broken_files_left_out(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("plan", broken, "--annotations", "labels.csv", "--by", "clip")
    code, out, err = run(capsys, *words, "--json")
    summary = json.loads(out)
    assert (code, summary["windows"], summary["left_out"]) == (1, 2, 3)
    assert [each["key"] for each in summary["skipped"]] == ["folder/text", "folder/empty", "folder/gone"]
    first, *others = err.splitlines()
    assert first == "3 files cannot be read and are left out:"
    assert [line.split(":")[0] for line in others] == ["folder/text", "folder/empty", "folder/gone"]
    code, out, _ = run(capsys, *words)
    assert code == 1 and "3 items whose file cannot be read, such as 'folder/text'" in out
    code, out, err = run(capsys, *words, "--on-error", "skip", "--json")
    assert (code, json.loads(out)["fingerprint"]) == (1, summary["fingerprint"])
    code, line = refused(capsys, *words, "--on-error", "raise")
    assert code == 3
    assert line.startswith(
        "emos: 3 files of 5 items cannot be read, first that of 'folder/text' (opening the container failed"
    )
    assert line.endswith('or pass --on-error skip: "clips/text.mov"\n')
    for name in ("talk", "walk"):
        (broken / f"{name}.mov").unlink()
    code, out, err = run(capsys, *words)
    assert (code, out) == (3, "")
    assert "emos: 3 files of 3 items cannot be read, first that of 'folder/text'" in err
    assert err.endswith('; get it again: "clips/text.mov"\n')


def test_broken_files_of_monologues_are_left_out_where_that_is_asked_for(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("labels.csv").write_text("item,start,end,label\ntalk.mov,0,2,Joy\ntext.mov,0,4,Joy\n")
    words = ("plan", broken, "--annotations", "labels.csv", "--length", 2, "--json")
    code, out, _ = run(capsys, *words)
    assert (code, json.loads(out)["windows"]) == (0, 3 + 2)
    code, out, _ = run(capsys, *words, "--on-error", "skip")
    summary = json.loads(out)
    assert (code, summary["windows"], [each["key"] for each in summary["skipped"]]) == (1, 3, ["folder/text"])


def test_broken_clips_are_found_by_doctor_and_have_no_page(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = ("--annotations", "labels.csv")
    _, codes = doctor(capsys, broken, *own, code=1)
    assert codes == ["unreadable_media"] * 3
    code, line = refused(capsys, "show", "folder/empty@0-1", broken, *own)
    assert (code, "the source is empty" in line) == (3, True)
    code, out, _ = run(capsys, "show", "talk@0-6", broken, *own, "--json")
    assert (code, json.loads(out)["path"]) == (0, str(broken / "talk.mov"))
