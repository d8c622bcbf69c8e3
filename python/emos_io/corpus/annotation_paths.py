"""Which files of a person's own data are annotations, and where they are looked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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

    Names that begin with a dot are no files of a person, in a folder or as one.

    Raises:
        SourceNotFound: A folder holds none.
        InvalidArgument: A file is there twice.
    """
    files: list[Path] = []
    for each in given:
        found = [each] if each.is_file() else _under(each, ANNOTATIONS)
        if not found:
            spoken = _under(each, SENTENCES - ANNOTATIONS)
            fix = "give its subtitles as sentences" if spoken else "give the folder or the file of the labels"
            raise _holds_none(each, "annotation files", ANNOTATIONS, fix)
        files += found
    seen: set[Path] = set()
    for file in files:
        if file.resolve() in seen:
            raise InvalidArgument(
                f"annotations must be different files, got one twice; leave it out: {quoted(file)}", path=str(file)
            )
        seen.add(file.resolve())
    return files


def sentence_files(folder: Path) -> list[Path]:
    """Return the subtitles and transcripts under a folder, in the order of their names.

    Raises:
        SourceNotFound: There are none.
    """
    found = _under(folder, SENTENCES)
    if not found:
        raise _holds_none(folder, "sentences", SENTENCES, "give the folder or the file of the subtitles")
    return found


def _under(folder: Path, suffixes: Collection[str]) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in suffixes
        and not path.is_dir()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _holds_none(folder: Path, what: str, suffixes: Collection[str], fix: str) -> SourceNotFound:
    listed = ", ".join(sorted(suffixes))
    return SourceNotFound(f"the folder holds no {what} ({listed}); {fix}: {quoted(folder)}", path=str(folder))


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
