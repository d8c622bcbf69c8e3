"""A mapping that cannot be changed: the mappings of records are of this type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn, TypeVar

from ..errors import InvalidArgument, short_repr

K = TypeVar("K")
V = TypeVar("V")


class FrozenMapping(dict[K, V]):
    """A dict without anything that changes it: equal to a dict of the same items, and saved, pickled and printed as one.

    It can be hashed where its values can. `dict(mapping)` and `mapping | other` give dicts of one's own.

    Raises:
        TypeError: Something would change it.

    Example:
        >>> group = FrozenMapping({"video": "v1"})
        >>> group, group | {"film": "f"}
        ({'video': 'v1'}, {'video': 'v1', 'film': 'f'})
        >>> group["video"] = "v2"
        Traceback (most recent call last):
        TypeError: a mapping of a record cannot be changed; give replace() of the record a new one
    """

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a mapping of a record cannot be changed; give replace() of the record a new one")

    __setitem__ = _refuse
    __delitem__ = _refuse
    __ior__ = _refuse
    clear = _refuse
    pop = _refuse
    popitem = _refuse
    setdefault = _refuse
    update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenMapping[K, V]], tuple[dict[K, V]]]:
        # A dict is rebuilt item by item otherwise, which this one refuses.
        return (FrozenMapping, (dict(self),))


def freeze(record: object, *names: str) -> None:
    """Make mappings of a frozen dataclass immutable, as it is made.

    Args:
        record: The record, within its ``__post_init__``.
        *names: Fields that hold mappings.

    Raises:
        InvalidArgument: A field holds something else.
    """
    for name in names:
        value: object = getattr(record, name)
        if type(value) is not FrozenMapping:
            if not isinstance(value, Mapping):
                raise InvalidArgument(f"{name} must be a mapping, got {short_repr(value)}; give a dict")
            object.__setattr__(record, name, FrozenMapping(value))
