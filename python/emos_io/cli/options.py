"""Options that several verbs read alike."""

from __future__ import annotations

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
