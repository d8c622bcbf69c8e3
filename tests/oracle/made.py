"""The awkward files that make.sh of the shared media makes; `python -m oracle.made` makes them before the tests."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .remember import ROOT, build_folder

MAKING_SECONDS = 3600
"""After which making is given up. It takes minutes where nothing else runs, and many of them on a busy machine."""


def shared_folder() -> Path:
    """Where the real clips and make.sh are, if they are anywhere."""
    return Path(os.environ.get("EMOS_SHARED_MEDIA", ROOT.parent / "shared" / "media"))


def made_folder() -> Path:
    """Where the files are, or will be: a folder for each version of make.sh."""
    if given := os.environ.get("EMOS_MADE_MEDIA"):
        return Path(given)
    stamp = hashlib.sha256((shared_folder() / "make.sh").read_bytes()).hexdigest()[:16]
    return build_folder() / f"made-{stamp}"


def why_no_shared() -> str | None:
    """Why there are no real clips; None where there are."""
    folder = shared_folder()
    if (folder / "make.sh").exists():
        return None
    return f"no test media in {str(folder)!r}; set EMOS_SHARED_MEDIA to the folder of make.sh"


def why_none() -> str | None:
    """Why the files neither exist nor can be made; None where they do or can."""
    if given := os.environ.get("EMOS_MADE_MEDIA"):
        return None if Path(given).is_dir() else f"EMOS_MADE_MEDIA is {given!r}, which is no folder"
    if why := why_no_shared():
        return why
    return None if shutil.which("ffmpeg") else "no ffmpeg on the path, which make.sh needs"


def is_made() -> bool:
    """Whether the files exist; only where nothing forbids them."""
    return "EMOS_MADE_MEDIA" in os.environ or (made_folder() / ".done").exists()


def make() -> Path:
    """Make the files once, and return their folder; who comes meanwhile waits."""
    folder = made_folder()
    if is_made():
        return folder
    build_folder().mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_made():
            words = ["bash", str(shared_folder() / "make.sh"), str(folder)]
            done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=MAKING_SECONDS)
            # One file that cannot be made fails the tests that read it, not all.
            sys.stderr.writelines(line for line in done.stderr.splitlines(keepends=True) if line.startswith("FAILED"))
            (folder / ".done").touch()
    return folder


def main() -> None:
    """Make the files, or say why not; print their folder."""
    if why := why_none():
        print(f"{why} (the tests that need them skip)", file=sys.stderr)
        return
    if not is_made():
        print(f"making the test media in {str(made_folder())!r}, which takes minutes", file=sys.stderr)
    print(make())


if __name__ == "__main__":
    main()
