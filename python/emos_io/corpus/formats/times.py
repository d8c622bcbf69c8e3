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
    """Return the exact value of a decimal such as ``"1.25"`` or ``"3e-5"``, or None where it is none.

    A value whose fraction does not fit in 64 bits is rounded to the nearest picosecond: Praat prints seventeen digits
    of numbers that are far less exact than that. None too where it does not fit even so.
    """
    text = text.strip()
    if len(text) > _MAX_CHARACTERS or not _NUMBER.fullmatch(text):
        return None
    return _fitted(Fraction(text))


def exact_number(value: object) -> Fraction | None:
    """Return the exact value of a number of JSON (an int or a Decimal), or None where it is no time."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, int):
        return Fraction(value) if abs(value) < _LIMIT else None
    return decimal_time(str(value))


def decimal_or_ratio(text: str) -> Fraction | None:
    """Return the exact value of a decimal or of ``"1001/30000"``, or None where it is neither."""
    text = text.strip()
    if len(text) <= _MAX_CHARACTERS and _RATIO.fullmatch(text):
        above, below = text.split("/")
        return _fitted(Fraction(int(above), int(below))) if int(below) else None
    return decimal_time(text)


def clock_time(text: str) -> Fraction | None:
    """Return the seconds of ``HH:MM:SS``, ``HH:MM:SS.mmm``, ``HH:MM:SS,mmm`` or the same without hours, or None.

    Minutes after hours and seconds are below 60. After a comma stand three digits or more: programs disagree whether
    ``,5`` means a half or 5 ms.
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None or len(text) > _MAX_CHARACTERS:
        return None
    hours, minutes, only_minutes, seconds, rest = found.groups()
    whole = int(hours or 0) * 3600 + int(minutes or only_minutes) * 60 + int(seconds)
    return _fitted(whole + Fraction("0" + rest.replace(",", ".") if rest else 0))


def decimal_text(time: Fraction) -> str:
    """Return a time as a decimal: exact where it has one, else rounded to the nearest picosecond."""
    exact = exact_decimal(time)
    return exact if exact is not None else exact_decimal(_rounded(time)) or "0"


def exact_decimal(time: Fraction) -> str | None:
    """Return the decimal that equals a time, or None where none does (``1/3``)."""
    rest, twos, fives = time.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    places = max(twos, fives)
    digits = str(abs(time.numerator) * 10**places // time.denominator).rjust(places + 1, "0")
    sign = "-" if time < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"


def clock_text(time: Fraction) -> str | None:
    """Return a time of at least 0 as ``HH:MM:SS.mmm`` with as many digits as it needs, three at least; else None."""
    decimal = exact_decimal(time)
    if decimal is None or time < 0:
        return None
    whole = math.floor(time)
    rest = (decimal.split(".")[1] if "." in decimal else "").ljust(3, "0")
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{rest}"


def _rounded(time: Fraction) -> Fraction:
    return math.floor(time / _PICOSECOND + Fraction(1, 2)) * _PICOSECOND


def _fitted(time: Fraction) -> Fraction | None:
    for value in (time, _rounded(time)):
        if abs(value.numerator) < _LIMIT and value.denominator < _LIMIT:
            return value
    return None
