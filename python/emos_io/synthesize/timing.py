"""When frames begin, at a rate whose gaps repeat: all in full milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

MS = 1000


def start_times(seconds: Fraction, gaps_ms: Sequence[int]) -> list[Fraction]:
    """Return the times at which frames begin: from 0, all below `seconds`, with the gaps between them in turn.

    Example:
        >>> [float(time) for time in start_times(Fraction(1, 4), [40, 80])]
        [0.0, 0.04, 0.12, 0.16, 0.24]
    """
    offsets = [sum(gaps_ms[:n]) for n in range(len(gaps_ms))]
    times: list[Fraction] = []
    start = 0
    while Fraction(start, MS) < seconds:
        times += [time for offset in offsets if (time := Fraction(start + offset, MS)) < seconds]
        start += sum(gaps_ms)
    return times


def in_milliseconds(seconds: Fraction) -> Fraction:
    """Return a time rounded to full milliseconds, half a millisecond up."""
    return Fraction(int(seconds * MS + Fraction(1, 2)), MS)
