"""The folder of media: what an earlier run made of the same, what is not whole, and what others put there."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..corpus.records import Monologue
from ..errors import InvalidArgument, SourceUnreadable
from .frames import FRAME_MS

MANIFEST = "manifest.json"
"""In the folder: what was made, and with which options."""
WORK = ".emos-synthesize"
"""Folder of files that are not whole; its names have no suffix of media."""
FORMAT = 1
"""Of what is made: files of another one are made anew."""


@dataclass(frozen=True, slots=True)
class Job:
    """A monologue to be made: where, how long, how, and the fingerprint of all that it is made from."""

    monologue: Monologue
    relative: str
    seconds: Fraction
    variable: bool
    speech: str
    fingerprint: str

    @property
    def fps(self) -> str:
        """``"25"``, or ``"variable"``."""
        return "variable" if self.variable else str(1000 // FRAME_MS)


class Manifest:
    """``manifest.json``: for each key the file, its bytes, and the fingerprint of all that it was made from.

    It is written before the file gets its name, and the old file is gone before that: a file of the noted size is whole,
    whenever a run was killed.
    """

    def __init__(self, root: Path) -> None:
        self._root, self._path = root, root / MANIFEST
        self._lock = threading.Lock()
        self._items: dict[str, dict[str, Any]] = {}
        if not self._path.exists():
            return
        try:
            told = json.loads(self._path.read_text("utf-8"))
            ours = told.get("made_by") == "emos synthesize" and all(
                isinstance(each, dict) for each in told["items"].values()
            )
        except (OSError, ValueError, AttributeError, KeyError):
            ours = False
        if not ours:
            raise InvalidArgument(
                f"the folder has a manifest that emos synthesize did not write; choose another folder: {str(self._path)!r}"
            )
        self._items = told["items"]

    def check(self, jobs: Sequence[Job]) -> None:
        """Refuse where a file that was not made here lies in the way, or two would lie in one place."""
        owners: dict[str, str] = {}
        for job in jobs:
            path = self._root / job.relative
            other = owners.setdefault(job.relative, job.monologue.key)
            if other != job.monologue.key:
                raise InvalidArgument(f"{other} and {job.monologue.key} have one path; make them apart: {str(path)!r}")
            if path.exists() and not self._is_ours(job):
                raise InvalidArgument(
                    "a file lies there that emos synthesize did not make, or that was changed since; it is not replaced: "
                    f"move it, or choose another folder: {str(path)!r}"
                )

    def holds(self, job: Job) -> bool:
        """Whether the file is there as an earlier run made it from the same."""
        return self._is_ours(job) and self._items[job.monologue.key].get("fingerprint") == job.fingerprint

    def place(self, job: Job, part: Path, size: tuple[int, int]) -> None:
        """Give a whole file its name.

        Raises:
            SourceUnreadable: The folder cannot be written.
        """
        target = self._root / job.relative
        try:
            with part.open("rb") as file:
                os.fsync(file.fileno())
            target.parent.mkdir(parents=True, exist_ok=True)
            self._replace(job, part, target, size)
        except OSError as error:
            raise unwritable(target.parent, error) from error

    def _replace(self, job: Job, part: Path, target: Path, size: tuple[int, int]) -> None:
        entry = {
            "path": job.relative,
            "seconds": str(job.seconds),
            "fps": job.fps,
            "speech": job.speech,
            "size": list(size),
            "bytes": part.stat().st_size,
            "fingerprint": job.fingerprint,
        }
        with self._lock:
            target.unlink(missing_ok=True)
            self._items[job.monologue.key] = entry
            self._write(part.parent)
            part.replace(target)

    def _is_ours(self, job: Job) -> bool:
        entry = self._items.get(job.monologue.key)
        path = self._root / job.relative
        return bool(
            entry and entry.get("path") == job.relative and path.is_file() and path.stat().st_size == entry.get("bytes")
        )

    def _write(self, work: Path) -> None:
        told = {"made_by": "emos synthesize", "format": FORMAT, "items": dict(sorted(self._items.items()))}
        with (work / "manifest.part").open("w", encoding="utf-8") as file:
            json.dump(told, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self._path)


@contextmanager
def work_folder(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield a folder that no other run is writing to, and one within it for files that are not whole."""
    handle = None
    try:
        try:
            root.mkdir(parents=True, exist_ok=True)
            handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
            _lock(handle, root)
            # What killed runs have left.
            shutil.rmtree(root / WORK, ignore_errors=True)
            (root / WORK).mkdir(exist_ok=True)
            work = Path(tempfile.mkdtemp(dir=root / WORK))
        except SourceUnreadable:
            raise
        except OSError as error:
            raise unwritable(root, error) from error
        try:
            yield root, work
        finally:
            shutil.rmtree(root / WORK, ignore_errors=True)
    finally:
        if handle is not None:
            os.close(handle)


def unwritable(folder: Path, error: OSError) -> SourceUnreadable:
    return SourceUnreadable(
        f"the folder cannot be written ({error.strerror or error}); choose another: {str(folder)!r}"
    )


def _lock(handle: int, root: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SourceUnreadable(f"another run is writing to the folder; wait for it: {str(root)!r}") from error
    except OSError:
        # Some network file systems lock no folders; then nothing but care keeps two runs apart.
        return
