"""Qwen2_5VL: its processor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from ..pipes import WindowSample
from .family import Family, ModelInputs
from .token_layout import TokenGroup


class Qwen2_5VL(Family):  # noqa: N801 - as transformers spells it
    """Inputs of Qwen2_5VL; see `Family`."""

    name = "qwen2_5_vl"
    hears = False

    def frame_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the (height, width) that the processor makes of frames of this size."""
        raise NotImplementedError

    def layout(self, num_frames: int, num_samples: int | None) -> list[TokenGroup]:
        """Return the order of the tokens of a window."""
        raise NotImplementedError

    def num_tokens(self, sample: WindowSample) -> int:
        """Return the tokens of a sample."""
        raise NotImplementedError

    def __call__(self, samples: Sequence[WindowSample]) -> ModelInputs:
        """Return the inputs of the model."""
        raise NotImplementedError

    def for_generation(self) -> Self:
        """Return the same for ``model.generate``."""
        raise NotImplementedError
