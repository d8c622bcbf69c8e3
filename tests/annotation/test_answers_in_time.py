"""Answers on time that an item does not have: they replace nothing there, and are findings."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Span
from emos_io.annotation import Event, EventLog, read_answers, with_events
from emos_io.corpus import Clip, Corpus, Decision, FindingCollector, Monologue, Utterance, Vote

CLIP = Clip(
    key="own/1",
    source="own",
    language="en",
    decisions={"basic7": Decision(item="own/1", layer="basic7", labels=("Joy",), scores={"Joy": 1.0})},
    published_span=Span(0, 4),
)
TALK = Monologue(
    key="own/talk", name="talk", title="Talk", language="en", duration=Fraction(8),
    utterances=(Utterance(index=0, span=Span(0, 8), labels={"basic7": ("Joy",)}),),
)  # fmt: skip
CORPUS = Corpus([CLIP], [TALK])


def applied(tmp_path: Path, item: str, span: Span | None) -> Corpus:
    log = EventLog(tmp_path / "log.jsonl")
    vote = Vote(item=item, layer="basic7", rater="carol", labels=("Fear",), raw="Fear", role="adjudicate", span=span)
    log.add([Event(vote, note="she frowns")])
    found = with_events(CORPUS, log)
    assert list(with_events(found, log)) == list(found)
    (item_found,) = [each for each in found if each.key == item]
    assert item_found.votes == (vote,), "the answer is kept as it was given"
    return found


@pytest.mark.parametrize("span", [Span(0, 1), Span(0, 4), Span(9, 10)], ids=str)
def test_a_span_on_a_clip_replaces_nothing(span: Span, tmp_path: Path) -> None:
    found = applied(tmp_path, "own/1", span)
    assert (found.clips[0].decisions, found.clips[0].replaced) == (CLIP.decisions, ())
    assert found.findings.counts() == {"bad_span": 1}


@pytest.mark.parametrize("span", [Span(50, 100), Span(8, 9)], ids=str)
def test_an_answer_after_the_end_replaces_nothing(span: Span, tmp_path: Path) -> None:
    found = applied(tmp_path, "own/talk", span)
    assert (found.monologues[0].utterances, found.monologues[0].decisions) == (TALK.utterances, ())
    assert found.findings.counts() == {"bad_span": 1}


@pytest.mark.parametrize(("end", "codes"), [(8, {}), ("17/2", {"bad_span": 1}), (100, {"bad_span": 1})], ids=str)
def test_an_answer_counts_up_to_the_end(end: int | str, codes: dict[str, int], tmp_path: Path) -> None:
    found = applied(tmp_path, "own/talk", Span(6, end))
    (made,) = found.monologues[0].decisions
    assert (made.label, made.span, made.recipe["note"]) == ("Fear", Span(6, 8), "she frowns")
    assert [each.span for each in found.monologues[0].utterances] == [Span(0, 6), Span(6, 8)]
    assert found.findings.counts() == codes


def test_answers_are_read_against_the_items(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    rows = ("own/1,0,2", "own/1,,", "own/talk,50,100", "own/talk,8,9", "own/talk,6,9", "own/talk,6,8")
    lines = (f"{item},basic7,Fear,carol,{times}" for item, times in (row.split(",", 1) for row in rows))
    path.write_text("\n".join(("item,layer,label,reviewer,start,end", *lines)), "utf-8")
    findings = FindingCollector()
    events = read_answers(path, findings, corpus=CORPUS)
    assert [each.vote.span for each in events] == [None, Span(6, 9), Span(6, 8)]
    assert [(each.code, each.where) for each in findings.collected] == [
        ("bad_span", f"q.csv, row {number}") for number in (2, 4, 5, 6)
    ]
    assert len(read_answers(path, FindingCollector())) == len(rows), "without a corpus nothing is known of its items"
