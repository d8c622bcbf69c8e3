"""Checks of what callers give: one clear line where it is not allowed."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Sequence
from typing import SupportsIndex

from ..errors import InvalidArgument
from ..plan import WindowPlan

MAX_TEXT = 60
"""Characters of a wrong value that an error repeats."""


def integer(value: SupportsIndex, name: str, hint: str, *, least: int = 1) -> int:
    """Return an integer of at least `least`.

    Args:
        value: What was given.
        name: The argument's name.
        hint: What to do instead, for the error.
        least: The lowest integer that is allowed.

    Raises:
        InvalidArgument: `value` is not such an integer.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__") or operator.index(value) < least:
        raise InvalidArgument(f"{name} must be an integer of at least {least}, got {brief(value)}; {hint}")
    return operator.index(value)


def epoch_number(value: SupportsIndex) -> int:
    """Return the number of an epoch.

    Raises:
        InvalidArgument: `value` is not an integer, or is below 0.
    """
    return integer(value, "epoch", "the first epoch is 0", least=0)


def choice(value: object, allowed: Sequence[str], name: str, hint: str) -> None:
    """Check that a value is one of several names.

    Raises:
        InvalidArgument: It is not.
    """
    if value not in allowed:
        names = ", ".join(f'"{each}"' for each in allowed[:-1])
        raise InvalidArgument(f'{name} must be {names} or "{allowed[-1]}", got {brief(value)}; {hint}')


def optional_callable(value: object, name: str, parameters: str, hint: str) -> None:
    """Check that a value is a function or None.

    Raises:
        InvalidArgument: It is not.
    """
    if value is not None and not callable(value):
        raise InvalidArgument(f"{name} must be a function of {parameters} or None, got {brief(value)}; {hint}")


def optional_timeout(value: object) -> None:
    """Check that a value is a time limit in seconds, or None for no limit.

    Raises:
        InvalidArgument: It is not.
    """
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if value is not None and not (real and math.isfinite(value) and value > 0):  # type: ignore[operator, arg-type]
        raise InvalidArgument(
            f"timeout must be a number of seconds above 0 or None, got {brief(value)}; None waits without a limit"
        )


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


def brief(value: object) -> str:
    """Return a value as one short line: its repr, or its class where a repr may be long."""
    if value is None or isinstance(value, str | bytes | numbers.Number | list | tuple | dict):
        text = " ".join(repr(value).split())
        return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 3]}..."
    return f"the class {value.__name__}" if isinstance(value, type) else f"a {type(value).__name__}"
