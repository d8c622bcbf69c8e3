"""The media files of a folder: everything under it, save what is hidden; links are followed, and never in a circle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..findings import FindingCollector
from .suffixes import split_suffix

_LEFT_OUT = {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found"}
"""Folders that systems make; hidden ones begin with a point."""


def media_files(folder: Path, findings: FindingCollector) -> Iterator[Path]:
    """Yield the media files under a folder, in the order of their names, folder by folder.

    Hidden files and folders are left out. Each folder is searched once, however many links lead to it, and by its own name
    before by that of a link. A link to a file is a file, also where that is not there: opening it says so.

    Args:
        folder: The folder.
        findings: Takes folders that cannot be searched (``unreadable_file``).

    Cost: one look at every name; no file is opened.
    """
    seen: set[str] = set()
    links: list[Path] = []
    yield from _walk(folder, seen, links, findings)
    while links:
        yield from _walk(links.pop(0), seen, links, findings)


def _walk(folder: Path, seen: set[str], links: list[Path], findings: FindingCollector) -> Iterator[Path]:
    open_folders = [folder]
    while open_folders:
        current = open_folders.pop()
        real = os.path.realpath(current)
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(current) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
        except OSError as error:
            what = f"the folder cannot be searched ({error.strerror})"
            findings.add("unreadable_file", str(current), what, "its media are left out; make it readable")
            continue
        inner: list[Path] = []
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _LEFT_OUT:
                continue
            try:
                is_folder, is_file = entry.is_dir(), entry.is_file() or entry.is_symlink()
            except OSError:
                # A link to itself.
                is_folder, is_file = False, True
            if is_folder:
                (links if entry.is_symlink() else inner).append(Path(entry.path))
            elif is_file and split_suffix(entry.name)[1]:
                yield Path(entry.path)
        open_folders += reversed(inner)
