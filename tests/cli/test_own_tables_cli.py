"""Tables in any encoding, fields of every kind and broken media, on the command line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from own_data_runs import TABLE, doctor, refused, run, two_files

from emos_io import Span
from emos_io.formats import Segment, write_eaf


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return two_files(tmp_path, monkeypatch)


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
