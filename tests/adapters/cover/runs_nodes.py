"""A plain loop over torchdata's nodes, as they are; they read in threads."""

from __future__ import annotations

import torch.distributed as dist
from cover_record import Recorder, collate
from cover_spec import AUDIO, VIDEO, RunSpec, cover_plan
from runs_stateful import train
from torchdata.nodes import Loader, Prefetcher  # type: ignore[import-untyped]

from emos_io.pipes.nodes import CollateSteps, Decode, PlanSteps


def run(spec: RunSpec) -> None:
    if spec.ranks > 1:
        dist.init_process_group("gloo")
    recorder = Recorder(spec)
    node = Decode(
        PlanSteps(cover_plan()), video=VIDEO, audio=AUDIO, transform=recorder.count, num_threads=max(1, spec.workers)
    )
    batches = CollateSteps(node, collate)
    # Without workers nothing is read early.
    train(spec, recorder, Loader(Prefetcher(batches, 2) if spec.workers else batches))
