"""Frames of 8 bits: their colours are in a palette beside the packets, in a header, or in the packets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from reading import Size, streamed

from emos_io import Media
from oracle import clips, ffmpeg_frames, rle_avi
from oracle.ffmpeg_frames import sha256

pytestmark = pytest.mark.reference

SOURCE = "testsrc2=s=98x82:r=10:d=2"
ONE = f"{SOURCE},split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse"
EACH = f"{SOURCE},split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1"
"""A palette for each frame."""


def _coded(graph: str, codec: str, suffix: str) -> Callable[[], Path]:
    words = ["-f", "lavfi", "-i", graph, "-pix_fmt", "pal8", "-c:v", *codec.split()]
    return lambda: clips.make(words, suffix)


def _rle(group: int, every: int) -> Callable[[], Path]:
    random = np.random.default_rng(11)
    palettes = [random.integers(0, 256, (256, 3), dtype=np.uint8) for _ in range(5)]
    return lambda: rle_avi.write(palettes, 40, group=group, every=every)


MADE: dict[str, Callable[[], Path]] = {
    "raw.avi": _coded(ONE, "rawvideo", ".avi"),
    "raw.mov": _coded(ONE, "rawvideo", ".mov"),
    "raw.mkv": _coded(ONE, "rawvideo -allow_raw_vfw 1", ".mkv"),
    "raw.nut": _coded(ONE, "rawvideo", ".nut"),
    "raw_each.avi": _coded(EACH, "rawvideo", ".avi"),
    "raw_each.nut": _coded(EACH, "rawvideo", ".nut"),
    "smc.mov": _coded(ONE, "smc -g 5", ".mov"),
    "png.mov": _coded(EACH, "png", ".mov"),
    "png.avi": _coded(EACH, "png", ".avi"),
    "bmp.avi": _coded(EACH, "bmp", ".avi"),
    "tiff.mov": _coded(EACH, "tiff", ".mov"),
    "targa.mov": _coded(EACH, "targa", ".mov"),
    "zmbv.avi": _coded(EACH, "zmbv -g 5", ".avi"),
    "gif.gif": _coded(EACH, "gif", ".gif"),
    "apng.apng": _coded(ONE, "apng", ".apng"),
    "rle_one.avi": _rle(8, 1000),
    "rle_by_group.avi": _rle(8, 8),
    "rle_within_groups.avi": _rle(8, 3),
    "rle_all_keys.avi": _rle(1, 7),
}
WITHOUT = ("raw.mkv", "bmp.avi")
"""FFmpeg 5.1 writes no palette there, and reads black."""
FRAMES = pytest.mark.parametrize("name", MADE)


@pytest.mark.parametrize("size", [None, (40, 52)], ids=["native", "40x52"])
@FRAMES
def test_colours_equal_ffmpeg_in_any_order(name: str, size: Size | None) -> None:
    path = MADE[name]()
    expected = ffmpeg_frames.hashes(path, size)
    assert (len(set(expected)) > len(expected) // 2) == (name not in WITHOUT)
    media = Media(path)
    assert [each for _, each in streamed(media, size)] == expected
    saved = Media(path, index=media.save_index())
    fresh = Media(path)
    for at in np.random.default_rng(2).permutation(len(expected)):
        for reader in (fresh, saved):
            frames = reader.frames_by_index([int(at)], size=size)
            assert frames.valid.all() and sha256(frames.data[0]) == expected[at]


@FRAMES
def test_sparse_reading_keeps_the_palette(name: str) -> None:
    path = MADE[name]()
    expected = ffmpeg_frames.hashes(path)
    for step in (3, 7):
        frames = Media(path).frames_by_index(range(step - 1, len(expected), step))
        assert [sha256(frame) for frame in frames.data] == expected[step - 1 :: step]


@pytest.mark.parametrize("name", ["raw.mov", "rle_within_groups.avi"])
def test_a_box_of_a_frame_has_its_colours(name: str) -> None:
    path = MADE[name]()
    full = Media(path).frames_by_index([0, 9, 18]).data
    part = Media(path).frames_by_index([0, 9, 18], roi=(5, 3, 26, 20)).data
    assert (part == full[:, 3:20, 5:26]).all()
