"""Checks of what callers give: one clear line where it is not allowed."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Sequence
from contextlib import suppress
from typing import SupportsIndex

from ..errors import InvalidArgument
from ..plan import WindowPlan

MAX_INTEGER = 2**31 - 1
"""The highest count and the highest epoch that are allowed."""
MAX_TEXT = 60
"""Characters of a wrong value that an error repeats."""


def integer(value: SupportsIndex, name: str, hint: str, *, least: int = 1, most: int = MAX_INTEGER) -> int:
    """Return an integer from `least` to `most`.

    Args:
        value: What was given.
        name: The argument's name.
        hint: What to do instead, for the error.
        least: The lowest integer that is allowed.
        most: The highest integer that is allowed.

    Raises:
        InvalidArgument: `value` is not such an integer.
    """
    number = index_of(value)
    if number is None or not least <= number <= most:
        raise InvalidArgument(f"{name} must be an integer from {least} to {most}, got {brief(value)}; {hint}")
    return number


def epoch_number(value: SupportsIndex) -> int:
    """Return the number of an epoch.

    Raises:
        InvalidArgument: `value` is not an integer from 0 to `MAX_INTEGER`.
    """
    return integer(value, "epoch", "the first epoch is 0", least=0)


def choice(value: object, allowed: Sequence[str], name: str, hint: str) -> None:
    """Check that a value is one of several names.

    Raises:
        InvalidArgument: It is not.
    """
    if not isinstance(value, str) or value not in allowed:
        names = ", ".join(f'"{each}"' for each in allowed[:-1])
        raise InvalidArgument(f'{name} must be {names} or "{allowed[-1]}", got {brief(value)}; {hint}')


def optional_callable(value: object, name: str, parameters: str, hint: str) -> None:
    """Check that a value is a function or None.

    Raises:
        InvalidArgument: It is not.
    """
    if value is not None and not callable(value):
        raise InvalidArgument(f"{name} must be a function of {parameters} or None, got {brief(value)}; {hint}")


def optional_timeout(value: object) -> float | None:
    """Return a time limit in seconds, or None for no limit.

    Raises:
        InvalidArgument: It is not.
    """
    if value is None:
        return None
    seconds = math.nan
    if not isinstance(value, bool) and isinstance(value, numbers.Real):
        with suppress(OverflowError):
            seconds = float(value)
    if not (math.isfinite(seconds) and seconds > 0):
        raise InvalidArgument(
            f"timeout must be a number of seconds above 0 or None, got {brief(value)}; None waits without a limit"
        )
    return seconds


def window_plan(value: object) -> WindowPlan:
    """Return a plan.

    Raises:
        InvalidArgument: `value` is not a plan.
    """
    if not isinstance(value, WindowPlan):
        raise InvalidArgument(
            f"plan must be a WindowPlan, got {brief(value)}; make one with WindowPlan(corpus, length, hop)"
        )
    return value


def index_of(value: object) -> int | None:
    """Return an integer, of Python or numpy, or None where `value` is none; a bool is none."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def brief(value: object) -> str:
    """Return a value as one short line: its repr, or its class where a repr may be long."""
    if value is None or isinstance(value, str | bytes | numbers.Number | list | tuple | dict):
        text = " ".join(_repr_of(value).split())
        return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = type(value).__name__
    return f"an {name}" if name[0] in "AEIOaeio" or name == "ndarray" else f"a {name}"


def _repr_of(value: object) -> str:
    try:
        return repr(value)
    except ValueError:
        # Python writes out no integer of over 4300 digits.
        return "an integer of many digits"
