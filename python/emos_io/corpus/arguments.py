"""Checks of arguments that readers of corpora share: one clear line where a value is of another type."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from ..errors import InvalidArgument, short_repr


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
