"""What a verb may write: something new, or what it was told to replace."""

from __future__ import annotations

from pathlib import Path

import click

from ..corpus.storage import FINDINGS, ITEMS, PARQUET, SCHEMA, TAXONOMIES
from ..errors import quoted

SAVED = {ITEMS, FINDINGS, SCHEMA, TAXONOMIES, *PARQUET.values()}
"""The files of a saved corpus."""


def check_corpus_folder(out: str, *, overwrite: bool) -> None:
    """Refuse a folder for a corpus that holds anything else; one of a saved corpus needs ``--overwrite``.

    Raises:
        UsageError: It is such a folder, or a file.
    """
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(f"--out must be a folder, got a file; name a new folder: {quoted(folder)}")
    names = (
        sorted((each.name for each in folder.iterdir()), key=lambda name: (name.startswith("."), name))
        if folder.is_dir()
        else []
    )
    others = [name for name in names if name not in SAVED]
    if others:
        raise click.UsageError(
            f"--out must be a new folder or one of a saved corpus alone, got one with {others[0]!r}; name a new one: "
            f"{quoted(folder)}"
        )
    if names and not overwrite:
        raise click.UsageError(
            f"--out must be a new folder, got that of a saved corpus; name another, or add --overwrite: {quoted(folder)}"
        )


def check_file(flag: str, path: Path, *, overwrite: bool) -> None:
    """Refuse a file that is there, without ``--overwrite``.

    Raises:
        UsageError: It is there.
    """
    if path.exists() and not overwrite:
        raise click.UsageError(
            f"{flag} must be a new file, got one that is there; name another, or add --overwrite: {quoted(path)}"
        )
