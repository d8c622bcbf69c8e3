"""What results print: shapes, spans and counts, never their data."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from emos_io import Media, Span
from emos_io.media.timing import FrameTimes

MAX_LINE = 400
"""Characters; a repr of pixels or of a list of frames has thousands."""


@pytest.fixture(scope="module")
def path(counting_clip: Callable[..., Path]) -> Path:
    return counting_clip(seconds=2)


def test_results_print_shapes_and_counts(path: Path) -> None:
    media = Media(path)
    frames = "VideoFrames(uint8[4, 8, 8, 3], pts=0 to 6/25 s, valid=2, damaged=0)"
    samples = "AudioSamples(float32[2, 48000], start=-1/2 s, sample_rate=48000, valid=24000, damaged=False)"
    window = media.window(Span("-0.5", "0.5"), fps=4, size=(8, 8))
    assert repr(window.video) == frames
    assert repr(window.audio) == samples
    assert repr(window) == f"Window(Span('-1/2', '1/2'), {frames}, {samples})"
    assert repr(media.frames_played_at([])) == "VideoFrames(uint8[0, 16, 64, 3], pts=none, valid=0, damaged=0)"


def test_times_of_frames_print_counts(path: Path) -> None:
    ticks = Media(path).window(Span("-0.5", "0.5"), fps=4, size=(8, 8)).video
    assert ticks is not None
    assert repr(ticks.timing) == "FrameTicks(4 frames, valid=2, time_base=1/12800 s)"
    times = FrameTimes((Fraction(0), None), (Fraction(1), None), "a.mkv")
    assert repr(times) == "FrameTimes(2 frames, valid=1, path='a.mkv')"


def test_files_and_timelines_print_counts(path: Path) -> None:
    media = Media(path)
    name = repr(str(path))
    assert repr(media.timeline) == "Timeline(50 frames, 2 keyframes, [0, 2) s, time_base=1/12800)"
    assert repr(media.metadata) == (
        f"Metadata({name}, mov,mp4,m4a,3gp,3g2,mj2, duration=2 s, video=qtrle 64 x 16, 50 frames, "
        "audio=pcm_s16le 48000 Hz, 2 channels, tracks=2, warnings=0)"
    )
    stream = media.windows(1, size=(8, 8))
    assert repr(stream) == f"WindowStream(2 of 2 windows to come, next=Span(0, 1), path={name})"
    windows = list(stream)
    assert repr(stream) == f"WindowStream(0 of 2 windows to come, next=None, path={name})"
    assert all(len(repr(each)) < MAX_LINE for each in windows)


def test_media_print_their_options(path: Path) -> None:
    name = repr(str(path))
    media = Media(path)
    assert repr(media) == f"Media({name})"
    media.close()
    assert repr(media) == f"Media({name}, closed)"
    masked = Media(path, audio=False, on_error="mask")
    masked.close()
    assert repr(masked) == f"Media({name}, audio=False, on_error='mask', closed)"
    assert repr(Media(path, audio=False, on_error="mask")) == f"Media({name}, audio=False, on_error='mask')"
