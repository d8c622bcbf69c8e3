"""The build backend of the source distribution: maturin's, after a look at what the machine lacks.

Without it, a missing FFmpeg ends in a hundred lines of a panic; with it, in one line that names what is missing.
"""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
from pathlib import Path

import maturin
from maturin import (
    build_sdist,
    get_requires_for_build_sdist,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

LIBRARIES = {
    "libavcodec": "59.37",
    "libavformat": "59.27",
    "libavutil": "57.28",
    "libswscale": "6.7",
    "libswresample": "4.7",
}
"""The libraries of FFmpeg 5.1, the oldest that builds."""

CLANG_FOLDERS = ("lib*/", "lib*/*/", "lib*/*/*/", "local/lib*/", "local/llvm*/lib*/")
"""Below /usr: where the generator of the bindings looks."""

HELP = (
    "on Debian and Ubuntu: apt install libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libswresample-dev "
    "libclang-dev pkg-config gcc, and Rust from https://rustup.rs; or install the wheel, which needs nothing: "
    "pip install --only-binary emos-io emos-io"
)


def missing() -> list[str]:
    """Return what a build needs and this machine lacks, in words."""
    found = []
    if shutil.which("cargo") is None:
        found.append("Rust (cargo)")
    if not os.environ.get("CC") and not any(shutil.which(name) for name in ("cc", "gcc", "clang")):
        found.append("a C compiler (cc)")
    if not _has_clang():
        found.append("libclang")
    return found + _missing_ffmpeg()


def _missing_ffmpeg() -> list[str]:
    if given := os.environ.get("FFMPEG_DIR"):
        header = Path(given, "include", "libavcodec", "avcodec.h")
        return [] if header.exists() else [f"FFmpeg's headers in FFMPEG_DIR ({str(header)!r} does not exist)"]
    program = os.environ.get("PKG_CONFIG", "pkg-config")
    if shutil.which(program) is None:
        return ["pkg-config"]
    found = []
    for name, oldest in LIBRARIES.items():
        done = subprocess.run([program, "--modversion", name], capture_output=True, text=True, check=False)
        version = done.stdout.strip()
        if done.returncode:
            found.append(f"{name} with its headers")
        elif _numbers(version) < _numbers(oldest):
            found.append(f"{name} {oldest} or newer (here: {version})")
    return [f"FFmpeg 5.1 or newer: {', '.join(found)}"] if found else []


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def _has_clang() -> bool:
    if os.environ.get("LIBCLANG_PATH") or shutil.which("llvm-config") or ctypes.util.find_library("clang"):
        return True
    if os.uname().sysname != "Linux":
        return True  # its folders are others; the generator says what it misses
    return any(True for pattern in CLANG_FOLDERS for _ in Path("/usr").glob(f"{pattern}libclang*"))


def check() -> None:
    """End with one line where the machine lacks something."""
    if found := missing():
        raise SystemExit(f"building emos-io from source needs {'; '.join(found)}; {HELP}")


def get_requires_for_build_wheel(config_settings: dict[str, object] | None = None) -> list[str]:
    """As maturin's, after the check."""
    check()
    return list(maturin.get_requires_for_build_wheel(config_settings))


def get_requires_for_build_editable(config_settings: dict[str, object] | None = None) -> list[str]:
    """As maturin's, after the check."""
    check()
    return list(maturin.get_requires_for_build_editable(config_settings))


def build_wheel(
    wheel_directory: str, config_settings: dict[str, object] | None = None, metadata_directory: str | None = None
) -> str:
    """As maturin's, after the check."""
    check()
    return str(maturin.build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(
    wheel_directory: str, config_settings: dict[str, object] | None = None, metadata_directory: str | None = None
) -> str:
    """As maturin's, after the check."""
    check()
    return str(maturin.build_editable(wheel_directory, config_settings, metadata_directory))
