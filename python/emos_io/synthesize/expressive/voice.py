"""A voice that babbles: syllables of harmonics with formants, as fast, high, loud and bright as what is acted.

```text
 sentence   [ba  da   pe  (pause)  so]          silence elsewhere: exactly 0
 syllable    a burst of noise, then one vowel: a period of harmonics, read at the pitch, under a swell
```

The voice is relative to the speaker's own: the pitch at rest is anywhere from 94 to 240 Hz, and no emotion moves it so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..._checks import integer
from ...spans import sample_at
from .performance import Performance
from .speakers import generator

RATES = (8_000, 48_000)
"""The lowest and the highest rate, in samples a second."""
LOUDNESS = 0.09
"""Root mean square of a syllable at rest; full scale is 1."""
BREATH = 0.004
"""Standard deviation of the noise within sentences."""

_VOWELS = (
    (730, 1090, 2440),
    (530, 1840, 2480),
    (270, 2290, 3010),
    (570, 840, 2410),
    (300, 870, 2240),
    (490, 1350, 1690),
)
"""Formants of vowels in Hz, average of men: Peterson and Barney, 1952 (J. Acoust. Soc. Am. 24, 175), table II."""
_BANDWIDTHS = (80.0, 110.0, 150.0)
_FADE_SECONDS = 0.02
_PERIOD = 1024
"""Points of one period of a vowel."""
_PAUSE_SECONDS = (0.16, 0.34)

# What an emotion that moves a parameter by 1 does.
_PITCH_OCTAVES = 0.5
_RANGE_OCTAVES, _RANGE_FACTOR = 0.07, 3.2
_RATE_FACTOR = 1.55
_ENERGY_DB = 8.0
_TILT_DB = 5.0
_TILT_AT_REST_DB = -9.0
_PAUSE_AT_REST, _PAUSE_FACTOR = 0.1, 3.0
_JITTER, _JITTER_FACTOR = 0.006, 5.0


@dataclass(frozen=True, slots=True)
class _Syllable:
    """One syllable: its first and last sample, and how it is spoken."""

    first: int
    last: int
    pitch_hz: tuple[float, float]
    gain: float
    tilt_db: float
    jitter: float
    vowel: int
    has_burst: bool
    number: int


def voice_waveform(performance: Performance, rate: int = 16_000) -> Iterator[npt.NDArray[np.float32]]:
    """Yield the waveform of the voice, one second at a time; the last may be shorter.

    Args:
        performance: What is acted.
        rate: Samples a second, from 8,000 to 48,000.

    Yields:
        float32 ``[N]`` from -1 to 1; ``sample_at(performance.seconds, rate)`` samples in all, exactly 0 outside of sentences.

    Raises:
        InvalidArgument: The rate is not allowed.

    Cost: about 4 ms a second of audio on one core.

    Example:
        >>> from emos_io import Span
        >>> from emos_io.synthesize.expressive.performance import Part
        >>> from emos_io.synthesize.expressive.speakers import speaker
        >>> acted = Performance(speaker("a"), Fraction(3, 2), (Part(Span(0, 1), "Joy"),), (Span(0, 1),))
        >>> [len(chunk) for chunk in voice_waveform(acted)]
        [16000, 8000]
    """
    integer(rate, "rate", "resample it afterwards", least=RATES[0], most=RATES[1])
    total = sample_at(performance.seconds, rate)
    syllables = list(_syllables(performance, rate))
    bounds = [(sample_at(each.start, rate), sample_at(each.end, rate)) for each in performance.sentences]
    # A syllable may lie over the end of a second: what is left of it is added to the next one.
    rest = np.zeros(0, np.float32)
    next_syllable = 0
    for first in range(0, total, rate):
        last = min(first + rate, total)
        chunk = np.zeros(last - first, np.float32)
        chunk[: len(rest)] = rest[: len(chunk)]
        rest = rest[len(chunk) :]
        while next_syllable < len(syllables) and syllables[next_syllable].first < last:
            each = syllables[next_syllable]
            spoken = _spoken(each, performance, rate)
            here = min(each.last, last) - each.first
            chunk[each.first - first : each.first - first + here] += spoken[:here]
            rest = _added(rest, spoken[here:])
            next_syllable += 1
        _add_breath(chunk, first, bounds, performance)
        yield np.clip(chunk, -1, 1)


def _added(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the sum of two waveforms that start together."""
    longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
    result = longer.copy()
    result[: len(shorter)] += shorter
    return result


def _add_breath(
    chunk: npt.NDArray[np.float32], first: int, bounds: list[tuple[int, int]], performance: Performance
) -> None:
    """Add noise within the sentences of a chunk."""
    noise = generator("breath", performance.seed, performance.speaker.name, first).normal(0, BREATH, len(chunk))
    for start, end in bounds:
        within = slice(max(start - first, 0), max(end - first, 0))
        chunk[within] += noise[within].astype(np.float32)


def _syllables(performance: Performance, rate: int) -> Iterator[_Syllable]:
    """Yield the syllables of all sentences, in order, without overlaps."""
    number = 0
    for index, sentence in enumerate(performance.sentences):
        random = generator("sentence", performance.seed, performance.speaker.name, index)
        time = float(sentence.start)
        while True:
            voice = performance.voice_at(Fraction(time))
            tempo = performance.speaker.syllables_per_second * _RATE_FACTOR ** voice[2]
            seconds = float(np.clip(random.normal(1, 0.15), 0.6, 1.4)) / tempo
            first = sample_at(Fraction(time), rate)
            last = min(sample_at(Fraction(time + 0.85 * seconds), rate), sample_at(sentence.end, rate))
            if last - first < rate // 25:
                break
            yield _syllable(performance, voice, first, last, number, random)
            number += 1
            time += seconds
            if random.random() < _PAUSE_AT_REST * _PAUSE_FACTOR ** voice[5]:
                time += random.uniform(*_PAUSE_SECONDS)


def _syllable(
    performance: Performance,
    voice: npt.NDArray[np.float64],
    first: int,
    last: int,
    number: int,
    random: np.random.Generator,
) -> _Syllable:
    """Draw how a syllable is spoken."""
    spread = _RANGE_OCTAVES * _RANGE_FACTOR ** voice[1]
    start, end = performance.speaker.pitch_hz * 2 ** (_PITCH_OCTAVES * voice[0] + random.normal(0, spread, 2))
    gain = LOUDNESS * 10 ** ((_ENERGY_DB * voice[3] + random.normal(0, 1.5)) / 20)
    return _Syllable(
        first=first,
        last=last,
        pitch_hz=(float(start), float(end)),
        gain=float(gain),
        tilt_db=float(_TILT_AT_REST_DB + _TILT_DB * voice[4]),
        jitter=float(_JITTER * _JITTER_FACTOR ** voice[6]),
        vowel=int(random.integers(len(_VOWELS))),
        has_burst=bool(random.random() < 0.6),
        number=number,
    )


def _spoken(each: _Syllable, performance: Performance, rate: int) -> npt.NDArray[np.float32]:
    """Return the waveform of a syllable, float32 ``[N]``."""
    random = generator("syllable", performance.seed, performance.speaker.name, each.number)
    count = each.last - each.first
    pitch = np.geomspace(*each.pitch_hz, count)
    # Jitter: the pitch wanders from period to period, here every 5 ms.
    knots = np.arange(0, count + rate // 200, rate // 200)
    pitch *= 1 + np.interp(np.arange(count), knots, random.normal(0, each.jitter, len(knots)))
    table = _period(each, performance.speaker.tract, rate, float(pitch.max()), random)
    turns = np.cumsum(pitch / rate) + random.random()
    position = turns % 1 * _PERIOD
    points = position.astype(np.int64)
    share = position - points
    vowel = table[points] * (1 - share) + table[points + 1] * share
    fade = max(int(_FADE_SECONDS * rate), 1)
    swell = np.minimum(1, np.minimum(np.arange(1, count + 1), np.arange(count, 0, -1)) / fade)
    spoken = each.gain * swell * (0.75 + 0.25 * np.sin(np.linspace(0, np.pi, count))) * vowel
    if each.has_burst:
        length = min(int(0.035 * rate), count)
        burst = np.diff(random.normal(0, 1, length + 1)) * np.hanning(length)
        spoken[:length] += 0.35 * each.gain * 10 ** ((each.tilt_db - _TILT_AT_REST_DB) / 20) * burst
    return np.asarray(spoken, np.float32)


def _period(
    each: _Syllable, tract: float, rate: int, highest_hz: float, random: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Return one period of the vowel, root mean square 1, float64 ``[_PERIOD + 1]``: its last point is its first."""
    base = float(np.sqrt(each.pitch_hz[0] * each.pitch_hz[1]))
    count = max(int(min(0.47 * rate, 7_500) / highest_hz), 1)
    hertz = base * np.arange(1, count + 1)
    levels = (hertz / base) ** (each.tilt_db / (20 * np.log10(2)))
    formants = sum(
        strength / (1 + ((hertz - formant / tract) / width) ** 2)
        for formant, width, strength in zip(_VOWELS[each.vowel], _BANDWIDTHS, (1.0, 0.8, 0.6), strict=True)
    )
    spectrum = np.zeros(_PERIOD // 2 + 1, complex)
    used = min(count, _PERIOD // 2 - 1)
    amplitudes = (levels * (0.12 + formants))[:used]
    spectrum[1 : used + 1] = amplitudes * np.exp(1j * random.uniform(-0.6, 0.6, used))
    table = np.fft.irfft(spectrum, _PERIOD)
    table /= np.sqrt(np.mean(table**2))
    return np.append(table, table[0])
