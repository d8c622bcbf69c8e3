"""Times, spans, counts and names as the text of a page."""

from __future__ import annotations

from fractions import Fraction

from ..errors import printable
from ..spans import Span

MOST_LETTERS = 10_000
"""A name has at most so many letters on a page."""

_DIGITS = 6


def fraction_text(time: Fraction) -> str:
    """Return an exact time as ``a/b``."""
    return f"{time.numerator}/{time.denominator}"


def decimal_text(time: Fraction) -> str:
    """Return a time as a decimal of at most six places; a rounded one begins with ``≈``."""
    rounded = Fraction(round(time * 10**_DIGITS), 10**_DIGITS)
    text = f"{float(rounded):.{_DIGITS}f}".rstrip("0").rstrip(".")
    text = "0" if text == "-0" else text
    return text if rounded == time else f"≈{text}"


def seconds_text(time: Fraction) -> str:
    """Return a time as ``a/b s (decimal s)``."""
    return f"{fraction_text(time)} s ({decimal_text(time)} s)"


def span_text(span: Span) -> str:
    """Return a half-open span, as fractions and as decimals."""
    exact = f"[{fraction_text(span.start)}, {fraction_text(span.end)})"
    return f"{exact} s = [{decimal_text(span.start)}, {decimal_text(span.end)}) s"


def count_text(number: int, noun: str) -> str:
    """Return a count with its noun, in the plural unless the count is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def bounded(text: str) -> str:
    r"""Return a text of one line of printable characters; of one with more than `MOST_LETTERS` its beginning, which says so.

    Example:
        >>> bounded("two\nlines"), bounded("a" * 10_002)[-24:]
        ('two\\nlines', 'aaa… (2 more characters)')
    """
    short = printable(text[:MOST_LETTERS])
    return short if len(text) <= MOST_LETTERS else f"{short}… ({len(text) - MOST_LETTERS:,} more characters)"
