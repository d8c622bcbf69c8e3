"""The ffmpeg program: where it is, whether it can do what is needed, and how to get one that can."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence

from ..errors import EmosError, SourceNotFound, UnsupportedCodec, printable, quoted

VIDEO_ENCODER, AUDIO_ENCODER = "libx264", "aac"
OLDEST = (5, 1)
"""The oldest version that has all options in use."""
INSTALL = (
    "Debian and Ubuntu: apt install ffmpeg, macOS: brew install ffmpeg, conda: conda install -c conda-forge ffmpeg"
)
"""How to get the program."""

_VERSION = re.compile(r"^ffmpeg version n?((\d+)\.(\d+)\S*)", re.MULTILINE)
_TIMEOUT_SECONDS = 60


def find_ffmpeg(
    needed: Sequence[str] = (VIDEO_ENCODER, AUDIO_ENCODER), *, needed_by: str = "synthesize", instead: str = ""
) -> str:
    """Return the path of the ffmpeg program on PATH.

    Args:
        needed: Names of the encoders that it must have.
        needed_by: What needs it, for the error text.
        instead: What else a user can do, for the error text.

    Raises:
        SourceNotFound: It is not on PATH, is not executable, does not run, or is older than 5.1. A version that is not a
            number, as of a build from a commit, is not refused.
        UnsupportedCodec: It lacks one of the encoders.

    Cost: the program is started once.
    """
    or_else = _or_else(instead)
    path = shutil.which("ffmpeg")
    if path is None:
        other = shutil.which("ffmpeg", os.F_OK)
        if other is not None:
            raise SourceNotFound(
                f"{needed_by} needs the ffmpeg program, and the one on PATH is not executable; make it executable or "
                f"install another ({INSTALL}){or_else}: {quoted(other)}",
                path=other,
            )
        raise SourceNotFound(
            f"{needed_by} needs the ffmpeg program, and none is on PATH; install it ({INSTALL}){or_else}"
        )
    try:
        banner, encoders = _answer(path)
    except (OSError, subprocess.SubprocessError) as error:
        raise SourceNotFound(
            f"{needed_by} needs the ffmpeg program, and the one on PATH does not run ({_reason(error)}); install another "
            f"({INSTALL}){or_else}: {quoted(path)}",
            path=path,
        ) from error
    version = _VERSION.search(banner)
    if version and (int(version[2]), int(version[3])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise SourceNotFound(
            f"{needed_by} needs the ffmpeg program of version {oldest} or later, and the one on PATH has "
            f"{printable(version[1])}; install a later one ({INSTALL}){or_else}: {quoted(path)}",
            path=path,
        )
    missing = [name for name in needed if name not in encoders]
    if missing:
        raise UnsupportedCodec(
            f"{needed_by} needs the encoder {' and the encoder '.join(missing)}, and the ffmpeg program on PATH was built "
            f"without; install one built with it ({INSTALL}){or_else}: {quoted(path)}",
            path=path,
        )
    return path


def ffmpeg_failure(doing: str, code: int, log: bytes, out: str | os.PathLike[str]) -> EmosError:
    """Return the error for a run of the program that failed.

    Args:
        doing: What it could not do.
        code: The exit code.
        log: What it wrote to stderr; the last line becomes `ffmpeg_message`.
        out: The file that it was to write.
    """
    message = _last_line(log) or f"it ended with {code}"
    error = EmosError(
        f"ffmpeg could not {doing} ({message}); check for free space and a version of 5.1 or later: {quoted(out)}",
        path=os.fspath(out),
    )
    error.ffmpeg_message = message
    return error


def _or_else(instead: str) -> str:
    return f", or {instead}" if instead else ""


def _answer(path: str) -> tuple[str, set[str]]:
    """Return the banner of the program, and the names of its encoders."""
    done = subprocess.run(
        [path, "-nostdin", "-encoders"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        timeout=_TIMEOUT_SECONDS,
    )
    lines = done.stdout.decode(errors="replace").splitlines()
    return done.stderr.decode(errors="replace"), {words[1] for line in lines if len(words := line.split()) > 1}


def _reason(error: OSError | subprocess.SubprocessError) -> str:
    match error:
        case OSError():
            return error.strerror or str(error)
        case subprocess.CalledProcessError():
            return _last_line(error.stderr) or f"it ended with {error.returncode}"
        case subprocess.TimeoutExpired():
            return f"no answer in {_TIMEOUT_SECONDS} seconds"
    return str(error)


def _last_line(log: bytes) -> str:
    lines = log.decode(errors="replace").strip().splitlines()
    return printable(lines[-1].strip()) if lines else ""
