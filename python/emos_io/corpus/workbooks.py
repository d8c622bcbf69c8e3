"""Sheets of xlsx and csv files as rows by column name; whatever is not as expected is a finding."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from typing import TypeAlias

from .._install import INSTALL
from ..errors import CorpusError, InvalidArgument, SourceNotFound, SourceUnreadable, quoted
from ..formats import Reporter
from ..formats.source import FileFindings, decode, read_bytes
from .findings import Finding, FindingCollector
from .records import Provenance

FALLBACK = "cp1252"
"""The encoding of csv files that are neither UTF-8 nor Chinese: what Excel writes in western countries."""

Cell: TypeAlias = str | float | bool | date | time | timedelta | None


class SheetRow:
    """One row of a sheet: cells by column, and where the row was read."""

    __slots__ = ("_cells", "_columns", "provenance")

    def __init__(self, columns: Mapping[str, int], cells: Sequence[Cell], provenance: Provenance) -> None:
        self._columns, self._cells, self.provenance = columns, cells, provenance

    def __contains__(self, column: str) -> bool:
        return column in self._columns

    def get(self, column: str) -> Cell:
        """Return a cell, None where it is empty or the sheet has no such column."""
        position = self._columns.get(column)
        if position is None or position >= len(self._cells):
            return None
        value = self._cells[position]
        return None if value == "" else value

    def text(self, column: str) -> str:
        """Return a cell as text: integers without a point, "" where it is empty."""
        value = self.get(column)
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value).strip()

    def number(self, column: str) -> float | None:
        """Return a cell as a number, None where it holds no number."""
        value = self.get(column)
        try:
            return float(value) if isinstance(value, str | float | int) else None
        except ValueError:
            return None

    def true(self, column: str) -> bool:
        """Return whether a cell is true, or the word in any letter case."""
        return self.get(column) is True or self.text(column).casefold() == "true"


class Sheet:
    """The first sheet of a workbook, or a csv file.

    Attributes:
        file: Path within the folder that was read, for provenance.
        title: Name of the sheet, or None for csv.
        columns: Names as written.
        rows: Every row under the header.
    """

    def __init__(self, file: str, title: str | None, table: Sequence[Sequence[Cell]]) -> None:
        header = [str(name).strip() for name in table[0]] if table else []
        self.file, self.title = file, title
        self.columns = tuple(header)
        self._positions = {name: index for index, name in reversed(list(enumerate(header))) if name}
        self._table = table

    def __len__(self) -> int:
        return max(0, len(self._table) - 1)

    def __iter__(self) -> Iterator[SheetRow]:
        for number, cells in enumerate(self._table[1:], 2):
            yield SheetRow(self._positions, cells, Provenance(self.file, self.title, number))

    def first_of(self, *names: str) -> str | None:
        """Return the first of several column names that the sheet has."""
        return next((name for name in names if name in self._positions), None)


def read_sheet(
    root: Path, file: str, findings: FindingCollector, *, needs: Sequence[str | tuple[str, ...]] = ()
) -> Sheet | None:
    """Return the first sheet of a file; a file that cannot be read or lacks a column becomes a finding, and None is returned.

    Args:
        root: The folder that is read.
        file: Path within it.
        findings: Takes what is wrong; also ``encoding``, where a csv file is not UTF-8.
        needs: Columns that the sheet must have; of the columns in a tuple, one is enough.
    """
    sheet = _open(root, file, needs, findings.reporter(file))
    if isinstance(sheet, Sheet):
        return sheet
    findings.add(sheet.code, sheet.where, sheet.what, sheet.fix)
    return None


def needed_sheet(path: Path, *, name: str, needs: Sequence[str]) -> Sheet:
    """Return the first sheet of a file of the caller's own, without which nothing can be read.

    Args:
        path: The file.
        name: The argument that the file was given as, for errors.
        needs: Columns that the sheet must have.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: The file is no table.
        InvalidArgument: The table lacks a column.
    """
    sheet = _open(path.parent, path.name, needs, None)
    if isinstance(sheet, Sheet):
        return sheet
    if sheet.code == "missing_file":
        raise SourceNotFound(f"{sheet.what}; check the path: {quoted(path)}", path=str(path))
    if sheet.code == "unreadable_file":
        raise SourceUnreadable(f"{sheet.what}; give an xlsx or csv file: {quoted(path)}", path=str(path))
    raise InvalidArgument(
        f"{name} must be a table with the columns named, got one where {sheet.what}; correct the name of the column: "
        f"{quoted(path)}",
        path=str(path),
    )


def _open(root: Path, file: str, needs: Sequence[str | tuple[str, ...]], report: Reporter | None) -> Sheet | Finding:
    """Return the first sheet of a file, or the finding of what is wrong with it."""
    path = root / file
    if not path.is_file():
        return Finding("missing_file", file, "there is no such file", "check the path; its records are left out")
    try:
        sheet = _csv(path, file, report) if path.suffix.lower() in (".csv", ".tsv") else _xlsx(path, file)
    except (OSError, ValueError, CorpusError, csv.Error) as error:
        fix = "save it again; its records are left out"
        return Finding("unreadable_file", file, f"it cannot be read ({error})", fix)
    missing = [need for need in needs if sheet.first_of(*((need,) if isinstance(need, str) else need)) is None]
    if not missing:
        return sheet
    named = ", ".join(repr(need if isinstance(need, str) else need[0]) for need in missing)
    has = ", ".join(repr(column) for column in sheet.columns if column)
    return Finding(
        "missing_column",
        f"{file}, sheet {sheet.title}",
        f"column {named} is missing among {has}",
        "correct the name of the column; the records of the file are left out",
    )


def _csv(path: Path, file: str, report: Reporter | None) -> Sheet:
    text = decode(read_bytes(path), FileFindings(path, report), encoding=None, fallback=FALLBACK)
    lines = io.StringIO(text, newline="")
    return Sheet(file, None, list(csv.reader(lines, delimiter="\t" if path.suffix.lower() == ".tsv" else ",")))


def _xlsx(path: Path, file: str) -> Sheet:
    try:
        import python_calamine
    except ImportError as error:
        raise CorpusError(f"workbooks need python-calamine; run {INSTALL}") from error
    try:
        with python_calamine.CalamineWorkbook.from_path(path) as workbook:
            title = workbook.sheet_names[0]
            return Sheet(file, title, workbook.get_sheet_by_index(0).to_python(skip_empty_area=False))
    except (python_calamine.CalamineError, IndexError) as error:
        raise CorpusError(str(error)) from error
