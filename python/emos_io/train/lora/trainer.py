"""The Trainer of transformers over windows: it records what it consumed, and goes on from its last whole checkpoint."""

# Classes of transformers have no types here.
# mypy: disable-error-code="misc"

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from ...adapters import Family, ModelInputs
from ...adapters.hf_trainer import NativeLoader, trainer_args
from ...errors import InvalidArgument
from ...pipes import WindowLoader, WindowSample
from .base_model import needed
from .checkpoints import CHECKPOINTS, last_step, remove_incomplete
from .recipe import LoraRecipe
from .records import LOG, LOG_COLUMNS, WINDOWS, WINDOWS_COLUMNS, Table

if TYPE_CHECKING:
    import torch
    from torch import nn

_KEYS = "window_keys"
Steps = Callable[[int, int, int], None]
"""Called with the epoch, the steps that are done and those that there are."""


class KeyedInputs:
    """Makes the inputs of a model, with the keys of their windows beside them.

    Args:
        family: It makes them.
    """

    def __init__(self, family: Family) -> None:
        self._family = family

    def __call__(self, samples: Sequence[WindowSample]) -> dict[str, object]:
        keys = [sample.key for sample in samples if sample.key is not None]
        inputs: ModelInputs = self._family(samples)
        return {**inputs, _KEYS: keys}


class WindowTrainer(NativeLoader, Trainer):
    """Trainer whose batches are those of a `WindowLoader`, with a record of the windows of each step."""

    consumed: list[str]

    def training_step(self, model: nn.Module, inputs: dict[str, Any], *args: object, **options: object) -> torch.Tensor:
        """Train on a batch; its windows are noted."""
        self.consumed += inputs.pop(_KEYS)
        loss: torch.Tensor = super().training_step(model, inputs, *args, **options)
        return loss


class Records(TrainerCallback):
    """Writes the rows of a step before its checkpoint is written."""

    def __init__(self, folder: Path, number: int, steps: Steps | None) -> None:
        name = WINDOWS if number == 0 else f"windows-{number}.csv"
        self.windows = Table(folder / name, WINDOWS_COLUMNS)
        self.log = Table(folder / LOG, LOG_COLUMNS) if number == 0 else None
        self.trainer: WindowTrainer | None = None
        self._steps, self._before, self._started = steps, 0.0, time.process_time()

    def cut(self, step: int) -> None:
        """Keep what was written up to a step."""
        self.windows.cut(step)
        if self.log is not None:
            rows = self.log.cut(step)
            self._before = float(rows[-1][-1]) if rows else 0.0

    def on_step_end(self, args: object, state: Any, control: object, **options: object) -> None:
        """Write which windows the step consumed."""
        assert self.trainer is not None
        epoch = math.ceil(state.epoch) - 1
        self.windows.add([(state.global_step, epoch, key) for key in self.trainer.consumed])
        self.trainer.consumed = []
        if self._steps is not None:
            self._steps(epoch, state.global_step, state.max_steps)

    def on_log(
        self, args: object, state: Any, control: object, logs: Mapping[str, float] | None = None, **options: object
    ) -> None:
        """Write the loss of the step.

        Raises:
            InvalidArgument: It is no number.
        """
        if logs is None or "loss" not in logs:
            return
        loss = float(logs["loss"])
        if not math.isfinite(loss):
            raise InvalidArgument(
                f"loss must be a number, got {loss} at step {state.global_step}; set a lower learning_rate under [training] of "
                "the recipe, in a new folder"
            )
        if self.log is not None:
            row = (
                state.global_step,
                math.ceil(state.epoch) - 1,
                loss,
                logs["learning_rate"],
                logs.get("grad_norm", ""),
                round(self._before + time.process_time() - self._started, 2),
            )
            self.log.add([row])


def fine_tune(
    model: nn.Module,
    make_loader: Callable[[], WindowLoader[dict[str, object]]],
    recipe: LoraRecipe,
    folder: Path,
    *,
    seed: int,
    device: str,
    number: int = 0,
    steps: Steps | None = None,
) -> int:
    """Train a model on all steps of a recipe, or go on from the last checkpoint of a folder; return the steps.

    Args:
        model: The model, of which something learns.
        make_loader: Makes the loader of its batches, of `KeyedInputs`, once it is known which process this is.
        recipe: Optimiser, schedule, checkpoints.
        folder: The folder of the seed: checkpoints/, log.csv, windows.csv.
        seed: Of what is dropped out.
        device: ``"cpu"`` or ``"cuda"``.
        number: Which process this is, of those that train together.
        steps: Called after each step.

    Raises:
        InvalidArgument: The loss is no number.
        OSError: A file cannot be written.
        SourceChanged: The media are others than those of the checkpoint.
    """
    where = folder / CHECKPOINTS
    if number == 0:
        remove_incomplete(where)
    last = last_step(where)
    records = Records(folder, number, steps)
    arguments = _arguments(recipe, where, seed, device)
    with make_loader() as loader, _products_without_copies(model, recipe):
        trainer = WindowTrainer(model=model, args=arguments, train_loader=loader, callbacks=[records])
        trainer.consumed, records.trainer = [], trainer
        # It prints each row of the log.
        trainer.remove_callback(PrinterCallback)
        records.cut(last or 0)
        trainer.train(resume_from_checkpoint=None if last is None else str(where / f"checkpoint-{last}"))
    return int(trainer.state.global_step)


def _arguments(recipe: LoraRecipe, where: Path, seed: int, device: str) -> TrainingArguments:
    training, bf16 = recipe.training, recipe.model.dtype == "bf16"
    return TrainingArguments(
        **trainer_args(
            output_dir=str(where),
            num_train_epochs=training.epochs,
            gradient_accumulation_steps=recipe.data.accumulation,
            per_device_train_batch_size=recipe.data.batch,
            optim="adamw_torch",
            learning_rate=training.learning_rate,
            lr_scheduler_type={"constant": "constant_with_warmup"}.get(training.schedule, training.schedule),
            warmup_steps=training.warmup,
            weight_decay=training.weight_decay,
            max_grad_norm=training.gradient_norm,
            bf16=bf16,
            use_cpu=device == "cpu",
            seed=seed,
            logging_strategy="steps",
            logging_steps=1,
            logging_first_step=True,
            logging_nan_inf_filter=False,
            save_strategy="steps",
            save_steps=training.checkpoint_steps,
            # The one before stays until the next one is whole.
            save_total_limit=1,
            activation_checkpointing=training.gradient_checkpointing,
            activation_checkpointing_kwargs={"use_reentrant": False},
            # A window without audio leaves the weights of its tower without a gradient.
            ddp_find_unused_parameters=recipe.model.weights == "all",
            report_to=[],
            disable_tqdm=True,
        )
    )


def _products_without_copies(model: nn.Module, recipe: LoraRecipe) -> Any:
    """Let adapters take what layers take, in the type of products: the same numbers, without a copy of each in float32."""
    if recipe.model.weights == "all" or recipe.model.dtype != "bf16":
        return nullcontext()
    needed("peft")
    from peft.helpers import disable_input_dtype_casting

    return disable_input_dtype_casting(model)
