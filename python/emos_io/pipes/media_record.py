"""The sidecar with sizes and digests of media: what is known unread, and what a file was when a state was saved.

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
from pathlib import Path
from typing import NamedTuple

from .._checks import as_integer
from .._sidecar import read_sidecars, write_sidecar
from ..media import FileDigest

SIDECAR_NAME = ".emos-media"
"""The name of the sidecar; no reader of corpora takes it for anything."""

_VERSION = 1
_KEPT_DIGESTS = 8
"""How many digests of one file are kept, the newest."""


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


class _Entry(NamedTuple):
    since: int
    digest: FileDigest | None


@dataclass(slots=True)
class _File:
    stamp: FileStamp | None
    entries: list[_Entry]


@dataclass(slots=True)
class MediaRecord:
    """Digests of files by path, with those that they had before.

    Attributes:
        folder: The folder that holds all of the files.
        generation: How often files were found to be others.
        files: By path within the folder.
    """

    folder: Path
    generation: int = 0
    files: dict[str, _File] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> MediaRecord:
        """Return what is on the disk; an empty record where there is none, or it is damaged."""
        records = [cls._parse(folder, value) for value in read_sidecars(folder, SIDECAR_NAME)]
        return max(records, key=lambda record: record.generation, default=cls(folder))

    def known(self, path: str, stamp: FileStamp | None) -> FileDigest | None:
        """Return the digest of a file that still has its stamp; None where it is not known."""
        found = self.files.get(self._name(path))
        if found is None or stamp is None or found.stamp != stamp:
            return None
        return found.entries[-1].digest

    def update(self, current: Mapping[str, tuple[FileStamp | None, FileDigest | None]]) -> None:
        """Take the digests of files, and write the record where it changed.

        A stamp of None says that the digest must be made again the next time.
        """
        latest = {self._name(path): found for path, found in current.items()}
        known = self.files
        if any(name in known and known[name].entries[-1].digest != digest for name, (_, digest) in latest.items()):
            self.generation += 1
        changed = False
        for name, (stamp, digest) in latest.items():
            file = known.get(name)
            if file is None and digest is None:
                continue
            if file is None:
                known[name] = _File(stamp, [_Entry(self.generation, digest)])
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
        files = {path: self.files[self._name(path)].entries for path in paths if self._name(path) in self.files}
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
    if not isinstance(value, dict) or not isinstance(digests, list) or not digests:
        return None
    entries: list[_Entry] = []
    for each in digests:
        if not isinstance(each, list) or len(each) != 3:
            return None
        since, size, digest = as_integer(each[0]), as_integer(each[1]), each[2]
        if since is None or (size is None) != (digest is None) or not isinstance(digest, str | None):
            return None
        entries.append(_Entry(since, None if size is None or digest is None else FileDigest(size, digest)))
    stamp = value.get("stamp")
    numbers = [as_integer(each) for each in stamp] if isinstance(stamp, list) and len(stamp) == 4 else []
    known = [number for number in numbers if number is not None]
    return _File(FileStamp(*known) if len(known) == 4 else None, entries)
