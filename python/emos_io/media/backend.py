"""Where frames are decoded other than in the core: the protocols of a backend, and how `emos_io.gpu` is found by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from .arguments import DimensionOrder

if TYPE_CHECKING:
    from .gop_source import GopSource


class DeviceArray(Protocol):
    """An array on a device. numpy arrays and torch tensors read it by DLPack, without a copy."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        """The type of an element."""

    @property
    def device(self) -> str:
        """``"cuda:0"``, or ``"cpu"`` for memory that numpy reads."""

    def __dlpack__(self, **options: object) -> object:
        """Return a DLPack capsule; see the array API standard for the options."""

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's numbers of the kind of device and of the device."""


@dataclass(frozen=True, slots=True, eq=False)
class DeviceFrames:
    """The frames of one answer.

    Attributes:
        data: uint8 ``[T, H, W, 3]`` or ``[T, 3, H, W]``; zeros where not valid.
        valid: bool ``[T]``.
        damaged: bool ``[T]``.
    """

    data: DeviceArray
    valid: npt.NDArray[np.bool_]
    damaged: npt.NDArray[np.bool_]


class FrameSession(Protocol):
    """Answers that are asked for in order: each GOP is decoded once for all of them. One thread at a time may read."""

    def read(self, index: int) -> DeviceFrames:
        """Return the frames of answer `index`; indices never decrease."""

    def close(self) -> None:
        """Drop decoded frames. Closing twice is fine."""


class FrameBackend(Protocol):
    """Decodes the frames of one opened source on a device. Safe with threads."""

    @property
    def device(self) -> str:
        """The device as it was asked for, with its number: ``"cuda:0"``, ``"dali-cpu"``."""

    @property
    def fallback(self) -> Mapping[str, int]:
        """Why frames of this source were decoded on the CPU: GOPs by reason."""

    @property
    def num_gops(self) -> int:
        """GOPs that the device decoded."""

    def session(
        self,
        slots: Sequence[npt.NDArray[np.int64]],
        format: object,
        dimension_order: DimensionOrder,
    ) -> FrameSession:
        """Begin to read answers; each is the indices of its frames in display order, -1 where none is on screen."""


def open_backend(device: str, source: GopSource) -> FrameBackend:
    """Return the backend of a device for one source: the one way from here to `emos_io.gpu`, by name.

    Raises:
        ImportError: The extra is not installed.
        InvalidArgument: There is no such device.
    """
    raise NotImplementedError
