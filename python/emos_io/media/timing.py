"""When frames appear and how long they stay: ticks of one clock, exact fractions, rounded seconds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Never

import numpy as np
import numpy.typing as npt

from ..errors import TooLarge, quoted

NOPTS = -(2**63)
"""The tick of a frame that is not valid: FFmpeg's ``AV_NOPTS_VALUE``."""

_EXACT_FLOAT = 2**53
"""Integers up to it are exact as float64."""


@dataclass(frozen=True, eq=False, repr=False)
class FrameTicks:
    """Times of T frames as ticks of one clock.

    Attributes:
        pts: int64 ``[T]``, `NOPTS` where not valid.
        duration: int64 ``[T]``, `NOPTS` where not valid.
        time_base: Exact seconds of one tick.
    """

    pts: npt.NDArray[np.int64]
    duration: npt.NDArray[np.int64]
    time_base: Fraction

    def __repr__(self) -> str:
        valid = int(np.count_nonzero(self.pts != NOPTS))
        return f"FrameTicks({len(self.pts)} frames, valid={valid}, time_base={self.time_base} s)"

    def outermost(self) -> tuple[Fraction, Fraction] | None:
        """Return the earliest and the latest pts in exact seconds, or None where no frame is valid."""
        known = self.pts[self.pts != NOPTS]
        return (int(known.min()) * self.time_base, int(known.max()) * self.time_base) if known.size else None

    @property
    def times(self) -> tuple[Fraction | None, ...]:
        """`pts` in exact seconds, None where not valid."""
        return _exact(self.pts, self.time_base)

    @property
    def durations(self) -> tuple[Fraction | None, ...]:
        """`duration` in exact seconds, None where not valid."""
        return _exact(self.duration, self.time_base)

    @property
    def pts_seconds(self) -> npt.NDArray[np.float64]:
        """`pts` in seconds, NaN where not valid."""
        return seconds_of(self.pts, self.time_base)

    @property
    def duration_seconds(self) -> npt.NDArray[np.float64]:
        """`duration` in seconds, NaN where not valid."""
        return seconds_of(self.duration, self.time_base)


@dataclass(frozen=True, eq=False, repr=False)
class FrameTimes:
    """Times of T frames whose ticks do not fit in 64 bits, such as those of two clocks of large prime rates.

    Attributes:
        times: T exact seconds, None where not valid.
        durations: T exact seconds, None where not valid.
        path: The name of the source.
    """

    times: tuple[Fraction | None, ...]
    durations: tuple[Fraction | None, ...]
    path: str

    def __repr__(self) -> str:
        valid = sum(time is not None for time in self.times)
        return f"FrameTimes({len(self.times)} frames, valid={valid}, path={self.path!r})"

    def outermost(self) -> tuple[Fraction, Fraction] | None:
        """Return the earliest and the latest of `times`, or None where no frame is valid."""
        known = [time for time in self.times if time is not None]
        return (min(known), max(known)) if known else None

    @property
    def pts(self) -> npt.NDArray[np.int64]:
        """Raise `TooLarge`."""
        self._refuse()

    @property
    def duration(self) -> npt.NDArray[np.int64]:
        """Raise `TooLarge`."""
        self._refuse()

    @property
    def time_base(self) -> Fraction:
        """Raise `TooLarge`."""
        self._refuse()

    @property
    def pts_seconds(self) -> npt.NDArray[np.float64]:
        """`times` rounded, NaN where not valid."""
        return _rounded(self.times)

    @property
    def duration_seconds(self) -> npt.NDArray[np.float64]:
        """`durations` rounded, NaN where not valid."""
        return _rounded(self.durations)

    def _refuse(self) -> Never:
        what = "the ticks of the frames must fit in 64 bits; use times and durations in place of pts and duration"
        raise TooLarge(f"{what}: {quoted(self.path)}", path=self.path)


def seconds_of(ticks: npt.NDArray[np.int64], time_base: Fraction) -> npt.NDArray[np.float64]:
    """Return ticks as seconds, each rounded once to the nearest float64; NaN for `NOPTS`."""
    valid = ticks != NOPTS
    known = ticks[valid]
    scale, rate = time_base.numerator, time_base.denominator
    largest = max(abs(int(known.min())), abs(int(known.max()))) if known.size else 0
    if largest * scale > _EXACT_FLOAT or rate > _EXACT_FLOAT:
        return _rounded(_exact(ticks, time_base))
    seconds = np.full(len(ticks), np.nan)
    seconds[valid] = known * scale / rate
    return seconds


def _exact(ticks: npt.NDArray[np.int64], time_base: Fraction) -> tuple[Fraction | None, ...]:
    return tuple(None if tick == NOPTS else tick * time_base for tick in ticks.tolist())


def _rounded(times: tuple[Fraction | None, ...]) -> npt.NDArray[np.float64]:
    return np.array([np.nan if time is None else float(time) for time in times], dtype=np.float64)
