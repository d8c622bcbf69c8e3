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
from typing import TYPE_CHECKING, TypeVar, cast

from ..errors import InvalidArgument, short_repr
from ..pipes import LaneBatches, LaneSampler, WindowDataset, WindowLoader
from .checkpoint_weights import CheckpointWeights
from .checkpoints import chosen_checkpoint, read_loader_state, write_loader_state
from .loader_steps import LoaderSteps
from .trainer_base import check_bases
from .trainer_options import check_batch, check_batch_size, check_data, check_options, check_strategy, check_trainer

if TYPE_CHECKING:
    import torch

Inputs = TypeVar("Inputs", bound=Mapping[str, object])


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


class LossOfNoLabel(CheckpointWeights):
    """Mixin: a step whose batches have no label has loss 0.

    Trainer divides the loss by the number of labels of all batches of an optimizer step, on all ranks; where there is none,
    the loss would be NaN. Trainer hides it: it logs the mean of the steps before in its place.
    """

    def _get_num_items_in_batch(
        self, batch_samples: list[Mapping[str, object]], device: torch.device
    ) -> torch.Tensor | int | None:
        for batch in batch_samples:
            check_batch(batch)
        number = super()._get_num_items_in_batch(batch_samples, device)
        if number is None or isinstance(number, int):
            return number if number is None else max(number, 1)
        return number.clamp(min=1)


class _Windows(LossOfNoLabel):
    """What `LaneOrder` and `NativeLoader` share: the place in the plan is in each checkpoint, and a resume compares it."""

    _is_short = False

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)
        sets = self.eval_dataset.values() if isinstance(self.eval_dataset, Mapping) else [self.eval_dataset]
        for each in sets:
            check_data(each, self.data_collator, "eval_dataset")

    def _batches(self) -> LaneBatches | WindowLoader[Mapping[str, object]]:
        """Return what has a state: of the plan, the media and the next step."""
        raise NotImplementedError

    def _get_dataloader(self, dataset: object, *args: object, **options: object) -> object:
        check_data(dataset, self.data_collator, "train_dataset" if options.get("is_training") else "eval_dataset")
        return super()._get_dataloader(dataset, *args, **options)

    def prediction_step(self, model: object, inputs: Mapping[str, object], *args: object, **options: object) -> object:
        """Evaluate a batch, as Trainer does.

        Raises:
            InvalidArgument: The batch is not a dict.
        """
        check_batch(inputs)
        return super().prediction_step(model, inputs, *args, **options)

    def _run_epoch(self, **options: object) -> None:
        # Trainer knows its place in the epochs by the number of optimizer steps alone.
        self._is_short = options["epoch"] != self._position(self.state.global_step)[0]
        super()._run_epoch(**options)

    def _save_checkpoint(self, model: object, trial: object) -> None:
        # Where a checkpoint is asked for within an optimizer step, a loader is ahead of what was learnt.
        epoch, step = self._position(self.state.global_step)
        if self._is_short or (self.control.should_epoch_stop and step):
            raise InvalidArgument(
                "should_epoch_stop must be False where checkpoints are saved, got True before the end of an epoch; Trainer "
                "resumes by counting whole epochs: use max_steps or should_training_stop, or save none"
            )
        if self.args.should_save:
            folder = Path(self._get_output_dir(trial=trial), f"checkpoint-{self.state.global_step}")
            # Trainer writes its own state last: a checkpoint that it takes for one has ours.
            write_loader_state(folder, {**self._batches().state_dict(), "epoch": epoch, "step": step})
        super()._save_checkpoint(model, trial)

    def _load_state(self, folder: Path) -> None:
        state, global_step = read_loader_state(folder)
        self._batches().load_state_dict(state)
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
        epoch, updates = divmod(global_step, -(-len(self._batches()) // size))
        return epoch, updates * size


class LaneOrder(_Windows):
    """Mixin for Trainer: the windows of a `WindowDataset` in the order of its plan, each rank with its own lanes.

    ``class LaneTrainer(LaneOrder, Trainer): pass``, and then ``train_dataset=WindowDataset(plan, ...)`` and
    ``data_collator=`` a family. ``per_device_train_batch_size`` times the number of processes is the plan's batch size.
    Each checkpoint has the plan and its media in ``emos_loader.json``. Resuming skips numbers of windows, and decodes nothing
    that it throws away.

    Attributes:
        check_media: Whether a resume compares the media with those of the checkpoint; a class sets it to False for media that
            were re-muxed.

    Raises:
        InvalidArgument: The dataset, the batch size or an option does not fit; where the order is made, before the first step.

    Cost: without sharing of decoded frames across batches: a `NativeLoader` decodes less where windows overlap. The first
    checkpoint opens each file of the plan once, for its digest.
    """

    check_media = True
    _lane_batches: LaneBatches | None = None

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        check_bases(cls, LaneOrder, not_trl="SFTTrainer takes rows(plan, family) and RowCollate")

    def train(self, resume_from_checkpoint: str | bool | None = None, **options: object) -> object:
        """Train, as Trainer does.

        Args:
            resume_from_checkpoint: A folder; or True for the last one of ``output_dir`` that is complete, of which a warning
                says what was passed over; None or False to begin with epoch 0.
            options: As for Trainer.

        Raises:
            InvalidArgument: The checkpoint is not of this plan, is not complete, or counts other steps than this run; or there
                is none.
            SourceChanged: The media are others than those of the checkpoint.
        """
        plan = self._windows(self.train_dataset).plan
        self._lane_batches = LaneBatches.of_all_ranks(plan, check_media=self.check_media)
        folder = chosen_checkpoint(resume_from_checkpoint, self.args.output_dir)
        if folder is not None:
            self._load_state(folder)
        return super().train(resume_from_checkpoint=None if folder is None else str(folder), **options)

    def _batches(self) -> LaneBatches:
        assert self._lane_batches is not None, "train makes it"
        return self._lane_batches

    @staticmethod
    def _windows(dataset: object) -> WindowDataset[object]:
        if not isinstance(dataset, WindowDataset):
            raise InvalidArgument(
                f"train_dataset must be a WindowDataset, got {short_repr(dataset)}; rows go with a Trainer without LaneOrder"
            )
        return dataset

    def _get_train_sampler(self, train_dataset: object = None) -> LaneSampler:
        plan = self._windows(self.train_dataset if train_dataset is None else train_dataset).plan
        check_trainer(self.args, is_deepspeed=self.is_deepspeed_enabled)
        check_strategy(self.args)
        check_batch_size(plan, self._train_batch_size, self.args.world_size, "per_device_train_batch_size")
        self._lane_sampler = LaneSampler(plan)
        return self._lane_sampler

    def _run_epoch(self, **options: object) -> None:
        # A loader that skips batches after a resume does not pass the epoch on to the sampler on two ranks.
        self._lane_sampler.set_epoch(cast("int", options["epoch"]))
        super()._run_epoch(**options)


class NativeLoader(_Windows):
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

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        check_bases(cls, NativeLoader, not_trl="SFTTrainer takes rows(plan, family) and RowCollate")

    def __init__(self, *args: object, train_loader: WindowLoader[Inputs], **options: object) -> None:
        if not isinstance(train_loader, WindowLoader):
            raise InvalidArgument(
                f"train_loader must be a WindowLoader, got {short_repr(train_loader)}; a WindowDataset goes with LaneOrder"
            )
        if options.get("train_dataset") is not None:
            raise InvalidArgument("train_dataset must be None beside train_loader, got one; leave one of them out")
        super().__init__(*args, **options)
        check_trainer(self.args, is_deepspeed=self.is_deepspeed_enabled)
        check_strategy(self.args)
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
            self._load_state(folder)
        return super().train(resume_from_checkpoint=None if folder is None else str(folder), **options)

    def _batches(self) -> WindowLoader[Mapping[str, object]]:
        return self.train_loader
