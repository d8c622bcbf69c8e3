"""What the package depends on can be installed from wheels alone, on every Python that it names, with each extra."""

from __future__ import annotations

import subprocess
import tomllib

import pytest
from environments import uv

from recipe import ROOT

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("extra", ["", *PROJECT["optional-dependencies"]])
@pytest.mark.parametrize("version", PYTHONS)
def test_wheels_exist(version: str, extra: str) -> None:
    wanted = [*PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] if extra else [])]
    words = [
        uv(),
        "pip",
        "compile",
        "--quiet",
        "--no-header",
        "--only-binary",
        ":all:",
        "--python-version",
        version,
        "-",
    ]
    done = subprocess.run(words, input="\n".join(wanted), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "numpy==" in done.stdout
