"""Whether pixels and features are those of a window: a few values of each frame and of some moments, computed again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

FloatArray = npt.NDArray[np.floating]
IndexArray = npt.NDArray[np.intp]

LATTICE = 8
"""Rows and columns of each frame whose pixels are compared: 64 pixels of a frame."""
NUM_LOUD, NUM_SPREAD = 4, 8
"""Feature frames that are computed again: the loudest moments, and moments at equal distances."""
FEATURE_TOLERANCE = 0.02
"""Between features of float32 and ours of float64, and for bfloat16, whose step is 0.008 near 1. Features of speech span 2."""
_WINDOW = 400
"""Samples of one spectrum of Whisper's extractor: 25 ms at 16 kHz."""
_FLOOR = 1e-10
"""Power below which the extractor does not look."""
_RANGE = 8.0
"""Powers of ten below the loudest of a waveform at which its features are cut off."""


@dataclass(frozen=True, slots=True)
class PixelRule:
    """How a video processor makes patches of frames: its sizes, and ``(pixel * scale - mean) / std``.

    Attributes:
        patch: Pixels of a side of a patch.
        merge: Patches of a side of a token.
        temporal: Frames of a grid.
        scale: What a pixel in [0, 255] is multiplied by.
        mean: Of red, green and blue.
        std: Of red, green and blue.
    """

    patch: int
    merge: int
    temporal: int
    scale: float
    mean: Sequence[float]
    std: Sequence[float]

    @property
    def half_level(self) -> float:
        """Half of the least step between two values: a pixel of another level lies further away."""
        return self.scale / max(self.std) / 2

    def values(self, pixels: npt.NDArray[np.uint8], *, times_scale: int = 1) -> FloatArray:
        """Return what pixels ``[..., 3]`` in [0, 255] become; with ``times_scale=2``, where they were scaled twice."""
        scaled: FloatArray = pixels.astype(np.float64) * self.scale**times_scale
        normalised: FloatArray = (scaled - np.asarray(self.mean)) / np.asarray(self.std)
        return normalised


def lattice_pixels(frames: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return pixels ``[T, Y, X, 3]`` of frames ``[T, H, W, 3]``."""
    rows, columns = _lattice(frames.shape[1]), _lattice(frames.shape[2])
    return frames[:, rows[:, None], columns[None, :]]


def lattice_values(
    patches: torch.Tensor, first_patch: int, rule: PixelRule, num_frames: int, height: int, width: int
) -> FloatArray:
    """Return the values ``[T, Y, X, 3]`` of the same pixels in the patches of a processor.

    Args:
        patches: ``[patches of all videos, 3 * temporal * patch * patch]``.
        first_patch: Where those of this video begin.
        rule: How they were made.
        num_frames: Frames of the window, T.
        height: Pixels of a frame.
        width: Pixels of a frame.
    """
    import torch

    row, column = _indices(rule.patch, rule.merge, rule.temporal, num_frames, height, width)
    tensor = patches.detach()
    if tensor.device.type == "cpu" and tensor.dtype == torch.float32:
        # numpy picks a few values of many a hundred times as fast.
        found: FloatArray = tensor.numpy()[row + first_patch, column]
    else:
        found = tensor[row + first_patch, column].float().cpu().numpy()
    return found


@lru_cache(maxsize=32)
def _indices(
    patch: int, merge: int, temporal: int, num_frames: int, height: int, width: int
) -> tuple[IndexArray, IndexArray]:
    """Return where the pixels of the lattice are in the patches of a video: rows and columns ``[T, Y, X, 3]``."""
    rows, columns, side = _lattice(height)[:, None, None], _lattice(width)[None, :, None], patch * merge
    frames, channels = np.arange(num_frames)[:, None, None, None], np.arange(3)
    # Tokens of a grid row by row, the patches of a token row by row, then channel, frame, row and column in a patch.
    token = (frames // temporal * (height // side) + rows // side) * (width // side) + columns // side
    row = token * merge**2 + rows % side // patch * merge + columns % side // patch
    in_patch = (channels * temporal + frames % temporal) * patch + rows % patch
    found = np.broadcast_arrays(row, in_patch * patch + columns % patch)
    return found[0].copy(), found[1].copy()


def feature_difference(
    features: npt.NDArray[np.floating], waveform: npt.NDArray[np.float32], filters: npt.NDArray[np.floating], hop: int
) -> float:
    """Return how far the features of Whisper's extractor are from those of a waveform, at the most of some moments.

    Args:
        features: ``[bins, feature frames]`` of one row of the batch.
        waveform: float32 ``[N]``, mono, at the rate of the extractor.
        filters: ``[201, bins]``, from a spectrum to bins.
        hop: Samples from one feature frame to the next.

    Returns:
        The largest difference; 0 for a waveform of less than 50 ms, of which no spectrum lies within it.

    Cost: 12 spectra of 400 samples, and the sum of squares of the waveform.
    """
    centres = _moments(waveform, hop)
    if not centres.size:
        return 0.0
    angles = 2 * np.pi * np.arange(_WINDOW) / _WINDOW
    starts = centres * hop - _WINDOW // 2
    spans = waveform[starts[:, None] + np.arange(_WINDOW)].astype(np.float64) * (0.5 - 0.5 * np.cos(angles))
    power = np.abs(np.fft.rfft(spans)) ** 2
    logs = np.log10(np.maximum(power @ filters, _FLOOR))
    # The loudest of the whole row decides where it is cut off; the features say it themselves.
    loudest = float(features.max()) * 4 - 4
    expected = (np.maximum(logs, loudest - _RANGE) + 4) / 4
    return float(np.abs(expected.T - features[:, centres]).max())


def _moments(waveform: npt.NDArray[np.float32], hop: int) -> IndexArray:
    """Return indices of feature frames whose spectrum lies within the waveform: loud ones, and some at equal distances."""
    first, end = -(-_WINDOW // (2 * hop)), (len(waveform) - _WINDOW // 2) // hop + 1
    if end <= first:
        return np.zeros(0, np.intp)
    blocks = waveform[: len(waveform) // hop * hop].reshape(-1, hop)
    energy = np.einsum("ij,ij->i", blocks, blocks)[first:end]
    loud = np.argpartition(energy, -min(NUM_LOUD, len(energy)))[-NUM_LOUD:] + first
    spread = np.linspace(first, end - 1, NUM_SPREAD).astype(np.intp)
    return np.unique(np.minimum(np.concatenate([loud, spread]), end - 1))


def _lattice(side: int) -> IndexArray:
    """Return rows, or columns, at equal distances, each once."""
    return np.unique((2 * np.arange(LATTICE) + 1) * side // (2 * LATTICE))
