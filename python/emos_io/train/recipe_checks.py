"""Checks of the values of a recipe: each names its section and key, and says what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from numbers import Rational

from .._checks import Name, as_number, choice, integer, is_sequence, listed
from ..errors import InvalidArgument, short_repr

_MAX_DIGITS = 18
"""Digits before or after the point of exact seconds."""


def count(value: object, name: str, least: int, most: int, hint: str) -> int:
    """Return an integer from `least` to `most`.

    Raises:
        InvalidArgument: It is none.
    """
    return integer(value, name, hint, least=least, most=most)


def number(value: object, name: str, least: float, most: float, hint: str, *, above: bool = False) -> float:
    """Return a finite number from `least` to `most`; with `above` it is more than `least`.

    Raises:
        InvalidArgument: It is none.
    """
    found = as_number(float(value) if isinstance(value, Decimal) else value)
    if found is None or not least <= found <= most or (above and found == least):
        bounds = f"above {least:g} and at most {most:g}" if above else f"from {least:g} to {most:g}"
        raise InvalidArgument(f"{name} must be a number {bounds}, got {_text(value)}; {hint}")
    return found


def flag(value: object, name: str, hint: str) -> bool:
    """Return True or False.

    Raises:
        InvalidArgument: It is neither.
    """
    if not isinstance(value, bool):
        raise InvalidArgument(f"{name} must be true or false, got {_text(value)}; {hint}")
    return value


def seconds(
    value: object, name: str, least: Fraction, most: Fraction, hint: str, *, unit: Fraction | None = None
) -> Fraction:
    """Return exact seconds from `least` to `most`, a multiple of `unit` where it is given.

    Raises:
        InvalidArgument: They are none.
    """
    found = _exact(value)
    if found is None or not least <= found <= most or (unit is not None and (found / unit).denominator != 1):
        multiple = "" if unit is None else f", in steps of {float(unit):g}"
        raise InvalidArgument(
            f"{name} must be seconds from {float(least):g} to {float(most):g}{multiple}, got {_text(value)}; {hint}"
        )
    return found


def word(value: object, name: str, allowed: Sequence[Name], hint: str = "choose one of them") -> Name:
    """Return the allowed word that equals `value`.

    Raises:
        InvalidArgument: None does.
    """
    return choice(value, allowed, name, hint)


def some_words(value: object, name: str, allowed: Sequence[Name], hint: str) -> tuple[Name, ...]:
    """Return one or more of the allowed words, each once, in the order of `allowed`.

    Raises:
        InvalidArgument: It is something else.
    """
    given = list(value) if is_sequence(value) else []  # type: ignore[call-overload]
    if not given or any(each not in allowed for each in given) or len(set(given)) < len(given):
        raise InvalidArgument(
            f"{name} must be a list of {listed(allowed)}, each at most once, got {_text(value)}; {hint}"
        )
    return tuple(each for each in allowed if each in given)


def integers(
    value: object, name: str, least: int, most: int, hint: str, *, length: int | None = None
) -> tuple[int, ...]:
    """Return one or more integers from `least` to `most`, or `length` of them.

    Raises:
        InvalidArgument: It is something else.
    """
    given = list(value) if is_sequence(value) else []  # type: ignore[call-overload]
    if not given or (length is not None and len(given) != length):
        how_many = "a list of integers" if length is None else f"a list of {length} integers"
        raise InvalidArgument(f"{name} must be {how_many}, got {_text(value)}; {hint}")
    plain = [float(each) if isinstance(each, Decimal) else each for each in given]
    return tuple(integer(each, name, hint, least=least, most=most) for each in plain)


def _exact(value: object) -> Fraction | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        # An exponent of millions would fill the memory with digits.
        return Fraction(value) if value.is_finite() and abs(value.adjusted()) <= _MAX_DIGITS else None
    if isinstance(value, Rational):
        return Fraction(value)
    given = as_number(value)
    # A float stands for the decimal number that Python writes for it.
    return None if given is None else Fraction(repr(given))


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    return short_repr(value)
