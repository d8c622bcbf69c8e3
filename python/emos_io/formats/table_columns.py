"""The fields that columns of a table can have, and what is wrong with the columns that a caller names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from .._checks import checked_columns
from ..errors import InvalidArgument, quoted, short_repr

TIME_FIELDS = ("start", "end", "duration", "start_frame", "end_frame")
"""The fields that give a row its span; a table without one of them is about whole clips."""

GROUP_FIELDS = ("group", "fold", "split")
"""The fields whose name is a kind of groups; other kinds are written with their name, as ``group:session``."""

FIELDS = (
    "item",
    *TIME_FIELDS,
    "label",
    "rater",
    "layer",
    "confidence",
    "intensity",
    "text",
    "speaker",
    *GROUP_FIELDS,
)
"""The fields that a column can have, besides ``group:KIND``."""

_GROUP = "group:"
_THE_COLUMN = "the column of "
_MOST_NAMES = 40

# Names that people give to columns, without letter case and signs. They are shown in examples, and never used.
_USUAL_NAMES = {
    "item": "item file filename filepath path video videofile videoname clip clipid media audio wav 文件 文件名 视频",
    "start": "start starttime startsec startms onset begin begintime t0 from s tmin 开始 开始时间",
    "end": "end endtime endsec endms offset stop finish t1 to e tmax 结束 结束时间",
    "duration": "duration dur length 时长",
    "start_frame": "startframe firstframe framestart",
    "end_frame": "endframe lastframe frameend",
    "label": "label labels emotion emotions emo emoname category class affect trialtype annotation 情绪 情感 标签",
}
_FIELD_OF = {name: field for field, names in _USUAL_NAMES.items() for name in names.split()}


def group_kind(field: str) -> str | None:
    """Return the kind of groups of a field, or None for other fields.

    Example:
        >>> group_kind("fold"), group_kind("group:session"), group_kind("label")
        ('fold', 'session', None)
    """
    if field in GROUP_FIELDS:
        return field
    kind = field.removeprefix(_GROUP)
    return kind if kind != field and kind and kind == kind.strip() else None


def field_of_group(kind: str) -> str:
    """Return the field of a kind of groups."""
    return kind if kind in GROUP_FIELDS else f"{_GROUP}{kind}"


def has_times(columns: Mapping[str, str] | None) -> bool:
    """Return whether a table with these columns has rows about spans, not about whole clips."""
    return columns is not None and any(field in TIME_FIELDS for field in columns)


def checked_fields(columns: object) -> dict[str, str]:
    """Return the columns of a table: names by field.

    Raises:
        InvalidArgument: They are no mapping from fields to names, or two fields give one kind of groups.
    """
    checked_columns(columns)
    assert isinstance(columns, Mapping)
    kinds: dict[str, str] = {}
    for field, name in columns.items():
        kind = group_kind(field) if isinstance(field, str) else None
        if not isinstance(field, str) or (field not in FIELDS and kind is None):
            allowed = f"{', '.join(FIELDS)}, group:KIND"
            fix = _nearest_field(field) if isinstance(field, str) else None
            raise InvalidArgument(
                f"columns must map fields ({allowed}) to names, got {short_repr(field)}; "
                f"{f'write {fix!r}' if fix else 'correct the field'}"
            )
        if not isinstance(name, str) or not name.strip():
            raise InvalidArgument(
                f"columns[{field!r}] must be the name of a column, got {short_repr(name)}; give a str"
            )
        own = "speaker" if field == "speaker" else kind
        if own is not None and own in kinds:
            raise InvalidArgument(
                f"columns must have one field for a kind of groups, got {kinds[own]} and {field}; leave one of the two out"
            )
        if own is not None:
            kinds[own] = field
    return dict(columns)


def check_span_fields(columns: Mapping[str, str]) -> None:
    """Check that the fields of a table of spans fit together.

    Raises:
        InvalidArgument: They do not.
    """
    starts, ends = ([each for each in group if each in columns] for group in (("start", "start_frame"), _ENDS))
    if len(starts) != 1 or len(ends) != 1 or not {"label", "text"} & set(columns):
        allowed = "start, one of end and duration, and label or text"
        raise InvalidArgument(
            f"columns must have {allowed}, got {sorted(columns)}; add or remove fields, or give start_frame and end_frame "
            "for times in frames"
        )
    if unused := [
        field for field in ("layer", "confidence", "intensity") if field in columns and "label" not in columns
    ]:
        raise InvalidArgument(
            f"columns must have label beside {unused[0]}, got {sorted(columns)}; name the column of the labels, or leave "
            f"{unused[0]} out"
        )


_ENDS = ("end", "duration", "end_frame")


def missing_columns(path: Path, header: Sequence[str], columns: Mapping[str, str] | None) -> InvalidArgument:
    """Return the error for a table whose columns are not all named: it lists them, and gives an example made of them.

    Args:
        path: The table.
        header: The names of its columns.
        columns: Those that were named, without the item or the label.
    """
    got = f"{sorted(columns)}" if columns else "none"
    return InvalidArgument(
        f"columns must name item and label, and start and end if there are times, got {got}; the table has "
        f"{listed_columns(header)}, so give for instance columns={example_columns(header, columns)}: {quoted(path)}",
        path=str(path),
    )


def example_columns(header: Sequence[str], columns: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return columns that may be meant, for the text of an error: those that are named, and others by usual names.

    Example:
        >>> example_columns(["File", "t0", "t1", "Emotion"])
        {'item': 'File', 'start': 't0', 'end': 't1', 'label': 'Emotion'}
        >>> example_columns(["who", "what"])
        {'item': 'NAME', 'label': 'NAME'}
    """
    found = dict(columns or {})
    for name in header:
        field = _FIELD_OF.get("".join(filter(str.isalnum, name.casefold())))
        if field is not None and field not in found and name not in found.values():
            found[field] = name
    start = next((each for each in ("start", "start_frame") if each in found), None)
    end = next((each for each in _ENDS if each in found), None)
    fields = ["item", *((start, end) if start and end else ()), "label"]
    example = {field: found.get(field, "NAME") for field in fields}
    return example | {field: name for field, name in (columns or {}).items() if field not in TIME_FIELDS}


def listed_columns(header: Sequence[str]) -> str:
    """Return the names of columns for the text of an error; of very many, the first ones."""
    names = [name for name in header if name]
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"the columns {', '.join(map(short_repr, names[:_MOST_NAMES]))}{more}"


def column_indices(header: Sequence[str], columns: Mapping[str, str], path: Path) -> dict[str, int]:
    """Return the index of the column of each field.

    Raises:
        InvalidArgument: A name is that of no column, or of several.
    """
    for field, column in columns.items():
        count = list(header).count(column.strip())
        if count != 1:
            got = f"{column!r}, which is the name of {count or 'none'} of {listed_columns(header)}"
            near = nearest(column, header)
            fix = f"write {near!r}, or correct columns" if near and not count else "correct columns"
            raise InvalidArgument(
                f"{_THE_COLUMN}{field} must be the name of one column, got {got}; {fix}: {quoted(path)}",
                path=str(path),
            )
    return {field: list(header).index(column.strip()) for field, column in columns.items()}


def is_missing_column(error: InvalidArgument) -> bool:
    """Return whether an error is that of `column_indices`: the table does not have the columns, whatever else is right."""
    return str(error).startswith(_THE_COLUMN)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that is meant, if one is near: letter case counts least.

    Example:
        >>> nearest("Emotion", ["file", "emotion"]), nearest("mood", ["file", "emotion"])
        ('emotion', None)
    """
    folded = {each.casefold(): each for each in names if each}
    found = difflib.get_close_matches(name.strip().casefold(), folded, n=1, cutoff=0.75)
    return folded[found[0]] if found else None


def _nearest_field(field: str) -> str | None:
    return nearest(field, FIELDS) or _FIELD_OF.get("".join(filter(str.isalnum, field.casefold())))
