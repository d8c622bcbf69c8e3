"""Records as JSON and back by their types, and the JSON Schema of what comes out.

Times and weights are exact: text such as ``"5/2"`` or ``"3"``. A span is an object of start and end. What is read has the
fields of its record and no others, each of its type.
"""

from __future__ import annotations

import dataclasses
import functools
import operator
import types
from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from ..errors import short_repr
from ..spans import Span, exact_seconds
from .records import Clip, Monologue

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"

VERSION = 2
"""Version of the layout of saved corpora; another number means another layout. The type of a line names it too."""
KINDS: dict[str, type[Clip | Monologue]] = {"clip": Clip, "monologue": Monologue}

_STRICT: dict[type, type[msgspec.Struct]] = {}
# What msgspec says of a value, and how texts of errors put it.
_PHRASES = {
    "Expected ": "must be ",
    "Invalid enum value ": "must be one of the values of its type, got ",
    "Object contains unknown field ": "must have no field ",
    "Object missing required field ": "must have the field ",
}


class WrongValueError(ValueError):
    """What is wrong with a value; whoever reads a file adds where it is and what to do."""


def encode(record: DataclassInstance) -> dict[str, JsonValue]:
    """Return a record as a JSON object."""
    values: dict[str, JsonValue] = msgspec.to_builtins(record, enc_hook=_as_json)
    return values


def encode_line(item: Clip | Monologue) -> bytes:
    """Return an item as a line of JSON without its end, with its kind and the version of the layout in front."""
    kind = next(name for name, each in KINDS.items() if isinstance(item, each))
    head = msgspec.json.encode({"kind": kind, "version": VERSION})
    return head[:-1] + b"," + msgspec.json.encode(item, enc_hook=_as_json)[1:]


def decode(kind: type[T], value: object) -> T:
    """Return the record of a type that JSON values stand for.

    Raises:
        WrongValueError: The values are not those of such a record; the text names the field.
    """
    try:
        fields = msgspec.convert(value, strict_type(kind), dec_hook=_as_exact)
    except msgspec.ValidationError as error:
        raise WrongValueError(_reason(error)) from error
    try:
        return msgspec.convert(fields, kind, from_attributes=True)
    except msgspec.ValidationError as error:
        # The record itself refuses values that are of its types.
        raise WrongValueError(str(error)) from error


def decode_line(line: bytes) -> Clip | Monologue:
    """Return the item of a line that `encode_line` made.

    Raises:
        WrongValueError: The line is no JSON object, is of another kind or version, or is no such item.
    """
    try:
        fields = _line_decoder().decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WrongValueError(_reason_of_line(line, error)) from error
    if isinstance(fields, strict_type(Clip)):
        return msgspec.convert(fields, Clip, from_attributes=True)
    return msgspec.convert(fields, Monologue, from_attributes=True)


def json_schema() -> dict[str, JsonValue]:
    """Return the JSON Schema (2020-12) of one line of a saved corpus: an item with its kind."""
    # Defaults are tuples, which are lists in JSON.
    made = msgspec.json.encode(msgspec.json.schema(_line_type(), schema_hook=_schema_of_time))
    schema: dict[str, JsonValue] = msgspec.json.decode(made)
    head: dict[str, JsonValue] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "emos-io corpus, one item a line",
    }
    return head | schema


def strict_type(kind: type[DataclassInstance]) -> type[msgspec.Struct]:
    """Return the type of a record's JSON object: it has the record's fields and defaults, and refuses other fields.

    msgspec ignores unknown fields of a dataclass, and makes one without its ``__init__``.
    """
    if kind not in _STRICT:
        _STRICT[kind] = _new_strict_type(kind)
    return _STRICT[kind]


def _new_strict_type(kind: type[DataclassInstance]) -> type[msgspec.Struct]:
    hints = get_type_hints(kind)
    fields: list[tuple[str, object, object]] = []
    for each in dataclasses.fields(kind):
        default: object = msgspec.NODEFAULT
        if each.default_factory is not dataclasses.MISSING:
            default = msgspec.field(default_factory=each.default_factory)
        elif each.default is not dataclasses.MISSING:
            default = each.default
        fields.append((each.name, _strict_hint(hints[each.name]), default))
    check = {"__post_init__": _check_span} if kind is Span else {}
    return msgspec.defstruct(kind.__name__, fields, namespace=check, forbid_unknown_fields=True, kw_only=True)


def _strict_hint(hint: object) -> object:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return functools.reduce(operator.or_, map(_strict_hint, arguments))
    if origin is tuple:
        return tuple[_strict_hint(arguments[0]), ...]  # type: ignore[misc]
    if origin is Mapping:
        return dict[str, _strict_hint(arguments[1])]  # type: ignore[misc]
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return strict_type(hint)
    return hint


def _line_type() -> types.UnionType | type[msgspec.Struct]:
    """Return the type of a line: one of the kinds of items, by its kind, of this version."""
    clip, monologue = (
        msgspec.defstruct(
            kind.__name__,
            [("version", Literal[2])],
            bases=(strict_type(kind),),
            tag_field="kind",
            tag=name,
            kw_only=True,
        )
        for name, kind in KINDS.items()
    )
    return clip | monologue


@functools.cache
def _line_decoder() -> msgspec.json.Decoder[msgspec.Struct]:
    return msgspec.json.Decoder(_line_type(), dec_hook=_as_exact)


def _check_span(fields: Span) -> None:
    if fields.end <= fields.start:
        raise ValueError(f"must end after its start, got [{fields.start}, {fields.end})")


def _as_json(value: object) -> str | int | float:
    if isinstance(value, Fraction):
        return str(value)
    # Scalars of numpy are floats and texts, but of another type.
    for kind in (float, int, str):
        if isinstance(value, kind):
            return kind(value)
    raise NotImplementedError


def _as_exact(kind: type, value: object) -> Fraction:
    if kind is not Fraction:
        raise NotImplementedError
    if isinstance(value, Fraction):
        return value
    try:
        if isinstance(value, str):
            return exact_seconds(value)
    except ValueError:
        pass
    raise ValueError(f"must be an exact number within 64 bits such as '5/2', got {short_repr(value)}")


def _schema_of_time(kind: type) -> dict[str, JsonValue]:
    if kind is not Fraction:
        raise NotImplementedError
    return {"type": "string", "pattern": "^-?[0-9]+(/[0-9]+)?$", "description": "an exact number, such as seconds"}


def _reason(error: Exception) -> str:
    """Return what msgspec says of a value in the order of our texts: its field, what it must be, what it is."""
    what, _, at = str(error).partition(" - at `$")
    for phrase, ours in _PHRASES.items():
        if what.startswith(phrase):
            what = ours + what.removeprefix(phrase)
    return f"{at.strip('`.') or 'value'} {what}"


def decode_json(line: bytes) -> object:
    """Return the value of a line of JSON.

    Raises:
        WrongValueError: The line is no JSON, or is nested too deeply.
    """
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WrongValueError(f"it is no JSON: {error}") from error


def _reason_of_line(line: bytes, error: Exception) -> str:
    # A line may end early, or not be JSON, behind the value that msgspec refused.
    value = decode_json(line)
    if not isinstance(value, dict):
        return "it is no JSON object"
    kind, version = value.get("kind"), value.get("version")
    if not isinstance(kind, str) or kind not in KINDS or version != VERSION:
        known = " and ".join(KINDS)
        return f"it has kind {kind!r} and version {version!r}, and this emos-io reads {known} of version {VERSION}"
    return _reason(error)
