"""Audio as the outline of its waveform; missing samples are shaded."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..media import AudioSamples
from ..spans import Span, sample_at
from .axis_values import HATCH, AxisRow, Outline, Scale

HEIGHT = 56


def waveform_row(scale: Scale, audio: AudioSamples) -> AxisRow:
    """Return a row of the time axis: the lowest and highest sample of each column over all channels, and missing samples.

    Args:
        scale: The axis.
        audio: The audio, of which the axis may have a part; the peak of all of it fills the height.
    """
    title = ("audio",)
    rate, first, number = audio.sample_rate, audio.first_sample, len(audio)
    begin = min(max(sample_at(scale.span.start, rate) - first, 0), number)
    end = min(max(sample_at(scale.span.end, rate) - first, 0), number)
    if begin == end:
        return AxisRow(title, HEIGHT)
    middle = HEIGHT / 2
    starts, low, high = outline(audio.data[:, begin:end], scale.width)
    loudest = peak(audio.data) or 1.0
    edges = [scale.x(Fraction(first + begin + int(start), rate)) for start in (*starts, end - begin)]
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
    boxes = [
        box
        for start, stop in gaps(audio)
        for box in scale.boxes(
            Span(Fraction(first + start, rate), Fraction(first + stop, rate)),
            0,
            HEIGHT,
            "invalid",
            fill=HATCH,
            tooltip=f"samples [{start}, {stop}) of {number} are not there",
        )
    ]
    path = f"M{edges[0]},{middle}{top}{bottom}Z"
    return AxisRow(title, HEIGHT, tuple(boxes), outline=Outline(path, edges[0], edges[-1], middle))


def outline(
    samples: npt.NDArray[np.float32], columns: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return first sample, lowest and highest value over all channels of each column of samples ``[C, N]``, N above 0.

    There are `columns` columns of equal length, to a sample; or N, where there are fewer samples.

    Example:
        >>> starts, low, high = outline(np.float32([[0, 1, -1, 0.5]]), 2)
        >>> starts.tolist(), low.tolist(), high.tolist()
        ([0, 2], [0.0, -1.0], [1.0, 0.5])
    """
    number = samples.shape[1]
    columns = min(columns, number)
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
