"""Folders of a run and of its seeds while it is trained: made, locked, and rid of files that a kill left incomplete."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .._files import PARTIAL, unwritable
from ..errors import SourceUnreadable, quoted


@contextmanager
def seed_folder(folder: Path) -> Iterator[None]:
    """Make a folder if it is not there, and keep other trainings out of it within the block.

    Raises:
        SourceUnreadable: Another training writes to it.
        OSError: It cannot be made or read.
    """
    make(folder, "the folder of a seed")
    with locked(folder):
        remove_partial(folder)
        yield


def make(folder: Path, what: str) -> None:
    """Make a folder if it is not there.

    Raises:
        OSError: It cannot be made; the text names it as `what`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise type(error)(unwritable(what, folder, "name another one", error)) from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other trainings out of a folder within the block.

    Raises:
        SourceUnreadable: Another training writes to it.
        OSError: It cannot be read.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise type(error)(unwritable("the folder", folder, "name another one", error)) from error
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def is_partial(path: Path) -> bool:
    """Return whether a file is one that a kill left incomplete."""
    return path.name.startswith(".emos-") and path.name.endswith(PARTIAL)


def remove_partial(folder: Path) -> None:
    """Remove what a kill left incomplete in a folder that is locked."""
    for each in folder.iterdir():
        if is_partial(each):
            with suppress(OSError):
                each.unlink()


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SourceUnreadable(
            f"another training writes to the folder; wait for it, or name another one: {quoted(folder)}",
            path=str(folder),
        ) from error
    except OSError:
        # Some network file systems cannot lock folders.
        return
