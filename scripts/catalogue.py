"""Collect every error text from the code, and every finding code from its table; write docs/errors.md and docs/findings.md.

python scripts/catalogue.py            # write both pages
python scripts/catalogue.py --check    # exit 1 where a page is not what the code says
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "python" / "emos_io"
CORE = [ROOT / "rust" / crate / "src" for crate in ("emos-media", "emos-py")]
USAGE = {"UsageError", "BadParameter"}
"""Errors of the command line: wrong use, exit code 2."""

ERRORS_HEAD = """# Errors

Every error is an `emos_io.EmosError` and the builtin exception that says the same. An error is one line:

- a wrong argument: `<name> must be <allowed>, got <value>; <what to do>: <path>`
- anything else: `<what happened>; <what to do>: <path>`

The path comes last, where there is one. Attributes carry the parts: `path`, `span`, `index`, `key`, `ffmpeg_message`.
On the command line wrong use exits with 2, an input that cannot be read with 3; findings exit with 1.

This page is made from the code by `make docs`; `{name}` stands for a value.
"""

FINDINGS_HEAD = """# Findings

A finding is what a reader repaired, left out or found wrong: `{code, where, what, fix}`. Codes are stable over
versions. *repair*: nothing was lost. *fault*: something is wrong or was left out; check it. *either*: each finding is one of
the two.

This page is made from `emos_io.corpus.finding_codes` by `make docs`.
"""


class ErrorText(NamedTuple):
    """One text that the code can raise."""

    error: str
    text: str
    where: str


def template(node: ast.expr, names: dict[str, ast.expr]) -> str | None:
    """Return the text of an expression with ``{...}`` for values, or None where it holds no text."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_part(value, names) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            both = template(left, names), template(right, names)
            return None if both == (None, None) else "".join("{...}" if each is None else each for each in both)
        case ast.IfExp(body=body, orelse=other):
            both = template(body, names), template(other, names)
            return None if None in both else " | ".join(each for each in both if each is not None)
        case ast.Name(id=name) if name in names:
            return template(names[name], {key: value for key, value in names.items() if key != name})
        case _:
            return None


def _part(value: ast.expr, names: dict[str, ast.expr]) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    assert isinstance(value, ast.FormattedValue)
    if isinstance(value.value, ast.Name) and (text := template(value.value, names)):
        return text
    return "{" + ast.unparse(value.value) + "}" if isinstance(value.value, ast.Name | ast.Attribute) else "{...}"


def error_classes() -> dict[str, str]:
    """Return every class of ``emos_io.errors`` with the first line of its docstring."""
    tree = ast.parse((PACKAGE / "errors.py").read_text())
    found: dict[str, str] = {}
    for node in tree.body:
        bases = (
            {base.id for base in node.bases if isinstance(base, ast.Name)} if isinstance(node, ast.ClassDef) else set()
        )
        if isinstance(node, ast.ClassDef) and bases & {"Exception", *found}:
            found[node.name] = (ast.get_docstring(node) or "").splitlines()[0]
    return found


def python_texts(path: Path, classes: set[str]) -> Iterator[ErrorText]:
    """Yield the texts of the errors that a module makes."""
    tree = ast.parse(path.read_text())
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    owner = {id(node): scope for scope in scopes for node in ast.walk(scope)}
    where = str(path.relative_to(PACKAGE.parent)).removesuffix(".py").replace("/", ".")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in classes | USAGE:
            continue
        text = template(node.args[0], _assigned(owner.get(id(node))))
        if text is not None:
            yield ErrorText(name, text, where)


def _assigned(scope: ast.FunctionDef | None) -> dict[str, ast.expr]:
    nodes = [] if scope is None else list(ast.walk(scope))
    pairs = [(node.targets[0], node.value) for node in nodes if isinstance(node, ast.Assign)]
    return {name.id: value for name, value in pairs if isinstance(name, ast.Name)}


_RUST_STRING = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_RUST_ERROR = re.compile(r"Error::new\(\s*ErrorKind::(\w+),\s*|\binvalid\(\s*py,\s*")


def rust_texts(path: Path) -> Iterator[ErrorText]:
    """Yield the texts of the errors that a file of the core makes."""
    code = path.read_text().split("#[cfg(test)]")[0]
    where = str(path.relative_to(ROOT / "rust")).removesuffix(".rs")
    for found in _RUST_ERROR.finditer(code):
        argument = _argument(code, found.end())
        if re.fullmatch(r"&?\w+", argument):
            start = code.rfind(f"let {argument.lstrip('&')} =", 0, found.start())
            argument = code[start : code.find(";\n", start)] if start >= 0 else ""
        for text in _RUST_STRING.findall(argument):
            plain = re.sub(r"\\\n\s*", "", text).replace('\\"', '"')
            if "; " in plain or " must " in plain or len(plain.split()) > 4:
                yield ErrorText(found.group(1) or "InvalidArgument", plain, where)


def _argument(code: str, start: int) -> str:
    depth, position, text = 0, start, False
    while position < len(code):
        letter = code[position]
        if letter == '"' and code[position - 1] != "\\":
            text = not text
        elif not text and letter in "([{":
            depth += 1
        elif not text and (letter in ")]}" or letter == ","):
            if depth == 0:
                break
            depth -= letter != ","
        position += 1
    return code[start:position].strip()


def collect() -> list[ErrorText]:
    """Return every error text of the package and of its core, sorted, each once."""
    classes = set(error_classes())
    texts = {text for path in sorted(PACKAGE.rglob("*.py")) for text in python_texts(path, classes)}
    texts |= {text for folder in CORE for path in sorted(folder.rglob("*.rs")) for text in rust_texts(path)}
    return sorted(text for text in texts if text.error != "Interrupted")


def errors_page() -> str:
    """Return docs/errors.md."""
    texts, parts = collect(), [ERRORS_HEAD]
    titles = {**error_classes(), "UsageError": "Wrong use of the command line; exit code 2."}
    for name, title in titles.items():
        own = [text for text in texts if text.error == name or (name == "UsageError" and text.error in USAGE)]
        parts.append(f"## {name}\n\n{title}\n")
        if own:
            rows = [f"| {_cell(each.text)} | {each.where} |" for each in own]
            parts.append("\n".join(["| text | from |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def findings_page() -> str:
    """Return docs/findings.md."""
    sys.path.insert(0, str(PACKAGE.parent))
    from emos_io.corpus.finding_codes import FINDING_CODES

    rows = [f"| `{code}` | {known.severity} | {known.meaning} |" for code, known in sorted(FINDING_CODES.items())]
    return "\n".join([FINDINGS_HEAD, "| code | severity | meaning |", "|---|---|---|", *rows]) + "\n"


def _cell(text: str) -> str:
    return "`` " + text.replace("|", "\\|").replace("\n", " ") + " ``"


def main() -> int:
    """Write the pages, or check them."""
    stale = []
    for name, page in {"errors.md": errors_page(), "findings.md": findings_page()}.items():
        path = ROOT / "docs" / name
        if "--check" in sys.argv:
            if not path.exists() or path.read_text() != page:
                stale.append(name)
        else:
            path.write_text(page)
    if stale:
        print(f"docs/{', docs/'.join(stale)} must say what the code does; run make docs")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
