"""A log gives the same corpus whatever earlier state of it was applied before."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io import Span
from emos_io.annotation import Event, EventLog, chains, decide, with_events
from emos_io.corpus import Clip, Corpus, Decision, Monologue, Utterance, Vote
from emos_io.corpus.records import Role

LABELS = ("Joy", "Fear", "Anger")
ROLES: tuple[Role, ...] = ("annotate", "adjudicate", "adjudicate", "review")
SPANS = (None, Span(0, 2), Span(1, 4), Span(2, 6), Span(4, 8), Span(7, 12))


def voted(rater: str, label: str, span: Span | None = None, role: Role = "annotate", item: str = "own/1") -> Vote:
    labels = (label,) if label else ()
    return Vote(
        item=item, layer="basic7", rater=rater, labels=labels, abstain=not label, raw=label, role=role, span=span
    )


def talk(*, is_published: bool) -> Monologue:
    utterances = [
        Utterance(index=0, span=Span(0, 3), labels={"basic7": ("Joy",)}, text={"en": "hi"}, confidence=0.5),
        Utterance(index=1, span=Span(3, 5), labels={"basic7": ("Fear",), "goemotions": ("fear",)}),
        Utterance(index=2, span=Span(6, 7), labels={"basic7": ("Fear",)}),
    ]
    votes = [voted(who, label, span, item="own/talk") for who in ("v", "w") for label, span in (
        ("Joy", Span(0, 3)), ("Sadness", Span(3, 6)), ("Joy", Span(7, 8)))]  # fmt: skip
    return Monologue(
        key="own/talk", name="talk", title="Talk", language="en", duration=Fraction(8),
        utterances=tuple(utterances) if is_published else (), votes=() if is_published else tuple(votes),
    )  # fmt: skip


@st.composite
def corpora(draw: st.DrawFn) -> Corpus:
    is_published, has_before = draw(st.booleans()), draw(st.booleans())
    old = Decision(item="own/1", layer="basic7", labels=("Disgust",), scores={"Disgust": 1.0})
    clip = Clip(key="own/1", source="own", language="en", replaced=(old,) if has_before else ())
    if not is_published:
        clip = replace(clip, votes=(voted("v", "Joy"), voted("w", "Joy")))
    corpus = Corpus([clip], [talk(is_published=is_published)])
    return corpus if is_published else decide(corpus, method="majority")


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    found: list[Event] = []
    for number in range(draw(st.integers(1, 7))):
        earlier = draw(st.one_of(st.none(), st.sampled_from(found))) if found else None
        label = draw(st.sampled_from((*LABELS, "")))
        if earlier is not None:
            vote = replace(earlier.vote, labels=(label,) if label else (), abstain=not label, raw=label)
            found.append(Event(vote, supersedes=earlier.id, note=str(number)))
        else:
            item = draw(st.sampled_from(("own/1", "own/talk")))
            span = draw(st.sampled_from(SPANS)) if item == "own/talk" else None
            vote = voted(draw(st.sampled_from("abc")), label, span, draw(st.sampled_from(ROLES)), item)
            found.append(Event(vote, note=str(number)))
    return found


@settings(max_examples=40, deadline=None)
@given(corpora(), histories(), st.data())
def test_prefixes_one_after_another_are_the_log_at_once(
    corpus: Corpus, events: list[Event], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = EventLog(f"{folder}/log.jsonl")
        found = corpus
        for event in events:
            log.add([event])
            if data.draw(st.booleans()):
                found = with_events(found, log)
        found, once = with_events(found, log), with_events(corpus, log)
    assert list(found.clips) == list(once.clips)
    (got,), (right,) = found.monologues, once.monologues
    assert (got.votes, got.decisions, got.replaced) == (right.votes, right.decisions, right.replaced)
    assert got.utterances == right.utterances


@pytest.mark.parametrize("item", ["own/1", "own/talk"])
def test_a_withdrawn_answer_counts_no_more(item: str, tmp_path: Path) -> None:
    corpus = decide(
        Corpus([Clip(key="own/1", source="own", language="en", votes=(voted("v", "Joy"), voted("w", "Joy")))],
               [talk(is_published=False)]), method="majority")  # fmt: skip
    log = EventLog(tmp_path / "log.jsonl")
    answer = Event(voted("rita", "Fear", None if item == "own/1" else Span(1, 4), "adjudicate", item))
    log.add([answer])
    before = with_events(corpus, log)
    assert list(before) != list(corpus)
    log.add([Event(replace(answer.vote, labels=(), abstain=True, raw="?"), supersedes=answer.id)])
    found = with_events(before, log)
    (got,), (right,) = ([each for each in one if each.key == item] for one in (found, corpus))
    assert (got.decisions, got.replaced) == (right.decisions, right.replaced)
    events = [each for each in log.events if each.vote.item == item]
    steps = [step for chain in chains(got, "basic7", events) for step in chain.steps if step.kind == "adjudication"]
    assert steps and not any(step.counts for step in steps)
    # After deciding again, too, and where the votes give something else now.
    again = with_events(decide(before, method="soft"), log)
    methods = {each.recipe["method"] for each in (*again.clips[0].decisions.values(), *again.monologues[0].decisions)}
    assert methods == {"soft"}
