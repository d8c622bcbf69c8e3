"""What the model carries from one window to the next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class AVState:
    """The state of B rows; None for what a model of one channel lacks.

    Attributes:
        video: float32 ``[B, hidden]``: the GRU of the frames.
        audio: float32 ``[B, hidden]``: the GRU of the waveform.
        waveform: float32 ``[B, 240]``: the last samples, which the next log-mel frames begin with.
        waveform_valid: bool ``[B, 240]``: there is such a sample.
    """

    video: Tensor | None
    audio: Tensor | None
    waveform: Tensor | None
    waveform_valid: Tensor | None

    def detach(self) -> AVState:
        """Return the state without its history, for truncated backpropagation through time."""
        return self._map(Tensor.detach)

    def cleared(self, is_start: Tensor) -> AVState:
        """Return the state with the rows of ``is_start``, bool ``[B]``, as they are at the start of an item."""

        def clear(values: Tensor) -> Tensor:
            return torch.where(is_start.to(values.device)[:, None], torch.zeros_like(values), values)

        return self._map(clear)

    def to(self, device: torch.device | str) -> AVState:
        """Return the state on a device."""
        return self._map(lambda values: values.to(device))

    def tensors(self) -> dict[str, Tensor]:
        """Return what there is by its name, as `torch.save` takes it; `from_tensors` reads it back."""
        return {name: values for name, values in self._items() if values is not None}

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> AVState:
        """Return the state that `tensors` gave."""
        return cls(**{field.name: tensors.get(field.name) for field in fields(cls)})

    def _items(self) -> list[tuple[str, Tensor | None]]:
        return [(field.name, getattr(self, field.name)) for field in fields(self)]

    def _map(self, change: Callable[[Tensor], Tensor]) -> AVState:
        return replace(self, **{name: change(values) for name, values in self._items() if values is not None})
