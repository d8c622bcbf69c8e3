"""The fingerprint changes if and only if windows, order or labels may; states of another plan are refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from plan_help import clip, monologue, plan_of, sentence

from emos_io import Span
from emos_io.corpus import Decision, Monologue
from emos_io.plan import LabelRule, WindowPlan
from oracle.refusals import refusal_of

LABELS = ((0, 3, "Joy", ("joy", "love")), (3, 5, "Fear", ("fear",)), (6, 9, "Fear", ("fear",)))


def items() -> list[Monologue]:
    return [monologue("a", 20, LABELS, ((0, 2), (3, 5))), monologue("b", 12, LABELS)]


def hop_plan(source: Any = None, **options: Any) -> WindowPlan:
    given: dict[str, Any] = {"length": 4, "hop": "0.5", "num_lanes": 4, "run_length": 28, "collar": "0.25"}
    given.update(options)
    return plan_of(items() if source is None else source, **given)


def clip_plan(*changes: dict[str, Any], **options: Any) -> WindowPlan:
    clips = [replace(clip("a", 3, "Joy"), **(changes[0] if changes else {})), clip("b", 9, "Fear")]
    return plan_of(clips, by="clip", num_lanes=2, **options)


def relabelled(what: str) -> list[Monologue]:
    first, second = items()
    one, *others = first.utterances
    changed = {
        "label": replace(one, labels={"basic7": ("Fear",)}),
        "boundary": replace(one, span=Span(0, "2.5")),
        "text": replace(one, text={"en": "Hm."}),
    }[what]
    return [replace(first, utterances=(changed, *others)), second]


DECIDE: dict[str, Callable[[], WindowPlan]] = {
    "length": lambda: hop_plan(length=5),
    "hop": lambda: hop_plan(hop=1),
    "context": lambda: hop_plan(context=1),
    "lookahead": lambda: hop_plan(lookahead=1),
    "layer": lambda: hop_plan(labels="goemotions"),
    "no layer": lambda: hop_plan(labels=None),
    "rule": lambda: hop_plan(label_at="majority"),
    "collar": lambda: hop_plan(collar="0.5"),
    "softening": lambda: hop_plan(collar_mode="soften"),
    "causal": lambda: hop_plan(causal=False),
    "num_lanes": lambda: hop_plan(num_lanes=8),
    "per lane": lambda: hop_plan(windows_per_lane=2),
    "seed": lambda: hop_plan(seed=1),
    "contiguous": lambda: hop_plan(order="contiguous"),
    "iid": lambda: hop_plan(order="iid"),
    "sequential": lambda: hop_plan(order="sequential"),
    "run length": lambda: hop_plan(run_length=3),
    "class weights": lambda: hop_plan(class_weights={"Joy": 2}),
    "balanced": lambda: hop_plan(class_weights="balanced"),
    "confidence tier weights": lambda: hop_plan(confidence_tier_weights={"low": 0.5}),
    "split": lambda: hop_plan(split=["s/a"]),
    "order of items": lambda: hop_plan(items()[::-1]),
    "key": lambda: hop_plan([replace(items()[0], key="s/c"), items()[1]]),
    "duration": lambda: hop_plan([replace(items()[0], duration=Fraction(2001, 100)), items()[1]]),
    "a duration given": lambda: hop_plan(durations={"s/a": 21}),
    "a label": lambda: hop_plan(relabelled("label")),
    "a boundary": lambda: hop_plan(relabelled("boundary")),
    "mixed": lambda: WindowPlan.mix([hop_plan()], [2], num_lanes=4, order="shuffle"),
    "mixed twice": lambda: WindowPlan.mix([hop_plan(), hop_plan()], num_lanes=4),
}


@pytest.mark.parametrize("change", DECIDE.values(), ids=DECIDE)
def test_what_decides_changes_it(change: Callable[[], WindowPlan]) -> None:
    assert change().fingerprint != hop_plan().fingerprint


def test_no_two_changes_give_the_same() -> None:
    prints = [change().fingerprint for change in DECIDE.values()]
    assert len(set(prints)) == len(prints)
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in prints)


DECIDE_NOTHING: dict[str, Callable[[], WindowPlan]] = {
    "again": hop_plan,
    "short form": lambda: WindowPlan(
        items(), 4, "0.5", labels=LabelRule(collar="0.25"), num_lanes=4, run_length=28, windows_per_lane=1
    ),
    "batch size": lambda: hop_plan(batch_size=4),
    "spelling": lambda: hop_plan(length="4.0", hop=Fraction(1, 2)),
    "path": lambda: hop_plan([replace(each, path="elsewhere.mp4") for each in items()]),
    "words": lambda: hop_plan(relabelled("text")),
    "causal given": lambda: hop_plan(causal=True),
    "sentences": lambda: hop_plan([replace(each, sentences=(sentence(1, 0, 1),)) for each in items()]),
    "split of all": lambda: hop_plan(split=["s/b", "s/a"]),
    "clips besides": lambda: hop_plan([*items(), clip("a", 3, "Joy")]),
    "mixed alone": lambda: WindowPlan.mix([hop_plan()], num_lanes=4),
}


@pytest.mark.parametrize("change", DECIDE_NOTHING.values(), ids=DECIDE_NOTHING)
def test_what_decides_nothing_leaves_it(change: Callable[[], WindowPlan]) -> None:
    assert change().fingerprint == hop_plan().fingerprint


def test_an_argument_that_an_order_does_not_use_leaves_it() -> None:
    assert hop_plan(order="sequential").fingerprint == hop_plan(order="sequential", seed=5, run_length=2).fingerprint
    assert hop_plan(order="iid").fingerprint == hop_plan(order="iid", run_length=2).fingerprint
    assert clip_plan().fingerprint == clip_plan(label_at="majority", collar=1).fingerprint


def test_sentences_decide_plans_of_sentences() -> None:
    one, other = items(), [replace(items()[0], sentences=(sentence(1, 0, 1),)), items()[1]]
    prints = [WindowPlan(each, by="sentence").fingerprint for each in (one, one, other)]
    assert prints[0] == prints[1] != prints[2]


def test_decisions_lengths_and_tiers_decide_plans_of_clips() -> None:
    def decided(**changes: Any) -> dict[str, Any]:
        decision = Decision(
            item="c/a", layer="basic7", labels=("Joy",), scores={"Joy": 1.0}, confidence=1.0, confidence_tier="high"
        )
        return {"decisions": {"basic7": replace(decision, **changes)}}

    plain = clip_plan().fingerprint
    assert clip_plan(decided()).fingerprint == plain
    assert clip_plan(decided(labels=("Fear",))).fingerprint != plain
    assert clip_plan(decided(confidence=0.5)).fingerprint != plain
    assert clip_plan({"text": "Good-bye."}).fingerprint == plain
    assert clip_plan(max_length=4).fingerprint != plain
    assert clip_plan(max_length=30).fingerprint == plain
    assert clip_plan(decided(confidence_tier="low")).fingerprint == plain
    weighted = [
        clip_plan(decided(confidence_tier=tier), confidence_tier_weights={"low": 0.5}).fingerprint
        for tier in ("low", "high")
    ]
    assert weighted[0] != weighted[1]


def test_a_state_comes_back() -> None:
    plan = hop_plan()
    for epoch, step, media in ((0, 0, None), (3, 7, "0123456789abcdef")):
        state = plan.state(epoch, step, media)
        assert state == {"version": 2, "epoch": epoch, "step": step, "plan": plan.fingerprint, "media": media}
        assert hop_plan().check_state(state) == (epoch, step)
    # The end of an epoch is the beginning of the next.
    assert plan.state(3, plan.num_steps(3)) == plan.state(4, 0)
    assert plan.check_state({**plan.state(3, 0), "step": plan.num_steps(3)}) == (4, 0)


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "another plan": (
        {"plan": hop_plan(seed=1).fingerprint},
        r"the state's plan must be this one, '[0-9a-f]{16}', got '[0-9a-f]{16}'; items, their lengths or labels",
    ),
    "0.1": (
        {"version": 1},
        r"the state's version must be 2, got 1, which is of emos-io 0.1 and does not know its media; begin ",
    ),
    "version": ({"version": 3}, r"the state's version must be 2, got 3; start the epoch anew"),
    "version of a float": ({"version": 2.0}, r"the state's version must be 2, got 2\.0; start the epoch anew"),
    "version of True": ({"version": True}, r"the state's version must be 2, got True; start the epoch anew"),
    "version of text": ({"version": "2"}, r"the state's version must be 2, got '2'; start the epoch anew"),
    "media": ({"media": 7}, r"the state's media must be a digest or None, got 7; take it from state_dict"),
    "step": ({"step": 15}, r"step must be an integer from 0 to 13 in epoch 0, got 15; 13 is the epoch's end"),
    "before": ({"step": -1}, r"step must be an integer from 0 to 13 in epoch 0, got -1"),
    "no step": ({"step": None}, r"step must be an integer from 0 to 13 in epoch 0, got None"),
    "epoch": ({"epoch": -1}, r"epoch must be an integer from 0 to 2147483647, got -1; the first epoch is 0"),
    "more": ({"rng": 1}, r"state must have the keys epoch, media, plan, step, version, got "),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_a_state_that_does_not_fit_is_refused(change: dict[str, object], message: str) -> None:
    plan = hop_plan()
    assert re.search(message, refusal_of(lambda: plan.check_state({**plan.state(0, 0), **change})))


def test_a_state_of_0_1_is_refused_in_one_clear_line() -> None:
    plan = hop_plan()
    old = {"version": 1, "epoch": 0, "step": 3, "plan": plan.fingerprint}
    text = refusal_of(lambda: plan.check_state(old))
    assert text.startswith("the state's version must be 2, got 1, which is of emos-io 0.1") and "\n" not in text
    # A StatefulDataLoader of 0.1 kept no state of its LaneBatches.
    nothing: Any = None
    text = refusal_of(lambda: plan.check_state(nothing))
    assert text.endswith("got None, as loaders of emos-io 0.1 save it for their sampler; begin the epoch anew")
