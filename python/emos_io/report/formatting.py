"""Times, spans and counts as the text of a page."""

from __future__ import annotations

from fractions import Fraction

from ..spans import Span

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
