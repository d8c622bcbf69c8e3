"""The version has one owner: Cargo.toml."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import emos_io

CARGO = Path(__file__).parents[2] / "Cargo.toml"


def test_the_version_is_that_of_cargo() -> None:
    manifest = tomllib.loads(CARGO.read_text("utf-8"))
    assert emos_io.__version__ == manifest["workspace"]["package"]["version"]


def test_a_tree_that_is_not_installed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    assert not hasattr(emos_io, "__version__")
    with pytest.raises(AttributeError, match=r"^emos-io is not installed, so it has no version; install it$"):
        emos_io.__version__  # noqa: B018 - it is computed


def test_other_names_are_not_there() -> None:
    name = "no_such_name"
    with pytest.raises(AttributeError, match=r"^module 'emos_io' has no attribute 'no_such_name'$"):
        getattr(emos_io, name)


def test_importing_the_package_reads_no_metadata() -> None:
    reading = "import importlib.metadata as m; m.version = None; import emos_io; print('__version__' in vars(emos_io))"
    printed = subprocess.run([sys.executable, "-c", reading], capture_output=True, text=True, check=True).stdout
    assert printed == "False\n"


def test_citation_has_the_version() -> None:
    manifest = tomllib.loads(CARGO.read_text("utf-8"))
    lines = (CARGO.parent / "CITATION.cff").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("version:")] == [
        f"version: {manifest['workspace']['package']['version']}"
    ]
