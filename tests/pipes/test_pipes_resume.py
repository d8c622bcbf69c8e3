"""Stopped anywhere, resumed on any number of ranks: every window once, the same global batches."""

from __future__ import annotations

import json
import os
import pickle
import random
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pipes_help import (
    AUDIO,
    VIDEO,
    NumpyBatch,
    all_keys,
    digest,
    films,
    frames_of,
    keys_of,
    loader_of,
    mixed_plan,
    noise,
    plan_of,
    waveform_of,
)

from emos_io import errors
from emos_io.pipes import Collate, LoaderState, WindowLoader
from emos_io.plan import WindowPlan
from emos_io.testing import check_resume


def ranks(
    plan: WindowPlan, world_size: int, state: LoaderState | None, **options: Any
) -> list[WindowLoader[NumpyBatch]]:
    loaders = [
        loader_of(plan, rank=rank, world_size=world_size, transform=noise, **options) for rank in range(world_size)
    ]
    for loader in loaders:
        if state is not None:
            loader.load_state_dict(state)
    return loaders


def run(loaders: list[WindowLoader[NumpyBatch]], stop: int | None = None) -> tuple[list[str], list[str], LoaderState]:
    """Return a digest and the keys of each global batch up to `stop`, and the state."""
    digests, keys = [], []
    for batches in zip(*[iter(loader) for loader in loaders], strict=True):
        assert len({(frames_of(batch).shape[1:], waveform_of(batch).shape[1:]) for batch in batches}) == 1
        digests.append(digest(*batches))
        keys += keys_of(batches)
        if stop is not None and len(digests) == stop:
            break
    states = [loader.state_dict() for loader in loaders]
    assert all(state == states[0] for state in states)
    for loader in loaders:
        loader.close()
    return digests, keys, states[0]


@pytest.mark.parametrize(
    "plan",
    [plan_of(), plan_of(order="iid", windows_per_lane=2), mixed_plan(), mixed_plan(num_buckets=3)],
    ids=["shuffle", "iid", "mix", "buckets"],
)
@pytest.mark.parametrize("seed", range(3))
def test_stopped_on_four_ranks_and_resumed_on_others(plan: WindowPlan, seed: int) -> None:
    expected, keys, _ = run(ranks(plan, 1, None))
    assert sorted(keys) == all_keys(plan)
    stop = random.Random(seed).randrange(1, plan.num_steps())
    before, keys_before, state = run(ranks(plan, 4, None), stop)
    state = json.loads(json.dumps(state))
    assert state == {"version": 2, "epoch": 0, "step": stop, "plan": plan.fingerprint, "media": state["media"]}
    assert len(state["media"]) == 16
    assert before == expected[:stop]
    threads_and_prefetch = {1: (1, 1), 2: (3, 4), 4: (None, 2), 8: (1, 2)}

    def make(rank: int, world_size: int) -> WindowLoader[NumpyBatch]:
        num_threads, prefetch = threads_and_prefetch[world_size]
        return loader_of(
            plan, rank=rank, world_size=world_size, transform=noise, num_threads=num_threads, prefetch=prefetch
        )

    check_resume(make, ranks=(4, (1, 2, 8)[seed]), stop_after=[stop])
    after, keys_after, end = run(ranks(plan, 1, state))
    assert before + after == expected
    assert sorted(keys_before + keys_after) == all_keys(plan)
    assert (end["epoch"], end["step"]) == (1, 0)


def test_epochs_follow_each_other_and_one_left_in_the_middle_begins_anew() -> None:
    plan = plan_of(films(2), num_lanes=2)
    wanted = {epoch: run_epoch(plan, epoch) for epoch in range(3)}
    assert wanted[0] != wanted[1] != wanted[2]
    with loader_of(plan, transform=noise) as loader:
        assert [digest(batch) for batch in loader] == wanted[0]
        assert [digest(batch) for batch in loader] == wanted[1]
        first = next(iter(loader))
        assert (digest(first), loader.state_dict()["step"]) == (wanted[2][0], 1)
        assert [digest(batch) for batch in loader] == wanted[2]
        loader.set_epoch(1)
        assert [digest(batch) for batch in loader] == wanted[1]
        assert len(loader) == len(wanted[1])


def run_epoch(plan: WindowPlan, epoch: int) -> list[str]:
    with loader_of(plan, transform=noise) as loader:
        loader.set_epoch(epoch)
        return [digest(batch) for batch in loader]


def test_set_epoch_keeps_the_step_of_the_epoch_that_was_loaded() -> None:
    plan = plan_of(films(2), num_lanes=2)
    wanted = run_epoch(plan, 1)
    with loader_of(plan, transform=noise) as loader:
        state = plan.state(1, 3, loader.state_dict()["media"])
        loader.load_state_dict(state)
        assert loader.state_dict() == state
        loader.set_epoch(1)
        assert [digest(batch) for batch in loader] == wanted[3:]
        loader.load_state_dict(state)
        loader.set_epoch(0)
        assert len(list(loader)) == plan.num_steps(0)


def test_a_state_of_the_last_batch_leaves_nothing_of_its_epoch() -> None:
    plan = plan_of(films(2), num_lanes=2)
    with loader_of(plan) as loader:
        for _ in loader:
            state = loader.state_dict()
    assert (state["epoch"], state["step"]) == (1, 0)
    with loader_of(plan) as loader:
        loader.load_state_dict(state)
        assert sorted(keys_of(loader)) == all_keys(plan)
        assert loader.state_dict()["epoch"] == 2


def test_a_state_does_not_grow() -> None:
    plan = plan_of(films(2), num_lanes=2)
    with loader_of(plan) as loader:
        sizes = {len(pickle.dumps(loader.state_dict())) for _ in loader}
    assert len(sizes) == 1


def test_states_of_other_plans_are_refused() -> None:
    plan, other = plan_of(films(2), num_lanes=2), plan_of(films(2), num_lanes=2, seed=4)
    loader = loader_of(plan)
    good = plan.state(0, 1)
    wrong: list[tuple[Mapping[str, object], str]] = [
        (other.state(0, 1), f"the state's plan must be this one, '{plan.fingerprint}', got '{other.fingerprint}'"),
        (
            {**good, "version": 1},
            "the state's version must be 2, got 1, which is of emos-io 0.1 and does not know its media; ",
        ),
        ({**good, "version": 3}, "the state's version must be 2, got 3"),
        ({**good, "step": 10_000}, f"step must be an integer from 0 to {plan.num_steps(0)} in epoch 0, got 10000"),
        ({"epoch": 0}, "state must have the keys epoch, media, plan, step, version, got"),
    ]
    for state, text in wrong:
        with pytest.raises(errors.InvalidArgument, match=text):
            loader.load_state_dict(state)
    assert loader.state_dict() == plan.state(0, 0, loader.state_dict()["media"])


def test_worlds_that_do_not_divide_the_lanes_are_refused() -> None:
    plan = plan_of()
    with pytest.raises(
        errors.InvalidArgument, match="world_size must divide the plan's 8 lanes, got 3; choose 1, 2, 4 or 8"
    ):
        loader_of(plan, rank=0, world_size=3)
    with pytest.raises(errors.InvalidArgument, match="rank must be an integer from 0 to 1, got 2"):
        loader_of(plan, rank=2, world_size=2)


def test_contiguous_lanes_walk_items_forward_and_say_where_they_begin() -> None:
    plan = plan_of(order="contiguous", num_lanes=4, windows_per_lane=2)
    before: dict[int, Any] = {}
    starts = 0
    with loader_of(plan) as loader:
        assert loader.batch_size == 8
        for batch in loader:
            for row, key in enumerate(batch.keys):
                lane = row // 2
                if key is None:
                    continue
                now = plan.window_by_key(key)
                if batch.is_start[row]:
                    starts += 1
                else:
                    assert (now.item, now.span.start) == (before[lane].item, before[lane].span.start + 1)
                before[lane] = now
    assert starts == 6


def work(rank: int, world_size: int, port: int, out: str, state: dict[str, Any] | None, stop: int | None) -> None:
    """One process of gloo: global batches are gathered and written by the first."""
    import torch.distributed as dist

    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    dist.init_process_group("gloo", rank=rank, world_size=world_size)
    plan = mixed_plan()
    digests = []
    with loader_of(plan, rank=rank, world_size=world_size, transform=noise) as loader:
        if state is not None:
            loader.load_state_dict(state)
        for batch in loader:
            gathered: list[Any] = [None] * world_size
            dist.all_gather_object(gathered, batch)
            digests.append(digest(*gathered))
            if len(digests) == stop:
                break
        states: list[Any] = [None] * world_size
        dist.all_gather_object(states, loader.state_dict())
    assert states[0] == states[-1]
    if rank == 0:
        Path(out).write_text(json.dumps({"digests": digests, "state": states[0]}))
    dist.destroy_process_group()


def test_two_processes_of_gloo_give_the_batches_of_one(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    plan = mixed_plan()
    expected, _, _ = run(ranks(plan, 1, None))
    out = tmp_path / "told.json"
    state, digests = None, []
    for stop in (3, None):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        # A child that is forked has torch already, which takes most of the time of one that is spawned.
        args = (2, port, str(out), state, stop)
        torch.multiprocessing.start_processes(work, args=args, nprocs=2, start_method="fork")
        answer = json.loads(out.read_text())
        digests += answer["digests"]
        state = answer["state"]
    assert digests == expected


def test_batches_are_tensors_with_the_same_values() -> None:
    torch = pytest.importorskip("torch")
    plan = mixed_plan()
    with (
        loader_of(plan) as plain,
        WindowLoader(plan, video=VIDEO, audio=AUDIO, collate=Collate(label_rate=2)) as tensors,
    ):
        for ours, theirs in zip(plain, tensors, strict=True):
            assert theirs.frames is not None and theirs.waveform is not None
            assert theirs.frames.dtype == torch.uint8 and theirs.waveform.dtype == torch.float32
            # digest takes what numpy.asarray takes.
            assert digest(ours) == digest(theirs)  # type: ignore[arg-type]
            assert repr(ours) == repr(theirs)


def test_a_batch_goes_to_a_device() -> None:
    torch = pytest.importorskip("torch")
    plan = plan_of(films(1), num_lanes=1)
    with WindowLoader(plan, video=VIDEO, audio=AUDIO) as loader:
        batch = next(iter(loader))
    moved = batch.to("meta")
    assert moved.frames is not None and moved.waveform is not None
    assert {moved.frames.device, moved.waveform.device, moved.labels.device, moved.valid.device} == {
        torch.device("meta")
    }
    assert (moved.keys, moved.spans) == (batch.keys, batch.spans)
