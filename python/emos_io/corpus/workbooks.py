"""Sheets of xlsx and csv files as rows by column name; whatever is not as expected is a finding."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import CorpusError
from .findings import Findings
from .records import Provenance

Cell = str | float | bool | None


class Row:
    """One row: cells by column, and where it stands."""

    __slots__ = ("_cells", "_columns", "provenance")

    def __init__(self, columns: Mapping[str, int], cells: Sequence[Any], provenance: Provenance) -> None:
        self._columns, self._cells, self.provenance = columns, cells, provenance

    def __contains__(self, column: str) -> bool:
        return column in self._columns

    def get(self, column: str) -> Cell:
        """Return a cell, None where it is empty or the sheet has no such column."""
        place = self._columns.get(column)
        if place is None or place >= len(self._cells):
            return None
        value = self._cells[place]
        return None if value == "" else value

    def text(self, column: str) -> str:
        """Return a cell as text: whole numbers without a point, "" where it is empty."""
        value = self.get(column)
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value).strip()

    def number(self, column: str) -> float | None:
        """Return a cell as a number, None where it is none."""
        value = self.get(column)
        try:
            return None if value is None else float(value)
        except ValueError:
            return None

    def true(self, column: str) -> bool:
        """Whether a cell says true."""
        return self.get(column) is True or self.text(column).casefold() == "true"


class Sheet:
    """The first sheet of a workbook, or a csv file.

    Attributes:
        file: Path within the release, for provenance.
        columns: Names as written.
        rows: Every row under the header.
    """

    def __init__(self, file: str, title: str | None, table: Sequence[Sequence[Any]]) -> None:
        header = [str(name).strip() for name in table[0]] if table else []
        self.file, self.title = file, title
        self.columns = tuple(header)
        self._places = {name: place for place, name in reversed(list(enumerate(header))) if name}
        self._table = table

    def __len__(self) -> int:
        return max(0, len(self._table) - 1)

    def __iter__(self) -> Iterator[Row]:
        for number, cells in enumerate(self._table[1:], 2):
            yield Row(self._places, cells, Provenance(self.file, self.title, number))

    def first_of(self, *names: str) -> str | None:
        """Return the first of several names of a column that the sheet has."""
        return next((name for name in names if name in self._places), None)


def read_sheet(
    root: Path, file: str, findings: Findings, *, needs: Sequence[str | tuple[str, ...]] = ()
) -> Sheet | None:
    """Read the first sheet of a file; what cannot be read or lacks a column is a finding and gives None.

    Args:
        root: Folder of the release.
        file: Path within it.
        findings: Takes what is wrong.
        needs: Columns without which the sheet is no use; a tuple names columns of which one is enough.
    """
    path = root / file
    if not path.is_file():
        findings.add(
            "missing_file", file, "the release has no such file", "get it from the release; its records are left out"
        )
        return None
    try:
        sheet = _csv(path, file) if path.suffix == ".csv" else _xlsx(path, file)
    except (OSError, ValueError, CorpusError) as error:
        findings.add("unreadable_file", file, f"it cannot be read ({error})", "get it anew; its records are left out")
        return None
    missing = [need for need in needs if sheet.first_of(*((need,) if isinstance(need, str) else need)) is None]
    if missing:
        named = ", ".join(repr(need if isinstance(need, str) else need[0]) for need in missing)
        has = ", ".join(repr(column) for column in sheet.columns if column)
        findings.add(
            "missing_column",
            f"{file}, sheet {sheet.title}",
            f"column {named} is not there; it has {has}",
            "rename the column as the release does; the records of the file are left out",
        )
        return None
    return sheet


def _csv(path: Path, file: str) -> Sheet:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return Sheet(file, None, list(csv.reader(lines)))


def _xlsx(path: Path, file: str) -> Sheet:
    try:
        import python_calamine
    except ImportError as error:
        raise CorpusError("workbooks need python-calamine; run pip install emos-io") from error
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as workbook:
            title = workbook.sheet_names[0]
            return Sheet(file, title, workbook.get_sheet_by_index(0).to_python(skip_empty_area=False))
    except (python_calamine.CalamineError, IndexError) as error:
        raise CorpusError(str(error)) from error
