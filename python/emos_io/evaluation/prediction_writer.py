"""Files of predictions that grow line by line, and that a later run goes on with."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from .._checks import checked_path
from .._files import unwritable, write_bytes
from ..corpus import Scalar
from ..errors import CorpusError, InvalidArgument, SourceUnreadable, quoted, short_repr
from ..spans import Span
from .prediction_files import LineWriter, read_predictions
from .prediction_lines import LineError, json_object
from .prediction_requests import RequestRows, requests_of
from .predictions import Prediction

_BLOCK_BYTES = 2**16
_OF_A_STOPPED_RUN = ("unfinished_line", "no_predictions")
"""What may be wrong with a file that a run was stopped at."""


class PredictionWriter:
    r"""Appends predictions to a file, and goes on where an earlier run stopped.

    Each line is written at once and is with the operating system when `write` returns, so that a run that is killed loses the
    line that it writes at most. What is left of such a line is cut off when the file is opened again.

    With `requests` all lines of a request are written at once (`write_all`). The last of them, and only that, has `raw`, the
    answer as it came, "" where none came. When the file is opened again, lines at its end behind the last one with `raw` are
    cut off too: they are of a request that was cut, and it is asked again.

    Args:
        path: The file. It is made if it is not there; what it has stays.
        header: The header of a new file; that of a file that is there must be equal. None: no header, or the one that is
            there.
        requests: Lines are those of requests, written with `write_all`.
        retry_failed: Take out the lines of requests that no answer came to, so that they are asked again; the file is written
            anew, whole or not at all. Only with `requests`.
        layers: Layers of which every request has one row, about one thing; a request that lacks one is taken out, and so are
            rows that its loss left without an end. Empty where requests have rows of any layers. Only with `requests`.

    Attributes:
        path: The file.
        num_cut: Lines of cut requests that were cut off or taken out.
        num_retried: Requests that were taken out.
        num_failed: Requests of the file that no answer came to.

    Raises:
        InvalidArgument: The header is none, or `retry_failed` comes without `requests`.
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

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        header: Mapping[str, Scalar] | None = None,
        requests: bool = False,
        retry_failed: bool = False,
        layers: Iterable[str] = (),
    ) -> None:
        self.path = checked_path(path)
        if retry_failed and not requests:
            raise InvalidArgument(
                "retry_failed must come with requests=True, got requests=False; set it, or leave it out"
            )
        if layers and not requests:
            raise InvalidArgument("layers must come with requests=True, got requests=False; set it, or leave them out")
        self.num_cut = self.num_retried = self.num_failed = 0
        self._requests, self._retry_failed, self._layers = requests, retry_failed, frozenset(layers)
        self._lines = LineWriter(self.path)
        self._done: set[tuple[str, str, Span | None]] = set()
        self._ended: set[tuple[str, Span | None]] = set()
        first = self._lines.header(header) if header else ""
        if self.path.exists() and not self.path.is_file():
            self._read(header)
        self._file: BinaryIO | None = self._opened()
        try:
            _lock(self._file, self.path)
            if self._file.seek(0, os.SEEK_END):
                self._take_earlier(header)
            if self._file.seek(0, os.SEEK_END) == 0:
                self._append(first)
        except BaseException:
            self._file.close()
            raise

    def _take_earlier(self, header: Mapping[str, Scalar] | None) -> None:
        """Take what the file has, cut what a run that was stopped left, and take out what is asked again."""
        assert self._file is not None, "it was opened"
        rows = self._read(header)
        _close_last_line(self.path)
        kept = list(rows)
        if self._requests:
            own = requests_of(rows)
            if own and not own[-1].is_complete:
                cut = own.pop()
                self.num_cut = len(cut.rows)
                _cut_lines(self.path, cut.rows[0].line)
            failed = [each for each in own if each.is_failed] if self._retry_failed else []
            lacking = [each for each in own if self._layers and not each.has_one_of_each(self._layers)]
            if failed or lacking:
                self.num_retried = len(failed)
                self.num_cut += sum(len(each.rows) for each in lacking)
                gone = [*failed, *lacking]
                _take_out(self.path, {row.line for each in gone for row in each.rows})
                self._file.close()
                self._file = self._opened()
                _lock(self._file, self.path)
                own = [each for each in own if each not in gone]
            self.num_failed = sum(each.is_failed for each in own)
            kept = [row for each in own for row in each.rows]
        for row in kept:
            self._lines.row(row)
            self._take(row)

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

    @property
    def ended(self) -> frozenset[tuple[str, Span | None]]:
        """Item and span of the last row of each request: of those that have `raw`."""
        return frozenset(self._ended)

    def write(self, row: Prediction) -> None:
        """Append one prediction.

        Raises:
            InvalidArgument: It could not be read back, the file has one about the same, lines are those of requests, or the
                writer is closed.
            OSError: The disk is full, or fails.
        """
        if self._requests:
            raise InvalidArgument("rows must be those of a request with requests=True, got one alone; use write_all")
        self._append(self._lines.row(row))
        self._take(row)

    def write_all(self, rows: Sequence[Prediction]) -> None:
        """Append all rows of one request, in one write; the last of them, and only that, has `raw`.

        Raises:
            InvalidArgument: A row could not be read back, the file has one about the same, another row than the last has
                `raw`, or the writer is closed. Nothing is written then.
            OSError: The disk is full, or fails.
        """
        own = list(rows)
        if not own or own[-1].raw is None or any(row.raw is not None for row in own[:-1]):
            raise InvalidArgument(
                f"rows must be one or more of which the last alone has raw, got {len(own)}; give it the answer as it came"
            )
        if len({(row.key, row.layer, row.span) for row in own}) < len(own):
            raise InvalidArgument("rows must be about different things, got two about one; leave one of them out")
        self._append("".join([self._lines.row(row) for row in own]))
        for row in own:
            self._take(row)
        self.num_failed += RequestRows(tuple(own), is_complete=True).is_failed

    def _take(self, row: Prediction) -> None:
        self._done.add((row.key, row.layer, row.span))
        if row.raw is not None:
            self._ended.add((row.key, row.span))

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

    def _read(self, header: Mapping[str, Scalar] | None) -> Sequence[Prediction]:
        """Return what the file has; nothing is changed where something else than a last line is wrong."""
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
            return ()
        if header is None and earlier.header:
            self._lines.header(earlier.header)
        elif dict(earlier.header) != self._lines.read_header:
            raise CorpusError(
                f"the file of predictions has another header, {_difference(earlier.header, self._lines.read_header)}; write "
                f"another file, or give that header: {quoted(self.path)}",
                path=str(self.path),
            )
        return earlier.rows


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


def _cut_lines(path: Path, line: int) -> None:
    """Cut off a line, by its number from 1, and all behind it."""
    with path.open("r+b") as file:
        for _ in range(line - 1):
            file.readline()
        file.truncate(file.tell())


def _take_out(path: Path, lines: Iterable[int]) -> None:
    """Write a file without some lines, by their numbers from 1: whole or not at all."""
    gone = set(lines)
    parts = path.read_bytes().split(b"\n")
    kept = [part for number, part in enumerate(parts, 1) if number not in gone]
    write_bytes(path, b"\n".join(kept))
