"""One window at any label span is what a plan that has it gives."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from plan_help import clip, films, monologue, quarters

from emos_io import Span
from emos_io.corpus import Monologue
from emos_io.errors import InvalidArgument
from emos_io.plan import LabelRule, Windowing, WindowPlan, single_window
from emos_io.plan.label_rule import LABEL_ATS, LabelAt


@given(films(), quarters, quarters, st.sampled_from(LABEL_ATS), quarters, st.booleans())
def test_it_is_the_window_of_the_plan(
    item: Monologue, length: Fraction, hop: Fraction, rule: LabelAt, collar: Fraction, causal: bool
) -> None:
    assume(hop <= item.duration)
    windowing = Windowing(length, hop, causal=causal, context="1/4")
    labels_by = LabelRule(label_at=rule, collar=collar)
    for planned in WindowPlan([item], windowing, labels=labels_by, order="sequential").windows():
        single = single_window([item], item.key, planned.label_span, windowing, labels_by)
        labels = single.planned.labels
        assert (single.planned.key, single.planned.span, single.planned.text) == (
            planned.key,
            planned.span,
            planned.text,
        )
        assert (labels.valid, labels.confidence, labels.timeline) == (
            planned.labels.valid,
            planned.labels.confidence,
            planned.labels.timeline,
        )
        assert labels.soft.tolist() == planned.labels.soft.tolist()
        assert single.causal == causal


def test_a_label_span_need_not_lie_on_any_hop() -> None:
    item = monologue("a", 20, ((0, 9, "Joy"), (9, 20, "Fear")), ((1, 3), (8, 10)))
    single = single_window([item, monologue("b", 5)], "s/a", Span("25/3", "28/3"))
    assert single.planned.key == "s/a@25/3-28/3"
    labels = single.planned.labels
    assert labels.classes[int(labels.soft.argmax())] == "Fear"
    # A sentence is released once it has ended.
    assert single.planned.text == ()
    text = single_window([item], "s/a", Span("25/3", "28/3"), Windowing(1, causal=False)).planned.text
    assert [sentence.index for sentence in text] == [2]


def test_a_label_in_doubt_is_not_a_missing_label() -> None:
    item = monologue("a", 20, ((0, 9, "Joy"), (9, 15, "Fear")))
    near = single_window([item], "s/a", Span(6, "19/2"), labels=LabelRule(collar="1/2"))
    assert (near.planned.labels.valid, near.in_doubt) == (False, True)
    without = single_window([item], "s/a", Span(16, 19), labels=LabelRule(collar="1/2"))
    assert (without.planned.labels.valid, without.in_doubt) == (False, False)


def test_clips_have_the_label_of_their_decision() -> None:
    single = single_window([clip("a", 3, "Joy", 0.75)], "c/a", Span(0, 3), Windowing(by="clip"))
    assert single.planned.labels.confidence == 0.75
    with pytest.raises(InvalidArgument, match="split must name items of the source, got 1 unknown keys such as 'c/b'"):
        single_window([clip("a", 3, "Joy")], "c/b", Span(0, 3), Windowing(by="clip"))
