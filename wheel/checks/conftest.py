"""The wheel that is checked: as a file, unpacked, installed beside its neighbours, and in a bare root."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import bare_root
import pytest
from environments import environment

from recipe import ROOT

WORK = ROOT / "build" / "wheel"
NEIGHBOURS = ("av>=12", "opencv-python-headless>=4.8", "decord2>=3.4")
"""Packages with an FFmpeg of their own that people import in the same process."""


@pytest.fixture(scope="session")
def wheel() -> Path:
    """The wheel: EMOS_WHEEL, else the one in dist."""
    if given := os.environ.get("EMOS_WHEEL"):
        assert Path(given).is_file(), f"EMOS_WHEEL must be a wheel, got {given!r}"
        return Path(given).resolve()
    found = sorted((ROOT / "dist").glob("emos_io-*.whl"))
    assert len(found) == 1, f"dist must hold one wheel, got {len(found)}; make wheel builds it"
    return found[0]


@pytest.fixture(scope="session")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the wheel."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with the wheel and its neighbours, and without our source tree."""
    return environment(tmp_path_factory.mktemp("installed"), [str(wheel), *NEIGHBOURS])


@pytest.fixture(scope="session")
def root(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> bare_root.BareRoot:
    """A machine of nothing but Debian's base and Python, with the wheel installed by pip; skips where it cannot be made."""
    try:
        base = bare_root.base(WORK / "bare-root")
    except bare_root.CannotBeMade as error:
        pytest.skip(f"no bare root: {error}")
    folder = tmp_path_factory.mktemp("bare")
    return bare_root.install(base, folder, wheel, Path(sys.executable))
