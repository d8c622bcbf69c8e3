"""Small files of what was found out about the files of a folder: beside them, or in the cache directory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ._files import write_text

_TOP_PARTS = 2
"""Parts of the path of a folder of the root: the root and a name."""


def sidecar_paths(folder: Path, name: str) -> tuple[Path, ...]:
    """Return where a sidecar may lie: in the folder, and in the cache directory for a folder that cannot be written.

    The cache directory is ``$XDG_CACHE_HOME/emos-io``, or ``~/.cache/emos-io``. The root of the file system and its folders,
    such as ``/tmp`` and ``/home``, get nothing: what lies there together is no corpus.

    Example:
        >>> str(sidecar_paths(Path("/data/corpus"), ".emos-media")[0])
        '/data/corpus/.emos-media'
        >>> len(sidecar_paths(Path("/data"), ".emos-media"))
        1
    """
    cache = os.environ.get("XDG_CACHE_HOME") or ""
    base = Path(cache) if Path(cache).is_absolute() else Path("~/.cache").expanduser()
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    cached = base / "emos-io" / f"{digest}{name}"
    return (cached,) if len(folder.parts) <= _TOP_PARTS else (folder / name, cached)


def read_sidecars(folder: Path, name: str) -> list[Mapping[str, object]]:
    """Return the objects of all sidecars of this name that can be read; one that is damaged is left out."""
    found: list[Mapping[str, object]] = []
    for path in sidecar_paths(folder, name):
        with suppress(OSError, ValueError, RecursionError):
            value: object = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(value, dict):
                found.append(value)
    return found


def write_sidecar(folder: Path, name: str, value: Mapping[str, object]) -> Path | None:
    """Write a sidecar as JSON where it may lie, and return where; None where no such folder can be written."""
    text = json.dumps(value, separators=(",", ":")) + "\n"
    for path in sidecar_paths(folder, name):
        with suppress(OSError):
            if path.parent != folder:
                path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, text)
            return path
    return None
