"""JSON and YAML read strictly: each key once, no tags and no references, and a value that is no text keeps what was written."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import SourceUnreadable, TooLarge, quoted, short_repr
from ..formats.encodings import encoding_by_mark
from ..formats.source import read_bytes

StrictValue = object
"""Text, True, False, None or `NotText`; or a list or a dict of these."""

_TEXT, _NULL, _BOOL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null", "tag:yaml.org,2002:bool"
_MAX_DEPTH = 32
"""How many lists and mappings may lie in one another; the YAML library takes a minute for some thousands."""

_TRUE = {"yes", "true", "on"}


@dataclass(frozen=True, slots=True, repr=False)
class NotText:
    """A value without quotes that is a number, a date or something else that is no text; it prints as it was written."""

    written: str

    def __repr__(self) -> str:
        return self.written


class _WrongFileError(ValueError):
    """What is wrong with a file, and what to do."""


def read_strictly(path: Path, *, what: str, max_bytes: int) -> dict[object, StrictValue]:
    """Return the mapping that a file holds, as JSON where its name ends in .json, else as YAML.

    Args:
        path: The file.
        what: What errors call it.
        max_bytes: The largest size.

    Raises:
        SourceNotFound: There is no such file.
        SourceUnreadable: It is a folder, is no UTF-8 (or what a byte order mark says), is damaged, has a key twice, or holds
            no mapping.
        TooLarge: It has more bytes.
    """
    if path.is_dir():
        raise SourceUnreadable(f"a folder is no {what}; give the file: {quoted(path)}", path=str(path))
    data = read_bytes(path)
    if len(data) > max_bytes:
        raise TooLarge(
            f"a {what} must have at most {max_bytes:,} bytes, got {len(data):,}; give another file: {quoted(path)}",
            path=str(path),
        )
    encoding = encoding_by_mark(data) or "utf-8"
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeError as error:
        raise SourceUnreadable(
            f"the {what} is not {encoding.upper()} ({short_repr(str(error))}); save it as UTF-8: {quoted(path)}",
            path=str(path),
        ) from error
    try:
        value = _json(text) if path.suffix.lower() == ".json" else _yaml(text)
        if not isinstance(value, dict):
            raise _WrongFileError(f"holds {_kind(value)} and no mapping; write its keys with their values")
    except _WrongFileError as error:
        raise SourceUnreadable(f"the {what} {error}: {quoted(path)}", path=str(path)) from error
    return value


def _kind(value: StrictValue) -> str:
    if value is None:
        return "nothing"
    return "a list" if isinstance(value, list) else "text" if isinstance(value, str) else short_repr(value)


def _mapping(pairs: Iterable[tuple[object, StrictValue]]) -> dict[object, StrictValue]:
    found: dict[object, StrictValue] = {}
    for key, value in pairs:
        if key in found:
            raise _WrongFileError(f"has the key {short_repr(key)} twice; remove one")
        found[key] = value
    return found


def _json(text: str) -> StrictValue:
    try:
        value: object = json.loads(text, object_pairs_hook=_mapping, parse_int=NotText, parse_float=NotText)
    except _WrongFileError:
        raise
    except (ValueError, RecursionError) as error:
        reason = "it nests too deep" if isinstance(error, RecursionError) else str(error).lower()
        raise _WrongFileError(f"is no JSON ({reason}); correct it") from error
    return value


def _yaml(text: str) -> StrictValue:
    """Return the value of a YAML document, event by event, so that nothing is made of it but texts, lists and mappings."""
    import yaml

    resolver = yaml.resolver.Resolver()
    documents: list[StrictValue] = []
    # The lists that are not complete, from the outermost on; a mapping is a list of keys and values until it ends.
    lists: list[list[StrictValue]] = [documents]
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            line = event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent):
                raise _WrongFileError(f"has the reference *{event.anchor} in line {line}; write out what it stands for")
            if getattr(event, "tag", None) not in (None, "!"):
                raise _WrongFileError(f"has the tag {short_repr(event.tag)} in line {line}; leave it out")
            if isinstance(event, yaml.ScalarEvent):
                tag = resolver.resolve(yaml.ScalarNode, event.value, event.implicit)
                lists[-1].append(_scalar(event.value, tag))
            elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
                if len(lists) > _MAX_DEPTH:
                    raise _WrongFileError(f"nests too deep in line {line}; write it with fewer lists in lists")
                lists.append([])
            elif isinstance(event, yaml.SequenceEndEvent):
                ended = lists.pop()
                lists[-1].append(ended)
            elif isinstance(event, yaml.MappingEndEvent):
                ended = lists.pop()
                lists[-1].append(_mapping(zip(map(_key, ended[::2]), ended[1::2], strict=True)))
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it is damaged"
        position = getattr(error, "problem_mark", None)
        where = f" in line {position.line + 1}" if position is not None else ""
        raise _WrongFileError(f"is no YAML ({' '.join(str(problem).split())}{where}); correct it") from error
    if len(documents) > 1:
        raise _WrongFileError(f"holds {len(documents)} documents; put each in a file of its own")
    return documents[0] if documents else None


def _scalar(written: str, tag: str) -> StrictValue:
    if tag == _TEXT:
        return written
    if tag == _NULL:
        return None
    return written.lower() in _TRUE if tag == _BOOL else NotText(written)


def _key(value: StrictValue) -> object:
    if not isinstance(value, Hashable) or isinstance(value, NotText) or value is None:
        raise _WrongFileError(f"has the key {short_repr(value)}, which is no text; put it in quotes")
    return value
