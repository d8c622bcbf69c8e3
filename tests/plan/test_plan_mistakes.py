"""Bad input: one clear line that names what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from plan_help import clip, monologue

from emos_io.corpus import Corpus
from emos_io.errors import EmosError, InvalidArgument, NoSuchItem, TooLarge
from emos_io.plan import WindowPlan

LABELS = ((0, 3, "Joy", ("joy",)), (3, 5, "Fear", ("fear",)))
FILM = monologue("a", 10, LABELS)
OTHER = monologue("b", "7.5", LABELS)
NO_LENGTH = clip("x", 1, "Joy")


def plan(source: Any = (FILM, OTHER), length: Any = 4, hop: Any = None, **options: Any) -> WindowPlan:
    return WindowPlan(list(source) if isinstance(source, tuple) else source, length, hop, **options)


def clips(**options: Any) -> WindowPlan:
    return WindowPlan([clip("a", 3, "Joy")], by="clip", **options)


def split_of(corpus: Corpus) -> Any:
    return corpus.split(seed=1, test=0.5)


WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "world_size": (
        lambda: plan(num_lanes=12).rank_lanes(0, 8),
        "world_size 8 was given; the plan has 12 lanes, so it is one of 1, 2, 3, 4, 6, 12",
    ),
    "no world": (
        lambda: plan(num_lanes=2).rank_lanes(0, 0),
        "world_size 0 was given; the plan has 2 lanes, so it is one of 1, 2",
    ),
    "rank": (lambda: plan(num_lanes=4).rank_lanes(2, 2), "rank 2 was given; of 2 ranks it is 0 to 1"),
    "num_lanes": (lambda: plan(num_lanes=0), "num_lanes 0 was given; it is a whole number from 1 to"),
    "half a lane": (lambda: plan(num_lanes=1.5), "num_lanes 1.5 was given; it is a whole number"),
    "per lane": (lambda: plan(windows_per_lane=-1), "per_lane -1 was given; it is a whole number from 1 to"),
    "run": (lambda: plan(run_length=0), "run_length 0 was given"),
    "seed": (lambda: plan(seed=-1), "seed -1 was given; it is a whole number from 0 to 18446744073709551615"),
    "hop": (lambda: plan(hop=8), "hop 8 was given; 's/b' lasts 15/2 s, give that or less"),
    "no hop": (lambda: plan(hop=0), "hop 0 was given; it is above zero"),
    "length": (lambda: plan(length=-4), "length -4 was given; it is above zero"),
    "nothing": (
        lambda: plan(length=None),
        'neither length nor by was given; give a length in seconds, or by="clip", "utterance"',
    ),
    "not a time": (lambda: plan(length="four"), "length 'four' was given"),
    "context": (lambda: plan(context=-1), "context -1 was given; it is zero or more"),
    "collar": (lambda: plan(collar=-1), "collar -1 was given; it is zero or more"),
    "layer": (lambda: plan(labels="valence"), "labels 'valence' was asked for; the items have basic7, goemotions"),
    "layer of clips": (lambda: clips(labels="goemotions"), "labels 'goemotions' was asked for; the items have basic7"),
    "rule": (lambda: plan(label_at="start"), 'label_at \'start\' was given; it is "end", "majority" or "overlap"'),
    "mode": (lambda: plan(collar_mode="drop"), 'collar_mode \'drop\' was given; it is "mask" or "soften"'),
    "order": (
        lambda: plan(order="random"),
        'order \'random\' was given; it is "sequential", "contiguous", "shuffle" or "iid"',
    ),
    "by": (lambda: plan(by="word"), 'by \'word\' was given; it is "clip", "utterance", "sentence" or "change"'),
    "by and hop": (lambda: plan(by="utterance", hop=1), 'hop 1 and by="utterance" were given; give one of them'),
    "causal": (
        lambda: plan(by="utterance", causal=True),
        'causal=True was given with by="utterance", whose boundaries',
    ),
    "change": (lambda: plan(length=None, by="change"), 'by="change" was given without a length'),
    "change of nothing": (lambda: plan(by="change", labels=None), 'by="change" was given with labels=None'),
    "longest": (lambda: plan(max_length=3), "max_length 3 was given with a hop; windows by hop are all 4 s long"),
    "two lengths": (lambda: plan(by="utterance", max_length=3), "length 4 and max_length 3 were given"),
    "no sentence": (lambda: plan(by="sentence"), 'by="sentence" was given, but none of the 2 items has a sentence'),
    "clips by hop": (lambda: plan((NO_LENGTH,)), 'these windows need monologue or media; give by="clip"'),
    "films by clip": (
        lambda: plan(by="clip"),
        "a plan over monologue was asked for, but these windows need clip or media",
    ),
    "nothing at all": (lambda: plan(()), "a plan over nothing was asked for"),
    "a path": (
        lambda: plan("film.mp4"),
        "source 'film.mp4' was given; it is a Corpus, a Media, or a sequence of items",
    ),
    "twice": (lambda: plan((FILM, FILM)), "item 's/a' was given twice"),
    "a length below zero": (lambda: plan(durations={"s/a": -1}), "s/a lasts -1 s; a length is above zero"),
    "keys": (lambda: plan(split=["s/a", "s/c"]), "split names 1 items that the source has not, such as 's/c'"),
    "no keys": (lambda: plan(split=[]), "the split leaves no item of these"),
    "side": (
        lambda: plan(split=("dev", split_of(Corpus(monologues=[FILM, OTHER])))),
        "side 'dev' of a split was given",
    ),
    "a word": (lambda: plan(split="train"), "give split.train, split.test or"),
    "class": (lambda: plan(class_weights={"Bliss": 1}), "class_weights has 'Bliss'; there are Anger, Disgust"),
    "class weight": (
        lambda: plan(class_weights={"Joy": -1}),
        "class_weights of Joy -1 was given; a weight is a finite number",
    ),
    "tier": (lambda: clips(tier_weights={"top": 1}), "tier_weights has 'top'; there are high, medium, low"),
    "tier weight": (lambda: clips(tier_weights={"low": float("nan")}), "tier_weights of low nan was given"),
    "weights": (
        lambda: plan(class_weights="equal"),
        "class_weights 'equal' was given; it is a weight for each of Anger",
    ),
    "mix of none": (lambda: WindowPlan.mix([], num_lanes=1), "0 plans were given to mix"),
    "mix weights": (lambda: WindowPlan.mix([plan()], [1, 2], num_lanes=1), "2 weights were given for 1 plans"),
    "mix weight": (lambda: WindowPlan.mix([plan()], [-1], num_lanes=1), "mix weight -1 was given"),
    "mix of layers": (
        lambda: WindowPlan.mix([plan(), plan(labels="goemotions")], num_lanes=1),
        "plans with labels 'basic7' of 7 classes, 'goemotions' of 28 classes were given to mix; give plans of one layer",
    ),
    "window": (lambda: plan().window(99), "window 99 was asked for; the plan has windows 0 to"),
    "epoch": (lambda: plan().batch(-1, 0), "epoch -1 was given"),
    "no clock": (
        lambda: plan(length=4 + Fraction(1, 2**31 - 1), hop=2, durations={"s/a": 9 + Fraction(1, 2**31 - 19)}),
        "have no common clock in 64 bits",
    ),
}


@pytest.mark.parametrize(("wrong", "message"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_one_clear_line(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        wrong()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_more_windows_than_memory_holds_are_refused() -> None:
    with pytest.raises(TooLarge, match=r"windows were asked for; the limit is 1000000000, take a longer hop"):
        plan(hop=Fraction(1, 2**40))


def test_clips_without_a_length_are_named_and_what_to_do() -> None:
    short = [clip(str(number), 3, "Joy") for number in range(3)]
    bare = clip("bare", 3, "Joy")
    bare.attributes.clear()  # type: ignore[attr-defined]
    with pytest.raises(InvalidArgument, match=r"1 of 4 items have no known length, such as 'c/bare'; give durations"):
        WindowPlan([*short, bare], by="clip")


@pytest.mark.parametrize("key", ["s/a", "s/a@0", "s/c@0-4", "s/a@1-5", "s/a@5-1", "s/a@0-4#1", "s/a@0-4#0", "s/a@-4-0"])
def test_a_key_of_no_window_is_told(key: str) -> None:
    with pytest.raises(NoSuchItem, match=r"was asked for") as caught:
        plan().window_by_key(key)
    assert isinstance(caught.value, EmosError)
    assert key in str(caught.value)
