"""Tables of a training that goes on after a kill: rows are written at once, and cut back to the step of a checkpoint."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from ..._files import write_text

LOG, WINDOWS = "log.csv", "windows.csv"
LOG_COLUMNS = ("step", "epoch", "loss", "learning_rate", "gradient_norm", "cpu_seconds")
WINDOWS_COLUMNS = ("step", "epoch", "key")


class Table:
    """A CSV file whose first column is a step of the optimiser, counted from 1.

    Args:
        path: The file; it need not be there.
        columns: Its columns, the step first.

    Raises:
        OSError: It cannot be written.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path, self._columns = path, tuple(columns)

    def cut(self, step: int) -> list[list[str]]:
        """Keep the rows up to a step, and leave out what a kill left incomplete; return them."""
        rows = [row for row in self.rows() if int(row[0]) <= step]
        write_text(self._path, _text([self._columns, *rows]))
        return rows

    def add(self, rows: Sequence[Sequence[object]]) -> None:
        """Write rows behind the others, in one write."""
        with self._path.open("ab", buffering=0) as file:
            file.write(_text(rows).encode())

    def rows(self) -> list[list[str]]:
        """Return the rows that are whole, without the head."""
        try:
            text = self._path.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return []
        complete = text[: text.rfind("\n") + 1]
        rows = list(csv.reader(io.StringIO(complete)))[1:]
        return [row for row in rows if len(row) == len(self._columns) and row[0].isdecimal()]


def _text(rows: Sequence[Sequence[object]]) -> str:
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    return lines.getvalue()
