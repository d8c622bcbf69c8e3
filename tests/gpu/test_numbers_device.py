"""The device gives the frames that the CPU gives: by the numbers that they spell, through each way of reading."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numbered_clips
import pytest
from number_reads import FEW, GRIDS, NUM_RANDOM, reads_of_all
from numbered_clips import CODECS, NUM_FRAMES, Codec, Timing, clips_of

if TYPE_CHECKING:
    from child import Child

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on the path, which makes the clips")

ALL_GRIDS = frozenset({"mkv", "mp4"})
"""Containers whose clips are read by all grids."""
CASES = [(codec, timing) for codec in CODECS for timing in numbered_clips.TIMINGS[codec]]


@pytest.mark.parametrize(("codec", "timing"), CASES)
def test_numbers_are_those_of_the_cpu_and_of_the_clip(codec: Codec, timing: Timing, dali_child: Child) -> None:
    clips = clips_of(codec, timing)
    files = [(str(clip.path), tuple(GRIDS) if clip.container in ALL_GRIDS else FEW) for clip in clips]
    on_device = dali_child.run(reads_of_all, files, "dali-cpu")
    on_cpu = reads_of_all(files, None)
    for clip, device, cpu in zip(clips, on_device, on_cpu, strict=True):
        (first,) = clip.first_numbers
        assert device["numbers"]["every frame"] == list(range(first, NUM_FRAMES)), clip.name
        assert len(device["numbers"]["random frames"]) == NUM_RANDOM, clip.name
        assert device["numbers"] == cpu["numbers"], clip.name
        assert device["valid"] == cpu["valid"], clip.name
        spelled = {name: [number >= 0 for number in numbers] for name, numbers in device["numbers"].items()}
        assert spelled == device["valid"], clip.name
        assert device["fallback"] == {}, clip.name
        assert device["gops"]["cpu"] == 0 < device["gops"]["device"], clip.name
