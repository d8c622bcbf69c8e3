"""A batch of an evaluation: what was made of some windows, and which they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar, cast

import numpy as np

from ..pipes import Transform, WindowSample

Inputs = TypeVar("Inputs")
"""What `collate` makes of the samples of a batch."""


@dataclass(frozen=True, slots=True, eq=False)
class EvaluationBatch(Generic[Inputs]):
    """Some windows: what was made of their samples, and which they are.

    Attributes:
        keys: The keys of the rows, in their order; ``zip(batch.keys, answers)`` says whose answer each is.
        numbers: The numbers of the windows in the plan.
        valid: Whether each window was read; what could not be read is blank, with ``on_error="mask"``.
        inputs: What `collate` gave.
        is_filler: It has no rows of its own: `keys` is empty, and `inputs` is of a window that came before. Only with
            ``filler=True``.
    """

    keys: tuple[str, ...]
    numbers: tuple[int, ...]
    valid: tuple[bool, ...]
    inputs: Inputs
    is_filler: bool = False

    def __len__(self) -> int:
        """The number of windows."""
        return len(self.keys)

    def to(self, device: object, *, non_blocking: bool = False) -> Self:
        """Return the batch with its inputs on a device; trainers such as Lightning call this.

        Args:
            device: What ``torch.Tensor.to`` takes.
            non_blocking: As there.
        """
        return replace(self, inputs=moved(self.inputs, device, non_blocking))


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A slot: what `transform` made of its sample; None where the slot has no window."""

    key: str | None
    number: int
    valid: bool
    item: object


@dataclass(frozen=True, slots=True)
class MarkRow:
    """Keeps what a row is beside what the transform makes of it; slots without a window are not transformed."""

    transform: Transform[object] | None

    def __call__(self, sample: WindowSample, rng: np.random.Generator) -> Row:
        if sample.number is None:
            return Row(None, -1, False, None)
        item = sample if self.transform is None else self.transform(sample, rng)
        return Row(sample.key, sample.number, sample.valid, item)


@dataclass(frozen=True, slots=True)
class CollateRows(Generic[Inputs]):
    """Makes a batch of the rows that have a window; None where there are none."""

    collate: Callable[[Sequence[object]], Inputs]

    def __call__(self, rows: Sequence[Row]) -> EvaluationBatch[Inputs] | None:
        own = [row for row in rows if row.key is not None]
        if not own:
            return None
        return EvaluationBatch(
            tuple(row.key for row in own if row.key is not None),
            tuple(row.number for row in own),
            tuple(row.valid for row in own),
            self.collate([row.item for row in own]),
        )


def moved(inputs: Inputs, device: object, non_blocking: bool) -> Inputs:
    """Return what has a method `to`, also within dicts, lists and tuples, on a device; other things as they are."""
    if isinstance(inputs, dict):
        return cast("Inputs", {key: moved(value, device, non_blocking) for key, value in inputs.items()})
    if isinstance(inputs, list | tuple):
        values = [moved(value, device, non_blocking) for value in inputs]
        if isinstance(inputs, tuple) and hasattr(inputs, "_fields"):
            return cast("Inputs", type(inputs)(*values))
        return cast("Inputs", type(inputs)(values))
    move = getattr(inputs, "to", None)
    return inputs if move is None else cast("Inputs", move(device, non_blocking=non_blocking))
