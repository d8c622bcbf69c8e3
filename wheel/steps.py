"""Steps that take a while: what is done is said on stderr, what a program prints goes to a log."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from recipe import BuildError

LAST_LINES = 15
"""Lines of a log that are shown where a step fails."""


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what begins, and how long it took."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    start = time.monotonic()
    yield
    print(f"{name}: done in {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


def path_with(*folders: str) -> str:
    """Return the search path: these folders, the tools of this Python, then what the caller has."""
    return os.pathsep.join([*folders, sysconfig.get_path("scripts"), os.environ["PATH"]])


def run(words: Sequence[str | Path], log: Path, *, cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Run a program with its output in `log`; raise with the last lines where it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as out:
        print("$", *words, file=out, flush=True)
        try:
            code = subprocess.run(
                [str(word) for word in words],
                cwd=cwd,
                env={**os.environ, "PATH": path_with(), **(env or {})},
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                check=False,
            ).returncode
        except FileNotFoundError as error:
            raise BuildError(f"{words[0]} is not installed; make wheel installs what it needs on Debian") from error
    if code:
        lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        raise BuildError("\n".join([*lines, f"{words[0]} ended with {code}; its output is in {str(log)!r}"]))
