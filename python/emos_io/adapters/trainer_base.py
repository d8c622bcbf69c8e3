"""What mixins need of the Trainer of transformers, with which they are combined, and the order of a class's bases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..errors import InvalidArgument

if TYPE_CHECKING:
    from typing import Protocol

    import torch

    from .trainer_options import Arguments

    class State(Protocol):
        """What is read of TrainerState."""

        global_step: int
        best_model_checkpoint: str | None

    class Control(Protocol):
        """What is read of TrainerControl."""

        should_epoch_stop: bool

    class TrainerBase:
        """What the mixins need of Trainer."""

        args: Arguments
        model: torch.nn.Module
        train_dataset: object
        eval_dataset: object
        data_collator: object
        state: State
        control: Control
        is_deepspeed_enabled: bool
        is_fsdp_enabled: bool
        _train_batch_size: int

        def __init__(self, *args: object, **options: object) -> None: ...
        def train(self, resume_from_checkpoint: str | bool | None = None, **options: object) -> object: ...
        def _run_epoch(self, **options: object) -> None: ...
        def _save_checkpoint(self, model: object, trial: object) -> None: ...
        def _get_num_items_in_batch(
            self, batch_samples: list[Mapping[str, object]], device: torch.device
        ) -> torch.Tensor | int | None: ...
        def prediction_step(
            self, model: object, inputs: Mapping[str, object], *args: object, **options: object
        ) -> object: ...
        def _get_dataloader(self, dataset: object, *args: object, **options: object) -> object: ...
        def _get_output_dir(self, trial: object) -> str: ...
        def _load_from_checkpoint(self, resume_from_checkpoint: str, model: torch.nn.Module | None = None) -> None: ...
        def _load_best_model(self) -> None: ...

else:
    TrainerBase = object


def check_bases(made: type, mixin: type, *, not_trl: str = "") -> None:
    """Check that a class of a mixin and Trainer names the mixin first.

    Args:
        made: The class.
        mixin: The mixin.
        not_trl: What to do with a trainer of TRL, where the mixin does not go with one.

    Raises:
        InvalidArgument: Trainer comes first, so that its methods would win; or it is a trainer of TRL.
    """
    order = made.__mro__
    for base in order:
        if not_trl and base.__module__.partition(".")[0] == "trl":
            raise InvalidArgument(f"{mixin.__name__} must be with Trainer, got {base.__name__} of TRL; {not_trl}")
    for base in order[: order.index(mixin)]:
        if base.__module__ == "transformers.trainer":
            names = ", ".join(each.__name__ for each in made.__bases__)
            raise InvalidArgument(
                f"bases of {made.__name__} must be a mixin of emos_io before {base.__name__}, got ({names}); write the mixin "
                "first: the methods of the first base win"
            )
