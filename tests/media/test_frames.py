"""Every frame of every undamaged file: at random == in sequence == as ffmpeg decodes it, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from reading import Size, frame_bytes, on_screen, random_moments, streamed

from emos_io import Media
from oracle import catalog, ffmpeg_frames, ffprobe
from oracle.ffmpeg_frames import sha256

pytestmark = pytest.mark.reference

HEAVY = (
    "talking/xx_simpl_webrtc_vp9_2.webm",
    "talking/xx_simpl_webrtc_vp9_3.webm",
    "talking/xx_simpl_webrtc_vp9_4.webm",
    "torture/mb_video-h265.mp4",
    "torture/mb_missing-keyframe-labels.ts",
    "made/long_en_grid_360s_concatcopy.mp4",
)
"""Minutes of frames, or very large ones: streamed in full, and scaled, only in long runs; at random in their size always."""


def _streamed() -> list[Any]:
    slow = pytest.mark.slow
    every = [
        pytest.param(name, None, marks=[slow] if name in HEAVY else [], id=f"{name}-native") for name in catalog.FRAMES
    ]
    return every + [pytest.param(name, (224, 224), marks=slow, id=f"{name}-224x224") for name in catalog.FRAMES]


def _at_random() -> list[Any]:
    native = [pytest.param(name, None, id=f"{name}-native") for name in catalog.FRAMES]
    return native + [
        pytest.param(name, (224, 224), marks=[pytest.mark.slow] if name in HEAVY else [], id=f"{name}-224x224")
        for name in catalog.FRAMES
    ]


@pytest.mark.parametrize(("name", "size"), _streamed())
def test_streamed_frames_equal_ffmpeg(name: str, size: Size | None, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path, audio=False)
    expected = ffmpeg_frames.hashes(path, size, index=_index(media))
    timeline = media.timeline
    assert len(timeline) == len(expected)
    displayed = [
        (int(pts) * timeline.time_base, each)
        for pts, length, each in zip(timeline.pts, timeline.duration, expected, strict=True)
        # A frame with the time of the next one is never on screen.
        if length > 0
    ]
    assert streamed(media, size) == displayed


@pytest.mark.parametrize(("name", "size"), _at_random())
def test_random_times_and_indices_equal_ffmpeg(name: str, size: Size | None, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path)
    expected = ffmpeg_frames.hashes(path, size, index=_index(media))
    timeline = media.timeline
    times, indices = random_moments(name, media)
    # 25 frames of 1080p and more are read in several calls.
    at_once = max(1, min(25, 128 * 2**20 // frame_bytes(media, size)))
    for first in range(0, len(times), at_once):
        some = times[first : first + at_once]
        frames = media.frames_played_at(some, size=size)
        displayed = [on_screen(timeline.pts, timeline.time_base, time) for time in some]
        assert [sha256(frame) for frame in frames.data] == [expected[index] for index in displayed]
        assert list(frames.times) == [int(timeline.pts[index]) * timeline.time_base for index in displayed]
        assert list(frames.durations) == [int(timeline.duration[index]) * timeline.time_base for index in displayed]
        assert frames.valid.all() and not frames.damaged.any()
    for first in range(0, len(indices), at_once):
        some_indices = indices[first : first + at_once]
        frames = media.frames_by_index(some_indices, size=size)
        assert [sha256(frame) for frame in frames.data] == [expected[index] for index in some_indices]
        assert frames.valid.all() and not frames.damaged.any()


def _index(media: Media) -> int:
    assert media.metadata.video is not None
    return media.metadata.video.index


@pytest.mark.parametrize("name", catalog.FRAMES)
def test_displayed_size_and_codec_are_those_of_ffprobe(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    video = Media(path).metadata.video
    assert video is not None
    stream = next(s for s in ffprobe.streams(path) if s.index == video.index)
    assert (video.codec, (video.height, video.width), video.rotation) == (
        stream.codec,
        stream.displayed,
        stream.rotation,
    )
    assert video.time_base == stream.time_base
