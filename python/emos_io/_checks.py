"""Checks of arguments that every room shares: one clear line where a value is not allowed."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from numbers import Real
from pathlib import Path
from typing import SupportsIndex, TypeVar

from .errors import InvalidArgument, short_repr

MAX_COUNT = 2**31 - 1
"""The highest count of anything: what the core takes as a count."""

Name = TypeVar("Name", bound=str)


def as_integer(value: object) -> int | None:
    """Return an integer of any type as an int, or None where the value is none; True and False are none."""
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        # Classes and arrays have the method too.
        with suppress(TypeError):
            return operator.index(value)
    return None


def as_number(value: object) -> float | None:
    """Return a finite real number of any type as a float, or None where the value is none; True and False are none."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except OverflowError:
        # Integers and fractions may be too large for a float.
        return None
    return number if math.isfinite(number) else None


def integer(
    value: object, name: str, hint: str, *, least: int = 1, most: int = MAX_COUNT, is_index: bool = False
) -> int:
    """Return an integer from `least` to `most`.

    Args:
        value: What was given.
        name: What the error calls it.
        hint: What the error says to do.
        least, most: The bounds, both allowed.
        is_index: The error has the number as its `index`.

    Raises:
        InvalidArgument: `value` is not such an integer.
    """
    number = as_integer(value)
    if number is None or not least <= number <= most:
        raise InvalidArgument(
            f"{name} must be an integer from {least} to {most}, got {short_repr(value)}; {hint}",
            index=number if is_index else None,
        )
    return number


def choice(value: object, allowed: Sequence[Name], name: str, hint: str = "choose one of them") -> Name:
    """Return the allowed name that equals `value`.

    Raises:
        InvalidArgument: None does.
    """
    for each in allowed:
        if isinstance(value, str) and value == each:
            return each
    raise InvalidArgument(f"{name} must be {listed(allowed)}, got {short_repr(value)}; {hint}")


def listed(names: Sequence[str]) -> str:
    """Return names in quotes, the last one after "or"."""
    quoted_names = [f'"{name}"' for name in names]
    return " or ".join([", ".join(quoted_names[:-1]), quoted_names[-1]] if len(names) > 1 else quoted_names)


def checked_path(value: object, name: str = "path") -> Path:
    """Return the path that an argument stands for.

    Raises:
        InvalidArgument: It is no text and no path of text.
    """
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        raise InvalidArgument(f"{name} must be a path, got {short_repr(value)}; give a str or a pathlib.Path")
    return Path(text)


def checked_columns(columns: object) -> None:
    """Check that the columns of a table are a mapping.

    Raises:
        InvalidArgument: They are not.
    """
    if not isinstance(columns, Mapping):
        raise InvalidArgument(
            f"columns must be a mapping to names of columns, got {short_repr(columns)}; give for instance "
            "{'start': 't0', 'end': 't1', 'label': 'emotion'}"
        )


def is_sequence(value: object) -> bool:
    """Return whether a value has several members; a text counts as one value, not as its letters."""
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)
