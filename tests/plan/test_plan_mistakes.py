"""Bad input: one clear line that names what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from plan_help import clip, monologue, plan_of

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.errors import EmosError, InvalidArgument, NoSuchItem, TooLarge
from emos_io.plan import LabelRule, Windowing, WindowPlan
from emos_io.plan.single import single_window
from oracle.refusals import refusal_of

LABELS = ((0, 3, "Joy", ("joy",)), (3, 5, "Fear", ("fear",)))
FILM = monologue("a", 10, LABELS)
OTHER = monologue("b", "7.5", LABELS)
NO_LENGTH = clip("x", 1, "Joy")


def plan(source: Any = (FILM, OTHER), length: Any = 4, hop: Any = None, **options: Any) -> WindowPlan:
    return plan_of(list(source) if isinstance(source, tuple) else source, length, hop, **options)


def clips(**options: Any) -> WindowPlan:
    return plan_of([clip("a", 3, "Joy")], by="clip", **options)


def split_of(corpus: Corpus) -> Any:
    return corpus.split(seed=1, test=0.5)


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "world_size": (
        lambda: plan(num_lanes=12).rank_lanes(0, 8),
        "world_size must divide the plan's 12 lanes, got 8; choose 1, 2, 3, 4, 6 or 12",
    ),
    "no world": (
        lambda: plan(num_lanes=2).rank_lanes(0, 0),
        "world_size must divide the plan's 2 lanes, got 0; choose 1 or 2",
    ),
    "one lane": (
        lambda: plan(num_lanes=1).rank_lanes(0, 2),
        "world_size must divide the plan's 1 lanes, got 2; choose 1",
    ),
    "rank": (
        lambda: plan(num_lanes=4).rank_lanes(2, 2),
        "rank must be an integer from 0 to 1, got 2; world_size is 2, and ranks count from 0",
    ),
    "num_lanes": (
        lambda: plan(num_lanes=0),
        "num_lanes must be an integer from 1 to 2147483647, got 0; leave it out for the order's default",
    ),
    "half a lane": (
        lambda: plan(num_lanes=1.5),
        "num_lanes must be an integer from 1 to 2147483647, got 1.5; leave it out for the order's default",
    ),
    "per lane": (
        lambda: plan(windows_per_lane=-1),
        "windows_per_lane must be an integer from 1 to 2147483647, got -1; leave it out for 1",
    ),
    "batch size": (
        lambda: plan(batch_size=0),
        "batch_size must be an integer from 1 to 2147483647, got 0; leave it out for num",
    ),
    "batch of lanes": (
        lambda: plan(batch_size=6, num_lanes=4),
        "batch_size must be a multiple of num_lanes 4, got 6; change one of them",
    ),
    "batch of rows": (
        lambda: plan(batch_size=6, windows_per_lane=4),
        "batch_size must be a multiple of windows_per_lane 4, got 6; change one of them",
    ),
    "batch of both": (
        lambda: WindowPlan.mix([plan()], num_lanes=2, windows_per_lane=4, batch_size=6),
        "batch_size must be num_lanes * windows_per_lane, 2 * 4, got 6; leave out one of them",
    ),
    "run": (lambda: plan(run_length=0), "run_length must be an integer from 1 to 2147483647, got 0; leave it out"),
    "seed": (lambda: plan(seed=-1), "seed must be an integer from 0 to 18446744073709551615, got -1"),
    "hop": (lambda: plan(hop=8), "hop must be at most 15/2 s, the length of 's/b', got 8; give a shorter hop"),
    "no hop": (lambda: plan(hop=0), "hop must be above 0, got 0; give a number such as 0.5 or '1/2'"),
    "length": (lambda: plan(length=-4), "length must be above 0, got -4; give a number such as 0.5 or '1/2'"),
    "nothing": (
        lambda: plan(length=None),
        'length must be above 0 where by is left out, got None; give seconds, or by="clip", "utterance", "sentence" or '
        '"change"',
    ),
    "two windowings": (
        lambda: WindowPlan([FILM], Windowing(4), hop=2),
        "hop must be left out beside a Windowing, got 2; set it in the Windowing",
    ),
    "a length besides": (
        lambda: WindowPlan([FILM], Windowing(4), length=4),
        "length must be left out beside a Windowing, got 4; set it in the Windowing",
    ),
    "by besides": (
        lambda: WindowPlan([FILM], Windowing(4), by="clip"),
        "by must be left out beside a Windowing, got 'clip'; set it in the Windowing",
    ),
    "length twice": (
        lambda: WindowPlan([FILM], 4, length=2),
        "length must be given once, got 4 and 2; leave out one of them",
    ),
    "not a time": (lambda: plan(length="four"), "length must be a finite number, got 'four'; give an int"),
    "context": (
        lambda: plan(context=-1),
        "context must be 0 or more, got -1; give the seconds decoded before the label span",
    ),
    "lookahead": (
        lambda: plan(lookahead=-1),
        "lookahead must be 0 or more, got -1; give the seconds decoded after the label span",
    ),
    "collar": (
        lambda: plan(collar=-1),
        "collar must be 0 or more, got -1; give the seconds by which boundaries may be wrong",
    ),
    "layer": (
        lambda: plan(labels="valence"),
        "labels must be a layer of the items, basic7 or goemotions, got 'valence'; give one of these, or None",
    ),
    "layer of clips": (
        lambda: clips(labels="goemotions"),
        "labels must be a layer of the items, basic7, got 'goemotions'; give one of these, or None",
    ),
    "layer of nothing": (
        lambda: plan([monologue("a", 10)], labels="valence"),
        "labels must be None or the name of a taxonomy for items without labels, got 'valence'; give None",
    ),
    "layer of a number": (
        lambda: plan(labels=7),
        "layer must be the name of a label layer or None, got 7; leave it out for 'basic7'",
    ),
    "labels of a number": (
        lambda: WindowPlan([FILM], 4, labels=7),  # type: ignore[arg-type]
        "labels must be the name of a layer, a LabelRule or None, got 7; give None for a plan without labels",
    ),
    "rule": (
        lambda: plan(label_at="start"),
        'label_at must be "end", "majority" or "overlap", got \'start\'; choose one of them',
    ),
    "mode": (
        lambda: plan(collar_mode="drop"),
        'collar_mode must be "mask" or "soften", got \'drop\'; choose one of them',
    ),
    "order": (
        lambda: plan(order="random"),
        'order must be "sequential", "contiguous", "shuffle" or "iid", got \'random\'',
    ),
    "by": (
        lambda: plan(by="word"),
        'by must be "clip", "utterance", "sentence" or "change", got \'word\'',
    ),
    "by and hop": (
        lambda: plan(by="utterance", hop=1),
        'hop must be None with by="utterance", got 1; leave out one of them',
    ),
    "causal": (
        lambda: plan(by="utterance", causal=True),
        'causal must be False or None with by="utterance", got True; its boundaries come from annotators who saw all',
    ),
    "causal of a number": (
        lambda: plan(causal=1),
        "causal must be True, False or None, got 1; leave it out for the default",
    ),
    "change": (
        lambda: plan(length=None, by="change"),
        'length must be above 0 with by="change", got None; give the seconds around each change',
    ),
    "longest change": (
        lambda: plan(by="change", max_length=3),
        'max_length must be None with by="change", got 3; leave it out, these windows all last 4 s',
    ),
    "change of nothing": (
        lambda: plan(by="change", labels=None),
        'labels must name a layer with by="change", got None; give the layer whose changes count',
    ),
    "longest": (
        lambda: plan(max_length=3),
        "max_length must be None with a hop, got 3; leave it out, windows by hop all last 4 s",
    ),
    "two lengths": (
        lambda: plan(by="utterance", max_length=3),
        'max_length must be the length or None with by="utterance", got 3 beside length 4; give one of them',
    ),
    "no sentence": (
        lambda: plan(by="sentence"),
        'by must name what the items have, got "sentence" for 2 items without any; give a length and a hop',
    ),
    "clips by hop": (
        lambda: plan((NO_LENGTH,)),
        'source must hold monologue or media, got clip; give by="clip" for these',
    ),
    "films by clip": (
        lambda: plan(by="clip"),
        "source must hold clip or media, got monologue; give a length and a hop for these",
    ),
    "nothing at all": (
        lambda: plan(()),
        "source must hold monologue or media, got nothing; give a Corpus, a Media, an item or a sequence of them",
    ),
    "a path": (
        lambda: plan("film.mp4"),
        "source must be a Corpus, a Media, an item or a sequence of them, got 'film.mp4'; open a file with Media(path)",
    ),
    "twice": (
        lambda: plan((FILM, FILM)),
        "source must hold each item once, got 's/a' twice; remove one, or mix two plans",
    ),
    "a length below zero": (
        lambda: plan(durations={"s/a": -1}),
        "the duration of 's/a' must be above 0, got -1; give it in durations",
    ),
    "keys": (
        lambda: plan(split=["s/a", "s/c"]),
        "split must name items of the source, got 1 unknown keys such as 's/c'; give keys of the source",
    ),
    "no keys": (lambda: plan(split=[]), "split must keep an item or more, got none of 2; give keys of the source"),
    "side": (
        lambda: plan(split=("dev", split_of(Corpus(monologues=[FILM, OTHER])))),
        'split must have the side "train" or "test", got \'dev\'; give ("train", split)',
    ),
    "a word": (
        lambda: plan(split="train"),
        "split must be keys or a side of a Split, got 'train'; give split.train, split.test or (\"train\", split)",
    ),
    "class": (
        lambda: plan(class_weights={"Bliss": 1}),
        "class_weights must have keys among Anger, Disgust, Fear, Joy, Neutral, Sadness, Surprise, got 'Bliss'; leave that",
    ),
    "class weight": (
        lambda: plan(class_weights={"Joy": -1}),
        "class_weights['Joy'] must be a finite number of 0 or more, got -1; 1 changes nothing",
    ),
    "tier": (
        lambda: clips(confidence_tier_weights={"top": 1}),
        "confidence_tier_weights must have keys among high, medium, low, got 'top'; leave that one out",
    ),
    "tier weight": (
        lambda: clips(confidence_tier_weights={"low": float("nan")}),
        "confidence_tier_weights['low'] must be a finite number of 0 or more, got nan; 1 changes nothing",
    ),
    "tier weights": (
        lambda: clips(confidence_tier_weights=[1]),
        "confidence_tier_weights must be a mapping to weights from high, medium, low, got [1]; leave it out for 1 each",
    ),
    "weights": (
        lambda: plan(class_weights="equal"),
        "class_weights must be \"balanced\" or a mapping from classes to weights, got 'equal'; classes are Anger",
    ),
    "mix of none": (
        lambda: WindowPlan.mix([], num_lanes=1),
        "plans must be one WindowPlan or more, got 0 objects; give a list of plans",
    ),
    "mix weights": (
        lambda: WindowPlan.mix([plan()], [1, 2], num_lanes=1),
        "weights must be one for each of 1 plans, got 2; 1 changes nothing",
    ),
    "mix weight": (
        lambda: WindowPlan.mix([plan()], [-1], num_lanes=1),
        "weights[0] must be a finite number of 0 or more, got -1; 1 changes nothing",
    ),
    "mix of layers": (
        lambda: WindowPlan.mix([plan(), plan(labels="goemotions")], num_lanes=1),
        "plans must have one label layer, got 'basic7' of 7 classes, 'goemotions' of 28 classes; give each plan the same",
    ),
    "window": (
        lambda: plan().window(99),
        "window must be an integer from 0 to 4, got 99; the plan has no other windows",
    ),
    "epoch": (lambda: plan().batch(-1, 0), "epoch must be an integer from 0 to 9223372036854775808, got -1"),
    "a key of bytes": (
        lambda: plan(split=b"train"),
        "split must be keys or a side of a Split, got b'train'; give split.train, split.test or (\"train\", split)",
    ),
    "unknown duration": (
        lambda: plan(durations={"s/a": 9, "nosuch": 3}),
        "durations must name items of the source, got 1 unknown keys such as 'nosuch'; give keys of the source",
    ),
    "durations of a word": (
        lambda: plan(durations="x"),
        "durations must be seconds by key, a function or None, got 'x'; give a mapping such as media_durations returns",
    ),
    "durations of a number": (
        lambda: plan(durations=3),
        "durations must be seconds by key, a function or None, got 3; give a mapping such as media_durations returns",
    ),
    "size of three": (
        lambda: plan().summary(size=(224, 224, 3)),  # type: ignore[arg-type]
        "size must be (height, width), got (224, 224, 3); give two integers in pixels",
    ),
    "size of one": (
        lambda: plan().summary(size=224),  # type: ignore[arg-type]
        "size must be (height, width), got 224; give two integers in pixels",
    ),
    "no size": (
        lambda: plan().summary(size=None),  # type: ignore[arg-type]
        "size must be (height, width), got None; give two integers in pixels",
    ),
    "side of a size": (
        lambda: plan().summary(size=(224, 0)),
        "size must be an integer from 1 to 2147483647, got 0; give (height, width) in pixels",
    ),
    "tokens of a word": (
        lambda: plan().summary(processor=lambda *_: "x"),  # type: ignore[arg-type]
        "processor must return a number of tokens, got 'x'; return an integer from 0",
    ),
    "no tokens": (
        lambda: plan().summary(processor=lambda *_: None),  # type: ignore[arg-type]
        "processor must return a number of tokens, got None; return an integer from 0",
    ),
    "mix of a plan": (
        lambda: WindowPlan.mix(plan()),  # type: ignore[arg-type]
        "plans must be a sequence of WindowPlans, got WindowPlan(5 windows, ",
    ),
    "mix weights of a number": (
        lambda: WindowPlan.mix([plan()], weights=3),  # type: ignore[arg-type]
        "weights must be a sequence of numbers, got 3; give one for each plan, or leave it out",
    ),
    "too large a weight": (
        lambda: WindowPlan.mix([plan()], [10**400]),
        "weights[0] must be a finite number of 0 or more, got 1000",
    ),
    "weight of True": (
        lambda: WindowPlan.mix([plan()], [True]),
        "weights[0] must be a finite number of 0 or more, got True; 1 changes nothing",
    ),
    "key of a number": (
        lambda: plan().window_by_key(3),  # type: ignore[arg-type]
        "key must be text, got 3; a window's number goes to plan.window",
    ),
    "single span": (
        lambda: single_window(FILM, "s/a", (0, 2)),  # type: ignore[arg-type]
        "label_span must be a Span, got (0, 2); give Span(start, end) in seconds",
    ),
    "single windowing": (
        lambda: single_window(FILM, "s/a", Span(0, 2), 4),  # type: ignore[arg-type]
        "windowing must be a Windowing or None, got 4; give Windowing(...), or leave it out",
    ),
    "single key": (
        lambda: single_window(FILM, 3, Span(0, 2)),  # type: ignore[arg-type]
        "key must be text, got 3; give the key of the item",
    ),
    "rule for windowing": (
        lambda: WindowPlan([FILM], LabelRule()),  # type: ignore[arg-type]
        "windowing must be a Windowing or seconds, got LabelRule('basic7'); a LabelRule goes to labels",
    ),
    "length of a bool of numpy": (
        lambda: Windowing(np.bool_(True)),  # type: ignore[arg-type]
        f"length must be a finite number, got {np.bool_(True)!r}; give an int, a float",
    ),
    "causal of a bool of numpy": (
        lambda: Windowing(4, causal=np.bool_(True)),  # type: ignore[arg-type]
        f"causal must be True, False or None, got {np.bool_(True)!r}; leave it out for the default",
    ),
    "on_error of loaders": (
        lambda: plan(on_error="mask"),
        'on_error must be "raise" or "skip", got \'mask\'; "skip" leaves out files that cannot be read; loaders take "mask"',
    ),
    "progress": (
        lambda: plan(progress=3),
        "progress must be a function of (number of files, number of all) or None, got 3; leave it out for a bar",
    ),
    "no clock": (
        lambda: plan(length=4 + Fraction(1, 2**31 - 1), hop=2, durations={"s/a": 9 + Fraction(1, 2**31 - 19)}),
        "times must have a common clock in 64 bits, got those of 's/a', its labels and its windows; round length, hop or",
    ),
}


@pytest.mark.parametrize(("wrong", "message"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_one_clear_line(wrong: Callable[[], object], message: str) -> None:
    assert message in refusal_of(wrong)


def test_more_windows_than_memory_holds_are_refused() -> None:
    with pytest.raises(TooLarge, match=r"must have at most 1,000,000,000 windows, got [0-9,]+; take a longer hop"):
        plan(hop=Fraction(1, 2**40))


def test_clips_without_a_length_are_named_and_what_to_do() -> None:
    short = [clip(str(number), 3, "Joy") for number in range(3)]
    bare = replace(clip("bare", 3, "Joy"), published_span=None)
    with pytest.raises(
        InvalidArgument, match=r"durations must hold the lengths of 1 of 4 items, such as 'c/bare', got none; link"
    ):
        WindowPlan([*short, bare], by="clip", on_error="raise")
    with pytest.raises(
        InvalidArgument, match=r"durations must hold the lengths of 1 of 1 items, such as 'c/bare', got none"
    ):
        WindowPlan([bare], by="clip")


@pytest.mark.parametrize("key", ["s/a", "s/a@0", "s/c@0-4", "s/a@1-5", "s/a@5-1", "s/a@0-4#1", "s/a@0-4#0", "s/a@-4-0"])
def test_a_key_of_no_window_is_refused(key: str) -> None:
    with pytest.raises(NoSuchItem, match=r"the plan has no window") as caught:
        plan().window_by_key(key)
    assert isinstance(caught.value, EmosError)
    assert key in str(caught.value)


@pytest.mark.parametrize("value", [True, 1.0, int, [1], "1", None])
def test_what_only_looks_like_an_integer_is_refused(value: Any) -> None:
    for wrong in (lambda: plan(num_buckets=value), lambda: plan().window(value), lambda: plan().rank_lanes(value, 1)):
        with pytest.raises(InvalidArgument, match=r" must be an integer from [01] to "):
            wrong()
    with pytest.raises(InvalidArgument, match=r"^world_size must be an integer from 1, got .*; choose 1, 2, 4 or 8$"):
        plan().rank_lanes(0, value)


@pytest.mark.parametrize("kind", [int, np.int64, np.uint8])
def test_integers_of_any_type_count_lanes_and_steps(kind: Any) -> None:
    ours = plan(num_lanes=8)
    assert ours.rank_lanes(kind(1), kind(2)) == ours.rank_lanes(1, 2) == range(4, 8)
    assert ours.state(kind(0), kind(0)) == ours.state(0, 0)


@pytest.mark.parametrize("kind", [int, float, Fraction, np.float32, np.float64, np.int64])
def test_weights_may_be_any_real_number(kind: Any) -> None:
    def mixed(weight: Any) -> WindowPlan:
        return WindowPlan.mix([plan(class_weights={"Joy": weight})], [weight], num_lanes=1)

    assert mixed(kind(2)).fingerprint == mixed(2).fingerprint


def test_without_a_layer_a_rule_has_no_collar() -> None:
    assert LabelRule(None, label_at="majority", collar=1, collar_mode="soften") == LabelRule(None)
    assert repr(LabelRule(None, collar=1)) == "LabelRule(None)"
    with pytest.raises(InvalidArgument, match="collar must be 0 or more"):
        LabelRule(None, collar=-1)


def test_one_bucket_is_one_bucket() -> None:
    text = str(plan((FILM,), num_buckets=2, num_lanes=1).summary())
    assert "1 bucket up to 4 s" in text
