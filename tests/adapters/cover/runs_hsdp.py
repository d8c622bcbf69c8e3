"""The loop of FSDP2 on a mesh of two dimensions: replicas of shards."""

from __future__ import annotations

import torch.distributed as dist
from cover_spec import RunSpec
from runs_fsdp2 import train
from torch.distributed.device_mesh import init_device_mesh


def run(spec: RunSpec) -> None:
    dist.init_process_group("gloo")
    train(spec, init_device_mesh("cpu", (spec.ranks, 1), mesh_dim_names=("dp_replicate", "dp_shard")))
    dist.destroy_process_group()
