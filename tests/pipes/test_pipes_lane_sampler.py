"""The flat sampler: the slots of each step one by one, with the epochs and states of the other loaders."""

from __future__ import annotations

import pickle
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pipes_help import film, plan_of

from emos_io.errors import InvalidArgument
from emos_io.pipes import AudioSpec, Collate, LaneBatches, LaneSampler, WindowDataset

# One lane runs out before the others, so that there are empty slots.
PLAN = plan_of([film(str(n), None, seconds) for n, seconds in enumerate((10, 7, 9, 5))], num_lanes=4)
STEPS, SLOTS = PLAN.num_steps(), PLAN.batch_size
TOTAL = STEPS * SLOTS


def planned(epoch: int) -> list[int]:
    return [number for step in range(STEPS) for number in PLAN.batch(epoch, step).numbers.ravel().tolist()]


def numbers(indices: Any) -> list[int]:
    return [index.number for index in indices]


def test_it_gives_the_slots_of_lane_batches_one_by_one_and_ends_epochs_as_they_do() -> None:
    sampler, batches = LaneSampler(PLAN), LaneBatches(PLAN)
    assert -1 in planned(0)
    for epoch in range(3):
        assert len(sampler) == TOTAL
        indices = list(islice(sampler, TOTAL))
        assert numbers(indices) == planned(epoch)
        assert indices == [index for batch in batches for index in batch]
        assert sampler.state_dict() == batches.state_dict()
        assert sampler.state_dict()["epoch"] == epoch + 1


@pytest.mark.parametrize("step", range(1, STEPS))
def test_its_state_is_that_of_lane_batches_and_goes_on_right_after_it(step: int) -> None:
    sampler = LaneSampler(PLAN)
    before = numbers(islice(sampler, step * SLOTS))
    state = pickle.loads(pickle.dumps(sampler.state_dict()))
    assert (state["epoch"], state["step"]) == (0, step)
    after = LaneSampler(PLAN)
    after.load_state_dict(state)
    assert before + numbers(after) == planned(0)
    assert numbers(after) == planned(1)
    batches = LaneBatches(PLAN)
    batches.load_state_dict(state)
    assert [index.number for batch in batches for index in batch] == planned(0)[step * SLOTS :]


@given(st.integers(0, TOTAL - 1), st.integers(0, 2))
def test_a_state_is_refused_within_a_step_and_a_break_begins_the_epoch_again(taken: int, epoch: int) -> None:
    sampler = LaneSampler(PLAN)
    sampler.set_epoch(epoch)
    assert numbers(islice(sampler, taken)) == planned(epoch)[:taken]
    if taken % SLOTS:
        text = f"^state must be taken after whole steps, got step {taken // SLOTS} after {taken % SLOTS} of {SLOTS} slots; "
        with pytest.raises(InvalidArgument, match=text):
            sampler.state_dict()
    else:
        assert sampler.state_dict()["step"] == taken // SLOTS
    assert numbers(sampler) == planned(epoch)
    assert numbers(sampler) == planned(epoch + 1)


def test_trainers_set_its_epoch_while_nothing_was_taken_and_end_an_iterator_that_gave_a_slot() -> None:
    sampler = LaneSampler(PLAN)
    iterator = iter(sampler)
    sampler.set_epoch(2)
    assert next(iterator).number == planned(2)[0]
    sampler.set_epoch(2)
    assert next(iterator).number == planned(2)[1]
    sampler.set_epoch(1)
    with pytest.raises(
        InvalidArgument, match=r"^iterator must be the last one of its loader, got one of epoch 2 that set_epoch "
    ):
        next(iterator)
    assert numbers(sampler) == planned(1)
    with pytest.raises(InvalidArgument, match=r"^epoch must be an integer from 0 to "):
        sampler.set_epoch(-1)


def test_it_refuses_what_is_no_plan() -> None:
    wrong: Any = [1]
    with pytest.raises(InvalidArgument, match=r"^plan must be a WindowPlan, got \[1\]; "):
        LaneSampler(wrong)
    with pytest.raises(InvalidArgument, match=r"^plan must be a WindowPlan, got \[1\]; "):
        LaneBatches.of_all_ranks(wrong)
    assert repr(LaneSampler(PLAN)).startswith(f"LaneSampler(epoch 0, {STEPS} steps, WindowPlan(")
    assert (
        repr(LaneBatches.of_all_ranks(PLAN)) == f"LaneBatches.of_all_ranks(epoch 0, {STEPS} steps, lanes [0, 4) of 4)"
    )


@pytest.mark.filterwarnings("ignore:'set_vital' is deprecated:UserWarning")
@pytest.mark.parametrize("step", range(1, STEPS))
def test_a_stateful_data_loader_saves_and_loads_it(step: int) -> None:
    stateful = pytest.importorskip("torchdata.stateful_dataloader", reason="torchdata is not installed")
    data = WindowDataset(PLAN, video=None, audio=AudioSpec(100), on_error="mask")

    def make() -> Any:
        return stateful.StatefulDataLoader(
            data, sampler=LaneSampler(PLAN), batch_size=SLOTS, collate_fn=Collate(as_dict=["numbers"])
        )

    loader = make()
    before = [number for batch in islice(loader, step) for number in batch["numbers"].tolist()]
    state = loader.state_dict()
    after = make()
    after.load_state_dict(state)
    assert before + [number for batch in after for number in batch["numbers"].tolist()] == planned(0)
