"""Sound of a monologue: each sentence spoken in its span, or tones that spell its index; silence elsewhere."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..corpus.records import Monologue, Sentence
from ..errors import EmosError
from ..spans import sample_at

RATE = 48_000
LEVEL = 0.4
"""Peak of the sound; full scale is 1."""

TONE_BASE, TONES, TONE_STEP_HZ = 64, (500, 2000), 20
"""A sentence is two tones at once, 500 + 20 * (index % 64) Hz and 2000 + 20 * (index // 64 % 64) Hz: all below 4 kHz."""
_FADE_SECONDS = 0.002
_SHORTEST_SECONDS = 0.03
"""Below it, two tones 20 Hz apart are not told apart."""
_QUIETEST, _PURE = 0.05, 0.8
"""Shares of the power that each of the two tones has at least, and that both have: speech has less."""

VOICES = {"en": "en", "zh": "cmn"}
"""Voices of espeak-ng by language; older espeak calls Mandarin zh."""
_NORMAL_WPM, _SLOWEST_WPM, _FASTEST_WPM = 175, 120, 450
_FULL = 0.93
"""Of its span that speech fills: a new speed is not kept to the sample."""
_SILENT = 0.01
_TIMEOUT_SECONDS = 60

Waveform = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Speaker:
    """A speech synthesiser at hand: its name and where it is."""

    name: str
    path: str

    def voice(self, language: str) -> str | None:
        """Return the voice of a language, or None where there is none."""
        voice = VOICES.get(language)
        return "zh" if voice == "cmn" and self.name == "espeak" else voice


def find_speaker() -> Speaker | None:
    """Return espeak-ng or espeak, whichever is on PATH first in that order, or None."""
    for name in ("espeak-ng", "espeak"):
        if path := shutil.which(name):
            return Speaker(name, path)
    return None


def samples(monologue: Monologue, seconds: Fraction, speaker: Speaker | None) -> Iterator[bytes]:
    """Yield little-endian float32 mono samples at 48 kHz, a second at once; in all ``sample_at(seconds, RATE)``.

    Memory: a second of sound, and the sentences that touch it.
    """
    voice = None if speaker is None else speaker.voice(monologue.language)
    total = sample_at(seconds, RATE)
    waiting = sorted((sample_at(each.span.start, RATE), place) for place, each in enumerate(monologue.sentences))
    current: list[tuple[int, Waveform]] = []
    for start in range(0, total, RATE):
        end = min(start + RATE, total)
        while waiting and waiting[0][0] < end:
            first, place = waiting.pop(0)
            current.append((first, _sentence(monologue.sentences[place], speaker, voice)))
        chunk = np.zeros(end - start, dtype=np.float32)
        for first, waveform in current:
            left, right = max(first, start), min(first + len(waveform), end)
            if left < right:
                chunk[left - start : right - start] += waveform[left - first : right - first]
        current = [(first, waveform) for first, waveform in current if first + len(waveform) > end]
        yield np.clip(chunk, -1, 1).astype("<f4").tobytes()


def tone(index: int, length: int) -> Waveform:
    """Return the tones of a sentence: float32 ``[length]`` at 48 kHz, faded in and out over 2 ms."""
    time = np.arange(length) / RATE
    low, high = (first + TONE_STEP_HZ * digit for first, digit in zip(TONES, _digits(index), strict=True))
    waveform = LEVEL / 2 * (np.sin(2 * np.pi * low * time) + np.sin(2 * np.pi * high * time))
    ramp = np.minimum(1, (np.minimum(np.arange(length), np.arange(length)[::-1]) + 1) / (RATE * _FADE_SECONDS))
    faded: Waveform = (waveform * ramp).astype(np.float32)
    return faded


def read_tone(waveform: npt.NDArray[np.floating], rate: int) -> int | None:
    """Return the index of the sentence that a stretch of sound spells, modulo 4096, or None where it spells none.

    Silence and speech spell none; a stretch of speech so short that it holds one vowel may be taken for tones.

    Args:
        waveform: ``[N]``, 30 ms or more within one sentence.
        rate: Samples a second, 8,000 or more.
    """
    if len(waveform) < rate * _SHORTEST_SECONDS or float(np.abs(waveform).max()) < _SILENT:
        return None
    length = max(1 << (len(waveform) - 1).bit_length(), rate)
    power = np.abs(np.fft.rfft(waveform * np.hanning(len(waveform)), length)) ** 2
    hertz = np.fft.rfftfreq(length, 1 / rate)
    # The window spreads a tone over two bins of the stretch itself to each side.
    spread = max(2 * rate / len(waveform), TONE_STEP_HZ / 2)
    digits, shares = [], []
    for first in TONES:
        band = (hertz > first - TONE_STEP_HZ / 2) & (hertz < first + TONE_STEP_HZ * (TONE_BASE - 0.5))
        peak = float(hertz[band][int(power[band].argmax())])
        digits.append(round((peak - first) / TONE_STEP_HZ))
        shares.append(float(power[np.abs(hertz - peak) <= spread].sum() / power.sum()))
    if min(shares) < _QUIETEST or sum(shares) < _PURE:
        return None
    return digits[0] + TONE_BASE * digits[1]


def _digits(index: int) -> tuple[int, int]:
    return index % TONE_BASE, index // TONE_BASE % TONE_BASE


def _sentence(sentence: Sentence, speaker: Speaker | None, voice: str | None) -> Waveform:
    length = sample_at(sentence.span.end, RATE) - sample_at(sentence.span.start, RATE)
    if speaker is not None and voice is not None:
        spoken = _fit(lambda speed: _speak(speaker, voice, sentence.text, speed), length)
        if spoken is not None:
            return spoken
    return tone(sentence.index, length)


def _fit(speak: Callable[[int], Waveform], length: int) -> Waveform | None:
    """Return speech of at most `length` samples: at a speed that fills it, squeezed where the fastest is too slow."""
    waveform = speak(_NORMAL_WPM)
    if not len(waveform):
        return None
    speed = min(max(round(_NORMAL_WPM * len(waveform) / (_FULL * length)), _SLOWEST_WPM), _FASTEST_WPM)
    if speed != _NORMAL_WPM:
        waveform = speak(speed)
    if len(waveform) > length:
        places = np.linspace(0, len(waveform) - 1, length)
        squeezed: Waveform = np.interp(places, np.arange(len(waveform)), waveform).astype(np.float32)
        return squeezed
    return waveform


def _speak(speaker: Speaker, voice: str, text: str, speed: int) -> Waveform:
    command = [speaker.path, "-v", voice, "-s", str(speed), "-b", "1", "--stdin", "--stdout"]
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, check=True, timeout=_TIMEOUT_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        last = said.decode(errors="replace").strip().rpartition("\n")[2] or str(error)
        raise EmosError(
            f"{speaker.name} could not speak a sentence ({last}); correct it or ask for tones: {text[:40]!r}"
        ) from error
    waveform, rate = _wav(done.stdout)
    loud = np.flatnonzero(np.abs(waveform) > _SILENT)
    if not len(loud):
        return np.zeros(0, dtype=np.float32)
    waveform = waveform[loud[0] : loud[-1] + 1]
    places = np.arange(int(len(waveform) * RATE / rate)) * (rate / RATE)
    even = np.interp(places, np.arange(len(waveform)), waveform) * (LEVEL / np.abs(waveform).max())
    level: Waveform = even.astype(np.float32)
    return level


def _wav(data: bytes) -> tuple[Waveform, int]:
    """Read what espeak pipes: 16-bit mono whose header cannot know its length."""
    place, rate = 12, RATE
    while place + 8 <= len(data):
        name, length = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        if name == b"fmt ":
            rate = int.from_bytes(data[place + 12 : place + 16], "little")
        if name == b"data":
            body = data[place + 8 :]
            return np.frombuffer(body[: len(body) // 2 * 2], dtype="<i2").astype(np.float32) / np.float32(32_768), rate
        place += 8 + length
    return np.zeros(0, dtype=np.float32), rate
