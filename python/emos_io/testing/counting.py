"""What a counting clip is: the options that its numbers allow, and how frames and samples spell them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from .._checks import integer
from ..errors import InvalidArgument, short_repr
from ..spans import Seconds, exact_seconds, positive

LosslessCodec = Literal["qtrle", "png"]
ClipCodec = Literal["qtrle", "png", "raw"]
LOSSLESS_CODECS: tuple[LosslessCodec, ...] = get_args(LosslessCodec)
CLIP_CODECS: tuple[ClipCodec, ...] = get_args(ClipCodec)

NUM_BITS = 16
"""Bars of a frame, the highest bit left: frames count up to 65535."""
WIDTH, HEIGHT = 64, 16
"""Pixels of a frame; each bar is 4 pixels wide."""
FULL_SCALE = 32_768
"""Of 16-bit samples: the left channel counts up to here, the right one how often it has begun anew."""

_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class ClipOptions:
    """The options of a clip, checked.

    Attributes:
        fps: Frames per second.
        sample_rate: Samples per second.
        seconds: The length of both tracks.
        video_start, audio_start: Full microseconds by which a track begins late.
    """

    fps: Fraction
    sample_rate: int
    seconds: int
    video_start: int
    audio_start: int

    @property
    def num_frames(self) -> int:
        """How many frames start before the end."""
        return math.ceil(self.seconds * self.fps)


def clip_options(
    fps: Seconds, sample_rate: int, seconds: int, video_start: Seconds, audio_start: Seconds
) -> ClipOptions:
    """Return the options of `counting_clip`, checked.

    Raises:
        InvalidArgument: One is not allowed.
    """
    rate = positive(fps, "fps", "give frames per second")
    most_samples = FULL_SCALE**2
    hz = integer(sample_rate, "sample_rate", "give samples per second", most=most_samples)
    longest = min(math.floor(2**NUM_BITS / rate), most_samples // hz)
    if longest < 1:
        raise InvalidArgument(f"fps must be at most {2**NUM_BITS}, got {short_repr(fps)}; frames have {NUM_BITS} bars")
    length = integer(seconds, "seconds", "at these rates, frames and samples can spell no higher number", most=longest)
    return ClipOptions(
        rate, hz, length, _microseconds(video_start, "video_start"), _microseconds(audio_start, "audio_start")
    )


def _microseconds(value: Seconds, name: str) -> int:
    seconds = exact_seconds(value, name=name)
    count = seconds * _MICROSECONDS
    if seconds < 0 or count.denominator != 1:
        raise InvalidArgument(f"{name} must be full microseconds from 0, got {short_repr(value)}; round it")
    return count.numerator
