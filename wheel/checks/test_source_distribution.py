"""The source distribution builds against the FFmpeg of the system, and says in one line what a machine lacks."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from environments import environment

from recipe import ROOT


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, made anew."""
    folder = tmp_path_factory.mktemp("sdist")
    maturin = Path(sys.executable).parent / "maturin"
    done = subprocess.run([maturin, "sdist", "--out", folder], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("emos_io-*.tar.gz")
    return path


def test_it_holds_the_sources_alone(sdist: Path) -> None:
    with tarfile.open(sdist) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    assert {"pyproject.toml", "Cargo.lock", "README.md", "LICENSE-MIT", "rust/emos-ffmpeg/src/log.c"} <= names
    assert {"python/emos_io/py.typed", "python/emos_io/_core.pyi", "wheel/source/emos_source_build.py"} <= names
    assert not [name for name in names if name.endswith((".so", ".whl", ".pyc"))]


def test_it_builds_against_the_system(sdist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Crates of others that are built already are not built again.
    monkeypatch.setenv("CARGO_TARGET_DIR", str(ROOT / "target"))
    python = environment(tmp_path / "env", [str(sdist)])
    code = "import emos_io, emos_io.media as m; print(emos_io.__file__); print(m.libraries()['libavcodec'])"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    where, version = done.stdout.splitlines()
    assert str(tmp_path) in where
    assert version == subprocess.check_output(["pkg-config", "--modversion", "libavcodec"], text=True).strip()


def test_pip_ends_with_one_line_where_ffmpeg_is_missing(sdist: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PKG_CONFIG_LIBDIR": str(tmp_path), "PKG_CONFIG_PATH": ""}
    words = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(tmp_path), str(sdist)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=env)
    assert done.returncode != 0
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "building emos-io from source needs" in line]
    assert len(lines) == 1
    assert "FFmpeg 5.1 or newer: libavcodec" in lines[0]
    assert "panicked" not in done.stdout + done.stderr
