"""Times of a monologue as answers write them: minutes and seconds from the beginning, to the millisecond."""

from __future__ import annotations

from fractions import Fraction

from ...errors import InvalidArgument
from ...spans import Span

_MS = 1000


def clock(seconds: Fraction) -> str:
    """Return a time as ``MM:SS``, with milliseconds where it has some, and hours where it has some.

    Example:
        >>> clock(Fraction(75)), clock(Fraction(1, 2)), clock(Fraction(3600))
        ('01:15', '00:00.5', '1:00:00')
    """
    total = milliseconds(seconds)
    minutes, rest = divmod(total, 60 * _MS)
    seconds_part, fine = divmod(rest, _MS)
    hours, minutes = divmod(minutes, 60)
    tail = f".{fine:03d}".rstrip("0") if fine else ""
    return f"{hours}:{minutes:02d}:{seconds_part:02d}{tail}" if hours else f"{minutes:02d}:{seconds_part:02d}{tail}"


def milliseconds(seconds: Fraction) -> int:
    """Return the nearest number of milliseconds; a half goes up."""
    return int((seconds * _MS + Fraction(1, 2)).__floor__())


def clock_range(span: Span, start: Fraction) -> str:
    """Return a span as ``MM:SS-MM:SS``, counted from a start.

    Raises:
        InvalidArgument: It begins before the start, or holds no millisecond.
    """
    if span.start < start:
        raise InvalidArgument(
            f"segment must begin in the part that is asked about, from {float(start):g} s, got {float(span.start):g} s; "
            "cut it there"
        )
    if milliseconds(span.end - start) <= milliseconds(span.start - start):
        raise InvalidArgument(f"segment must be 0.001 s or longer, got {float(span.duration):g} s; leave it out")
    return f"{clock(span.start - start)}-{clock(span.end - start)}"
