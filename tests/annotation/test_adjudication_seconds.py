"""Laws of adjudications on spans, against a definition by single seconds."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io import Span
from emos_io.annotation import Event, EventLog, with_events
from emos_io.corpus import Corpus, Decision, Monologue, Utterance, Vote

LABELS = ("Joy", "Fear", "Anger")
LENGTH = 8

labels = st.sampled_from(LABELS)
spans = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, LENGTH)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
parts = st.lists(st.integers(0, LENGTH), min_size=2, max_size=5, unique=True).map(sorted)


@st.composite
def monologues(draw: st.DrawFn) -> Monologue:
    """A monologue whose labels are decisions, utterances, or both."""
    edges = draw(parts)
    given_labels = [draw(labels) for _ in edges[1:]]
    own = [(Span(start, end), label) for (start, end), label in zip(pairwise(edges), given_labels, strict=True)]
    utterances = tuple(
        Utterance(index=index, span=span, labels={"basic7": (label,), "goemotions": ("love",)}, text={"en": str(index)})
        for index, (span, label) in enumerate(own)
    )
    decisions = tuple(
        Decision(item="own/talk", layer="basic7", labels=(label,), scores={label: 1.0}, span=span)
        for span, label in own
    )
    return Monologue(
        key="own/talk", name="talk", title="Talk", language="en", duration=Fraction(LENGTH), utterances=utterances,
        decisions=decisions if draw(st.booleans()) else (),
    )  # fmt: skip


def by_second(monologue: Monologue, layer: str) -> list[str | None]:
    """The label of the middle of each second."""
    line = monologue.labels(layer)
    return list(line.at([Fraction(2 * second + 1, 2) for second in range(2 * LENGTH)]))


@settings(max_examples=40, deadline=None)
@given(monologues(), st.lists(st.tuples(spans, labels), max_size=4))
def test_the_last_answer_on_a_second_is_its_label(monologue: Monologue, answers: list[tuple[Span, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        log = EventLog(f"{folder}/log.jsonl")
        log.add(
            Event(
                Vote(item="own/talk", layer="basic7", rater=f"r{number}", labels=(label,), role="adjudicate", span=span)
            )
            for number, (span, label) in enumerate(answers)
        )
        corpus = with_events(Corpus((), [monologue]), log)
        assert list(with_events(corpus, log)) == list(corpus)
    found = corpus.monologues[0]
    expected = by_second(monologue, "basic7")
    for span, label in answers:
        # What an answer says of time after the end is left out.
        for second in range(int(span.start), min(int(span.end), LENGTH)):
            expected[second] = label
    assert by_second(found, "basic7") == expected
    # Other layers and words stay as they are.
    assert by_second(found, "goemotions") == by_second(monologue, "goemotions")
    assert [each.text for each in found.utterances if each.text] == [each.text for each in monologue.utterances]
    # Each second of a decision that counted before is still that of a decision, or of one that was replaced.
    for each in monologue.decisions:
        kept = [other for other in (*found.decisions, *found.replaced) if other.labels == each.labels]
        assert any(other.span == each.span for other in kept)
    # Decisions that count never overlap.
    taken = sorted(each.span for each in found.decisions if each.span is not None)
    assert all(before.end <= after.start for before, after in pairwise(taken))
