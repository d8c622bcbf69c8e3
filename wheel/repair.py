"""The libraries go into the wheel: auditwheel copies them with names of their own and checks the oldest glibc."""

from __future__ import annotations

from pathlib import Path

from libraries import Libraries
from recipe import ROOT, Recipe, source_date
from steps import run, step


def repair(recipe: Recipe, wheel: Path, libraries: Libraries) -> Path:
    """Return the wheel with its libraries inside."""
    repaired = libraries.folder / "repaired"
    repaired.mkdir(exist_ok=True)
    for old in repaired.glob("*.whl"):
        old.unlink()
    env = {
        "LD_LIBRARY_PATH": str(libraries.prefix / "lib"),
        "SOURCE_DATE_EPOCH": str(source_date()),
    }
    words = [
        "auditwheel",
        "repair",
        "--plat",
        recipe.platform_tag,
        "--only-plat",
        "--strip",
        "-w",
        str(repaired),
        str(wheel),
    ]
    with step("putting the libraries in"):
        run(words, libraries.folder / "repair.log", cwd=ROOT, env=env)
    (result,) = repaired.glob("*.whl")
    return result
