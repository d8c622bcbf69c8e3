"""Lightning over a WindowDataModule: DDP on gloo, launched as torchrun launches it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

import torch
from cover_record import Recorder, collate
from cover_spec import AUDIO, EPOCHS, VIDEO, RunSpec, cover_plan
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.strategies import DDPStrategy, SingleDeviceStrategy

from emos_io.adapters.lightning import WindowDataModule


class Module(LightningModule):  # type: ignore[misc]
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.recorder = recorder
        self.model = recorder.model()

    def training_step(self, batch: dict[str, torch.Tensor], index: int) -> torch.Tensor:
        self.recorder.epoch, self.recorder.update = self.current_epoch, self.global_step
        loss: torch.Tensor = self.model(**batch)["loss"]
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.SGD(self.parameters(), lr=0.01)


class Checkpoint(ModelCheckpoint):  # type: ignore[misc]
    """Lightning's own checkpoints, after which it says that one is complete."""

    def __init__(self, spec: RunSpec, recorder: Recorder) -> None:
        often: dict[str, Any] = {"every_n_train_steps": spec.save_update}
        if spec.kill == "end":
            often = {"every_n_epochs": 1, "save_on_train_epoch_end": True}
        super().__init__(spec.saved, "checkpoint", **often)
        self.spec, self.recorder = spec, recorder

    def on_train_batch_end(self, trainer: Trainer, *rest: Any) -> None:
        super().on_train_batch_end(trainer, *rest)
        if self.spec.kill != "end" and trainer.global_step == self.spec.save_update:
            self.recorder.saved(trainer.global_step)

    def on_train_epoch_end(self, trainer: Trainer, module: LightningModule) -> None:
        super().on_train_epoch_end(trainer, module)
        if self.spec.kill == "end":
            self.recorder.saved(trainer.global_step)


def run(spec: RunSpec) -> None:
    strategy = DDPStrategy(process_group_backend="gloo") if spec.ranks > 1 else SingleDeviceStrategy("cpu")
    train(spec, Module, strategy)


def train(spec: RunSpec, make: Callable[[Recorder], Module], strategy: Any) -> None:
    """Train a module that `make` makes."""
    warnings.simplefilter("ignore")
    os.environ["TORCHELASTIC_RUN_ID"] = "cover"
    recorder = Recorder(spec)
    data = WindowDataModule(
        train=cover_plan(),
        video=VIDEO,
        audio=AUDIO,
        collate=collate,
        transform=recorder.count,
        num_threads=max(1, spec.workers),
    )
    trainer = Trainer(
        accelerator="cpu",
        devices=spec.ranks,
        strategy=strategy,
        max_epochs=EPOCHS,
        accumulate_grad_batches=spec.accumulation,
        callbacks=[Checkpoint(spec, recorder)] if spec.phase == "first" else [],
        enable_checkpointing=spec.phase == "first",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=spec.folder,
    )
    path = spec.saved / "checkpoint.ckpt" if spec.phase == "resumed" else None
    trainer.fit(make(recorder), data, ckpt_path=path)
