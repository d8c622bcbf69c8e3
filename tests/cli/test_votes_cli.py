"""Votes and answers by command: raters of one name, labels on spans, what answers change."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.annotation import EventLog, with_events
from emos_io.cli.app import guarded
from emos_io.cli.verbs import app
from emos_io.corpus import Corpus, Monologue
from emos_io.formats import Segment, write_eaf, write_textgrid

pytestmark = pytest.mark.command


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def emos(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = guarded(lambda: app(list(words), standalone_mode=False))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def written(path: str, text: str) -> str:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, "utf-8")
    return path


READ = ("--log", "log.jsonl", "--layer", "basic7", "--item", "clip", "--label", "label")


def test_two_raters_of_one_name_stay_two(capsys: pytest.CaptureFixture[str]) -> None:
    first = written("a/ann.csv", "clip,label\n1,Joy\n2,Joy\n")
    second = written("b/ann.csv", "clip,label\n1,Joy\n2,Fear\n")
    code, out, err = emos(capsys, "votes", first, second, *READ)
    assert (code, out) == (1, f"{first}: 2 votes, 2 new in log.jsonl\n{second}: 2 votes, 2 new in log.jsonl\n")
    assert err == (
        "same_rater_name: 2 files of raters named 'ann' label 2 items of each other's; their raters are 'a/ann', 'b/ann'; if "
        "they are one person, give --rater: a/ann.csv\n"
    )
    votes = [each.vote for each in EventLog("log.jsonl").events]
    assert [(each.item, each.rater, each.labels) for each in votes] == [
        ("1", "a/ann", ("Joy",)), ("2", "a/ann", ("Joy",)), ("1", "b/ann", ("Joy",)), ("2", "b/ann", ("Fear",)),
    ]  # fmt: skip


def test_files_of_one_name_about_other_items_are_of_one_rater(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = written("a/ann.csv", "clip,label\n1,Joy\n"), written("b/ann.csv", "clip,label\n2,Joy\n")
    assert emos(capsys, "votes", first, second, first, *READ)[0] == 0
    assert {each.vote.rater for each in EventLog("log.jsonl").events} == {"ann"}


def test_a_rater_who_contradicts_the_log_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert emos(capsys, "votes", written("a/ann.csv", "clip,label\n1,Joy\n"), *READ)[0] == 0
    code, _, err = emos(capsys, "votes", written("b/ann.csv", "clip,label\n1,Fear\n"), *READ)
    assert (
        code,
        err.count("\n"),
        err.startswith("second_vote: ann voted twice on 1 in basic7, 'Joy' and 'Fear';"),
    ) == (1, 1, True)


def test_votes_on_spans_are_asked_and_answered(capsys: pytest.CaptureFixture[str]) -> None:
    spans = Span(0, 2), Span(2, Fraction("4.5"))
    for rater, labels in {"ann": ("Joy", "Fear"), "bob": ("Joy", "Sadness")}.items():
        segments = [Segment(span, label, "emotion", rater) for span, label in zip(spans, labels, strict=True)]
        write_eaf(f"{rater}.eaf", segments, media=["talk.mov"])
    talk = Monologue(
        key="own/talk", name="talk", title="Talk", language="en", duration=Fraction(9), published_path="clips/talk.mov"
    )
    Corpus((), [talk]).save("saved")
    read = ("--log", "log.jsonl", "--layer", "basic7")
    assert emos(capsys, "votes", "ann.eaf", "bob.eaf", *read)[0] == 0
    code, out, err = emos(capsys, "review", "saved", "--log", "log.jsonl", "--out", "queue.csv", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"tasks": 1, "low tier": 0, "no majority": 1, "differs": 0, "out": "queue.csv"}
    with Path("queue.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["item"], row["start"], row["end"], row["votes"]) == ("own/talk", "2", "4.5", "ann: Fear, bob: Sadness")
    row |= {"label": "Fear", "reviewer": "carol"}
    with Path("back.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerows([row, row | {"item": "none"}])
    code, out, err = emos(capsys, "review", "saved", "--read", "back.csv", "--log", "log.jsonl")
    assert (code, out) == (1, "answers 1, added 1, log log.jsonl\nown/talk [2, 9/2), basic7: Fear, by carol\n")
    assert (
        err
        == "unknown_item: the answer is on none, which is not in the corpus; it is left out; correct the key: back.csv, row 3\n"
    )
    done = with_events(Corpus.load("saved"), EventLog("log.jsonl")).monologues[0]
    assert [(each.span, each.label) for each in done.decisions] == [(spans[1], "Fear")]
    assert [(each.rater, each.span) for each in done.votes_in("basic7")] == [
        (rater, span) for rater in ("ann", "bob") for span in spans
    ]
    assert emos(capsys, "review", "saved", "--log", "log.jsonl", "--out", "queue.json")[1].startswith("tasks 0,")


def task(item: str) -> dict[str, object]:
    value = {"start": 0, "end": 2, "labels": ["Joy"]}
    result = {"type": "labels", "from_name": "emotion", "to_name": "audio", "value": value}
    return {"data": {"audio": item}, "annotations": [{"completed_by": 1, "result": [result]}]}


def test_an_item_is_given_for_one_file_with_spans_alone(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("talk", "walk"):
        write_eaf(f"{name}.eaf", [Segment(Span(0, 2), "Joy", "emotion")])
        Path(f"{name}.json").write_text(json.dumps([task(f"{name}.mov")]))
        write_textgrid(f"{name}.TextGrid", [Segment(Span(0, 2), "Joy", "emotion")])
    Path("both.json").write_text(json.dumps([task("talk.mov"), task("walk.mov")]))
    written("ann.csv", "clip,label\n1,Joy\n")
    words = ("--log", "log.jsonl", "--layer", "basic7", "--rater", "ann")
    several = (
        "--item must be left out with several files with spans, got it with 2; leave it out, each file names its media"
    )
    for files, text in (
        (("talk.eaf", "walk.eaf"), several),
        (("talk.json", "walk.TextGrid"), several),
        (
            ("ann.csv", "talk.eaf", "--label", "label"),
            "--item must be a column of tables or the key of a file with spans",
        ),
        (
            ("both.json",),
            "--item must be left out for a file about 2 items, got 'clip'; leave it out, the file names its",
        ),
    ):
        code, out, err = emos(capsys, "votes", *files, *words, "--item", "clip")
        assert (code, out, err.count("\n"), text in err) == (2, "", 1, True), err
    assert not Path("log.jsonl").exists()
    for given, items in (
        (("talk.eaf", "walk.TextGrid"), {"talk", "walk"}),
        (("talk.json", "walk.json"), {"talk.mov", "walk.mov"}),
        (("both.json",), {"talk.mov", "walk.mov"}),
        (("talk.eaf", "--item", "clip"), {"clip"}),
        (("talk.eaf", "talk.eaf", "--item", "clip"), {"clip"}),
        (("talk.json", "--item", "clip"), {"clip"}),
    ):
        assert emos(capsys, "votes", *given, *words)[0] == 0
        assert {each.vote.item for each in EventLog("log.jsonl").events} == items
        Path("log.jsonl").unlink()


@pytest.mark.parametrize("more", [(), ("--item", "clip", "--label", "label")], ids=["alone", "as-tables"])
def test_a_folder_is_no_file_of_votes(more: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    written("votes/ann.csv", "clip,label\n1,Joy\n")
    for words, text in (
        (("votes", "--log", "log.jsonl"), "files, got a folder; give the files in it: "),
        (("votes/ann.csv", "votes", "--log", "log.jsonl"), "files, got a folder; give the files in it: "),
        (("votes/ann.csv", "--log", "votes"), "--log must be a file, got a folder; name a file that ends in .jsonl: "),
    ):
        code, out, err = emos(capsys, "votes", *words, "--layer", "basic7", *more)
        assert (code, out, err.count("\n"), f'{text}"votes"' in err) == (2, "", 1, True), err


def test_another_answer_of_one_reviewer_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    head = "item,layer,label,reviewer\n"
    read = ("--log", "log.jsonl", "--read")
    code, out, _ = emos(capsys, "review", *read, written("a.csv", f"{head}1,basic7,Joy,carol\n"))
    assert (code, out) == (0, "answers 1, added 1, log log.jsonl\n1, basic7: Joy, by carol\n")
    code, out, err = emos(capsys, "review", *read, written("b.csv", f"{head}1,basic7,Fear,carol\n"))
    assert (code, out) == (1, "answers 1, added 1, log log.jsonl\n")
    assert err.startswith("second_vote: carol voted twice on 1 in basic7, 'Joy' and 'Fear'; the first counts; ")
    assert emos(capsys, "review", *read, "a.csv") == (0, "answers 1, added 0, log log.jsonl\n", "")


def test_a_log_that_is_not_there_is_no_empty_one(capsys: pytest.CaptureFixture[str]) -> None:
    Corpus().save("saved")
    code, out, err = emos(capsys, "review", "saved", "--log", "none.jsonl", "--out", "queue.csv")
    assert (code, out, "there is no such log" in err, Path("queue.csv").exists()) == (3, "", True, False)


def test_votes_of_a_log_on_unknown_items_are_findings(capsys: pytest.CaptureFixture[str]) -> None:
    Corpus().save("saved")
    emos(capsys, "votes", written("ann.csv", "clip,label\n1,Joy\n"), *READ)
    code, _, err = emos(capsys, "review", "saved", "--log", "log.jsonl", "--out", "queue.csv")
    assert (code, err.startswith("unknown_item: ann voted on 1, which is not in the corpus;")) == (1, True)
