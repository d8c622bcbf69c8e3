"""Where verbs of votes read them: logs, folders of media with a log, and layers of one's own, alike in every verb."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from own_data_runs import refused, run, two_files

from emos_io.annotation import Event, EventLog
from emos_io.corpus import Corpus, Vote
from emos_io.spans import Span

pytestmark = pytest.mark.command

MOODS = '{"name": "moods", "labels": ["calm", "tense"]}'
GIVEN = {"talk": ("calm", "calm", "tense"), "walk.mov": ("tense", "tense", "tense")}
RATERS = ("ann", "bob", "cy")


def vote(item: str, rater: str, label: str, layer: str, span: Span | None = None) -> Event:
    return Event(Vote(item=item, layer=layer, rater=rater, labels=(label,), raw=label, span=span))


@pytest.fixture
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two files of 6 s, moods.json, and moods.jsonl with votes in its layer."""
    folder = two_files(tmp_path, monkeypatch)
    Path("moods.json").write_text(MOODS)
    EventLog("moods.jsonl").add(
        vote(item, who, label, "moods")
        for item, labels in GIVEN.items()
        for who, label in zip(RATERS, labels, strict=True)
    )
    return folder


@pytest.mark.parametrize("layer", [("--layer", "moods.json"), ("--layer", "moods", "--taxonomies", "moods.json")])
def test_each_verb_of_votes_takes_a_log_and_a_layer_of_your_own(
    layer: tuple[str, ...], media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "decide", "moods.jsonl", *layer, "--method", "majority", "--out", "saved", "--json")
    assert (code, err) == (0, "no decisions in moods were there before\ncorpus with decisions, written: saved\n")
    decided = {line["key"]: line["label"] for line in map(json.loads, out.splitlines())}
    assert decided == {"talk": "calm", "walk.mov": "tense"}
    for source in ("moods.jsonl", "saved"):
        code, out, err = run(capsys, "agreement", source, *layer, "--json")
        assert (code, err, json.loads(out)["panels"][0]["num_items"]) == (0, "", 2)
    code, out, err = run(capsys, "review", "moods.jsonl", *layer, "--out", "queue.csv", "--json")
    assert (code, err, json.loads(out)["tasks"]) == (0, "", 0)
    code, out, err = run(capsys, "review", "saved", *layer, "--out", "queue.csv", "--json")
    assert (code, err, json.loads(out)["low tier"]) == (0, "", 1)
    with Path("queue.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    row |= {"label": "tense", "reviewer": "rita"}
    with Path("queue.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    code, out, err = run(capsys, "review", "--read", "queue.csv", "--log", "answers.jsonl", *layer, "--json")
    assert (code, err, json.loads(out)["added"]) == (0, "", 1)
    code, out, err = run(capsys, "decide", "saved", "--log", "answers.jsonl", *layer, "--method", "majority", "--json")
    assert code == 0 and json.loads(out.splitlines()[0])["label"] == "tense"


def test_media_of_a_folder_have_the_votes_of_a_log(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (media / "deep").mkdir()
    (media / "deep" / "sing.mov").symlink_to((media / "walk.mov").resolve())
    log = EventLog("votes.jsonl")
    log.add(vote(item, who, "Joy", "basic7") for item in ("walk.mov", "sing") for who in RATERS)
    spans = ((Span(0, 2), "Joy"), (Span(2, 5), "Fear"))
    log.add(vote("folder/talk", who, label, "basic7", span) for who in RATERS for span, label in spans)
    code, _, err = run(capsys, "decide", media, "--log", "votes.jsonl", "--method", "majority", "--out", "decided")
    assert (code, err) == (0, "")
    corpus = Corpus.load("decided")
    assert {clip.key: clip.decisions["basic7"].label for clip in corpus.clips} == {
        "folder/walk": "Joy",
        "folder/deep/sing": "Joy",
    }
    (talk,) = corpus.monologues
    assert talk.key == "folder/talk" and talk.duration == 6
    assert [(each.label, each.span) for each in talk.decisions] == [(label, span) for span, label in spans]
    for words, count in ((("--length", 2), 3), (("--by", "clip"), 2)):
        code, out, err = run(capsys, "plan", "decided", *words, "--json")
        assert (code, err, json.loads(out)["windows"]) == (0, "", count)


def test_what_a_log_says_of_no_media_is_a_fault(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = EventLog("votes.jsonl")
    log.add(vote(item, who, "Joy", "basic7") for item in ("walk", "nobody") for who in RATERS)
    log.add(vote("talk", who, "Joy", "basic7", Span(0, 9)) for who in RATERS)
    (media / "torn.mov").write_bytes(b"no media")
    code, out, _ = run(capsys, "decide", media, "--log", "votes.jsonl", "--method", "majority", "--json")
    codes = [line["code"] for line in map(json.loads, out.splitlines()) if "code" in line]
    assert (code, sorted(codes)) == (1, ["label_after_end", "unknown_item", "unreadable_media", "vote_after_end"])


def test_a_queue_without_answers_makes_a_log_that_the_next_step_reads(
    media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--layer", "moods.json", "--method", "majority")
    code, out, _ = run(capsys, "decide", "moods.jsonl", *words, "--queue", "queue.xlsx", "--out", "saved")
    assert code == 0 and "1 item to review, written" in out
    code, out, err = run(capsys, "review", "--read", "queue.xlsx", "--log", "new/answers.jsonl")
    assert (code, out) == (0, "answers 0, added 0, log new/answers.jsonl\n") and "no row has an answer yet" in err
    code, out, _ = run(capsys, "decide", "saved", "--log", "new/answers.jsonl", *words)
    assert code == 0 and "0 labels and 0 tiers that differ" in out


@pytest.mark.parametrize("verb", ["decide", "agreement", "review"])
def test_wrong_sources_are_one_line_in_each_verb(verb: str, media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("votes.csv").write_text("item,label\ntalk,Joy\n")
    more = ("--out", "queue.csv") if verb == "review" else ()
    for words, code, text in (
        (("nowhere.jsonl",), 3, "there is no such log"),
        (("nowhere",), 3, "there is no such folder"),
        (("votes.csv",), 2, "a file alone must be a log of votes, got .csv; read it into a log with emos votes"),
        (("moods.jsonl", "--log", "moods.jsonl"), 2, "--log must be left out with a log alone"),
        ((media,), 2, "--annotations must be given with a folder of media, got none"),
        ((media, "--log", "nowhere.jsonl"), 3, "there is no such log"),
    ):
        got, line = refused(capsys, verb, *words, *more)
        assert got == code and text in line


@pytest.mark.parametrize("keys", [("talk", "walk.mov"), ("own/talk.mov", "own/walk"), ("folder/talk", "folder/walk")])
def test_media_are_found_by_the_names_that_items_have(
    keys: tuple[str, str], media: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    EventLog("votes.jsonl").add(vote(key, who, "Joy", "basic7") for key in (*keys, "none") for who in RATERS)
    assert run(capsys, "decide", "votes.jsonl", "--method", "majority", "--out", "decided")[0] == 0
    code, out, err = run(capsys, "plan", "decided", "--by", "clip", "--media", media, "--json")
    assert (code, json.loads(out)["windows"]) == (0, 2)
    assert err == "1 clip is left out without a published length or media; give --media\n"
    code, out, _ = run(capsys, "doctor", "decided", "--media", media, "--json")
    codes = [line["code"] for line in map(json.loads, out.splitlines()[1:])]
    assert (code, codes) == (1, ["missing_media"])


def test_all_findings_of_reading_your_own_data_are_printed(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = "item,label\n"
    Path("ann.csv").write_text(f"{head}talk,calm\nwalk,tense\nnobody,calm\nnone,calm\n")
    Path("bob.csv").write_text(f"{head}talk,calm\nwalk,tense\n")
    words = ("--annotations", "ann.csv", "--annotations", "bob.csv", "--layer", "moods", "--label-names", "calm,tense")
    code, out, err = run(capsys, "decide", media, *words, "--method", "majority", "--out", "saved", "--json")
    codes = sorted(line["code"] for line in map(json.loads, out.splitlines()) if "code" in line)
    assert (code, codes) == (1, ["labels_without_file", "unknown_media", "unknown_media"])
    code, _, err = run(capsys, "decide", media, *words, "--method", "majority")
    assert code == 1 and err.count("unknown_media: ") == 2 and "several_raters" not in err
    # What was found before is no matter of deciding again.
    code, out, err = run(capsys, "decide", "saved", "--layer", "moods", "--method", "majority")
    assert (code, err) == (0, "")
    Path("ann.csv").write_text(f"{head}talk,calm\nwalk,tense\n")
    for verb, more in (("decide", ("--method", "majority")), ("agreement", ()), ("review", ("--out", "queue.csv"))):
        code, _, err = run(capsys, verb, media, *words, *more)
        assert code == 0 and [line.split(":")[0] for line in err.splitlines()] == ["labels_without_file"], verb


def test_show_says_which_source_is_wrong(media: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "show", "talk", "nowhere")[1].startswith("emos: there is no such file or folder")
    assert "got a log; make a corpus of it with emos decide --out" in refused(capsys, "show", "talk", "moods.jsonl")[1]
    assert "key must be item@start-end" in refused(capsys, "show", "talk", media / "talk.mov")[1]
