"""Frames at equal distances, at most so many of a grid, and a last frame that stays: times from ffprobe, frames by index."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emos_io import InvalidArgument, Media, NoSuchTrack, Span, TimeOutOfRange, VideoFrames
from oracle import clips, ffprobe
from oracle.refusals import refusal_of

pytestmark = pytest.mark.reference

SIZE = (8, 8)
VARIABLE = (
    "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3", "-f", "lavfi", "-i", "sine=d=4:r=48000",
    # Frames that stay 1, 2, 3, 4 twenty-fifths; the first one appears after the audio.
    "-vf", "setpts=(floor(N/4)*10+mod(N\\,4)*(mod(N\\,4)+1)/2)/25/TB+0.2/TB",
    "-fps_mode", "passthrough", "-enc_time_base", "1/1000",
    "-c:v", "mpeg4", "-g", "7", "-bf", "2", "-c:a", "pcm_s16le",
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """What ffprobe says of the frames of a file, on the clock of media time."""

    pts: tuple[Fraction, ...]
    end: Fraction

    @classmethod
    def of(cls, path: Path) -> Truth:
        stream = ffprobe.stream_of(path, "video", None)
        zero, tick = ffprobe.media_zero(path), stream.time_base
        packets = ffprobe.packets(path, stream.index)
        pts = tuple(sorted(packet.pts * tick - zero for packet in packets if packet.pts is not None))
        (last,) = (packet for packet in packets if packet.pts is not None and packet.pts * tick - zero == pts[-1])
        assert last.duration
        return cls(pts, pts[-1] + last.duration * tick)

    def on_screen(self, time: Fraction, *, hold_last: bool = False) -> int | None:
        if time < self.pts[0] or (time >= self.end and not hold_last):
            return None
        return bisect_right(self.pts, time) - 1


@pytest.fixture(scope="module", params=["variable", "late", "ntsc"])
def film(request: pytest.FixtureRequest) -> tuple[Media, Truth]:
    match request.param:
        case "variable":
            path = clips.make(VARIABLE, ".mkv")
        case "late":
            path = clips.counting_clip(seconds=4, video_late="0.5")
        case _:
            path = clips.counting_clip(fps="30000/1001", seconds=4)
    return Media(path), Truth.of(path)


def is_read(frames: VideoFrames, media: Media, expected: list[int | None]) -> None:
    """The frames are those of the expected indices, with their times; None is a slot that is not valid."""
    known = [index for index in expected if index is not None]
    assert frames.valid.tolist() == [index is not None for index in expected]
    assert not frames.data[~frames.valid].any() and not frames.damaged.any()
    if known:
        plain = media.frames_by_index(known, size=SIZE)
        assert np.array_equal(frames.data[frames.valid], plain.data)
        assert [time for time in frames.times if time is not None] == list(plain.times)
        assert [time for time in frames.durations if time is not None] == list(plain.durations)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 32, 400])
def test_uniform_frames_are_on_screen_at_the_centres_of_equal_parts(film: tuple[Media, Truth], n: int) -> None:
    media, truth = film
    start, length = truth.pts[0], truth.end - truth.pts[0]
    expected = [truth.on_screen(start + (k + Fraction(1, 2)) * length / n) for k in range(n)]
    assert None not in expected
    frames = media.frames_uniform(n, size=SIZE)
    assert len(frames) == n
    is_read(frames, media, expected)
    if n > len(truth.pts):
        assert len(set(expected)) < n


@pytest.mark.parametrize("span", [Span("0.7", "1.9"), Span(-1, 1), Span(3, 9), Span("7/3", "22/9"), Span(50, 51)])
@pytest.mark.parametrize("hold_last", [False, True])
def test_uniform_frames_of_a_span(film: tuple[Media, Truth], span: Span, hold_last: bool) -> None:
    media, truth = film
    for n in (1, 5, 16):
        times = [span.start + (k + Fraction(1, 2)) * span.duration / n for k in range(n)]
        frames = media.frames_uniform(n, span, size=SIZE, hold_last=hold_last)
        is_read(frames, media, [truth.on_screen(time, hold_last=hold_last) for time in times])


@pytest.mark.parametrize("hold_last", [False, True])
@pytest.mark.parametrize("max_frames", [None, 1, 3, 8, 1000])
def test_a_grid_has_at_most_max_frames_and_begins_at_the_start(
    film: tuple[Media, Truth], max_frames: int | None, hold_last: bool
) -> None:
    media, truth = film
    spans = [Span("0.2", 1), Span("0.3", "5.1"), Span("1/3", "2/3"), Span(2, "61/7")]
    spans.sort(key=lambda span: span.start)
    options: dict[str, Any] = {"fps": "15/2", "max_frames": max_frames, "hold_last": hold_last, "size": SIZE}
    read = [media.frames_in(span, **options) for span in spans]
    windows = list(media.windows_at(spans, **options))
    for span, frames, window in zip(spans, read, windows, strict=True):
        fps, count = Fraction(15, 2), math.ceil(span.duration * Fraction(15, 2))
        if max_frames is not None and count > max_frames:
            fps, count = max_frames / span.duration, max_frames
        expected = [truth.on_screen(span.start + k / fps, hold_last=hold_last) for k in range(count)]
        is_read(frames, media, expected)
        for same in (window.video, media.window(span, **options).video):
            assert same is not None
            is_read(same, media, expected)


@given(
    start=st.fractions(-2, 3, max_denominator=1001),
    length=st.fractions(Fraction(1, 50), 5, max_denominator=1001),
    fps=st.fractions(Fraction(1, 10), 60, max_denominator=1001),
    most=st.integers(1, 40),
)
def test_every_lowered_grid_is_exact(start: Fraction, length: Fraction, fps: Fraction, most: int) -> None:
    path = clips.counting_clip(seconds=2)
    media, truth, span = Media(path, audio=False), Truth.of(path), Span(start, start + length)
    frames = media.frames_in(span, fps=fps, max_frames=most, size=SIZE)
    rate = fps if math.ceil(length * fps) <= most else most / length
    expected = [truth.on_screen(start + k / rate) for k in range(min(most, math.ceil(length * fps)))]
    assert frames.valid.tolist() == [index is not None for index in expected]
    assert [time for time in frames.times if time is not None] == [truth.pts[i] for i in expected if i is not None]


def test_a_last_frame_that_stays_is_one_of_every_frame_of_a_span(film: tuple[Media, Truth]) -> None:
    media, truth = film
    last = len(truth.pts) - 1
    for span, plain, stays in [
        (Span(truth.end, truth.end + 1), [], [last]),
        (Span(truth.end + 5, truth.end + 6), [], [last]),
        (Span(truth.pts[-1], truth.end + 6), [last], [last]),
        (Span(truth.pts[-2], truth.end), [last - 1, last], [last - 1, last]),
        (Span(truth.pts[0] - 1, truth.pts[0]), [], []),
    ]:
        is_read(media.frames_in(span, size=SIZE), media, [*plain])
        is_read(media.frames_in(span, size=SIZE, hold_last=True), media, [*stays])
        window = media.window(span, size=SIZE, hold_last=True)
        assert window.video is not None
        is_read(window.video, media, [*stays])


def test_times_after_the_end_show_a_last_frame_that_stays(film: tuple[Media, Truth]) -> None:
    media, truth = film
    last = len(truth.pts) - 1
    times = [truth.end + 100, truth.pts[3], truth.end, truth.end - Fraction(1, 10**6)]
    is_read(media.frames_played_at(times, size=SIZE, hold_last=True), media, [last, 3, last, last])
    with pytest.raises(TimeOutOfRange):
        media.frames_played_at([truth.end], size=SIZE)
    with pytest.raises(TimeOutOfRange):
        media.frames_played_at([truth.pts[0] - Fraction(1, 1000)], size=SIZE, hold_last=True)


def test_streams_of_windows_hold_the_last_frame_and_lower_the_grid(film: tuple[Media, Truth]) -> None:
    media, truth = film
    last = len(truth.pts) - 1
    stream = list(media.windows(3, 2, fps=4, max_frames=5, hold_last=True, size=SIZE))
    assert len(stream) == 1 + math.ceil((media.metadata.duration - 3) / 2)
    for index, window in enumerate(stream):
        assert window.video is not None and window.span == Span(2 * index, 2 * index + 3)
        times = [window.span.start + Fraction(3 * k, 5) for k in range(5)]
        is_read(window.video, media, [truth.on_screen(time, hold_last=True) for time in times])
    (window,) = media.windows(20, fps=4, max_frames=5, hold_last=True, size=SIZE)
    assert window.video is not None and window.video.times[-1] == truth.pts[last] and truth.end < 16


def test_a_window_may_have_frames_before_those_of_the_window_in_front_of_it() -> None:
    path = clips.counting_clip(seconds=4, video_late="0.5")
    media, truth = Media(path), Truth.of(path)
    # The first time of the first window lies before the track, and its second one after that of the second window.
    spans = [Span(0, 3), Span("0.7", 3)]
    for span, window in zip(spans, media.windows_at(spans, fps=1, size=SIZE), strict=True):
        assert window.video is not None
        is_read(window.video, media, [truth.on_screen(span.start + k) for k in range(math.ceil(span.duration))])


@pytest.mark.parametrize("order", ["THWC", "TCHW"])
def test_memory_of_the_caller_is_filled(film: tuple[Media, Truth], order: Any) -> None:
    media, _ = film
    options: dict[str, Any] = {"size": SIZE, "dimension_order": order}
    shape = (3, *SIZE) if order == "TCHW" else (*SIZE, 3)
    asks: list[Callable[..., VideoFrames]] = [
        lambda **more: media.frames_uniform(6, **options, **more),
        lambda **more: media.frames_uniform(6, Span(2, 9), hold_last=True, **options, **more),
        lambda **more: media.frames_in(Span(1, 3), fps=20, max_frames=6, **options, **more),
    ]
    for ask in asks:
        out = np.full((6, *shape), 77, np.uint8)
        frames = ask(out=out)
        assert frames.data is out and np.array_equal(out, ask().data)
    assert "got uint8[5, " in refusal_of(
        lambda: media.frames_uniform(6, out=np.zeros((5, *shape), np.uint8), **options)
    )


@pytest.mark.parametrize("n", [0, -1, 2**31, True, 1.5, "3", None])
def test_a_number_of_frames_is_an_integer_above_zero(n: Any, counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(seconds=2))
    assert refusal_of(lambda: media.frames_uniform(n)).startswith("n must be an integer from 1 to 2147483647, got ")
    if n is not None:
        text = refusal_of(lambda: media.frames_in(Span(0, 1), fps=1, max_frames=n))
        assert text.startswith("max_frames must be an integer from 1 to 2147483647, got ")


def test_max_frames_alone_and_odd_flags_are_refused(counting_clip: Callable[..., Path]) -> None:
    media: Any = Media(counting_clip(seconds=2))
    asks: list[Callable[..., object]] = [
        lambda **options: media.frames_in(Span(0, 1), **options),
        lambda **options: media.window(Span(0, 1), **options),
        lambda **options: media.windows(1, **options),
        lambda **options: media.windows_at([Span(0, 1)], **options),
    ]
    for ask in asks:
        text = refusal_of(lambda ask=ask: ask(max_frames=8))  # type: ignore[misc]
        assert text == "max_frames must be given with fps, got 8 alone; add fps, or take frames_uniform(8)"
        for value in (None, 1, "yes"):
            text = refusal_of(lambda ask=ask, value=value: ask(hold_last=value))  # type: ignore[misc]
            assert text.startswith("hold_last must be True or False, got ")
    assert "hold_last" in refusal_of(lambda: media.frames_played_at([0], hold_last="no"))
    assert "span must be a Span" in refusal_of(lambda: media.frames_uniform(2, 3))
    assert "span must be a Span" in refusal_of(lambda: media.frames_in(None))


def test_without_video_there_is_nothing_to_sample(counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(seconds=2), video=False)
    for span in (None, Span(0, 1)):
        with pytest.raises(NoSuchTrack):
            media.frames_uniform(2, span)
    with pytest.raises(NoSuchTrack):
        media.frames_uniform(2, out=np.zeros((2, 8, 8, 3), np.uint8))


def test_times_that_do_not_fit_are_refused(counting_clip: Callable[..., Path]) -> None:
    media = Media(counting_clip(seconds=2))
    huge = Span(Fraction(1, 2**62 - 1), Fraction(2**62, 2**61 - 1))
    with pytest.raises(InvalidArgument, match="times must fit"):
        media.frames_in(huge, fps=Fraction(2**62 - 57, 2**61 - 3), max_frames=2)
