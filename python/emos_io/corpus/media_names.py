"""The media of a folder, by the names that people give them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from .findings import FindingCollector

MEDIA_SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4a", ".wav", ".mp3", ".flac"}
"""Of the files that are taken for media."""


def fold_name(name: str) -> str:
    """Return a name as names are compared: in one Unicode form (NFC), without letter case."""
    return unicodedata.normalize("NFC", name).casefold()


class MediaNames:
    """Media of a folder, found by path, by name, or by name without suffix."""

    def __init__(self, folder: Path, findings: FindingCollector) -> None:
        self._paths: dict[str, Path] = {}
        self._by_name: dict[str, list[str]] = {}
        for path in sorted(folder.rglob("*")):
            if path.suffix.lower() not in MEDIA_SUFFIXES or path.name.startswith("."):
                continue
            key = path.relative_to(folder).with_suffix("").as_posix()
            if key in self._paths:
                what = f"{path.name} and {self._paths[key].name} have one name"
                findings.add("ambiguous_media", key, what, "the first is taken; rename the other")
                continue
            self._paths[key] = path
            for name in {key, path.stem, path.name, path.relative_to(folder).as_posix()}:
                self._by_name.setdefault(fold_name(name), []).append(key)

    def all(self) -> list[str]:
        """Return the keys of all media: paths within the folder, without suffix."""
        return list(self._paths)

    def path(self, key: str) -> Path:
        """Return the file of a key."""
        return self._paths[key]

    def find(self, *names: str | None) -> str | None:
        """Return the key of the first name that belongs to exactly one file."""
        for name in names:
            if not name:
                continue
            plain = name.replace("\\", "/").removeprefix("file://")
            for candidate in (plain, plain.rsplit("/", 1)[-1], Path(plain).stem):
                found = self._by_name.get(fold_name(candidate), [])
                if len(found) == 1:
                    return found[0]
        return None
