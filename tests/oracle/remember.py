"""Answers of slow authorities, kept between runs.

The key is the content of the file, the command, and the version of ffmpeg: nothing else can change the answer.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def build_folder() -> Path:
    """Where the tests may leave what is slow to make; ignored by git."""
    return Path(os.environ.get("EMOS_TEST_CACHE", ROOT / "build" / "tests"))


@functools.cache
def ffmpeg_version() -> str:
    """First line of `ffmpeg -version`."""
    command = ["ffmpeg", "-version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def content_hash(path: Path) -> str:
    """sha256 of the file's bytes."""
    stat = path.stat()
    return _content_hash(path, stat.st_size, stat.st_mtime_ns)


@functools.cache
def _content_hash(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remember(path: Path, command: Sequence[str], compute: Callable[[], Any]) -> Any:
    """Return what `compute` returned for this file and command, now or in an earlier run; plain JSON data."""
    words = [word if word != str(path) else "INPUT" for word in command]
    key = hashlib.sha256("\0".join([content_hash(path), ffmpeg_version(), *words]).encode()).hexdigest()
    kept = build_folder() / "oracle" / f"{key}.json"
    if kept.exists():
        return json.loads(kept.read_text())
    answer = compute()
    kept.parent.mkdir(parents=True, exist_ok=True)
    # A second run may be writing the same answer: each writes its own file, the last one stays.
    with tempfile.NamedTemporaryFile("w", dir=kept.parent, delete=False, suffix=".part") as part:
        json.dump(answer, part)
    Path(part.name).replace(kept)
    return answer
