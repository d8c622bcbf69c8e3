"""Train and test: whole groups, even strata, the same everywhere."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter, defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io.corpus import Clip, ConfidenceTier, Corpus, Decision
from emos_io.errors import InvalidArgument

SHA256 = "be9cd174eeda4c473272c17e5c87bbf25ca9130e08741d519701d75206d47fc8"
"""Of ``split(seed=7, test=0.2, stratify=("confidence_tier", "language"))`` of the release: it must never change."""
STRATUM_TOLERANCE = 0.02
"""How far the share of test may lie from the one asked for, in strata of 50 items and more."""


def item(number: int, group: int, tier: ConfidenceTier = "high", language: str = "en") -> Clip:
    key = f"own/{number:04d}"
    decision = Decision(
        item=key, layer="basic7", labels=("Joy",), scores={"Joy": 1.0}, confidence=1.0, confidence_tier=tier
    )
    return Clip(
        key=key,
        source="own",
        language=language,
        text=f"text {number}",
        group={"video": f"v{group}"},
        decisions={"basic7": decision},
    )


def test_the_split_of_the_release(release: Corpus) -> None:
    split = release.split(seed=7, test=0.2, by=("film", "dialogue", "video"), stratify=("confidence_tier", "language"))
    assert split.sha256 == SHA256
    keys = {item.key for item in release.items}
    assert set(split.train) | set(split.test) == keys
    assert not set(split.train) & set(split.test)
    text = json.dumps({"test": split.test, "train": split.train}, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == split.sha256
    sides: dict[tuple[str, str], set[bool]] = defaultdict(set)
    chosen = set(split.test)
    for clip in release.clips:
        for kind, value in clip.group.items():
            sides[kind, value].add(clip.key in chosen)
    assert all(len(side) == 1 for side in sides.values())
    for train, test in split.strata.values():
        if train + test >= 50:
            assert abs(test / (train + test) - 0.2) <= STRATUM_TOLERANCE


def test_items_cut_from_the_same_seconds_stay_together(release: Corpus) -> None:
    split = release.split(seed=3, test=0.3)
    chosen = set(split.test)
    sides: dict[tuple[object, ...], set[bool]] = defaultdict(set)
    for clip in release.clips:
        if clip.source == "meld":
            seconds = tuple(clip.attributes[name] for name in ("season", "episode", "start", "end"))
            sides[seconds].add(clip.key in chosen)
    assert all(len(side) == 1 for side in sides.values())


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 30), min_size=2, max_size=120), st.floats(0.05, 0.95))
def test_groups_are_not_divided_and_order_does_not_count(seed: int, groups: list[int], test: float) -> None:
    items = [item(number, group) for number, group in enumerate(groups)]
    if len(set(groups)) < 2:
        with pytest.raises(InvalidArgument, match="two or more"):
            Corpus(items).split(seed=seed, test=test)
        return
    split = Corpus(items).split(seed=seed, test=test)
    shuffled = items.copy()
    random.Random(seed).shuffle(shuffled)
    assert Corpus(shuffled).split(seed=seed, test=test).sha256 == split.sha256
    chosen = set(split.test)
    for group in set(groups):
        assert len({each.key in chosen for each in items if each.group["video"] == f"v{group}"}) == 1
    largest = max(Counter(groups).values())
    assert abs(len(chosen) - test * len(items)) <= largest


def test_another_seed_is_another_split() -> None:
    items = [item(number, number) for number in range(100)]
    sums = {Corpus(items).split(seed=seed, test=0.2).sha256 for seed in range(20)}
    assert len(sums) == 20


@pytest.mark.parametrize(
    ("test", "by", "stratify", "text"),
    [
        (0, None, (), "test must be above 0 and below 1, got 0; give the share of items for testing"),
        (1, None, (), "test must be above 0 and below 1, got 1; give the share of items for testing"),
        (
            0.2,
            ["speaker"],
            (),
            "by must be of film, dialogue, video, got 'speaker'; correct or remove it, the items have video (2)",
        ),
        (
            0.2,
            None,
            ["mood"],
            "stratify must be of confidence_tier, language, source, label, got 'mood'; correct or remove it",
        ),
    ],
)
def test_wrong_arguments(test: float, by: list[str] | None, stratify: list[str], text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        Corpus([item(0, 0), item(1, 1)]).split(seed=1, test=test, by=by, stratify=stratify)
    assert str(caught.value) == text


def test_one_group_cannot_be_divided() -> None:
    with pytest.raises(InvalidArgument) as caught:
        Corpus([item(0, 0), item(1, 0)]).split(seed=1, test=0.5)
    assert str(caught.value) == (
        "corpus must have two or more groups of items, got 1; name fewer kinds of groups with by="
    )
