"""Records as JSON and back, and the JSON Schema of what comes out: one walk over the types of the records.

Times are exact: strings ``"a/b"`` or ``"a"``. A span is an object of start and end.
"""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from ..errors import CorpusError
from ..spans import Span
from .records import Clip, Monologue

T = TypeVar("T")

VERSION = 1
"""Of the layout of saved corpora; another number means another layout."""
KINDS: dict[str, type[Any]] = {"clip": Clip, "monologue": Monologue}
_UNIONS = (Union, types.UnionType)


def encode(value: Any) -> Any:
    """Return a record as JSON values."""
    if isinstance(value, Span):
        return {"start": str(value.start), "end": str(value.end)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: encode(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): encode(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [encode(each) for each in value]
    return value


def decode(kind: type[T], value: Any) -> T:
    """Return the record of a type that JSON values stand for.

    Raises:
        CorpusError: The values are not those of such a record.
    """
    try:
        return _decode(kind, value)  # type: ignore[no-any-return]
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        if isinstance(error, CorpusError):
            raise
        raise CorpusError(
            f"{kind.__name__} was read, but its values are not those of one ({error}); save the corpus anew"
        ) from error


def _decode(kind: Any, value: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in _UNIONS:
        if value is None:
            return None
        others = [each for each in arguments if each is not type(None)]
        return _decode(others[0], value) if len(others) == 1 else value
    if origin is Literal:
        if value not in arguments:
            raise CorpusError(f"{value!r} was read; allowed are {', '.join(map(repr, arguments))}")
        return value
    if origin is tuple:
        return tuple(_decode(arguments[0], each) for each in value)
    if origin is Mapping or kind is Mapping:
        return {key: _decode(arguments[1], each) for key, each in value.items()}
    if kind is Fraction:
        return Fraction(value)
    if kind is Span:
        return Span(value["start"], value["end"])
    if dataclasses.is_dataclass(kind):
        hints = _hints(kind)  # type: ignore[arg-type]
        unknown = set(value) - set(hints)
        if unknown:
            raise CorpusError(f"{', '.join(sorted(unknown))} is no field of {kind.__name__}")  # type: ignore[union-attr]
        make: Any = kind
        return make(**{name: _decode(hints[name], each) for name, each in value.items()})
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(kind, type) and not isinstance(value, kind):
        raise CorpusError(f"{value!r} was read where {kind.__name__} stands")
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one line of a saved corpus: an item with its kind."""
    definitions: dict[str, Any] = {}
    for kind in KINDS.values():
        _schema(kind, definitions)
    lines = [
        {
            "allOf": [{"$ref": f"#/$defs/{kind.__name__}"}],
            "properties": {"kind": {"const": name}, "version": {"const": VERSION}},
            "required": ["kind", "version"],
        }
        for name, kind in KINDS.items()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "emos-io corpus, one item a line",
        "$defs": definitions,
        "oneOf": lines,
    }


def _schema(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    simple = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
    if kind in simple:
        return {"type": simple[kind]}
    if origin in _UNIONS:
        return {"anyOf": [_schema(each, definitions) for each in arguments]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _schema(arguments[1], definitions)}
    if kind is Fraction:
        return {"type": "string", "pattern": "^-?[0-9]+(/[0-9]+)?$", "description": "seconds, exact"}
    if kind is Span:
        time = _schema(Fraction, definitions)
        return {"type": "object", "properties": {"start": time, "end": time}, "required": ["start", "end"]}
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}
        hints = _hints(kind)
        definitions[name] = {
            "type": "object",
            "properties": {field: _schema(hint, definitions) for field, hint in hints.items()},
            "required": list(hints),
        }
    return {"$ref": f"#/$defs/{name}"}
