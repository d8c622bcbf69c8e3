"""Laws of order: every window once, whatever the lanes, the world size or the row of a crash."""

from __future__ import annotations

import itertools
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_help import clip, many_films, monologue, orders, quarters, steps_of

from emos_io.corpus import Monologue
from emos_io.errors import InvalidArgument
from emos_io.plan import WindowPlan
from emos_io.plan.order import permutation

PERMUTATION = [8, 4, 1, 6, 3, 2, 11, 7, 5, 9, 10, 0]

shapes = st.fixed_dictionaries(
    {"num_lanes": st.integers(1, 9), "windows_per_lane": st.integers(1, 4), "seed": st.integers(0, 2**64 - 1)}
)


@given(many_films(), quarters, orders, shapes, st.integers(0, 5), st.none() | st.integers(1, 9))
def test_every_window_comes_once_an_epoch(
    items: list[Monologue], length: Any, order: Any, shape: Any, epoch: int, run: int | None
) -> None:
    plan = WindowPlan(items, length, "0.5", order=order, run_length=run, **shape)
    batches = steps_of(plan, epoch)
    seen = np.concatenate([batch.numbers.ravel() for batch in batches])
    assert sorted(seen[seen >= 0].tolist()) == list(range(len(plan)))
    for batch in batches:
        assert batch.numbers.shape == batch.is_start.shape == (plan.num_lanes, plan.windows_per_lane)
        assert batch.numbers.dtype == np.int64
        assert batch.is_start.dtype == np.bool_
        assert (batch.numbers >= 0).any()
        assert not batch.is_start[batch.numbers < 0].any()


@given(many_films(), orders, shapes, st.integers(0, 3))
def test_a_window_is_a_start_unless_it_follows_the_one_before_it_in_its_lane(
    items: list[Monologue], order: Any, shape: Any, epoch: int
) -> None:
    plan = WindowPlan(items, 1, "0.25", order=order, **shape)
    batches = steps_of(plan, epoch)
    for lane in range(plan.num_lanes):
        slots = [int(number) for batch in batches for number in batch.numbers[lane]]
        starts = [bool(start) for batch in batches for start in batch.is_start[lane]]
        used = [number for number in slots if number >= 0]
        assert used == slots[: len(used)], "a lane runs out once, and at its end"
        for row, number in enumerate(used):
            before = plan.window(used[row - 1]) if row else None
            here = plan.window(number)
            follows = before is not None and before.item == here.item and before.number == number - 1
            assert starts[row] != follows


@given(many_films(), shapes, st.integers(0, 3))
def test_contiguous_lanes_go_through_full_items_forward(items: list[Monologue], shape: Any, epoch: int) -> None:
    plan = WindowPlan(items, 1, "0.25", order="contiguous", **shape)
    by_item = [list(group) for _, group in itertools.groupby(plan.windows(), key=lambda window: window.item)]
    for lane in plan.table(epoch):
        walked = [plan.window(int(number)).item for number in lane if number >= 0]
        runs = [(item, len(list(group))) for item, group in itertools.groupby(walked)]
        sizes = {group[0].item: len(group) for group in by_item}
        assert all(sizes[item] == count for item, count in runs)
        assert len({item for item, _ in runs}) == len(runs)


def test_items_are_dealt_to_the_lane_that_has_least() -> None:
    items = [monologue(str(number), seconds) for number, seconds in enumerate([9, 8, 7, 6, 5, 5, 4, 3, 2, 1])]
    plan = WindowPlan(items, 1, order="contiguous", num_lanes=4)
    assert sorted((lane >= 0).sum() for lane in plan.table(0)) == [12, 12, 13, 13]


@given(many_films(), shapes, st.integers(1, 9))
def test_runs_of_neighbours_stay_together_but_for_the_borders_of_lanes(
    items: list[Monologue], shape: Any, run: int
) -> None:
    plan = WindowPlan(items, 1, "0.25", run_length=run, **shape)
    starts = sum(int(batch.is_start.sum()) for batch in steps_of(plan, 0))
    counts = [sum(window.item == item.key for window in plan.windows()) for item in items]
    assert starts <= sum(max(1, count // run) for count in counts) + plan.num_lanes - 1


@given(many_films(), orders, st.sampled_from([1, 2, 4]), st.integers(1, 3), st.data())
def test_a_loop_stopped_on_four_ranks_goes_on_on_any_other(
    items: list[Monologue], order: Any, twice: int, windows_per_lane: int, data: st.DataObject
) -> None:
    def make() -> WindowPlan:
        return WindowPlan(items, 1, "0.25", order=order, num_lanes=8 * twice, windows_per_lane=windows_per_lane, seed=3)

    def run(plan: WindowPlan, world_size: int, epoch: int, first: int, last: int) -> list[np.ndarray]:
        """What all ranks see together, each by its own lanes."""
        ranks = [plan.rank_lanes(rank, world_size) for rank in range(world_size)]
        return [
            np.concatenate([plan.batch(epoch, step).numbers[num_lanes] for num_lanes in ranks])
            for step in range(first, last)
        ]

    plan = make()
    undisturbed = run(plan, 1, 1, 0, plan.num_steps(1))
    stop = data.draw(st.integers(0, plan.num_steps(1) - 1))
    before = run(plan, 4, 1, 0, stop)
    state = plan.state(1, stop)
    assert set(state) == {"version", "epoch", "step", "plan", "media"}
    for world_size in (1, 2, 8):
        again = make()
        epoch, step = again.check_state(dict(state))
        after = run(again, world_size, epoch, step, again.num_steps(epoch))
        joined = before + after
        assert all(np.array_equal(one, other) for one, other in zip(joined, undisturbed, strict=True))
        seen = np.concatenate([batch.ravel() for batch in joined])
        assert sorted(seen[seen >= 0].tolist()) == list(range(len(plan)))


@given(many_films(), orders, shapes)
def test_an_epoch_is_the_same_however_it_is_reached(items: list[Monologue], order: Any, shape: Any) -> None:
    def numbers(plan: WindowPlan, epoch: int, steps: Any) -> list[list[list[int]]]:
        return [plan.batch(epoch, step).numbers.tolist() for step in steps]

    one, other = (WindowPlan(items, 1, "0.25", order=order, **shape) for _ in range(2))
    steps = range(one.num_steps(2))
    forward = numbers(one, 2, steps)
    for epoch in (0, 1, 3):
        numbers(other, epoch, [0])
    assert numbers(other, 2, reversed(steps))[::-1] == forward
    assert numbers(pickle.loads(pickle.dumps(other)), 2, steps) == forward


def test_epochs_and_seeds_differ_and_have_the_same_number_of_steps() -> None:
    items = [monologue(str(number), 30 + number) for number in range(12)]
    for order in ("contiguous", "shuffle", "iid"):
        one, other = (
            WindowPlan(items, 4, "0.5", order=order, num_lanes=4, windows_per_lane=2, seed=seed) for seed in (0, 1)
        )
        tables = [one.table(0), one.table(1), one.table(2**63), other.table(0)]
        assert len({table.tobytes() for table in tables}) == 4
        assert len({table.shape for table in tables}) == 1


def test_the_order_of_an_epoch_is_fixed_for_good() -> None:
    # Words of Philox4x64-10: another permutation here breaks every saved state.
    assert permutation(7, 0, 12).tolist() == PERMUTATION
    assert permutation(7, 0, 12, stream=1).tolist() != PERMUTATION


def test_a_batch_is_the_callers_own() -> None:
    plan = WindowPlan([monologue("a", 20)], 4, 1, num_lanes=2)
    plan.batch(0, 0).numbers[:] = -7
    assert (plan.batch(0, 0).numbers >= 0).all()
    with pytest.raises(ValueError, match="read-only"):
        plan.table(0)[:] = 0


def test_static_clips_and_monologues_mixed_have_the_same_properties() -> None:
    films = WindowPlan([monologue(str(number), 20 + number) for number in range(5)], 4, "0.5")
    clips = WindowPlan([clip(str(number), 1 + number % 7, "Joy") for number in range(50)], by="clip")
    for order in ("sequential", "contiguous", "shuffle", "iid"):
        plan = WindowPlan.mix([films, clips], num_lanes=4, windows_per_lane=3, order=order)
        seen = np.concatenate([batch.numbers.ravel() for batch in steps_of(plan, 1)])
        assert sorted(seen[seen >= 0].tolist()) == list(range(len(films) + len(clips)))
        halves = [plan.batch(1, 2).numbers[plan.rank_lanes(rank, 2)] for rank in (0, 1)]
        assert np.array_equal(np.concatenate(halves), plan.batch(1, 2).numbers)


def test_ten_million_slots_are_filled_exactly() -> None:
    items = [monologue(str(number), 60 + number * 37 % 240) for number in range(2800)]
    plan = WindowPlan(items, 4, "0.05", num_lanes=64, windows_per_lane=2)
    table = plan.table(0)
    assert table.size >= 9_800_000
    assert np.array_equal(np.sort(table[table >= 0]), np.arange(len(plan)))
    assert (table < 0).sum() < 2 * 64


def test_a_step_that_is_not_there_is_refused() -> None:
    plan = WindowPlan([monologue("a", 20)], 4, 1, num_lanes=2)
    with pytest.raises(
        InvalidArgument, match=r"step must be from 0 to 8 in epoch 0, got 9; num_steps gives their number"
    ):
        plan.batch(0, 9)
