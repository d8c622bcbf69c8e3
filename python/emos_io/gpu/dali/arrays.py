"""Memory of DALI as a `DeviceArray`: others read it by DLPack, without a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Never, Protocol, SupportsIndex

import numpy as np

if TYPE_CHECKING:
    from typing_extensions import CapsuleType

_DLPACK_CPU, _DLPACK_CUDA = 1, 2


class Tensor(Protocol):
    """What is used of DALI's TensorCPU and TensorGPU."""

    def shape(self) -> list[int]:
        """The length of each axis."""

    def as_cpu(self) -> Tensor:
        """Return it in memory of the CPU: itself, or a copy."""

    def __dlpack__(self, **options: object) -> CapsuleType:
        """Return a DLPack capsule."""


class DaliArray:
    """Frames in memory of DALI, uint8. It stays valid while the array, or anything made of it by DLPack, is referred to.

    On a CUDA device, memory that nobody refers to may be written again at once, by streams that know nothing of the reader's:
    whoever reads it on a stream of its own must refer to the array until that stream has passed the read.

    Attributes:
        tensor: DALI's own.
        device_id: Which CUDA device; None for memory of the CPU.
    """

    __slots__ = ("_shape", "device_id", "tensor")

    def __init__(self, tensor: Tensor, device_id: int | None) -> None:
        self.tensor = tensor
        self.device_id = device_id
        self._shape = tuple(int(length) for length in tensor.shape())

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self._shape

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        """uint8."""
        return np.dtype(np.uint8)

    @property
    def device(self) -> str:
        """``"cuda:0"``, or ``"cpu"``."""
        return "cpu" if self.device_id is None else f"cuda:{self.device_id}"

    def __len__(self) -> int:
        """The length of the first axis."""
        return self._shape[0]

    def __repr__(self) -> str:
        return f"DaliArray(uint8 {list(self._shape)}, device={self.device!r})"

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError(
            f"frames on a device ({self!r}) can be neither pickled nor sent to another process; use them in threads of the "
            "process that read them, or copy them: torch.from_dlpack(frames).cpu().clone()"
        )

    def __dlpack_device__(self) -> tuple[int, int]:
        """Return DLPack's numbers of the kind of device and of the device."""
        return (_DLPACK_CPU, 0) if self.device_id is None else (_DLPACK_CUDA, self.device_id)

    def __dlpack__(self, **options: object) -> CapsuleType:
        """Return a DLPack capsule, as the array API standard says.

        Args:
            options: ``stream`` on which a CUDA device's memory will be read, and ``copy``, go to DALI. ``dl_device`` must be
                this array's own device. ``max_version`` is not used: DALI gives capsules without a version.

        Raises:
            BufferError: ``dl_device`` is another device.
        """
        device = options.pop("dl_device", None)
        if device is not None and device != self.__dlpack_device__():
            raise BufferError(
                f"dl_device must be {self.__dlpack_device__()}, where the memory is, got {device}; copy it there afterwards"
            )
        options.pop("max_version", None)
        return self.tensor.__dlpack__(**options)

    @property
    def __array_interface__(self) -> Mapping[str, object]:
        """What `numpy.asarray` reads; memory of a CUDA device has none, and numpy cannot read it."""
        interface: Mapping[str, object] = self.tensor.__array_interface__  # type: ignore[attr-defined]
        return interface
