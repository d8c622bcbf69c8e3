"""The build backend of the sources names all that a machine lacks in one line, and nothing where nothing is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from recipe import ROOT

CODE = "import emos_source_build as build; print(build.get_requires_for_build_wheel())"


def ask(**changes: str) -> subprocess.CompletedProcess[str]:
    """Run the first hook that every installer calls, in a changed environment."""
    env = {**os.environ, "PYTHONPATH": str(ROOT / "wheel" / "source"), **changes}
    env.pop("FFMPEG_DIR", None) if "FFMPEG_DIR" not in changes else None
    return subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False, env=env)


def programs(folder: Path, *names: str, version: str = "") -> str:
    """Return a search path with just these programs; pkg-config answers this version."""
    folder.mkdir()
    for name in names:
        (folder / name).write_text(f"#!/bin/sh\necho {version}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_nothing_is_missing_where_it_builds() -> None:
    done = ask()
    assert done.returncode == 0, done.stderr


def test_libraries_without_headers(tmp_path: Path) -> None:
    done = ask(PKG_CONFIG_LIBDIR=str(tmp_path), PKG_CONFIG_PATH="")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    for name in ("libavcodec", "libavformat", "libavutil", "libswscale", "libswresample"):
        assert f"{name} with its headers" in line
    assert "apt install libavcodec-dev" in line


def test_no_program_at_all(tmp_path: Path) -> None:
    done = ask(PATH=programs(tmp_path / "bin"), LIBCLANG_PATH="/usr/lib")
    (line,) = done.stderr.splitlines()
    for name in ("Rust (cargo)", "a C compiler (cc)", "pkg-config"):
        assert name in line


def test_an_older_ffmpeg(tmp_path: Path) -> None:
    path = programs(tmp_path / "bin", "cargo", "cc", "pkg-config", version="4.4.2")
    done = ask(PATH=path, LIBCLANG_PATH="/usr/lib")
    (line,) = done.stderr.splitlines()
    assert "libavcodec 59.37 or newer (here: 4.4.2)" in line


def test_a_folder_without_headers(tmp_path: Path) -> None:
    done = ask(FFMPEG_DIR=str(tmp_path))
    (line,) = done.stderr.splitlines()
    assert f"FFmpeg's headers in FFMPEG_DIR ('{tmp_path}/include/libavcodec/avcodec.h' does not exist)" in line


@pytest.mark.parametrize("name", ["build_sdist", "prepare_metadata_for_build_wheel", "build_editable"])
def test_the_other_hooks_are_there(name: str) -> None:
    code = f"import emos_source_build as build; assert callable(build.{name})"
    env = {**os.environ, "PYTHONPATH": str(ROOT / "wheel" / "source")}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
