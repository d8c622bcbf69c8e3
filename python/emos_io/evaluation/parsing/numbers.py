"""Numbers of an answer: how sure the model is, and how strong the emotion is."""

from __future__ import annotations

import re
import unicodedata

_NUMBER = r"(\d{1,9}(?:\.\d{0,20})?|\.\d{1,20})"
_CONFIDENCE = re.compile(rf"(?:about|around|approximately|~|≈|约|大约)?\s*{_NUMBER}\s*(%|percent|/\s*100?(?:\.0+)?)?")
_INTENSITY = re.compile(rf"{_NUMBER}\s*(?:/\s*5|out of 5)?")
_DECORATION = " \t\r\n*_`\"'()[]{}.,;。,;"
_LONGEST = 60


def confidence_of(value: object) -> float | None:
    """Return a confidence from 0 to 1; None where it is none: a word, or a number above 1 that does not say percent.

    Example:
        >>> confidence_of("85 %"), confidence_of("0.7"), confidence_of("85"), confidence_of("8/10"), confidence_of("high")
        (0.85, 0.7, None, 0.8, None)
    """
    found = _CONFIDENCE.fullmatch(_plain(value))
    if not found:
        return None
    number = float(found[1])
    scale = (found[2] or "1").replace(" ", "").lstrip("/")
    number /= {"%": 100, "percent": 100}.get(scale) or float(scale)
    return number if number <= 1 else None


def intensity_of(value: object) -> int | None:
    """Return an intensity, an integer from 1 to 5; None where it is none.

    Example:
        >>> intensity_of("4"), intensity_of("4/5"), intensity_of("4.5"), intensity_of("7")
        (4, 4, None, None)
    """
    found = _INTENSITY.fullmatch(_plain(value))
    number = float(found[1]) if found else 0
    return int(number) if number in (1, 2, 3, 4, 5) else None


def _plain(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        return ""
    text = unicodedata.normalize("NFKC", value).casefold()
    return re.sub(r"\s*\([^()]*\)\s*$", "", text).lstrip(" \t\r\n*_`\"'([{,;").rstrip(_DECORATION)
