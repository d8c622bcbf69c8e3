"""The rows of a table (CSV, TSV): encoding, delimiter and names of columns, then cells by field or by name."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .._checks import checked_path
from ..errors import InvalidArgument, SourceUnreadable, short_repr
from .encodings import checked_encoding
from .source import FileFindings, Reporter, decode, read_bytes
from .table_columns import column_indices

DELIMITERS = (",", ";", "\t")
"""The characters between cells that are detected."""

# Excel writes the delimiter into a line of its own, and does not count that line.
_SEP_LINE = re.compile(r'\A"?sep=([^"\r\n])"?[,;\t]*(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table.

    Attributes:
        number: As spreadsheets count: the names of the columns are row 1.
        cells: The cells as written, by field, or by the name of their column.
    """

    number: int
    cells: Mapping[str, str]


class TableRows:
    """A table as read; iterating gives its rows.

    Rows without any text are skipped. A row with more or fewer cells than the table has columns is reported (``row_length``)
    and left out; empty cells after the last named column count for nothing.

    Attributes:
        header: The names of all columns, without blanks around them; "" for a column without a name.
        delimiter: The character between cells.
    """

    def __init__(
        self,
        header: Sequence[str],
        delimiter: str,
        indices: Mapping[str, int],
        rows: Iterable[tuple[int, list[str]]],
        findings: FileFindings,
    ) -> None:
        self.header, self.delimiter = tuple(header), delimiter
        self._indices, self._findings = indices, findings
        self._rows = [(number, row) for number, row in rows if any(cell.strip() for cell in row)]
        self._num_named = max((index for index, name in enumerate(header, 1) if name), default=0)

    def __repr__(self) -> str:
        return f"TableRows({len(self.header)} columns, {len(self._rows)} rows)"

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[TableRow]:
        for number, row in self._rows:
            if self._fits(row):
                yield TableRow(number, {name: row[index] for name, index in self._indices.items()})
                continue
            what = f"it has {len(row)} cells and the table {len(self.header)} columns, so it was left out"
            self._findings.add("row_length", f"row {number}", what, "quote cells that contain the delimiter")

    def cells(self, fields: Iterable[str]) -> Iterator[str]:
        """Yield all cells of some fields; those that the table does not have are left out."""
        indices = [self._indices[field] for field in fields if field in self._indices]
        return (row[index] for _, row in self._rows if self._fits(row) for index in indices)

    def _fits(self, row: Sequence[str]) -> bool:
        return len(row) >= self._num_named and not any(cell.strip() for cell in row[len(self.header) :])


def read_rows(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None,
    encoding: str | None,
    delimiter: str | None,
    needs: Iterable[str] = (),
    reporter: Reporter | None,
) -> TableRows:
    """Return the rows of a table. A first line ``sep=;`` gives the delimiter.

    Args:
        path: A file of cells.
        columns: The name of the column of each field, which gives cells by field; None gives cells by the names of columns.
        needs: Names of columns that the delimiter must give, where `columns` is None; they are not checked.
        reporter: Takes ``encoding``, ``row_length``, and ``no_rows``, which is never raised: a table may be empty.
        encoding: Name of the encoding, or None to detect it.
        delimiter: The character between cells; None takes the one of `DELIMITERS` that gives all columns, else most.

    Raises:
        SourceNotFound, TooLarge: As `read_bytes` raises them.
        SourceUnreadable: It is a workbook, or no text; it is empty; or its quotes are not closed.
        InvalidArgument: A column is missing or there are two of its name; or there is a finding and no reporter.
    """
    findings = FileFindings(checked_path(path), reporter)
    text, delimiter = _opened(findings, encoding, delimiter)
    delimiter = delimiter or _delimiter(text, needs if columns is None else columns.values(), findings)
    rows = _split(text, delimiter, findings)
    header = _header(rows, findings)
    if columns is None:
        indices = {name: index for index, name in reversed(list(enumerate(header))) if name}
    else:
        indices = column_indices(header, columns, findings.path)
    table = TableRows(header, delimiter, indices, rows, findings)
    if not len(table):
        what = "the table has the names of its columns and no row below them"
        findings.add_repair("no_rows", "row 1", what, "add the labels, or leave the file out")
    return table


def column_names(
    path: str | os.PathLike[str], *, encoding: str | None = None, delimiter: str | None = None
) -> tuple[str, ...]:
    r"""Return the names in the first row of a table, without blanks around them; none where the file is empty.

    Args:
        path: A table, as `read_table` takes it.
        encoding: Name of the encoding; None detects it, as `read_table` does.
        delimiter: The character between cells; None takes the one of comma, semicolon and tab that gives most names.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no text in the encoding, or the quotes of the row are not closed.
        InvalidArgument: an argument is wrong.
        TooLarge: the file has more than 256 MiB.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> file = Path(tempfile.mkdtemp()) / "labels.csv"
        >>> _ = file.write_text("item; start;end;label\n")
        >>> column_names(file)
        ('item', 'start', 'end', 'label')
    """
    # A guessed encoding is a finding of whoever reads the rows.
    findings = FileFindings(checked_path(path), lambda *_: None)
    text, delimiter = _opened(findings, encoding, delimiter)
    names = [
        name.strip() for name in next(_split(text, delimiter or _delimiter(text, (), findings), findings), (0, []))[1]
    ]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def checked_text_options(encoding: object, delimiter: object) -> tuple[str | None, str | None]:
    """Return the encoding and the delimiter of tables, None where they are detected.

    Raises:
        InvalidArgument: One of them is not allowed.
    """
    return checked_encoding(encoding), checked_delimiter(delimiter)


def checked_delimiter(delimiter: object) -> str | None:
    """Return a delimiter, or None where it was left out.

    Raises:
        InvalidArgument: It is no single character, or one that cannot stand between cells.
    """
    if delimiter is None:
        return None
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise InvalidArgument(
            f"delimiter must be one character, no quote, line end or NUL, got {short_repr(delimiter)}; leave it out for the "
            "usual one"
        )
    return delimiter


def _opened(findings: FileFindings, encoding: str | None, delimiter: str | None) -> tuple[str, str | None]:
    """Return the text from the names of columns on, and the delimiter if it is known."""
    delimiter = checked_delimiter(delimiter)
    data = read_bytes(findings.path)
    if data.startswith(_WORKBOOKS):
        raise findings.unreadable("this is a workbook, no text", "save its sheet as a CSV file in UTF-8")
    text = decode(data, findings, encoding=encoding, fallback=None)
    if line := _SEP_LINE.match(text):
        text, delimiter = text[line.end() :], delimiter or line.group(1)
    return text, delimiter


def _header(rows: Iterator[tuple[int, list[str]]], findings: FileFindings) -> list[str]:
    header = [name.strip() for name in next(rows, (0, []))[1]]
    if any(header):
        return header
    if any(cell.strip() for _, row in rows for cell in row):
        what = "the first row of the table is empty"
        raise findings.unreadable(what, "remove what stands above the names of the columns")
    raise findings.unreadable("the table is empty", "its first row must name its columns")


def _split(text: str, delimiter: str, findings: FileFindings) -> Iterator[tuple[int, list[str]]]:
    """Yield (number, cells) of each row, from 1."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            reason = str(error).lower()
            raise findings.unreadable(f"row {number} cannot be read: {reason}", "check its quotes") from error
        yield number, row


def _delimiter(text: str, needs: Iterable[str], findings: FileFindings) -> str:
    """Return the delimiter that gives all columns that are needed, else the one that gives most columns."""
    needed = {name.strip() for name in needs}
    widths: dict[str, int] = {}
    for delimiter in DELIMITERS:
        try:
            header = [name.strip() for name in next(_split(text, delimiter, findings), (0, []))[1]]
        except SourceUnreadable:  # the quotes of this row are wrong for this delimiter
            continue
        if needed and needed <= set(header):
            return delimiter
        widths[delimiter] = len(header)
    return max(widths, key=lambda delimiter: widths[delimiter], default=",")
