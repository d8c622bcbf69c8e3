"""The audio of a monologue: each sentence spoken in its span, or tones that spell its index; silence elsewhere."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..corpus import Monologue, Sentence
from ..errors import EmosError
from ..spans import sample_at

RATE = 48_000
LEVEL = 0.4
"""The peak of the audio; full scale is 1."""

TONE_BASE, TONES, TONE_STEP_HZ = 64, (500, 2000), 20
"""A sentence is two tones: 500 + 20 * (index % 64) Hz and 2000 + 20 * (index // 64 % 64) Hz: all below 4 kHz."""
_FADE_SECONDS = 0.002
_SHORTEST_SECONDS = 0.03
"""In a shorter time, two tones 20 Hz apart cannot be distinguished."""
_MIN_TONE_SHARE, _MIN_PAIR_SHARE = 0.05, 0.8
"""The least share of the power in each tone, and in both together; speech has less."""

VOICES = {"en": "en", "zh": "cmn"}
"""Voices of espeak-ng by language; espeak calls Mandarin zh."""
_NORMAL_WPM, _SLOWEST_WPM, _FASTEST_WPM = 175, 120, 450
_FILLED_SHARE = 0.93
"""The share of its span that speech should fill: an engine does not reach a speed exactly."""
_SILENCE_LEVEL = 0.01
_TIMEOUT_SECONDS = 60

Waveform = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpeechEngine:
    """An installed speech synthesiser: its name and its path."""

    name: str
    path: str

    def voice(self, language: str) -> str | None:
        """Return the voice of a language, or None where there is none."""
        voice = VOICES.get(language)
        return "zh" if voice == "cmn" and self.name == "espeak" else voice


def find_speech_engine() -> SpeechEngine | None:
    """Return espeak-ng if it is on PATH, else espeak, else None."""
    for name in ("espeak-ng", "espeak"):
        if path := shutil.which(name):
            return SpeechEngine(name, path)
    return None


def waveforms(
    monologue: Monologue, seconds: Fraction, engine: SpeechEngine | None, rate: int = RATE
) -> Iterator[Waveform]:
    """Yield mono samples from -1 to 1, one second at a time; ``sample_at(seconds, rate)`` in all.

    Memory: one second of audio, and the sentences that overlap it.
    """
    voice = None if engine is None else engine.voice(monologue.language)
    total = sample_at(seconds, rate)
    waiting = sorted((sample_at(each.span.start, rate), number) for number, each in enumerate(monologue.sentences))
    current: list[tuple[int, Waveform]] = []
    for start in range(0, total, rate):
        end = min(start + rate, total)
        while waiting and waiting[0][0] < end:
            first, number = waiting.pop(0)
            current.append((first, _sentence(monologue.sentences[number], engine, voice, rate)))
        chunk = np.zeros(end - start, dtype=np.float32)
        for first, waveform in current:
            left, right = max(first, start), min(first + len(waveform), end)
            if left < right:
                chunk[left - start : right - start] += waveform[left - first : right - first]
        current = [(first, waveform) for first, waveform in current if first + len(waveform) > end]
        yield np.clip(chunk, -1, 1)


def tone(index: int, length: int, rate: int = RATE) -> Waveform:
    """Return the tones of a sentence: float32 ``[length]``, faded in and out over 2 ms."""
    time = np.arange(length) / rate
    low, high = (first + TONE_STEP_HZ * digit for first, digit in zip(TONES, _digits(index), strict=True))
    waveform = LEVEL / 2 * (np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time))
    ramp = np.minimum(1, (np.minimum(np.arange(length), np.arange(length)[::-1]) + 1) / (rate * _FADE_SECONDS))
    faded: Waveform = (waveform * ramp).astype(np.float32)
    return faded


def read_tone(waveform: npt.NDArray[np.floating], rate: int) -> int | None:
    """Return the sentence index that a piece of audio spells, modulo 4096, or None if it spells none.

    Silence and speech spell no index. Speech so short that it is one vowel may be mistaken for tones.

    Args:
        waveform: Samples ``[N]``, at least 30 ms from within one sentence.
        rate: Samples a second, at least 8,000.
    """
    if len(waveform) < rate * _SHORTEST_SECONDS or float(np.abs(waveform).max()) < _SILENCE_LEVEL:
        return None
    length = max(1 << (len(waveform) - 1).bit_length(), rate)
    power = np.abs(np.fft.rfft(waveform * np.hanning(len(waveform)), length)) ** 2
    hertz = np.fft.rfftfreq(length, 1 / rate)
    # The Hann window spreads a tone over two bins on each side.
    spread = max(2 * rate / len(waveform), TONE_STEP_HZ / 2)
    digits, shares = [], []
    for first in TONES:
        band = (hertz > first - TONE_STEP_HZ / 2) & (hertz < first + TONE_STEP_HZ * (TONE_BASE - 0.5))
        peak = float(hertz[band][int(power[band].argmax())])
        digits.append(round((peak - first) / TONE_STEP_HZ))
        shares.append(float(power[np.abs(hertz - peak) <= spread].sum() / power.sum()))
    if min(shares) < _MIN_TONE_SHARE or sum(shares) < _MIN_PAIR_SHARE:
        return None
    return digits[0] + TONE_BASE * digits[1]


def _digits(index: int) -> tuple[int, int]:
    return index % TONE_BASE, index // TONE_BASE % TONE_BASE


def _sentence(sentence: Sentence, engine: SpeechEngine | None, voice: str | None, rate: int) -> Waveform:
    length = sample_at(sentence.span.end, rate) - sample_at(sentence.span.start, rate)
    if engine is not None and voice is not None:
        spoken = _fit(lambda speed: _speak(engine, voice, sentence, speed, rate), length)
        if spoken is not None:
            return spoken
    return tone(sentence.index, length, rate)


def _fit(speak: Callable[[int], Waveform], length: int) -> Waveform | None:
    """Return speech of at most `length` samples: at a speed that fills them, or compressed if the fastest is too slow."""
    waveform = speak(_NORMAL_WPM)
    if not len(waveform):
        return None
    speed = min(max(round(_NORMAL_WPM * len(waveform) / (_FILLED_SHARE * length)), _SLOWEST_WPM), _FASTEST_WPM)
    if speed != _NORMAL_WPM:
        waveform = speak(speed)
    if len(waveform) > length:
        positions = np.linspace(0, len(waveform) - 1, length)
        compressed: Waveform = np.interp(positions, np.arange(len(waveform)), waveform).astype(np.float32)
        return compressed
    return waveform


def _speak(engine: SpeechEngine, voice: str, sentence: Sentence, speed: int, rate: int) -> Waveform:
    command = [engine.path, "-v", voice, "-s", str(speed), "-b", "1", "--stdin", "--stdout"]
    try:
        done = subprocess.run(
            command, input=sentence.text.encode(), capture_output=True, check=True, timeout=_TIMEOUT_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        log = getattr(error, "stderr", None) or b""
        last = log.decode(errors="replace").strip().rpartition("\n")[2] or str(error)
        raise EmosError(
            f"{engine.name} could not speak a sentence ({last}); correct the sentence or choose tones as speech: "
            f"{sentence.text[:40]!r}",
            span=sentence.span,
        ) from error
    waveform, spoken_rate = _wav(done.stdout)
    audible = np.flatnonzero(np.abs(waveform) > _SILENCE_LEVEL)
    if not len(audible):
        return np.zeros(0, dtype=np.float32)
    waveform = waveform[audible[0] : audible[-1] + 1]
    positions = np.arange(int(len(waveform) * rate / spoken_rate)) * (spoken_rate / rate)
    resampled = np.interp(positions, np.arange(len(waveform)), waveform) * (LEVEL / np.abs(waveform).max())
    levelled: Waveform = resampled.astype(np.float32)
    return levelled


def _wav(data: bytes) -> tuple[Waveform, int]:
    """Return the samples and the rate of a piped WAV: 16-bit mono, whose header has no valid length."""
    offset, rate = 12, RATE
    while offset + 8 <= len(data):
        name, length = data[offset : offset + 4], int.from_bytes(data[offset + 4 : offset + 8], "little")
        if name == b"fmt ":
            rate = int.from_bytes(data[offset + 12 : offset + 16], "little")
        if name == b"data":
            body = data[offset + 8 :]
            return np.frombuffer(body[: len(body) // 2 * 2], dtype="<i2").astype(np.float32) / np.float32(32_768), rate
        offset += 8 + length
    return np.zeros(0, dtype=np.float32), rate
