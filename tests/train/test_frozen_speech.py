"""Speech of the kind frozen: tones of known pitch, silence, noise, and real speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emos_io._arrays import Float32Array
from emos_io.media import Media
from emos_io.spans import Span
from emos_io.train.frozen.features import _SPEECH_NAMES, speech_features
from emos_io.train.frozen.speech import (
    BLOCK,
    SAMPLE_RATE,
    VoiceDetector,
    frames_of,
    levels,
    pitches,
    speech_of,
    zero_crossings,
)

PITCH = 0.005
"""Relative error of a pitch: a period is a number of samples and a parabola between them, 1/400 of 40 samples at most."""


@pytest.fixture(scope="module")
def detector() -> VoiceDetector:
    return VoiceDetector()


@pytest.fixture(scope="module")
def spoken(shared_media: Path) -> Float32Array:
    with Media(str(shared_media / "talking" / "en_grid_sbia1a_3s.mpg")) as media:
        samples = media.samples_in(Span(0, 2), sample_rate=SAMPLE_RATE, num_channels=1).data[0]
    return np.array(samples, dtype=np.float32)


def tone(hz: float, *, harmonics: int, amplitude: float = 0.1) -> Float32Array:
    times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    parts = [np.sin(2 * np.pi * hz * (order + 1) * times + order) / (order + 1) for order in range(harmonics)]
    return np.asarray(amplitude * np.sum(parts, axis=0), dtype=np.float32)


@pytest.mark.parametrize("hz", [70.0, 100.0, 137.3, 220.0, 300.0, 390.0])
@pytest.mark.parametrize("harmonics", [1, 7])
def test_the_pitch_of_a_tone_is_its_frequency_not_its_half_or_double(hz: float, harmonics: int) -> None:
    np.testing.assert_allclose(pitches(frames_of(tone(hz, harmonics=harmonics))), hz, rtol=PITCH)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)
    assert np.isnan(pitches(frames_of(noise))).all()
    assert np.isnan(pitches(frames_of(np.zeros(SAMPLE_RATE, np.float32)))).all()


def test_level_is_the_root_mean_square_in_decibels_of_full_scale() -> None:
    # A sine of amplitude a has the mean square a**2 / 2; 125 Hz has 8 periods in 1,024 samples.
    frames = frames_of(tone(125, harmonics=1, amplitude=0.5))
    np.testing.assert_allclose(levels(frames), 10 * np.log10(0.5**2 / 2), atol=1e-4)
    assert levels(np.zeros((1, 1024))).tolist() == [-100.0]


def test_a_tone_changes_its_sign_twice_a_period() -> None:
    found = zero_crossings(frames_of(tone(1000, harmonics=1)))
    # 1,023 steps from sample to sample hold 63.9 periods: 127 or 128 changes.
    np.testing.assert_allclose(found, 2 * 1000 / SAMPLE_RATE, atol=1 / 1023)


def test_somebody_speaks_in_speech_and_nobody_in_silence(detector: VoiceDetector, spoken: Float32Array) -> None:
    assert (detector.probabilities(spoken) >= 0.5).mean() > 0.4
    assert detector.probabilities(np.zeros(SAMPLE_RATE, np.float32)).max() < 0.1


def test_what_was_heard_before_changes_no_bit(detector: VoiceDetector, spoken: Float32Array) -> None:
    first = detector.probabilities(spoken)
    detector.probabilities(np.random.default_rng(1).standard_normal(SAMPLE_RATE).astype(np.float32))
    assert detector.probabilities(spoken).tobytes() == first.tobytes()
    assert VoiceDetector().probabilities(spoken).tobytes() == first.tobytes()


def test_blocks_without_all_of_their_samples_are_not_known(detector: VoiceDetector, spoken: Float32Array) -> None:
    valid = np.ones(len(spoken), np.bool_)
    valid[: BLOCK + 1] = False
    speech = speech_of(spoken, valid, detector)
    assert np.isnan(speech.voice).nonzero()[0].tolist() == [0, 1]
    # A frame has two blocks.
    assert np.isnan(speech.level).nonzero()[0].tolist() == [0, 1]
    assert len(speech.level) == len(speech.voice) - 1 == len(spoken) // BLOCK - 1


def test_silence_is_marked_as_without_speech_and_no_audio_as_without_audio(detector: VoiceDetector) -> None:
    there = np.ones(SAMPLE_RATE, np.bool_)
    silence = dict(
        zip(
            _SPEECH_NAMES,
            speech_features(speech_of(np.zeros(SAMPLE_RATE, np.float32), there, detector)),
            strict=True,
        )
    )
    assert (silence["audio_missing"], silence["speech_missing"], silence["speech_share"]) == (0, 1, 0)
    unknown = {"level_mean", "level_sd", "crossings_mean", "crossings_sd", "voiced_share", "pitch_mean", "pitch_sd"}
    assert {name for name, value in silence.items() if np.isnan(value)} == {*unknown, "pitch_range"}
    absent = dict(zip(_SPEECH_NAMES, speech_features(None), strict=True))
    assert (absent["audio_missing"], absent["speech_missing"]) == (1, 1)
    assert all(np.isnan(value) for name, value in absent.items() if not name.endswith("_missing"))
    # Shorter than a block.
    short = speech_of(np.zeros(100, np.float32), np.ones(100, np.bool_), detector)
    np.testing.assert_array_equal(speech_features(short), speech_features(None))
