"""Answers that are withdrawn leave nothing: no label, no finding, and what was replaced before stays."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io import Span
from emos_io.annotation import Event, EventLog, decide, with_events
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Utterance, Vote
from emos_io.corpus.records import Role

LABELS = ("Joy", "Fear", "Disgust")
MEAN = 1e-12
"""Scores are means over seconds; of parts that are joined again they are means of means, which round otherwise."""


def voted(rater: str, label: str, span: Span | None, item: str = "own/talk", *, answers: bool = False) -> Vote:
    role: Role = "adjudicate" if answers else "annotate"
    return Vote(item=item, layer="basic7", rater=rater, labels=(label,), raw=label, role=role, span=span)


def talk(votes: Sequence[Vote], utterances: Sequence[Utterance] = (), key: str = "own/talk") -> Monologue:
    return Monologue(
        key=key, name=key, title="", language="en", duration=Fraction(8),
        votes=tuple(votes), utterances=tuple(replace(each, index=n) for n, each in enumerate(utterances)),
    )  # fmt: skip


def utterance(label: str, span: Span, text: str = "", speaker: str | None = None) -> Utterance:
    labels = {"basic7": (label,)} if label else {}
    confidence = 0.5 if label else None
    return Utterance(
        index=0, span=span, labels=labels, text={"en": text} if text else {}, speaker=speaker, confidence=confidence
    )


def withdrawals(events: Sequence[Event]) -> list[Event]:
    return [Event(replace(each.vote, labels=(), role="review"), supersedes=each.id) for each in events]


@st.composite
def parts(draw: st.DrawFn) -> list[Span]:
    edges = draw(st.lists(st.integers(0, 16), min_size=2, max_size=5, unique=True).map(sorted))
    return [Span(Fraction(start, 2), Fraction(end, 2)) for start, end in pairwise(edges)]


@st.composite
def talks(draw: st.DrawFn) -> Monologue:
    label = st.sampled_from(LABELS)
    votes = [voted(who, draw(label), span) for who in "uvw" for span in draw(parts())]
    utterances = [
        utterance(
            draw(st.sampled_from((*LABELS, ""))), span,
            draw(st.sampled_from(("", "hi"))), draw(st.sampled_from((None, "ann"))),
        ) for span in draw(parts())
    ]  # fmt: skip
    return talk(votes, utterances)


@st.composite
def answers(draw: st.DrawFn) -> list[Event]:
    spans = draw(st.lists(st.one_of(st.none(), parts().map(lambda found: found[0])), min_size=1, max_size=3))
    found: dict[str, Event] = {}
    for number, span in enumerate(spans):
        vote = voted(f"rita{number}", draw(st.sampled_from((*LABELS, "Neutral"))), span, answers=True)
        found[vote.rater] = Event(vote, note=str(number))
    return list(found.values())


def bare(decision: Decision) -> Decision:
    return replace(decision, scores={}, confidence=None, confidence_tier=None)


def check_decisions(found: Monologue, right: Monologue) -> None:
    assert [bare(each) for each in found.decisions] == [bare(each) for each in right.decisions]
    for one, other in zip(found.decisions, right.decisions, strict=True):
        assert one.scores == pytest.approx(other.scores, abs=MEAN)
        assert one.confidence == pytest.approx(other.confidence, abs=MEAN)
    of_utterances, expected = (
        [each for each in one.replaced if each.recipe["method"] == "utterance"] for one in (found, right)
    )
    assert of_utterances == expected
    assert [replace(each, confidence=None) for each in found.utterances] == [
        replace(each, confidence=None) for each in right.utterances
    ]
    for mine, its in zip(found.utterances, right.utterances, strict=True):
        assert mine.confidence == pytest.approx(its.confidence, abs=MEAN)


@settings(max_examples=40, deadline=None)
@given(talks(), answers(), st.integers(0, 3), st.booleans())
def test_withdrawn_in_any_order_is_never_answered(item: Monologue, events: list[Event], at: int, again: bool) -> None:
    corpus = Corpus([], [item])
    with tempfile.TemporaryDirectory() as folder:
        log, all_events = EventLog(f"{folder}/log.jsonl"), EventLog(f"{folder}/all.jsonl")
        all_events.add([*events, *withdrawals(events)])
        found = corpus
        for number, event in enumerate(events):
            if number == at:
                found = decide(found, method="majority")
            log.add([event])
            found = with_events(found, log)
        twice = at < len(events) and again
        if at >= len(events) or twice:
            found = decide(found, method="majority")
        found = with_events(found, all_events)
        right = with_events(decide(corpus, method="majority"), all_events)
    (got,), (expected,) = found.monologues, right.monologues
    check_decisions(got, expected)
    if not twice:
        assert got.replaced == expected.replaced
    assert "adjudication_kept" not in {each.code for each in found.findings}


def test_what_deciding_replaced_stays_replaced(tmp_path: Path) -> None:
    votes = [voted("u", "Fear", Span(3, 4)), voted("v", "Disgust", Span(2, 3))]
    corpus = Corpus([], [talk(votes, [utterance("Disgust", Span(1, 4))])])
    log = EventLog(tmp_path / "log.jsonl")
    answer = Event(voted("rita", "Joy", None, answers=True))
    log.add([answer])
    decided = decide(with_events(corpus, log), method="majority")
    log.add(withdrawals([answer]))
    (found,) = with_events(decided, log).monologues
    assert [(each.labels, each.span) for each in found.decisions] == [
        (("Disgust",), Span(2, 3)),
        (("Fear",), Span(3, 4)),
    ]
    assert [(each.labels_in("basic7"), each.span) for each in found.utterances] == [
        (("Disgust",), Span(2, 3)),
        (("Fear",), Span(3, 4)),
    ]
    assert [(each.labels, each.span, each.recipe["method"]) for each in found.replaced] == [
        (("Disgust",), Span(1, 4), "utterance")
    ]


def test_answers_that_overlap_leave_no_utterance(tmp_path: Path) -> None:
    votes = [voted("u", "Fear", Span(5, 6)), voted("v", "Fear", Span(0, 2))]
    corpus = decide(Corpus([], [talk(votes, [utterance("Joy", Span(0, 1), "t0")])]), method="majority")
    log = EventLog(tmp_path / "log.jsonl")
    events = [
        Event(voted("rita", label, Span(Fraction(start), Fraction(end)), answers=True))
        for label, start, end in (("Neutral", "1", "6.5"), ("Joy", "0.5", "1.5"))
    ]
    log.add(events)
    answered = with_events(corpus, log)
    log.add(withdrawals(events))
    (found,), (right,) = with_events(answered, log).monologues, corpus.monologues
    assert (found.decisions, found.replaced, found.utterances) == (right.decisions, right.replaced, right.utterances)


@pytest.mark.parametrize("gone", [(), (0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)], ids=lambda each: f"gone{each}")
def test_kept_adjudications_are_counted_while_they_are_there(gone: tuple[int, ...], tmp_path: Path) -> None:
    keys = ("own/1", "own/2", "own/talk")
    clips = [
        Clip(key=key, source="own", language="en", votes=tuple(voted(who, "Joy", None, key) for who in "uv"))
        for key in keys[:2]
    ]
    corpus = Corpus(clips, [talk([voted(who, "Joy", Span(0, 8)) for who in "uv"])])
    log = EventLog(tmp_path / "log.jsonl")
    events = [Event(voted("rita", "Fear", None, key, answers=True)) for key in keys]
    log.add(events)
    decided = decide(with_events(corpus, log), method="majority")
    log.add(withdrawals([events[number] for number in gone]))
    found = with_events(decided, log)
    got = [(each.where, each.what) for each in found.findings if each.code == "adjudication_kept"]
    again = decide(found, method="majority")
    assert got == [(each.where, each.what) for each in again.findings if each.code == "adjudication_kept"]
    assert bool(got) == (len(gone) < 3)
    assert with_events(found, log).findings == found.findings
