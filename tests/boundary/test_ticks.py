"""Times of frames as ticks, fractions and seconds, and files whose ticks do not fit in 64 bits."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emos_io import Media, Span, TooLarge
from emos_io.media import NOPTS
from emos_io.media.timing import seconds_of
from oracle import boxes

CLOCKS = (2_147_483_647, 2_147_483_629)
"""Two primes: a common unit of both fits in 64 bits, 3 s of it do not."""


@pytest.fixture(scope="module")
def ntsc(counting_clip: Callable[..., Path]) -> Media:
    return Media(counting_clip(fps="30000/1001", seconds=2))


@pytest.fixture(scope="module")
def fine(counting_clip: Callable[..., Path]) -> Media:
    """4 s of video and some audio, on two clocks of prime rates; the audio begins first, and so at media time 0."""
    data = counting_clip(seconds=4, video_late="0.52", audio_late="0.25").read_bytes()
    clocks = [box for box in boxes.walk(data) if box.kind == b"mdhd"]
    for box, rate in zip(clocks, CLOCKS, strict=True):
        data = boxes.set_word(data, box.start + 20, rate)
    return Media(data)


def test_ticks_are_those_of_the_timeline(ntsc: Media) -> None:
    timeline, frames = ntsc.timeline, ntsc.frames_by_index([0, 7, -1], size=(8, 8))
    assert frames.pts.dtype == frames.duration.dtype == np.int64
    assert frames.time_base == timeline.time_base
    assert frames.pts.tolist() == timeline.pts[[0, 7, -1]].tolist()
    assert frames.duration.tolist() == timeline.duration[[0, 7, -1]].tolist()


def test_times_are_exact_and_seconds_rounded_once(ntsc: Media) -> None:
    frames = ntsc.frames_by_index(range(60), size=(8, 8))
    exact = [Fraction(1001 * k, 30000) for k in range(60)]
    assert frames.times == tuple(exact)
    assert set(frames.durations) == {Fraction(1001, 30000)}
    assert frames.pts_seconds.tolist() == ntsc.timeline.pts_seconds.tolist() == [float(time) for time in exact]
    assert frames.duration_seconds.tolist() == [1001 / 30000] * 60


def test_frames_that_are_not_there_have_no_times(ntsc: Media) -> None:
    frames = ntsc.frames_in(Span(-1, 1), fps=2, size=(8, 8))
    assert frames.valid.tolist() == [False, False, True, True]
    assert (frames.pts[:2] == NOPTS).all() and (frames.duration[:2] == NOPTS).all()
    assert frames.times[:2] == frames.durations[:2] == (None, None)
    assert np.isnan(frames.pts_seconds[:2]).all() and np.isnan(frames.duration_seconds[:2]).all()
    assert not np.isnan(frames.pts_seconds[2:]).any()


def test_frames_pickle(ntsc: Media) -> None:
    frames = ntsc.frames_in(Span(-1, 1), fps=2, size=(8, 8))
    again = pickle.loads(pickle.dumps(frames))
    assert (again.data == frames.data).all() and (again.pts == frames.pts).all()
    assert (again.times, again.durations, again.time_base) == (frames.times, frames.durations, frames.time_base)
    assert again.valid.tolist() == frames.valid.tolist()


@pytest.mark.parametrize(
    "unit", [Fraction(1, 90_000), Fraction(1001, 30_000), Fraction(1, 2**60 - 1), Fraction(2**40 + 1, 3)], ids=str
)
@pytest.mark.parametrize("ticks", [[], [0, 1, NOPTS, -5], [2**52 + 1, NOPTS], [2**62 + 1, -(2**62) - 1]], ids=len)
def test_seconds_are_the_nearest_floats(ticks: list[int], unit: Fraction) -> None:
    found = seconds_of(np.array(ticks, dtype=np.int64), unit).tolist()
    assert len(found) == len(ticks)
    for tick, seconds in zip(ticks, found, strict=True):
        assert math.isnan(seconds) if tick == NOPTS else seconds == float(tick * unit)


def test_ticks_that_do_not_fit_are_refused_and_times_stay_exact(fine: Media) -> None:
    assert fine.metadata.video is not None and fine.metadata.audio is not None
    assert (fine.metadata.video.time_base, fine.metadata.audio.time_base) == tuple(Fraction(1, rate) for rate in CLOCKS)
    # The video begins 0.27 s after the audio; each clock rounds its own beginning to a tick.
    rounding = sum(Fraction(1, rate) for rate in CLOCKS)
    frames = fine.frames_by_index([0, 1, -1], size=(8, 8))
    assert frames.times[0] == fine.metadata.video.start
    assert frames.times[0] is not None and abs(frames.times[0] - Fraction("0.27")) <= rounding
    step, last = frames.durations[0], frames.times[-1]
    assert step is not None and last is not None
    assert frames.times[1] == frames.times[0] + step
    assert last * CLOCKS[0] * CLOCKS[1] > 2**63
    assert frames.pts_seconds[-1] == float(last)
    again = pickle.loads(pickle.dumps(frames))
    for each in (lambda: frames.pts, lambda: frames.duration, lambda: frames.time_base, lambda: again.pts):
        with pytest.raises(TooLarge, match="must fit in 64 bits; use times and durations") as caught:
            each()
        assert caught.value.path == fine.metadata.path
        assert str(caught.value).endswith(f'"{fine.metadata.path}"')
    with pytest.raises(TooLarge, match="must fit in 64 bits") as refused:
        _ = fine.timeline
    assert refused.value.path == fine.metadata.path


def test_early_frames_of_such_a_file_have_ticks(fine: Media) -> None:
    frames = fine.frames_in(Span(0, 1), size=(8, 8))
    assert frames.time_base == Fraction(1, CLOCKS[0] * CLOCKS[1])
    assert [int(pts) * frames.time_base for pts in frames.pts] == list(frames.times)
