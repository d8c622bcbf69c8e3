"""Exact spans of time: half-open, in seconds of media time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from .errors import InvalidArgument, InvalidSpan, short_repr

Seconds = int | float | str | Fraction
"""Seconds: exact if int, Fraction or str (``"1.25"``, ``"1001/30000"``); a float is the nearest fraction whose
denominator is at most `MAX_FLOAT_DENOMINATOR`."""

MAX_FLOAT_DENOMINATOR = 1_000_000
"""Gives back every tick of 30000/1001, 44.1 kHz, 48 kHz and 90 kHz clocks up to nine hours."""

_LIMIT = 2**63
_MAX_EXPONENT = 1000


def exact_seconds(value: Seconds, *, name: str = "time") -> Fraction:
    """Return the exact time that `value` stands for.

    Args:
        value: Seconds; see `Seconds`.
        name: The argument's name in error texts.

    Raises:
        InvalidArgument: `value` is not a finite number, or its numerator or denominator does not fit in 64 bits.

    Example:
        >>> exact_seconds("1.25"), exact_seconds(0.1)
        (Fraction(5, 4), Fraction(1, 10))
    """
    dtype = getattr(value, "dtype", None)
    try:
        is_bool = isinstance(value, bool) or str(dtype) in ("bool", "torch.bool")
        if is_bool or (dtype is None and not isinstance(value, int | float | str | Fraction)):
            raise TypeError
        if isinstance(value, str) and _has_large_exponent(value):
            number = Fraction(_LIMIT)
        elif is_rounded(value):
            number = Fraction(float(value)).limit_denominator(MAX_FLOAT_DENOMINATOR)
        else:
            number = Fraction(value if dtype is None or isinstance(value, str) else int(value))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError, RuntimeError) as error:
        # torch raises a RuntimeError for complex scalars.
        raise InvalidArgument(
            f"{name} must be a finite number, got {short_repr(value)}; give an int, a float, a Fraction or a str such as "
            "'1.25' or '1001/30000'"
        ) from error
    if not (-_LIMIT < number.numerator < _LIMIT and number.denominator < _LIMIT):
        raise InvalidArgument(
            f"{name} must have a numerator and a denominator within 64 bits, got {short_repr(value)}; round it"
        )
    return number


def exact_fraction(text: str) -> Fraction:
    """Return the exact number that a text of a file stands for.

    Raises:
        ValueError: It is no number, or its exponent is beyond all limits.

    Example:
        >>> exact_fraction("1001/30000"), exact_fraction("2.5")
        (Fraction(1001, 30000), Fraction(5, 2))
    """
    try:
        if not _has_large_exponent(text):
            return Fraction(text)
    except ZeroDivisionError as error:
        raise ValueError("the number is divided by 0") from error
    raise ValueError(f"the exponent of {short_repr(text)} is too large")


def _has_large_exponent(text: str) -> bool:
    """Return whether a number has an exponent beyond all limits, whose power of ten would take minutes to compute."""
    _, mark, exponent = text.lower().partition("e")
    return bool(mark) and abs(int(exponent)) > _MAX_EXPONENT


def positive(value: Seconds, name: str, hint: str) -> Fraction:
    """Return an exact number above 0: seconds, or times a second.

    Args:
        value: The number; see `Seconds`.
        name: What the error calls it.
        hint: What the error says to do.

    Raises:
        InvalidArgument: `value` is not a finite number, or not above 0.

    Example:
        >>> positive("30000/1001", "fps", "leave it out")
        Fraction(30000, 1001)
    """
    if value is None:
        raise InvalidArgument(f"{name} must be above 0, got None; {hint}")
    number = exact_seconds(value, name=name)
    if number <= 0:
        raise InvalidArgument(f"{name} must be above 0, got {short_repr(value)}; {hint}")
    return number


def from_zero(value: Seconds, name: str, hint: str) -> Fraction:
    """Return an exact number of 0 or more; arguments and errors are those of `positive`.

    Example:
        >>> from_zero(0.5, "context", "leave it out")
        Fraction(1, 2)
    """
    number = exact_seconds(value, name=name)
    if number < 0:
        raise InvalidArgument(f"{name} must be 0 or more, got {short_repr(value)}; {hint}")
    return number


def is_rounded(value: object) -> bool:
    """Whether a time is a float of any type, such as a scalar of numpy or torch, and so may be rounded."""
    dtype = getattr(value, "dtype", None)
    if isinstance(value, float) or dtype is None or isinstance(value, str):
        return isinstance(value, float)
    # torch's types have no kind.
    kind = getattr(dtype, "kind", "f" if getattr(dtype, "is_floating_point", True) else "i")
    return kind not in ("i", "u")


@dataclass(frozen=True, slots=True, init=False, order=True)
class Span:
    """The time ``[start, end)``, in seconds of media time; `end` comes after `start`.

    Example:
        >>> Span("0.5", 2).duration
        Fraction(3, 2)
        >>> Span(0, 2).intersect(Span(1, 3))
        Span(1, 2)
    """

    start: Fraction
    end: Fraction

    def __init__(self, start: Seconds, end: Seconds) -> None:
        """Make a span.

        Raises:
            InvalidSpan: `end` does not come after `start`.
            InvalidArgument: one of them is not a time.
        """
        first, last = exact_seconds(start, name="start"), exact_seconds(end, name="end")
        if last <= first:
            raise InvalidSpan(
                f"span must end after its start, got [{first}, {last}); give a later end, or swap the two"
            )
        object.__setattr__(self, "start", first)
        object.__setattr__(self, "end", last)

    def __repr__(self) -> str:
        return f"Span({_literal(self.start)}, {_literal(self.end)})"

    def __reduce__(self) -> tuple[type[Span], tuple[Fraction, Fraction]]:
        return (Span, (self.start, self.end))

    @property
    def duration(self) -> Fraction:
        """Seconds from start to end, above zero."""
        return self.end - self.start

    def __contains__(self, time: Seconds) -> bool:
        """Whether a time lies in ``[start, end)``."""
        return self.start <= exact_seconds(time) < self.end

    def intersect(self, other: Span) -> Span | None:
        """Return the time that lies in both spans, or None where there is none.

        Raises:
            InvalidArgument: `other` is no `Span`.
        """
        check_span(other, "other")
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None

    def shift(self, by: Seconds) -> Span:
        """Return the span moved later by some seconds."""
        offset = exact_seconds(by, name="by")
        return Span(self.start + offset, self.end + offset)


def check_span(value: object, name: str) -> Span:
    """Return an argument that is a `Span`.

    Raises:
        InvalidArgument: It is none.
    """
    if not isinstance(value, Span):
        raise InvalidArgument(f"{name} must be a Span, got {short_repr(value)}; give Span(start, end) in seconds")
    return value


Ticks = TypeVar("Ticks", int, npt.NDArray[np.int64])
"""Times as integers of one unit: a single one, or an array."""


def sample_at(time: Fraction, rate: int) -> int:
    """Return the number of the sample nearest to a time, ``floor(time * rate + 1/2)``; halves round up."""
    return sample_at_ticks(time.numerator, time.denominator, rate)


def sample_at_ticks(ticks: Ticks, unit: int, rate: int) -> Ticks:
    """Return the numbers of the samples nearest to times in 1 / unit seconds, as `sample_at` does.

    In an array, ``2 * ticks * rate + unit`` must fit in 64 bits.
    """
    return (ticks * (2 * rate) + unit) // (2 * unit)


def num_samples(span: Span, rate: int) -> int:
    """Return how many samples of each channel a span has: those from `sample_at` its start, before `sample_at` its end."""
    return sample_at(span.end, rate) - sample_at(span.start, rate)


def grid_index(time: Fraction, rate: Fraction) -> int:
    """Return the index of the first of the times ``k / rate`` that is not before `time`, ``ceil(time * rate)``.

    For a duration this is how many times of a grid from its start lie in it: its frames at so many a second.
    """
    return grid_index_ticks(time.numerator, time.denominator, rate)


def grid_index_ticks(ticks: Ticks, unit: int, rate: Fraction) -> Ticks:
    """Return what `grid_index` gives for times in 1 / unit seconds.

    In an array, ``ticks * rate.numerator`` must fit in 64 bits.
    """
    return -((-ticks * rate.numerator) // (unit * rate.denominator))


def num_hop_windows(duration: Fraction, length: Fraction, hop: Fraction) -> int:
    """Return how many windows ``[k * hop, k * hop + length)`` there are: the last is the first that reaches `duration`.

    There is at least one, also where `duration` is 0 or less.
    """
    return 1 + max(0, grid_index(duration - length, 1 / hop))


def hop_window(index: int, length: Fraction, hop: Fraction, start: Fraction = Fraction(0)) -> Span:
    """Return the span of a window by its index: ``[start + index * hop, start + index * hop + length)``."""
    first = start + index * hop
    return Span(first, first + length)


def _literal(time: Fraction) -> str:
    return str(time) if time.denominator == 1 else f"'{time}'"
