"""One window at any label span is what a plan that has it gives."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from plan_help import clip, films, monologue, quarters

from emos_io import Span
from emos_io.corpus import Monologue
from emos_io.errors import InvalidArgument
from emos_io.plan import WindowPlan, single_window


@given(films(), quarters, quarters, st.sampled_from(["end", "majority", "overlap"]), quarters, st.booleans())
def test_it_is_the_window_of_the_plan(
    item: Monologue, length: Fraction, hop: Fraction, rule: Any, collar: Fraction, causal: bool
) -> None:
    assume(hop <= item.duration)
    options: dict[str, Any] = {"label_at": rule, "collar": collar, "causal": causal, "context": "1/4"}
    for planned in WindowPlan([item], length, hop, order="sequential", **options).windows():
        single = single_window([item], item.key, planned.label_span, **options)
        labels = single.planned.labels
        assert (single.planned.key, single.planned.span, single.planned.text) == (
            planned.key,
            planned.span,
            planned.text,
        )
        assert (labels.mask, labels.confidence, labels.timeline) == (
            planned.labels.mask,
            planned.labels.confidence,
            planned.labels.timeline,
        )
        assert labels.soft.tolist() == planned.labels.soft.tolist()
        assert single.causal == causal


def test_a_target_need_not_lie_on_any_hop() -> None:
    item = monologue("a", 20, ((0, 9, "Joy"), (9, 20, "Fear")), ((1, 3), (8, 10)))
    single = single_window([item, monologue("b", 5)], "s/a", Span("25/3", "28/3"))
    assert single.planned.key == "s/a@25/3-28/3"
    labels = single.planned.labels
    assert labels.classes[int(labels.soft.argmax())] == "Fear"
    # A sentence is released once it has ended.
    assert single.planned.text == ()
    told = single_window([item], "s/a", Span("25/3", "28/3"), causal=False).planned.text
    assert [sentence.index for sentence in told] == [2]


def test_a_doubt_is_told_from_a_want() -> None:
    item = monologue("a", 20, ((0, 9, "Joy"), (9, 15, "Fear")))
    near = single_window([item], "s/a", Span(6, "19/2"), collar="1/2")
    assert (near.planned.labels.mask, near.doubted) == (False, True)
    without = single_window([item], "s/a", Span(16, 19), collar="1/2")
    assert (without.planned.labels.mask, without.doubted) == (False, False)


def test_clips_have_the_label_of_their_decision() -> None:
    single = single_window([clip("a", 3, "Joy", 0.75)], "c/a", Span(0, 3), by="clip")
    assert single.planned.labels.confidence == 0.75
    with pytest.raises(InvalidArgument, match="split names 1 items that the source has not, such as 'c/b'"):
        single_window([clip("a", 3, "Joy")], "c/b", Span(0, 3), by="clip")
