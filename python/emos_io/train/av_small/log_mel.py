"""Log-mel frames that end at their hop: what lies after a frame's last sample cannot change it.

```text
 kept 240 | window                                    sample (j + 1) * 160 ends frame j
 ---------+----|----|----|----|----|----|----
 [  frame 0   )
      [  frame 1   )
           [  frame 2   )
```
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..._arrays import Float64Array
from .options import KEPT_SAMPLES, MEL_HOP, MEL_LENGTH, SAMPLE_RATE

FFT_LENGTH = 512
"""Frames of 400 samples are filled with zeros to 512, so that each of the lowest bands has a bin of the spectrum."""
LOWEST_HZ = 40.0
HIGHEST_HZ = 8_000.0
LOG_OFFSET = 1e-3
"""What is added to each band's energy before the logarithm; full scale is 1, and digital silence gives ln(0.001)."""
CENTRE = -2.0
SCALE = 4.0
"""Constants that bring logarithms of speech near -1 to 3; nothing is measured over a clip."""


def mel_filters(bands: int) -> Float64Array:
    """Return triangles of height 1, evenly spaced on the mel scale ``2595 log10(1 + f / 700)``, ``[257, bands]``.

    Source: the mel scale of O'Shaughnessy, Speech Communication (1987), which HTK uses.
    """
    bounds = 2595.0 * np.log10(1.0 + np.array([LOWEST_HZ, HIGHEST_HZ]) / 700.0)
    corners = 700.0 * (10.0 ** (np.linspace(bounds[0], bounds[1], bands + 2) / 2595.0) - 1.0)
    frequencies = np.arange(FFT_LENGTH // 2 + 1)[:, None] * (SAMPLE_RATE / FFT_LENGTH)
    rising = (frequencies - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - frequencies) / (corners[2:] - corners[1:-1])
    filters: Float64Array = np.maximum(0.0, np.minimum(rising, falling))
    return filters


class LogMel(nn.Module):
    """Log-mel frames of a waveform; nothing is learned.

    Frame j is over samples ``[160 j - 240, 160 j + 160)`` of the window, under a periodic Hann window of 400 samples:
    ``ln(0.001 + energy)`` of each band, minus -2 and divided by 4, both constants.

    Args:
        bands: The number of bands.
    """

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.hann: Tensor
        self.filters: Tensor
        # No part of the weights: they are the same in every model.
        self.register_buffer("hann", torch.hann_window(MEL_LENGTH, periodic=True), persistent=False)
        self.register_buffer("filters", torch.from_numpy(mel_filters(bands)).float(), persistent=False)

    @torch.no_grad()
    def forward(self, waveform: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-mel frames, and which are valid.

        Args:
            waveform: float32 ``[B, 240 + 160 J]``: the 240 samples before the window, and those of the window.
            valid: bool of the same shape: there is a sample.

        Returns:
            float32 ``[B, J, bands]``, and bool ``[B, J]``: all 400 samples of the frame are there. Other frames are zeros.
        """
        if waveform.shape[1] < KEPT_SAMPLES + MEL_HOP:
            raise ValueError("at least one hop after the samples that are kept")
        # NaN in what is not valid would live through a product with zero.
        samples = torch.where(valid, waveform, torch.zeros((), dtype=waveform.dtype, device=waveform.device))
        spectrum = torch.fft.rfft(samples.unfold(1, MEL_LENGTH, MEL_HOP) * self.hann, n=FFT_LENGTH)
        energy = (spectrum.real.square() + spectrum.imag.square()) @ self.filters
        frames = (torch.log(energy + LOG_OFFSET) - CENTRE) / SCALE
        frame_valid = valid.unfold(1, MEL_LENGTH, MEL_HOP).all(dim=2)
        return frames * frame_valid[..., None], frame_valid
