"""Frames of samples that are not numpy arrays: arrays on a device, zeros among them, and who takes numpy arrays alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from .._install import install
from ..errors import InvalidArgument
from ..media import DeviceArray

if TYPE_CHECKING:
    import torch
    from typing_extensions import CapsuleType

FrameArray: TypeAlias = "npt.NDArray[np.uint8] | DeviceArray | torch.Tensor"
"""Frames in memory of the CPU, or on a device, or what a transform made of them."""

KDL_CPU, KDL_CUDA = 1, 2
"""Kinds of devices as DLPack numbers them (dlpack.h, DLDeviceType)."""


class BlankFrames:
    """Zeros on a device, of the shape of a sample's frames; each export by DLPack makes them anew.

    Args:
        shape: Their shape.
        device: ``"cuda"``, ``"cuda:1"``, or ``"dali-cpu"`` for memory of the CPU.

    Attributes:
        shape: Their shape.
        dtype: uint8.
        device: ``"cuda:1"``, or ``"cpu"``, as a `DeviceArray` names it.
    """

    def __init__(self, shape: tuple[int, ...], device: str) -> None:
        kind, _, number = device.partition(":")
        self._number = int(number or 0)
        self.shape = shape
        self.dtype: np.dtype[np.uint8] = np.dtype(np.uint8)
        self.device = f"cuda:{self._number}" if kind == "cuda" else "cpu"

    def __repr__(self) -> str:
        return f"BlankFrames(uint8{list(self.shape)}, {self.device!r})"

    def __dlpack__(self, **options: object) -> CapsuleType:
        """Return a DLPack capsule of new zeros."""
        if self.device == "cpu":
            return np.zeros(self.shape, self.dtype).__dlpack__(**options)  # type: ignore[arg-type]
        try:
            import torch
        except ImportError as error:
            raise ImportError(f"torch is not installed; {install('torch')}") from error
        return torch.zeros(self.shape, dtype=torch.uint8, device=self.device).__dlpack__(**options)  # type: ignore[arg-type, no-any-return]

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's numbers of the kind of device and of the device."""
        return (KDL_CPU, 0) if self.device == "cpu" else (KDL_CUDA, self._number)


def blank_frames(shape: tuple[int, ...], device: str | None) -> npt.NDArray[np.uint8] | BlankFrames:
    """Return black frames: a numpy array, or on a device zeros that are made when they are asked for."""
    return np.zeros(shape, np.uint8) if device is None else BlankFrames(shape, device)


def refuse_device_frames(frames: object, reader: str, key: str | None = None) -> None:
    """Check that the frames of a sample are not on a device, for code that reads numpy arrays.

    Args:
        frames: The frames of a sample, or anything else, which is let through.
        reader: Who reads them, for the error, such as ``"a Qwen3OmniFamily"``.
        key: The key of the window, for the error.

    Raises:
        InvalidArgument: They are on a device.

    Example:
        >>> import numpy as np
        >>> refuse_device_frames(np.zeros((4, 8, 8, 3), np.uint8), "a model's processor")
    """
    device = getattr(frames, "device", None)
    # numpy's own arrays have a device too; those of torch have one that is no text.
    if isinstance(device, str) and not isinstance(frames, np.ndarray):
        raise InvalidArgument(
            f"frames must be numpy arrays for {reader}, got {type(frames).__name__} on {device}; read them without device=",
            key=key,
        )


def numpy_of(frames: FrameArray) -> npt.NDArray[np.uint8]:
    """Return frames in memory of the CPU as a numpy array, without a copy."""
    if isinstance(frames, np.ndarray):
        return frames
    array: npt.NDArray[np.uint8] = np.from_dlpack(frames)  # type: ignore[assignment]
    return array


def device_of(frames: FrameArray) -> tuple[int, int]:
    """Return DLPack's numbers of the kind of device and of the device on which frames are."""
    kind, number = frames.__dlpack_device__()
    # CUDA's pinned and managed memory have kinds of their own; the CPU reads both.
    return (int(kind), int(number)) if kind == KDL_CUDA else (KDL_CPU, 0)


def device_text(device: tuple[int, int]) -> str:
    """Return such as ``"cuda:0"``, or ``"cpu"``."""
    kind, number = device
    return f"cuda:{number}" if kind == KDL_CUDA else "cpu"
