"""Colours as BT.709 writes them."""

from __future__ import annotations

import numpy as np
import pytest

from emos_io.synthesize.colour import yuv420

# Rec. ITU-R BT.709: black and white of limited range, and the primaries as they are tabulated for 8 bits.
BARS = {
    (255, 255, 255): (235, 128, 128),
    (0, 0, 0): (16, 128, 128),
    (255, 0, 0): (63, 102, 240),
    (0, 255, 0): (173, 42, 26),
    (0, 0, 255): (32, 240, 118),
}


@pytest.mark.parametrize(("rgb", "yuv"), BARS.items())
def test_colour_bars(rgb: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    frame = np.full((4, 6, 3), rgb, np.uint8)
    assert yuv420(frame) == bytes([yuv[0]] * 24 + [yuv[1]] * 6 + [yuv[2]] * 6)


def test_differences_are_of_four_pixels_and_luma_of_each() -> None:
    frame = np.zeros((2, 4, 3), np.uint8)
    frame[:, :2] = 255
    frame[0, 2] = (255, 0, 0)
    luma, blue, red = np.split(np.frombuffer(yuv420(frame), np.uint8), [8, 10])
    assert luma.tolist() == [235, 235, 63, 16, 235, 235, 16, 16]
    # A quarter of red's distance from grey: 128 - 26 / 4 and 128 + 112 / 4.
    assert (blue.tolist(), red.tolist()) == ([128, 122], [128, 156])
