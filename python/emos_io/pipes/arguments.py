"""Checks of what callers give: one clear line where it is not allowed."""

from __future__ import annotations

import functools
import os
from typing import SupportsIndex

from .._checks import as_number, integer
from ..errors import InvalidArgument, short_repr
from ..media import check_device
from ..plan import WindowPlan


def epoch_number(value: SupportsIndex) -> int:
    """Return the number of an epoch.

    Raises:
        InvalidArgument: `value` is not an integer from 0 to 2147483647.
    """
    return integer(value, "epoch", "the first epoch is 0", least=0)


def optional_callable(value: object, name: str, parameters: str, hint: str) -> None:
    """Check that a value is a function or None.

    Raises:
        InvalidArgument: It is not.
    """
    if value is not None and not callable(value):
        raise InvalidArgument(f"{name} must be a function of {parameters} or None, got {short_repr(value)}; {hint}")


def optional_timeout(value: object) -> float | None:
    """Return a time limit in seconds, or None for no limit.

    Raises:
        InvalidArgument: It is not.
    """
    if value is None:
        return None
    seconds = as_number(value)
    if seconds is None or seconds <= 0:
        raise InvalidArgument(
            f"timeout must be a number of seconds above 0 or None, got {short_repr(value)}; None waits without a limit"
        )
    return seconds


def optional_device(value: object) -> str | None:
    """Return where frames are decoded, with its number; None for the CPU.

    Raises:
        InvalidArgument: There is no such device, or this process may not use it.
        ImportError: The extra that decodes there is not installed.
    """
    return None if value is None else check_device(value)


def check_process(device: str | None) -> None:
    """Check, where a step is read, that this process may use a device: one that was forked after its first use may not.

    Raises:
        InvalidArgument: It may not.
    """
    if device is not None:
        _usable_in(device, os.getpid())


@functools.cache
def _usable_in(device: str, _process: int) -> None:
    check_device(device)


def window_plan(value: object) -> WindowPlan:
    """Return a plan.

    Raises:
        InvalidArgument: `value` is not a plan.
    """
    if not isinstance(value, WindowPlan):
        raise InvalidArgument(
            f"plan must be a WindowPlan, got {short_repr(value)}; make one with WindowPlan(corpus, length, hop)"
        )
    return value
