"""Collect every error text from the code, and every finding code from its table; write docs/errors.md and docs/findings.md.

python scripts/catalogue.py            # write both pages
python scripts/catalogue.py --check    # exit 1 where a page is not what the code says
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from pathlib import Path

from python_texts import ErrorText, Module
from rust_texts import RustFile, passed_kinds

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "python" / "emos_io"
CORE = [ROOT / "rust" / crate / "src" for crate in ("emos-media", "emos-py")]
ERRORS_HEAD = """# Errors

What goes wrong is an `emos_io.EmosError` and the builtin exception that says the same. One line says it:

- a wrong argument: `<name> must be <allowed>, got <value>; <what to do>: <path>`
- anything else: `<what happened>; <what to do>: <path>`

The path comes last, where there is one. Attributes carry the parts: `path`, `span`, `index`, `key`, `ffmpeg_message`.
On the command line wrong use exits with 2, an input that cannot be read with 3; findings exit with 1.

Where Python itself expects a builtin exception, it is that one alone and no `EmosError`:

- `AttributeError`: a name that the package lacks; also `emos_io.__version__` where the package is not installed, and
  `WindowLoader.sampler`, for which accelerate's `skip_first_batches` asks.
- `BufferError`: frames on a device are asked for on another one, by DLPack.
- `IndexError`: an index past the end, as of `WindowDataset[99]` or `findings[9]`; it ends a plain `for` loop.
- `StopIteration`: a stream of windows has ended.
- `TypeError`: pickling what cannot be pickled, such as a `WindowLoader`, a stream of windows or a `Media` on a file object;
  a file object whose `read` gives no bytes; a wrong number of arguments, as everywhere.
- `ValueError`: a file object whose `read` gives more bytes than it was asked for.
- `ImportError`: an extra that is not installed, such as torch; the text names the extra.
- `OSError`: an output that cannot be written.
- `KeyboardInterrupt`, and what a signal handler raises: a read ends with it, as it is.
- `RuntimeError` with "internal error of emos-io": a defect; please report it.

This page is made from the code by `make docs`. `{name}` stands for a value, `{...}` for one that has no name in the code, and
`a | b` for one of two texts.
"""

FINDINGS_HEAD = """# Findings

A finding is what a reader repaired, left out or found wrong: `{code, severity, where, what, fix}`. Codes are stable over
versions. `emos doctor` exits with 1 for faults; `--fail-on note` and `--fail-on repair` count more.

- *repair*: the reader knew what to do, and nothing was lost.
- *note*: published data are odd and are kept as published. Nothing was left out, and there is nothing to do.
- *fault*: something is wrong or was left out; look at it.
- *either*: each finding says whether it is a repair or a fault.

A strict reader (`strict=True`, `emos doctor --strict`) stops at the first note or fault.

This page is made from `emos_io.corpus.finding_codes` by `make docs`.
"""


@functools.cache
def modules() -> list[Module]:
    """Return the modules of the package, which are read once."""
    paths = sorted(PACKAGE.rglob("*.py"))
    names = [str(path.relative_to(PACKAGE.parent)).removesuffix(".py").replace("/", ".") for path in paths]
    return [Module(path.read_text(), name) for path, name in zip(paths, names, strict=True)]


def core() -> list[RustFile]:
    """Return the files of the core that make errors for callers."""
    paths = [path for folder in CORE for path in sorted(folder.rglob("*.rs"))]
    kinds = passed_kinds([path.read_text() for path in paths])
    names = [str(path.relative_to(ROOT / "rust")).removesuffix(".rs") for path in paths]
    return [RustFile(path.read_text(), name, kinds) for path, name in zip(paths, names, strict=True)]


@functools.cache
def error_classes() -> dict[str, str]:
    """Return every error class of the package with the first line of its docstring, those of ``emos_io.errors`` first."""
    found: dict[str, str] = {}
    for module in sorted(modules(), key=lambda module: module.where != "emos_io.errors"):
        found |= module.classes({"Exception", *found} if module.where == "emos_io.errors" else set(found))
    return found


@functools.cache
def errors() -> list[tuple[str, list[ErrorText] | None]]:
    """Return each call that makes an error, as ``where: code``, with its texts; None where they cannot be read."""
    return list(_errors())


def _errors() -> Iterator[tuple[str, list[ErrorText] | None]]:
    classes, known = set(error_classes()), modules()
    makers = {name: made for module in known for name, made in module.makers(classes).items()}
    for module in known:
        for call, texts in module.errors(classes, makers):
            yield f"{module.where}: {ast.unparse(call)}", texts
    for file in core():
        for code, texts in file.errors():
            yield f"{file.where}: {code}", texts


def collect() -> list[ErrorText]:
    """Return every error text of the package and of its core, sorted, each once."""
    texts = {text for _, found in errors() for text in found or []}
    return sorted(text for text in texts if text.error != "Interrupted")


def errors_page() -> str:
    """Return docs/errors.md."""
    texts, parts = collect(), [ERRORS_HEAD]
    titles = {
        **error_classes(),
        "UsageError": "Wrong use of the command line; exit code 2.",
        "ClickException": "The demo did not end as it must; exit code 2.",
    }
    for name, title in titles.items():
        own = [
            text for text in texts if name in {text.error, "UsageError" if text.error == "BadParameter" else text.error}
        ]
        parts.append(f"## {name}\n\n{title}\n")
        if own:
            rows = [f"| {_cell(each.text)} | {each.where} |" for each in own]
            parts.append("\n".join(["| text | from |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def findings_page() -> str:
    """Return docs/findings.md."""
    sys.path.insert(0, str(PACKAGE.parent))
    from emos_io.corpus.finding_codes import FINDING_CODES

    rows = [
        f"| `{code}` | {known.severity} | {known.meaning} | {known.why} |"
        for code, known in sorted(FINDING_CODES.items())
    ]
    return "\n".join([FINDINGS_HEAD, "| code | severity | meaning | why |", "|---|---|---|---|", *rows]) + "\n"


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
