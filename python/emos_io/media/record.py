"""The sidecar with digests and lengths of media: what is known unread, and what a file was when a state was saved.

```text
 generation   0        1 a.mp4 was replaced      2 b.mp4 was replaced
 a.mp4        d1       d2
 b.mp4        d3                                 d4
```
The media of a state are those of a generation: the newest digest of each file that is not newer.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from .._checks import as_integer
from .._sidecar import read_sidecars, write_sidecar
from ..errors import InvalidArgument
from ..spans import exact_seconds
from .digest import FileDigest

SIDECAR_NAME = ".emos-media"
"""The name of the sidecar; no reader of corpora takes it for anything."""

_VERSION = 1
_KEPT_DIGESTS = 8
"""How many digests of one file are kept, the newest."""
_SETTLED_NANOSECONDS = 2_000_000_000
"""A file that changed less than this before it was read is read again the next time: the clocks of some file systems are so
coarse that it could change once more without another stamp."""


class FileStamp(NamedTuple):
    """What changes with a file; it says only whether the digest must be made again, and is no part of it.

    Attributes:
        size: Bytes.
        modified, changed: Nanoseconds since 1970.
        inode: The number of the file in its file system.
    """

    size: int
    modified: int
    changed: int
    inode: int


def file_stamp(path: str) -> FileStamp | None:
    """Return the stamp of a file, or None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - a path of any encoding
    except (OSError, ValueError):
        return None
    return FileStamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def settled(stamp: FileStamp | None, now: int) -> FileStamp | None:
    """Return a stamp that is old enough at `now`, nanoseconds since 1970, to tell the file from a later one; else None."""
    return stamp if stamp is not None and now - stamp.changed >= _SETTLED_NANOSECONDS else None


class _Entry(NamedTuple):
    since: int
    digest: FileDigest | None


@dataclass(slots=True)
class _File:
    stamp: FileStamp | None = None
    entries: list[_Entry] = field(default_factory=list)
    # The seconds of the file, and its stamp when they were measured.
    length: tuple[FileStamp, Fraction] | None = None


@dataclass(slots=True)
class MediaRecord:
    """Digests of files by path, with those that they had before, and lengths.

    Attributes:
        folder: The folder that holds all of the files.
        generation: How often files were found to be others.
        files: By path within the folder.
    """

    folder: Path
    generation: int = 0
    files: dict[str, _File] = field(default_factory=dict)

    @classmethod
    def of(cls, paths: Iterable[str]) -> MediaRecord | None:
        """Return the record of files: that of the folder which holds them all; None without files."""
        folders = [os.path.dirname(os.path.abspath(path)) for path in paths]  # noqa: PTH100, PTH120 - links are kept
        return cls.read(Path(os.path.commonpath(folders))) if folders else None

    @classmethod
    def read(cls, folder: Path) -> MediaRecord:
        """Return what is on the disk; an empty record where there is none, or it is damaged."""
        records = [cls._parse(folder, value) for value in read_sidecars(folder, SIDECAR_NAME)]
        return max(records, key=lambda record: record.generation, default=cls(folder))

    def known(self, path: str, stamp: FileStamp | None) -> FileDigest | None:
        """Return the digest of a file that still has its stamp; None where it is not known."""
        found = self.files.get(self._name(path))
        if found is None or not found.entries or stamp is None or found.stamp != stamp:
            return None
        return found.entries[-1].digest

    def length(self, path: str, stamp: FileStamp | None) -> Fraction | None:
        """Return the seconds of a file that still has its stamp; None where they are not known."""
        found = self.files.get(self._name(path))
        if found is None or found.length is None or found.length[0] != stamp:
            return None
        return found.length[1]

    def add_lengths(self, lengths: Mapping[str, tuple[FileStamp, Fraction]]) -> None:
        """Take the seconds of files, each with its stamp, and write the record."""
        for path, length in lengths.items():
            self.files.setdefault(self._name(path), _File()).length = length
        if lengths:
            write_sidecar(self.folder, SIDECAR_NAME, self._as_json())

    def update(self, current: Mapping[str, tuple[FileStamp | None, FileDigest | None]]) -> None:
        """Take the digests of files, and write the record where it changed.

        A stamp of None says that the digest must be made again the next time.
        """
        latest = {self._name(path): found for path, found in current.items()}
        known = {name: file for name, file in self.files.items() if file.entries}
        if any(name in known and known[name].entries[-1].digest != digest for name, (_, digest) in latest.items()):
            self.generation += 1
        changed = False
        for name, (stamp, digest) in latest.items():
            file = known.get(name)
            if file is None and digest is None:
                continue
            if file is None:
                new = self.files.setdefault(name, _File())
                new.stamp, new.entries = stamp, [_Entry(self.generation, digest)]
            elif file.entries[-1].digest != digest:
                file.stamp, file.entries = stamp, [*file.entries, _Entry(self.generation, digest)][-_KEPT_DIGESTS:]
            elif file.stamp != stamp and stamp is not None:
                file.stamp = stamp
            else:
                continue
            changed = True
        if changed:
            write_sidecar(self.folder, SIDECAR_NAME, self._as_json())

    def past(self, paths: Iterable[str]) -> list[dict[str, FileDigest | None]]:
        """Return what files were, by path: one table for each generation in which they differ, the newest first."""
        names = {path: self._name(path) for path in paths}
        files = {path: self.files[name].entries for path, name in names.items() if name in self.files}
        files = {path: entries for path, entries in files.items() if entries}
        generations = sorted({entry.since for entries in files.values() for entry in entries}, reverse=True)
        return [{path: _at(entries, generation) for path, entries in files.items()} for generation in generations]

    def _name(self, path: str) -> str:
        return os.path.relpath(os.path.abspath(path), self.folder)  # noqa: PTH100 - links are kept

    def _as_json(self) -> dict[str, object]:
        files = {
            name: {
                "stamp": file.stamp,
                "digests": [
                    [each.since, *([None, None] if each.digest is None else [each.digest.size, each.digest.digest])]
                    for each in file.entries
                ],
                **({} if file.length is None else {"length": [*file.length[0], str(file.length[1])]}),
            }
            for name, file in self.files.items()
        }
        return {"version": _VERSION, "generation": self.generation, "files": files}

    @classmethod
    def _parse(cls, folder: Path, value: Mapping[str, object]) -> MediaRecord:
        generation, files = as_integer(value.get("generation")), value.get("files")
        if value.get("version") != _VERSION or generation is None or not isinstance(files, dict):
            return cls(folder)
        parsed = {str(name): found for name, file in files.items() if (found := _parse_file(file)) is not None}
        return cls(folder, generation, parsed)


def _at(entries: list[_Entry], generation: int) -> FileDigest | None:
    """Return the newest digest that is not newer than a generation; the oldest where all are."""
    return next((each.digest for each in reversed(entries) if each.since <= generation), entries[0].digest)


def _parse_file(value: object) -> _File | None:
    """Return one file of a sidecar; None where it is not as it was written."""
    digests = value.get("digests") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(digests, list):
        return None
    entries: list[_Entry] = []
    for each in digests:
        if not isinstance(each, list) or len(each) != 3:
            return None
        since, size, digest = as_integer(each[0]), as_integer(each[1]), each[2]
        if since is None or (size is None) != (digest is None) or not isinstance(digest, str | None):
            return None
        entries.append(_Entry(since, None if size is None or digest is None else FileDigest(size, digest)))
    length = _parse_length(value.get("length"))
    return _File(_parse_stamp(value.get("stamp")), entries, length) if entries or length is not None else None


def _parse_stamp(value: object) -> FileStamp | None:
    numbers = [as_integer(each) for each in value] if isinstance(value, list) and len(value) == 4 else []
    known = [number for number in numbers if number is not None]
    return FileStamp(*known) if len(known) == 4 else None


def _parse_length(value: object) -> tuple[FileStamp, Fraction] | None:
    """Return a length; a damaged one is measured again."""
    stamp = _parse_stamp(value[:-1]) if isinstance(value, list) else None
    if stamp is None or not isinstance(value, list) or not isinstance(value[-1], str):
        return None
    try:
        seconds = exact_seconds(value[-1])
    except InvalidArgument:
        return None
    return (stamp, seconds) if seconds > 0 else None
