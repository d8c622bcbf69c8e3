"""The loop of FSDP2 on a mesh of two dimensions, replicas of shards, and an evaluation on the ranks of that mesh."""

from __future__ import annotations

import torch.distributed as dist
from cover_spec import AUDIO, VIDEO, RunSpec, cover_plan
from runs_fsdp2 import train
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh

from emos_io.adapters import EvaluationLoader
from emos_io.plan.dealing import plan_order


def run(spec: RunSpec) -> None:
    dist.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (spec.ranks, 1), mesh_dim_names=("dp_replicate", "dp_shard"))
    train(spec, mesh)
    evaluate(spec, mesh)
    evaluate(spec, None)
    dist.destroy_process_group()


def evaluate(spec: RunSpec, mesh: DeviceMesh | None) -> None:
    """Read every window once over all ranks, those of a mesh or of the process group."""
    with EvaluationLoader(cover_plan(), len, mesh=mesh, video=VIDEO, audio=AUDIO, batch_size=4) as loader:
        own = [number for batch in loader for number in batch.numbers]
        assert 0 < len(own) < len(cover_plan())
    numbers: list[list[int]] = [[] for _ in range(spec.ranks)]
    dist.all_gather_object(numbers, own)
    assert [number for part in numbers for number in part] == plan_order(cover_plan()).tolist()
