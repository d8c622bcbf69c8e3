"""How much decoding neighbouring windows share, and how long runs of them must be for it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from .._arrays import Float64Array, Int64Array
from ..spans import grid_index_ticks
from .content import Chunk, Content
from .windows import MAX_PLAN_WINDOWS, HopWindows

SPARE = Fraction(1, 4)
"""How much more than the unique seconds the overlaps of runs may cost, as a share. It is half of what a shuffled plan may cost
in all; the other half is for the frames between the keyframe before a run and the run's start."""


def default_run_length(content: Content) -> int:
    """Return how many neighbours must stay together, so that runs read at most 1 + SPARE times what is unique.

    A run of R windows reads ``(R - 1) * advance + length`` seconds, of which ``R * advance`` are new.
    """
    windows = content.windows
    if isinstance(windows, HopWindows):
        overlap = windows.length + content.windowing.context + content.windowing.lookahead - windows.hop
        return min(max(1, math.ceil(overlap / (SPARE * windows.hop))), MAX_PLAN_WINDOWS)
    read, unique = Fraction(0), Fraction(0)
    for item in range(len(content.items)):
        reached: Fraction | None = None
        for index in range(int(content.counts[item])):
            label_span = windows.label_span(item, index)
            start, end = label_span.start - content.windowing.context, label_span.end + content.windowing.lookahead
            read += end - start
            unique += end - start if reached is None else max(Fraction(0), end - max(start, reached))
            reached = end if reached is None else max(reached, end)
    return max(1, math.ceil((read - unique) / (SPARE * unique)))


@dataclass(frozen=True, slots=True, eq=False)
class DecodeCost:
    """What must be decoded for n windows, in frames, or in seconds without a frame rate; cut to the media.

    Attributes:
        alone: float64 ``[n]``: frames of each window when it is read by itself.
        after_previous: float64 ``[n]``: frames still to decode when the previous window of the same item has already been
            decoded; for an item's first window, all of them.
        seconds, unique_seconds: Seconds of all n windows, each by itself and each after the previous one.
    """

    alone: Float64Array
    after_previous: Float64Array
    seconds: float
    unique_seconds: float


def with_decode_costs(chunks: Iterator[Chunk], fps: Fraction | None) -> Iterator[tuple[Chunk, DecodeCost]]:
    """Yield chunks with what must be decoded for their windows.

    A window may end before an earlier one does (a sentence within a longer one). Its cost counts from the furthest end so far.
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
        yield chunk, DecodeCost(alone, after, seconds, unique)


def _count(starts: Int64Array, ends: Int64Array, unit: int, fps: Fraction | None) -> Float64Array:
    if fps is None:
        return (ends - starts) / float(unit)
    counted: Float64Array = (grid_index_ticks(ends, unit, fps) - grid_index_ticks(starts, unit, fps)).astype(np.float64)
    return counted
