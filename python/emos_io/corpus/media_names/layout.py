"""How annotation files lie beside media, and what that says about which media they mean."""

from __future__ import annotations

import itertools
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from .index import MediaFile, fold_name


def normal(path: Path) -> Path:
    """Return an absolute path without ``..``; links stay as they are."""
    return Path(os.path.normpath(path.absolute()))


class AnnotationLayout:
    """Folders of annotation files, within the folder of media or in a tree of their own.

    Where some of them are named as folders of media are, as in ``labels/spk1/a.eaf`` and ``clips/spk1/a.mp4``, the folder of
    an annotation file says whose it is.

    Args:
        files: All annotation files.
        folder: The folder of media.
        media: The media.
    """

    def __init__(self, files: Sequence[Path], folder: Path, media: Collection[MediaFile]) -> None:
        self.files = files
        parents = {file: normal(file).parent for file in files}
        outside = [parent for parent in parents.values() if not parent.is_relative_to(folder)]
        tree = Path(os.path.commonpath(outside)) if outside else folder
        self._folders = {
            file: _folded(parent.relative_to(folder if parent.is_relative_to(folder) else tree))
            for file, parent in parents.items()
        }
        first = {fold_name(each.folders[0]) for each in media if each.folders}
        self._mirrors = any(folders[0] in first for folders in self._folders.values() if folders)

    def speaks(self, file: Path) -> bool:
        """Return whether the folder of an annotation file says anything."""
        return self._mirrors and bool(self._folders.get(file))

    def num_shared(self, media: MediaFile, file: Path) -> int:
        """Return how many folders, from the outermost on, media and an annotation file share."""
        return _num_shared(self._folders.get(file, ()), media)


def sharing_most(files: Sequence[MediaFile], near: Path, folder: Path) -> Sequence[MediaFile]:
    """Return the files that share the most folders of the media, from the outermost on, with a folder; all if none does."""
    if not near.is_relative_to(folder):
        return files
    own = _folded(near.relative_to(folder))
    shared = [_num_shared(own, file) for file in files]
    return [file for file, number in zip(files, shared, strict=True) if number == max(shared)]


def _num_shared(folders: Sequence[str], media: MediaFile) -> int:
    pairs = zip(folders, map(fold_name, media.folders), strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _folded(folder: Path) -> tuple[str, ...]:
    return tuple(map(fold_name, folder.parts))
