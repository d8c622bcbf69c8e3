"""Reading on DALI's CPU backend, in a child: the same answers as on the CPU path, bit by bit where chroma is full."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import device_clips
import numpy as np
import pytest
from both_paths import Answer, answer_of, assert_same, windows_and_stats, windows_of

from emos_io import Media, Span
from emos_io.errors import InvalidArgument
from emos_io.gpu.fallback import Reason

if TYPE_CHECKING:
    from child import Child

SUBSAMPLED = 8
"""Levels by which smooth 4:2:0 may differ: chroma is interpolated in another way, the device makes it a level lighter, and
colours that are changed are rounded twice: 6 at native size on the clip of these tests."""

HOPS = [("1", None), ("1", "0.25"), ("0.3", "0.7"), ("3", "0.9")]


def compared(child: Child, path: Path, length: str, hop: str | None = None, most: int = 0, **options: Any) -> Any:
    """Read windows on both paths, compare them, and return what the device decoded."""
    got, stats = child.run(windows_and_stats, str(path), "dali-cpu", length, hop, **options)
    expected, _ = windows_and_stats(str(path), None, length, hop, **options)
    assert_same(got, expected, most)
    return stats


@pytest.mark.parametrize(("length", "hop"), HOPS)
@pytest.mark.parametrize("options", [{}, {"fps": 7, "dimension_order": "TCHW"}, {"fps": 3, "roi": (8, 4, 40, 36)}])
def test_windows_are_those_of_the_cpu_path(
    dali_child: Child, length: str, hop: str | None, options: dict[str, Any]
) -> None:
    path = device_clips.full_chroma()
    stats = compared(dali_child, path, length, hop, **options)
    answers, _ = windows_and_stats(str(path), None, length, hop, **options)
    frames = {time * device_clips.FPS for each in answers for time in each.times if time is not None}
    num_gops = len({frame // device_clips.GOP for frame in frames})
    assert stats == {"device": "dali-cpu", "gops": {"device": num_gops, "cpu": 0}, "fallback": {}}


def test_times_that_exchange_frames_do_not_change_their_numbers(dali_child: Child, tmp_path: Path) -> None:
    assert compared(dali_child, device_clips.disordered(tmp_path), "1", "0.3")["fallback"] == {}


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotated_frames_are_upright(dali_child: Child, degrees: int) -> None:
    path = device_clips.rotated(degrees)
    with Media(path) as media:
        # The tag that ffmpeg writes counts the other way round.
        assert media.metadata.video is not None and media.metadata.video.rotation == 360 - degrees
    assert compared(dali_child, path, "1", "0.5", fps=10)["fallback"] == {}
    assert compared(dali_child, path, "1", "0.5", fps=5, roi=(8, 4, 40, 36))["fallback"] == {}


def test_frames_before_an_edit_list_are_not_read(dali_child: Child) -> None:
    assert compared(dali_child, device_clips.edited(), "0.5", "0.2")["gops"] == {"device": 5, "cpu": 0}


@pytest.mark.parametrize("matrix", ["", "bt709", "bt2020nc"])
@pytest.mark.parametrize("color_range", ["tv", "pc"])
def test_matrix_and_range_are_those_of_the_tags(dali_child: Child, matrix: str, color_range: str) -> None:
    path = device_clips.colored(matrix, color_range)
    assert compared(dali_child, path, "1", most=SUBSAMPLED)["gops"] == {"device": 3, "cpu": 0}


@pytest.mark.parametrize(
    "options",
    [
        {"size": 64},
        {"size": (48, 100)},
        {"size": (200, 300)},
        {"size": (80, 80), "fit": "pad"},
        {"size": (80, 80), "fit": "crop", "dimension_order": "TCHW"},
        {"size": (40, 40), "roi": (20, 10, 120, 110)},
    ],
    ids=str,
)
def test_scaled_frames_have_the_geometry_of_the_cpu_path(dali_child: Child, options: dict[str, Any]) -> None:
    """The filter is another one: where colours are smooth, frames are close only if the same area lies on the same pixels."""
    compared(dali_child, device_clips.colored("", "tv"), "0.4", "0.3", most=SUBSAMPLED, **options)


FALLBACK: dict[str, tuple[Callable[[], Path], Reason]] = {
    "codec": (device_clips.h264, Reason.CODEC),
    "depth": (device_clips.deep, Reason.DEPTH),
    "alpha": (device_clips.with_alpha, Reason.ALPHA),
    "interlaced": (device_clips.interlaced, Reason.INTERLACED),
    "long GOP": (device_clips.long_gop, Reason.LONG_GOP),
    "size change": (device_clips.resized, Reason.SIZE_CHANGE),
}


@pytest.mark.parametrize("name", FALLBACK)
def test_clips_fall_back(dali_child: Child, name: str) -> None:
    make, reason = FALLBACK[name]
    stats = compared(dali_child, make(), "1", "0.6", fps=2)
    assert stats["fallback"] == {reason: 1}
    assert stats["gops"]["cpu"] > 0


@pytest.mark.parametrize("on_error", ["raise", "mask"])
@pytest.mark.parametrize("make", [device_clips.cut_off, device_clips.noisy])
def test_damage_is_that_of_the_cpu_path(
    dali_child: Child, make: Callable[[Path], Path], on_error: str, tmp_path: Path
) -> None:
    stats = compared(dali_child, make(tmp_path), "0.6", "0.25", on_error=on_error)
    assert stats["gops"]["cpu"] == 1
    assert stats["gops"]["device"] > 1
    assert set(stats["fallback"]) <= {Reason.DAMAGE, Reason.BITSTREAM}


def in_threads(path: str) -> list[list[Answer]]:
    with Media(path, device="dali-cpu") as media, ThreadPoolExecutor(4) as threads:
        return list(threads.map(lambda _: windows_of(media, "1", "0.5", fps=6), range(4)))


def test_threads_share_a_media(dali_child: Child) -> None:
    path = str(device_clips.full_chroma())
    expected, _ = windows_and_stats(path, None, "1", "0.5", fps=6)
    for each in dali_child.run(in_threads, path):
        assert_same(each, expected)


def through_a_pickle(path: str) -> tuple[str, Answer]:
    with Media(path, device="dali-cpu") as media:
        media.frames_by_index([1])
        again = pickle.loads(pickle.dumps(media))
    return repr(again), answer_of(again.frames_in(Span(1, 2)))


def test_a_media_travels_with_its_device(dali_child: Child) -> None:
    path = str(device_clips.full_chroma())
    text, answer = dali_child.run(through_a_pickle, path)
    assert "device='dali-cpu'" in text
    with Media(path) as cpu:
        assert_same([answer], [answer_of(cpu.frames_in(Span(1, 2)))])


def texts_in_a_fork(path: str) -> list[str]:
    """Return the errors of a forked child, one for each way of reading; an empty text where there was none."""
    media = Media(path, device="dali-cpu")
    media.frames_by_index([0])
    stream = media.windows(1)
    next(stream)
    calls: list[Callable[[], object]] = [
        lambda: next(stream),
        lambda: media.frames_by_index([0]),
        lambda: media.window(Span(0, 1)),
        lambda: Media(path, device="dali-cpu"),
    ]
    receiving, sending = os.pipe()
    if os.fork() == 0:
        texts = []
        for call in calls:
            try:
                call()
                texts.append("")
            except InvalidArgument as error:
                texts.append(str(error))
        os.write(sending, "\n".join(texts).encode())
        os._exit(0)
    os.close(sending)
    os.wait()
    with os.fdopen(receiving) as pipe:
        return pipe.read().split("\n")


def test_a_forked_child_gets_an_error(dali_child: Child) -> None:
    texts = dali_child.run(texts_in_a_fork, str(device_clips.full_chroma()))
    assert len(texts) == 4
    assert all("process" in text for text in texts)


def shares_memory(path: str) -> tuple[bool, bool]:
    with Media(path, device="dali-cpu") as media:
        frames = media.frames_by_index([3, 4])
        data = np.from_dlpack(frames.data)
        again = np.from_dlpack(frames.data)
        other = np.from_dlpack(media.frames_by_index([3, 4]).data)
        return np.shares_memory(data, again), np.shares_memory(data, other)


def test_frames_are_read_without_a_copy(dali_child: Child) -> None:
    assert dali_child.run(shares_memory, str(device_clips.full_chroma())) == (True, False)
