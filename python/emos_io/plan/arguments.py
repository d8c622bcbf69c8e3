"""What the arguments of a plan mean, checked: one clear line where they mean nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, get_args

from ..errors import InvalidArgument
from ..spans import Seconds, exact_seconds
from .labels import CollarMode, LabelAt, LabelRule
from .windows import By

TIERS = ("high", "medium", "low")
MAX_COUNT = 2**31


@dataclass(frozen=True, slots=True)
class Cutting:
    """How items are cut into windows.

    Attributes:
        by: None for a hop.
        length: Of a window by hop, or around a change.
        hop: From start to start, or None.
        longest: Windows that are longer keep this many seconds, or None.
        context, lookahead: Seconds decoded before and after.
        causal: No window tells of anything after its end.
    """

    by: By | None
    length: Fraction | None
    hop: Fraction | None
    longest: Fraction | None
    context: Fraction
    lookahead: Fraction
    causal: bool


def read_cutting(
    length: Seconds | None,
    hop: Seconds | None,
    by: str | None,
    context: Seconds,
    lookahead: Seconds,
    causal: bool | None,
    max_length: Seconds | None,
) -> Cutting:
    """Return how items are cut.

    Raises:
        InvalidArgument: The arguments do not go together, or one is not allowed.
    """
    before, after = _from_zero(context, "context"), _from_zero(lookahead, "lookahead")
    size = None if length is None else positive(length, "length")
    longest = None if max_length is None else positive(max_length, "max_length")
    if by is None:
        if size is None:
            raise InvalidArgument(f"neither length nor by was given; give a length in seconds, or by={_allowed(By)}")
        if longest is not None:
            raise InvalidArgument(f"max_length {longest} was given with a hop; windows by hop are all {size} s long")
        step = size if hop is None else positive(hop, "hop")
        return Cutting(None, size, step, None, before, after, True if causal is None else bool(causal))
    kind = choice(by, By, "by")
    if hop is not None:
        raise InvalidArgument(f'hop {hop} and by="{by}" were given; give one of them')
    if causal:
        raise InvalidArgument(
            f'causal=True was given with by="{by}", whose boundaries come from annotators who saw all; take a hop'
        )
    if kind == "change":
        if size is None:
            raise InvalidArgument('by="change" was given without a length; give the seconds around each change')
        if longest is not None:
            raise InvalidArgument(f'max_length {longest} was given with by="change"; its windows are all {size} s long')
        return Cutting(kind, size, None, None, before, after, False)
    if size is not None and longest is not None and size != longest:
        raise InvalidArgument(
            f'length {size} and max_length {longest} were given with by="{by}"; both are the longest window'
        )
    return Cutting(kind, None, None, longest if size is None else size, before, after, False)


def read_rule(label_at: str, collar: Seconds, collar_mode: str, cutting: Cutting) -> LabelRule:
    """Return how windows are labelled.

    Raises:
        InvalidArgument: An argument is not allowed.
    """
    return LabelRule(
        choice(label_at, LabelAt, "label_at"),
        _from_zero(collar, "collar"),
        choice(collar_mode, CollarMode, "collar_mode"),
        backward=cutting.causal or cutting.by == "utterance",
    )


def read_weights(given: Mapping[str, float] | None, allowed: Sequence[str], name: str) -> dict[str, float] | None:
    """Return weights by name; names left out weigh 1.

    Raises:
        InvalidArgument: A name is not allowed, or a weight is below zero or not finite.
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise InvalidArgument(
            f"{name} {given!r:.60} was given; it is a weight for each of {', '.join(allowed) or 'none'}"
        )
    for key, value in given.items():
        if key not in allowed:
            raise InvalidArgument(f"{name} has {key!r}; there are {', '.join(allowed) or 'none'}")
        weight(value, f"{name} of {key}")
    return {key: float(given.get(key, 1.0)) for key in allowed}


def weight(value: Any, name: str) -> float:
    """Return a weight.

    Raises:
        InvalidArgument: It is no finite number from 0 on.
    """
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value) or value < 0:
        raise InvalidArgument(f"{name} {value!r} was given; a weight is a finite number from 0 on")
    return float(value)


def whole(value: Any, name: str, *, least: int = 1, most: int = MAX_COUNT) -> int:
    """Return a whole number.

    Raises:
        InvalidArgument: It is none, or too small or large.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__") or not least <= int(value) <= most:
        raise InvalidArgument(f"{name} {value!r} was given; it is a whole number from {least} to {most}")
    return int(value)


def choice(value: Any, kind: Any, name: str) -> Any:
    """Return one of the values of a Literal.

    Raises:
        InvalidArgument: It is none of them.
    """
    if not isinstance(value, str) or value not in get_args(kind):
        raise InvalidArgument(f"{name} {value!r} was given; it is {_allowed(kind)}")
    return value


def positive(value: Seconds, name: str) -> Fraction:
    """Return seconds above zero.

    Raises:
        InvalidArgument: They are not.
    """
    seconds = exact_seconds(value, name=name)
    if seconds <= 0:
        raise InvalidArgument(f"{name} {value!r} was given; it is above zero")
    return seconds


def _from_zero(value: Seconds, name: str) -> Fraction:
    seconds = exact_seconds(value, name=name)
    if seconds < 0:
        raise InvalidArgument(f"{name} {value!r} was given; it is zero or more")
    return seconds


def _allowed(kind: Any) -> str:
    names = [f'"{name}"' for name in get_args(kind)]
    return ", ".join(names[:-1]) + f" or {names[-1]}"
