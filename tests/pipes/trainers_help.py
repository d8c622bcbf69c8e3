"""Runs of Lightning over a loader, and what the plan says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from emos_io.pipes import WindowBatch
from emos_io.plan import WindowPlan


def epoch_keys(plan: WindowPlan, epoch: int, first: int = 0, end: int | None = None) -> list[str]:
    """What the plan says of an epoch: the keys of its steps."""
    steps = range(first, plan.num_steps(epoch) if end is None else end)
    numbers = [number for step in steps for number in plan.batch(epoch, step).numbers.ravel().tolist()]
    return [plan.window(number).key for number in numbers if number >= 0]


def lightning_run(loaders: Any, folder: Path, **options: Any) -> list[list[str]]:
    """Train, and return the keys of each epoch of Lightning; ``save=`` writes a checkpoint at the end."""
    torch = pytest.importorskip("torch")
    lightning = pytest.importorskip("lightning", reason="lightning is not installed")
    seen: list[list[str]] = []

    class Module(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(1, 1)

        def on_train_epoch_start(self) -> None:
            seen.append([])

        def training_step(self, batch: WindowBatch[Any], index: int) -> Any:
            if not seen:
                # An epoch that goes on has no start.
                seen.append([])
            seen[-1] += [key for key in batch.keys if key is not None]
            return self.layer(batch.confidence[:, None]).sum()

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    checkpoint, save = options.pop("ckpt_path", None), options.pop("save", None)
    trainer = lightning.Trainer(
        accelerator="cpu",
        devices=1,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
        **options,
    )
    trainer.fit(Module(), loaders, ckpt_path=checkpoint, weights_only=False)
    if save is not None:
        trainer.save_checkpoint(save)
    return seen
