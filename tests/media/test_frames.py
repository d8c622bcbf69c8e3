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
SCALED = (
    "made/gray.mp4",
    "made/hevc10.mp4",
    "made/interlaced_bff_mpeg2_sar8_9.mpg",
    "made/odd_853x481_h264_444.mp4",
    "made/odd_853x481_hevc_444.mp4",
    "made/one_frame.mp4",
    "made/rotate_180.mp4",
    "made/rotate_270.mp4",
    "made/rotate_90.mp4",
    "made/sar_4_3_1440x1080.mp4",
    "made/vp8_vorbis.webm",
    "talking/en_grid_brbk7n_3s.mpg",
    "talking/en_pliers_obama_speech_9s.mp4",
    "torture/exo_dolbyVision-hdr.MOV",
    "torture/exo_roadtrip-vp92-10bit.webm",
    "torture/exo_sample_h262_mpeg_audio.ts",
    "torture/exo_sample_h265.ts",
    "torture/exo_sample_with_increasing_timestamps_320w_240h.mp4",
    "torture/exo_video_desks.3gp",
    "torture/gr_b_mpeg4_mp3.avi",
    "torture/mb_0.ts",
    "torture/mb_av1-aac.avi",
    "torture/mb_vp9-vorbis.avi",
    "torture/tc_av1_video.mkv",
    "torture/tc_bt709_full_range.mp4",
    "torture/tc_h264_10bits.mp4",
    "torture/tc_var_fps_video.mp4",
)
"""Files that are scaled in every run: together they have each codec and each kind of pixels. Others are scaled in long runs."""


def _streamed() -> list[Any]:
    slow = pytest.mark.slow
    every = [
        pytest.param(name, None, marks=[slow] if name in HEAVY else [], id=f"{name}-native") for name in catalog.FRAMES
    ]
    return every + [pytest.param(name, (224, 224), marks=slow, id=f"{name}-224x224") for name in catalog.FRAMES]


def _at_random() -> list[Any]:
    native = [pytest.param(name, None, id=f"{name}-native") for name in catalog.FRAMES]
    return native + [
        pytest.param(name, (224, 224), marks=[] if name in SCALED else [pytest.mark.slow], id=f"{name}-224x224")
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


def _kinds(path: Path) -> set[tuple[str, ...]]:
    """What scaling may depend on: pixels, their range and matrix, how they are turned; and the codec that gives them."""
    video = Media(path).metadata.video
    assert video is not None
    stream = next(each for each in ffprobe.streams(path) if each.index == video.index)
    pixels, values, matrix = (str(stream.raw.get(key)) for key in ("pix_fmt", "color_range", "color_space"))
    return {(pixels, values, matrix, str(stream.rotation)), (stream.codec, pixels), (stream.codec, values)}


def test_scaled_files_have_each_codec_and_each_kind_of_pixels(media_path: Callable[[str], Path]) -> None:
    kinds = {name: _kinds(media_path(name)) for name in catalog.FRAMES if name not in HEAVY}
    assert set(SCALED) <= kinds.keys()
    assert set().union(*(kinds[name] for name in SCALED)) == set().union(*kinds.values())


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
