"""Options of TrainingArguments that do not go together with windows, each refused with one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..errors import InvalidArgument, short_repr
from ..pipes import WindowDataset, WindowLoader
from ..plan import WindowPlan


class Arguments(Protocol):
    """What is read of TrainingArguments."""

    output_dir: str | None
    world_size: int
    n_gpu: int
    per_device_train_batch_size: int
    gradient_accumulation_steps: int
    should_save: bool
    ignore_data_skip: bool


_FIXED: tuple[tuple[str, object, str], ...] = (
    ("remove_unused_columns", False, "the collate function needs what the model does not name"),
    ("dataloader_drop_last", False, "the last batch of an epoch would be lost, that of an evaluation too"),
    ("dataloader_in_order", True, "steps of several workers would change places"),
    (
        "ignore_data_skip",
        False,
        "a resumed epoch would count its steps from 0, and its last gradients would not be applied",
    ),
    ("auto_find_batch_size", False, "the batch size is the plan's: lower windows_per_lane"),
)
"""Options, the value that each must have, and why."""
_SHARDS = (
    ("split_batches", "leave it out: each rank takes its lanes"),
    ("dispatch_batches", "rank 0 would decode for all"),
)


def check_options(option: Callable[[str], object]) -> None:
    """Check options that the caller chose.

    Args:
        option: Gives an option by its name, or None where it was left out.

    Raises:
        InvalidArgument: One breaks training on windows.
    """
    if option("deepspeed"):
        raise _deepspeed(option("deepspeed"))
    for name, value, reason in _FIXED:
        if option(name) not in (None, value):
            raise InvalidArgument(f"{name} must be {value}, got {short_repr(option(name))}; {reason}")
    if option("group_by_length") is not None:
        raise InvalidArgument(
            f"group_by_length must be left out, got {short_repr(option('group_by_length'))}; transformers 5 has "
            "train_sampling_strategy='group_by_length', which is for rows"
        )
    config: Any = option("accelerator_config")
    for name, reason in _SHARDS:
        value = config.get(name) if isinstance(config, Mapping) else getattr(config, name, None)
        if value not in (None, False):
            raise InvalidArgument(f"accelerator_config's {name} must be False, got {short_repr(value)}; {reason}")
    if option("parallelism_config") is not None:
        raise InvalidArgument(
            f"parallelism_config must be None, got {short_repr(option('parallelism_config'))}; ranks that share their windows "
            "are not supported: use DDP or FSDP"
        )


def check_trainer(arguments: Arguments, *, is_deepspeed: bool) -> None:
    """Check what a Trainer was told by its arguments, by files of accelerate and by the environment.

    Raises:
        InvalidArgument: Something of it breaks training on windows.
    """
    if is_deepspeed:
        raise _deepspeed("a configuration of accelerate")
    check_options(lambda name: getattr(arguments, name, None))
    if arguments.n_gpu > 1:
        raise InvalidArgument(
            f"GPUs of one process must be 1, got {arguments.n_gpu}; start one process a GPU, as torchrun does: DataParallel "
            "splits rows of pixels that are not rows of the batch"
        )


def check_strategy(arguments: Arguments) -> None:
    """Check that Trainer is not told an order of its own.

    Raises:
        InvalidArgument: It is.
    """
    strategy = getattr(arguments, "train_sampling_strategy", "random")
    if strategy != "random":
        raise InvalidArgument(
            f"train_sampling_strategy must be 'random', got {short_repr(strategy)}; the plan is the order: length buckets go "
            "with rows"
        )


def check_data(dataset: object, collator: object, name: str) -> None:
    """Check that Trainer can make batches of a dataset.

    Raises:
        InvalidArgument: It is a loader, or windows for which no collate function was given.
    """
    if isinstance(dataset, WindowLoader):
        raise InvalidArgument(
            f"{name} must be a WindowDataset, got a WindowLoader; use WindowDataset(plan, **family.reads), with "
            "data_collator=family"
        )
    module = getattr(collator, "__module__", None) or type(collator).__module__
    if isinstance(dataset, WindowDataset) and module.partition(".")[0] == "transformers":
        raise InvalidArgument(
            f"data_collator must be a family with windows as {name}, got none, or one of transformers; write "
            "data_collator=family"
        )


def check_batch(batch: object) -> None:
    """Check that a batch is a dict of a model's inputs.

    Raises:
        InvalidArgument: It is not.
    """
    if not isinstance(batch, Mapping) or not batch:
        what = (
            "an empty dict" if isinstance(batch, Mapping) else "None" if batch is None else f"a {type(batch).__name__}"
        )
        raise InvalidArgument(
            f"a batch must be a dict of a model's inputs, got {what}; collate with a family, or with Collate(as_dict=[...])"
        )


def check_batch_size(plan: WindowPlan, batch_size: int, num_ranks: int, name: str) -> None:
    """Check that the ranks' batches together are a step of the plan.

    Raises:
        InvalidArgument: They are not; the text names the sizes that are.
    """
    plan.rank_lanes(0, num_ranks)
    size = plan.batch_size
    if batch_size * num_ranks != size:
        counts = [count for count in range(1, plan.num_lanes + 1) if plan.num_lanes % count == 0]
        sizes = ", ".join(f"{size // count} on {count}" for count in counts)
        raise InvalidArgument(
            f"{name} must be {size // num_ranks} on {num_ranks} rank{'s' * (num_ranks > 1)}, got {batch_size}; a step of "
            f"the plan has {plan.num_lanes} lanes of {plan.windows_per_lane}: {sizes} ranks"
        )


def _deepspeed(value: object) -> InvalidArgument:
    return InvalidArgument(f"deepspeed must be None, got {short_repr(value)}; use DDP, which is supported")
