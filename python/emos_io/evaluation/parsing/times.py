"""Times of an answer about a monologue, exact: minutes and seconds, or seconds."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import NamedTuple

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,4}):([0-5]\d(?:[.,]\d{1,9})?)"
_SECONDS = r"(\d{1,6}(?:\.\d{1,9})?)"
_UNIT = r"\s{0,4}(?:seconds|second|secs|sec|s|秒)"
_TO = r"\s{0,4}(?:-{1,2}>|-|–|—|−|~|→|to|至|到)\s{0,4}"
_ONE_CLOCK = re.compile(rf"\s*{_CLOCK}(?:{_UNIT})?\s*")
_ONE_SECONDS = re.compile(rf"\s*{_SECONDS}(?:{_UNIT})?\s*")
_OPEN, _CLOSE = r"[\[(【<]{0,2}\s{0,4}", r"\s{0,4}[\])】>]{0,2}"
_CLOCKS = re.compile(rf"{_OPEN}{_CLOCK}{_TO}{_CLOCK}(?:{_UNIT})?{_CLOSE}")
_PLAIN = re.compile(rf"{_OPEN}{_SECONDS}(?:{_UNIT})?{_TO}{_SECONDS}(?:{_UNIT})?{_CLOSE}")
_PLAIN_AT_START = re.compile(
    rf"{_OPEN}{_SECONDS}(?:{_UNIT})?{_TO}{_SECONDS}{_UNIT}(?!\w){_CLOSE}|\[\s?{_SECONDS}{_TO}{_SECONDS}\s?\]"
)
_LONGEST = 80


class Times(NamedTuple):
    """A start and an end in seconds, as written: the end may be the smaller one."""

    start: Fraction
    end: Fraction


def time_of(value: object) -> Fraction | None:
    """Return a time in seconds; None where it is none.

    Example:
        >>> time_of("01:15"), time_of("1:00:00.5"), time_of("12.5 s"), time_of("00:75")
        (Fraction(75, 1), Fraction(7201, 2), Fraction(25, 2), None)
    """
    text = _plain(value)
    if found := _ONE_CLOCK.fullmatch(text):
        return _clock(*found.groups())
    if found := _ONE_SECONDS.fullmatch(text):
        return Fraction(found[1])
    return None


def times_of(value: object) -> Times | None:
    """Return the times of a range; None where it is none.

    Example:
        >>> times_of("00:00-00:15"), times_of("[0.5 s to 2 s]"), times_of("at once")
        (Times(start=Fraction(0, 1), end=Fraction(15, 1)), Times(start=Fraction(1, 2), end=Fraction(2, 1)), None)
    """
    text = _plain(value).strip()
    if found := _CLOCKS.fullmatch(text):
        return Times(_clock(*found.groups()[:3]), _clock(*found.groups()[3:]))
    if found := _PLAIN.fullmatch(text):
        return Times(Fraction(found[1]), Fraction(found[2]))
    return None


def times_at_start(line: str) -> tuple[Times, str] | None:
    """Return the times with which a line begins, and the rest of it; plain seconds count with a unit, or in brackets.

    Example:
        >>> times_at_start("[00:00-00:15] Joy")
        (Times(start=Fraction(0, 1), end=Fraction(15, 1)), ' Joy')
        >>> times_at_start("1-2 people"), times_at_start("0-2.5s: Joy")[1]
        (None, ': Joy')
    """
    head = unicodedata.normalize("NFKC", line[:_LONGEST])
    if found := _CLOCKS.match(head):
        times = Times(_clock(*found.groups()[:3]), _clock(*found.groups()[3:]))
    elif found := _PLAIN_AT_START.match(head):
        start, end = [each for each in found.groups() if each is not None]
        times = Times(Fraction(start), Fraction(end))
    else:
        return None
    return times, head[found.end() :] + line[_LONGEST:]


def _clock(hours: str | None, minutes: str, seconds: str) -> Fraction:
    return int(hours or 0) * 3600 + int(minutes) * 60 + Fraction(seconds.replace(",", "."))


def _plain(value: object) -> str:
    return unicodedata.normalize("NFKC", value).casefold() if isinstance(value, str) and len(value) <= _LONGEST else ""
