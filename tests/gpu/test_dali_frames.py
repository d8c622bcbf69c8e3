"""Frames of a GOP by DALI's CPU backend: the ranks that are wanted, bit for bit where no chroma is interpolated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from gops_help import COUNT, SAME, clip_444, decoded, pyav_frames, read_gop

from emos_io.gpu.decoder import ColorChange

if TYPE_CHECKING:
    from child import Child

MAX_ROUNDING = 1
"""DALI rounds halves of a level to another side than numpy does."""


@pytest.mark.reference
@pytest.mark.parametrize(
    "wanted",
    [
        list(range(COUNT)),
        [0],
        [COUNT - 1],
        [3, 7, 19],
        [19, 3, 7],
        [5, 5, 5],
        [8, 2, 8, 2, 0],
    ],
    ids=str,
)
def test_frames_are_those_of_pyav_bit_for_bit(dali_child: Child, wanted: list[int]) -> None:
    expected = pyav_frames(clip_444())
    assert len(expected) == COUNT
    assert len({frame.tobytes() for frame in expected}) == COUNT, "frames must differ, or numbers could be wrong unseen"
    np.testing.assert_array_equal(dali_child.run(decoded, read_gop(clip_444()), wanted), expected[wanted])


def test_no_rank_gives_no_frames(dali_child: Child) -> None:
    assert dali_child.run(decoded, read_gop(clip_444()), []).shape == (0, *SAME.output, 3)


@pytest.mark.parametrize(
    ("matrix", "offset"),
    [
        (((1, 0, 0), (0, 1, 0), (0, 0, 1)), (0, 0, 0)),
        (((1.164, 0, 0), (0, 1.164, 0), (0, 0, 1.164)), (-18.6, -18.6, -18.6)),
        (((1.1, 0.1, -0.1), (0, 1.2, 0.05), (0.2, 0, 0.9)), (-20, 5.25, 30)),
    ],
)
def test_colors_change_as_numpy_changes_them(
    dali_child: Child, matrix: tuple[tuple[float, float, float], ...], offset: tuple[float, float, float]
) -> None:
    wanted = [4, 11]
    changed = dali_child.run(decoded, read_gop(clip_444()), wanted, SAME, ColorChange(matrix, offset))
    exact = pyav_frames(clip_444())[wanted] @ np.array(matrix).T + np.array(offset)
    difference = np.abs(changed - np.clip(exact, 0, 255))
    assert difference.max() <= MAX_ROUNDING
