"""Records as JSON and back, and the JSON Schema of what comes out: one walk over the types of the records.

Times are exact: strings ``"a/b"`` or ``"a"``. A span is an object of start and end. A field is saved under its own name, or
under the name in its metadata (`SAVED_AS`), so that a field can be renamed without a new version of the format.
"""

from __future__ import annotations

import dataclasses
import reprlib
import types
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from ..errors import CorpusError, InvalidArgument
from ..spans import Span
from .records import SAVED_AS, Clip, Monologue

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"

VERSION = 1
"""Version of the layout of saved corpora; another number means another layout."""
KINDS: dict[str, type[Clip | Monologue]] = {"clip": Clip, "monologue": Monologue}
_UNIONS = (Union, types.UnionType)


def encode(record: DataclassInstance) -> dict[str, JsonValue]:
    """Return a record as a JSON object."""
    return {name: _encode(getattr(record, field)) for name, (field, _) in saved_fields(type(record)).items()}


def _encode(value: object) -> JsonValue:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Span):
        return {"start": str(value.start), "end": str(value.end)}
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _encode(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [_encode(each) for each in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return encode(value)
    raise TypeError(f"value must be a record, a time, text or a number, got {reprlib.repr(value)}")


def decode(kind: type[T], value: object) -> T:
    """Return the record of a type that JSON values stand for.

    Raises:
        CorpusError: The values are not those of such a record.
    """
    try:
        return cast(T, _decode(kind, value))
    except _WrongValueError as error:
        raise CorpusError(str(error)) from error


class _WrongValueError(Exception):
    """A value that is not allowed. Its field is added step by step on the way up, so that decoding pays nothing for it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.field = ""

    def __str__(self) -> str:
        return f"{self.field.lstrip('.') or 'value'} {self.args[0]}"


def _decode(kind: object, value: object) -> object:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in _UNIONS:
        if value is None:
            return None
        others = [each for each in arguments if each is not type(None)]
        return _decode(others[0], value) if len(others) == 1 else value
    if origin is Literal:
        if value not in arguments:
            raise _WrongValueError(f"must be one of {', '.join(map(repr, arguments))}, got {reprlib.repr(value)}")
        return value
    if origin is tuple:
        return tuple(_decode_at(index, arguments[0], each) for index, each in enumerate(_as(list, value)))
    if origin is Mapping:
        return {key: _decode_at(key, arguments[1], each) for key, each in _as(dict, value).items()}
    if kind is Fraction:
        return _fraction(value)
    if kind is Span:
        return _span(_as(dict, value))
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _record(kind, _as(dict, value))
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value if not isinstance(kind, type) else _as(kind, value)


def _decode_at(step: object, kind: object, value: object) -> object:
    try:
        return _decode(kind, value)
    except _WrongValueError as error:
        error.field = f"[{step!r}]{error.field}"
        raise


def _record(kind: type[DataclassInstance], given: dict[str, object]) -> object:
    fields = saved_fields(kind)
    unknown = sorted(set(given) - set(fields))
    if unknown:
        raise _WrongValueError(f"must be a {kind.__name__}, which has no field {', '.join(map(repr, unknown))}")
    decoded: dict[str, object] = {}
    for name, value in given.items():
        field, hint = fields[name]
        try:
            decoded[field] = _decode(hint, value)
        except _WrongValueError as error:
            error.field = f".{name}{error.field}"
            raise
    try:
        return kind(**decoded)
    except (KeyError, TypeError, ValueError) as error:
        raise _WrongValueError(f"must have the fields of a {kind.__name__} ({error})") from error


def _as(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise _WrongValueError(f"must be of type {kind.__name__}, got {reprlib.repr(value)}")
    return value


def _span(ends: dict[str, object]) -> Span:
    if not {"start", "end"} <= set(ends):
        raise _WrongValueError(f"must have start and end, got {reprlib.repr(ends)}")
    start, end = _fraction(ends["start"]), _fraction(ends["end"])
    try:
        return Span(start, end)
    except InvalidArgument as error:
        raise _WrongValueError(f"must be a span of time, got {reprlib.repr(ends)}") from error


def _fraction(value: object) -> Fraction:
    try:
        if isinstance(value, str | int | float):
            return Fraction(value)
    except (ValueError, OverflowError, ZeroDivisionError):
        pass
    raise _WrongValueError(f"must be a time such as '3/2', got {reprlib.repr(value)}")


_SAVED_FIELDS: dict[type[object], dict[str, tuple[str, object]]] = {}


def saved_fields(kind: type[DataclassInstance]) -> dict[str, tuple[str, object]]:
    """Return name and type of the fields of a record, by the name under which each is saved."""
    if kind not in _SAVED_FIELDS:
        hints = get_type_hints(kind)
        _SAVED_FIELDS[kind] = {
            each.metadata.get(SAVED_AS, each.name): (each.name, hints[each.name]) for each in dataclasses.fields(kind)
        }
    return _SAVED_FIELDS[kind]


def json_schema() -> dict[str, JsonValue]:
    """Return the JSON Schema (2020-12) of one line of a saved corpus: an item with its kind."""
    definitions: dict[str, JsonValue] = {}
    for kind in KINDS.values():
        _schema(kind, definitions)
    lines: list[JsonValue] = [
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


def _schema(kind: object, definitions: dict[str, JsonValue]) -> dict[str, JsonValue]:
    origin, arguments = get_origin(kind), get_args(kind)
    simple: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
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
    if not isinstance(kind, type) or not dataclasses.is_dataclass(kind):
        raise TypeError(f"kind must be a record, a time, text or a number, got {kind!r}")
    name = kind.__name__
    if name not in definitions:
        definitions[name] = {}
        fields = saved_fields(kind)
        definitions[name] = {
            "type": "object",
            "properties": {field: _schema(hint, definitions) for field, (_, hint) in fields.items()},
            "required": list(fields),
        }
    return {"$ref": f"#/$defs/{name}"}
