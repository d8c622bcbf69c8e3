"""How annotation files lie beside media, and what their folders say about which media they mean."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .index import MediaFile, fold_name, lies_as


def normal(path: Path) -> Path:
    """Return an absolute path without ``..``; links stay as they are."""
    return Path(os.path.normpath(path.absolute()))


@dataclass(frozen=True, slots=True)
class Astray:
    """A folder that an annotation file lies in, and that a media file does not lie in, though it is one of media.

    Attributes:
        folder: The folder and those within it, with slashes.
        is_folder_of_media: Whether a folder of media has that name; else it is only named or placed as those are.
    """

    folder: str
    is_folder_of_media: bool


class AnnotationLayout:
    """Folders of annotation files, within the folder of media or in a tree of their own.

    A folder of an annotation file says whose it is where a folder of media, at any depth, has its name; where its name is of
    one series with theirs (``spk3`` beside ``spk1``); or where it stands in the tree as folders named like those of media do.
    Folders of raters do none of that, and say nothing. Folders above both the media and the annotations say nothing either.

    Args:
        files: All annotation files.
        folder: The folder of media.
        media: The media.
    """

    def __init__(self, files: Sequence[Path], folder: Path, media: Collection[MediaFile]) -> None:
        self.files = files
        self._folder = folder
        self._names = {fold_name(part) for file in media for part in file.folders}
        self._series = {_series(name) for name in self._names} - {None}
        self._levels = {
            level
            for where in {normal(file).parent for file in files}
            for level, part in self._levels_of(where)
            if fold_name(part) in self._names
        }

    def says(self, where: Path) -> bool:
        """Return whether a folder of annotations says whose they are."""
        return any(
            level in self._levels or fold_name(part) in self._names or _series(fold_name(part)) in self._series
            for level, part in self._levels_of(where)
        )

    def astray(self, media: MediaFile, where: Path) -> Astray | None:
        """Return what a folder of annotations has against a media file, or None.

        Media without folders lie nowhere else, and neither do those that lie as the annotations in another tree do.
        """
        if not media.folders or (not where.is_relative_to(self._folder) and lies_as(media, where)):
            return None
        own = set(map(fold_name, media.folders))
        levels = self._levels_of(where)
        shares = any(fold_name(part) in own for _, part in levels)
        doubtful: Astray | None = None
        for number in reversed(range(len(levels))):
            level, part = levels[number]
            name = fold_name(part)
            folder = "/".join(each for _, each in levels[number:])
            if name in self._names:
                if name not in own:
                    return Astray(folder, is_folder_of_media=True)
            elif doubtful is None and (_series(name) in self._series or (level in self._levels and not shares)):
                doubtful = Astray(folder, is_folder_of_media=False)
        return doubtful

    def sharing(self, files: Iterable[MediaFile], where: Path) -> list[MediaFile]:
        """Return the files that share the most folders with a folder of annotations, and at least one; none goes astray."""
        parts = {fold_name(part) for _, part in self._levels_of(where)}
        fitting = [file for file in files if self.astray(file, where) is None]
        shared = [len(parts.intersection(map(fold_name, file.folders))) for file in fitting]
        return [file for file, number in zip(fitting, shared, strict=True) if 0 < number == max(shared)]

    def _levels_of(self, where: Path) -> list[tuple[tuple[bool, int], str]]:
        """Return the folders beyond those above the media too, each with its level: in which tree, and how deep."""
        pairs = enumerate(zip(where.parts, self._folder.parts, strict=False))
        first = next((at for at, (one, other) in pairs if one != other), min(len(where.parts), len(self._folder.parts)))
        inside = first == len(self._folder.parts)
        return [((inside, at), part) for at, part in enumerate(where.parts[first:], first)]


def _series(name: str) -> str | None:
    """Return what names of one series have in common: ``spk1`` and ``spk12`` differ in their number alone."""
    return re.sub(r"\d+", "#", name) if re.search(r"\d", name) else None
