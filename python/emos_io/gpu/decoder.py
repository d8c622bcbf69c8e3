"""What decodes GOPs on a device: the seam at which one backend can replace another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..media import CodecData, DeviceArray, DimensionOrder, FrameLayout, GopPackets


@dataclass(frozen=True, slots=True)
class ColorChange:
    """What brings the RGB of a backend that ignores matrix or range to the right one: ``matrix @ rgb + offset``.

    Attributes:
        matrix: Three rows of three factors.
        offset: Levels of 255 for each channel.
    """

    matrix: tuple[tuple[float, float, float], ...]
    offset: tuple[float, float, float]


class DeviceDecoder(Protocol):
    """Decodes GOPs on one device, and holds the sessions of its library. Safe with threads.

    It belongs to the process that made it: in a forked child every call raises an `InvalidArgument`.
    """

    @property
    def device(self) -> str:
        """``"cuda:0"``, or ``"dali-cpu"``."""

    @property
    def codecs(self) -> frozenset[str]:
        """FFmpeg's names of the codecs that it may decode."""

    def frames(
        self,
        packets: GopPackets,
        codec: CodecData,
        count: int,
        wanted: Sequence[int],
        size: FrameLayout,
        color: ColorChange | None = None,
    ) -> DeviceArray:
        """Return frames of a GOP as uint8 ``[len(wanted), H, W, 3]``, upright.

        Args:
            packets: The GOP.
            codec: Of its track.
            count: How many frames a decoder gives for it.
            wanted: Their ranks, ``0 <= rank < count``, in any order, repeats allowed.
            size: How they are cropped and scaled; ``size.output`` is H and W.
            color: How their colours are changed; None for not at all.

        Raises:
            InvalidArgument: A rank is not in [0, count).
            DecodeError: The device did not decode it; the text has its reason.
        """

    def gather(
        self, chunks: Sequence[DeviceArray], order: Sequence[Sequence[int]], dimension_order: DimensionOrder
    ) -> DeviceArray:
        """Return the frames ``chunks[i][k] for k in order[i]``, one after another, in memory of its own."""

    def upload(self, frames: npt.NDArray[np.uint8]) -> DeviceArray:
        """Return frames of the CPU, ``[T, H, W, 3]``, on the device."""

    def download(self, frames: DeviceArray) -> npt.NDArray[np.uint8]:
        """Return a copy of frames of this decoder, in memory of the CPU."""

    def close(self) -> None:
        """Drop the sessions. Closing twice is fine."""
