"""Log-mel frames against librosa where it is installed, and against the discrete Fourier transform written out."""

from __future__ import annotations

import numpy as np
import torch

from emos_io.train.av_small.log_mel import CENTRE, LOG_OFFSET, SCALE, LogMel
from emos_io.train.av_small.options import KEPT_SAMPLES, MEL_HOP, MEL_LENGTH

BANDS = 48
SINGLE_PRECISION = 2e-4
"""Energies in float32 against float64; where a band has little beside a loud one, rounding of the loud one reaches it."""


def sweep() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A rising tone with noise, 240 samples and ten hops."""
    times = np.arange(KEPT_SAMPLES + 10 * MEL_HOP) / 16_000
    noise = np.random.default_rng(0).normal(0, 0.02, len(times))
    return 0.3 * np.sin(2 * np.pi * (150 + 4_000 * times) * times) + noise


def hz_to_mel(hz: float) -> float:
    return 2595 * float(np.log10(1 + hz / 700))


def written_out(
    samples: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Log-mel frames by sums over sines and cosines, and filters one value at a time."""
    corners = [700 * (10 ** (mel / 2595) - 1) for mel in np.linspace(hz_to_mel(40), hz_to_mel(8000), BANDS + 2)]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(MEL_LENGTH) / MEL_LENGTH)
    angles = 2 * np.pi * np.arange(257)[:, None] * np.arange(MEL_LENGTH)[None] / 512
    rows = []
    for frame in range(10):
        part = samples[frame * MEL_HOP : frame * MEL_HOP + MEL_LENGTH] * window
        power = (np.cos(angles) @ part) ** 2 + (np.sin(angles) @ part) ** 2
        bands = []
        for low, middle, high in zip(corners, corners[1:], corners[2:], strict=False):
            heights = [np.interp(k * 16_000 / 512, [low, middle, high], [0, 1, 0], left=0, right=0) for k in range(257)]
            bands.append(float(np.dot(heights, power)))
        rows.append([(np.log(energy + LOG_OFFSET) - CENTRE) / SCALE for energy in bands])
    return np.array(rows)


def test_log_mel_frames_equal_the_transform_written_out() -> None:
    samples = sweep()
    waveform = torch.from_numpy(samples).float()[None]
    mels, valid = LogMel(BANDS)(waveform, torch.ones_like(waveform, dtype=torch.bool))
    assert mels.shape == (1, 10, BANDS) and valid.all()
    assert np.abs(mels[0].numpy() - written_out(samples)).max() < SINGLE_PRECISION


def test_every_band_hears_something() -> None:
    assert (LogMel(BANDS).filters.max(dim=0).values > 0.1).all()


def test_a_frame_ends_at_its_hop_and_lacks_what_is_not_valid() -> None:
    waveform = torch.from_numpy(sweep()).float()[None]
    valid = torch.ones_like(waveform, dtype=torch.bool)
    mels, _ = LogMel(BANDS)(waveform, valid)
    for frame in (0, 4, 9):
        last = KEPT_SAMPLES + (frame + 1) * MEL_HOP
        other = waveform.clone()
        other[:, last:] = -1.0
        assert torch.equal(LogMel(BANDS)(other, valid)[0][:, : frame + 1], mels[:, : frame + 1])
        # One sample that is not there: the frames that hold it, and no other.
        missing = valid.clone()
        missing[:, last - 1] = False
        found, frame_valid = LogMel(BANDS)(waveform, missing)
        holds = [first * MEL_HOP <= last - 1 < first * MEL_HOP + MEL_LENGTH for first in range(10)]
        assert (~frame_valid[0]).tolist() == holds
        assert not found[0][~frame_valid[0]].any()
        assert torch.equal(found[0][frame_valid[0]], mels[0][frame_valid[0]])
