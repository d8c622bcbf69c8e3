"""The frame on screen: pts[i] <= t < pts[i + 1]; outside is an error or a mark, never a guess."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from emos_io import FrameIndexError, InvalidArgument, InvalidSpan, Media, Span, TimeOutOfRange
from emos_io.spans import exact_seconds
from emos_io.testing import sample_numbers
from oracle.clips import frame_numbers, sample_number

pytestmark = pytest.mark.reference

NTSC = "30000/1001"
MOMENT = Fraction(1, 10**9)


@pytest.fixture(params=["25", NTSC, "24000/1001"])
def clip(request: pytest.FixtureRequest, counting_clip: Callable[..., Path]) -> tuple[Media, Fraction]:
    return Media(counting_clip(fps=request.param)), Fraction(request.param)


def test_a_frame_appears_at_exactly_its_pts(clip: tuple[Media, Fraction]) -> None:
    media, rate = clip
    numbers = [0, 1, 100, 200, 239]
    at = media.frames_played_at([n / rate for n in numbers])
    assert frame_numbers(at.data) == numbers
    assert at.times == tuple(n / rate for n in numbers)
    assert at.durations == (1 / rate,) * len(numbers)


def test_just_before_its_pts_the_one_before_is_on_screen(clip: tuple[Media, Fraction]) -> None:
    media, rate = clip
    assert frame_numbers(media.frames_played_at([n / rate - MOMENT for n in (1, 100, 239)]).data) == [0, 99, 238]


def test_strings_and_fractions_are_exact(clip: tuple[Media, Fraction]) -> None:
    media, rate = clip
    before = 100 / rate - MOMENT
    text = f"{before.numerator}/{before.denominator}"
    assert frame_numbers(media.frames_played_at([text, before]).data) == [99, 99]


def test_a_float_pts_means_its_frame(clip: tuple[Media, Fraction]) -> None:
    media, rate = clip
    numbers = list(range(240))
    assert frame_numbers(media.frames_played_at([float(n / rate) for n in numbers]).data) == numbers


def test_a_float_a_microsecond_before_a_pts_means_the_frame_and_two_before_do_not(
    clip: tuple[Media, Fraction],
) -> None:
    media, rate = clip
    pts = float(100 / rate)
    assert frame_numbers(media.frames_played_at([pts - 0.9e-6, np.float64(pts - 0.9e-6)]).data) == [100, 100]
    assert frame_numbers(media.frames_played_at([pts - 2.1e-6]).data) == [99]


@pytest.mark.parametrize(
    "name",
    ["made/video_late_700ms.mp4", "torture/gr_a_1080p.mp4", "torture/exo_video_desks.3gp", "made/start_at_3600s.mp4"],
)
def test_every_float_pts_of_a_real_file_means_its_frame(name: str, media_path: Callable[[str], Path]) -> None:
    media = Media(media_path(name))
    timeline = media.timeline
    exact = [int(pts) * timeline.time_base for pts in timeline.pts]
    frames = media.frames_played_at([float(time) for time in exact], size=(8, 8))
    assert list(frames.times) == exact


@pytest.mark.parametrize("sequence", [np.ndarray.tolist, np.asarray, torch.from_numpy], ids=["float", "numpy", "torch"])
def test_every_float_pts_means_its_frame_where_media_zero_is_of_another_clock(
    sequence: Callable[[npt.NDArray[np.float64]], Iterable[float]], counting_clip: Callable[..., Path]
) -> None:
    media = Media(counting_clip(fps=NTSC, rate=44_100, seconds=2, video_late="0.7", audio_late="0.1234"))
    timeline = media.timeline
    zero = timeline.pts[0] * timeline.time_base
    assert zero > 0 and (zero * 30_000).denominator > 1
    exact = [int(pts) * timeline.time_base for pts in timeline.pts]
    seconds = list(sequence(timeline.pts_seconds))
    assert any(exact_seconds(each) < pts for each, pts in zip(seconds, exact, strict=True))
    assert list(media.frames_played_at(seconds).times) == exact


@pytest.mark.parametrize("time", [0.0, np.float32(0.25), 0.5766, 3.5])
def test_the_error_of_a_float_states_the_time_that_was_given(time: float, counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps=NTSC, rate=44_100, seconds=2, video_late="0.7", audio_late="0.1234"))
    with pytest.raises(TimeOutOfRange, match=rf"times must be in .* s, got {Fraction(str(time))}; see"):
        media.frames_played_at([time])


def test_order_and_repeats_are_kept(clip: tuple[Media, Fraction]) -> None:
    media, rate = clip
    numbers = [200, 3, 3, 150, 0, 200, 3]
    assert frame_numbers(media.frames_played_at([n / rate for n in numbers]).data) == numbers
    assert frame_numbers(media.frames_by_index(numbers).data) == numbers


def test_nothing_asked_gives_nothing(clip: tuple[Media, Fraction]) -> None:
    media, _ = clip
    assert media.frames_played_at([]).data.shape == (0, 16, 64, 3)
    assert media.frames_by_index([]).data.shape == (0, 16, 64, 3)


def test_the_last_frame_lasts_its_own_duration(clip: tuple[Media, Fraction]) -> None:
    media, rate = clip
    video = media.metadata.video
    assert video is not None and video.end is not None
    last = video.num_frames - 1
    assert video.end == (last + 1) / rate
    assert frame_numbers(media.frames_played_at([video.end - MOMENT]).data) == [last]
    with pytest.raises(TimeOutOfRange, match=r"times must be in"):
        media.frames_played_at([video.end])


@pytest.mark.parametrize("time", [-1, Fraction(-1, 10**6), "-0.5", 1000, "10.5"])
def test_a_time_outside_of_the_track_is_an_error(time: object, counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps="25"))
    with pytest.raises(TimeOutOfRange) as caught:
        media.frames_played_at([1, time])  # type: ignore[list-item]
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("index", [250, 10**9, -251, 2**62])
def test_an_index_outside_of_the_track_is_an_index_error(index: int, counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps="25"))
    with pytest.raises(FrameIndexError) as caught:
        media.frames_by_index([0, index])
    assert isinstance(caught.value, IndexError)


def test_negative_indices_count_from_the_end(counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps="25"))
    assert frame_numbers(media.frames_by_index([0, 17, -1, -250]).data) == [0, 17, 249, 0]


def test_a_span_without_fps_gives_every_frame_on_screen_at_some_moment(clip: tuple[Media, Fraction]) -> None:
    media, rate = clip
    for start, end in [("1", "2"), ("1.01", "1.02"), ("0", "0.0001"), ("3.3333", "7.1")]:
        first = math.floor(Fraction(start) * rate)
        stop = math.ceil(Fraction(end) * rate)
        assert frame_numbers(media.frames_in(Span(start, end)).data) == list(range(first, stop))


def test_spans_are_half_open(counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps="25"))
    assert frame_numbers(media.frames_in(Span(1, 2)).data) == list(range(25, 50))
    assert frame_numbers(media.frames_in(Span(1, Fraction(2) + MOMENT)).data) == list(range(25, 51))
    assert frame_numbers(media.frames_in(Span(1 - MOMENT, 2)).data) == list(range(24, 50))


def test_what_a_span_lacks_is_marked_and_zero(counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps="25"))
    window = media.window(Span(-1, 11), fps=5)
    assert window.video is not None and window.audio is not None
    inside = [0 <= Fraction(k, 5) - 1 < 10 for k in range(60)]
    assert window.video_valid.tolist() == inside
    assert [pts is not None for pts in window.video.times] == inside
    assert frame_numbers(window.video.data[window.video_valid]) == [5 * k for k in range(50)]
    assert not window.video.data[~window.video_valid].any()
    assert not window.damaged.any()
    assert window.audio.first_sample == -48_000 and len(window.audio) == 12 * 48_000
    assert window.audio.valid_ranges == ((48_000, 48_000 + 480_000),)
    assert not window.audio.data[:, ~window.audio_valid].any()
    assert (sample_numbers(window.audio.data[:, window.audio_valid]) == np.arange(480_000)).all()


def test_spans_wholly_outside_are_all_marked(counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps="25"))
    for span in (Span(-5, -4), Span(100, 101)):
        window = media.window(span, fps=2)
        assert window.video is not None and window.audio is not None
        assert not window.video_valid.any() and len(window.video) == 2
        assert not window.audio_valid.any() and len(window.audio) == 48_000
        assert len(media.frames_in(span)) == 0


def test_samples_of_a_span_round_half_up(counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps="25"))
    for start, end in [("1", "2"), ("0.1234567", "0.7654321"), ("5/96000", "7/96000"), ("1/96000", "3/96000")]:
        audio = media.samples_in(Span(start, end))
        first, stop = (math.floor(Fraction(time) * 48_000 + Fraction(1, 2)) for time in (start, end))
        assert (audio.first_sample, len(audio)) == (first, stop - first)
        assert audio.start == Fraction(first, 48_000)
        assert sample_number(audio.data, 0) == first


@pytest.mark.parametrize(("start", "end"), [(1, 1), (2, 1), ("1/3", "1/3")])
def test_spans_that_do_not_end_after_their_start_are_refused(start: object, end: object) -> None:
    with pytest.raises(InvalidSpan):
        Span(start, end)  # type: ignore[arg-type]


@pytest.mark.parametrize("time", [float("nan"), float("inf"), -float("inf"), "nan", "1/0", None, "soon", 2**70])
def test_times_that_are_no_numbers_are_refused(time: object, counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(fps="25"))
    with pytest.raises(InvalidArgument):
        media.frames_played_at([time])  # type: ignore[list-item]
    with pytest.raises(InvalidArgument):
        Span(0, time)  # type: ignore[arg-type]
