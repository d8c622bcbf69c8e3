"""Training one seed: epochs over the train side, the validation side after each, checkpoints from which it goes on exactly.

```text
 epoch 0                    epoch 1                          the last, or `patience` without a better one
 step step ... | validate | step step ... | validate | ...  -> result.json
      └ checkpoint.pt     └ best.pt, checkpoint.pt
```
A step reads windows side by side, each with the state that its lane carries, which is cleared where an item begins; gradients
end at the start of the window. A run that was killed begins again at its last checkpoint, and does the same steps once more.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast

import torch
from torch import Tensor

from ..errors import InvalidArgument, SourceUnreadable, quoted
from ..pipes import LoaderState, WindowBatch, WindowLoader
from ..plan import WindowPlan
from .av_small.inputs import av_inputs, specs
from .av_small.model import AVOutputs, AVSmall
from .av_small.options import STEP_RATE
from .av_small.state import AVState
from .checkpoints import BEST, CHECKPOINT, Identity, load, random_state, save, set_random_state
from .exactness import checked_device, exact_torch
from .forward import forward_batch
from .logs import LogRow, StepLog
from .losses import batch_loss, count_answers, macro_f1, step_loss
from .plans import HasSides, SidePlans, side_plans
from .recipe import Recipe
from .results import RESULT, SeedResult, read_result
from .seed_folder import seed_folder
from .step_labels import StepLabels, plain


@dataclass(frozen=True, slots=True)
class TrainProgress:
    """Where a training stands.

    Attributes:
        seed: Its seed.
        phase: ``"train"`` or ``"validation"``: what the step was of.
        epoch, num_epochs: The epoch, from 0, and how many there are at most.
        step, num_steps: Steps of this phase of the epoch that are done, and how many there are.
        loss: The loss of the step; None where no label of it counts.
        best_macro_f1: The best macro F1 on the validation side so far, or None before the first.
    """

    seed: int
    phase: Literal["train", "validation"]
    epoch: int
    num_epochs: int
    step: int
    num_steps: int
    loss: float | None
    best_macro_f1: float | None


@dataclass(slots=True)
class _Standing:
    """What a training knows of its way so far.

    Attributes:
        step: Steps of training that are done.
        validated: Epochs that are done, with their validation.
        best_epoch, macro_f1, accuracy, loss: The best epoch, and its validation; -1 before the first.
        log_size: Bytes of the log.
        cpu_seconds: CPU seconds of the process.
    """

    step: int = 0
    validated: int = 0
    best_epoch: int = -1
    macro_f1: float = -1.0
    accuracy: float = 0.0
    loss: float = 0.0
    log_size: int = 0
    cpu_seconds: float = 0.0


def train_seed(
    recipe: Recipe,
    sides: HasSides,
    folder: Path,
    *,
    seed: int,
    device: str = "cpu",
    num_threads: int = 1,
    progress: Callable[[TrainProgress], None] | None = None,
) -> SeedResult:
    """Train one model, or go on with it where its folder says; a folder that is done gives its result at once.

    Args:
        recipe: What is trained, and how.
        sides: The corpus, and the keys of both sides.
        folder: The folder of the seed, made if it is not there: checkpoint.pt, best.pt, log.csv, tensorboard/ and, when it is
            done, result.json.
        seed: Decides first weights, the order of windows, and what is dropped out; 0 to 2147483647.
        device: ``"cpu"``, ``"cuda"``, or another device of torch.
        num_threads: Threads of torch on the CPU. With 1 a run that was killed and went on has the same losses, bit for bit.
        progress: Called after each step and each batch of validation.

    Raises:
        InvalidArgument: A side has no labelled item, the folder is of another training, the loss is no number, or an argument
            is not allowed.
        SourceUnreadable: A file cannot be read, or another training writes to the folder.
        OSError: A file cannot be written; the last checkpoint stays as it is.
        SourceChanged: The media are others than those of the checkpoint.

    Cost: for the recipe that ships about 50 ms of CPU for each row of 8 s, and decoding; a checkpoint is 14 MB.
    """
    torch_device = checked_device(device)
    plans = side_plans(recipe, sides, seed=seed)
    identity = Identity(recipe, seed, plans.fingerprints(), plans.classes)
    with seed_folder(folder), exact_torch(seed, num_threads, torch_device):
        return _Training(recipe, sides, plans, identity, folder, torch_device, progress).run()


class _Training:
    """One seed on its way."""

    def __init__(
        self,
        recipe: Recipe,
        sides: HasSides,
        plans: SidePlans,
        identity: Identity,
        folder: Path,
        device: torch.device,
        progress: Callable[[TrainProgress], None] | None,
    ) -> None:
        self.recipe, self.plans, self.identity = recipe, plans, identity
        self.folder, self.device, self.progress = folder, device, progress
        self.labels = StepLabels(recipe, sides.corpus, plans.train)
        self.validation_labels = StepLabels(plain(recipe), sides.corpus, plans.validation)
        for name, labels in (("train", self.labels), ("validation", self.validation_labels)):
            if not labels.class_seconds.any():
                raise InvalidArgument(
                    f'the side {name} must have a label in the layer "{recipe.layer}", got none; give another split or layer'
                )
        self.options = recipe.model.options(plans.classes)
        self.class_weights = torch.from_numpy(self.labels.class_weights(recipe.training.class_balance)).to(device)
        self.model = AVSmall(self.options).to(device)
        settings = recipe.training
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.lanes: AVState = self.model.initial_state(plans.train.num_lanes)
        self.standing = _Standing()
        self.window_steps = int(recipe.data.seconds * STEP_RATE)
        self.steps_an_epoch = plans.train.num_steps()
        self.cpu_started = time.process_time()

    def run(self) -> SeedResult:
        """Train until it is done."""
        path = self.folder / CHECKPOINT
        saved = load(path) if path.exists() else None
        if saved is not None:
            self.identity.check(saved.get("training"), path)
        result = read_result(self.folder)
        if result is not None:
            if saved is None:
                raise SourceUnreadable(
                    f"the folder has {RESULT} without {CHECKPOINT}; remove the folder to train again: {quoted(self.folder)}",
                    path=str(self.folder),
                )
            return result
        with self._loader(self.plans.train) as loader, self._loader(self.plans.validation) as validation:
            if saved is not None:
                self._restore(saved, loader)
            with StepLog(self.folder) as log:
                self.standing.log_size = log.open(self.standing.log_size, self.standing.step)
                while not self._stopped():
                    # A checkpoint at the last step of an epoch comes before its validation.
                    if self.standing.step < (self.standing.validated + 1) * self.steps_an_epoch:
                        self._train_epoch(loader, log)
                        self._save(loader, log)
                    self._validate(validation, log)
                    self._save(loader, log)
        return self._finish()

    def _loader(self, plan: WindowPlan) -> WindowLoader[WindowBatch[Tensor]]:
        video, audio = specs(self.options)
        data = self.recipe.data
        return WindowLoader(
            plan,
            video=video,
            audio=audio,
            rank=0,
            world_size=1,
            on_error=data.on_error,
            missing_audio=data.missing_audio,
        )

    def _stopped(self) -> Literal["early", "epochs"] | None:
        settings, standing = self.recipe.training, self.standing
        if standing.validated == settings.epochs:
            return "epochs"
        return "early" if standing.validated - 1 - standing.best_epoch >= settings.patience else None

    def _train_epoch(self, loader: WindowLoader[WindowBatch[Tensor]], log: StepLog) -> None:
        epoch, every = self.standing.validated, self.recipe.training.checkpoint_every
        self.model.train()
        for batch in loader:
            loss = self._train_step(batch, epoch, log)
            self.standing.step += 1
            if self.standing.step % every == 0:
                self._save(loader, log)
            step = self.standing.step - epoch * self.steps_an_epoch
            self._report("train", (step, self.steps_an_epoch), loss)

    def _train_step(self, batch: WindowBatch[Tensor], epoch: int, log: StepLog) -> float | None:
        rate = self.learning_rate(self.standing.step)
        for part in self.optimizer.param_groups:
            part["lr"] = rate
        outputs, self.lanes = self._forward(batch, self.lanes)
        labels, weights = self._labels_of(self.labels, batch, outputs, epoch)
        # Each step weighs its class besides.
        weights = weights * (labels @ self.class_weights)
        counted = int((weights > 0).sum())
        row = LogRow(
            phase="train", epoch=epoch, step=self.standing.step, loss=None, counted=counted, learning_rate=rate
        )
        if not counted:
            log.add(row)
            return None
        alone = [each for each in (outputs.video_logits, outputs.audio_logits) if each is not None]
        loss = batch_loss(outputs.logits, alone, labels, weights, self.recipe.training.auxiliary_weight)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.training.gradient_norm)
        value, gradient_norm = float(loss.detach()), float(norm)
        if not (math.isfinite(value) and math.isfinite(gradient_norm)):
            raise InvalidArgument(
                f"loss must stay a finite number, got {value} with a gradient of norm {gradient_norm} at epoch {epoch}, step "
                f"{self.standing.step}; lower training.learning_rate in the recipe"
            )
        self.optimizer.step()
        log.add(
            LogRow(
                phase="train",
                epoch=epoch,
                step=self.standing.step,
                loss=value,
                counted=counted,
                learning_rate=rate,
                gradient_norm=gradient_norm,
            )
        )
        return value

    def _forward(self, batch: WindowBatch[Tensor], lanes: AVState) -> tuple[AVOutputs, AVState]:
        inputs = av_inputs(batch, self.device)
        state = lanes.cleared(batch.is_start.to(self.device))
        outputs, after = forward_batch(self.model, inputs, state, self.window_steps)
        return outputs, after.detach()

    def _labels_of(
        self, labels: StepLabels, batch: WindowBatch[Tensor], outputs: AVOutputs, epoch: int | None
    ) -> tuple[Tensor, Tensor]:
        found, weights = labels.of_batch(batch.numbers.numpy(), batch.valid.numpy(), outputs.logits.shape[1], epoch)
        return torch.from_numpy(found).to(self.device), torch.from_numpy(weights).to(self.device)

    @torch.no_grad()
    def _validate(self, loader: WindowLoader[WindowBatch[Tensor]], log: StepLog) -> None:
        epoch, count = self.standing.validated, len(self.plans.classes)
        self.model.eval()
        loader.set_epoch(0)
        lanes = self.model.initial_state(self.plans.validation.num_lanes)
        confusion = torch.zeros(count, count, dtype=torch.int64)
        total, counted = 0.0, 0
        for step, batch in enumerate(loader, 1):
            outputs, lanes = self._forward(batch, lanes)
            labels, weights = self._labels_of(self.validation_labels, batch, outputs, None)
            own = int((weights > 0).sum())
            confusion += count_answers(outputs.logits, labels, weights)
            loss = float(step_loss(outputs.logits, labels, weights)) if own else None
            total, counted = total + (loss or 0.0) * own, counted + own
            self._report("validation", (step, len(loader)), loss)
        score = macro_f1(confusion.numpy())
        accuracy = int(confusion.diagonal().sum()) / max(1, int(confusion.sum()))
        log.add(
            LogRow(
                phase="validation",
                epoch=epoch,
                step=self.standing.step,
                loss=total / max(1, counted),
                counted=counted,
                macro_f1=score,
                accuracy=accuracy,
            )
        )
        self.standing.validated += 1
        if score > self.standing.macro_f1:
            self.standing.best_epoch, self.standing.macro_f1 = epoch, score
            self.standing.accuracy, self.standing.loss = accuracy, total / max(1, counted)
            self._save_best()

    def _save_best(self) -> None:
        weights = {name: values.detach().cpu() for name, values in self.model.state_dict().items()}
        best = {
            "options": asdict(self.options),
            "weights": weights,
            "classes": list(self.plans.classes),
            "epoch": self.standing.best_epoch,
            "macro_f1": self.standing.macro_f1,
            "seed": self.identity.seed,
            "recipe": self.recipe.sha256,
        }
        save(self.folder / BEST, best)

    def _save(self, loader: WindowLoader[WindowBatch[Tensor]], log: StepLog) -> None:
        self.standing.log_size = log.sync()
        now = time.process_time()
        self.standing.cpu_seconds += now - self.cpu_started
        self.cpu_started = now
        values: dict[str, object] = {
            "training": self.identity.as_dict(),
            "standing": asdict(self.standing),
            "weights": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "random": random_state(self.device),
            "loader": dict(loader.state_dict()),
            # Views would be written with all that they are a view of.
            "lanes": {name: values.clone() for name, values in self.lanes.tensors().items()},
        }
        save(self.folder / CHECKPOINT, values)

    def _restore(self, saved: dict[str, object], loader: WindowLoader[WindowBatch[Tensor]]) -> None:
        path = self.folder / CHECKPOINT
        try:
            self.standing = _Standing(**cast("dict[str, int]", saved["standing"]))
            self.model.load_state_dict(cast("dict[str, Tensor]", saved["weights"]))
            self.optimizer.load_state_dict(cast("dict[str, object]", saved["optimizer"]))
            self.lanes = AVState.from_tensors(cast("dict[str, Tensor]", saved["lanes"])).to(self.device)
            set_random_state(cast("dict[str, object]", saved["random"]), self.device)
            state = cast("LoaderState", saved["loader"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise SourceUnreadable(
                f"the checkpoint cannot be read ({type(error).__name__}); remove the folder to train again: {quoted(path)}",
                path=str(path),
            ) from error
        loader.load_state_dict(state)

    def _finish(self) -> SeedResult:
        standing, stopped = self.standing, self._stopped()
        assert stopped is not None, "it is done"
        result = SeedResult(
            seed=self.identity.seed,
            best_epoch=standing.best_epoch,
            num_epochs=standing.validated,
            num_steps=standing.step,
            macro_f1=standing.macro_f1,
            accuracy=standing.accuracy,
            loss=standing.loss,
            cpu_seconds=standing.cpu_seconds,
            stopped=stopped,
        )
        result.save(self.folder)
        return result

    def learning_rate(self, step: int) -> float:
        """Return the learning rate of a step: it rises in a straight line, then falls as a cosine to 0 after the last step."""
        settings = self.recipe.training
        total = settings.epochs * self.steps_an_epoch
        warm = round(settings.warmup * total)
        if step < warm:
            return settings.learning_rate * (step + 1) / warm
        return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, total - warm)))

    def _report(self, phase: Literal["train", "validation"], steps: tuple[int, int], loss: float | None) -> None:
        """Tell how many steps of a phase are done, and of how many."""
        if self.progress is None:
            return
        standing = self.standing
        best = standing.macro_f1 if standing.best_epoch >= 0 else None
        self.progress(
            TrainProgress(
                self.identity.seed, phase, standing.validated, self.recipe.training.epochs, *steps, loss, best
            )
        )
