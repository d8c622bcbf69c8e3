"""Tables of labels (CSV, TSV): one row a label, columns named by the caller."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Literal

from ...errors import InvalidArgument
from ...spans import Span
from .segments import AnnotationFile, Segment
from .source import Problems, Report, decode, quoted, read_bytes, shown, write_bytes
from .times import clock_text, clock_time, decimal_or_ratio, exact_decimal

Unit = Literal["s", "ms", "timestamp"]

FIELDS = ("item", "start", "end", "duration", "label", "rater", "layer", "confidence", "text")
"""What a column can hold."""

TABLE_COLUMNS = {name: name for name in ("item", "start", "end", "label", "rater", "layer", "confidence")}
"""The columns that `write_table` writes, as `read_table` takes them."""

_UNITS: dict[Unit, Callable[[str], Fraction | None]] = {
    "s": decimal_or_ratio,
    "ms": lambda text: None if (value := decimal_or_ratio(text)) is None else value / 1000,
    "timestamp": clock_time,
}


def read_table(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str],
    unit: Unit,
    encoding: str = "utf-8-sig",
    delimiter: str | None = None,
    report: Report | None = None,
) -> AnnotationFile:
    r"""Return the labels of a table whose first row names its columns.

    A row gives a segment for its label, whose tier is its layer (else ""), and one for its text, whose tier is
    "text". Cells are kept as written, leading zeros and blanks too; empty cells of item and rater are None. Times are
    exact: they never go through a float. Rows of empty cells are passed over.

    Args:
        path: A file of cells in double quotes where needed.
        columns: From what a column holds (`FIELDS`) to its name in the file: ``{"start": "StartTime", ...}``. Start,
            and end or duration, and label or text are needed. Blanks around names in the file do not matter.
        unit: Of start, end and duration: ``"s"`` and ``"ms"`` are decimals or ratios (``"1001/30000"``);
            ``"timestamp"`` is ``HH:MM:SS,mmm``, ``HH:MM:SS.mmm`` or the same without hours.
        encoding: Of the file; the default is UTF-8 with or without a byte order mark.
        delimiter: Between cells; None takes whichever of comma, semicolon and tab gives all the columns.
        report: Takes each problem as (code, where, what, fix), where is the row as a spreadsheet counts (the names are
            row 1). These leave out a row: ``row_length``, ``bad_time``, ``empty_span``; ``no_label`` (an empty cell)
            leaves out a label or text, ``bad_confidence`` a confidence. None raises at the first.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no text in the encoding, its quotes are not closed, or a cell has over 131,072
            characters.
        InvalidArgument: a column is missing or stands twice; an argument is wrong; or there is a problem, and `report`
            is None.

    Example:
        >>> import tempfile
        >>> file = Path(tempfile.mkdtemp()) / "meld.csv"
        >>> _ = file.write_text('Emotion,StartTime,EndTime\njoy,"00:16:16,059","00:16:21,731"\n')
        >>> columns = {"label": "Emotion", "start": "StartTime", "end": "EndTime"}
        >>> read_table(file, columns=columns, unit="timestamp").segments[0].span
        Span('976059/1000', '981731/1000')
    """
    problems = Problems(Path(path), report)
    _check_arguments(columns, unit)
    text = decode(read_bytes(path), problems, encoding=encoding, fallback=None)
    rows = _rows(text, delimiter or _delimiter(text, columns, problems), problems)
    header = [name.strip() for name in next(rows, (0, []))[1]]
    places = _places(header, columns, problems)
    segments: list[Segment] = []
    for number, row in rows:
        where = f"row {number}"
        if not any(row):
            continue
        if len(row) != len(header):
            what = f"it has {len(row)} cells and the table {len(header)} columns, so it was left out"
            problems.found("row_length", where, what, "quote cells that hold the delimiter")
            continue
        cells = {name: row[place] for name, place in places.items()}
        if span := _span(cells, unit, where, problems):
            segments += _segments(cells, span, where, problems)
    tiers = tuple(dict.fromkeys(segment.tier for segment in segments))
    return AnnotationFile(tuple(segments), tiers=tiers)


def _check_arguments(columns: Mapping[str, str], unit: Unit) -> None:
    if unit not in _UNITS:
        raise InvalidArgument(f"unit {unit!r} was given; give 's', 'ms' or 'timestamp'")
    if unknown := sorted(set(columns) - set(FIELDS)):
        raise InvalidArgument(f"columns name {unknown[0]!r}; they can name {', '.join(FIELDS)}")
    if "start" not in columns or ("end" in columns) == ("duration" in columns) or not {"label", "text"} & set(columns):
        raise InvalidArgument(f"columns name {sorted(columns)}; name start, one of end and duration, and label or text")


def _rows(text: str, delimiter: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yield (number, cells) of each row, from 1."""
    if len(delimiter) != 1:
        raise InvalidArgument(f"delimiter {delimiter!r} was given; give one character")
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
            raise problems.unreadable(f"row {number} cannot be read: {reason}", "check its quotes") from error
        yield number, row


def _delimiter(text: str, columns: Mapping[str, str], problems: Problems) -> str:
    """Return the delimiter that gives the columns asked for; else the one that gives most columns."""
    widths: dict[str, int] = {}
    for delimiter in (",", ";", "\t"):
        try:
            header = [name.strip() for name in next(_rows(text, delimiter, problems), (0, []))[1]]
        except OSError:  # the quotes of this row are wrong for this delimiter
            continue
        if {name.strip() for name in columns.values()} <= set(header):
            return delimiter
        widths[delimiter] = len(header)
    return max(widths, key=lambda delimiter: widths[delimiter], default=",")


def _places(header: list[str], columns: Mapping[str, str], problems: Problems) -> dict[str, int]:
    for field, column in columns.items():
        count = header.count(column.strip())
        if count != 1:
            has = "no column" if count == 0 else f"{count} columns"
            what = f"the table has {has} {column!r} for {field}; its columns are {shown(header)}"
            raise InvalidArgument(f"{what}, name one of them: {quoted(problems.path)}")
    return {field: header.index(column.strip()) for field, column in columns.items()}


def _span(cells: Mapping[str, str], unit: Unit, where: str, problems: Problems) -> Span | None:
    read = _UNITS[unit]
    times: dict[str, Fraction] = {}
    for field in ("start", "end", "duration"):
        if field not in cells:
            continue
        value = read(cells[field])
        if value is None:
            what = f"{field} {shown(cells[field])} is no time in the unit {unit!r}, so the row was left out"
            problems.found("bad_time", where, what, "correct the cell, or give another unit")
            return None
        times[field] = value
    start = times["start"]
    end = times["end"] if "end" in times else start + times["duration"]
    if end <= start:
        what = f"it lasts from {start} to {end} s, so it was left out"
        problems.found("empty_span", where, what, "an end must come after its start")
        return None
    try:
        return Span(start, end)
    except InvalidArgument:
        problems.found("bad_time", where, "its times do not fit in 64 bits, so it was left out", "round them")
        return None


def _segments(cells: Mapping[str, str], span: Span, where: str, problems: Problems) -> Iterator[Segment]:
    confidence = None
    if written := cells.get("confidence", "").strip():
        # A confidence is no time: the nearest float is what it means.
        if decimal_or_ratio(written) is not None and "/" not in written and 0 <= float(written) <= 1:
            confidence = float(written)
        else:
            what = f"confidence {shown(written)} was left out"
            problems.found("bad_confidence", where, what, "it must be a number from 0 to 1")
    for field, tier in (("label", cells.get("layer", "")), ("text", "text")):
        if field not in cells:
            continue
        if not cells[field]:
            problems.found("no_label", where, f"its {field} is empty, so it was left out", f"fill in the {field}")
            continue
        item, rater = cells.get("item") or None, cells.get("rater") or None
        yield Segment(span, cells[field], tier, rater, item, confidence if field == "label" else None)


def write_table(
    path: str | os.PathLike[str],
    segments: Iterable[Segment],
    *,
    unit: Unit = "s",
    delimiter: str | None = None,
) -> None:
    """Write segments as a table with the columns of `TABLE_COLUMNS`, UTF-8, rows ending in CR LF (RFC 4180).

    Reading it back with ``columns=TABLE_COLUMNS`` and the same unit gives the same segments, exactly.

    Args:
        path: Replaced if it exists.
        segments: In the order wanted.
        unit: Of start and end. Times are decimals, or ratios where no decimal is exact (``"1001/30000"``).
        delimiter: Between cells; None is a tab for names in ``.tsv``, else a comma.

    Raises:
        InvalidArgument: a segment has no text, or an item or rater that is "", or a NUL; a timestamp is below 0 or has
            no exact decimal; an argument is wrong.
        SourceNotFound: there is no such folder.
    """
    if unit not in _UNITS:
        raise InvalidArgument(f"unit {unit!r} was given; give 's', 'ms' or 'timestamp'")
    between = delimiter or ("\t" if str(path).lower().endswith(".tsv") else ",")
    if len(between) != 1 or between in '"\r\n\0':
        raise InvalidArgument(f"delimiter {delimiter!r} was given; give one character, as ','")
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=between, lineterminator="\r\n")
    writer.writerow(TABLE_COLUMNS)
    for row in segments:
        texts = [row.item, row.text, row.rater, row.tier]
        if not row.text or "" in (row.item, row.rater) or any("\0" in text for text in texts if text):
            what = f"{shown(row)} has an empty text, item or rater, or a NUL"
            raise InvalidArgument(f"{what}; a table does not give it back, correct it: {quoted(path)}")
        start, end = (_written(time, unit, path) for time in (row.span.start, row.span.end))
        confidence = "" if row.confidence is None else repr(float(row.confidence))
        writer.writerow([row.item or "", start, end, row.text, row.rater or "", row.tier, confidence])
    write_bytes(path, out.getvalue())


def _written(time: Fraction, unit: Unit, path: str | os.PathLike[str]) -> str:
    if unit == "timestamp":
        text = clock_text(time)
        if text is None:
            what = f"{time} s has no exact timestamp"
            raise InvalidArgument(f"{what}; use unit 's', which writes ratios: {quoted(path)}")
        return text
    value = time * 1000 if unit == "ms" else time
    return exact_decimal(value) or str(value)
