"""How the package is installed is said in the same words everywhere: README, docs, errors."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from emos_io._install import INSTALL, install

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PAGES = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").glob("*.md"))]
EXTRA = re.compile(r"""pip install ['"]?emos-io\[[^\n]*?\]['"]?""")


def test_the_first_code_of_the_readme_is_the_install() -> None:
    readme = PAGES[0].read_text("utf-8")
    first = readme.split("```")[1]
    assert first.strip() == INSTALL
    line = readme.split("```")[2].strip().splitlines()[0]
    assert "release" in line
    assert "pip install dist/*.whl" in line


def test_extras_are_named_in_the_same_words() -> None:
    known = {install(extra) for extra in PROJECT["optional-dependencies"]}
    for page in PAGES:
        assert set(EXTRA.findall(page.read_text("utf-8"))) <= known, page.name
    everywhere = "".join(page.read_text("utf-8") for page in PAGES)
    assert {text for text in known if text in everywhere} == known


def test_no_other_file_spells_an_extra() -> None:
    package = ROOT / "python" / "emos_io"
    spelled = {path.name for path in package.rglob("*.py") if EXTRA.search(path.read_text("utf-8"))}
    assert spelled <= {"_install.py"}
