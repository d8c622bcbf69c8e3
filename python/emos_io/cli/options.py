"""Options that several verbs read alike."""

from __future__ import annotations

from typing import Any

import click


def height_width(_context: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    """Return the (height, width) of ``--size H,W``, or None where it was left out; a callback of `click.option`.

    Raises:
        UsageError: It is not two whole numbers.
    """
    if value is None:
        return None
    height, _, width = value.partition(",")
    if not (height.strip().isdecimal() and width.strip().isdecimal()):
        raise click.UsageError(f"--size {value} was given; it is height,width, as 224,224")
    return int(height), int(width)


RENAMED = {
    "boundary-slack": "collar",
    "boundary-mode": "collar-mode",
    "lanes": "num-lanes",
    "per-lane": "windows-per-lane",
    "buckets": "num-buckets",
}
"""Flags of earlier versions, which go on working and which no help names."""

OLD_FLAGS: dict[str, Any] = {"token_normalize_func": lambda token: RENAMED.get(token, token)}
"""Context settings of a verb that takes flags under their old names too."""
