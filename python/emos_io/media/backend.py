"""Where frames are decoded other than in the core: the protocols of a backend, and how `emos_io.gpu` is found by name."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict, cast

import numpy as np
import numpy.typing as npt

from .arguments import DimensionOrder
from .device_arrays import DeviceArray
from .frames import FrameFormat
from .gop_source import GopSource

_ROOM = "emos_io.gpu"
"""The one room above this one that is used here: it is imported by its name, when a device is asked for."""


class GopCounts(TypedDict):
    """How many GOPs were decoded where; one that several calls read counts each time."""

    device: int
    cpu: int


class DeviceStats(TypedDict):
    """What a device decoded, and what it could not.

    Attributes:
        device: ``"cuda:0"``, ``"dali-cpu"``; None without one.
        gops: GOPs that the device decoded, and GOPs that the CPU decoded in its place.
        fallback: For each reason why the CPU decoded GOPs, in how many files it did; a `Media` is one file.
    """

    device: str | None
    gops: GopCounts
    fallback: dict[str, int]


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
        """Return the frames of answer `index`; indices never decrease.

        Raises:
            DecodeError: A frame is damaged and `on_error` is ``"raise"``. A later answer can still be read.
            TooLarge: The answer would be over 8 GiB.
        """

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

    def refusal(self, format: FrameFormat) -> str | None:
        """Return why the core must read all frames of a format; None where the device decodes.

        It may decode a frame of the file for it, once.
        """

    def gops_of(self, indices: npt.NDArray[np.int64]) -> set[int]:
        """Return the numbers of the GOPs that have these frames; -1 is none."""

    def count_core_read(self, reason: str, gops: int) -> None:
        """Count GOPs that the core read because of a refusal, and log the reason once."""

    def session(
        self,
        slots: Sequence[npt.NDArray[np.int64]],
        format: FrameFormat,
        dimension_order: DimensionOrder,
    ) -> FrameSession:
        """Begin to read answers; each is the indices of its frames in display order, -1 where none is on screen.

        The least index of an answer that has one never decreases. `slots` is asked for answers from the one that is read
        on, and for no more than it needs.
        """

    def upload(self, frames: npt.NDArray[np.uint8], dimension_order: DimensionOrder) -> DeviceArray:
        """Return frames of the CPU, ``[T, H, W, 3]``, on the device in an order of axes."""

    def close(self) -> None:
        """Drop what is kept for the source. Closing twice is fine."""


class _Room(Protocol):
    def check_device(self, device: object) -> str: ...

    def open_frames(self, device: str, source: GopSource) -> FrameBackend: ...


def check_device(device: object) -> str:
    """Return the name of a device that can be used here, with its number: ``"cuda:0"``, ``"dali-cpu"``.

    Raises:
        ImportError: The extra is not installed; the text says how.
        InvalidArgument: There is no such device, or this process was forked from one that used it.

    Cost: looks for packages, for the driver and for its devices. Nothing of DALI is imported.
    """
    return _room().check_device(device)


def open_backend(device: str, source: GopSource) -> FrameBackend:
    """Return the backend of a device for one source.

    Raises:
        ImportError: The extra is not installed.
        InvalidArgument: There is no such device.
    """
    return _room().open_frames(device, source)


def _room() -> _Room:
    return cast("_Room", importlib.import_module(f"{_ROOM}.backend"))
