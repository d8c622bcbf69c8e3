"""Times of frames as ticks, fractions and seconds, and files whose ticks do not fit in 64 bits."""

from __future__ import annotations

import itertools
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
from oracle import boxes, clips, ffprobe

CLOCKS = (2_147_483_647, 2_147_483_629)
"""Two primes: a common unit of both fits in 64 bits, 3 s of it do not."""


@pytest.fixture(scope="module")
def ntsc(counting_clip: Callable[..., Path]) -> Media:
    return Media(counting_clip(fps="30000/1001", seconds=2))


@pytest.fixture(scope="module")
def fine(counting_clip: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s of video and some audio, on two clocks of prime rates; the audio begins first, and so at media time 0."""
    words = ["-itsoffset", "0.52", "-f", "lavfi", "-i", "testsrc=s=64x16:r=25:d=4"]
    words += ["-itsoffset", "0.25", "-f", "lavfi", "-i", "sine=r=48000:d=1", "-map", "0:v", "-map", "1:a"]
    words += ["-fps_mode", "passthrough", "-c:v", "qtrle", "-g", "25", "-c:a", "pcm_s16le"]
    data = clips.make([*words, "-video_track_timescale", str(CLOCKS[0])], ".mov").read_bytes()
    path = tmp_path_factory.mktemp("fine") / "fine.mov"
    path.write_bytes(boxes.set_word(data, boxes.find(data, b"mdhd", 1).start + 20, CLOCKS[1]))
    return path


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


def test_ticks_that_do_not_fit_are_refused_and_times_stay_exact(fine: Path) -> None:
    media = Media(fine)
    video = media.metadata.video
    assert video is not None and video.time_base == Fraction(1, CLOCKS[0])
    frames = media.frames_by_index(range(video.num_frames), size=(8, 8))
    zero = ffprobe.media_zero(fine)
    assert zero.denominator == CLOCKS[1]
    expected = [(frame.pts or 0) * video.time_base - zero for frame in ffprobe.frames(fine, video.index)]
    assert frames.times == tuple(expected)
    assert expected[-1] * CLOCKS[0] * CLOCKS[1] > 2**63
    assert frames.pts_seconds.tolist() == [float(time) for time in expected]
    assert frames.durations[:-1] == tuple(after - before for before, after in itertools.pairwise(expected))
    assert repr(frames).startswith(
        f"VideoFrames(uint8[{video.num_frames}, 8, 8, 3], pts={expected[0]} to {expected[-1]} s, "
    )
    again = pickle.loads(pickle.dumps(frames))
    for each in (lambda: frames.pts, lambda: frames.duration, lambda: frames.time_base, lambda: again.pts):
        with pytest.raises(TooLarge, match="must fit in 64 bits; use times and durations") as caught:
            each()
        assert caught.value.path == str(fine)
        assert str(caught.value).endswith(f': "{fine}"')
    with pytest.raises(TooLarge, match="must fit in 64 bits") as refused:
        _ = media.timeline
    assert refused.value.path == str(fine)


def test_early_frames_of_such_a_file_have_ticks(fine: Path) -> None:
    frames = Media(fine).frames_in(Span(0, 1), size=(8, 8))
    assert frames.time_base == Fraction(1, CLOCKS[0] * CLOCKS[1])
    assert [int(pts) * frames.time_base for pts in frames.pts] == list(frames.times)
