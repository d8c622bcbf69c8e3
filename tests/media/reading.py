"""Ways of reading whole tracks through the public API, in bounded memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from emos_io import Media, Window
from oracle.ffmpeg_frames import sha256

BLOCK_BYTES = 48 * 2**20
"""How many bytes of frames a test holds at once."""

Size = tuple[int, int]


def frame_bytes(media: Media, size: Size | None) -> int:
    """Bytes of one RGB frame."""
    video = media.metadata.video
    assert video is not None
    height, width = size or (video.height, video.width)
    return max(1, height * width * 3)


def windows_of_bounded_size(media: Media, size: Size | None) -> Iterator[Window]:
    """Every frame of a medium through `Media.windows`, a few at a time."""
    video = media.metadata.video
    assert video is not None
    rate = video.average_rate or Fraction(1)
    frames = max(1, min(150, BLOCK_BYTES // frame_bytes(media, size)))
    # A length that shares no grid with the frames, so that edges fall anywhere between them.
    length = max(Fraction(frames) / max(rate, Fraction(1)), Fraction(1, 7)) * Fraction(997, 1000)
    return media.windows(length=length, size=size)


def streamed(media: Media, size: Size | None) -> list[tuple[Fraction, str]]:
    """(pts, hash) of every frame on screen at some moment, each once, in the order of a sequential run."""
    found: list[tuple[Fraction, str]] = []
    for window in windows_of_bounded_size(media, size):
        assert window.video is not None
        for frame, pts, valid in zip(window.video.data, window.video.times, window.video.valid, strict=True):
            assert valid == (pts is not None)
            # The frame on screen when a window begins was the last of the window before.
            if pts is not None and (not found or pts > found[-1][0]):
                found.append((pts, sha256(frame)))
    return found


def on_screen(pts: npt.NDArray[np.int64], time_base: Fraction, time: Fraction) -> int:
    """Index of the frame on screen: pts[i] <= t < pts[i + 1]."""
    ticks = time / time_base
    return int(np.searchsorted(pts, ticks.numerator // ticks.denominator, side="right")) - 1


def random_moments(name: str, media: Media, count: int = 25) -> tuple[list[Fraction], list[int]]:
    """Times inside the video track and frame numbers, in random order, some of them twice, some from the end."""
    chance = random.Random(name)
    video = media.metadata.video
    assert video is not None and video.start is not None and video.end is not None
    length = video.end - video.start
    times = [video.start + length * Fraction(chance.randrange(10**6), 10**6) for _ in range(count - 3)]
    indices = [chance.randrange(-video.num_frames, video.num_frames) for _ in range(count - 3)]
    times += chance.choices(times, k=3)
    indices += chance.choices(indices, k=3)
    chance.shuffle(times)
    chance.shuffle(indices)
    return times, indices
