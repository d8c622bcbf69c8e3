"""Weights of rows and of raters, exact: what a caller gave, checked, as fractions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from fractions import Fraction
from numbers import Rational

from .._arrays import Float64Array, Int64Array
from .._checks import as_number, is_sequence
from ..errors import InvalidArgument, short_repr

Weights = Iterable[Fraction | float] | Float64Array | Int64Array
"""Numbers: fractions and integers are taken exactly, a float as the fraction that it is."""

LEAST_ROW_WEIGHT, MOST_ROW_WEIGHT = 1e-100, 1e100
"""Between these, no likelihood that a vote can have falls below the smallest double. Seconds are far inside."""


def checked_row_weights(weights: Weights | None, num_rows: int) -> tuple[Fraction, ...] | None:
    """Return the weights of rows as fractions, or None where all rows count as one.

    Raises:
        InvalidArgument: not one number for each row, or a number out of `LEAST_ROW_WEIGHT` to `MOST_ROW_WEIGHT`.
    """
    if weights is None:
        return None
    allowed = f"{num_rows} numbers from {LEAST_ROW_WEIGHT:g} to {MOST_ROW_WEIGHT:g}, one for each row"
    checked = _fractions(weights, "row_weights", allowed, num_rows)
    for index, weight in enumerate(checked):
        if not LEAST_ROW_WEIGHT <= weight <= MOST_ROW_WEIGHT:
            got = f"{float(weight):g} at {[index]}"
            raise InvalidArgument(f"row_weights must be {allowed}, got {got}; leave out rows that shall not count")
    return checked


def checked_rater_weights(weights: Weights | None, num_raters: int) -> tuple[Fraction, ...] | None:
    """Return the weights of raters as fractions, or None where all raters count as one.

    Raises:
        InvalidArgument: not one number of 0 or more for each rater, or only zeros.
    """
    if weights is None:
        return None
    allowed = f"{num_raters} numbers of 0 or more, one for each rater, and not all 0"
    checked = _fractions(weights, "rater_weights", allowed, num_raters)
    for index, weight in enumerate(checked):
        if weight < 0:
            got = f"{float(weight):g} at {[index]}"
            raise InvalidArgument(f"rater_weights must be {allowed}, got {got}; give 0 to a rater that shall not count")
    if not any(checked):
        raise InvalidArgument(f"rater_weights must be {allowed}, got only zeros; give at least one rater a weight")
    return checked


def _fractions(weights: Weights, name: str, allowed: str, count: int) -> tuple[Fraction, ...]:
    fix = "give fractions, integers or floats"
    if not is_sequence(weights) or isinstance(weights, Mapping | Set):
        raise InvalidArgument(f"{name} must be {allowed}, got {short_repr(weights)}; {fix}")
    checked: list[Fraction] = []
    for index, weight in enumerate(weights):
        number = as_number(weight)
        if number is None:
            raise InvalidArgument(f"{name} must be {allowed}, got {short_repr(weight)} at {[index]}; {fix}")
        # Integers of numpy would overflow inside a fraction.
        if isinstance(weight, Rational):
            checked.append(Fraction(int(weight.numerator), int(weight.denominator)))
        else:
            checked.append(Fraction(number))
    if len(checked) != count:
        raise InvalidArgument(f"{name} must be {allowed}, got {len(checked)} numbers; {fix}")
    return tuple(checked)
