"""How the decisions of two corpora differ: by hand, and against a count that looks at every second."""

from __future__ import annotations

import pickle
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io.annotation.deciding.difference import SourceDifference, decision_difference
from emos_io.corpus import Clip, ConfidenceTier, Corpus, Decision, Monologue
from emos_io.errors import InvalidArgument
from emos_io.spans import Span


def decided(
    label: str | tuple[str, ...],
    confidence: float | None = None,
    tier: ConfidenceTier | None = None,
    *,
    item: str = "a",
    layer: str = "basic7",
    span: Span | None = None,
    scores: dict[str, float] | None = None,
) -> Decision:
    return Decision(
        item=item,
        layer=layer,
        labels=(label,) if isinstance(label, str) else label,
        scores=scores or {},
        confidence=confidence,
        confidence_tier=tier,
        span=span,
    )


def clip(key: str, source: str, *decisions: Decision) -> Clip:
    return Clip(key=key, source=source, language="en", decisions={each.layer: each for each in decisions})


def talk(*decisions: Decision, duration: int = 10) -> Monologue:
    return Monologue(
        key="talk", name="talk", title="talk", language="en", duration=Fraction(duration), decisions=decisions
    )


def test_clips_are_counted_by_source() -> None:
    before = Corpus(
        [
            clip("a", "x", decided("Joy", 0.9, "high")),
            clip("b", "y", decided("Joy", 0.5, "low")),
            clip("c", "x", decided("Fear", 0.25, "low")),
            clip("d", "x", decided("Fear", 0.25, "low")),
            clip("e", "x"),
        ]
    )
    after = Corpus(
        [
            clip("c", "x", decided("Joy", 1.0, "high")),
            clip("a", "x", decided("Joy", 0.75, "medium")),
            clip("b", "y", decided("Joy", 0.5, "low")),
            clip("e", "x", decided("Joy", 0.5, "low")),
            clip("f", "z"),
        ]
    )
    found = decision_difference(before, after)
    assert found.sources == (
        SourceDifference(source="x", compared=2, labels=1, tiers=2, confidence=0.75, only_before=1, only_after=1),
        SourceDifference(source="y", compared=1, labels=0, tiers=0, confidence=0.0),
    )
    assert (found.compared, found.labels, found.tiers, found.confidence) == (3, 1, 2, 0.75)
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_corpus_does_not_differ_from_itself() -> None:
    same = Corpus([clip("a", "x", decided("Joy", 0.9, "high"))], [talk(decided("Joy", 0.5, "low", span=Span(1, 4)))])
    found = decision_difference(same, same)
    assert (found.compared, found.labels, found.tiers, found.confidence) == (2, 0, 0, 0.0)
    assert [each.source for each in found.sources] == ["x", "monologues"]


def test_no_decisions_are_no_difference() -> None:
    found = decision_difference(Corpus([clip("a", "x")]), Corpus())
    assert (found.sources, found.labels, found.tiers, found.confidence) == ((), 0, 0, None)


def test_sets_have_no_order_and_differ_by_their_scores() -> None:
    layer = "goemotions"
    before = Corpus([clip("a", "x", decided(("joy", "fear"), layer=layer, scores={"joy": 1.0, "fear": 0.5}))])
    after = Corpus(
        [clip("a", "x", decided(("fear", "joy"), layer=layer, scores={"fear": 0.25, "joy": 1.0, "anger": 0.125}))]
    )
    (found,) = decision_difference(before, after, layer).sources
    assert (found.compared, found.labels, found.tiers, found.confidence) == (1, 0, 0, 0.25)


def test_what_one_corpus_alone_has_is_no_confidence_of_0() -> None:
    before = Corpus([clip("a", "x", decided("Joy"))])
    after = Corpus([clip("a", "x", decided("Joy", 0.5, "low"))])
    (found,) = decision_difference(before, after).sources
    assert (found.labels, found.tiers, found.confidence) == (0, 1, None)


def test_spans_are_compared_where_they_meet() -> None:
    before = Corpus((), [talk(decided("Joy", 0.5, "low", span=Span(0, 4)), decided("Fear", span=Span(8, 9)))])
    after = Corpus(
        (),
        [
            talk(
                decided("Joy", 0.75, "low", span=Span(0, 2)),
                decided("Anger", 0.5, "low", span=Span(2, "7/2")),
                decided("Anger", span=Span(4, 5)),
                decided("Fear", span=Span(9, 10)),
            )
        ],
    )
    (found,) = decision_difference(before, after).sources
    assert found == SourceDifference(
        source="monologues",
        compared=2,
        labels=1,
        tiers=0,
        confidence=0.25,
        only_before=1,
        only_after=2,
        seconds=Fraction(3, 2),
    )


def test_a_decision_without_a_span_is_about_all_of_it() -> None:
    before = Corpus((), [talk(decided("Joy"))])
    after = Corpus((), [talk(decided("Joy", span=Span(0, 4)), decided("Fear", span=Span(4, 10)))])
    (found,) = decision_difference(before, after).sources
    assert (found.compared, found.labels, found.seconds) == (2, 1, Fraction(6))


def test_what_is_no_corpus_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="corpus must be a Corpus, got 'release'"):
        decision_difference(Corpus(), "release")  # type: ignore[arg-type]


SPANS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 6), st.sampled_from(["Joy", "Fear"])).map(
        lambda each: decided(each[2], span=Span(each[0], min(10, each[0] + each[1])))
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(SPANS, SPANS)
def test_seconds_are_those_of_every_pair(before: list[Decision], after: list[Decision]) -> None:
    found = decision_difference(Corpus((), [talk(*before)]), Corpus((), [talk(*after)]))
    common = {
        (b, a): [second for second in range(10) if second in seconds_of(before[b]) and second in seconds_of(after[a])]
        for b in range(len(before))
        for a in range(len(after))
    }
    met = {pair: seconds for pair, seconds in common.items() if seconds}
    differing = {pair: seconds for pair, seconds in met.items() if before[pair[0]].labels != after[pair[1]].labels}
    assert found.compared == len(met)
    assert found.labels == len(differing)
    assert sum(each.seconds for each in found.sources) == sum(map(len, differing.values()))
    assert sum(each.only_before for each in found.sources) == len(before) - len({b for b, _ in met})
    assert sum(each.only_after for each in found.sources) == len(after) - len({a for _, a in met})


def seconds_of(decision: Decision) -> range:
    assert decision.span is not None
    return range(int(decision.span.start), int(decision.span.end))
