"""A `WindowLoader` as Trainer and accelerate look at a DataLoader: each item of its dataset is a step.

```text
 Trainer, from the first step    iter(steps)                                    the loader's own iterator
 Trainer, after a resume         skip_first_batches(steps, n), a DataLoader of  dataset: step k is the loader's next batch
                                 steps.dataset and steps.batch_sampler          batch_sampler: [0], [1], ...
```

Trainer counts the steps that it skips, and so it knows the epoch's last optimizer step; the loader stands behind them already,
by its state, and skips nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from ..pipes import WindowLoader

Inputs: TypeAlias = Mapping[str, object]


class LoaderSteps:
    """The steps of a loader.

    Args:
        loader: The loader.

    Attributes:
        dataset: As many items as there are windows; item k is the batch of step k.
        batch_sampler: The numbers of the steps.
        sampler: None; accelerate looks whether it is a batch sampler.
        num_workers, prefetch_factor: As of a DataLoader without workers.
    """

    sampler: None = None
    num_workers: Literal[0] = 0
    prefetch_factor: None = None

    def __init__(self, loader: WindowLoader[Inputs]) -> None:
        self._loader = loader
        self.batch_sampler = _StepNumbers(loader)
        self.dataset = _StepBatches(loader, self.batch_sampler)

    def __len__(self) -> int:
        """The number of steps of an epoch."""
        return len(self._loader)

    def set_epoch(self, epoch: int) -> None:
        """Set the epoch of the next iteration; a step that was loaded is kept if it is of this epoch."""
        self._loader.set_epoch(epoch)

    def __iter__(self) -> Iterator[Inputs]:
        """Begin the epoch."""
        return iter(self._loader)

    @staticmethod
    def collate_fn(steps: Sequence[Inputs]) -> Inputs:
        """Return the batch of the one step that is asked for at a time."""
        (batch,) = steps
        return batch


class _StepNumbers:
    """Numbers of steps, one by one."""

    def __init__(self, loader: WindowLoader[Inputs]) -> None:
        self._loader = loader
        self.batches: Iterator[Inputs] | None = None

    def set_epoch(self, epoch: int) -> None:
        self._loader.set_epoch(epoch)

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Iterator[list[int]]:
        self.batches = None
        return iter([[step] for step in range(len(self._loader))])


class _StepBatches:
    """Batches of the loader's iteration, in its order."""

    def __init__(self, loader: WindowLoader[Inputs], numbers: _StepNumbers) -> None:
        self._loader, self._numbers = loader, numbers

    def __len__(self) -> int:
        return len(self._loader.plan)

    def __getitem__(self, step: int) -> Inputs:
        if self._numbers.batches is None:
            self._numbers.batches = iter(self._loader)
        return next(self._numbers.batches)
