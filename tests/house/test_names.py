"""Names follow docs/glossary.md: no identifier that is bound here has a word that its last column lists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / folder for folder in ("python", "tests", "benches", "scripts")]
PYTHON = sorted(
    [*ROOT.glob("*.py"), *(path for each in FOLDERS for kind in ("*.py", "*.pyi") for path in each.rglob(kind))]
)
RUST = sorted((ROOT / "rust").rglob("*.rs"))
PROSE = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *PYTHON, *RUST])

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_UNUSED = re.compile(r"`([a-z]+)`(?: \((rust|python)\))?")
_RUST_ITEM = re.compile(r"\b(?:fn|struct|enum|union|trait|mod|const|static(?:\s+mut)?|type|as)\s+([A-Za-z_]\w*)")
_RUST_FIELD = re.compile(r"(?:^|[(,|{])\s*(?:pub(?:\([a-z ]+\))?\s+)?(?:mut\s+)?([a-z_]\w*)\s*:(?!:)", re.MULTILINE)
_RUST_PATTERN = re.compile(
    r"""\blet\s+([^=;]+?)\s*(?:=(?!=)|;)  # let, if let, while let, let … else
      | \bfor\s+([^;{}]+?)\s+in\b
      | (?:[(,=]|\bmove|\breturn|=>)\s*\|([^|;=]*)\|  # closures
    """,
    re.MULTILINE | re.VERBOSE,
)
_RUST_ENUM = re.compile(r"\benum\s+\w+[^{;]*\{")
_RUST_VARIANT = re.compile(r"(?:^|[,\]}])\s*([A-Z]\w*)")
_GUARD = re.compile(r"\bif\b.*", re.DOTALL)
_BINDER = re.compile(r"(?<![\w:.'])[a-z_]\w*\b(?!\s*(?:::|[(!{:.]))")
_KEYWORDS = {"mut", "ref", "box", "self", "crate", "super", "true", "false", "as", "if", "in", "_"}
_REASON = "`Fit::Stretch` is the usual word for a fit that does not keep the aspect ratio"
EXEMPT = {("rust", "Stretch"): _REASON, ("python", "STRETCH"): _REASON}
"""Names that keep a word of the glossary's last column, each with the reason."""


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
    """Yield the identifiers of Rust items, variants, fields, parameters and patterns."""
    code = re.sub(r'//[^\n]*|"(?:\\.|[^"\\])*"', lambda found: re.sub(r"[^\n]", " ", found.group()), source)
    pairs = [(found.group(1), found.start(1)) for shape in (_RUST_ITEM, _RUST_FIELD) for found in shape.finditer(code)]
    patterns = [(found.group(found.lastindex or 0), found.start()) for found in _RUST_PATTERN.finditer(code)]
    patterns += [(_arm(code, found.start()), found.start()) for found in re.finditer("=>", code)]
    for pattern, start in patterns:
        pairs += [(name.group(), start) for name in _BINDER.finditer(_without_types(_GUARD.sub("", pattern)))]
    for found in _RUST_ENUM.finditer(code):
        body = _level(code[found.end() :])
        pairs += [(name.group(1), found.end() + name.start(1)) for name in _RUST_VARIANT.finditer(body)]
    for name, start in pairs:
        if name not in _KEYWORDS:
            yield Bound(name, path, code.count("\n", 0, start) + 1)


def _without_types(pattern: str) -> str:
    """A pattern, or patterns between commas, without the types that stand after them."""
    depth, in_type, kept = 0, False, []
    for letter in pattern.replace("::", "\0"):
        depth += (letter in "([{<") - (letter in ")]}>")
        in_type = (in_type or letter == ":") and letter != "," if depth == 0 else in_type
        kept += [] if in_type else [letter]
    return "".join(kept).replace("\0", "::")


def _arm(code: str, end: int) -> str:
    """The pattern of an arm of a match, whose arrow is at ``end``."""
    depth, start = 0, end
    while start:
        letter, after = code[start - 1], code[start:end].strip()
        if letter == "}" and depth == 0 and after and not after.startswith(("if ", "|", ")")):
            break
        if letter in ")]}":
            depth += 1
        elif letter in "([{":
            depth -= 1
        if depth < 0 or (depth == 0 and letter in ",;"):
            break
        start -= 1
    return code[start:end]


def _level(code: str) -> str:
    """The code up to the brace that closes it, with blanks for what lies deeper."""
    depth, kept = 0, []
    for letter in code:
        depth -= letter in ")]}"
        if depth < 0:
            break
        kept.append(letter if depth == 0 else " ")
        depth += letter in "([{"
    return "".join(kept)


def file_bound(path: Path) -> Bound:
    """The name of a file."""
    return Bound(path.stem, path, 1)


def refused(bound: Iterable[Bound], language: str) -> list[str]:
    """Lines that say which identifiers have a word that is not used."""
    banned = unused(language)
    return [
        f"{each.path.relative_to(ROOT)}:{each.line}: {each.name} ({', '.join(sorted(banned & set(words(each.name))))})"
        for each in bound
        if banned & set(words(each.name)) and (language, each.name) not in EXEMPT
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


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("let A { b, c: d, .. } = e;", "b c d"),
        ("let Some(a) = b else { return };", "a"),
        ("if let Ok(a) = b {}", "a"),
        ("let a: HashMap<u8, Vec<b>> = c;", "a"),
        ("for (a, mut b) in c.iter() {}", "a b"),
        ("a.map(|b| b + 1); c(move |d, (e, f): (u8, u8)| d);", "b d e f"),
        ("let a = |b: &u8| *b == 1 || c;", "a b"),
        ("match a { Some(b) => b, c if c > d => c, E::F { g, h: i } => g, _ => 1 }", "b c g h i"),
        ("static mut A: u8 = 1;", "A"),
        ("use a::{b as c, D as E};", "c E"),
        ("enum A { B, C(D), E { f: G }, #[default] H = 3 }", "A B C E f H"),
    ],
)
def test_names_of_every_binder_of_rust_are_found(source: str, names: str) -> None:
    assert {each.name for each in rust_bound(source, ROOT)} == set(names.split())


def test_every_exempt_name_is_there() -> None:
    bound = {each.name for path in RUST for each in rust_bound(path.read_text(), path)}
    assert {name for language, name in EXEMPT if language == "rust"} <= bound


def test_stubs_and_files_beside_the_folders_are_read() -> None:
    assert {ROOT / "conftest.py", ROOT / "python" / "emos_io" / "_core.pyi"} <= set(PYTHON)


@pytest.mark.parametrize("language", ["python", "rust"])
def test_no_name_has_a_word_that_is_not_used(language: str) -> None:
    files, bound = (PYTHON, python_bound) if language == "python" else (RUST, rust_bound)
    lines = [line for path in files for line in refused([file_bound(path), *bound(path.read_text(), path)], language)]
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
