"""Times and counts as a page writes them."""

from __future__ import annotations

from fractions import Fraction
from html import escape

from ..spans import Span

_DIGITS = 6

__all__ = ["both", "decimal", "escape", "fraction", "several", "span_words"]


def fraction(time: Fraction) -> str:
    """Return an exact time as ``a/b``."""
    return f"{time.numerator}/{time.denominator}"


def decimal(time: Fraction) -> str:
    """Return a time as a decimal; one that was rounded begins with a sign that says so."""
    rounded = Fraction(round(time * 10**_DIGITS), 10**_DIGITS)
    shown = f"{float(rounded):.{_DIGITS}f}".rstrip("0").rstrip(".")
    shown = "0" if shown == "-0" else shown
    return shown if rounded == time else f"≈{shown}"


def both(time: Fraction) -> str:
    """Return a time as ``a/b s (decimal s)``."""
    return f"{fraction(time)} s ({decimal(time)} s)"


def span_words(span: Span) -> str:
    """Return a span, half-open, as fractions and as decimals."""
    exact = f"[{fraction(span.start)}, {fraction(span.end)})"
    return f"{exact} s = [{decimal(span.start)}, {decimal(span.end)}) s"


def several(number: int, what: str) -> str:
    """Return a count with its noun."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
