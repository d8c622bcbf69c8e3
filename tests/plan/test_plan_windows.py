"""Where windows lie, what they are called, and what their weights are."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from plan_help import clip, films, many_films, monologue, orders, quarters

from emos_io import Span
from emos_io.corpus import Corpus, Decision, Monologue
from emos_io.media.windows import window_spans
from emos_io.plan import LabelRule, Windowing, WindowPlan

parts_of_seconds = st.fractions(Fraction(1, 30), 6, max_denominator=1001)


@given(parts_of_seconds, parts_of_seconds, st.fractions(Fraction(1, 10), 40, max_denominator=90_000))
def test_hops_are_those_of_media(length: Fraction, hop: Fraction, duration: Fraction) -> None:
    assume(hop <= duration)
    plan = WindowPlan([monologue("a", duration)], length, hop)
    assert [window.label_span for window in plan.windows()] == window_spans(duration, length, hop, Fraction(0))


@given(films(shortest=4), quarters, quarters, quarters)
def test_context_and_lookahead_widen_what_is_decoded(
    item: Monologue, length: Fraction, before: Fraction, after: Fraction
) -> None:
    for window in WindowPlan([item], Windowing(length, "1/4", context=before, lookahead=after)).windows():
        assert window.span == Span(window.label_span.start - before, window.label_span.end + after)
        assert window.key == f"{item.key}@{window.label_span.start}-{window.label_span.end}"


@given(many_films(), quarters, orders)
def test_a_key_gives_its_window_again(items: list[Monologue], length: Any, order: Any) -> None:
    plain = WindowPlan(items, length, "0.5", order=order)
    doubled = WindowPlan.mix([plain, WindowPlan(items, Windowing(length, "0.25", context=1))], [1, 3], num_lanes=2)
    for plan in (plain, doubled):
        keys = [window.key for window in plan.windows()]
        assert len(set(keys)) == len(plan)
        assert [plan.window_by_key(key).number for key in keys] == list(range(len(plan)))
    assert doubled.window(len(plain)).key.endswith("#1")


def test_keys_hold_exact_fractions() -> None:
    plan = WindowPlan([monologue("Any Given Sunday", 30)], 4, "0.5")
    assert plan.window(25).key == "s/Any Given Sunday@25/2-33/2"


LABELS = ((0, 3, "Joy"), (3, 5, "Fear"), (6, 9, "Fear"), (9, 10, None))


def test_utterances_sentences_and_changes() -> None:
    item = monologue("a", 10, LABELS, ((0, "1.5"), (2, 5), (2, 5), (7, 8)))
    utterances = WindowPlan([item], Windowing(by="utterance", context="0.5", lookahead="0.25"))
    assert [window.label_span for window in utterances.windows()] == [Span(0, 3), Span(3, 5), Span(6, 9), Span(9, 10)]
    assert utterances.window(1).span == Span("2.5", "5.25")
    assert [bool(window.labels.valid) for window in utterances.windows()] == [True, True, True, False]
    sentences = WindowPlan([item], by="sentence")
    assert [window.label_span for window in sentences.windows()] == [Span(0, "1.5"), Span(2, 5), Span(7, 8)]
    changes = WindowPlan([item], 2, by="change")
    assert [window.label_span for window in changes.windows()] == [Span(2, 4)]
    for plan in (utterances, sentences, changes):
        assert not plan.causal
    assert [each.index for each in changes.window(0).text] == [2, 3]


def test_the_end_of_an_utterance_is_no_doubt_about_it() -> None:
    plan = WindowPlan([monologue("a", 10, LABELS)], by="utterance", labels=LabelRule(collar="0.5"))
    assert [bool(window.labels.valid) for window in plan.windows()] == [True, True, True, False]


def test_a_static_clip_is_one_window_with_its_decision() -> None:
    item = clip("a", 7, "Joy", confidence=0.75)
    plan = WindowPlan([item], by="clip")
    window = plan.window(0)
    assert window.label_span == Span(0, "7.5")
    assert window.labels.soft.tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert (window.labels.valid, window.labels.confidence, window.labels.layer) == (True, 0.75, "basic7")
    assert [each.text for each in window.text] == ["Hello."]
    assert window.labels.timeline == ((Span(0, "7.5"), {"Joy": 1.0}),)


def test_several_labels_of_a_clip_share_by_score() -> None:
    scores = {"anger": 1.0, "disgust": 0.5, "joy": 0.5}
    decision = Decision(item="c/a", layer="goemotions", labels=("anger", "disgust", "joy"), scores=scores)
    item = replace(clip("a", 7, "Joy"), decisions={"goemotions": decision})
    labels = WindowPlan([item], by="clip", labels="goemotions").window(0).labels
    assert dict(zip(labels.classes, labels.soft.tolist(), strict=True))["anger"] == 0.5
    assert labels.soft.sum() == 1


def test_longer_clips_are_cut_to_their_beginning_and_counted() -> None:
    items = [clip("a", 7, "Joy"), clip("b", 2, "Joy")]
    for windowing in (Windowing(by="clip", max_length=4), Windowing(4, by="clip")):
        plan = WindowPlan(items, windowing)
        assert [window.label_span for window in plan.windows()] == [Span(0, 4), Span(0, "2.5")]
        assert plan.summary().cut == 1


def test_lengths_given_go_before_published_ones() -> None:
    items = [replace(clip("a", 7, "Joy"), path="somewhere/a.mp4"), clip("b", 2, "Joy")]
    by_key = WindowPlan(items, by="clip", durations={"c/a": Fraction(1001, 300)})
    assert [window.label_span.end for window in by_key.windows()] == [Fraction(1001, 300), Fraction(5, 2)]
    by_path = WindowPlan(items, by="clip", durations=lambda path: len(path))
    assert [window.label_span.end for window in by_path.windows()] == [len("somewhere/a.mp4"), Fraction(5, 2)]


def test_class_and_confidence_tier_weights_multiply() -> None:
    items = [clip("a", 2, "Joy", tier="low"), clip("b", 2, "Fear"), clip("c", 2, "Anger", tier="low")]
    plan = WindowPlan(items, by="clip", class_weights={"Joy": 3, "Fear": 5}, confidence_tier_weights={"low": 0.5})
    assert [window.weight for window in plan.windows()] == [1.5, 5, 0.5]
    mixed = WindowPlan.mix([plan, plan], [1, 4], num_lanes=2)
    assert [window.weight for window in mixed.windows()] == [1.5, 5, 0.5, 6, 20, 2]


def test_balanced_weights_give_every_class_the_same_sum() -> None:
    items = [clip(str(number), 2, label) for number, label in enumerate(["Joy"] * 6 + ["Fear"] * 3 + ["Anger"])]
    windows = list(WindowPlan(items, by="clip", class_weights="balanced").windows())
    for label in range(7):
        sums = sum(window.weight for window in windows if window.labels.soft[label])
        assert sums == pytest.approx(0 if label not in (0, 2, 3) else 10 / 3)


def test_soft_labels_weigh_the_mean_of_their_classes() -> None:
    item = monologue("a", 4, ((0, 1, "Joy"), (1, 4, "Fear")))
    plan = WindowPlan([item], 4, labels=LabelRule(label_at="overlap"), class_weights={"Joy": 5, "Fear": 1})
    assert plan.window(0).weight == 2


def test_a_split_keeps_its_side() -> None:
    corpus = Corpus(monologues=[monologue(str(number), 10) for number in range(6)])
    split = corpus.split(seed=1, test=0.5)
    for side, keys in (("train", split.train), ("test", split.test)):
        one, other = (WindowPlan(corpus, 4, split=given) for given in ((side, split), keys))
        assert {window.item for window in one.windows()} == set(keys)
        assert one.fingerprint == other.fingerprint


def test_a_plan_without_labels_or_text() -> None:
    plan = WindowPlan([monologue("a", 10, LABELS)], 4, labels=None)
    labels = plan.window(0).labels
    assert (plan.classes, labels.layer, labels.valid, labels.soft.shape) == ((), "", False, (0,))
    assert plan.summary().layer is None


def test_items_without_any_label_are_masked() -> None:
    plan = WindowPlan([monologue("a", 10)], 4)
    assert len(plan.classes) == 7
    assert not any(window.labels.valid for window in plan.windows())
    assert np.isfinite([window.weight for window in plan.windows()]).all()
