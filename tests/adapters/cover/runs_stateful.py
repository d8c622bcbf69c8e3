"""A plain loop over torchdata's StatefulDataLoader, as it is."""

from __future__ import annotations

from typing import Any

import torch
import torch._dynamo  # the first optimizer imports it; a server forks ranks that have it
import torch.distributed as dist
from cover_record import Recorder, collate
from cover_spec import AUDIO, EPOCHS, VIDEO, RunSpec, cover_plan, num_micro_steps
from torchdata.stateful_dataloader import StatefulDataLoader  # type: ignore[import-untyped]

from emos_io.pipes import LaneBatches, WindowDataset


def run(spec: RunSpec) -> None:
    if spec.ranks > 1:
        dist.init_process_group("gloo")
    recorder = Recorder(spec)
    data = WindowDataset(cover_plan(), video=VIDEO, audio=AUDIO, transform=recorder.count)
    loader = StatefulDataLoader(
        data, batch_sampler=LaneBatches(cover_plan()), collate_fn=collate, num_workers=spec.workers
    )
    train(spec, recorder, loader)


def train(spec: RunSpec, recorder: Recorder, loader: Any) -> None:
    """Train with the state of a loader in the checkpoint; each rank writes its own."""
    model = recorder.model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    path = spec.saved / f"rank{recorder.rank}.pt"
    path.parent.mkdir(exist_ok=True)
    epoch = micro = 0
    if spec.phase == "resumed":
        saved = torch.load(path, weights_only=False)
        model.load_state_dict(saved["model"])
        loader.load_state_dict(saved["loader"])
        recorder.update, epoch, micro = spec.save_update, saved["epoch"], saved["micro"]
    while epoch < EPOCHS:
        recorder.epoch = epoch
        for batch in loader:
            model(**batch)["loss"].backward()
            micro += 1
            is_last = micro == num_micro_steps()
            if micro % spec.accumulation and not is_last:
                continue
            optimizer.step()
            optimizer.zero_grad()
            recorder.update += 1
            if spec.phase == "first" and recorder.update == spec.save_update:
                position = {"epoch": epoch + is_last, "micro": 0 if is_last else micro}
                torch.save({"model": model.state_dict(), "loader": loader.state_dict(), **position}, path)
                recorder.saved(recorder.update)
        epoch, micro = epoch + 1, 0
