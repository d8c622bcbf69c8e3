"""Which epoch rows belong to: a number that workers share, and the callback of transformers that counts."""

from __future__ import annotations

import ctypes
import multiprocessing.context
from collections.abc import Callable, Sized
from multiprocessing.sharedctypes import RawValue
from typing import TYPE_CHECKING, Any, cast

from .versions import tested

if TYPE_CHECKING:
    from transformers import TrainerCallback


class SharedEpoch:
    """An epoch, or -1 until somebody sets it. Workers see it change, whether they are forked or spawned.

    A copy, and a pickle that is not on its way to a worker, keep the number and no longer follow it.
    """

    def __init__(self, epoch: int = -1) -> None:
        # Without a lock: a lock of fork cannot go to a spawned worker, and one process writes.
        self._value = RawValue(ctypes.c_longlong, epoch)

    def get(self) -> int:
        """Return the epoch, or -1."""
        return int(self._value.value)

    def set(self, epoch: int) -> None:
        """Set it, for the workers too."""
        self._value.value = epoch

    def __getstate__(self) -> dict[str, object]:
        return {"_value": self._value if _is_spawning() else self.get()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        value = state["_value"]
        self._value = RawValue(ctypes.c_longlong, value) if isinstance(value, int) else value


def _is_spawning() -> bool:
    """Return whether this process pickles for a worker that it starts, the only time when shared memory can go along."""
    return multiprocessing.context.get_spawning_popen() is not None


def epoch_callback(set_epoch: Callable[[int], None], is_set: Callable[[], bool]) -> TrainerCallback:
    """Return a callback that hands each epoch's number to `set_epoch`, as Trainer counts them, from the one that it resumes.

    ``state.epoch`` is not that number where the epoch has no length (an iterable dataset under max_steps) or was stopped
    early. Evaluations before training have epoch 0.

    Trainer's sampler of ``group_by_length`` draws from torch's global generator, so that a resumed epoch after the first has
    another order, and loses windows. It gets a generator here, seeded from data_seed (or seed) and the epoch.
    """

    class Epochs(tested("transformers").TrainerCallback):  # type: ignore[misc]
        _epoch = 0

        def on_init_end(self, arguments: Any, state: Any, control: Any, **_: Any) -> None:
            if not is_set():
                set_epoch(0)

        def on_train_begin(self, arguments: Any, state: Any, control: Any, *, train_dataloader: Any, **_: Any) -> None:
            self._epoch = state.global_step // _num_updates(train_dataloader, arguments, state)
            set_epoch(self._epoch)

        def on_epoch_begin(self, arguments: Any, state: Any, control: Any, *, train_dataloader: Any, **_: Any) -> None:
            set_epoch(self._epoch)
            _seed_length_groups(train_dataloader, arguments, self._epoch)
            self._epoch += 1

    return cast("TrainerCallback", Epochs())


def _num_updates(loader: Any, arguments: Any, state: Any) -> int:
    """Return the optimizer steps of an epoch, as Trainer counts them: all of them where the loader has no length."""
    try:
        num_batches = len(cast(Sized, loader))
    except TypeError:
        return max(int(state.max_steps), 1)
    return max(-(-num_batches // int(arguments.gradient_accumulation_steps)), 1)


def _seed_length_groups(loader: Any, arguments: Any, epoch: int) -> None:
    """Seed the sampler of ``group_by_length``, under accelerate's batch samplers, where there is one."""
    import torch
    from transformers.trainer_pt_utils import LengthGroupedSampler

    sampler = getattr(loader, "batch_sampler", None)
    while sampler is not None and not isinstance(sampler, LengthGroupedSampler):
        sampler = getattr(sampler, "batch_sampler", None) or getattr(sampler, "sampler", None)
    if sampler is not None:
        seed = arguments.seed if arguments.data_seed is None else arguments.data_seed
        sampler.generator = torch.Generator().manual_seed(seed + epoch)
