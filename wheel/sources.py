"""Where the sources come from: a local folder, else where their projects publish them; checked by SHA-256."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tarfile
import urllib.request
from pathlib import Path

from recipe import ROOT, BuildError, Source

FETCH_SECONDS = 60
"""After which a server that sends nothing is given up."""


def local_folder() -> Path | None:
    """Return the folder named by EMOS_SOURCES, else ../shared/sources where it is there."""
    if given := os.environ.get("EMOS_SOURCES"):
        folder = Path(given)
        if not folder.is_dir():
            raise BuildError(
                f"EMOS_SOURCES must be a folder of source archives, got {given!r}; unset it to download them"
            )
        return folder
    usual = ROOT.parent / "shared" / "sources"
    return usual if usual.is_dir() else None


def find(source: Source, downloads: Path) -> Path:
    """Return the archive of a source with the right SHA-256; raise with all that was tried."""
    tried: list[str] = []
    for folder in filter(None, (local_folder(), downloads)):
        for name in source.files:
            path = folder / name
            if not path.exists():
                tried.append(f"{str(path)!r}: no such file")
            elif (digest := sha256(path)) == source.sha256:
                return path
            else:
                tried.append(f"{str(path)!r}: its SHA-256 is {digest}")
    for url in source.urls:
        path = downloads / source.files[0]
        try:
            _download(url, path)
        except OSError as error:
            tried.append(f"{url}: {error}")
            continue
        if (digest := sha256(path)) == source.sha256:
            return path
        path.unlink()
        tried.append(f"{url}: its SHA-256 is {digest}")
    raise BuildError(
        "\n".join(
            [
                f"no source of {source.name} {source.version} with the SHA-256 {source.sha256}; "
                "put it into a folder and name it with EMOS_SOURCES. Tried:",
                *(f"  {line}" for line in tried),
            ]
        )
    )


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack an archive into a new folder, without the one folder on top of it."""
    shutil.rmtree(folder, ignore_errors=True)
    beside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(beside, filter="data")
    (top,) = beside.iterdir()
    top.rename(folder)
    beside.rmdir()
    return folder


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(url: str, path: Path) -> None:
    print(f"downloading {url}", file=sys.stderr)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.part")
    with urllib.request.urlopen(url, timeout=FETCH_SECONDS) as answer, partial.open("wb") as file:
        shutil.copyfileobj(answer, file)
    partial.replace(path)
