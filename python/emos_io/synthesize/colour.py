"""RGB as BT.709 in limited range, the colours of all media that are made here."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_RED, _GREEN, _BLUE = 0.2126, 0.7152, 0.0722
"""Rec. ITU-R BT.709, item 3.2: the share of each colour in luma."""


def yuv(rgb: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """Return luma, blue and red difference ``[..., 3]`` of colours ``[..., 3]`` from 0 to 255, not rounded."""
    red, green, blue = np.moveaxis(rgb / 255, -1, 0)
    luma = _RED * red + _GREEN * green + _BLUE * blue
    return np.stack(
        [16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748],
        axis=-1,
    )


def yuv420(frame: npt.NDArray[np.uint8]) -> bytes:
    """Return a frame uint8 ``[H, W, 3]`` as planes of YUV 4:2:0; height and width are even.

    The differences of four pixels are averaged.
    """
    planes = np.moveaxis(yuv(frame), -1, 0)
    luma, fine = planes[0], planes[1:]
    differences = (fine[:, ::2, ::2] + fine[:, 1::2, ::2] + fine[:, ::2, 1::2] + fine[:, 1::2, 1::2]) / 4
    return b"".join(np.rint(each).astype(np.uint8).tobytes() for each in (luma, differences))
