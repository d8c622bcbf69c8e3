"""A babbling voice: silent between sentences, and relative to the speaker's own."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from acting import acted, waveform

from emos_io import Span
from emos_io.errors import InvalidArgument
from emos_io.spans import sample_at
from emos_io.synthesize.expressive.performance import Performance
from emos_io.synthesize.expressive.speakers import speaker
from emos_io.synthesize.expressive.voice import voice_waveform

RATE = 16_000


@pytest.mark.parametrize(("one", "other"), [("Anger", "Fear"), ("Joy", "Surprise"), ("Sadness", "Disgust")])
def test_labels_of_one_voice_give_equal_waveforms(one: str, other: str) -> None:
    assert np.array_equal(waveform(acted(one)), waveform(acted(other)))


def test_what_comes_later_changes_nothing_before() -> None:
    one, other = waveform(acted("Joy", "Anger")), waveform(acted("Joy", "Sadness"))
    assert np.array_equal(one[: 4 * RATE], other[: 4 * RATE]) and not np.array_equal(one, other)


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_it_is_silent_outside_of_sentences(rate: int) -> None:
    sentences = (Span(Fraction(1, 3), Fraction(4, 3)), Span(2, Fraction(7, 2)))
    performance = Performance(speaker("a"), Fraction(11, 3), (), sentences, seed=5)
    found = waveform(performance, rate)
    assert found.dtype == np.float32 and len(found) == sample_at(Fraction(11, 3), rate)
    spoken = np.zeros(len(found), bool)
    for each in sentences:
        spoken[sample_at(each.start, rate) : sample_at(each.end, rate)] = True
    assert not found[~spoken].any()
    # Breath is noise: a sample of exactly 0 is rare.
    assert (found[spoken] != 0).mean() > 0.99 and np.abs(found).max() <= 1


def test_chunks_have_a_second_each() -> None:
    performance = Performance(speaker("a"), Fraction(7, 3), (), (Span(0, 2),))
    assert [len(chunk) for chunk in voice_waveform(performance)] == [RATE, RATE, sample_at(Fraction(1, 3), RATE)]


def pitch_hz(samples: npt.NDArray[np.float32]) -> float:
    """The median over frames of 64 ms of the lag, 50 to 500 Hz, with the highest autocorrelation."""
    found = []
    for first in range(0, len(samples) - 1024, 512):
        frame = samples[first : first + 1024].astype(float)
        if np.sqrt((frame**2).mean()) > 0.02:
            spectrum = np.fft.rfft(frame * np.hanning(1024), 2048)
            correlation = np.fft.irfft(np.abs(spectrum) ** 2)[: RATE // 50]
            # The window makes later lags weaker by what its own autocorrelation is.
            window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(1024), 2048)) ** 2)[: RATE // 50]
            found.append(RATE / (RATE // 500 + np.argmax((correlation / window)[RATE // 500 :])))
    return float(np.median(found))


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_emotions_are_heard_beside_the_speakers_own_voice(name: str) -> None:
    voices = {label: waveform(acted(label, name=name, seconds=12)) for label in ("Anger", "Neutral", "Sadness")}
    loud = [float(np.sqrt((each**2).mean())) for each in voices.values()]
    assert loud[0] > 1.3 * loud[1] > 1.3 * 1.3 * loud[2]
    # From 1.5 to 3 kHz, a bin being 1/12 Hz: above it the bursts of consonants are louder than a dull vowel.
    power = [np.abs(np.fft.rfft(each)) ** 2 for each in voices.values()]
    bright = [float(each[1_500 * 12 : 3_000 * 12].sum() / each.sum()) for each in power]
    assert bright[0] > 2 * bright[1] > 2 * bright[2]
    pitches = [pitch_hz(each) for each in voices.values()]
    assert pitches[0] > 1.1 * pitches[1] > 1.1 * 1.05 * pitches[2]
    # The offset of a speaker moves the pitch at rest by some hundredths of an octave.
    assert pitches[1] == pytest.approx(speaker(name, seed=1).pitch_hz, rel=0.15)


def test_other_rates_are_refused() -> None:
    with pytest.raises(InvalidArgument) as caught:
        next(voice_waveform(acted("Joy"), 7_999))
    assert str(caught.value) == "rate must be an integer from 8000 to 48000, got 7999; resample it afterwards"
