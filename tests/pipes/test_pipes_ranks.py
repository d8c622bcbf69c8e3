"""Ranks default to those of torch.distributed, and what would read windows twice or lose them raises: on two gloo processes."""

from __future__ import annotations

import importlib
import json
import re
import socket
from typing import Any

import numpy as np
import pytest
from ranks_work import PLAN, SCENES, Facts, work

from emos_io.errors import InvalidArgument
from emos_io.pipes import LaneBatches, data_parallel_rank

torch = pytest.importorskip("torch", reason="torch is not installed")
accelerate = pytest.importorskip("accelerate", reason="accelerate is not installed")
pytest.importorskip("torchdata", reason="torchdata is not installed")

Steps = list[list[int]]


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> list[Facts]:
    """What each of two processes saw in every scene; children that are forked need not import the libraries again."""
    folder = tmp_path_factory.mktemp("ranks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name in ("torch.distributed.device_mesh", "torchdata.nodes", "accelerate.data_loader"):
        importlib.import_module(name)
    args = (port, str(folder), tuple(SCENES))
    torch.multiprocessing.start_processes(work, args=args, nprocs=2, start_method="fork")
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


def planned(rank: int, epoch: int = 0, *, world_size: int = 2, first: int = 0) -> Steps:
    """What the plan says of the lanes of a rank."""
    share = PLAN.num_lanes // world_size
    lanes = slice(rank * share, (rank + 1) * share)
    steps = range(first, PLAN.num_steps(epoch))
    return [PLAN.batch(epoch, step).numbers[lanes].ravel().tolist() for step in steps]


def windows(*parts: Steps) -> list[int]:
    return sorted(number for part in parts for step in part for number in step if number >= 0)


ALL = list(range(len(PLAN)))
EARLY = r"^loader must be built after init_process_group, got WORLD_SIZE=2 in the environment and no process group; "


def test_ranks_that_nobody_gave_read_every_window_once(facts: list[Facts]) -> None:
    for name in ("loader", "batches"):
        parts = [facts[rank]["defaults"][name] for rank in range(2)]
        assert parts == [planned(0), planned(1)]
        assert windows(*parts) == ALL
    for rank in range(2):
        assert facts[rank]["defaults"]["node"] == [list(PLAN.rank_lanes(rank, 2))] * PLAN.num_steps()
        assert facts[rank]["defaults"]["rank"] == [rank, 2]


@pytest.mark.parametrize("name", ["loader", "batches", "node"])
def test_what_is_built_before_the_group_raises(facts: list[Facts], name: str) -> None:
    for rank in range(2):
        assert re.match(EARLY, facts[rank]["built_too_early"][name])
        # WORLD_SIZE may be set later still: then iterating raises.
        text = (
            r"^loader must be built after init_process_group, got one that was built before, for rank 0 of 1, in a group of 2 "
            rf"ranks where it is rank {rank}; "
        )
        assert re.match(text, facts[rank]["iterated_too_early"][name])
        assert re.match(text, facts[rank]["iterated_too_early"][f"{name} of one"])


def test_numbers_before_the_group_are_taken_and_world_size_in_the_environment_is_a_number(facts: list[Facts]) -> None:
    for rank in range(2):
        found = facts[rank]["built_too_early"]
        assert found["given"] == planned(rank)
        assert found["alone"] == [0, 1]
        assert found["one"] == "world_size must be given with rank, got None; give both, or none in a process group"
        assert found["other"] == "rank must be given with world_size, got None; give both, or none in a process group"
        for text in ("two", "0", "", "-1"):
            assert found[f"WORLD_SIZE={text}"] == (
                f"WORLD_SIZE in the environment must be an integer from 1, got {text!r}; unset it, or give rank and world_size"
            )


def test_numbers_that_differ_from_those_of_the_group_raise(facts: list[Facts]) -> None:
    advice = "leave it out, or name the data's ranks by mesh= or process_group="
    for rank in range(2):
        found = facts[rank]["explicit"]
        assert found["same"] == [rank, 2]
        assert found["completed"] == [[rank, 2], [rank, 2]]
        wrong = f"rank must be {rank}, that of torch.distributed, got {1 - rank}; {advice}"
        assert (found["rank"], found["node"]) == (wrong, wrong)
        assert found["world_size"] == f"world_size must be 2, that of torch.distributed, got 1; {advice}"
        assert found["type"] == f"rank must be {rank}, that of torch.distributed, got '{rank}'; {advice}"


def test_a_mesh_or_a_group_names_the_ranks_of_the_data(facts: list[Facts]) -> None:
    everything = [list(range(PLAN.num_lanes))] * PLAN.num_steps()
    for rank in range(2):
        found = facts[rank]["groups"]
        assert [found[name] for name in ("data", "hybrid", "all")] == [[rank, 2]] * 3
        assert [found[name] for name in ("model", "alone", "equal")] == [[0, 1]] * 3
        # Both ranks of one model read the same.
        assert found["everything"] == planned(0, world_size=1)
        assert found["node"] == everything
        assert found["batches"] == planned(rank)
        assert found["differs"].startswith("world_size must be 1, that of mesh, got 2; leave it out")
        assert found["differs from group"].startswith(
            "world_size must be 1, that of process_group, got 2; leave it out"
        )
        assert found["model too"] == (
            "mesh must have data-parallel dimensions only, got dp, tp: ranks along tp read the same windows; pass mesh['dp']"
        )
        assert found["model only"].startswith("mesh must have data-parallel dimensions only, got tp: ")
        assert (found["of others"] is None) == (rank == 0)
        assert found["both"].startswith("mesh must be None with process_group, got both; ")
        assert found["no mesh"].startswith("mesh must be a DeviceMesh of torch or None, got 'dp'; ")
        assert found["no group"].startswith("process_group must be a ProcessGroup of torch or None, got 'dp'; ")
    assert facts[1]["groups"]["of others"].startswith("process_group must hold this process, got one of other ranks; ")


def test_a_worker_keeps_the_numbers_of_its_parent_and_takes_none_itself(facts: list[Facts]) -> None:
    for rank in range(2):
        found = facts[rank]["in_a_worker"]
        for name in ("loader", "batches"):
            assert found[name].startswith(
                "rank must be given in a worker of a DataLoader, got None; make the loader or sampler "
            )
        assert found["sent"] == found["pickled"] == planned(rank)


def test_a_model_that_accelerate_splits_asks_for_a_mesh(facts: list[Facts]) -> None:
    text = "mesh must be given where accelerate splits the model ({}), got None; ranks of one model read the same windows: "
    tp = text.format("tp_size=2") + "give process_group=torch.distributed.new_subgroups(1)[0]"
    both = text.format("cp_size=2") + 'give mesh=accelerator.torch_device_mesh["dp"]'
    for rank in range(2):
        found = facts[rank]["split_model"]
        assert (found["tp"], found["tp, given"]) == (tp, tp)
        assert (found["dp and cp"], found["dp and cp, given"]) == (both, both)
        assert found["named"] == [0, 1]


WAYS = [(split, dispatch) for split in (False, True) for dispatch in (False, True)]
OF_OTHERS = (
    " must be in a loader that accelerate prepared, got another in a group of 2 ranks, each of which would read all windows; "
    "use LaneBatches(plan), the lanes of this rank"
)


def dealt_out(facts: list[Facts], name: str, split: bool, dispatch: bool) -> list[Facts]:
    return [facts[rank]["accelerate_deals_out"][f"{name} split={split} dispatch={dispatch}"] for rank in range(2)]


@pytest.mark.parametrize(("split", "dispatch"), WAYS)
def test_one_ranks_batches_raise_in_a_prepared_loader_and_in_no_other(
    facts: list[Facts], split: bool, dispatch: bool
) -> None:
    for rank, found in enumerate(dealt_out(facts, "own", split, dispatch)):
        kinds = [name.removesuffix(" refused") for name in found if name.endswith(" refused")]
        assert len(kinds) == (3 if dispatch else 4) + (2 if split == dispatch else 0)
        for name in kinds:
            if name.startswith("plain"):
                assert found[name] == planned(rank)
            else:
                assert name not in found
                assert found[f"{name} refused"].startswith(
                    "batch_sampler must be LaneBatches.of_all_ranks(plan) in a loader that accelerate prepared for 2 "
                    "processes, got "
                )


def gives_each_rank_its_lanes(found: list[Facts], *, skipped: int = 2) -> None:
    for rank in range(2):
        assert found[rank]["plain refused"].endswith(OF_OTHERS)
        assert found[rank]["prepared"] == planned(rank)
        assert found[rank]["epoch 2"] == planned(rank, 2)
        assert found[rank]["skipped"] == planned(rank, first=skipped)
        assert found[rank].get("prepared, workers", planned(rank)) == planned(rank)
    assert windows(found[0]["prepared"], found[1]["prepared"]) == ALL
    assert found[0]["prepared"] != found[0]["epoch 2"]


@pytest.mark.parametrize("dispatch", [False, True])
def test_entire_steps_are_split_into_the_lanes_of_each_rank(facts: list[Facts], dispatch: bool) -> None:
    found = dealt_out(facts, "all ranks", True, dispatch)
    gives_each_rank_its_lanes(found)
    assert ("prepared, workers" in found[0]) is not dispatch


@pytest.mark.parametrize("dispatch", [False, True])
def test_entire_steps_that_nobody_splits_raise(facts: list[Facts], dispatch: bool) -> None:
    for found in dealt_out(facts, "all ranks", False, dispatch):
        for name in ("prepared", "epoch 2", *(() if dispatch else ("skipped",))):
            assert found[f"{name} refused"].startswith(
                "split_batches must be True where accelerate prepares a loader of LaneBatches.of_all_ranks for 2 processes, "
            )


@pytest.mark.parametrize(("split", "dispatch"), WAYS)
def test_the_flat_sampler_gives_each_rank_its_lanes_with_the_batch_size_that_fits(
    facts: list[Facts], split: bool, dispatch: bool
) -> None:
    fits, other = ("flat, entire steps", "flat") if split else ("flat", "flat, entire steps")
    # A loader that dispatches skips what its one process takes: two batches are one step.
    gives_each_rank_its_lanes(dealt_out(facts, fits, split, dispatch), skipped=1 if dispatch and not split else 2)
    wanted = PLAN.batch_size if split else PLAN.batch_size // 2
    given = PLAN.batch_size // 2 if split else PLAN.batch_size
    for found in () if dispatch else dealt_out(facts, other, split, dispatch):
        for name in ("prepared", "epoch 2", "skipped"):
            assert found[f"{name} refused"] == (
                f"batch_size must be {wanted} where accelerate deals the 4 lanes of LaneSampler out to 2 processes, got "
                f"{given}; give the DataLoader {wanted}"
            )


def test_the_flat_sampler_sees_batches_that_are_skipped_before_they_are_dealt_out(facts: list[Facts]) -> None:
    for rank, found in enumerate(dealt_out(facts, "flat", False, False)):
        assert found["skipped before"] == planned(rank, first=1)
        assert found["skipped half refused"].startswith(
            "num_batches of skip_first_batches must be a multiple of 2 here, got 3: accelerate deals batches out after it "
        )


def test_a_mesh_of_several_dimensions_counts_its_last_one_fastest() -> None:
    """Eight ranks that torch pretends to have, seen by each."""
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh
    from torch.testing._internal.distributed.fake_pg import FakeStore

    found = []
    for rank in range(8):
        dist.init_process_group("fake", rank=rank, world_size=8, store=FakeStore())
        try:
            mesh = init_device_mesh("cpu", (2, 2, 2), mesh_dim_names=("dp_replicate", "dp_shard", "tp"))
            found.append(data_parallel_rank(mesh=mesh["dp_replicate", "dp_shard"]))
            # Those of a pair that shares a model read the same.
            assert LaneBatches(PLAN, mesh=mesh["dp_replicate", "dp_shard"]).batch_size == PLAN.batch_size // 4
        finally:
            dist.destroy_process_group()
    assert found == [(rank // 2, 4) for rank in range(8)]


def test_ranks_without_a_group_are_one_or_those_that_are_given() -> None:
    assert data_parallel_rank() == (0, 1)
    assert data_parallel_rank(np.int64(1), np.int64(2)) == (1, 2)  # type: ignore[arg-type]
    group: Any = "dp"
    with pytest.raises(InvalidArgument, match=r"^process_group must be None before init_process_group, got 'dp'; "):
        data_parallel_rank(process_group=group)
