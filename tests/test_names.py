"""Names follow docs/glossary.md: no identifier that is bound here has a word that its last column lists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PYTHON = sorted(path for folder in ("python", "tests", "benches", "scripts") for path in (ROOT / folder).rglob("*.py"))
RUST = sorted((ROOT / "rust").rglob("*.rs"))
PROSE = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *PYTHON, *RUST])

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_UNUSED = re.compile(r"`([a-z]+)`(?: \((rust|python)\))?")
_RUST_ITEM = re.compile(r"\b(?:fn|struct|enum|union|trait|mod|const|static|type)\s+([A-Za-z_]\w*)")
_RUST_FIELD = re.compile(r"(?:^|[(,|{])\s*(?:pub(?:\([a-z ]+\))?\s+)?(?:mut\s+)?([a-z_]\w*)\s*:(?!:)", re.MULTILINE)
_KEYWORDS = {"mut", "ref", "box", "self"}
_RUST_LET = re.compile(r"\blet\s+([^=;{]+?)\s*(?:=|;)")


class Bound(NamedTuple):
    """An identifier where it gets its meaning."""

    name: str
    path: Path
    line: int


def words(name: str) -> list[str]:
    """The words of an identifier, lower case."""
    return [word.lower() for word in _WORD.findall(name)]


def unused(language: str) -> set[str]:
    """Words of the glossary's last column that are no part of a name in a language."""
    rows = [line for line in (ROOT / "docs" / "glossary.md").read_text().splitlines() if line.startswith("| ")]
    columns = [row.split(" | ") for row in rows]
    pairs = [pair for cells in columns if len(cells) == 3 for pair in _UNUSED.findall(cells[2])]
    return {word for word, only in pairs if only in ("", language)}


def python_bound(source: str, path: Path) -> Iterator[Bound]:
    """Yield the identifiers that Python source binds."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield Bound(name, path, node.lineno)
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield Bound(name, path, node.lineno)
            case ast.alias(asname=str(name)):
                yield Bound(name, path, node.lineno)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield Bound(name, path, node.lineno)


def rust_bound(source: str, path: Path) -> Iterator[Bound]:
    """Yield the identifiers of Rust items, bindings, fields and parameters."""
    code = re.sub(r'//[^\n]*|"(?:\\.|[^"\\])*"', lambda found: " " * len(found.group()), source)
    pairs = [(found.group(1), found.start(1)) for shape in (_RUST_ITEM, _RUST_FIELD) for found in shape.finditer(code)]
    for found in _RUST_LET.finditer(code):
        pattern = re.sub(r"(?<!:):(?!:).*$", "", found.group(1), flags=re.DOTALL)
        pairs += [(name.group(), found.start(1)) for name in re.finditer(r"\b[a-z_]\w*\b(?!\s*[:({!])", pattern)]
    for name, start in pairs:
        if name not in _KEYWORDS:
            yield Bound(name, path, code.count("\n", 0, start) + 1)


def refused(bound: Iterator[Bound], language: str) -> list[str]:
    """Lines that say which identifiers have a word that is not used."""
    banned = unused(language)
    return [
        f"{each.path.relative_to(ROOT)}:{each.line}: {each.name} ({', '.join(sorted(banned & set(words(each.name))))})"
        for each in bound
        if banned & set(words(each.name))
    ]


def test_the_glossary_lists_words() -> None:
    assert {"picture", "told", "target"} <= unused("python")
    assert {"picture", "told", "stretch"} <= unused("rust")
    assert "target" not in unused("rust")


def test_names_are_found() -> None:
    source = (
        "import a as b\ndef c(d, *e, f=1, **g):\n    h, self.i = 1, 2\n    return [j for j in h]\nclass KeyFrame: ...\n"
    )
    assert {each.name for each in python_bound(source, ROOT)} == set("bcdefghij") | {"KeyFrame"}
    assert words("KeyFrame_ofHTTPPage2") == ["key", "frame", "of", "http", "page"]
    source = "pub struct A { b_c: u8 }\nfn d(e: u8, k: &str) { let mut f = g::h(); } // let i = 1;\n    j: u8,\n"
    source += "let (l, Some(m)): (u8, X) = n;"
    assert {each.name for each in rust_bound(source, ROOT)} == {*"Abcdefjklm"} - {"b", "c"} | {"b_c"}


@pytest.mark.parametrize("language", ["python", "rust"])
def test_no_name_has_a_word_that_is_not_used(language: str) -> None:
    files, bound = (PYTHON, python_bound) if language == "python" else (RUST, rust_bound)
    lines = [line for path in files for line in refused(bound(path.read_text(), path), language)]
    assert not lines, "\n".join([f"{len(lines)} names have words that docs/glossary.md does not use", *lines])


def test_prose_says_frame() -> None:
    own = {Path(__file__), *(ROOT / "docs" / name for name in ("glossary.md", "upgrading.md"))}
    lines = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip():.100}"
        for path in PROSE
        if path not in own
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search("picture", line, re.IGNORECASE)
    ]
    assert not lines, "\n".join(lines)
