"""Audio as the outline of its waveform; missing samples are shaded."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..media import AudioSamples

HEIGHT = 56
COLUMNS = 880
"""The most columns of an outline: one for each unit of the SVG."""


def waveform_row(x: Callable[[Fraction], float], audio: AudioSamples) -> tuple[str, int]:
    """Return a row of the time axis: the lowest and highest sample of each column over all channels, and missing samples.

    Args:
        x: Returns the x coordinate of a time.
        audio: The audio; its peak fills the height.
    """
    number = len(audio)
    if not number:
        return "", HEIGHT
    middle = HEIGHT / 2
    starts, low, high = outline(audio.data)
    loudest = peak(audio.data) or 1.0
    rate, first = audio.sample_rate, audio.first_sample
    edges = [x(Fraction(first + int(start), rate)) for start in starts]
    edges.append(x(Fraction(first + number, rate)))
    # One step for each column: to the right along the highest samples, back along the lowest ones.
    top = "".join(
        f"L{edges[n]},{middle - value:.1f}L{edges[n + 1]},{middle - value:.1f}"
        for n, value in enumerate(high / loudest * middle)
    )
    below = low / loudest * middle
    bottom = "".join(
        f"L{edges[n + 1]},{middle - below[n]:.1f}L{edges[n]},{middle - below[n]:.1f}"
        for n in reversed(range(len(below)))
    )
    parts = [f'<path class="waveform" d="M{edges[0]},{middle}{top}{bottom}Z"/>']
    parts.append(f'<line class="zero" x1="{edges[0]}" x2="{edges[-1]}" y1="{middle}" y2="{middle}"/>')
    for start, end in gaps(audio):
        left, right = (x(Fraction(first + sample, rate)) for sample in (start, end))
        tooltip = f"<title>samples [{start}, {end}) of {number} are not there</title>"
        parts.append(
            f'<rect class="invalid" x="{left}" y="0" width="{round(max(right - left, 0.5), 2)}" height="{HEIGHT}" '
            f'fill="url(#nothing)">{tooltip}</rect>'
        )
    return "".join(parts), HEIGHT


def outline(
    samples: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return first sample, lowest and highest value of at most `COLUMNS` columns of samples ``[C, N]``, N above 0."""
    number = samples.shape[1]
    columns = min(COLUMNS, number)
    starts = np.arange(columns, dtype=np.int64) * number // columns
    low = np.minimum.reduceat(samples, starts, axis=1).min(axis=0)
    high = np.maximum.reduceat(samples, starts, axis=1).max(axis=0)
    return starts, low, high


def peak(samples: npt.NDArray[np.float32]) -> float:
    """Return the greatest absolute value."""
    return float(np.abs(samples).max()) if samples.size else 0.0


def gaps(audio: AudioSamples) -> list[tuple[int, int]]:
    """Return the ranges ``[first, end)`` of samples that are not valid."""
    edges = [0, *(edge for pair in audio.valid_ranges for edge in pair), len(audio)]
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]
