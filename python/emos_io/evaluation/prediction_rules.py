"""What the values of a prediction must be, whether a file has them or a program makes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from .._checks import as_number
from ..errors import short_repr

ANSWERS = ("label", "labels", "value", "error")
SUM_TOLERANCE = Fraction(1, 1000)
"""How far the scores of a layer with one label may be from a sum of 1: models round what they write."""
LARGEST_SCORE = Decimal("1.001")
"""The largest score or confidence. Sums of float32 end above 1, as 1.0000001; such a number counts as 1."""
_SURE = 0.0009
"""Sums of floats that are nearer to 1 than this are nearer than `SUM_TOLERANCE`, exactly; others are added as fractions."""
_ROUNDED = SUM_TOLERANCE * (1 + Fraction(1, 10**9))
"""The tolerance for floats, which are the nearest ones to what was written."""


def is_score(value: object) -> bool:
    """Return whether a value is a number that can be a score or a confidence.

    Example:
        >>> is_score(1), is_score(1.0000001), is_score(1.002), is_score(True)
        (True, True, False, False)
    """
    if isinstance(value, Decimal):
        return value.is_finite() and 0 <= value <= LARGEST_SCORE
    number = as_number(value)
    return number is not None and 0 <= number <= LARGEST_SCORE


def used_score(value: float) -> float:
    """Return a score or a confidence as measures use it: at most 1."""
    return min(value, 1.0)


def why_no_confidence(value: object) -> str:
    """Return why a value is no confidence; "" where it is one."""
    return "" if is_score(value) else f"confidence must be a number from 0 to 1, got {short_repr(value)}"


def why_no_scores(value: object) -> str:
    """Return why a value is no scores of labels; "" where it is, whatever their sum."""
    if not isinstance(value, Mapping):
        return f"scores must map labels to probabilities, got {short_repr(value)}"
    for label, score in value.items():
        if not isinstance(label, str):
            return f"scores must have labels of text, got {short_repr(label)}"
        if not is_score(score):
            is_number = score.is_finite() if isinstance(score, Decimal) else as_number(score) is not None
            allowed = "from 0 to 1" if is_number else "a number"
            return f"the score of {short_repr(label)} must be {allowed}, got {short_repr(score)}"
    return ""


def why_no_sum(scores: Mapping[str, Decimal | float]) -> str:
    """Return why scores are none of a layer with one label: their sum is not 1, within `SUM_TOLERANCE`; "" where it is.

    Example:
        >>> why_no_sum({"Joy": 0.7}), why_no_sum({"Joy": 0.999}), why_no_sum({})
        ('the scores must sum to 1 within 0.001, got 0.7', '', '')
    """
    numbers = tuple(scores.values())
    if not numbers or abs(math.fsum(numbers) - 1) <= _SURE:
        return ""
    # A number below all floats is 0; as a fraction it could have more digits than fit into memory.
    total = sum((Fraction(each) for each in numbers if float(each) != 0), Fraction(0))
    tolerance = SUM_TOLERANCE if isinstance(numbers[0], Decimal) else _ROUNDED
    if abs(total - 1) > tolerance:
        return f"the scores must sum to 1 within {float(SUM_TOLERANCE)}, got {float(total):.6g}"
    return ""


def why_not_one_answer(given: Mapping[str, object]) -> str:
    """Return why values are not those of one answer; "" where they are.

    Args:
        given: The values that are there, by key.
    """
    answers = [name for name in ANSWERS if name in given]
    if len(answers) > 1:
        return f"it has {answers[0]} and {answers[1]}"
    return "" if answers else "it has no label, labels, value or error"
