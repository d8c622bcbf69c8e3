"""Counting clips that numpy alone writes: uncompressed, for computers without the ffmpeg program."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..errors import InvalidArgument
from ..synthesize import RawAudio, RawVideo, frame_ticks, write_mov
from .counting import FULL_SCALE, HEIGHT, NUM_BITS, WIDTH, ClipOptions

_BATCH_FRAMES, _BATCH_SAMPLES = 64, 1 << 14
_MICROSECONDS = 1_000_000


def write_counting(path: Path, options: ClipOptions) -> None:
    """Write a counting clip of RGB frames and 16-bit stereo samples; see `counting_clip`.

    Raises:
        InvalidArgument: The numerator or the denominator of the frame rate is over 31 bits.
        OSError: The file cannot be written.
    """
    ticks = frame_ticks(options.fps)
    if ticks is None:
        raise InvalidArgument(f"fps must be a fraction of numbers below 2 ** 31, got {options.fps}; round it")
    hz, ticks_of_frame = ticks
    video_start, audio_start = (Fraction(each, _MICROSECONDS) for each in (options.video_start, options.audio_start))
    video = RawVideo("rgb24", (HEIGHT, WIDTH), hz, [ticks_of_frame] * options.num_frames, video_start)
    audio = RawAudio(options.sample_rate, 2, audio_start)
    write_mov(path, video, _frames(options.num_frames), audio, _samples(options.seconds * options.sample_rate))


def _frames(count: int) -> Iterator[bytes]:
    """Yield RGB frames: bars of full height, white for 1, the highest bit left."""
    shifts = np.arange(NUM_BITS - 1, -1, -1)
    for first in range(0, count, _BATCH_FRAMES):
        numbers = np.arange(first, min(first + _BATCH_FRAMES, count))
        bars = ((numbers[:, None] >> shifts & 1) * 255).astype(np.uint8)
        rows = bars.repeat(WIDTH // NUM_BITS * 3, axis=1)
        yield rows[:, None].repeat(HEIGHT, axis=1).tobytes()


def _samples(count: int) -> Iterator[bytes]:
    """Yield pairs of 16-bit samples: the number modulo full scale, and how often it was reached."""
    for first in range(0, count, _BATCH_SAMPLES):
        numbers = np.arange(first, min(first + _BATCH_SAMPLES, count))
        yield np.stack([numbers % FULL_SCALE, numbers // FULL_SCALE], axis=1).astype("<i2").tobytes()
