"""Numbered clips are what they are said to be, by ffmpeg and by arithmetic, before any device reads them."""

from __future__ import annotations

import shutil
import subprocess
from bisect import bisect_right
from fractions import Fraction
from math import ceil

import numbered_clips
import numpy as np
import pytest
from number_reads import GRIDS
from numbered_clips import (
    CODECS,
    KEEPS_START,
    LATE,
    MUST_BE_THERE,
    NUM_FRAMES,
    Codec,
    NumberedClip,
    Timing,
    clips_of,
    spelled,
)

from emos_io import Media
from oracle import command

pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on the path, which makes the clips")

CASES = [(codec, timing) for codec in CODECS for timing in numbered_clips.TIMINGS[codec]]
OPUS_DELAY = Fraction(8, 1000)
"""Opus in Matroska begins before 0, by its delay, so that the video comes later on the clock of the media by that much."""


@pytest.mark.parametrize("codec", CODECS)
def test_containers_are_those_that_ffmpeg_writes_and_reads(codec: Codec) -> None:
    found, refused = numbered_clips.containers(codec)
    print(f"{codec}: {', '.join(found)}")
    for container, why in refused.items():
        print(f"  {container}: {why}")
    assert set(found) >= MUST_BE_THERE[codec]
    assert {*found, *refused} == set(numbered_clips.CONTAINERS)


def test_blocks_that_spell_nothing_are_seen() -> None:
    frames = np.zeros((4, 48, 64, 3), np.uint8)
    frames[1] = 255
    frames[2, 32:, :16], frames[2, 32:, 48:] = 255, 255
    frames[3, :16, :16] = 255
    assert spelled(frames) == [-1, -1, 0, -1]


@pytest.mark.parametrize(("codec", "timing"), CASES)
def test_frames_spell_their_numbers_in_order(codec: Codec, timing: Timing) -> None:
    for clip in clips_of(codec, timing):
        with Media(clip.path) as media:
            video = media.metadata.video
            assert video is not None, clip.name
            numbers = spelled(media.frames_by_index(range(video.num_frames)).data)
            line = media.timeline
        assert numbers == list(range(numbers[0], NUM_FRAMES)), clip.name
        assert numbers[0] in clip.first_numbers, clip.name
        if clip.keeps_times:
            times = [(int(pts) - int(line.pts[0])) * line.time_base for pts in line.pts]
            assert times == [start - clip.starts[numbers[0]] for start in clip.starts[numbers[0] :]], clip.name


@pytest.mark.parametrize("codec", ["vp9", "vp8"])
def test_hidden_frames_are_there(codec: Codec) -> None:
    split = ["-bsf:v", "vp9_superframe_split"] if codec == "vp9" else []
    for timing, has_hidden in (("hidden", True), ("constant", False)):
        path = numbered_clips.encoded(codec, timing)
        lines = command.run("ffmpeg", "-v", "error", "-i", path, "-c", "copy", *split, "-f", "framecrc", "-").decode()
        packets = [line for line in lines.splitlines() if not line.startswith("#")]
        assert (len(packets) > NUM_FRAMES) == has_hidden, (timing, len(packets))


@pytest.mark.parametrize("codec", CODECS)
def test_late_clips_are_late(codec: Codec) -> None:
    for clip in clips_of(codec, "late"):
        if clip.container in KEEPS_START:
            entries = ["-select_streams", "v:0", "-show_entries", "stream=start_time", "-of", "csv=p=0"]
            printed = subprocess.run(["ffprobe", "-v", "error", *entries, clip.path], capture_output=True, check=True)
            start = Fraction(printed.stdout.decode().strip())
            assert 0 <= start - LATE <= OPUS_DELAY, clip.name


@pytest.mark.parametrize(("codec", "timing"), CASES)
def test_windows_have_the_numbers_that_arithmetic_says(codec: Codec, timing: Timing) -> None:
    clip = next(each for each in clips_of(codec, timing) if each.container in {"mp4", "mkv"})
    with Media(clip.path) as media:
        for name, (length, hop, fps) in GRIDS.items():
            if fps is not None:
                windows = media.windows(length, hop, fps=fps)
                frames = [window.video for window in windows]
                found = [number for each in frames if each is not None for number in spelled(each.data)]
                assert found == arithmetic(media, clip, Fraction(length), Fraction(hop), fps), (clip.name, name)


def arithmetic(media: Media, clip: NumberedClip, length: Fraction, hop: Fraction, fps: int) -> list[int]:
    """Return the numbers of all windows; -1 where no frame is on screen."""
    video = media.metadata.video
    assert video is not None and video.start is not None and video.end is not None, clip.name
    (first,) = clip.first_numbers
    starts = [video.start + start - clip.starts[first] for start in clip.starts[first:]]
    assert abs(video.start - (LATE if clip.timing == "late" else 0)) <= OPUS_DELAY, clip.name
    windows = max(1, ceil((media.metadata.duration - length) / hop) + 1)
    times = [index * hop + Fraction(k, fps) for index in range(windows) for k in range(ceil(length * fps))]
    return [first + bisect_right(starts, time) - 1 if video.start <= time < video.end else -1 for time in times]
