"""Exact times from and to the text of annotation files, never through a float."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?")
_RATIO = re.compile(r"[-+]?[0-9]+/[0-9]+")
_CLOCK = re.compile(r"(?:([0-9]+):([0-5]?[0-9])|([0-9]+)):([0-5]?[0-9])(?:(\.[0-9]+|,[0-9]{3,}))?")
_MAX_CHARACTERS = 100
_LIMIT = 2**63
_PICOSECOND = Fraction(1, 10**12)


def decimal_time(text: str) -> Fraction | None:
    """Return the exact value of a decimal such as ``"1.25"`` or ``"3e-5"``, or None where the text is no decimal.

    A value whose fraction does not fit in 64 bits is rounded to the nearest picosecond: Praat prints seventeen digits
    of numbers that are far less exact than that. The answer is None too where the rounded value does not fit.
    """
    text = text.strip()
    if len(text) > _MAX_CHARACTERS or not _NUMBER.fullmatch(text):
        return None
    return _fitted(Fraction(text))


def exact_number(value: object) -> Fraction | None:
    """Return the exact value of a number of JSON (an int or a Decimal), or None where it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, int):
        return Fraction(value) if abs(value) < _LIMIT else None
    return decimal_time(str(value))


def decimal_or_ratio(text: str) -> Fraction | None:
    """Return the exact value of a decimal or of ``"1001/30000"``, or None where the text is neither."""
    text = text.strip()
    if len(text) <= _MAX_CHARACTERS and _RATIO.fullmatch(text):
        above, below = text.split("/")
        return _fitted(Fraction(int(above), int(below))) if int(below) else None
    return decimal_time(text)


def clock_time(text: str) -> Fraction | None:
    """Return the seconds of ``HH:MM:SS``, ``HH:MM:SS.mmm`` or ``HH:MM:SS,mmm``, or None. Hours may be left out.

    Seconds, and minutes after hours, are below 60. A comma is followed by three digits or more: programs disagree
    whether ``,5`` means a half or 5 ms.
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None or len(text) > _MAX_CHARACTERS:
        return None
    hours, minutes, only_minutes, seconds, rest = found.groups()
    full_seconds = int(hours or 0) * 3600 + int(minutes or only_minutes) * 60 + int(seconds)
    return _fitted(full_seconds + Fraction("0" + rest.replace(",", ".") if rest else 0))


def decimal_text(time: Fraction) -> str:
    """Return a time as a decimal: exact where that is possible, else rounded to the nearest picosecond."""
    exact = exact_decimal(time)
    return exact if exact is not None else exact_decimal(_rounded(time)) or "0"


def decimals_around(time: Fraction) -> tuple[Fraction, Fraction, Fraction]:
    """Return the last decimal at or before a time, the first at or after it, and that of `decimal_text`.

    A time that is no decimal lies between two picoseconds.
    """
    if exact_decimal(time) is not None:
        return time, time, time
    first = math.floor(time / _PICOSECOND) * _PICOSECOND
    return first, first + _PICOSECOND, _rounded(time)


def exact_decimal(time: Fraction) -> str | None:
    """Return the decimal that equals a time, or None where there is none (``1/3``)."""
    rest, twos, fives = time.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    decimals = max(twos, fives)
    digits = str(abs(time.numerator) * 10**decimals // time.denominator).rjust(decimals + 1, "0")
    sign = "-" if time < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def clock_text(time: Fraction) -> str | None:
    """Return a time of 0 or more as ``HH:MM:SS.mmm``, or None where it has no exact decimal or is below 0.

    There are three digits after the point, or more where the time needs them.
    """
    decimal = exact_decimal(time)
    if decimal is None or time < 0:
        return None
    seconds = math.floor(time)
    rest = (decimal.split(".")[1] if "." in decimal else "").ljust(3, "0")
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest}"


def _rounded(time: Fraction) -> Fraction:
    return math.floor(time / _PICOSECOND + Fraction(1, 2)) * _PICOSECOND


def _fitted(time: Fraction) -> Fraction | None:
    for value in (time, _rounded(time)):
        if abs(value.numerator) < _LIMIT and value.denominator < _LIMIT:
            return value
    return None
