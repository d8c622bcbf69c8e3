"""The output folder of any kind of media: files of earlier runs, incomplete files, and files of other programs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from .._files import atomic_file, sync
from ..corpus.synthetic import MADE_BY, MANIFEST
from ..errors import InvalidArgument, SourceUnreadable, quoted

WORK_FOLDER = ".emos-synthesize"
"""The folder of incomplete files; their names have no suffix of media."""
FORMAT = 1
"""The version of the output: files of another version are made again."""
COUNTING = "counting"
"""The kind of media of a manifest that names none."""


@dataclass(frozen=True, slots=True)
class Job:
    """A file to be made.

    Attributes:
        key: The key of the item that it is for.
        relative: Its path in the folder.
        seconds: Its exact length, an integer number of milliseconds.
        size: (height, width) of its frames in pixels.
        gaps_ms: The milliseconds between frames, which repeat.
        rate: Samples a second where it is encoded.
        details: What the manifest notes of it besides.
        fingerprint: The digest of all its inputs.
    """

    key: str
    relative: str
    seconds: Fraction
    size: tuple[int, int]
    gaps_ms: tuple[int, ...]
    rate: int
    fingerprint: str
    details: Mapping[str, object] = field(default_factory=dict)

    @property
    def fps(self) -> str:
        """Frames a second, or ``"variable"``."""
        return "variable" if len(self.gaps_ms) > 1 else str(1000 // self.gaps_ms[0])


class Manifest:
    """``manifest.json``: for each key the file, its size in bytes, and the fingerprint of all its inputs.

    The old file is removed first, then the manifest is written, then the new file gets its name. So a file of the noted
    size is complete, even after a run was killed.
    """

    def __init__(self, root: Path, head: Mapping[str, object] | None = None) -> None:
        """Read what earlier runs noted.

        Args:
            root: The folder.
            head: What the manifest says of all files besides; ``kind`` is left out where it is `COUNTING`.

        Raises:
            InvalidArgument: The folder has a manifest of another program, or one of other media: another kind or seed.
        """
        self._root, self._path = root, root / MANIFEST
        self._lock = threading.Lock()
        # As it is read again: tuples are lists.
        self._head: dict[str, object] = json.loads(json.dumps(dict(head or {})))
        self._is_noted = not self._head
        self._items: dict[str, dict[str, object]] = {}
        if not self._path.exists():
            return
        try:
            manifest = json.loads(self._path.read_text("utf-8"))
            ours = manifest.get("made_by") == MADE_BY and all(
                isinstance(each, dict) for each in manifest["items"].values()
            )
        except (OSError, ValueError, AttributeError, KeyError):
            ours = False
        if not ours:
            raise InvalidArgument(
                "out must be a folder without a foreign manifest, got one that emos synthesize did not write; "
                f"choose another folder: {quoted(self._path)}",
                path=str(self._path),
            )
        for name, default in (("kind", COUNTING), ("seed", None)):
            before, now = (each.get(name, default) for each in (manifest, self._head))
            if before != now:
                raise InvalidArgument(
                    f"out must be a folder of media of {name} {now}, got one of {name} {before}; choose another folder: "
                    f"{quoted(self._path)}",
                    path=str(self._path),
                )
        self._items = manifest["items"]
        self._is_noted = all(manifest.get(name) == value for name, value in self._head.items())

    def check(self, jobs: Sequence[Job]) -> None:
        """Refuse to replace a file that was not made here, and to give two items one path.

        Raises:
            InvalidArgument: Such a file exists, or two jobs have one path.
        """
        owners: dict[str, str] = {}
        for job in jobs:
            path = self._root / job.relative
            other = owners.setdefault(job.relative, job.key)
            if other != job.key:
                raise InvalidArgument(
                    f"media paths must differ, got one for {other} and {job.key}; change one: {quoted(path)}",
                    path=str(path),
                    key=job.key,
                )
            if path.exists() and not self._is_ours(job):
                raise InvalidArgument(
                    "out must not contain a file that emos synthesize did not make or that was changed since, got one; "
                    f"move it, or choose another folder: {quoted(path)}",
                    path=str(path),
                    key=job.key,
                )

    def is_current(self, job: Job) -> bool:
        """Return whether an earlier run made the file from the same inputs."""
        return self._is_ours(job) and self._items[job.key].get("fingerprint") == job.fingerprint

    def note_head(self, work: Path) -> None:
        """Write what the manifest says of all files, where it says something else so far.

        Raises:
            SourceUnreadable: The folder cannot be written.
        """
        if self._is_noted:
            return
        try:
            self._write(work)
        except OSError as error:
            raise unwritable(self._root, error) from error

    def publish(self, job: Job, part: Path) -> None:
        """Give a complete file its name, and note it in the manifest.

        Raises:
            SourceUnreadable: The folder cannot be written.
        """
        path = self._root / job.relative
        try:
            sync(part)
            path.parent.mkdir(parents=True, exist_ok=True)
            self._replace(job, part, path)
        except OSError as error:
            raise unwritable(path.parent, error) from error

    def _replace(self, job: Job, part: Path, path: Path) -> None:
        entry = {
            "path": job.relative,
            "seconds": str(job.seconds),
            "fps": job.fps,
            **job.details,
            "size": list(job.size),
            "bytes": part.stat().st_size,
            "fingerprint": job.fingerprint,
        }
        with self._lock:
            path.unlink(missing_ok=True)
            self._items[job.key] = entry
            self._write(part.parent)
            part.replace(path)

    def _is_ours(self, job: Job) -> bool:
        entry = self._items.get(job.key)
        path = self._root / job.relative
        return bool(
            entry and entry.get("path") == job.relative and path.is_file() and path.stat().st_size == entry.get("bytes")
        )

    def _write(self, work: Path) -> None:
        head = {"made_by": MADE_BY, "format": FORMAT, **self._head}
        manifest = {**head, "items": dict(sorted(self._items.items()))}
        with atomic_file(self._path, folder=work) as file:
            file.write(json.dumps(manifest, ensure_ascii=False, indent=1).encode())


@contextmanager
def work_folder(root: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the output folder, locked against other runs, and a folder in it for incomplete files."""
    handle = None
    try:
        try:
            root.mkdir(parents=True, exist_ok=True)
            handle = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
            _lock(handle, root)
            # Remove what killed runs left.
            shutil.rmtree(root / WORK_FOLDER, ignore_errors=True)
            (root / WORK_FOLDER).mkdir(exist_ok=True)
            work = Path(tempfile.mkdtemp(dir=root / WORK_FOLDER))
        except SourceUnreadable:
            raise
        except OSError as error:
            raise unwritable(root, error) from error
        try:
            yield root, work
        finally:
            shutil.rmtree(root / WORK_FOLDER, ignore_errors=True)
    finally:
        if handle is not None:
            os.close(handle)


def unwritable(folder: Path, error: OSError) -> SourceUnreadable:
    """Return the error for a folder that cannot be written."""
    return SourceUnreadable(
        f"the folder cannot be written ({error.strerror or error}); choose another: {quoted(folder)}", path=str(folder)
    )


def _lock(handle: int, root: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SourceUnreadable(
            f"another run is writing to the folder; wait for it: {quoted(root)}", path=str(root)
        ) from error
    except OSError:
        # Some network file systems cannot lock folders. There the user must not start two runs.
        return
