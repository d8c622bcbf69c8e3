"""Annotation files of other programs: read into segments in media time, and written."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TypedDict, Unpack

from .._checks import checked_path
from ..errors import InvalidArgument, quoted
from ..spans import Seconds
from .elan import read_eaf, write_eaf
from .label_studio import ItemLabel, LabelStudioTask, read_label_studio, write_label_studio
from .noise import NOISE, Settled, equal_spans, settled
from .rows import column_names
from .segments import AnnotationFile, Segment
from .source import Reporter
from .subtitles import read_srt, read_vtt, read_whisperx
from .table_columns import FIELDS as TABLE_FIELDS
from .tables import TABLE_COLUMNS, TimeUnit, read_table, write_table
from .textgrid import Point, TextGrid, read_textgrid, write_textgrid
from .times import clock_time

_READERS: dict[str, Callable[..., AnnotationFile]] = {
    ".eaf": read_eaf,
    ".textgrid": read_textgrid,
    ".srt": read_srt,
    ".vtt": read_vtt,
    ".csv": read_table,
    ".tsv": read_table,
}

_WORKBOOK = "save the sheet of the workbook as a CSV file in UTF-8"
_OTHER_SUFFIXES = {
    ".json": "call read_label_studio or read_whisperx",
    ".txt": "name a table .csv or .tsv",
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods"), _WORKBOOK),
}


class AnnotationOptions(TypedDict, total=False):
    """The options of the readers that `read_annotation` calls; each reader takes some of them.

    Attributes:
        reporter: Takes the findings; for every reader.
        encoding: Name of the encoding; for TextGrids, .srt, .vtt and tables.
        media_index: The index of the media file whose media time counts; for .eaf.
        columns: The name of the column of each field; for tables, which need it.
        unit: The unit of times; for tables, which need it.
        delimiter: The character between cells; for tables.
        frame_rate: Frames per second; for tables with columns of frames.
        first_frame: The number of the first frame, 0 or 1; for tables with columns of frames.
    """

    reporter: Reporter | None
    encoding: str | None
    media_index: int | None
    columns: Mapping[str, str]
    unit: TimeUnit
    delimiter: str | None
    frame_rate: Seconds | None
    first_frame: int | None


def read_annotation(path: str | os.PathLike[str], **options: Unpack[AnnotationOptions]) -> AnnotationFile:
    """Return the segments of an annotation file, read by the reader for its suffix.

    Suffixes are .eaf, .TextGrid, .srt, .vtt, .csv and .tsv, in upper or lower case. For JSON call `read_label_studio`
    or `read_whisperx`: the suffix does not say which program wrote it.

    Args:
        path: The file.
        **options: Passed to that reader; see `AnnotationOptions`. Tables need ``columns`` and ``unit``.

    Raises:
        InvalidArgument: there is no reader for the suffix; or the reader raises it.
        SourceNotFound: there is no such file.
        SourceUnreadable: the file is not of that format.
        TooLarge: the file has more than 256 MiB.
        TypeError: the reader has no such option, or one that it needs was left out.
    """
    path = checked_path(path)
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        fix = _OTHER_SUFFIXES.get(suffix, "call the reader of the format")
        allowed = ", ".join(_READERS)
        raise InvalidArgument(f"suffix must be one of {allowed}, got {suffix!r}; {fix}: {quoted(path)}", path=str(path))
    return _READERS[suffix](path, **options)


__all__ = [
    "NOISE",
    "TABLE_COLUMNS",
    "TABLE_FIELDS",
    "AnnotationFile",
    "AnnotationOptions",
    "ItemLabel",
    "LabelStudioTask",
    "Point",
    "Reporter",
    "Segment",
    "Settled",
    "TextGrid",
    "TimeUnit",
    "clock_time",
    "column_names",
    "equal_spans",
    "read_annotation",
    "read_eaf",
    "read_label_studio",
    "read_srt",
    "read_table",
    "read_textgrid",
    "read_vtt",
    "read_whisperx",
    "settled",
    "write_eaf",
    "write_label_studio",
    "write_table",
    "write_textgrid",
]
