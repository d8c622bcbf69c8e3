"""Media files by name, in several forms of names; which of them agree with a name, and which lie together."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .spellings import Spelling
from .suffixes import VIDEO_SUFFIXES, split_suffix


def fold_name(name: str) -> str:
    """Return a name as names are compared: in one Unicode form (NFC), without letter case."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _literal(name: str) -> str:
    return name


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


NAME_FORMS: tuple[Callable[[str], str], ...] = (_literal, _composed, fold_name)
"""How names are compared, the most exact first."""


@dataclass(frozen=True, slots=True, eq=False)
class MediaFile:
    """A media file, and the parts of its path within the folder.

    Attributes:
        path: The file.
        folders: The folders within the folder of media that it lies in, the outermost first.
        name: Its name.
        stem: Its name without suffix.
        has_frames: Whether files of its suffix have frames, as a rule.
    """

    path: Path
    folders: tuple[str, ...]
    name: str
    stem: str
    has_frames: bool

    @classmethod
    def within_folder(cls, path: Path, folder: Path) -> MediaFile:
        """Return a file under a folder."""
        *folders, name = path.relative_to(folder).parts
        stem, suffix = split_suffix(name)
        return cls(path, tuple(folders), name, stem, suffix.lower() in VIDEO_SUFFIXES)

    @property
    def within(self) -> str:
        """Its path within the folder, with slashes."""
        return "/".join((*self.folders, self.name))


class MediaIndex:
    """Media by name and by name without suffix, in one form of names."""

    def __init__(self, files: Sequence[MediaFile], form: Callable[[str], str]) -> None:
        self._form = form
        self._by_name: dict[str, list[MediaFile]] = defaultdict(list)
        self._by_stem: dict[str, list[MediaFile]] = defaultdict(list)
        self._by_path: dict[tuple[str, ...], list[MediaFile]] = defaultdict(list)
        self._by_stem_path: dict[tuple[str, ...], list[MediaFile]] = defaultdict(list)
        self._folders: dict[MediaFile, tuple[str, ...]] = {}
        for file in files:
            name, stem, folders = form(file.name), form(file.stem), tuple(map(form, file.folders))
            self._by_name[name].append(file)
            self._by_stem[stem].append(file)
            self._by_path[*folders, name].append(file)
            self._by_stem_path[*folders, stem].append(file)
            self._folders[file] = folders

    def named(self, name: str, *, stems: bool = False) -> list[MediaFile]:
        """Return the files of a name, or of a name without suffix."""
        return (self._by_stem if stems else self._by_name).get(self._form(name), [])

    def by_path(self, spelling: Spelling) -> list[MediaFile]:
        """Return the files whose path within the folder a spelling is."""
        return [*self._by_path.get(self._path(spelling), ())]

    def by_stem_path(self, spelling: Spelling) -> list[MediaFile]:
        """Return the files whose path without suffix a spelling is; of those in one folder, the one with frames."""
        return self._with_frames(self._by_stem_path.get(self._path(spelling), ()))

    def by_name(self, spelling: Spelling) -> list[MediaFile]:
        """Return the files of a name whose folders agree."""
        return self._agreeing(self.named(spelling.name), spelling.folders)

    def by_stem(self, spelling: Spelling) -> list[MediaFile]:
        """Return the files of a name without suffix whose folders agree; of those in one folder, the one with frames."""
        return self._with_frames(self.agreeing(spelling.name, spelling.folders))

    def anywhere(self, name: str) -> list[MediaFile]:
        """Return the files of a name in any folder, else of a name without suffix; in one folder, the one with frames."""
        return list(self.named(name)) or self._with_frames(self.named(name, stems=True))

    def agreeing(self, stem: str, folders: Sequence[str]) -> list[MediaFile]:
        """Return the files of a name without suffix whose folders agree."""
        return self._agreeing(self.named(stem, stems=True), folders)

    def _path(self, spelling: Spelling) -> tuple[str, ...]:
        return (*map(self._form, spelling.folders), self._form(spelling.name))

    def _with_frames(self, files: Sequence[MediaFile]) -> list[MediaFile]:
        found: dict[tuple[str, ...], list[MediaFile]] = defaultdict(list)
        for file in files:
            found[file.folders].append(file)
        best = {folders: best_of(same) for folders, same in found.items()}
        return [file for folders, same in found.items() for file in same if best[folders] in (None, file)]

    def _agreeing(self, files: Sequence[MediaFile], folders: Sequence[str]) -> list[MediaFile]:
        """Return the files whose folders agree with others in the most parts, in all that both have."""
        own = tuple(map(self._form, folders))
        agreeing: dict[int, list[MediaFile]] = defaultdict(list)
        for file in files:
            theirs = self._folders[file]
            number = min(len(own), len(theirs))
            if number == 0 or own[-number:] == theirs[-number:]:
                agreeing[number].append(file)
        return agreeing[max(agreeing)] if agreeing else []


def lies_as(file: MediaFile, folder: Path) -> bool:
    """Return whether the folders of a file are the last ones of another folder, so that the two lie alike."""
    own = tuple(map(fold_name, file.folders))
    return bool(own) and tuple(map(fold_name, folder.parts[-len(own) :])) == own


def lying_alike(files: Iterable[MediaFile], folder: Path) -> list[MediaFile]:
    """Return the files that lie as a folder does, of those with the most folders in common."""
    alike = [file for file in files if lies_as(file, folder)]
    most = max((len(file.folders) for file in alike), default=0)
    return [file for file in alike if len(file.folders) == most]


def best_of(files: Sequence[MediaFile]) -> MediaFile | None:
    """Return the only file, or the only one with frames, of files of one name."""
    framed = [file for file in files if file.has_frames]
    return files[0] if len(files) == 1 else framed[0] if len(framed) == 1 else None


def families_of(files: Sequence[MediaFile]) -> list[list[MediaFile]]:
    """Return the files of one name in one folder, together."""
    found: dict[tuple[tuple[str, ...], str], list[MediaFile]] = defaultdict(list)
    for file in files:
        found[file.folders, _composed(file.stem)].append(file)
    return list(found.values())


def media_keys(files: Sequence[MediaFile]) -> dict[MediaFile, str]:
    """Return the key of each file; no two are the same."""
    best = {file for family in families_of(files) if (file := best_of(family)) is not None}
    short = {file: "/".join((*file.folders, file.stem)) for file in best}
    full = {file.within for file in files if file not in best}
    # A video talk.m4a.mp4 must not have the key of an audio file talk.m4a.
    while clash := {file for file, key in short.items() if key in full}:
        short = {file: key for file, key in short.items() if file not in clash}
        full |= {file.within for file in clash}
    return {file: short.get(file, file.within) for file in files}
