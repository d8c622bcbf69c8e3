"""What a file gives on the CPU path and on a device, as numpy arrays that compare; it runs in tests, and in their child."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from emos_io import Media, Span
from emos_io.errors import EmosError
from emos_io.media import DeviceStats, VideoFrames


@dataclass(frozen=True)
class Answer:
    """One answer; `error` is the type and the text of what was raised in its stead."""

    data: npt.NDArray[np.uint8] | None = None
    valid: tuple[bool, ...] = ()
    damaged: tuple[bool, ...] = ()
    times: tuple[Fraction | None, ...] = ()
    durations: tuple[Fraction | None, ...] = ()
    waveform: npt.NDArray[np.float32] | None = None
    span: Span | None = None
    error: tuple[str, str, object] | None = None


def answer_of(frames: VideoFrames[Any] | None, **rest: Any) -> Answer:
    if frames is None:
        return Answer(**rest)
    data = np.array(np.from_dlpack(frames.data))
    valid, damaged = tuple(map(bool, frames.valid)), tuple(map(bool, frames.damaged))
    return Answer(data, valid, damaged, frames.times, frames.durations, **rest)


def windows_of(media: Media[Any], length: str, hop: str | None = None, **options: Any) -> list[Answer]:
    """Return all windows; after an error the stream goes on."""
    stream = media.windows(length, hop, **options)
    found: list[Answer] = []
    while len(stream):
        try:
            window = next(stream)
        except EmosError as error:
            found.append(Answer(error=(type(error).__name__, str(error), error.span)))
            continue
        waveform = None if window.audio is None else window.audio.data
        found.append(answer_of(window.video, waveform=waveform, span=window.span))
    return found


def windows_and_stats(
    path: str, device: str | None, length: str, hop: str | None = None, on_error: Any = "raise", **options: Any
) -> tuple[list[Answer], DeviceStats]:
    with Media(path, device=device, on_error=on_error) as media:
        return windows_of(media, length, hop, **options), media.stats()


def assert_same(got: list[Answer], expected: list[Answer], most: int = 0) -> None:
    """Compare answers: all of them alike, and pixels within so many levels."""
    assert len(got) == len(expected) > 0
    for index, (one, other) in enumerate(zip(got, expected, strict=True)):
        for name in ("valid", "damaged", "times", "durations", "span", "error"):
            assert getattr(one, name) == getattr(other, name), (index, name)
        for name in ("data", "waveform"):
            pixels, right = getattr(one, name), getattr(other, name)
            assert (pixels is None) == (right is None), (index, name)
            if pixels is not None:
                assert pixels.shape == right.shape and pixels.dtype == right.dtype, (index, name)
                difference = np.abs(pixels.astype(np.float64) - right).max(initial=0)
                assert difference <= most, f"{name} of answer {index} differs by {difference}"


def slices(media: Media[Any], spans: Iterator[Span], fps: int | None) -> list[Answer]:
    """Return reads of their own for spans."""
    return [answer_of(media.frames_in(span, fps=fps)) for span in spans]
