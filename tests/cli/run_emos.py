"""Running ``emos`` as people do: in a process, with pipes or in a terminal of some width; or in this process, which is quicker.

What a process has of its own (streams that are closed or a terminal, signals, what is imported) needs a process. What a verb
prints, its exit code and its errors are the same in this one.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import AnyStr
from unittest import mock

from emos_io.cli.app import run

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""A control sequence of a terminal."""
LOOKS = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "CLICOLOR_FORCE")
"""Environment variables that decide how output looks; the tests run without those of whoever runs them."""


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "emos_io", *map(str, words)]


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in LOOKS} | {"TERM": "xterm-256color"} | more


def emos(*words: str | Path, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Run ``emos`` with pipes; further keywords are environment variables."""
    return subprocess.run(
        command(*words), env=environment(**more), cwd=cwd, capture_output=True, text=True, timeout=300, check=False
    )


def emos_here(*words: str | Path, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Run ``emos`` in this process, as with pipes; further keywords are environment variables."""
    stdout, stderr = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors="backslashreplace") for _ in range(2))
    with (
        mock.patch.dict(os.environ, environment(**more), clear=True),
        contextlib.chdir(Path.cwd() if cwd is None else cwd),
        contextlib.redirect_stdout(stdout),
        contextlib.redirect_stderr(stderr),
    ):
        code = run([*map(str, words)])
    printed = []
    for stream in (stdout, stderr):
        stream.seek(0)
        printed.append(stream.read())
    return subprocess.CompletedProcess([*map(str, words)], code, *printed)


@contextlib.contextmanager
def killed_on_failure(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """A process that waits for nobody where its test fails: the end of a `with` waits for as long as it runs."""
    with process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def emos_in_terminal(width: int, *words: str | Path, **more: str) -> tuple[int, str]:
    """Run ``emos`` with stdout in a terminal of `width` columns; return its exit code and what the terminal got."""
    reader, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    with subprocess.Popen(
        command(*words), env=environment(**more), stdout=terminal, stderr=subprocess.DEVNULL
    ) as process:
        os.close(terminal)
        got = b""
        while True:
            try:
                chunk = os.read(reader, 65_536)
            except OSError:
                # Linux ends a terminal whose last writer is gone with an error.
                break
            if not chunk:
                break
            got += chunk
    os.close(reader)
    return process.returncode, got.decode().replace("\r\n", "\n")
