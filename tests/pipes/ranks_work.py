"""What two processes of gloo see of loaders: each function is run on both, and gives facts that a test compares."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pipes_help import NUMPY, film, plan_of

from emos_io.errors import InvalidArgument
from emos_io.pipes import (
    AudioSpec,
    Collate,
    LaneBatches,
    LaneSampler,
    WindowDataset,
    WindowLoader,
    data_parallel_rank,
)
from emos_io.plan import WindowPlan

Facts = dict[str, Any]
TOTAL_SECONDS = (10, 7, 9, 5)


def made_plan() -> WindowPlan:
    """Items without media: nothing is read."""
    return plan_of([film(str(n), None, seconds) for n, seconds in enumerate(TOTAL_SECONDS)], num_lanes=4)


PLAN = made_plan()
SHARE = PLAN.batch_size // 2


def refusal(call: Callable[[], object]) -> str | None:
    try:
        call()
    except InvalidArgument as error:
        return str(error)
    return None


def loader(**options: Any) -> Any:
    return WindowLoader(
        PLAN, video=None, audio=AudioSpec(100), collate=NUMPY, on_error="mask", num_threads=1, **options
    )


def steps_node(**options: Any) -> Any:
    from emos_io.pipes import nodes

    return nodes.PlanSteps(PLAN, **options)


def numbers_of_indices(batches: Any) -> list[list[int]]:
    return [[index.number for index in batch] for batch in batches]


def numbers_of(batches: Any) -> list[list[int]]:
    return [(batch["numbers"] if isinstance(batch, dict) else batch.numbers).tolist() for batch in batches]


def built_too_early(rank: int) -> Facts:
    """WORLD_SIZE is 2, and there is no group yet."""
    wrong = dict(os.environ)
    facts: Facts = {
        "loader": refusal(loader),
        "batches": refusal(lambda: LaneBatches(PLAN)),
        "node": refusal(steps_node),
        "given": numbers_of_indices(LaneBatches(PLAN, rank=rank, world_size=2)),
        "one": refusal(lambda: data_parallel_rank(rank=0)),
        "other": refusal(lambda: data_parallel_rank(world_size=2)),
        "alone": data_parallel_rank(world_size=1),
    }
    for text in ("two", "0", "", "-1"):
        os.environ["WORLD_SIZE"] = text
        facts[f"WORLD_SIZE={text}"] = refusal(loader)
    del os.environ["WORLD_SIZE"]
    # Such as the first process under Lightning, which sets the variable and makes the group later.
    EARLY["loader"], EARLY["batches"], EARLY["node"] = loader(), LaneBatches(PLAN), steps_node()
    os.environ.update(wrong)
    one: Any = {"rank": 0, "world_size": 1}
    EARLY["loader of one"], EARLY["batches of one"] = loader(**one), LaneBatches(PLAN, **one)
    EARLY["node of one"] = steps_node(world_size=1)
    return facts


EARLY: dict[str, Any] = {}


def iterated_too_early(rank: int) -> Facts:
    """They were made before the group, without WORLD_SIZE."""
    begin = {name: made.reset if name.startswith("node") else partial(iter, made) for name, made in EARLY.items()}
    return {name: refusal(call) for name, call in begin.items()}


def defaults(rank: int) -> Facts:
    node = steps_node()
    node.reset()
    with loader() as windows:
        return {
            "loader": numbers_of(windows),
            "batches": numbers_of_indices(LaneBatches(PLAN)),
            "node": [list(step.lanes) for step in node],
            "rank": data_parallel_rank(),
        }


def explicit(rank: int) -> Facts:
    other = 1 - rank
    return {
        "same": data_parallel_rank(rank, 2),
        "completed": [data_parallel_rank(rank=rank), data_parallel_rank(world_size=2)],
        "rank": refusal(lambda: loader(rank=other, world_size=2)),
        "world_size": refusal(lambda: LaneBatches(PLAN, rank=0, world_size=1)),
        "node": refusal(lambda: steps_node(rank=other, world_size=2)),
        "type": refusal(lambda: data_parallel_rank(str(rank), 2)),  # type: ignore[arg-type]
    }


def groups(rank: int) -> Facts:
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh

    both = dist.group.WORLD
    alone = dist.new_subgroups(1)[0]
    first: Any = dist.new_group([0])
    data = init_device_mesh("cpu", (2, 1), mesh_dim_names=("dp", "tp"))
    model = init_device_mesh("cpu", (1, 2), mesh_dim_names=("dp", "tp"))
    hybrid = init_device_mesh("cpu", (1, 2), mesh_dim_names=("dp_replicate", "dp_shard"))
    wrong: Any = "dp"
    with loader(mesh=model["dp"]) as windows:
        everything = numbers_of(windows)
    node = steps_node(process_group=alone)
    node.reset()
    return {
        "data": data_parallel_rank(mesh=data["dp"]),
        "model": data_parallel_rank(mesh=model["dp"]),
        "hybrid": data_parallel_rank(mesh=hybrid),
        "all": data_parallel_rank(process_group=both),
        "alone": data_parallel_rank(process_group=alone),
        "equal": data_parallel_rank(0, 1, process_group=alone),
        "everything": everything,
        "node": [list(step.lanes) for step in node],
        "batches": numbers_of_indices(LaneBatches(PLAN, mesh=hybrid)),
        "differs": refusal(lambda: data_parallel_rank(rank, 2, mesh=model["dp"])),
        "differs from group": refusal(lambda: data_parallel_rank(rank, 2, process_group=alone)),
        "model too": refusal(lambda: data_parallel_rank(mesh=data)),
        "model only": refusal(lambda: data_parallel_rank(mesh=data["tp"])),
        "of others": refusal(lambda: data_parallel_rank(process_group=first)),
        "both": refusal(lambda: data_parallel_rank(mesh=data["dp"], process_group=alone)),
        "no mesh": refusal(lambda: data_parallel_rank(mesh=wrong)),
        "no group": refusal(lambda: data_parallel_rank(process_group=wrong)),
    }


class Within:
    """Looks at ranks within a worker."""

    def __init__(self) -> None:
        self.sent = LaneBatches(PLAN)
        self.pickled = pickle.dumps(self.sent)

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Facts:
        return {
            "loader": refusal(loader),
            "batches": refusal(lambda: LaneBatches(PLAN)),
            "given": numbers_of_indices(LaneBatches(PLAN, rank=0, world_size=1)) if index < 0 else None,
            "sent": numbers_of_indices(self.sent),
            "pickled": numbers_of_indices(pickle.loads(self.pickled)),
        }


def in_a_worker(rank: int) -> Facts:
    import torch

    data: Any = Within()
    (facts,) = torch.utils.data.DataLoader(data, batch_size=None, num_workers=1, multiprocessing_context="fork")
    return dict(facts)


def split_model(rank: int) -> Facts:
    """accelerate knows of a model that is split over both ranks."""
    import accelerate
    from accelerate.state import AcceleratorState

    accelerate.Accelerator(cpu=True)
    state = AcceleratorState._shared_state
    before = state["parallelism_config"]
    facts: Facts = {}
    for name, sizes in {"tp": {"tp_size": 2}, "dp and cp": {"dp_shard_size": 2, "cp_size": 2}}.items():
        state["parallelism_config"] = accelerate.ParallelismConfig(**sizes)
        facts[name] = refusal(loader)
        facts[f"{name}, given"] = refusal(lambda: LaneBatches(PLAN, rank=rank, world_size=2))
    import torch.distributed as dist

    facts["named"] = data_parallel_rank(process_group=dist.new_subgroups(1)[0])
    state["parallelism_config"] = before
    return facts


def accelerate_deals_out(rank: int) -> Facts:
    """Each sampler in loaders that accelerate prepared in each of its ways, and in one that it did not."""
    import accelerate
    from accelerate.utils import DataLoaderConfiguration

    facts: Facts = {}
    for split in (False, True):
        for dispatch in (False, True):
            config = DataLoaderConfiguration(split_batches=split, dispatch_batches=dispatch)
            accelerator = accelerate.Accelerator(cpu=True, dataloader_config=config)
            for name in SAMPLERS:
                if dispatch and name == ("flat" if split else "flat, entire steps"):
                    # Only the first process asks the sampler here: it raises, and the others wait for it.
                    continue
                # Workers take seconds to begin on a busy machine: where a sampler is refused none does.
                workers = 2 if (name, split, dispatch) in WITH_WORKERS else 0
                facts[f"{name} split={split} dispatch={dispatch}"] = dealt_out(accelerator, name, workers)
    return facts


SAMPLERS: dict[str, Callable[[], dict[str, Any]]] = {
    "own": lambda: {"batch_sampler": LaneBatches(PLAN)},
    "all ranks": lambda: {"batch_sampler": LaneBatches.of_all_ranks(PLAN)},
    "flat": lambda: {"sampler": LaneSampler(PLAN), "batch_size": SHARE},
    "flat, entire steps": lambda: {"sampler": LaneSampler(PLAN), "batch_size": PLAN.batch_size},
}
WITH_WORKERS = {("own", False, False), ("own", True, True), ("all ranks", True, False), ("flat", False, False)}


def dealt_out(accelerator: Any, name: str, workers: int) -> Facts:
    import accelerate
    import torch

    data: Any = WindowDataset(PLAN, video=None, audio=AudioSpec(100), on_error="mask")
    taken: Facts = {}

    def make(num_workers: int) -> Any:
        collate = Collate(as_dict=["numbers"])
        # A spawned process would spawn its workers, which import torch anew.
        context = "fork" if num_workers else None
        return torch.utils.data.DataLoader(
            data, collate_fn=collate, num_workers=num_workers, multiprocessing_context=context, **SAMPLERS[name]()
        )

    def take(kind: str, batches: Any) -> None:
        taken[f"{kind} refused"] = refusal(lambda: taken.update({kind: numbers_of(batches)}))

    is_dispatched = accelerator.dataloader_config.dispatch_batches
    plain = make(0)
    take("plain", plain)
    prepared = accelerator.prepare(plain)
    prepared.set_epoch(0)
    take("prepared", prepared)
    prepared.set_epoch(2)
    take("epoch 2", prepared)
    prepared.set_epoch(0)
    if "prepared" in taken or not is_dispatched:
        # Where one process asks the sampler for all, it raises, and the others wait for it.
        take("skipped", accelerate.skip_first_batches(prepared, 2))
    if "prepared" in taken and not is_dispatched and name == "flat":
        # Skipped before batches are dealt out: two of them are a step.
        take("skipped before", accelerator.prepare(accelerate.skip_first_batches(make(0), 2)))
        take("skipped half", accelerator.prepare(accelerate.skip_first_batches(make(0), 3)))
    if workers:
        with_workers = make(workers)
        if name == "own":
            take("plain, workers", with_workers)
        take("prepared, workers", accelerator.prepare(with_workers))
    return taken


SCENES: dict[str, Callable[[int], Facts]] = {
    scene.__name__: scene
    for scene in (iterated_too_early, defaults, explicit, groups, in_a_worker, split_model, accelerate_deals_out)
}


def work(rank: int, port: int, folder: str, names: tuple[str, ...]) -> None:
    """One process: run the scenes, and write their facts."""
    import torch.distributed as dist
    from accelerate.state import AcceleratorState

    # The parent, of which this process is a copy, may have made an accelerator in another test.
    AcceleratorState._reset_state(reset_partial_state=True)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), RANK=str(rank), WORLD_SIZE="2")
    os.environ.update(LOCAL_RANK=str(rank), LOCAL_WORLD_SIZE="2")
    # accelerate warns where nobody chose this.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    facts = {"built_too_early": built_too_early(rank)}
    dist.init_process_group("gloo")
    facts |= {name: SCENES[name](rank) for name in names}
    dist.destroy_process_group()
    Path(folder, f"{rank}.json").write_text(json.dumps(facts))
