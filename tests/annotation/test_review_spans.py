"""The queue for spans and for layers of one's own, its tables, and answers on spans."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from emos_io import Span
from emos_io.annotation import (
    REVIEW_COLUMNS,
    EventLog,
    ReviewTask,
    read_answers,
    review_queue,
    with_events,
    write_review_csv,
    write_review_label_studio,
    write_review_workbook,
)
from emos_io.corpus import Clip, Corpus, CorpusData, Decision, FindingCollector, Monologue, Sentence, Taxonomy, Vote
from emos_io.corpus.confidence_tiers import ConfidenceTier

THIRD = Span(Fraction(1, 3), Fraction("2.5"))
MOODS = Taxonomy("moods", "1", "Moods", ('calm "inside"', "tense"))


def vote(rater: str, label: str, span: Span | None = None, layer: str = "basic7") -> Vote:
    return Vote(item="own/talk", layer=layer, rater=rater, labels=(label,), raw=label, span=span)


def decided(label: str, span: Span | None, tier: ConfidenceTier | None = "high", sure: float = 1.0) -> Decision:
    scores, recipe = {label: sure}, {"method": "majority"}
    return Decision(
        item="own/talk", layer="basic7", labels=(label,), scores=scores, confidence=sure, confidence_tier=tier,
        recipe=recipe, span=span,
    )  # fmt: skip


def talk(
    *, votes: tuple[Vote, ...] = (), decisions: tuple[Decision, ...] = (), replaced: tuple[Decision, ...] = ()
) -> Monologue:
    spoken = [Sentence(index=1, span=Span(0, 1), text="Hi."), Sentence(index=2, span=Span(3, 5), text="Bye.")]
    return Monologue(
        key="own/talk", name="talk", title="Talk", language="en", duration=Fraction(10), sentences=tuple(spoken),
        votes=votes, decisions=decisions, replaced=replaced, path="talk.mov",
    )  # fmt: skip


def asked(monologue: Monologue) -> list[tuple[Span | None, str, str]]:
    return [(task.span, task.decision, task.reason) for task in review_queue(Corpus((), [monologue]))]


def test_spans_of_votes_without_a_majority_are_asked() -> None:
    votes = (
        vote("ann", "Joy", Span(0, 4)),
        vote("bob", "Joy", Span(0, 2)),
        vote("bob", "Fear", Span(2, 3)),
        vote("cat", "Joy", Span(0, 2)),
    )
    # From 3 on ann alone has voted, so hers is the majority.
    assert asked(talk(votes=votes)) == [(Span(2, 3), "", "no majority")]
    # A decision is asked as one; the span without a decision stands alone.
    first, second = decided("Joy", Span(0, Fraction(5, 2))), decided("Joy", Span(3, 4), "low", 0.4)
    assert asked(talk(votes=votes, decisions=(first, second))) == [
        (Span(Fraction(5, 2), 3), "", "no majority"),
        (second.span, "Joy", "low tier"),
        (first.span, "Joy", "no majority"),
    ]


def test_decisions_that_differ_from_those_before_are_asked() -> None:
    before = decided("Fear", Span(0, 3))
    made = decided("Fear", Span(0, 1)), decided("Joy", Span(1, 3)), decided("Joy", Span(3, 4))
    assert asked(talk(decisions=made, replaced=(before,))) == [(Span(1, 3), "Joy", "differs")]
    one = replace(before, item="own/1", span=None)
    clip = Clip(
        key="own/1", source="own", language="en", decisions={"basic7": replace(made[1], span=None)}, replaced=(one,)
    )
    assert [task.reason for task in review_queue(Corpus([clip]))] == ["differs"]
    assert review_queue(Corpus([replace(clip, replaced=(replace(one, labels=("Joy",)),))])) == []


def test_what_a_reviewer_decided_is_not_asked_again() -> None:
    adjudicated = replace(decided("Joy", Span(0, 4), "low"), recipe={"method": "adjudication"})
    votes = vote("ann", "Joy", Span(0, 4)), vote("bob", "Fear", Span(0, 4))
    assert asked(talk(votes=votes, decisions=(adjudicated,), replaced=(decided("Fear", Span(0, 4)),))) == []


def test_tasks_on_spans_have_the_votes_and_the_words() -> None:
    votes = vote("ann", "Joy", Span(0, 4)), vote("bob", "Joy", Span(0, 2)), vote("bob", "Fear", Span(2, "7/2"))
    made = decided("Joy", Span(0, 4), "low", 0.5)
    (task,) = review_queue(Corpus((), [talk(votes=votes, decisions=(made,))]))
    assert task.votes == (("ann", "Joy"), ("bob", "Joy 0 to 2 then Fear 2 to 7/2"))
    assert (task.text, task.media, task.confidence) == ("Hi. Bye.", "talk.mov", 0.5)


def tasks_on_spans() -> list[ReviewTask]:
    made = decided("Joy", THIRD, "low", 0.5)
    task = review_queue(Corpus((), [talk(votes=(vote("=ann", "Joy", THIRD),), decisions=(made,))]))[0]
    return [task, replace(task, item="own/1", span=None, text="=1+1")]


def filled(rows: list[list[object]]) -> list[list[object]]:
    label = REVIEW_COLUMNS.index("label")
    return [rows[0], *([*row[:label], "Fear", "carol", "", *row[label + 3 :]] for row in rows[1:])]


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ";.csv", ".tsv", ".JSON"])
def test_spans_go_out_and_come_back_exactly(suffix: str, tmp_path: Path) -> None:
    path, back = tmp_path / f"queue{suffix}", tmp_path / f"back{suffix}"
    if suffix == ".JSON":
        write_review_label_studio(tasks_on_spans(), path)
        tasks = json.loads(path.read_text("utf-8"))
        assert [tasks[0]["data"][name] for name in ("start", "end")] == ["1/3", "2.5"]
        assert "start" not in tasks[1]["data"]
        answer = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["Fear"]}}
        for task in tasks:
            task["annotations"] = [{"completed_by": {"email": "carol"}, "result": [answer]}]
        back.write_text(json.dumps(tasks))
    elif suffix == ".xlsx":
        write_review_workbook(tasks_on_spans(), path)
        book = openpyxl.load_workbook(path)
        rows: list[list[object]] = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        assert rows[2][REVIEW_COLUMNS.index("text")] == "=1+1"
        for number, row in enumerate(filled(rows), 1):
            for column, value in enumerate(row, 1):
                book.worksheets[0].cell(number, column, value)
        book.save(back)
    else:
        write_review_csv(tasks_on_spans(), path)
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [list(row) for row in csv.reader(file)]
        between = {".csv": ",", ";.csv": ";", ".tsv": "\t"}[suffix]
        with back.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=between).writerows(filled(rows))
    findings = FindingCollector()
    events = read_answers(back, findings)
    assert [(each.vote.item, each.vote.span, each.vote.labels) for each in events] == [
        ("own/talk", THIRD, ("Fear",)), ("own/1", None, ("Fear",)),
    ]  # fmt: skip
    assert not findings.collected


def test_the_columns_of_before_keep_their_order() -> None:
    assert REVIEW_COLUMNS == (
        "item", "layer", "language", "text", "media", "votes", "decision", "confidence", "reason", "label", "reviewer", "note",
        "start", "end",
    )  # fmt: skip


def table(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(("item,layer,label,reviewer,note,start,end", *rows)), "utf-8")
    return path


def test_each_answer_that_cannot_be_used_is_a_finding_and_the_others_are_read(tmp_path: Path) -> None:
    path = table(
        tmp_path / "q.csv",
        "own/talk,basic7,Joy,carol,,0,2",
        "none,basic7,Joy,carol,,,",
        "own/talk,mood,Joy,carol,,,",
        "own/talk,basic7,Hapy,carol,,,",
        "own/talk,basic7,Joy;Fear,carol,,,",
        "own/talk,basic7,Joy,,,,",
        ",basic7,Joy,carol,,,",
        "own/talk,basic7,Joy,carol,,2,",
        "own/talk,basic7,Joy,carol,,2,1",
        "own/talk,basic7,Joy,carol,,noon,3",
        "own/talk,basic7,,carol,she smiles,0,2",
        "own/talk,basic7,,carol,,0,2",
    )
    findings = FindingCollector()
    answer, remark = read_answers(path, findings, corpus=Corpus((), [talk()]))
    assert (answer.vote.labels, answer.vote.role, answer.vote.span) == (("Joy",), "adjudicate", Span(0, 2))
    assert (remark.vote.labels, remark.vote.role, remark.note) == ((), "review", "she smiles")
    assert [(each.code, each.where) for each in findings.collected] == [
        ("unknown_item", "q.csv, row 3"),
        ("unknown_layer", "q.csv, row 4"),
        ("unknown_label", "q.csv, row 5"),
        ("too_many_labels", "q.csv, row 6"),
        ("no_reviewer", "q.csv, row 7"),
        ("missing_id", "q.csv, row 8"),
        *(("bad_span", f"q.csv, row {number}") for number in (9, 10, 11)),
    ]
    findings = FindingCollector()
    assert read_answers(tmp_path / "q.csv", findings, corpus=None)[0].vote.item == "own/talk"
    lacking = tmp_path / "lacking.csv"
    lacking.write_text("item,label\nown/talk,Joy\n")
    assert read_answers(lacking, findings) == [] and findings.collected[-1].code == "missing_column"


def test_layers_of_your_own_are_asked_and_answered(tmp_path: Path) -> None:
    votes = vote("ann", "tense", layer="moods"), vote("bob", 'calm "inside"', layer="moods")
    clip = Clip(key="own/talk", source="own", language="en", votes=votes)
    corpus = CorpusData([clip], taxonomies=[MOODS])
    tasks = review_queue(corpus, "moods")
    assert [(task.layer, task.reason) for task in tasks] == [("moods", "no majority")]
    path = tmp_path / "q.xlsx"
    other = replace(tasks[0], layer="basic7")
    write_review_workbook([*tasks, other, *tasks], path, taxonomies=corpus.taxonomies)
    book = openpyxl.load_workbook(path)
    rules = {str(each.sqref): each.formula1 for each in book.worksheets[0].data_validations.dataValidation}
    # A label with quotes fits no list in a rule, so the labels stand on a sheet.
    assert rules == {
        "J3": '"Anger,Disgust,Fear,Joy,Neutral,Sadness,Surprise,Unsure"', "J2 J4": "'labels 1'!$A$1:$A$2",
    }  # fmt: skip
    assert [row[0].value for row in book["labels 1"].iter_rows()] == list(MOODS.labels)
    book.worksheets[0].cell(2, 10, "tense")
    book.save(path)
    findings = FindingCollector()
    (event,) = read_answers(path, findings, corpus=corpus, reviewer="carol")
    log = EventLog(tmp_path / "log.jsonl")
    log.add([event])
    done = with_events(corpus, log)
    assert (done.clips[0].decisions["moods"].label, review_queue(done, "moods")) == ("tense", [])
    assert read_answers(path, findings, taxonomies=[MOODS], reviewer="carol") == [event]
    assert read_answers(path, findings, reviewer="carol") == []
    assert [each.code for each in findings.collected] == ["unknown_layer"]


def test_remarks_of_label_studio_are_reviews(tmp_path: Path) -> None:
    path = tmp_path / "q.json"
    remark = {"from_name": "note", "to_name": "text", "type": "textarea", "value": {"text": ["not", "sure"]}}
    task = {"id": 1, "data": {"item": "own/1", "layer": "basic7"}}
    path.write_text(json.dumps([{**task, "annotations": [{"completed_by": {}, "result": [remark]}]}]))
    (event,) = read_answers(path, FindingCollector(), reviewer="carol")
    assert (event.vote.role, event.vote.rater, event.note, event.vote.labels) == ("review", "carol", "not sure", ())
