"""Arrays of a device that numpy holds: what a decoder on a device gives, without one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from emos_io.pipes import DeviceSample, WindowSample

if TYPE_CHECKING:
    from typing_extensions import CapsuleType


class HostArray:
    """A numpy array as a `DeviceArray`: it can be read by DLPack alone."""

    def __init__(self, array: npt.NDArray[np.uint8], number: tuple[int, int] = (1, 0)) -> None:
        self.array, self._number = array, number

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        return self.array.dtype

    @property
    def device(self) -> str:
        return "cpu" if self._number[0] == 1 else f"cuda:{self._number[1]}"

    def __dlpack__(self, **options: object) -> CapsuleType:
        assert self._number[0] == 1, "memory of a CUDA device was read"
        return self.array.__dlpack__(**options)  # type: ignore[arg-type]

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._number


def on_host(sample: WindowSample, _: np.random.Generator) -> DeviceSample:
    """A transform that puts frames into device arrays."""
    return on_device(sample, (1, 0))


def on_device(sample: WindowSample, number: tuple[int, int]) -> DeviceSample:
    """Return a sample of which the frames say that they are on a device."""
    assert sample.frames is not None
    return replace(sample, frames=HostArray(np.ascontiguousarray(sample.frames), number))  # type: ignore[arg-type, return-value]


def with_frames(sample: WindowSample, count: int) -> WindowSample:
    """Return a sample cut to its first frames."""
    assert sample.frames is not None
    return replace(
        sample,
        frames=sample.frames[:count],
        frame_valid=sample.frame_valid[:count],
        damaged=sample.damaged[:count],
    )


def numbered(sample: WindowSample) -> WindowSample:
    """Return a sample of which every byte of the frames differs from its neighbours."""
    assert sample.frames is not None
    numbers = np.fromiter(itertools.cycle(range(1, 252)), np.uint8, sample.frames.size)
    return replace(sample, frames=numbers.reshape(sample.frames.shape))
