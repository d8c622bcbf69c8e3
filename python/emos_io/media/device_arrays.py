"""Arrays on a device, and what type checkers know of the frames of a Media: numpy's or a device's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from typing_extensions import CapsuleType, TypeVar
else:
    from typing import TypeVar


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

    def __dlpack__(self, **options: object) -> CapsuleType:
        """Return a DLPack capsule; see the array API standard for the options."""

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's numbers of the kind of device and of the device."""


# With a default, so that `VideoFrames` and `Media` alone mean those of numpy arrays. Type checkers know it in every version of
# Python; at run time nothing needs it.
if TYPE_CHECKING:
    Data = TypeVar("Data", bound="npt.NDArray[np.uint8] | DeviceArray", default=npt.NDArray[np.uint8], covariant=True)
else:
    Data = TypeVar("Data", covariant=True)
