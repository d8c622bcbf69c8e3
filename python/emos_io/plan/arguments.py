"""Checks of arguments that the records and the plan share: one clear line where a value is not allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from .._checks import as_number, integer
from ..errors import InvalidArgument, short_repr

NUMBER_HINT = "give a number such as 0.5 or '1/2'"
"""What errors of lengths, hops and rates of a plan say to do."""


def read_weights(weights: object, allowed: Sequence[str], name: str) -> dict[str, float] | None:
    """Return weights by name; names left out weigh 1.

    Raises:
        InvalidArgument: A name is not allowed, or a weight is below zero or not finite.
    """
    if weights is None:
        return None
    names = ", ".join(allowed) or "no name, since there are none"
    if not isinstance(weights, Mapping):
        raise InvalidArgument(
            f"{name} must be a mapping to weights from {names}, got {short_repr(weights)}; leave it out for 1 each"
        )
    for key, value in weights.items():
        if key not in allowed:
            raise InvalidArgument(f"{name} must have keys among {names}, got {key!r}; leave that one out")
        weight(value, f"{name}[{key!r}]")
    return {key: float(weights.get(key, 1.0)) for key in allowed}


def weight(value: object, name: str) -> float:
    """Return a weight: any real number, numpy's and fractions too.

    Raises:
        InvalidArgument: It is not a finite number, or it is below 0.
    """
    number = as_number(value)
    if number is None or number < 0:
        raise InvalidArgument(
            f"{name} must be a finite number of 0 or more, got {short_repr(value)}; 1 changes nothing"
        )
    return number


def frame_size(size: object) -> tuple[int, int]:
    """Return a size as (height, width).

    Raises:
        InvalidArgument: It is not two integers above 0.
    """
    sides = list(size) if isinstance(size, Iterable) and not isinstance(size, str | bytes | Mapping) else []
    if len(sides) != 2:
        raise InvalidArgument(f"size must be (height, width), got {short_repr(size)}; give two integers in pixels")
    height, width = (integer(side, "size", hint="give (height, width) in pixels") for side in sides)
    return height, width


def number_text(value: Fraction) -> str:
    """Return a number as it is written in Python: 4, or '1/2'."""
    return str(value.numerator) if value.denominator == 1 else repr(str(value))
