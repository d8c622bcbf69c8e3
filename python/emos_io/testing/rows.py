"""The rows of a batch by key, and digests of all that they hold, bit by bit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from os import PathLike
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import InvalidArgument, short_repr
from ..pipes import WindowSample

Row: TypeAlias = tuple[str | None, Mapping[str, object]]
"""The key of a window, None in an empty slot, and what the row holds, by name."""

_OF_ALL_ROWS = "classes"
"""Of a `WindowBatch`: the one attribute that is the same for all rows."""
_HINT = "give rows_of, a function from a batch to (key, values by name) of each of its rows"


@dataclass(frozen=True, slots=True)
class RowDigest:
    """What is remembered of a row.

    Attributes:
        key: The key of its window, or None.
        digests: The sha256 of each of its values, in hex, by name.
    """

    key: str | None
    digests: Mapping[str, str]

    def differing(self, other: RowDigest) -> list[str]:
        """Return the names of the values that are not the same bit by bit, or that one of the two lacks."""
        names = [*self.digests, *(name for name in other.digests if name not in self.digests)]
        return [name for name in names if self.digests.get(name) != other.digests.get(name)]


def batch_rows(batch: object) -> list[Row]:
    """Return the rows of a batch: a dataclass or a mapping with keys, a `WindowSample`, or a list of any of them.

    Values whose first dimension or length is that of the keys belong to rows one by one; all others, and the classes of a
    `WindowBatch`, belong to every row.

    Raises:
        InvalidArgument: It is none of these.

    Example:
        >>> batch_rows({"keys": ["a", "b"], "x": np.arange(4).reshape(2, 2), "rate": 25})
        [('a', {'x': array([0, 1]), 'rate': 25}), ('b', {'x': array([2, 3]), 'rate': 25})]
    """
    if isinstance(batch, WindowSample):
        return [(batch.key, _values(batch))]
    own_keys: object = getattr(batch, "keys", None)
    if is_dataclass(batch) and isinstance(own_keys, Sequence):
        keys, values = list(own_keys), _values(batch)
    elif isinstance(batch, Mapping) and isinstance(batch.get("keys"), Sequence):
        keys, values = list(batch["keys"]), {str(name): value for name, value in batch.items() if name != "keys"}
    elif isinstance(batch, Sequence) and not isinstance(batch, str | bytes) and batch:
        return [row for each in batch for row in batch_rows(each)]
    else:
        raise InvalidArgument(
            f"a batch must be a dataclass or a mapping with keys, or samples, got {short_repr(batch)}; {_HINT}"
        )
    rows: list[Row] = []
    for index, key in enumerate(keys):
        row = {name: _of_row(name, value, index, len(keys)) for name, value in values.items()}
        rows.append((None if key is None else str(key), row))
    return rows


def row_digest(row: Row) -> RowDigest:
    """Return the digests of a row.

    Raises:
        InvalidArgument: It holds something other than arrays, tensors, numbers, texts, None, dataclasses and collections of
            these.

    Example:
        >>> zero, negative = (row_digest(("a", {"x": np.array([value])})) for value in (0.0, -0.0))
        >>> zero.differing(negative)
        ['x']
    """
    key, values = row
    digests = {}
    for name, value in values.items():
        total = hashlib.sha256()
        for part in _parts(value):
            total.update(len(part).to_bytes(8, "big") + part)
        digests[name] = total.hexdigest()
    return RowDigest(key, digests)


def _values(record: object) -> dict[str, object]:
    assert is_dataclass(record), "whoever asks has checked it"
    return {each.name: getattr(record, each.name) for each in fields(record) if each.name not in ("key", "keys")}


def _of_row(name: str, value: object, index: int, num_rows: int) -> object:
    if name == _OF_ALL_ROWS or isinstance(value, str | bytes):
        return value
    shape = getattr(value, "shape", None)
    if shape is not None:
        return value[index] if len(shape) and shape[0] == num_rows else value  # type: ignore[index]
    return value[index] if isinstance(value, Sequence) and len(value) == num_rows else value


def _parts(value: object) -> Iterator[bytes]:
    """Yield bytes that are the same for equal values alone: types, shapes and bits."""
    if value is None or isinstance(value, bool | int | str | bytes | Fraction | complex | PathLike):
        yield f"{type(value).__name__} {value!r}".encode()
    elif isinstance(value, float) and not isinstance(value, np.generic):
        yield f"float {value.hex()}".encode()
    elif is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__.encode()
        for each in fields(value):
            yield each.name.encode()
            yield from _parts(getattr(value, each.name))
    elif isinstance(value, Mapping):
        yield f"mapping {len(value)}".encode()
        for name, each in value.items():
            yield from _parts(name)
            yield from _parts(each)
    elif isinstance(value, Set):
        yield f"set {sorted(map(repr, value))}".encode()
    elif isinstance(value, Sequence) and not hasattr(value, "dtype"):
        yield f"sequence {len(value)}".encode()
        for each in value:
            yield from _parts(each)
    else:
        yield from _array_parts(value)


def _array_parts(value: object) -> Iterator[bytes]:
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        raise InvalidArgument(
            f"rows must hold arrays, tensors, numbers, texts, None, dataclasses and collections of these, got "
            f"{short_repr(value)}; {_HINT}"
        )
    shape, array = tuple(getattr(value, "shape", ())), _as_numpy(value)
    yield f"{dtype} {shape}".encode()
    if array.dtype.hasobject:
        for each in array.ravel().tolist():
            yield from _parts(each)
    else:
        yield np.ascontiguousarray(array).tobytes()


def _as_numpy(value: object) -> npt.NDArray[np.generic]:
    """Return an array, or the bits of a tensor of any type on any device."""
    if type(value).__module__.split(".")[0] != "torch":
        return np.asarray(value)
    import torch

    assert isinstance(value, torch.Tensor), "the dtype says so"
    # Bits as bytes: numpy has no bfloat16.
    return np.asarray(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8))
