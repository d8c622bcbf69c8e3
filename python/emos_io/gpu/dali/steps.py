"""Which steps a GOP's frames need after decoding, and their numbers in DALI's terms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ...media import CodecData, FrameLayout, Orientation
from ..decoder import ColorChange
from .pipelines import Decode

Inputs = Mapping[str, list[npt.NDArray[np.generic]]]
"""The inputs of a pipeline by name: batches of one."""


def stored_area(
    area: tuple[int, int, int, int], stored: tuple[int, int], orientation: Orientation
) -> tuple[int, int, int, int]:
    """Return where an area of displayed pixels lies in stored ones.

    Args:
        area: (left, top, right, bottom) of the displayed frame.
        stored: (height, width) of stored frames.
        orientation: How stored frames become displayed ones.

    >>> stored_area((0, 0, 10, 20), (100, 200), Orientation(transpose=True, flip_horizontal=True))
    (0, 90, 20, 100)
    """
    left, top, right, bottom = area
    height, width = reversed(stored) if orientation.transpose else stored
    if orientation.flip_horizontal:
        left, right = width - right, width - left
    if orientation.flip_vertical:
        top, bottom = height - bottom, height - top
    return (top, left, bottom, right) if orientation.transpose else (left, top, right, bottom)


def decoding(codec: CodecData, layout: FrameLayout, color: ColorChange | None) -> tuple[Decode, Inputs]:
    """Return the pipeline that a track and a layout need, without the steps that would change nothing, and its inputs.

    Frames are scaled as they are stored, in the first steps, so that the others have fewer pixels; black beside the output is
    put there last, so that colours of it do not change.
    """
    orientation, stored = codec.orientation, (codec.height, codec.width)
    left, top, right, bottom = stored_area(layout.area, stored, orientation)
    area = (bottom - top, right - left)
    scaled = layout.scaled[::-1] if orientation.transpose else layout.scaled
    recipe = Decode(
        crops=area != stored,
        scales=scaled != area,
        changes_color=color is not None,
        transposes=orientation.transpose,
        flips=orientation.flip_horizontal or orientation.flip_vertical,
        cuts=layout.offset != (0, 0) or layout.output != layout.scaled,
    )
    inputs: dict[str, list[npt.NDArray[np.generic]]] = {}
    if recipe.crops:
        inputs |= {"area_corner": _integers((top, left)), "area_box": _integers(area)}
    if recipe.scales:
        inputs["scaled"] = _floats(scaled)
    if color is not None:
        inputs |= {"matrix": _floats(color.matrix), "offset": _floats(color.offset)}
    if recipe.flips:
        inputs["horizontal"] = _integers(orientation.flip_horizontal)
        inputs["vertical"] = _integers(orientation.flip_vertical)
    if recipe.cuts:
        inputs |= {"corner": _integers(layout.offset), "box": _integers(layout.output)}
    return recipe, inputs


def _floats(values: object) -> list[npt.NDArray[np.generic]]:
    return [np.array(values, np.float32)]


def _integers(values: object) -> list[npt.NDArray[np.generic]]:
    return [np.array(values, np.int32)]
