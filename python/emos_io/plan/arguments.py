"""Checks of arguments that the records and the plan share: one clear line where a value is not allowed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from numbers import Real
from typing import TypeVar

from ..corpus.arguments import as_integer
from ..errors import InvalidArgument
from ..spans import Seconds, exact_seconds

CONFIDENCE_TIERS = ("high", "medium", "low")
MAX_COUNT = 2**31

Name = TypeVar("Name", bound=str)


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
            f"{name} must be a mapping to weights from {names}, got {weights!r:.60}; leave it out for 1 each"
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
    number: float | None = None
    if not isinstance(value, bool) and isinstance(value, Real):
        # Integers and fractions may be too large for a float.
        with suppress(OverflowError):
            number = float(value)
    if number is None or not math.isfinite(number) or number < 0:
        raise InvalidArgument(f"{name} must be a finite number of 0 or more, got {value!r:.60}; 1 changes nothing")
    return number


def integer(
    value: object, name: str, *, hint: str, least: int = 1, most: int = MAX_COUNT, is_index: bool = False
) -> int:
    """Return an integer within bounds; numpy's integers are integers too.

    Args:
        value: What was given.
        name: What the error calls it.
        hint: What the error says to do.
        least, most: The bounds, both allowed.
        is_index: The error has the number as its `index`.

    Raises:
        InvalidArgument: It is not an integer, or it is too small or too large.
    """
    number = as_integer(value)
    if number is None or not least <= number <= most:
        raise InvalidArgument(
            f"{name} must be an integer from {least} to {most}, got {value!r:.60}; {hint}",
            index=number if is_index else None,
        )
    return number


def frame_size(size: object) -> tuple[int, int]:
    """Return a size as (height, width).

    Raises:
        InvalidArgument: It is not two integers above 0.
    """
    sides = list(size) if isinstance(size, Iterable) and not isinstance(size, str | bytes | Mapping) else []
    if len(sides) != 2:
        raise InvalidArgument(f"size must be (height, width), got {size!r:.60}; give two integers in pixels")
    height, width = (integer(side, "size", hint="give (height, width) in pixels") for side in sides)
    return height, width


def choice(value: object, allowed: Sequence[Name], name: str) -> Name:
    """Return the allowed value that equals `value`.

    Raises:
        InvalidArgument: None does.
    """
    for each in allowed:
        if isinstance(value, str) and value == each:
            return each
    raise InvalidArgument(f"{name} must be {listed(allowed)}, got {value!r:.60}; choose one of them")


def positive(value: Seconds, name: str) -> Fraction:
    """Return a number above zero.

    Raises:
        InvalidArgument: It is not.
    """
    number = exact_seconds(value, name=name)
    if number <= 0:
        raise InvalidArgument(f"{name} must be above 0, got {value!r}; give a number such as 0.5 or '1/2'")
    return number


def from_zero(value: Seconds, name: str, hint: str) -> Fraction:
    """Return a number of 0 or more.

    Raises:
        InvalidArgument: It is below zero.
    """
    number = exact_seconds(value, name=name)
    if number < 0:
        raise InvalidArgument(f"{name} must be 0 or more, got {value!r}; {hint}")
    return number


def listed(names: Sequence[str]) -> str:
    """Return names in quotes, the last one after "or"."""
    quoted = [f'"{name}"' for name in names]
    return ", ".join(quoted[:-1]) + f" or {quoted[-1]}"


def number_text(value: Fraction) -> str:
    """Return a number as it is written in Python: 4, or '1/2'."""
    return str(value.numerator) if value.denominator == 1 else repr(str(value))
