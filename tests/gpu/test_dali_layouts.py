"""Crop, scale, cut and orientation on DALI's CPU backend, against numpy, or Pillow where pixels are interpolated."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest
from gops_help import HEIGHT, WIDTH, Array, Gop, clip_444, decoded, pyav_frames, read_gop
from PIL import Image

from emos_io.gpu.dali.steps import stored_area
from emos_io.gpu.decoder import ColorChange
from emos_io.media import FrameLayout, Orientation

if TYPE_CHECKING:
    from child import Child

ORIENTATIONS = [Orientation(*flags) for flags in itertools.product((False, True), repeat=3)]
WANTED = [2, 17]
MAX_SCALED = 0.51
"""Half a level of rounding to 8 bits, and what single precision adds."""
MAX_OF_PILLOW = 1
"""Pillow rounds to 8 bits between the two axes too. At the edges it leaves out what lies outside, instead of repeating it."""
MAX_MIRRORED = 1
"""Sums of the same terms in another order, rounded."""


def upright(frames: Array, orientation: Orientation) -> Array:
    """Frames of a file as they are displayed, by the definition of `Orientation`."""
    if orientation.transpose:
        frames = frames.transpose(0, 2, 1, 3)
    if orientation.flip_horizontal:
        frames = frames[:, :, ::-1]
    return frames[:, ::-1] if orientation.flip_vertical else frames


def displayed(orientation: Orientation) -> tuple[Gop, Array]:
    return read_gop(clip_444(), orientation), upright(pyav_frames(clip_444())[WANTED], orientation)


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_an_area_cut_and_padded_is_that_of_numpy(dali_child: Child, orientation: Orientation) -> None:
    gop, frames = displayed(orientation)
    height, width = frames.shape[1:3]
    full = (0, 0, width, height)
    same = dali_child.run(decoded, gop, WANTED, FrameLayout(full, (height, width), (0, 0), (height, width)))
    np.testing.assert_array_equal(same, frames)

    area = (6, 10, 46, 58)
    part = frames[:, 10:58, 6:46]
    cropped = dali_child.run(decoded, gop, WANTED, FrameLayout(area, (48, 40), (0, 0), (48, 40)))
    np.testing.assert_array_equal(cropped, part)

    # 5 black rows above and 7 below; columns 3 to 33.
    expected = np.zeros((len(WANTED), 60, 30, 3), np.uint8)
    expected[:, 5:53] = part[:, :, 3:33]
    cut = dali_child.run(decoded, gop, WANTED, FrameLayout(area, (48, 40), (-5, 3), (60, 30)))
    np.testing.assert_array_equal(cut, expected)


def test_black_beside_the_output_stays_black_where_colors_change(dali_child: Child) -> None:
    gop, frames = displayed(Orientation())
    brighter = ColorChange(((1, 0, 0), (0, 1, 0), (0, 0, 1)), (40, 40, 40))
    layout = FrameLayout((0, 0, WIDTH, HEIGHT), (HEIGHT, WIDTH), (-8, 0), (HEIGHT + 8, WIDTH))
    changed = dali_child.run(decoded, gop, WANTED, layout, brighter)
    assert not changed[:, :8].any()
    np.testing.assert_array_equal(changed[:, 8:], np.minimum(frames.astype(np.int64) + 40, 255))


@pytest.mark.parametrize("scaled", [(40, 30), (24, 61), (100, 96), (63, 131), (48, 40)], ids=str)
@pytest.mark.parametrize("orientation", [ORIENTATIONS[0], ORIENTATIONS[5], ORIENTATIONS[6]], ids=str)
@pytest.mark.parametrize("area", [None, (6, 10, 46, 58)], ids=["all", "area"])
def test_scaled_frames_are_those_of_a_triangle_filter(
    dali_child: Child, area: tuple[int, int, int, int] | None, orientation: Orientation, scaled: tuple[int, int]
) -> None:
    gop, frames = displayed(orientation)
    left, top, right, bottom = area or (0, 0, frames.shape[2], frames.shape[1])
    layout = FrameLayout((left, top, right, bottom), scaled, (0, 0), scaled)
    rows, columns = triangles(bottom - top, scaled[0]), triangles(right - left, scaled[1])
    exact = np.einsum("ih,thwc,jw->tijc", rows, frames[:, top:bottom, left:right], columns, optimize=True)
    assert np.abs(dali_child.run(decoded, gop, WANTED, layout) - exact).max() <= MAX_SCALED


@pytest.mark.reference
def test_scaled_frames_are_those_of_pillow_inside_of_the_edges(dali_child: Child) -> None:
    gop, frames = displayed(Orientation())
    scaled = (32, 48)
    ours = dali_child.run(decoded, gop, WANTED, FrameLayout((0, 0, WIDTH, HEIGHT), scaled, (0, 0), scaled))
    images = [Image.fromarray(frame).resize(scaled[::-1], Image.Resampling.BILINEAR) for frame in frames]
    difference = ours.astype(np.int64) - np.stack([np.asarray(image) for image in images])
    assert np.abs(difference[:, 1:-1, 1:-1]).max() <= MAX_OF_PILLOW


def triangles(length: int, scaled: int) -> npt.NDArray[np.float64]:
    """Weights ``[scaled, length]`` of a linear filter as wide as two pixels of the longer side; edges are repeated."""
    factor = length / scaled
    radius = max(factor, 1.0)
    margin = int(radius) + 1
    centers = (np.arange(scaled) + 0.5) * factor
    pixels = np.arange(-margin, length + margin) + 0.5
    weights = np.maximum(0, 1 - np.abs(pixels - centers[:, None]) / radius)
    weights[:, margin] += weights[:, :margin].sum(1)
    weights[:, -margin - 1] += weights[:, -margin:].sum(1)
    kept = weights[:, margin:-margin]
    return np.asarray(kept / kept.sum(1, keepdims=True))


@pytest.mark.parametrize("orientation", ORIENTATIONS[1:], ids=str)
def test_an_area_scales_alike_in_each_orientation(dali_child: Child, orientation: Orientation) -> None:
    upright_gop = read_gop(clip_444())
    first = dali_child.run(decoded, upright_gop, WANTED, FrameLayout((11, 7, 80, 50), (30, 50), (0, 0), (30, 50)))
    gop, frames = displayed(orientation)
    left, top, right, bottom = area_of(orientation, (11, 7, 80, 50))
    scaled = (50, 30) if orientation.transpose else (30, 50)
    np.testing.assert_array_equal(
        upright(pyav_frames(clip_444())[WANTED][:, 7:50, 11:80], orientation), frames[:, top:bottom, left:right]
    )
    layout = FrameLayout((left, top, right, bottom), scaled, (0, 0), scaled)
    other = dali_child.run(decoded, gop, WANTED, layout)
    assert np.abs(other.astype(np.int64) - upright(first, orientation)).max() <= MAX_MIRRORED


def area_of(orientation: Orientation, area: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Where an area of stored pixels is displayed: found by an image that is white there."""
    image = np.zeros((1, HEIGHT, WIDTH, 3), np.uint8)
    image[:, area[1] : area[3], area[0] : area[2]] = 255
    rows, columns = np.nonzero(upright(image, orientation)[0, :, :, 0])
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_an_area_is_found_in_stored_pixels(orientation: Orientation) -> None:
    area = (3, 5, 20, 40)
    assert stored_area(area_of(orientation, area), (HEIGHT, WIDTH), orientation) == area
