"""Mappings of records cannot be changed, and travel between processes."""

from __future__ import annotations

import copy
import json
import multiprocessing
import pickle
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import asdict, dataclass

import pytest

from emos_io.corpus._frozen import FrozenMapping, freeze

MAPPING: FrozenMapping[str, int] = FrozenMapping({"a": 1, "b": 2})
# Each of these changes a dict.
CHANGES: dict[str, Callable[[dict[str, int]], object]] = {
    "item": lambda each: each.__setitem__("a", 3),
    "deletion": lambda each: each.__delitem__("a"),
    "union in place": lambda each: each.__ior__({"c": 3}),
    "update": lambda each: each.update(a=3),
    "setdefault": lambda each: each.setdefault("c", 3),
    "pop": lambda each: each.pop("a"),
    "popitem": lambda each: each.popitem(),
    "clear": lambda each: each.clear(),
}


@dataclass(frozen=True)
class Record:
    values: Mapping[str, int]

    def __post_init__(self) -> None:
        freeze(self, "values")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_changes_a_mapping(change: Callable[[dict[str, int]], object]) -> None:
    own = {"a": 1, "b": 2}
    change(own)
    with pytest.raises(TypeError, match="cannot be changed"):
        change(MAPPING)
    assert MAPPING == {"a": 1, "b": 2}


def test_what_makes_a_mapping_mutable_is_refused() -> None:
    mutable = {*dir(MutableMapping)} - {*dir(Mapping), "_MutableMapping__marker"} | {"__ior__"}
    assert len(mutable) == len(CHANGES)
    assert all(getattr(FrozenMapping, name) is FrozenMapping._refuse for name in mutable)


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_copies_are_equal_and_frozen(again: Callable[[object], object]) -> None:
    one = again(MAPPING)
    assert one == MAPPING and type(one) is FrozenMapping and list(MAPPING) == ["a", "b"]


def test_a_mapping_looks_like_a_dict() -> None:
    assert repr(MAPPING) == "{'a': 1, 'b': 2}"
    assert json.dumps(MAPPING) == '{"a": 1, "b": 2}'
    assert asdict(Record(MAPPING)) == {"values": {"a": 1, "b": 2}}
    assert hash(MAPPING) == hash(FrozenMapping({"b": 2, "a": 1}))


def test_the_mapping_given_is_not_that_of_the_record() -> None:
    given = {"a": 1}
    record = Record(given)
    given["a"] = 2
    assert record.values == {"a": 1}


def _same(record: Record) -> tuple[bool, Record]:
    return record == Record({"a": 1, "b": 2}), record


def test_a_process_that_was_spawned_has_the_same_record() -> None:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_same, (Record(MAPPING),)) == (True, Record(MAPPING))
