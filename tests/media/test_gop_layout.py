"""The layout of a geometry: a frame that is cropped, scaled and cut as it says is the frame that the core gives."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io import InvalidArgument, Media, NoSuchTrack, _core
from emos_io.media.arguments import Fit
from emos_io.media.core_gops import CoreGops
from emos_io.media.frames import FrameFormat
from emos_io.media.gops import FrameLayout, Orientation
from oracle import clips

WIDTH, HEIGHT = 64, 48
Box = tuple[int, int, int, int]
SideName = Literal["width", "height"]


def _layout(path: Path, size: int | tuple[int, int] | None, fit: Fit, roi: Box | None) -> FrameLayout:
    reader = _core.Reader(("path", os.fsencode(path)), name=str(path))
    layout = CoreGops(lambda: reader, str(path)).layout(FrameFormat.checked(size, fit, roi, "THWC", has_out=False))
    assert layout is not None
    return layout


def _applied(frame: npt.NDArray[np.uint8], layout: FrameLayout) -> npt.NDArray[np.uint8]:
    """The answer, where the area keeps its size."""
    left, top, right, bottom = layout.area
    scaled = frame[top:bottom, left:right]
    assert scaled.shape[:2] == layout.scaled
    answer = np.zeros((*layout.output, 3), np.uint8)
    for y in range(layout.output[0]):
        for x in range(layout.output[1]):
            from_y, from_x = y + layout.offset[0], x + layout.offset[1]
            if 0 <= from_y < layout.scaled[0] and 0 <= from_x < layout.scaled[1]:
                answer[y, x] = scaled[from_y, from_x]
    return answer


@pytest.fixture(scope="module")
def noise() -> Path:
    """Noise in RGB, whose pixels are exact."""
    source = f"color=gray:s={WIDTH}x{HEIGHT}:r=5:d=1,format=rgb24,noise=alls=100:all_seed=3"
    return clips.make(["-f", "lavfi", "-i", source, "-c:v", "png", "-pix_fmt", "rgb24"], ".mov")


@given(
    left=st.integers(0, 50),
    top=st.integers(0, 34),
    width=st.integers(1, 14),
    height=st.integers(1, 14),
    fit=st.sampled_from(("pad", "crop")),
    side=st.sampled_from(("width", "height")),
    by=st.integers(0, 12),
)
def test_cropped_and_padded_frames_are_as_the_layout_says(
    noise: Path, left: int, top: int, width: int, height: int, fit: Fit, side: SideName, by: int
) -> None:
    # One side is longer to pad, or shorter to crop; the other one keeps the scale at 1.
    change = by if fit == "pad" else -min(by, (width if side == "width" else height) - 1)
    size = (height + change, width) if side == "height" else (height, width + change)
    box = (left, top, left + width, top + height)
    layout = _layout(noise, size, fit, box)
    assert layout.output == size and layout.scaled == (height, width)
    media = Media(noise)
    native = media.frames_by_index([2]).data[0]
    expected = media.frames_by_index([2], size=size, fit=fit, roi=box).data[0]
    assert (_applied(native, layout) == expected).all()


@pytest.mark.parametrize("size", [None, 24, 48, (48, 64), (10, 90), (90, 10)])
@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
@pytest.mark.parametrize("roi", [None, (10, 4, 51, 48)])
def test_the_output_has_the_shape_of_the_frames(noise: Path, size: int | None, fit: Fit, roi: Box | None) -> None:
    layout = _layout(noise, size, fit, roi)
    assert layout.output == Media(noise).frames_by_index([0], size=size, fit=fit, roi=roi).data.shape[1:3]
    assert layout.area == (roi or (0, 0, WIDTH, HEIGHT))
    if fit == "stretch":
        assert layout.scaled == layout.output and layout.offset == (0, 0)


@pytest.mark.parametrize("size", [(40, 40), (17, 90), (90, 17), (33, 32)])
def test_a_padded_frame_is_black_outside_of_its_scaled_area(size: tuple[int, int]) -> None:
    white = clips.make(["-f", "lavfi", "-i", f"color=white:s={WIDTH}x{HEIGHT}:r=5:d=1", "-c:v", "png"], ".mov")
    layout = _layout(white, size, "pad", None)
    frame = Media(white).frames_by_index([0], size=size, fit="pad").data[0]
    rows, columns = np.indices(size)
    inside = (rows + layout.offset[0] >= 0) & (rows + layout.offset[0] < layout.scaled[0])
    inside &= (columns + layout.offset[1] >= 0) & (columns + layout.offset[1] < layout.scaled[1])
    assert (frame == np.where(inside, 255, 0)[..., None]).all()


def test_a_box_grows_to_the_chroma_grid_as_it_is_displayed(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/rotate_90.mp4")
    layout = _layout(path, None, "stretch", (3, 5, 10, 12))
    assert layout.area == (2, 4, 10, 12)
    displayed = Media(path).metadata.video
    assert displayed is not None
    assert _layout(path, None, "stretch", None).area == (0, 0, displayed.width, displayed.height) == (0, 0, 288, 360)


MEAN_OF_ROUNDING = 2.0
"""Levels: chroma is scaled before or after the frame is oriented. Any other orientation of these frames is over 20 away."""


@pytest.mark.parametrize("name", ["mono16k", "rotate_90", "rotate_180", "rotate_270"])
def test_stored_frames_become_displayed_ones_by_the_orientation(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(f"made/{name}.mp4")
    reader = _core.Reader(("path", os.fsencode(path)), name=str(path))
    orientation = CoreGops(lambda: reader, str(path)).codec_data.orientation
    with av.open(str(path)) as container:
        stored = next(container.decode(video=0)).to_ndarray(format="rgb24")
    frame = stored.transpose(1, 0, 2) if orientation.transpose else stored
    frame = frame[:, ::-1] if orientation.flip_horizontal else frame
    frame = frame[::-1] if orientation.flip_vertical else frame
    displayed = Media(path).frames_by_index([0]).data[0]
    assert frame.shape == displayed.shape
    assert np.abs(frame.astype(int) - displayed).mean() < MEAN_OF_ROUNDING
    assert np.abs(frame[::-1].astype(int) - displayed).mean() > 10 * MEAN_OF_ROUNDING
    assert (orientation == Orientation()) == (name == "mono16k")


def test_boxes_over_time_have_no_layout(noise: Path) -> None:
    reader = _core.Reader(("path", os.fsencode(noise)), name=str(noise))
    gops = CoreGops(lambda: reader, str(noise))
    moving = FrameFormat.checked((8, 8), "stretch", [(0, (0, 0, 9, 9)), (1, (1, 0, 9, 9))], "THWC", has_out=False)
    assert gops.layout(moving) is None


def test_a_geometry_that_does_not_suit_is_the_error_of_the_frames(
    noise: Path, media_path: Callable[[str], Path]
) -> None:
    with pytest.raises(InvalidArgument, match="roi must be inside the frame of 64 x 48") as raised:
        _layout(noise, None, "stretch", (0, 0, 65, 48))
    with pytest.raises(InvalidArgument) as of_frames:
        Media(noise).frames_by_index([0], roi=(0, 0, 65, 48))
    assert str(raised.value) == str(of_frames.value) and raised.value.path == str(noise)
    with pytest.raises(NoSuchTrack):
        _layout(media_path("made/novideo.flac"), None, "stretch", None)
