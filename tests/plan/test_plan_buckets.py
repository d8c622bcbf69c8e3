"""Buckets of length: every window once, each batch of one bucket, the least padding that so many buckets can leave."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_help import clip, monologue, steps_of

from emos_io.corpus import Clip
from emos_io.errors import InvalidArgument
from emos_io.plan import WindowPlan
from emos_io.plan.buckets import bucket_ends


def statics(number: int = 60) -> list[Clip]:
    return [clip(str(each), 1 + each * each % 23, "Joy") for each in range(number)]


def mix(**options: Any) -> WindowPlan:
    films = WindowPlan([monologue(str(number), 20 + number) for number in range(5)], 4, "0.5")
    return WindowPlan.mix(
        [films, WindowPlan(statics(), by="clip")], **{"num_lanes": 4, "windows_per_lane": 2, **options}
    )


def seconds_of(plan: WindowPlan, number: int) -> Fraction:
    return plan.locate(number).span.duration


@given(st.lists(st.integers(1, 12), min_size=1, max_size=30), st.integers(1, 5))
def test_ends_leave_the_least_padding_of_all_choices(lengths: list[int], buckets: int) -> None:
    ends = bucket_ends(np.array(lengths, dtype=np.float64), buckets).tolist()
    distinct = sorted(set(lengths))
    choices = [
        (*chosen, distinct[-1])
        for count in range(min(buckets, len(distinct)))
        for chosen in itertools.combinations(distinct[:-1], count)
    ]

    def padded(chosen: Sequence[float]) -> float:
        return sum(min(float(end) for end in chosen if end >= length) for length in lengths)

    assert len(ends) <= buckets
    assert ends[-1] == distinct[-1]
    assert padded(ends) == min(map(padded, choices))


def test_of_many_lengths_the_longest_is_kept_and_padding_falls() -> None:
    lengths = np.random.default_rng(0).lognormal(1, 0.6, 5_000)
    seconds = []
    for buckets in (1, 2, 4, 8, 16):
        ends = bucket_ends(lengths, buckets)
        assert (np.diff(ends) > 0).all()
        assert ends[-1] == lengths.max()
        seconds.append(float(ends[np.searchsorted(ends, lengths)].sum()))
    assert seconds == sorted(seconds, reverse=True)


@pytest.mark.parametrize("order", ["shuffle", "iid"])
@pytest.mark.parametrize("windows_per_lane", [1, 3])
def test_every_window_comes_once_and_each_batch_is_of_one_bucket(order: str, windows_per_lane: int) -> None:
    plan = mix(num_buckets=4, order=order, windows_per_lane=windows_per_lane)
    ends = plan.summary().bucket_ends
    assert ends is not None
    assert len(ends) == 4
    for epoch in (0, 1):
        batches = steps_of(plan, epoch)
        seen = np.concatenate([batch.numbers.ravel() for batch in batches])
        assert sorted(seen[seen >= 0].tolist()) == list(range(len(plan)))
        for batch in batches:
            numbers = batch.numbers[batch.numbers >= 0].tolist()
            assert len({int(np.searchsorted(ends, float(seconds_of(plan, number)))) for number in numbers}) == 1
    assert not np.array_equal(plan.table(0), plan.table(1))
    assert plan.num_steps(0) == plan.num_steps(1) == len(steps_of(plan, 1))


def test_buckets_come_mixed_not_one_after_the_other() -> None:
    plan = WindowPlan(statics(400), by="clip", num_buckets=3, num_lanes=4)
    longest = [float(max(seconds_of(plan, n) for n in b.numbers.ravel().tolist() if n >= 0)) for b in steps_of(plan, 0)]
    ends = np.searchsorted(plan.summary().bucket_ends or [], longest)
    changes = int((np.diff(ends) != 0).sum())
    assert changes > len(longest) // 3


def test_windows_that_follow_each_other_still_share() -> None:
    films = [monologue(str(number), 300 + number) for number in range(6)]
    plain = WindowPlan(films, 4, "0.5", num_lanes=4, seed=1)
    mixed = WindowPlan.mix(
        [plain, WindowPlan(statics(200), by="clip")], num_lanes=4, seed=1, num_buckets=4
    )  # fmt: skip
    assert mixed.summary().decoded_over_unique < plain.summary().decoded_over_unique + 0.15


@pytest.mark.parametrize("buckets", [1, 2, 5])
def test_padding_is_that_counted_slot_by_slot(buckets: int) -> None:
    plan = mix(num_buckets=buckets)
    padded = filled = Fraction(0)
    for batch in steps_of(plan, 0):
        lengths = [seconds_of(plan, number) for number in batch.numbers.ravel().tolist() if number >= 0]
        padded += max(lengths) * batch.numbers.size
        filled += sum(lengths)
    assert plan.summary().padding == round(float(1 - filled / padded), 6)


def test_buckets_leave_less_padding() -> None:
    shares = [WindowPlan(statics(600), by="clip", num_buckets=buckets).summary().padding for buckets in (1, 2, 4, 8)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < shares[0] / 3


def test_buckets_are_part_of_the_fingerprint_and_one_is_none() -> None:
    prints = {mix(num_buckets=buckets).fingerprint for buckets in (1, 2, 3)}
    assert len(prints) == 3
    assert mix().fingerprint == mix(num_buckets=1).fingerprint
    assert mix().summary().bucket_ends is None


def test_orders_that_keep_time_take_no_buckets() -> None:
    for order in ("contiguous", "sequential"):
        with pytest.raises(
            InvalidArgument, match=f'num_buckets must be 1 with order "{order}", got 2; take "shuffle" or "iid"'
        ):
            mix(num_buckets=2, order=order)
