"""Frames and samples uncompressed, for computers without the ffmpeg program: small, exact, and larger than H.264."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np

from .audio import Waveform
from .encoder import Stopped
from .mov import RawAudio, RawVideo, write_mov

RAW_FRAME_MS = 125
"""Eight frames a second: enough to see labels change, and a third of the bytes of 25."""
RAW_RATE = 16_000
"""Samples a second: tones are below 4 kHz."""
RAW_SUFFIX = ".mov"

_MS = 1000
_FULL_SCALE = 32_767


def write_uncompressed(
    out: Path,
    *,
    frames: Iterable[bytes],
    audio: Iterable[Waveform],
    size: tuple[int, int],
    times: list[Fraction],
    seconds: Fraction,
    rate: int,
    stop: threading.Event,
    progress: Callable[[int], None],
) -> None:
    """Write a QuickTime file of planar YUV 4:2:0 frames and 16-bit samples.

    Args:
        out: The path to write.
        frames: YUV 4:2:0 bytes, BT.709 in limited range, any number of frames at a time.
        audio: Mono samples from -1 to 1.
        size: (height, width) of the frames in pixels.
        times: The start of each frame, in full milliseconds.
        seconds: The length, an integer number of milliseconds; the last frame ends there.
        rate: Samples a second.
        stop: Ends the writing once it is set.
        progress: Called with the number of bytes of frames that were written.

    Raises:
        OSError: The file cannot be written.
        Stopped: `stop` was set.
    """
    ticks = [int((after - before) * _MS) for before, after in pairwise([*times, seconds])]

    def counted() -> Iterator[bytes]:
        for chunk in frames:
            if stop.is_set():
                raise Stopped
            yield chunk
            progress(len(chunk))

    samples = (np.round(waveform * np.float32(_FULL_SCALE)).astype("<i2").tobytes() for waveform in audio)
    write_mov(out, RawVideo("yuv420p", size, _MS, ticks), counted(), RawAudio(rate, 1), samples)
