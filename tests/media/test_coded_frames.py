"""Every codec, pixel format, group structure and container: the same frames as ffmpeg, in any order."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from reading import Size, on_screen, random_moments, streamed

from emos_io import Media
from oracle import ffmpeg_frames, ffprobe
from oracle.coded_frames import FRAMES, CodedFrames
from oracle.ffmpeg_frames import sha256

pytestmark = pytest.mark.reference

CODED = pytest.mark.parametrize("coded", FRAMES, ids=lambda coded: coded.name)


@pytest.mark.parametrize("size", [None, (56, 64)], ids=["native", "56x64"])
@CODED
def test_random_and_streamed_frames_equal_ffmpeg(coded: CodedFrames, size: Size | None) -> None:
    path = coded.make()
    media = Media(path)
    video = media.metadata.video
    assert video is not None
    expected = ffmpeg_frames.hashes(path, size)
    assert video.num_frames == len(expected) == len(media.timeline)
    assert [each for _, each in streamed(media, size)] == expected
    fresh, timeline = Media(path), media.timeline
    times, indices = random_moments(coded.name, fresh)
    frames = fresh.frames_by_index(indices, size=size)
    assert [sha256(frame) for frame in frames.data] == [expected[index] for index in indices]
    frames = fresh.frames_played_at(times, size=size)
    on_screen_at = [on_screen(timeline.pts, timeline.time_base, time) for time in times]
    assert [sha256(frame) for frame in frames.data] == [expected[index] for index in on_screen_at]
    # One at a time, each from a state of its own, backward from the end.
    for index in (-1, 0, len(expected) // 2, len(expected) // 2 - 1, -2):
        (one,) = fresh.frames_by_index([index], size=size).data
        assert sha256(one) == expected[index]


@CODED
def test_any_number_of_threads_gives_the_same(coded: CodedFrames) -> None:
    path = coded.make()
    count = len(ffmpeg_frames.hashes(path))
    wanted = random.Random(coded.name).choices(range(count), k=40)
    answers = [
        Media(path, num_threads=num_threads).frames_by_index(wanted, size=(32, 32)).data for num_threads in (1, 2, 8)
    ]
    assert (answers[0] == answers[1]).all() and (answers[0] == answers[2]).all()


@CODED
def test_skipping_unreferenced_frames_changes_nothing(coded: CodedFrames) -> None:
    """Sparse requests skip what they can; dense ones decode all."""
    path = coded.make()
    expected = ffmpeg_frames.hashes(path, (32, 32))
    media = Media(path)
    for step in (2, 3, 7, 25):
        wanted = range(step - 1, len(expected), step)
        frames = media.frames_by_index(wanted, size=(32, 32))
        assert [sha256(frame) for frame in frames.data] == [expected[index] for index in wanted]


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts", "flv", "mov", "frag.mp4"])
def test_the_same_film_in_another_container_has_the_same_frames(
    container: str, media_path: Callable[[str], Path]
) -> None:
    name = "made/frag.mp4" if container == "frag.mp4" else f"made/remux.{container}"
    if container == "mp4":
        name = "made/mkv_named.mp4"
    base = ffmpeg_frames.hashes(media_path("made/base_en_grid_30s.mp4"), (64, 64))
    frames = Media(media_path(name)).frames_by_index(range(0, 750, 11), size=(64, 64))
    assert [sha256(frame) for frame in frames.data] == base[::11]


def test_a_cut_that_begins_in_mid_group_gives_what_can_be_decoded(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/open_gop_cut_leading_b.ts")
    video = Media(path).metadata.video
    assert video is not None
    assert len(ffprobe.packets(path, video.index)) == 279
    assert video.num_frames == len(ffmpeg_frames.hashes(path)) == 277


def test_discarded_frames_of_an_edit_list_are_left_out(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/cut_copy_3p7s_editlist.mp4")
    media = Media(path)
    assert media.metadata.video is not None
    packets = ffprobe.packets(path, media.metadata.video.index)
    discarded = sum(packet.discard for packet in packets)
    assert discarded > 0
    assert len(media.timeline) == len(packets) - discarded == len(ffmpeg_frames.hashes(path))
    assert media.timeline.pts[0] == 0


@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001"])
def test_an_hour_of_fractional_rate_does_not_drift(rate: str) -> None:
    """Index to time and back, in rationals and through floats, for every frame of an hour."""
    seconds = 3600
    coded = CodedFrames(f"hour_{rate}", "-c:v libx264 -preset ultrafast -g 600", ".mp4", "16x16", rate, seconds)
    media, fps = Media(coded.make()), Fraction(rate)
    timeline = media.timeline
    assert len(timeline) == -(-seconds * fps.numerator // fps.denominator)
    step = (1 / fps) / timeline.time_base
    assert step.denominator == 1
    assert (timeline.pts == [index * int(step) for index in range(len(timeline))]).all()
    chosen = [0, 1, 997, 12_345, len(timeline) // 2, len(timeline) - 2, len(timeline) - 1]
    for times in ([index / fps for index in chosen], [float(index / fps) for index in chosen]):
        frames = media.frames_played_at(times)
        assert list(frames.times) == [index / fps for index in chosen]
