"""Short texts of arrays and spans for `repr`: dtypes, shapes and counts, never values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..media import DeviceArray
from ..plan import WindowPlan
from ..spans import Span

if TYPE_CHECKING:
    import torch


def array_text(
    array: torch.Tensor | npt.NDArray[np.generic] | DeviceArray | None, valid: torch.Tensor | npt.NDArray[np.generic]
) -> str:
    """Return such as ``uint8[16, 224, 224, 3] (16 of 16 valid)``."""
    if array is None:
        return "None"
    dtype = str(array.dtype).removeprefix("torch.")
    return f"{dtype}{list(array.shape)} ({int(valid.sum())} of {count(valid.shape)} valid)"


def count(shape: tuple[int, ...]) -> int:
    """Return the number of elements of a shape."""
    return int(np.prod(shape, dtype=np.int64))


def span_text(span: Span | None) -> str:
    """Return such as ``[0, 4)``, in seconds of media time."""
    return "None" if span is None else f"[{span.start}, {span.end})"


def lanes_text(plan: WindowPlan, lanes: range) -> str:
    """Return such as ``lanes [0, 4) of 8``."""
    return f"lanes [{lanes.start}, {lanes.stop}) of {plan.num_lanes}"


def device_option(device: str | None) -> str:
    """Return such as ``, device='cuda:0'``; nothing without a device."""
    return "" if device is None else f", device={device!r}"
