"""A loop of PyTorch's FSDP2 on gloo, with torch.distributed.checkpoint, over a WindowLoader whose ranks a mesh names."""

from __future__ import annotations

from typing import Any

import torch
import torch._dynamo  # the first optimizer imports it; a server forks ranks that have it
import torch.distributed as dist
from cover_record import Recorder, collate
from cover_spec import AUDIO, EPOCHS, VIDEO, RunSpec, cover_plan
from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard

from emos_io.pipes import WindowLoader


class Model(torch.nn.Module):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Linear(8, 2))
        self.recorder = recorder

    def forward(self, frames: torch.Tensor, waveform: torch.Tensor, numbers: torch.Tensor) -> torch.Tensor:
        self.recorder.forward({"frames": frames, "waveform": waveform, "numbers": numbers})
        rows = torch.stack([frames.float().mean((1, 2, 3, 4)) / 255, waveform.mean((1, 2))], 1)
        out: torch.Tensor = self.layers(rows).square().mean()
        return out


def run(spec: RunSpec) -> None:
    dist.init_process_group("gloo")
    train(spec, init_device_mesh("cpu", (spec.ranks,), mesh_dim_names=("dp",)))
    dist.destroy_process_group()


def train(spec: RunSpec, mesh: DeviceMesh) -> None:
    """Train on a mesh of data-parallel dimensions."""
    torch.manual_seed(0)
    recorder = Recorder(spec)
    model: Any = Model(recorder)
    for layer in model.layers:
        fully_shard(layer, mesh=mesh)
    fully_shard(model, mesh=mesh)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    loader = WindowLoader(cover_plan(), video=VIDEO, audio=AUDIO, mesh=mesh, collate=collate, transform=recorder.count)
    checkpoint = str(spec.saved)
    start = 0
    if spec.phase == "resumed":
        states = _states(model, optimizer)
        load({**states, "loader": loader}, checkpoint_id=checkpoint)
        set_state_dict(model, optimizer, model_state_dict=states["model"], optim_state_dict=states["optimizer"])
        start, recorder.update = spec.save_update // spec.updates_per_epoch, spec.save_update
        assert float(next(iter(optimizer.state.values()))["step"]) == spec.save_update
    for epoch in range(start, EPOCHS):
        recorder.epoch = epoch
        first = loader.state_dict()["step"]
        for step, batch in enumerate(loader, first + 1):
            is_update = step % spec.accumulation == 0 or step == len(loader)
            model.set_requires_gradient_sync(is_update)
            model(**batch).backward()
            if not is_update:
                continue
            optimizer.step()
            optimizer.zero_grad()
            recorder.update += 1
            if spec.phase == "first" and recorder.update == spec.save_update:
                save({**_states(model, optimizer), "loader": loader}, checkpoint_id=checkpoint)
                recorder.saved(recorder.update)


def _states(model: Any, optimizer: Any) -> dict[str, Any]:
    weights, moments = get_state_dict(model, optimizer)
    return {"model": weights, "optimizer": moments}
