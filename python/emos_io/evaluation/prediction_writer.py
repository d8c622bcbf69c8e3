"""Files of predictions that grow line by line, and that a later run goes on with."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from .._checks import checked_path
from .._files import unwritable
from ..corpus import Scalar
from ..errors import CorpusError, InvalidArgument, SourceUnreadable, quoted, short_repr
from ..spans import Span
from .prediction_files import LineWriter, read_predictions
from .prediction_lines import LineError, json_object
from .predictions import Prediction

_BLOCK_BYTES = 2**16
_OF_A_STOPPED_RUN = ("unfinished_line", "no_predictions")
"""What may be wrong with a file that a run was stopped at."""


class PredictionWriter:
    r"""Appends predictions to a file, a line at a time, and goes on where an earlier run stopped.

    Each line is written at once and is with the operating system when `write` returns, so that a run that is killed loses the
    line that it writes at most. What is left of such a line is cut off when the file is opened again.

    Args:
        path: The file. It is made if it is not there; what it has stays.
        header: The header of a new file; that of a file that is there must be equal. None: no header, or the one that is
            there.

    Attributes:
        path: The file.

    Raises:
        InvalidArgument: The header is none.
        CorpusError: The file has another header, or a line that is wrong.
        SourceUnreadable: It is no file of predictions, or another writer has it open.
        OSError: The file cannot be written.

    Cost: that of reading what is there.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "run.jsonl"
        >>> for _ in range(2):
        ...     with PredictionWriter(path, header={"run": "r"}) as writer:
        ...         for key in ("own/1", "own/2"):
        ...             if not writer.has(key, "basic7"):
        ...                 writer.write(Prediction(key=key, layer="basic7", label="Joy"))
        >>> print(path.read_text(), end="")
        {"header": {"run": "r"}}
        {"key": "own/1", "layer": "basic7", "label": "Joy"}
        {"key": "own/2", "layer": "basic7", "label": "Joy"}
    """

    def __init__(self, path: str | os.PathLike[str], *, header: Mapping[str, Scalar] | None = None) -> None:
        self.path = checked_path(path)
        self._lines = LineWriter(self.path)
        self._done: set[tuple[str, str, Span | None]] = set()
        first = self._lines.header(header) if header else ""
        if self.path.exists() and not self.path.is_file():
            self._read(header)
        self._file: BinaryIO | None = self._opened()
        try:
            _lock(self._file, self.path)
            if self._file.seek(0, os.SEEK_END):
                self._read(header)
                _close_last_line(self.path)
            if self._file.seek(0, os.SEEK_END) == 0:
                self._append(first)
        except BaseException:
            self._file.close()
            raise

    def __repr__(self) -> str:
        return f"PredictionWriter({str(self.path)!r}, {len(self._done)} predictions)"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Return how many predictions the file has."""
        return len(self._done)

    def has(self, key: str, layer: str, span: Span | None = None) -> bool:
        """Return whether the file has a prediction about an item, or about a part of a monologue."""
        return (key, layer, span) in self._done

    def write(self, row: Prediction) -> None:
        """Append one prediction.

        Raises:
            InvalidArgument: It could not be read back, the file has one about the same, or the writer is closed.
            OSError: The disk is full, or fails.
        """
        self._append(self._lines.row(row))
        self._done.add((row.key, row.layer, row.span))

    def close(self) -> None:
        """Wait until the file is on the disk, and close it; once more does nothing."""
        if self._file is not None:
            os.fsync(self._file.fileno())
            self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO:
        try:
            return self.path.open("ab", buffering=0)
        except OSError as error:
            hint = "make its folder first" if isinstance(error, FileNotFoundError) else "name another file"
            raise type(error)(unwritable("the file of predictions", self.path, hint, error)) from error

    def _append(self, line: str) -> None:
        if self._file is None:
            raise InvalidArgument(
                f"writer must be open, got a closed one; open the file again: {quoted(self.path)}", path=str(self.path)
            )
        rest = memoryview(line.encode())
        while rest:
            rest = rest[self._file.write(rest) :]

    def _read(self, header: Mapping[str, Scalar] | None) -> None:
        """Take what the file has as done; nothing is changed where something else than a last line is wrong."""
        earlier = read_predictions(self.path)
        faults = earlier.findings.at_least("fault")
        wrong = [each for each in faults if each.code not in _OF_A_STOPPED_RUN]
        if wrong:
            raise CorpusError(
                f"the file of predictions has {len(wrong)} findings, the first is that {wrong[0].what} ({wrong[0].where}); "
                f"correct it, or write another file: {quoted(self.path)}",
                path=str(self.path),
            )
        if not earlier.rows and not earlier.header:
            return
        if header is None and earlier.header:
            self._lines.header(earlier.header)
        elif dict(earlier.header) != self._lines.read_header:
            raise CorpusError(
                f"the file of predictions has another header, {_difference(earlier.header, self._lines.read_header)}; write "
                f"another file, or give that header: {quoted(self.path)}",
                path=str(self.path),
            )
        for row in earlier:
            self._lines.row(row)
            self._done.add((row.key, row.layer, row.span))


def _lock(file: BinaryIO, path: Path) -> None:
    """Refuse a second writer of a file: both would write what it lacks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SourceUnreadable(
            f"another run is writing the file of predictions; wait for it, or name another file: {quoted(path)}",
            path=str(path),
        ) from error
    except OSError:
        # Some network file systems cannot lock files. There the user must not start two runs.
        return


def _difference(earlier: Mapping[str, object], wanted: Mapping[str, object]) -> str:
    """Return how two headers differ: the values of the first key that is not the same, and the names of the others."""
    first, *others = [
        name
        for name in {**wanted, **earlier}
        if (name in earlier) != (name in wanted) or earlier.get(name) != wanted.get(name)
    ]
    values = f"{first} {short_repr(earlier.get(first))} instead of {short_repr(wanted.get(first))}"
    return values + (f", and {', '.join(others)}" if others else "")


def _close_last_line(path: Path) -> None:
    """Give the last line its end where it lacks it and is complete; cut it off where it is not."""
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        position, tail = size, b""
        while position and b"\n" not in tail:
            length = min(_BLOCK_BYTES, position)
            position -= length
            file.seek(position)
            tail = file.read(length) + tail
        tail = tail.rpartition(b"\n")[2]
        if not tail:
            return
        try:
            json_object(tail.decode("utf-8"))
        except (LineError, UnicodeDecodeError):
            file.truncate(size - len(tail))
        else:
            file.seek(size)
            file.write(b"\n")
