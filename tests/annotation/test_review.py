"""Votes as events, the queue of items to adjudicate, and its way back."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from emos_io.annotation.log.events import Event, EventLog, with_events
from emos_io.annotation.log.importing import read_votes
from emos_io.annotation.review import read_answers, review_queue, write_review_label_studio, write_review_workbook
from emos_io.corpus import Corpus, FindingCollector, Vote
from emos_io.errors import CorpusError, InvalidArgument, SourceNotFound, quoted
from oracle import synthetic_release as made

LOW = "chsims/aqgy4_0009/00008_0"


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus.from_release(made.make(tmp_path / "release"))


def vote(item: str = LOW, label: str = "Joy", rater: str = "ann") -> Vote:
    return Vote(item=item, layer="basic7", rater=rater, labels=(label,), raw=label)


def test_a_log_only_grows(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "log.jsonl"
    first, second = Event(vote()), Event(vote(label="Fear", rater="bob"), time="2026-01-01T00:00:00Z", note="sure")
    assert EventLog(path).add([first]) == 1
    before = path.read_bytes()
    log = EventLog(path)
    assert log.add([first, second]) == 1
    assert path.read_bytes().startswith(before)
    assert EventLog(path).events == (first, second)
    assert EventLog(path).events[1].id == second.id


def test_what_is_superseded_does_not_count(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.jsonl")
    first = Event(vote())
    log.add([first, Event(vote(label="Fear"), supersedes=first.id)])
    assert [event.vote.labels for event in log.current()] == [("Fear",)]
    assert len(EventLog(log.path)) == 2
    with pytest.raises(CorpusError, match="not in the log"):
        log.add([Event(vote(label="Anger"), supersedes="0" * 16)])
    assert len(EventLog(log.path)) == 2


def test_a_second_vote_is_a_finding_and_the_first_counts(tmp_path: Path) -> None:
    log, findings = EventLog(tmp_path / "log.jsonl"), FindingCollector()
    log.add([Event(vote()), Event(vote(label="Fear"))])
    assert [event.vote.labels for event in log.current(findings)] == [("Joy",)]
    assert findings.collected.counts() == {"second_vote": 1}


def test_a_broken_line_is_named_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    EventLog(path).add([Event(vote())])
    text = path.read_text() + "{\n"
    path.write_text(text)
    with pytest.raises(CorpusError, match="line 2 is no event"):
        EventLog(path)
    assert path.read_text() == text
    path.write_text('{"vote": 3}\n')
    with pytest.raises(CorpusError) as caught:
        EventLog(path)
    assert str(caught.value) == (
        "line 1 is no event (vote must be `object`, got `int`); correct it by hand, the file was not changed: "
        f"{quoted(path)}"
    )


def test_the_queue_of_the_release(release: Corpus) -> None:
    tasks = review_queue(release)
    low = {clip.key for clip in release.clips if clip.confidence_tier == "low"}
    assert {task.item for task in tasks if task.reason == "low tier"} == low
    assert {task.reason for task in tasks} == {"low tier", "no majority"}
    for task in tasks:
        if task.reason == "no majority":
            labels = [label for _, label in task.votes]
            assert len(set(labels)) == len(labels) == 3
    # Every item on whose class all three raters differ is there, whatever its tier.
    differing = {
        clip.key for clip in release.clips
        if len({vote.labels for vote in clip.votes_in("basic7")}) == len(clip.votes_in("basic7")) == 3
    }  # fmt: skip
    assert len(differing) == 283 + 83
    assert differing <= {task.item for task in tasks}


def test_a_workbook_out_and_back(corpus: Corpus, tmp_path: Path) -> None:
    tasks = review_queue(corpus)
    assert [task.item for task in tasks] == ["meld/dia0_utt3", LOW]
    path = tmp_path / "queue.xlsx"
    write_review_workbook(tasks, path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[3]][:7] == [
        LOW, "basic7", "zh", "谢谢", "data-final/Chinese/Raw/aqgy4_0009/00008_0.mp4", "cp: Disgust, ljx: Disgust, wqf: Neutral",
        "Disgust",
    ]  # fmt: skip
    sheet.cell(3, 10, "neutral")
    sheet.cell(3, 11, "carol")
    sheet.cell(3, 12, "she smiles")
    sheet.cell(2, 10, "meh")
    sheet.cell(2, 11, "carol")
    book.save(path)
    findings = FindingCollector()
    (event,) = read_answers(path, findings)
    assert findings.collected.counts() == {"unknown_label": 1}
    assert (event.vote.item, event.vote.rater, event.vote.labels, event.vote.role, event.note) == (
        LOW, "carol", ("Neutral",), "adjudicate", "she smiles",
    )  # fmt: skip
    log = EventLog(tmp_path / "log.jsonl")
    assert (log.add([event]), log.add(read_answers(path, FindingCollector()))) == (1, 0)
    decided = with_events(corpus, log).clips[LOW].decision
    assert decided is not None
    assert (decided.label, decided.confidence_tier, decided.recipe["method"], decided.recipe["before"]) == (
        "Neutral",
        "high",
        "adjudication",
        "Disgust",
    )
    published = corpus.clips[LOW].decision
    assert published is not None and published.label == "Disgust"


def test_label_studio_out_and_back(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    write_review_label_studio(review_queue(corpus), path)
    tasks = json.loads(path.read_text("utf-8"))
    assert tasks[1]["data"]["item"] == LOW and tasks[1]["predictions"][0]["result"][0]["value"]["choices"] == [
        "Disgust"
    ]
    answer = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["Joy"]}}
    tasks[1]["annotations"] = [{"id": 1, "completed_by": {"email": "dan@example.org"}, "result": [answer]}]
    tasks[0]["annotations"] = [{"id": 2, "completed_by": 3, "was_cancelled": True, "result": [answer]}]
    path.write_text(json.dumps(tasks), "utf-8")
    (event,) = read_answers(path, FindingCollector())
    assert (event.vote.item, event.vote.rater, event.vote.labels) == (LOW, "dan@example.org", ("Joy",))
    path.write_text("[{}]")
    assert read_answers(path, FindingCollector()) == []
    path.write_text('[{"id": 1, "annotations": [{"result": 3}]}]')
    with pytest.raises(CorpusError, match="no export of the review tasks"):
        read_answers(path, FindingCollector())
    with pytest.raises(SourceNotFound):
        read_answers(tmp_path / "nothing.xlsx", FindingCollector())


def test_events_on_items_that_the_corpus_lacks(corpus: Corpus, tmp_path: Path) -> None:
    log = EventLog(tmp_path / "log.jsonl")
    log.add([Event(vote("chsims/none/0001")), Event(vote())])
    joined = with_events(corpus, log)
    assert [v.rater for v in joined.clips[LOW].votes_in("basic7")] == ["cp", "ljx", "wqf", "ann"]
    assert joined.findings.counts()["unknown_item"] == 1


def test_votes_from_workbooks(tmp_path: Path) -> None:
    path = tmp_path / "votes.xlsx"
    made.workbook(
        path, [["d", "u", "ann", "bob"], [0, 1, "joy;pride", "frozenset({'joy', 'remrose'})"], [0, 2, None, "meh"]]
    )
    findings = FindingCollector()
    events = read_votes(
        path, findings, layer="goemotions", item="meld/dia{d}_utt{u}", label={"ann": "ann", "bob": "bob"}
    )
    labels = {(e.vote.item, e.vote.rater): (e.vote.labels, e.vote.open_labels) for e in events}
    assert labels == {
        ("meld/dia0_utt1", "ann"): (("joy", "pride"), ()), ("meld/dia0_utt1", "bob"): (("joy", "remorse"), ()),
        ("meld/dia0_utt2", "bob"): ((), ("meh",)),
    }  # fmt: skip
    assert findings.collected.counts() == {"label_repaired": 1, "unknown_label": 1}
    with pytest.raises(
        InvalidArgument,
        match="path must be a table with the columns named, got one where column 'emotion' is missing among",
    ):
        read_votes(path, FindingCollector(), layer="basic7", item="d", label="emotion", rater="ann")
    with pytest.raises(InvalidArgument, match="must have one of rater and rater_column, got neither; give one"):
        read_votes(path, FindingCollector(), layer="basic7", item="d", label="ann")
    with pytest.raises(SourceNotFound, match="there is no such file; check the path: ") as caught:
        read_votes(tmp_path / "no.csv", FindingCollector(), layer="basic7", item="d", label="ann", rater="ann")
    assert caught.value.path == str(tmp_path / "no.csv")
    with pytest.raises(
        InvalidArgument,
        match=r"item must be a column, or a pattern .* of d, u, ann, bob, got '\{nope\}' \('nope'\); correct",
    ):
        read_votes(path, FindingCollector(), layer="basic7", item="{nope}", label="ann", rater="ann")
