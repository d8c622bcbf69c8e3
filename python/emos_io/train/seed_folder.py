"""The folder of one seed while it is trained: made, locked, and rid of files that a kill left incomplete."""

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
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise type(error)(unwritable("the folder of a seed", folder, "name another one", error)) from error
    try:
        _lock(handle, folder)
        for each in folder.glob(f".emos-*{PARTIAL}"):
            with suppress(OSError):
                each.unlink()
        yield
    finally:
        os.close(handle)


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
