"""Items as typed columns and back, by the types of their fields.

```text
 record       struct of its fields
 tuple        list
 mapping      list of struct {key, value}: datasets read no Arrow map
 Span         struct {start, end, ticks_per_second}: ticks are exact
 Fraction     struct {numerator, denominator}
 scalar       struct {text, integer, number, boolean}: one of them is there, or the scalar is None
```
"""

from __future__ import annotations

import dataclasses
import itertools
import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Union, get_args, get_origin, get_type_hints

import pyarrow
import pyarrow.compute

from ..errors import InvalidArgument, TooLarge, short_repr
from ..spans import Span
from .records import Clip, Monologue

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_TYPES: dict[type, pyarrow.DataType] = {
    str: pyarrow.string(),
    int: pyarrow.int64(),
    float: pyarrow.float64(),
    bool: pyarrow.bool_(),
}
_LIMIT = 2**63
_RECORDS: dict[type, _Column] = {}
_SCALARS: dict[str, type] = {"text": str, "integer": int, "number": float, "boolean": bool}


@dataclass(frozen=True, slots=True)
class _Column:
    """How values of one type stand in a column.

    Attributes:
        type: The Arrow type.
        write: Returns values, any of which may be None, as an array.
        read: Returns an array as values of JSON, with Fractions for times.
    """

    type: pyarrow.DataType
    write: Callable[[list[object]], pyarrow.Array]
    read: Callable[[pyarrow.Array], list[object]]


class _UnfitError(Exception):
    """A value that a column cannot hold; its field is added step by step on the way up."""

    def __init__(self, what: str, error: type[InvalidArgument | TooLarge] = InvalidArgument) -> None:
        super().__init__(what)
        self.error = error
        self.field = ""


def schema(kind: type[Clip | Monologue]) -> pyarrow.Schema:
    """Return the columns of a table of items."""
    return pyarrow.schema(list(_record(kind).type))


def table(kind: type[Clip | Monologue], items: Sequence[Clip | Monologue]) -> pyarrow.Table:
    """Return items as an Arrow table: a column for each field, typed.

    Raises:
        TooLarge: An integer, or a time in ticks, does not fit in 64 bits.
        InvalidArgument: A number is not finite, or a value is not of the type of its field.
    """
    record = _record(kind)
    try:
        rows = record.write(list(items))
    except _UnfitError:
        # One item after another finds whose value it is.
        for item in items:
            try:
                record.write([item])
            except _UnfitError as error:
                field = error.field.removeprefix(".")
                name = f"{field} of {item.key!r}" if field else f"item {item.key!r}"
                raise error.error(f"{name} must be {error}; correct it before saving", key=item.key) from error
        raise
    return pyarrow.Table.from_struct_array(rows)


def values(kind: type[Clip | Monologue], rows: pyarrow.Table) -> list[object]:
    """Return the rows of a table that `table` made, each as values that `codec.decode` makes a record of.

    Raises:
        ValueError: The table has other columns.
    """
    if not rows.schema.equals(schema(kind)):
        raise ValueError(f"its columns are not those of a {kind.__name__}")
    struct = rows.to_struct_array()
    return _record(kind).read(struct.combine_chunks() if isinstance(struct, pyarrow.ChunkedArray) else struct)


def _record(kind: type[DataclassInstance]) -> _Column:
    # A type is a key of a dict; mypy takes its records' hash for its own, so that `cache` is not for it.
    if kind not in _RECORDS:
        _RECORDS[kind] = _new_record(kind)
    return _RECORDS[kind]


def _new_record(kind: type[DataclassInstance]) -> _Column:
    hints = get_type_hints(kind)
    columns = {each.name: _column(hints[each.name]) for each in dataclasses.fields(kind)}
    needed = [name for name in columns if not _takes_none(hints[name])]

    def split(values: list[object]) -> dict[str, list[object]]:
        _check_all(values, kind)
        parts = {name: [None if each is None else getattr(each, name) for each in values] for name in columns}
        num_missing = _num_missing(values)
        for name in needed:
            _check_given(parts[name], name, num_missing)
        return parts

    return _struct(columns, split)


def _column(hint: object) -> _Column:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        # All columns hold None where there is no value.
        others = [each for each in arguments if each is not type(None)]
        return _column(others[0]) if len(others) == 1 else _scalar()
    if origin is Literal:
        return _literal(arguments)
    if origin is tuple:
        return _list(_column(arguments[0]))
    if origin is Mapping:
        return _mapping(_column(arguments[1]), takes_none=_takes_none(arguments[1]))
    if hint is Fraction:
        return _fraction()
    if hint is Span:
        return _span()
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _record(hint)
    if isinstance(hint, type):
        return _simple(hint)
    raise TypeError(f"hint must be a type that a column can have, got {hint!r}")


def _simple(kind: type) -> _Column:
    def write(values: list[object]) -> pyarrow.Array:
        others = {each for each in {*map(type, values)} - allowed if _kind_of(each) is not kind}
        if others:
            raise _unfit(f"of type {kind.__name__}", values, lambda each: type(each) in others)
        try:
            array = pyarrow.array(values, type=arrow)
        except (OverflowError, pyarrow.ArrowInvalid):
            if kind is float and not any(map(_is_large, values)):
                raise _unfit("an integer that a float holds exactly", values, _is_rounded) from None
            raise _unfit("within 64 bits", values, _is_large, TooLarge) from None
        except UnicodeEncodeError as error:
            raise _UnfitError(f"text of whole characters, got {short_repr(error.object)}") from error
        if kind is float:
            finite = pyarrow.compute.all(pyarrow.compute.is_finite(array), min_count=0)
            if not finite.as_py():
                raise _unfit(
                    "a finite number", values, lambda each: isinstance(each, float) and not math.isfinite(each)
                )
        return array

    def read(array: pyarrow.Array) -> list[object]:
        values: list[object] = array.to_pylist()
        return values

    arrow = _TYPES[kind]
    allowed = {kind, type(None), *([int] if kind is float else [])}
    return _Column(arrow, write, read)


def _literal(names: Sequence[str]) -> _Column:
    texts, allowed = _simple(str), {None, *names}

    def write(values: list[object]) -> pyarrow.Array:
        array = texts.write(values)
        if not allowed.issuperset(values):
            raise _unfit(f"one of {', '.join(names)}", values, lambda each: each not in allowed)
        return array

    return _Column(texts.type, write, texts.read)


def _takes_none(hint: object) -> bool:
    return type(None) in get_args(hint)


def _kind_of(kind: type) -> type | None:
    """Return which of the simple types a type is, or a subclass of; True and False are no integers."""
    return next((each for each in (bool, int, float, str) if issubclass(kind, each)), None)


def _struct(columns: Mapping[str, _Column], split: Callable[[list[object]], dict[str, list[object]]]) -> _Column:
    """Return the column of values that `split` divides into parts."""

    def write(values: list[object]) -> pyarrow.Array:
        arrays = []
        for name, part in split(values).items():
            try:
                arrays.append(columns[name].write(part))
            except _UnfitError as error:
                error.field = f".{name}{error.field}"
                raise
        missing = pyarrow.array([each is None for each in values], type=pyarrow.bool_())
        return pyarrow.StructArray.from_arrays(arrays, fields=list(kind), mask=missing)

    def read(array: pyarrow.Array) -> list[object]:
        parts = [column.read(array.field(name)) for name, column in columns.items()]
        valid = array.is_valid().to_pylist()
        rows = (dict(zip(columns, cells, strict=True)) for cells in zip(*parts, strict=True))
        return [row if each else None for row, each in zip(rows, valid, strict=True)]

    kind = pyarrow.struct([(name, column.type) for name, column in columns.items()])
    return _Column(kind, write, read)


def _list(column: _Column) -> _Column:
    kind = pyarrow.list_(column.type)

    def write(values: list[object]) -> pyarrow.Array:
        _check_all(values, tuple, list)
        lists = [each if isinstance(each, tuple | list) else () for each in values]
        parts = list(itertools.chain.from_iterable(lists))
        _check_given(parts)
        flat = column.write(parts)
        ends = itertools.accumulate(map(len, lists), initial=0)
        return pyarrow.ListArray.from_arrays(pyarrow.array(ends, type=pyarrow.int32()), flat, type=kind)

    def read(array: pyarrow.Array) -> list[object]:
        flat, ends = column.read(array.values), array.offsets.to_pylist()
        return [flat[start:end] for start, end in itertools.pairwise(ends)]

    return _Column(kind, write, read)


def _mapping(column: _Column, *, takes_none: bool) -> _Column:
    def split(values: list[object]) -> dict[str, list[object]]:
        pairs = [each for each in values if isinstance(each, tuple)]
        parts = {"key": [key for key, _ in pairs], "value": [value for _, value in pairs]}
        for name in ("key",) if takes_none else parts:
            _check_given(parts[name], name)
        return parts

    entries = _list(_struct({"key": _simple(str), "value": column}, split))

    def write(values: list[object]) -> pyarrow.Array:
        _check_all(values, dict)
        return entries.write([tuple(each.items()) if isinstance(each, dict) else () for each in values])

    def read(array: pyarrow.Array) -> list[object]:
        flat, ends = array.values, array.offsets.to_pylist()
        pairs = list(zip(flat.field("key").to_pylist(), column.read(flat.field("value")), strict=True))
        return [dict(pairs[start:end]) for start, end in itertools.pairwise(ends)]

    return _Column(entries.type, write, read)


def _fraction() -> _Column:
    integers = {name: _simple(int) for name in ("numerator", "denominator")}

    def split(values: list[object]) -> dict[str, list[object]]:
        _check_all(values, Fraction)
        return {name: [None if each is None else getattr(each, name) for each in values] for name in integers}

    column = _struct(integers, split)

    def read(array: pyarrow.Array) -> list[object]:
        pairs = zip(*(array.field(name).to_pylist() for name in integers), strict=True)
        return [None if above is None else Fraction(above, below) for above, below in pairs]

    return _Column(column.type, column.write, read)


def _span() -> _Column:
    names = ("start", "end", "ticks_per_second")

    def ticks(value: object) -> tuple[int | None, ...]:
        if value is None:
            return (None, None, None)
        if not isinstance(value, Span):
            raise _UnfitError(f"of type Span, got {short_repr(value)}")
        unit = math.lcm(value.start.denominator, value.end.denominator)
        return (int(value.start * unit), int(value.end * unit), unit)

    def split(values: list[object]) -> dict[str, list[object]]:
        columns = zip(*map(ticks, values), strict=True) if values else ((), (), ())
        return {name: list(column) for name, column in zip(names, columns, strict=True)}

    column = _struct({name: _simple(int) for name in names}, split)

    def read(array: pyarrow.Array) -> list[object]:
        times = zip(*(array.field(name).to_pylist() for name in names), strict=True)
        return [
            None if start is None else {"start": Fraction(start, unit), "end": Fraction(end, unit)}
            for start, end, unit in times
        ]

    return _Column(column.type, column.write, read)


def _scalar() -> _Column:
    """Return the column of the one type of several kinds, `Scalar`."""

    def split(values: list[object]) -> dict[str, list[object]]:
        kinds = {each: _kind_of(each) for each in {*map(type, values)} - {type(None)}}
        if None in kinds.values():
            raise _unfit("text, a number, a bool or None", values, lambda each: kinds.get(type(each), str) is None)
        pairs = [(each, kinds.get(type(each))) for each in values]
        return {name: [each if own is kind else None for each, own in pairs] for name, kind in _SCALARS.items()}

    column = _struct({name: _simple(kind) for name, kind in _SCALARS.items()}, split)

    def read(array: pyarrow.Array) -> list[object]:
        parts = zip(*(array.field(name).to_pylist() for name in _SCALARS), strict=True)
        return [next((each for each in cells if each is not None), None) for cells in parts]

    return _Column(column.type, column.write, read)


def _num_missing(values: list[object]) -> int:
    return [*map(type, values)].count(type(None))


def _check_given(values: list[object], field: str = "", num_missing: int = 0) -> None:
    """Check that no value is None, save those of records that are None themselves."""
    if _num_missing(values) > num_missing:
        error = _UnfitError("given, got None")
        error.field = f".{field}" if field else ""
        raise error


def _check_all(values: list[object], *kinds: type) -> None:
    if not all(each is None or isinstance(each, kinds) for each in values):
        what = f"of type {kinds[0].__name__}"
        raise _unfit(what, values, lambda each: each is not None and not isinstance(each, kinds))


def _unfit(
    what: str,
    values: list[object],
    is_wrong: Callable[[object], bool],
    error: type[InvalidArgument | TooLarge] = InvalidArgument,
) -> _UnfitError:
    """Return the error of the first value that is wrong."""
    return _UnfitError(f"{what}, got {short_repr(next(filter(is_wrong, values)))}", error)


def _is_rounded(value: object) -> bool:
    return isinstance(value, int) and abs(value) > 2**53


def _is_large(value: object) -> bool:
    return isinstance(value, int) and not -_LIMIT <= value < _LIMIT
