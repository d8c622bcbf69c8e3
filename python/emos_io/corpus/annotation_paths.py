"""Which files of a person's own data are annotations, and where they are looked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import InvalidArgument, SourceNotFound, quoted

TABLES = {".csv", ".tsv"}
ANNOTATIONS = {".csv", ".tsv", ".eaf", ".textgrid", ".json"}
SENTENCES = {".srt", ".vtt", ".json"}
ENCODED = TABLES | {".srt", ".vtt", ".textgrid"}
"""Suffixes of files that do not say their encoding."""


def is_table(path: Path) -> bool:
    """Return whether a path is that of a table."""
    return path.suffix.lower() in TABLES


def annotation_files(given: Sequence[Path]) -> list[Path]:
    """Return the annotation files among paths of files and folders; all under a folder count, in the order of their names.

    Raises:
        InvalidArgument: A file is there twice.
    """
    files: list[Path] = []
    for each in given:
        found = [each] if each.is_file() else sorted(p for p in each.rglob("*") if p.suffix.lower() in ANNOTATIONS)
        files += found
    seen: set[Path] = set()
    for file in files:
        if file.resolve() in seen:
            raise InvalidArgument(
                f"annotations must be different files, got one twice; leave it out: {quoted(file)}", path=str(file)
            )
        seen.add(file.resolve())
    return files


def existing(annotations: Path, folder: Path) -> Path:
    """Return the path of annotations: as it was given, else within the folder of media.

    Raises:
        SourceNotFound: There is neither.
    """
    found = annotations if annotations.is_absolute() or annotations.exists() else folder / annotations
    if not found.exists():
        raise SourceNotFound(
            f"there are no annotations; give a file or folder that exists: {quoted(found)}", path=str(found)
        )
    return found
