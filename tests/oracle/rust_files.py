"""Which file of a Rust crate uses which, read from its source.

A file uses another where it names an item of it: in `use`, with braces, `self`, `super`, `as` and `*`, and in paths within
code (`crate::frames::shape(...)`), which may begin with a module that the file declares or imports (`frames::shape(...)`).
The path as it is written names the file. So what is taken through a re-export is an arrow to the file that re-exports it,
and `crate::Item` is one to the root of the crate.

`mod x;` alone is no arrow: a parent says where its children lie, whether it uses them or not. Naming an item of a child is
one, `pub use` as well. So a parent and a child are a circle only where the parent names something of the child, and the
child something of the parent. Code of tests counts like other code. Macros are read as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

Module = tuple[str, ...]

_SKIPPED = r"""
    //[^\n]* | /\*.*?\*/                            # comments
  | [bc]?r(?P<hashes>\#*)".*?"(?P=hashes)            # raw strings
  | [bc]?"(?:\\.|[^"\\])*"
  | b?'(?:\\u\{[^}]*\}|\\x..|\\.|[^\\'])'            # characters
  | '\w+ | \d\w* | \s+                               # lifetimes, numbers
"""
_TOKEN = re.compile(rf"(?P<skipped>{_SKIPPED}) | (?P<token>(?:r\#)?[A-Za-z_]\w*|::|.)", re.VERBOSE | re.DOTALL)
_WORD = re.compile(r"(?:r#)?[A-Za-z_]\w*")


@dataclass(frozen=True)
class Named:
    """A path that a module names; `alias` is the name under which `use` brings it in."""

    within: Module
    path: tuple[str, ...]
    alias: str | None = None


@dataclass
class Source:
    """What a file declares and names."""

    inline: set[Module] = field(default_factory=set)
    declared: set[Module] = field(default_factory=set)
    named: list[Named] = field(default_factory=list)


def file_graph(root: Path) -> dict[str, set[str]]:
    """Return for each file of a crate the other files that it uses, by their paths below the folder of `root`.

    `root` is the crate's `lib.rs` or `main.rs`. Raises ValueError where a file of the folder belongs to no module, or a
    declared module has no file: then arrows would be missed.
    """
    folder = root.parent
    files = _module_files(root)
    unread = set(folder.rglob("*.rs")) - {path for path, _ in files.values()}
    if unread:
        raise ValueError(f"{sorted(map(str, unread))} must be in a module of {root}")
    graph: dict[str, set[str]] = {str(path.relative_to(folder)): set() for path, _ in files.values()}
    for path, source in files.values():
        aliases = {(named.within, named.alias): named for named in source.named if named.alias}
        user = str(path.relative_to(folder))
        for named in source.named:
            used = _module_of(named, files, aliases, frozenset())
            if used is not None and files[used][0] != path:
                graph[user].add(str(files[used][0].relative_to(folder)))
    return graph


def _module_files(root: Path) -> dict[Module, tuple[Path, Source]]:
    """Return the file of every module, those within a file included, and what that file says."""
    found: dict[Module, tuple[Path, Source]] = {}
    waiting: list[tuple[Module, Path]] = [((), root)]
    while waiting:
        module, path = waiting.pop()
        source = read(path.read_text(), module)
        found.update(dict.fromkeys({module, *source.inline}, (path, source)))
        owns_folder = path == root or path.name == "mod.rs"
        folder = path.parent if owns_folder else path.with_suffix("")
        for child in source.declared:
            stem = folder.joinpath(*child[len(module) :])
            file = next((option for option in (stem.with_suffix(".rs"), stem / "mod.rs") if option.exists()), None)
            if file is None:
                raise ValueError(f"mod {child[-1]} of {path} must have a file")
            waiting.append((child, file))
    return found


def read(text: str, module: Module) -> Source:
    """Read the text of a module's file."""
    tokens = [match["token"] for match in _TOKEN.finditer(text) if match["token"] is not None]
    source = Source()
    # The module within the file after each open brace.
    within = [module]
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token == "mod" and tokens[at + 2 : at + 3] == ["{"]:
            within.append((*within[-1], tokens[at + 1]))
            source.inline.add(within[-1])
            at += 3
        elif token == "mod" and tokens[at + 2 : at + 3] == [";"]:
            source.declared.add((*within[-1], tokens[at + 1]))
            at += 3
        elif token == "use":
            end = tokens.index(";", at)
            source.named.extend(Named(within[-1], *leaf) for leaf in _leaves(tokens[at + 1 : end]))
            at = end
        elif token == "{":
            within.append(within[-1])
            at += 1
        elif token == "}":
            within.pop()
            at += 1
        elif _WORD.fullmatch(token):
            path = [token]
            while tokens[at + 1 : at + 2] == ["::"] and _WORD.fullmatch("".join(tokens[at + 2 : at + 3])):
                path.append(tokens[at + 2])
                at += 2
            if len(path) > 1:
                source.named.append(Named(within[-1], tuple(path)))
            at += 1
        else:
            at += 1
    return source


def _leaves(tokens: list[str]) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Yield each path of a `use`, and the name that it brings in."""
    path: list[str] = []
    at = 0
    while at < len(tokens) and tokens[at] not in {"{", "as"}:
        if tokens[at] != "::":
            path.append(tokens[at])
        at += 1
    if tokens[at : at + 1] == ["{"]:
        for part in _parts(tokens[at + 1 : -1]):
            for leaf, alias in _leaves(part):
                is_self = leaf == ("self",)
                yield (*path, *(() if is_self else leaf)), (path[-1] if is_self and alias == "self" else alias)
        return
    alias = tokens[at + 1] if tokens[at : at + 1] == ["as"] else path[-1]
    yield tuple(path), None if alias in {"*", "_"} else alias


def _parts(tokens: list[str]) -> Iterator[list[str]]:
    """Yield what the commas of a list in braces divide."""
    part: list[str] = []
    depth = 0
    for token in tokens:
        depth += (token == "{") - (token == "}")
        if token == "," and depth == 0:
            if part:
                yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _module_of(
    named: Named,
    files: dict[Module, tuple[Path, Source]],
    aliases: dict[tuple[Module, str], Named],
    seen: frozenset[Named],
) -> Module | None:
    """Return the module whose item a path names; None where it begins in another crate, or with a type or a value."""
    first, *rest = named.path
    if first == "crate":
        module: Module | None = ()
    elif first in {"self", "super"}:
        module = named.within
        rest = list(named.path)
    else:
        module = _begins_in(first, named, files, aliases, seen)
    if module is None:
        return None
    while rest and (rest[0] in {"self", "super"} or (*module, rest[0]) in files):
        step = rest.pop(0)
        if step == "super":
            module = module[:-1]
        elif step != "self":
            module = (*module, step)
    return module


def _begins_in(
    first: str,
    named: Named,
    files: dict[Module, tuple[Path, Source]],
    aliases: dict[tuple[Module, str], Named],
    seen: frozenset[Named],
) -> Module | None:
    """Return the module that the first name of a path stands for: declared or imported here, or in a module around."""
    for length in range(len(named.within), -1, -1):
        within = named.within[:length]
        if (*within, first) in files:
            return (*within, first)
        imported = aliases.get((within, first))
        if imported is not None and imported != named and imported not in seen:
            module = _module_of(imported, files, aliases, seen | {named})
            # An item that is imported is no module, and its own arrow is that of the `use`.
            return module if module is not None and module[-1:] == imported.path[-1:] else None
    return None
