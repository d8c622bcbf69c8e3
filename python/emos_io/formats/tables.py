"""Tables of labels (CSV, TSV): one row a label, columns named by the caller."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from .._checks import checked_path
from ..errors import InvalidArgument, quoted, short_repr
from ..spans import Seconds, Span, positive
from .decimal_commas import DecimalSign
from .row_values import confidence_of, decimal_sign, groups_of, intensity_of
from .rows import checked_delimiter, read_rows
from .segments import AnnotationFile, Segment
from .source import FileFindings, Reporter, write_bytes
from .table_columns import check_span_fields, checked_fields, field_of_group
from .times import clock_text, clock_time, decimal_or_ratio, exact_decimal

TimeUnit = Literal["s", "ms", "timestamp"]

TABLE_COLUMNS = {name: name for name in ("item", "start", "end", "label", "rater", "layer", "confidence")}
"""The columns that `write_table` always writes, as `read_table` takes them."""

_UNITS: dict[TimeUnit, int | None] = {"s": 1, "ms": 1000, "timestamp": None}
"""How many of a unit are a second; None for clocks, which are no numbers."""


def read_table(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str],
    unit: TimeUnit,
    encoding: str | None = None,
    delimiter: str | None = None,
    frame_rate: Seconds | None = None,
    first_frame: int | None = None,
    reporter: Reporter | None = None,
) -> AnnotationFile:
    r"""Return the labels of a table whose first row names its columns.

    A row gives a segment for its label, whose tier is its layer (else ""), and one for its text, whose tier is
    "text". Cells are kept as written, with leading zeros and blanks; empty cells of item and rater become None. Blanks around
    names of speakers and groups are removed. Times are exact: they never go through a float. Empty rows, and empty cells
    behind the last named column, count for nothing; a first line ``sep=;`` gives the delimiter.

    A comma with digits behind it is a decimal sign (``0,5``). ``1,234`` may be a thousand, so it is a decimal only where
    another number of the table shows that commas are decimal signs, or where semicolons separate the cells and no number has
    a point; then ``1.234`` may be a thousand too. What may be two numbers (``1,234``, ``1.234,5``) is no number here.

    Frame k is on screen during ``[(k - first_frame) / frame_rate, (k - first_frame + 1) / frame_rate)``, and a row includes
    its end frame.

    Args:
        path: A file of cells, in double quotes where needed, in any letter case of its suffix.
        columns: The name of the column of each field: ``{"start": "StartTime", ...}``. Needed are one of "start" and
            "start_frame", one of "end", "duration" and "end_frame", and one or both of "label" and "text". There may be
            "item", "rater", "layer", "confidence", "intensity", "speaker", "group", "fold", "split", and groups of any other
            kind as "group:KIND". Blanks around names in the file are ignored.
        unit: The unit of start, end and duration: ``"s"`` and ``"ms"`` are decimals or ratios (``"1001/30000"``);
            ``"timestamp"`` is ``HH:MM:SS,mmm`` or ``HH:MM:SS.mmm``, with or without hours.
        encoding: Name of the encoding; a byte order mark counts more. None and ``"auto"`` detect it: UTF-8, then GB18030
            where the text looks Chinese, which is a guess and a finding.
        delimiter: The character between cells; None takes the one of comma, semicolon and tab that gives all columns.
        frame_rate: Frames per second of "start_frame" and "end_frame", exact if str (``"30000/1001"``) or Fraction.
        first_frame: Number of the first frame, 0 or 1; None is 0.
        reporter: Takes each finding as (code, where, what, fix). "Where" is the number of the row as spreadsheets
            count; the names are row 1. ``row_length``, ``bad_time`` and ``empty_span`` leave a row out, ``no_label``
            (an empty cell) a label or text, ``bad_confidence`` a confidence, ``bad_intensity`` an intensity; ``encoding``;
            ``no_rows`` (names of columns alone). None raises the first finding, save ``no_rows``.

    Raises:
        SourceNotFound: there is no such file.
        SourceUnreadable: it is no text in the encoding, or a workbook; it is empty; its quotes are not closed, or a cell has
            over 131,072 characters.
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
    _check_unit(unit)
    fields = checked_fields(columns)
    check_span_fields(fields)
    rate, first = _checked_clock(fields, frame_rate, first_frame, path)
    table = read_rows(path, columns=fields, encoding=encoding, delimiter=delimiter, reporter=reporter)
    numbers = decimal_sign(table, () if unit == "timestamp" else ("start", "end", "duration"))
    reader = _RowReader(unit, rate, first, numbers, findings)
    segments: list[Segment] = []
    for row in table:
        where = f"row {row.number}"
        if span := reader.span(row.cells, where):
            segments += reader.segments(row.cells, span, where)
    tiers = tuple(dict.fromkeys(segment.tier for segment in segments))
    return AnnotationFile(tuple(segments), tiers=tiers)


def _check_unit(unit: TimeUnit) -> None:
    if not isinstance(unit, str) or unit not in _UNITS:
        raise InvalidArgument(
            f"unit must be 's', 'ms' or 'timestamp', got {short_repr(unit)}; look at the times of the table, and name the "
            "columns of frames start_frame and end_frame"
        )


def _checked_clock(
    fields: Mapping[str, str], frame_rate: Seconds | None, first_frame: int | None, path: Path
) -> tuple[Fraction, int]:
    rate = None if frame_rate is None else positive(frame_rate, "frame_rate", "leave it out for times in seconds")
    if first_frame is not None and (isinstance(first_frame, bool) or first_frame not in (0, 1)):
        fix = "give the number that the first frame has in the labelling tool"
        raise InvalidArgument(f"first_frame must be 0 or 1, got {short_repr(first_frame)}; {fix}")
    framed = [field for field in ("start_frame", "end_frame") if field in fields]
    if framed and rate is None:
        raise InvalidArgument(
            f"frame_rate must be given for the column of {framed[0]}, got None; give the frames a second, such as 25 or "
            f"'30000/1001': {quoted(path)}",
            path=str(path),
        )
    return rate or Fraction(1), first_frame or 0


@dataclass(frozen=True, slots=True)
class _RowReader:
    """Reads the cells of one row after another."""

    unit: TimeUnit
    frame_rate: Fraction
    first_frame: int
    numbers: DecimalSign
    findings: FileFindings

    def span(self, cells: Mapping[str, str], where: str) -> Span | None:
        """Return the span of a row, or None where it has a finding."""
        times: dict[str, Fraction] = {}
        for field in ("start", "start_frame", "end", "duration", "end_frame"):
            if field not in cells:
                continue
            value = self._frame(field, cells[field]) if field.endswith("frame") else self._time(cells[field])
            if value is None:
                frames = f"frame number, from {self.first_frame} on"
                kind = frames if field.endswith("frame") else f"time in the unit {self.unit!r}"
                what = f"{field} {short_repr(cells[field])} is no {kind}, so the row was left out"
                self.findings.add("bad_time", where, what, self._bad_time_fix(field, cells[field]))
                return None
            times[field.removesuffix("_frame")] = value
        start = times["start"]
        end = times["end"] if "end" in times else start + times["duration"]
        if end <= start:
            what = f"it lasts from {start} to {end} s, so it was left out"
            self.findings.add("empty_span", where, what, "make it end after its start")
            return None
        try:
            return Span(start, end)
        except InvalidArgument:
            what = "its times do not fit in 64 bits, so it was left out"
            self.findings.add("bad_time", where, what, "round them")
            return None

    def _time(self, cell: str) -> Fraction | None:
        scale = _UNITS[self.unit]
        if scale is None:
            return clock_time(cell)
        value = self.numbers.number(cell)
        return None if value is None else value / scale

    def _frame(self, field: str, cell: str) -> Fraction | None:
        number = self.numbers.number(cell)
        if number is None or number.denominator != 1 or number < self.first_frame:
            return None
        return (number - self.first_frame + (field == "end_frame")) / self.frame_rate

    def _bad_time_fix(self, field: str, cell: str) -> str:
        if field.endswith("frame"):
            return "numbers of frames are integers; correct the cell, or name the column start or end if it has times"
        if _UNITS[self.unit] is not None and ("," in cell or ("." in cell and decimal_or_ratio(cell) is not None)):
            return "write numbers with a point and without a sign for thousands, as 1234.5"
        return "correct the cell, or give another unit"

    def segments(self, cells: Mapping[str, str], span: Span, where: str) -> Iterator[Segment]:
        """Yield the label and the text of a row."""
        confidence = confidence_of(cells, self.numbers, where, self.findings.add)
        intensity = intensity_of(cells, self.numbers, where, self.findings.add)
        groups = tuple(groups_of(cells).items())
        item, rater, speaker = cells.get("item") or None, cells.get("rater") or None, cells.get("speaker", "").strip()
        for field, tier in (("label", cells.get("layer", "")), ("text", "text")):
            if field not in cells:
                continue
            if not cells[field]:
                what = f"its {field} is empty, so it was left out"
                self.findings.add("no_label", where, what, f"fill in the {field}")
                continue
            segment = Segment(span, cells[field], tier, rater, item, speaker=speaker or None, groups=groups)
            yield segment if field == "text" else replace(segment, confidence=confidence, intensity=intensity)


def write_table(
    path: str | os.PathLike[str],
    segments: Iterable[Segment],
    *,
    unit: TimeUnit = "s",
    delimiter: str | None = None,
) -> dict[str, str]:
    """Write segments as a table, in UTF-8, rows ending in CR LF (RFC 4180), and return its columns.

    The columns are those of `TABLE_COLUMNS`, and of the speakers, intensities and kinds of groups that segments have.
    `read_table` with these columns and the same unit gives the same segments again, exactly, save that blanks around speakers
    and groups are removed.

    Args:
        path: The file to write; an existing file is replaced.
        segments: The segments; rows have their order.
        unit: The unit of start and end. Times are decimals, or ratios where no decimal is exact (``"1001/30000"``).
        delimiter: The character between cells; None is a tab for names in ``.tsv``, else a comma.

    Raises:
        InvalidArgument: a segment has no text, an item, rater, speaker or group that is "", a NUL, or two groups of one kind;
            a timestamp is below 0 or has no exact decimal; an argument is wrong.
        SourceNotFound: there is no such folder.
    """
    path = checked_path(path)
    _check_unit(unit)
    between = checked_delimiter(delimiter) or ("\t" if str(path).lower().endswith(".tsv") else ",")
    rows = list(segments)
    kinds = tuple(dict.fromkeys(kind for row in rows for kind, _ in row.groups))
    columns = dict(TABLE_COLUMNS)
    columns |= {name: name for name in ("speaker", "intensity") if any(getattr(row, name) is not None for row in rows)}
    columns |= {field: field for field in map(field_of_group, kinds)}
    checked_fields(columns)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=between, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        groups = dict(row.groups)
        names = [row.item, row.rater, row.speaker, *groups.values()]
        texts = [row.text, row.tier, *names]
        if not row.text or "" in names or any("\0" in text for text in texts if text) or len(groups) < len(row.groups):
            allowed = "a text, no empty item or rater, one group of a kind, and no NUL"
            raise InvalidArgument(
                f"segments of a table must have {allowed}, got {short_repr(row)}; correct it: {quoted(path)}",
                path=str(path),
            )
        start, end = (_written(time, unit, path) for time in (row.span.start, row.span.end))
        confidence = "" if row.confidence is None else repr(float(row.confidence))
        cells = dict(zip(TABLE_COLUMNS, (row.item, start, end, row.text, row.rater, row.tier, confidence), strict=True))
        cells |= {"speaker": row.speaker, "intensity": None if row.intensity is None else str(row.intensity)}
        cells |= {field_of_group(kind): name for kind, name in groups.items()}
        writer.writerow([cells.get(field) or "" for field in columns])
    write_bytes(path, out.getvalue())
    return columns


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
