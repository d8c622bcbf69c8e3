"""Tables of labels (CSV, TSV): one row a label, columns named by the caller."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Literal

from .._checks import checked_columns, checked_path
from ..errors import InvalidArgument, quoted, short_repr
from ..spans import Span
from .segments import AnnotationFile, Segment
from .source import FileFindings, Reporter, decode, read_bytes, write_bytes
from .times import clock_text, clock_time, decimal_or_ratio, exact_decimal

TimeUnit = Literal["s", "ms", "timestamp"]

FIELDS = ("item", "start", "end", "duration", "label", "rater", "layer", "confidence", "text")
"""The fields that a column can have."""

TABLE_COLUMNS = {name: name for name in ("item", "start", "end", "label", "rater", "layer", "confidence")}
"""The columns that `write_table` writes, as `read_table` takes them."""

_UNITS: dict[TimeUnit, Callable[[str], Fraction | None]] = {
    "s": decimal_or_ratio,
    "ms": lambda text: None if (value := decimal_or_ratio(text)) is None else value / 1000,
    "timestamp": clock_time,
}


def read_table(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str],
    unit: TimeUnit,
    encoding: str = "utf-8-sig",
    delimiter: str | None = None,
    reporter: Reporter | None = None,
) -> AnnotationFile:
    r"""Return the labels of a table whose first row names its columns.

    A row gives a segment for its label, whose tier is its layer (else ""), and one for its text, whose tier is
    "text". Cells are kept as written, with leading zeros and blanks; empty cells of item and rater become None. Times
    are exact: they never go through a float. Empty rows are skipped.

    Args:
        path: A file of cells, in double quotes where needed.
        columns: The name of the column of each field (`FIELDS`): ``{"start": "StartTime", ...}``. Needed are "start",
            one of "end" and "duration", and one or both of "label" and "text". Blanks around names in the file are
            ignored.
        unit: The unit of start, end and duration: ``"s"`` and ``"ms"`` are decimals or ratios (``"1001/30000"``);
            ``"timestamp"`` is ``HH:MM:SS,mmm`` or ``HH:MM:SS.mmm``, with or without hours.
        encoding: Name of the encoding; the default is UTF-8 with or without a byte order mark.
        delimiter: The character between cells; None takes the one of comma, semicolon and tab that gives all columns.
        reporter: Takes each finding as (code, where, what, fix). "Where" is the number of the row as spreadsheets
            count; the names are row 1. ``row_length``, ``bad_time`` and ``empty_span`` leave a row out, ``no_label``
            (an empty cell) a label or text, ``bad_confidence`` a confidence. None raises the first finding.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no text in the encoding, its quotes are not closed, or a cell has over 131,072
            characters.
        TooLarge: the file has more than 256 MiB.
        InvalidArgument: a column is missing or there are two of its name; an argument is wrong; or there is a finding,
            and `reporter` is None.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> file = Path(tempfile.mkdtemp()) / "meld.csv"
        >>> _ = file.write_text('Emotion,StartTime,EndTime\njoy,"00:16:16,059","00:16:21,731"\n')
        >>> columns = {"label": "Emotion", "start": "StartTime", "end": "EndTime"}
        >>> read_table(file, columns=columns, unit="timestamp").segments[0].span
        Span('976059/1000', '981731/1000')
    """
    path = checked_path(path)
    findings = FileFindings(path, reporter)
    _check_arguments(columns, unit)
    text = decode(read_bytes(path), findings, encoding=encoding, fallback=None)
    rows = _rows(text, delimiter or _delimiter(text, columns, findings), findings)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    indices = _column_indices(header, columns, findings)
    segments: list[Segment] = []
    for number, row in rows:
        where = f"row {number}"
        if not any(row):
            continue
        if len(row) != len(header):
            what = f"it has {len(row)} cells and the table {len(header)} columns, so it was left out"
            findings.add("row_length", where, what, "quote cells that contain the delimiter")
            continue
        cells = {name: row[index] for name, index in indices.items()}
        if span := _span(cells, unit, where, findings):
            segments += _segments(cells, span, where, findings)
    tiers = tuple(dict.fromkeys(segment.tier for segment in segments))
    return AnnotationFile(tuple(segments), tiers=tiers)


def column_names(path: str | os.PathLike[str]) -> tuple[str, ...]:
    r"""Return the names in the first row of a table, without blanks around them; none where the file is empty.

    The delimiter is the one of comma, semicolon and tab that gives most names.

    Args:
        path: A table in UTF-8, as `read_table` takes it.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no text in UTF-8, or the quotes of the row are not closed.
        TooLarge: the file has more than 256 MiB.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> file = Path(tempfile.mkdtemp()) / "labels.csv"
        >>> _ = file.write_text("item; start;end;label\n")
        >>> column_names(file)
        ('item', 'start', 'end', 'label')
    """
    path = checked_path(path)
    findings = FileFindings(path, None)
    text = decode(read_bytes(path), findings, encoding="utf-8-sig", fallback=None)
    rows = [_first_row(text, delimiter, findings) for delimiter in (",", ";", "\t")]
    names = max(rows, key=len)
    return names if any(names) else ()


def _first_row(text: str, delimiter: str, findings: FileFindings) -> tuple[str, ...]:
    return tuple(name.strip() for name in next(_rows(text, delimiter, findings), (0, []))[1])


def _check_unit(unit: TimeUnit) -> None:
    if unit not in _UNITS:
        raise InvalidArgument(f"unit must be 's', 'ms' or 'timestamp', got {unit!r}; look at the times of the table")


def _check_arguments(columns: Mapping[str, str], unit: TimeUnit) -> None:
    _check_unit(unit)
    checked_columns(columns)
    if unknown := sorted(set(columns) - set(FIELDS)):
        allowed = ", ".join(FIELDS)
        raise InvalidArgument(f"columns must map fields ({allowed}) to names, got {unknown[0]!r}; correct the field")
    if "start" not in columns or ("end" in columns) == ("duration" in columns) or not {"label", "text"} & set(columns):
        allowed = "start, one of end and duration, and label or text"
        raise InvalidArgument(f"columns must have {allowed}, got {sorted(columns)}; add or remove fields")


def _rows(text: str, delimiter: str, findings: FileFindings) -> Iterator[tuple[int, list[str]]]:
    """Yield (number, cells) of each row, from 1."""
    if len(delimiter) != 1:
        raise InvalidArgument(f"delimiter must be one character, got {delimiter!r}; leave it out to detect it")
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


def _delimiter(text: str, columns: Mapping[str, str], findings: FileFindings) -> str:
    """Return the delimiter that gives all wanted columns, else the one that gives most columns."""
    widths: dict[str, int] = {}
    for delimiter in (",", ";", "\t"):
        try:
            header = [name.strip() for name in next(_rows(text, delimiter, findings), (0, []))[1]]
        except OSError:  # the quotes of this row are wrong for this delimiter
            continue
        if {name.strip() for name in columns.values()} <= set(header):
            return delimiter
        widths[delimiter] = len(header)
    return max(widths, key=lambda delimiter: widths[delimiter], default=",")


def _column_indices(header: list[str], columns: Mapping[str, str], findings: FileFindings) -> dict[str, int]:
    for field, column in columns.items():
        count = header.count(column.strip())
        if count != 1:
            got = f"{column!r}, which is the name of {count or 'none'} of {short_repr(header)}"
            raise InvalidArgument(
                f"the column of {field} must be the name of one column, got {got}; "
                f"correct columns: {quoted(findings.path)}",
                path=str(findings.path),
            )
    return {field: header.index(column.strip()) for field, column in columns.items()}


def _span(cells: Mapping[str, str], unit: TimeUnit, where: str, findings: FileFindings) -> Span | None:
    read = _UNITS[unit]
    times: dict[str, Fraction] = {}
    for field in ("start", "end", "duration"):
        if field not in cells:
            continue
        value = read(cells[field])
        if value is None:
            what = f"{field} {short_repr(cells[field])} is no time in the unit {unit!r}, so the row was left out"
            findings.add("bad_time", where, what, "correct the cell, or give another unit")
            return None
        times[field] = value
    start = times["start"]
    end = times["end"] if "end" in times else start + times["duration"]
    if end <= start:
        what = f"it lasts from {start} to {end} s, so it was left out"
        findings.add("empty_span", where, what, "make it end after its start")
        return None
    try:
        return Span(start, end)
    except InvalidArgument:
        findings.add("bad_time", where, "its times do not fit in 64 bits, so it was left out", "round them")
        return None


def _segments(cells: Mapping[str, str], span: Span, where: str, findings: FileFindings) -> Iterator[Segment]:
    confidence = None
    if written := cells.get("confidence", "").strip():
        # A confidence is no time, so the nearest float is exact enough.
        if decimal_or_ratio(written) is not None and "/" not in written and 0 <= float(written) <= 1:
            confidence = float(written)
        else:
            what = f"confidence {short_repr(written)} was left out"
            findings.add("bad_confidence", where, what, "give a number from 0 to 1")
    for field, tier in (("label", cells.get("layer", "")), ("text", "text")):
        if field not in cells:
            continue
        if not cells[field]:
            findings.add("no_label", where, f"its {field} is empty, so it was left out", f"fill in the {field}")
            continue
        item, rater = cells.get("item") or None, cells.get("rater") or None
        yield Segment(span, cells[field], tier, rater, item, confidence if field == "label" else None)


def write_table(
    path: str | os.PathLike[str],
    segments: Iterable[Segment],
    *,
    unit: TimeUnit = "s",
    delimiter: str | None = None,
) -> None:
    """Write segments as a table with the columns of `TABLE_COLUMNS`, in UTF-8, rows ending in CR LF (RFC 4180).

    `read_table` with ``columns=TABLE_COLUMNS`` and the same unit gives the same segments again, exactly.

    Args:
        path: The file to write; an existing file is replaced.
        segments: The segments; rows have their order.
        unit: The unit of start and end. Times are decimals, or ratios where no decimal is exact (``"1001/30000"``).
        delimiter: The character between cells; None is a tab for names in ``.tsv``, else a comma.

    Raises:
        InvalidArgument: a segment has no text, or an item or rater that is "", or a NUL; a timestamp is below 0 or has
            no exact decimal; an argument is wrong.
        SourceNotFound: there is no such folder.
    """
    path = checked_path(path)
    _check_unit(unit)
    between = delimiter or ("\t" if str(path).lower().endswith(".tsv") else ",")
    if len(between) != 1 or between in '"\r\n\0':
        allowed = "one character, no quote, line end or NUL"
        raise InvalidArgument(f"delimiter must be {allowed}, got {delimiter!r}; leave it out for a comma or tab")
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=between, lineterminator="\r\n")
    writer.writerow(TABLE_COLUMNS)
    for row in segments:
        texts = [row.item, row.text, row.rater, row.tier]
        if not row.text or "" in (row.item, row.rater) or any("\0" in text for text in texts if text):
            allowed = "a text, no empty item or rater, and no NUL"
            raise InvalidArgument(
                f"segments of a table must have {allowed}, got {short_repr(row)}; correct it: {quoted(path)}",
                path=str(path),
            )
        start, end = (_written(time, unit, path) for time in (row.span.start, row.span.end))
        confidence = "" if row.confidence is None else repr(float(row.confidence))
        writer.writerow([row.item or "", start, end, row.text, row.rater or "", row.tier, confidence])
    write_bytes(path, out.getvalue())


def _written(time: Fraction, unit: TimeUnit, path: Path) -> str:
    if unit == "timestamp":
        text = clock_text(time)
        if text is None:
            fix = "use unit 's', which writes ratios"
            raise InvalidArgument(
                f"times must be exact decimals of 0 s or more for unit 'timestamp', got {time} s; {fix}: {quoted(path)}",
                path=str(path),
            )
        return text
    value = time * 1000 if unit == "ms" else time
    return exact_decimal(value) or str(value)
