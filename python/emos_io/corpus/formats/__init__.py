"""Annotation files of other programs, read into segments on the clock of the media, and written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import InvalidArgument
from .elan import read_eaf, write_eaf
from .label_studio import ItemLabel, LabelStudioTask, read_label_studio, write_label_studio
from .segments import AnnotationFile, Segment
from .source import Report, quoted
from .subtitles import read_srt, read_vtt, read_whisperx
from .tables import TABLE_COLUMNS, read_table, write_table
from .textgrid import Point, TextGrid, read_textgrid, write_textgrid

_READERS: dict[str, Callable[..., AnnotationFile]] = {
    ".eaf": read_eaf,
    ".textgrid": read_textgrid,
    ".srt": read_srt,
    ".vtt": read_vtt,
    ".csv": read_table,
    ".tsv": read_table,
}


def read_annotation(path: str | os.PathLike[str], **options: Any) -> AnnotationFile:
    """Return what an annotation file holds, read by the reader for its suffix.

    Suffixes are .eaf, .TextGrid, .srt, .vtt, .csv and .tsv, in any case. JSON is left to `read_label_studio` and
    `read_whisperx`: its suffix does not tell them apart.

    Args:
        path: The file.
        **options: For that reader, such as ``report``; tables need ``columns`` and ``unit``.

    Raises:
        InvalidArgument: no reader has the suffix; or as the reader says.
        SourceNotFound, SourceUnreadable: as the reader says.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".json":
        what = "JSON may be of several programs"
        raise InvalidArgument(f"{what}; call read_label_studio or read_whisperx: {quoted(path)}")
    if suffix not in _READERS:
        known = ", ".join(_READERS)
        raise InvalidArgument(f"suffix {suffix!r} was given; readers are for {known}, call one of them: {quoted(path)}")
    return _READERS[suffix](path, **options)


__all__ = [
    "TABLE_COLUMNS",
    "AnnotationFile",
    "ItemLabel",
    "LabelStudioTask",
    "Point",
    "Report",
    "Segment",
    "TextGrid",
    "read_annotation",
    "read_eaf",
    "read_label_studio",
    "read_srt",
    "read_table",
    "read_textgrid",
    "read_vtt",
    "read_whisperx",
    "write_eaf",
    "write_label_studio",
    "write_table",
    "write_textgrid",
]
