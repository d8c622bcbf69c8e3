"""Imports point one way, and `import emos_io` loads numpy at most."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import emos_io

ROOT = Path(emos_io.__file__).parent

# What each part of the package may import of the package, besides itself.
ALLOWED = {
    "errors": set(),
    "_arrays": set(),
    "_checks": {"errors"},
    "_files": {"errors"},
    "_progress": set(),
    "spans": {"errors"},
    "media": {"_checks", "errors", "spans", "_core"},
    "formats": {"_checks", "_files", "errors", "spans"},
    "corpus": {"_arrays", "_checks", "_files", "errors", "spans", "formats"},
    "annotation": {"_arrays", "_checks", "_files", "errors", "spans", "formats", "corpus"},
    "plan": {"_arrays", "_checks", "errors", "spans", "corpus"},
    "pipes": {"_checks", "_progress", "errors", "spans", "corpus", "media", "plan"},
    "synthesize": {"_checks", "_files", "errors", "spans", "corpus"},
    "report": {"_checks", "_files", "errors", "spans", "corpus", "media", "plan"},
    "testing": {"_checks", "errors", "spans", "media", "corpus", "plan", "pipes", "synthesize"},
    "cli": {
        "_checks",
        "_files",
        "_progress",
        "errors",
        "spans",
        "media",
        "corpus",
        "annotation",
        "plan",
        "pipes",
        "synthesize",
        "report",
    },
    "__init__": {"errors", "spans", "media", "corpus", "plan", "pipes"},
    "__main__": {"cli"},
}
LOADED_WITH_THE_PACKAGE = {"numpy", "emos_io"}


def part_of(path: Path) -> str:
    relative = path.relative_to(ROOT)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imported_parts(path: Path) -> set[str]:
    package = list(path.relative_to(ROOT).parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level > 0:
            base = package[: len(package) - (node.level - 1)]
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {(base + name.split("."))[0] for name in names if name}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("emos_io."):
            found.add((node.module or "").split(".")[1])
    return found


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_arrow_points_the_wrong_way(path: Path) -> None:
    part = part_of(path)
    assert part in ALLOWED, f"{part} is new: say in ALLOWED what it may import"
    wrong = imported_parts(path) - ALLOWED[part] - {part}
    assert not wrong, f"{part} imports {sorted(wrong)}"


def test_a_wrong_arrow_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "media").mkdir()
    source = tmp_path / "media" / "reader.py"
    source.write_text("from ..cli import main\nfrom .frames import x\nfrom .. import _core\n")
    assert imported_parts(source) == {"cli", "media", "_core"}


def test_only_media_imports_the_core() -> None:
    importers = {part_of(path) for path in ROOT.rglob("*.py") if "_core" in imported_parts(path)}
    assert importers == {"media"}


def test_importing_the_package_loads_numpy_at_most() -> None:
    show = "import sys; before = set(sys.modules); import emos_io; print(*sorted(set(sys.modules) - before))"
    loaded = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True).stdout.split()
    outside = {name.split(".")[0].lstrip("_") for name in loaded} - {
        name.lstrip("_") for name in sys.stdlib_module_names
    }
    # Cython names itself where numpy.random is loaded.
    outside = {name for name in outside if not name.startswith("cython_")}
    assert outside <= LOADED_WITH_THE_PACKAGE, outside
