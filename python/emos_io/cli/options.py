"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable

import click


def height_width(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Return the (height, width) of ``--size H,W``, or None where the option is left out; a callback of `click.option`.

    Raises:
        UsageError: It is not two integers.
    """
    if value is None:
        return None
    height, _, width = value.partition(",")
    if not (height.strip().isdecimal() and width.strip().isdecimal()):
        raise click.UsageError(f"--size must be height,width in pixels, got {value}; write it as 224,224")
    return int(height), int(width)


RENAMED = {
    "boundary-slack": "collar",
    "boundary-mode": "collar-mode",
    "lanes": "num-lanes",
    "per-lane": "windows-per-lane",
    "buckets": "num-buckets",
}
"""Flags of earlier versions, which still work; no help text names them."""

OLD_FLAGS: dict[str, Callable[[str], str]] = {"token_normalize_func": lambda token: RENAMED.get(token, token)}
"""Context settings of a command that also takes the old names of flags."""
