"""A loop of accelerate: over an AcceleratedLoader, or with workers over a prepared DataLoader of whole steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
import torch._dynamo  # the first optimizer imports it; a server forks ranks that have it
from accelerate import Accelerator, DataLoaderConfiguration, skip_first_batches
from cover_record import Recorder, collate
from cover_spec import AUDIO, EPOCHS, VIDEO, RunSpec, cover_plan, num_micro_steps
from torch.utils.data import DataLoader

from emos_io.adapters.accelerate import AcceleratedLoader
from emos_io.pipes import LaneBatches, WindowDataset, WindowLoader


def run(spec: RunSpec) -> None:
    recorder = Recorder(spec)
    accelerator = Accelerator(
        cpu=True,
        gradient_accumulation_steps=spec.accumulation,
        dataloader_config=DataLoaderConfiguration(split_batches=True),
    )
    model = recorder.model()
    model, optimizer = accelerator.prepare(model, torch.optim.SGD(model.parameters(), lr=0.01))
    loader = _with_workers(spec, recorder, accelerator) if spec.workers else _native(recorder, accelerator)
    done = spec.save_micro if spec.phase == "resumed" else 0
    if done:
        accelerator.load_state(str(spec.saved))
        recorder.update = spec.save_update
    first, step = divmod(done, num_micro_steps())
    for epoch in range(first, EPOCHS):
        recorder.epoch = epoch
        loader.set_epoch(epoch)
        for batch in _skipped(loader, step, epoch):
            with accelerator.accumulate(model):
                accelerator.backward(model(**batch)["loss"])
                optimizer.step()
                optimizer.zero_grad()
            if accelerator.sync_gradients:
                recorder.update += 1
                if spec.phase == "first" and recorder.update == spec.save_update:
                    accelerator.save_state(str(spec.saved))
                    accelerator.wait_for_everyone()
                    recorder.saved(recorder.update)
        step = 0
    assert recorder.update == EPOCHS * spec.updates_per_epoch, "the last batch of each epoch must end an update"


def _native(recorder: Recorder, accelerator: Accelerator) -> Any:
    plan = cover_plan()
    loader = WindowLoader(plan, video=VIDEO, audio=AUDIO, collate=collate, transform=recorder.count)
    return AcceleratedLoader(accelerator, loader)


def _with_workers(spec: RunSpec, recorder: Recorder, accelerator: Accelerator) -> Any:
    plan = cover_plan()
    data: Any = WindowDataset(plan, video=VIDEO, audio=AUDIO, transform=recorder.count)
    return accelerator.prepare(
        DataLoader(data, batch_sampler=LaneBatches.of_all_ranks(plan), collate_fn=collate, num_workers=spec.workers)
    )


def _skipped(loader: Any, step: int, epoch: int) -> Iterable[Any]:
    """What is left of an epoch: a registered loader knows it by its state, of others it is skipped."""
    if not step or isinstance(loader, AcceleratedLoader):
        return loader  # type: ignore[no-any-return]
    rest = skip_first_batches(loader, step)
    rest.set_epoch(epoch)
    return rest  # type: ignore[no-any-return]
