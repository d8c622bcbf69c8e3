"""How much decoding neighbouring windows share, and how long runs of them must be for it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from .content import Chunk, Content
from .windows import MAX_WINDOWS, HopWindows

SPARE = Fraction(1, 4)
"""What the overlap of runs may cost, as a share of what is unique. Half of what a shuffled plan may cost in all: the rest is
for the frames between the keyframe before a run and its start."""


def default_run_length(content: Content) -> int:
    """Return how many neighbours must stay together, so that runs read at most 1 + SPARE times what is unique.

    A run of R windows reads ``(R - 1) * advance + length`` seconds, of which ``R * advance`` are new.
    """
    windows = content.windows
    if isinstance(windows, HopWindows):
        overlap = windows.length + content.context + content.lookahead - windows.hop
        return min(max(1, math.ceil(overlap / (SPARE * windows.hop))), MAX_WINDOWS)
    read, unique = Fraction(0), Fraction(0)
    for place in range(len(content.items)):
        reached: Fraction | None = None
        for each in range(int(content.counts[place])):
            label_span = windows.label_span(place, each)
            start, end = label_span.start - content.context, label_span.end + content.lookahead
            read += end - start
            unique += end - start if reached is None else max(Fraction(0), end - max(start, reached))
            reached = end if reached is None else max(reached, end)
    return max(1, math.ceil((read - unique) / (SPARE * unique)))


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What n windows need, in frames (or seconds without a rate), cut to the media.

    Attributes:
        alone: float64 ``[n]``: of each window by itself.
        after: float64 ``[n]``: what is left of it for a reader that comes from the window before; for the first of an item,
            all of it.
        seconds, unique_seconds: Sums of both in seconds.
    """

    alone: npt.NDArray[np.float64]
    after: npt.NDArray[np.float64]
    seconds: float
    unique_seconds: float


def read_chunks(chunks: Iterator[Chunk], fps: Fraction | None) -> Iterator[tuple[Chunk, Reading]]:
    """Yield chunks with what their windows need.

    Ends that fall behind (a sentence within a longer one) are counted from the furthest end before them.
    """
    item, reached = -1, 0
    for chunk in chunks:
        starts = np.clip(chunk.span_starts, 0, chunk.duration)
        ends = np.clip(chunk.span_ends, 0, chunk.duration)
        if chunk.item != item:
            item, reached = chunk.item, 0
        furthest = np.maximum.accumulate(np.concatenate([[reached], ends]))
        from_here = np.minimum(np.maximum(starts, furthest[:-1]), ends)
        reached = int(furthest[-1])
        alone, after = _count(starts, ends, chunk.unit, fps), _count(from_here, ends, chunk.unit, fps)
        seconds, unique = (int((ends - begin).sum()) / chunk.unit for begin in (starts, from_here))
        yield chunk, Reading(alone, after, seconds, unique)


def _count(
    starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], unit: int, fps: Fraction | None
) -> npt.NDArray[np.float64]:
    if fps is None:
        return (ends - starts) / float(unit)
    first = -((-starts * fps.numerator) // (unit * fps.denominator))
    last = -((-ends * fps.numerator) // (unit * fps.denominator))
    counted: npt.NDArray[np.float64] = (last - first).astype(np.float64)
    return counted
