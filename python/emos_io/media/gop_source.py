"""The core's view of one source for a decoder outside of it: packets of GOPs, and frames of the CPU where it must fall back."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from .frames import FrameFormat
from .gops import CodecData, FrameLayout, GopAmounts, GopPackets


class GopSource(Protocol):
    """What a backend asks of an opened source. Safe with threads."""

    @property
    def name(self) -> str:
        """The path of the source, for errors and the log."""

    @property
    def codec_data(self) -> CodecData:
        """What a decoder must know of the video track."""

    @property
    def amounts(self) -> GopAmounts:
        """How much each GOP has."""

    def gops_of(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the number of the GOP of each frame."""

    def packets(self, gop: int) -> GopPackets:
        """Return the packets of a GOP, read from the source."""

    def layout(self, format: FrameFormat) -> FrameLayout | None:
        """Return how frames are cropped and scaled; None where boxes of the region of interest change over time."""

    def cpu_frames(
        self, indices: npt.NDArray[np.int64], format: FrameFormat
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Return frames as the CPU path gives them: data ``[n, H, W, 3]``, valid and damaged.

        Raises:
            DecodeError: A frame is damaged and `on_error` is ``"raise"``.
        """
