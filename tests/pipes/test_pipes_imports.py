"""Torch and torchdata are loaded where they are used, and their absence is told with the extra to install."""

from __future__ import annotations

import subprocess
import sys

import pytest


def output_of(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.strip()


def test_the_package_loads_no_torch() -> None:
    loaded = "import sys, emos_io.pipes; print(sorted({'torch', 'torchdata', 'rich'} & set(sys.modules)))"
    assert output_of(loaded) == "[]"


@pytest.mark.parametrize(
    ("absent", "use"),
    [("torch", "emos_io.pipes.Collate()"), ("torchdata", "importlib.import_module('emos_io.pipes.nodes')")],
)
def test_an_absent_library_is_named_with_its_extra(absent: str, use: str) -> None:
    script = f"import importlib, sys; sys.modules[{absent!r}] = None\nimport emos_io.pipes\n"
    script += f"try:\n    {use}\nexcept ImportError as error:\n    print(error)\n"
    text = output_of(script)
    assert text.startswith(f"{absent} is not installed; pip install 'emos-io[torch]'")
