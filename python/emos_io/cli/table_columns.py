"""Columns of tables on the command line: as ``--columns`` names them, and for other fields by their own names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ..corpus import FindingCollector
from ..corpus.media_names import MediaNames
from ..errors import SourceUnreadable, quoted
from ..formats import TABLE_FIELDS, column_names
from ..formats.table_columns import TIME_FIELDS, example_columns, group_kind, listed_columns, nearest

FIELDS_HELP = f"{', '.join(TABLE_FIELDS)}, group:KIND"
"""All fields, for texts."""

_NEXT_FIELD = re.compile(rf",\s*(?=(?:{'|'.join(TABLE_FIELDS)}|group:[^=,]+)\s*=)")
_NEEDED = ("item", "start", "end", "duration", "label")
_STARTS = ("start", "start_frame")
_ENDS = ("end", "duration", "end_frame")
_OF_LABELS = ("layer", "confidence", "intensity")


def parsed_columns(texts: Sequence[str]) -> dict[str, str]:
    """Return the columns of ``--columns`` by field; a comma or an equals sign may be part of a name.

    Raises:
        UsageError: A text is not written as fields and names, or names a field that there is not, or one twice.
    """
    columns: dict[str, str] = {}
    for text in texts:
        for pair in _NEXT_FIELD.split(text):
            field, equals, name = (part.strip() for part in pair.partition("="))
            if (field not in TABLE_FIELDS and group_kind(field) is None) or not equals or not name:
                allowed = f"a field and the name of its column, fields are {FIELDS_HELP}"
                near = nearest(field, TABLE_FIELDS) if name else None
                fix = f"write {near}={name}" if near else "write it as start=from,end=to"
                raise click.UsageError(f"--columns must be {allowed}, got {pair!r}; {fix}")
            if field in columns:
                raise click.UsageError(f"--columns must name each field once, got {field} twice; leave one out")
            columns[field] = name
    return columns


def table_columns(
    folder: Path,
    tables: Sequence[Path],
    named: Mapping[str, str],
    *,
    encoding: str | None,
    delimiter: str | None,
) -> dict[str, str] | None:
    """Return the columns of tables: those that are named, and for other fields the columns of the same names.

    Args:
        folder: The folder of media, whose names tables may have instead of a column of items.
        tables: The tables; without any, None is returned.
        named: Columns by field, as ``--columns`` names them.
        encoding, delimiter: As `column_names` takes them.

    Raises:
        UsageError: A column that is named is not there, or one that is needed is not named.
        SourceUnreadable: A table is empty, or no text.
        InvalidArgument: The encoding or the delimiter is not allowed.
    """
    if not tables:
        return None
    headers = {table: column_names(table, encoding=encoding, delimiter=delimiter) for table in tables}
    for table, header in headers.items():
        _check_names(table, header, named)
    columns = dict(named) | _same_names(headers, named)
    starts, ends = (any(field in columns for field in fields) for fields in (_STARTS, _ENDS))
    if not starts and ends:
        _refuse(("start",), headers, columns)
    if not starts:
        _refuse([field for field in ("item", "label") if field not in columns], headers, columns)
        return columns
    _refuse([] if ends else ["end"], headers, columns)
    _refuse([] if {"label", "text"} & set(columns) else ["label"], headers, columns)
    media = MediaNames(folder, FindingCollector())
    nameless = [table for table in tables if media.match(table.stem).file is None]
    if nameless and "item" not in columns:
        _refuse(("item",), {table: headers[table] for table in nameless}, columns)
    return columns


def has_frames(columns: Mapping[str, str] | None) -> bool:
    """Return whether a table has columns of frames, which need a frame rate."""
    return bool({"start_frame", "end_frame"} & set(columns or {}))


def _check_names(table: Path, header: Sequence[str], named: Mapping[str, str]) -> None:
    if not header:
        raise SourceUnreadable(
            f"the table is empty; its first row must name its columns: {quoted(table)}", path=str(table)
        )
    for field, name in named.items():
        if name not in header:
            near = nearest(name, header)
            fix = f", so write {field}={near}" if near else ""
            raise click.UsageError(
                f"--columns must name columns of the table, got {field}={name}; it has {listed_columns(header)}{fix}: "
                f"{quoted(table)}"
            )


def _same_names(headers: Mapping[Path, Sequence[str]], named: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of all tables that have the name of a field which nobody named."""
    taken = set(named.values())
    kinds = {_kind(field) for field in named} - {None}
    groups = [name for header in headers.values() for name in header if group_kind(name) not in (None, name)]
    found: dict[str, str] = {}
    for field in dict.fromkeys((*TABLE_FIELDS, *groups)):
        own = {name for header in headers.values() for name in header if name.casefold() == field.casefold()} - taken
        shared = [name for name in sorted(own, reverse=True) if all(name in header for header in headers.values())]
        if field in named or not own or _kind(field) in kinds:
            continue
        if not shared:
            table = next(table for table, header in headers.items() if not own & set(header))
            if field in _NEEDED:
                raise click.UsageError(
                    f"tables must have columns of the same names, got one without the column {field} of another, and with "
                    f"{listed_columns(headers[table])}; rename its columns, or read it by itself: {quoted(table)}"
                )
            click.echo(f"the column {field} is left out, since one of the tables lacks it: {quoted(table)}", err=True)
            continue
        found[field] = field if field in shared else shared[0]
        if (kind := _kind(field)) is not None:
            kinds.add(kind)
    return _one_clock(found, named)


def _one_clock(found: dict[str, str], named: Mapping[str, str]) -> dict[str, str]:
    """Return columns of the same names without those that say again what another one says: seconds count before frames."""
    start = next((field for each in (named, found) for field in _STARTS if field in each), None)
    ends = _ENDS if start == "start" else ("end_frame", "end", "duration")
    end = next((field for each, order in ((named, _ENDS), (found, ends)) for field in order if field in each), None)
    has_label = "label" in named or "label" in found
    kept = {field: name for field, name in found.items() if field not in TIME_FIELDS or field in (start, end)}
    return {field: name for field, name in kept.items() if has_label or field not in _OF_LABELS}


def _kind(field: str) -> str | None:
    return "speaker" if field == "speaker" else group_kind(field)


def _refuse(missing: Sequence[str], headers: Mapping[Path, Sequence[str]], columns: Mapping[str, str]) -> None:
    if not missing:
        return
    table, header = next(iter(headers.items()))
    example = example_columns(header, columns)
    pairs = ",".join(f"{field}={name}" for field, name in example.items() if columns.get(field) != name)
    raise click.UsageError(
        f"--columns must name the column of {' and '.join(missing)}, got a table with {listed_columns(header)}; "
        f"add --columns {shlex.quote(pairs)}: {quoted(table)}"
    )
