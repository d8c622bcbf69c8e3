"""The envelope of an item's audio: the lowest and the highest sample of equal parts of its time, read part by part."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ....media import AudioSamples, Media
from ....spans import Span, sample_at

MOST_PAIRS = 1_000
"""The most pairs of an envelope."""
LONGEST_READ = Fraction(20)
"""Seconds that are decoded at once, whatever the length of the media: 30 MB of 8 channels at 48 kHz."""
FULL_HEIGHT = 127
"""What the largest absolute sample is on a page."""


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """The lowest and the highest valid sample of P parts of equal length, over all channels.

    Attributes:
        low, high: float32 ``[P]``, full scale [-1, 1]; NaN where no sample of a part is valid.
        num_damaged: How many samples are damaged, or lost to damage.
    """

    low: npt.NDArray[np.float32]
    high: npt.NDArray[np.float32]
    num_damaged: int = 0

    def __len__(self) -> int:
        """Return the number of pairs, P."""
        return len(self.low)

    def rounded(self) -> list[tuple[int, int] | None]:
        """Return the pairs as integers from -127 to 127, where 127 is the largest absolute sample; None where none is valid.

        Example:
            >>> Envelope(np.float32([-0.5, np.nan]), np.float32([0.25, np.nan])).rounded()
            [(-127, 64), None]
        """
        both = np.abs(np.concatenate([self.low, self.high]))
        largest = float(np.nanmax(both)) if np.isfinite(both).any() else 0.0
        scale = FULL_HEIGHT / largest if largest else 0.0
        return [
            None if np.isnan(low) else (round(float(low) * scale), round(float(high) * scale))
            for low, high in zip(self.low, self.high, strict=True)
        ]


def read_envelope(media: Media, duration: Fraction, *, most_pairs: int = MOST_PAIRS) -> Envelope:
    """Return the envelope of ``[0, duration)``.

    Pair k has the samples n with ``sample_at(k d / P) <= n < sample_at((k + 1) d / P)``, where d is the duration, and P is
    `most_pairs` or, where there are fewer samples, their number.

    Args:
        media: Media with an audio track; open it without video, or frames are decoded too.
        duration: Seconds of the item, above 0; where the track ends earlier the last pairs are NaN.
        most_pairs: The most pairs, P.

    Raises:
        EmosError: The media cannot be read.

    Cost: the audio is decoded once, and memory holds `LONGEST_READ` seconds of it.
    """
    track = media.metadata.audio
    assert track is not None, "callers look for the track"
    rate = track.sample_rate
    number = max(min(most_pairs, sample_at(duration, rate)), 1)
    edges = np.array([sample_at(duration * index / number, rate) for index in range(number + 1)], np.int64)
    low, high = np.full(number, np.inf, np.float32), np.full(number, -np.inf, np.float32)
    num_damaged = 0
    for window in media.windows_at(_reads(duration)):
        audio = window.audio
        assert audio is not None, "the media have an audio track"
        num_damaged += sum(end - first for first, end in audio.damaged_ranges)
        for first, end in audio.valid_ranges:
            _take(audio, first, end, edges, low, high)
    empty = low > high
    low[empty] = high[empty] = np.nan
    return Envelope(low, high, num_damaged)


def _reads(duration: Fraction) -> list[Span]:
    """Return spans end to end of at most `LONGEST_READ` seconds that cover the item."""
    count = -(-duration // LONGEST_READ)
    return [Span(index * LONGEST_READ, min((index + 1) * LONGEST_READ, duration)) for index in range(count)]


def _take(
    audio: AudioSamples,
    first: int,
    end: int,
    edges: npt.NDArray[np.int64],
    low: npt.NDArray[np.float32],
    high: npt.NDArray[np.float32],
) -> None:
    """Take the valid samples ``[first, end)`` of a window into the pairs in which they lie."""
    begin = audio.first_sample + first
    inside = np.clip(edges - begin, 0, end - first)
    touched = np.flatnonzero(inside[1:] > inside[:-1])
    if not len(touched):
        return
    samples = audio.data[:, first : first + int(inside[touched[-1] + 1])]
    starts = inside[touched]
    low[touched] = np.minimum(low[touched], np.minimum.reduceat(samples, starts, axis=1).min(axis=0))
    high[touched] = np.maximum(high[touched], np.maximum.reduceat(samples, starts, axis=1).max(axis=0))
