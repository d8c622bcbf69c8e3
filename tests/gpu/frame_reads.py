"""Frames of a file as the CPU or a device gives them, and how far they are from each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emos_io import Media

Frames = npt.NDArray[np.uint8]


class Distance(NamedTuple):
    """How far frames are from others, in levels of 255: over all pixels and channels."""

    mean: float
    most_pixels: float
    """The 99.9th percentile."""
    largest: int


class DeviceRead(NamedTuple):
    """Frames ``[T, H, W, 3]``, and what was decoded where."""

    frames: Frames
    num_on_device: int
    fallback: dict[str, int]


def read_frames(path: str, device: str | None, indices: Sequence[int], size: tuple[int, int] | None) -> DeviceRead:
    """Read frames by their indices."""
    with Media(path, device=device, audio=False) as media:
        frames = media.frames_by_index(indices, size=size)
        stats = media.stats()
        data = as_array(frames.data).copy()
    return DeviceRead(data, stats["gops"]["device"], dict(stats["fallback"]))


def as_array(data: object) -> Frames:
    """Return frames of the CPU as numpy's, without a copy."""
    array = np.from_dlpack(data)  # type: ignore[arg-type]
    assert array.dtype == np.uint8, array.dtype
    return array.view(np.uint8)


def distance(one: Frames, other: Frames) -> Distance:
    """Return how far two arrays of frames are from each other."""
    assert one.shape == other.shape
    levels = np.abs(one.astype(np.int16) - other)
    return Distance(float(levels.mean()), float(np.percentile(levels, 99.9)), int(levels.max()))


def read_several(
    paths: Sequence[str], device: str | None, indices: Sequence[int], sizes: Sequence[tuple[int, int] | None]
) -> list[DeviceRead]:
    """Read the same frames of files, each of them at several sizes."""
    return [read_frames(path, device, indices, size) for path in paths for size in sizes]
