"""Lightning's ModelParallelStrategy, which is FSDP2, on gloo."""

from __future__ import annotations

from typing import Any

from cover_spec import RunSpec
from lightning.pytorch.strategies import ModelParallelStrategy
from runs_lightning import Module, train
from torch.distributed.fsdp import fully_shard


class Sharded(Module):
    def configure_model(self) -> None:
        mesh: Any = self.device_mesh
        fully_shard(self.model, mesh=mesh["data_parallel"])


def run(spec: RunSpec) -> None:
    strategy = ModelParallelStrategy(
        data_parallel_size=spec.ranks, tensor_parallel_size=1, process_group_backend="gloo"
    )
    train(spec, Sharded, strategy)
