"""Reviewers who do not agree: the last answer counts, it is a finding, and the queue asks again until most agree."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.annotation import Event, EventLog, review_queue, with_events
from emos_io.cli.app import guarded
from emos_io.cli.verbs import app
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Vote

RECIPE = {"method": "majority"}
MADE = Decision(
    item="own/1", layer="basic7", labels=("Joy",), scores={"Joy": 1.0}, confidence=1.0, confidence_tier="high",
    recipe=RECIPE,
)  # fmt: skip
TIMED = Decision(
    item="own/talk", layer="basic7", labels=("Joy",), scores={"Joy": 1.0}, confidence=1.0, confidence_tier="high",
    recipe=RECIPE, span=Span(0, 8),
)  # fmt: skip
CORPUS = Corpus(
    [Clip(key="own/1", source="own", language="en", decisions={"basic7": MADE})],
    [Monologue(key="own/talk", name="t", title="T", language="en", duration=Fraction(8), decisions=(TIMED,))],
)


def answer(label: str, rater: str, item: str = "own/1", span: Span | None = None) -> Event:
    labels = (label,) if label else ()
    vote = Vote(item=item, layer="basic7", rater=rater, labels=labels, abstain=not label, role="adjudicate", span=span)
    return Event(vote)


def applied(tmp_path: Path, *events: Event) -> Corpus:
    log = EventLog(tmp_path / "log.jsonl")
    log.add(events)
    found = with_events(CORPUS, log)
    again = with_events(found, log)
    assert (list(again), again.findings) == (list(found), found.findings)
    return found


@pytest.mark.parametrize("item", ["own/1", "own/talk"])
@pytest.mark.parametrize(
    ("labels", "is_conflict"),
    [
        ("Fear", False), ("Fear Fear", False), ("Fear Anger", True), ("Fear Anger Anger", False),
        ("Anger Anger Fear", True), ("Fear Anger Sadness", True), ("Fear -", False), ("- -", False),
    ],
)  # fmt: skip
def test_the_last_answer_counts_and_most_must_agree(item: str, labels: str, is_conflict: bool, tmp_path: Path) -> None:
    span = Span(0, 8) if item == "own/talk" else None
    given = [label.strip("-") for label in labels.split()]
    found = applied(tmp_path, *(answer(label, f"r{number}", item, span) for number, label in enumerate(given)))
    made = found.clips[0].decision if span is None else found.monologues[0].decisions[0]
    assert made is not None and made.label == [label for label in ("Joy", *given) if label][-1]
    assert [(task.item, task.reason) for task in review_queue(found)] == [(item, "no majority")] * is_conflict
    assert found.findings.counts().get("conflicting_answers", 0) == is_conflict


def test_an_answer_that_supersedes_ends_the_conflict(tmp_path: Path) -> None:
    first, second = answer("Fear", "rita"), answer("Anger", "sue")
    agreed = Event(answer("Anger", "rita").vote, supersedes=first.id)
    found = applied(tmp_path, first, second, agreed)
    assert found.clips[0].decision is not None and found.clips[0].decision.label == "Anger"
    assert (review_queue(found), found.findings.counts()) == ([], {})


def test_spans_conflict_only_where_both_answered(tmp_path: Path) -> None:
    found = applied(
        tmp_path, answer("Fear", "rita", "own/talk", Span(0, 4)), answer("Anger", "sue", "own/talk", Span(3, 6)),
        answer("Fear", "sue", "own/talk", Span(6, 8)),
    )  # fmt: skip
    assert [(task.span, task.decision) for task in review_queue(found)] == [(Span(3, 6), "Anger")]
    assert [each.what for each in found.findings] == [
        "the answers of reviewers on own/talk [3, 6) in basic7 differ: rita Fear, sue Anger"
    ]
    one = applied(
        tmp_path / "one",
        answer("Fear", "rita", "own/talk", Span(0, 4)),
        answer("Anger", "rita", "own/talk", Span(1, 2)),
    )
    assert (review_queue(one), one.findings.counts()) == ([], {})


def test_reading_answers_that_conflict_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    CORPUS.save(tmp_path / "saved")
    for who, label, count in (("rita", "Fear", 0), ("sue", "Anger", 1)):
        queue = tmp_path / f"{who}.csv"
        queue.write_text(f"item,layer,label,reviewer\nown/1,basic7,{label},{who}\n")
        words = ["review", str(tmp_path / "saved"), "--read", str(queue), "--log", str(tmp_path / "log.jsonl")]
        read(words)
        captured = capsys.readouterr()
        assert (captured.out + captured.err).count("conflicting_answers") == count


def read(words: list[str]) -> None:
    guarded(lambda: app(words, standalone_mode=False))
