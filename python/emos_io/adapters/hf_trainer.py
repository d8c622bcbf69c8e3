"""Windows under the Trainer of transformers: in lane order by torch's DataLoader, or by a `WindowLoader`.

```text
 LaneOrder      class T(LaneOrder, Trainer): train_dataset=WindowDataset(...), the order is the plan's
 NativeLoader   class T(NativeLoader, Trainer): train_loader=WindowLoader(...), its state is in every checkpoint
```

Both say what does not go together with windows before the first step, and leave all else to Trainer.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from ..errors import InvalidArgument, short_repr
from ..pipes import LaneSampler, WindowDataset, WindowLoader
from .checkpoints import chosen_checkpoint, read_loader_state, write_loader_state
from .loader_steps import LoaderSteps
from .trainer_options import Arguments, check_batch_size, check_options, check_trainer

if TYPE_CHECKING:
    import torch

Inputs = TypeVar("Inputs", bound=Mapping[str, object])
if TYPE_CHECKING:

    class _Trainer:
        """What the mixins need of Trainer, with which they are combined."""

        args: Arguments
        train_dataset: object
        state: _State
        is_deepspeed_enabled: bool
        _train_batch_size: int

        def __init__(self, *args: object, **options: object) -> None: ...
        def train(self, resume_from_checkpoint: str | bool | None = None, **options: object) -> object: ...
        def _run_epoch(self, **options: object) -> None: ...
        def _save_checkpoint(self, model: object, trial: object) -> None: ...
        def _get_num_items_in_batch(
            self, batch_samples: list[Mapping[str, object]], device: torch.device
        ) -> torch.Tensor | int | None: ...
        def _get_output_dir(self, trial: object) -> str: ...

    class _State(Protocol):
        global_step: int

else:
    _Trainer = object


def trainer_args(**changes: object) -> dict[str, object]:
    """Return options for ``TrainingArguments(**trainer_args(...))`` that go together with windows.

    ``remove_unused_columns`` is False: Trainer would take from the rows what the model does not name, and what a collate
    function needs with it.

    Args:
        changes: Options of TrainingArguments, as they are.

    Raises:
        InvalidArgument: An option breaks training on windows; the text says why and what to do.

    Example:
        >>> trainer_args(output_dir="out", num_train_epochs=2)
        {'remove_unused_columns': False, 'output_dir': 'out', 'num_train_epochs': 2}
    """
    options: dict[str, object] = {"remove_unused_columns": False, **changes}
    check_options(options.get)
    return options


class LossOfNoLabel(_Trainer):
    """Mixin: a step whose batches have no label has loss 0.

    Trainer divides the loss by the number of labels of all batches of an optimizer step, on all ranks; where there is none,
    the loss would be NaN. Trainer hides it: it logs the mean of the steps before in its place.
    """

    def _get_num_items_in_batch(
        self, batch_samples: list[Mapping[str, object]], device: torch.device
    ) -> torch.Tensor | int | None:
        number = super()._get_num_items_in_batch(batch_samples, device)
        if number is None or isinstance(number, int):
            return number if number is None else max(number, 1)
        return number.clamp(min=1)


class LaneOrder(LossOfNoLabel):
    """Mixin for Trainer: the windows of a `WindowDataset` in the order of its plan, each rank with its own lanes.

    ``class LaneTrainer(LaneOrder, Trainer): pass``, and then ``train_dataset=WindowDataset(plan, ...)`` and
    ``data_collator=`` a family. ``per_device_train_batch_size`` times the number of processes is the plan's batch size.
    Resuming from a checkpoint skips numbers of windows, and decodes nothing that it throws away.

    Raises:
        InvalidArgument: The dataset, the batch size or an option does not fit; where the order is made, before the first step.

    Cost: without sharing of decoded frames across batches: a `NativeLoader` decodes less where windows overlap.
    """

    def _get_train_sampler(self, train_dataset: object = None) -> LaneSampler:
        dataset = self.train_dataset if train_dataset is None else train_dataset
        if not isinstance(dataset, WindowDataset):
            raise InvalidArgument(
                f"train_dataset must be a WindowDataset, got {short_repr(dataset)}; rows go with a Trainer without LaneOrder"
            )
        check_trainer(self.args, is_deepspeed=self.is_deepspeed_enabled)
        strategy = getattr(self.args, "train_sampling_strategy", "random")
        if strategy != "random":
            raise InvalidArgument(
                f"train_sampling_strategy must be 'random' with LaneOrder, got {short_repr(strategy)}; the plan is the order: "
                "length buckets go with rows"
            )
        check_batch_size(dataset.plan, self._train_batch_size, self.args.world_size, "per_device_train_batch_size")
        self._lane_sampler = LaneSampler(dataset.plan)
        return self._lane_sampler

    def _run_epoch(self, **options: object) -> None:
        # A loader that skips batches after a resume does not pass the epoch on to the sampler on two ranks.
        self._lane_sampler.set_epoch(cast("int", options["epoch"]))
        super()._run_epoch(**options)


class NativeLoader(LossOfNoLabel):
    """Mixin for Trainer: its training batches are those of a `WindowLoader`.

    ``class LoaderTrainer(NativeLoader, Trainer): pass``, and then ``train_loader=WindowLoader(plan, ..., collate=family)`` in
    place of a ``train_dataset``. Each checkpoint has the state of the loader in ``emos_loader.json``, written before Trainer
    makes it a checkpoint, and ``train(resume_from_checkpoint=...)`` goes on right after the last batch of it, reading nothing
    that it skips. ``train()`` without a checkpoint begins with epoch 0. ``per_device_train_batch_size`` becomes the loader's.

    Args:
        train_loader: The loader, made after TrainingArguments: they say which rank this is.

    Raises:
        InvalidArgument: The loader or an option does not fit.
    """

    def __init__(self, *args: object, train_loader: WindowLoader[Inputs], **options: object) -> None:
        if not isinstance(train_loader, WindowLoader):
            raise InvalidArgument(
                f"train_loader must be a WindowLoader, got {short_repr(train_loader)}; a WindowDataset goes with LaneOrder"
            )
        if options.get("train_dataset") is not None:
            raise InvalidArgument("train_dataset must be None beside train_loader, got one; leave one of them out")
        super().__init__(*args, **options)
        check_trainer(self.args, is_deepspeed=self.is_deepspeed_enabled)
        check_batch_size(train_loader.plan, train_loader.batch_size, self.args.world_size, "train_loader.batch_size")
        self.train_loader = cast("WindowLoader[Mapping[str, object]]", train_loader)
        self.args.per_device_train_batch_size = self._train_batch_size = train_loader.batch_size

    def get_train_dataloader(self) -> LoaderSteps:
        """Return the steps of the loader."""
        return LoaderSteps(self.train_loader)

    def train(self, resume_from_checkpoint: str | bool | None = None, **options: object) -> object:
        """Train, as Trainer does; the loader goes on where the checkpoint says.

        Args:
            resume_from_checkpoint: A folder; or True for the last one of ``output_dir`` that is complete, of which a warning
                says what was passed over; None or False to begin with epoch 0.
            options: As for Trainer.

        Raises:
            InvalidArgument: The checkpoint has no state of a loader, is not complete, or counts other steps than this run; or
                there is none.
            SourceChanged: The media are others than those of the checkpoint.
        """
        check_trainer(self.args, is_deepspeed=self.is_deepspeed_enabled)
        folder = chosen_checkpoint(resume_from_checkpoint, self.args.output_dir)
        if folder is None:
            self.train_loader.load_state_dict(self.train_loader.plan.state(0, 0))
        else:
            self._load_loader(folder)
        return super().train(resume_from_checkpoint=None if folder is None else str(folder), **options)

    def _save_checkpoint(self, model: object, trial: object) -> None:
        if self.args.should_save:
            folder = Path(self._get_output_dir(trial=trial), f"checkpoint-{self.state.global_step}")
            # Where a checkpoint is asked for within an optimizer step, the loader is ahead of what was learnt.
            epoch, step = self._position(self.state.global_step)
            # Trainer writes its own state last: a checkpoint that it takes for one has ours.
            write_loader_state(folder, {**self.train_loader.state_dict(), "epoch": epoch, "step": step})
        super()._save_checkpoint(model, trial)

    def _load_loader(self, folder: Path) -> None:
        state, global_step = read_loader_state(folder)
        self.train_loader.load_state_dict(state)
        expected = self._position(global_step)
        if (state["epoch"], state["step"]) != expected:
            raise InvalidArgument(
                f"gradient_accumulation_steps must be that of the checkpoint, got {self.args.gradient_accumulation_steps}, by "
                f"which it is at step {expected[1]} of epoch {expected[0]} and not at step {state['step']} of epoch "
                f'{state["epoch"]}; set it as it was: "{folder}"',
                path=str(folder),
            )

    def _position(self, global_step: int) -> tuple[int, int]:
        """Return (epoch, step) after so many optimizer steps, as Trainer counts them when it resumes."""
        size = self.args.gradient_accumulation_steps
        epoch, updates = divmod(global_step, -(-len(self.train_loader) // size))
        return epoch, updates * size
