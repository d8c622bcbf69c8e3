"""Files that are written whole or not at all, even where a run is killed in between."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import quoted

PARTIAL = ".partial"
"""How the name of a file ends that is not complete yet; no reader takes it for anything."""

_partial_files: set[Path] = set()
"""The files of this process that are not complete."""


@contextmanager
def atomic_file(path: Path, *, folder: Path | None = None) -> Iterator[BinaryIO]:
    """Yield a new file to write bytes to; it gets its name when the block ends, and is removed when the block raises.

    Until then what lay at the path stays as it was. A file that has its name is on the disk. Of several files that belong
    together none gets its name before all are written if their blocks lie in one another.

    Args:
        path: The file, which may exist. Its folder does.
        folder: Where the file lies until it is complete, on the same file system; beside `path` if left out.

    Raises:
        OSError: The file cannot be written.

    Cost: one fsync.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "state.json"
        >>> with atomic_file(path) as file:
        ...     file.write(b"{}")
        2
        >>> [each.name for each in path.parent.iterdir()]
        ['state.json']
    """
    partial = (path.parent if folder is None else folder) / f".emos-{os.getpid()}-{secrets.token_hex(4)}{PARTIAL}"
    _partial_files.add(partial)
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException as error:
        # Ctrl-C too leaves nothing behind.
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == os.fspath(partial):
            # The name of the partial file is nobody's.
            raise type(error)(error.errno, error.strerror, os.fspath(path)) from error
        raise
    finally:
        _partial_files.discard(partial)


def remove_partial_files() -> None:
    """Remove the files that are not complete, in a process that ends while its threads still write them."""
    for partial in list(_partial_files):
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; errors and cost are those of `atomic_file`."""
    with atomic_file(path) as file:
        file.write(data)


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, whole or not at all; cost is that of `atomic_file`.

    Raises:
        OSError: The file cannot be written; the text says why and what to do.
    """
    try:
        write_bytes(path, text.encode())
    except OSError as error:
        hint = "make its folder first" if isinstance(error, FileNotFoundError) else "name another file"
        raise type(error)(unwritable("the file", path, hint, error)) from error


def sync(path: Path) -> None:
    """Wait until a file that another program wrote is on the disk, so that it may get its name.

    Raises:
        OSError: The file is not there, or its disk fails.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())


def unwritable(what: str, path: Path, hint: str, error: OSError) -> str:
    """Return the error text for a file that cannot be written.

    Example:
        >>> full = OSError(28, "No space left on device")
        >>> unwritable("the page", Path("a.html"), "free some space or name another file", full)
        'the page cannot be written (No space left on device); free some space or name another file: "a.html"'
    """
    return f"{what} cannot be written ({error.strerror or error}); {hint}: {quoted(path)}"
