"""Files of divisions: their values, checked, and errors that name the file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence

from ..._checks import Name, as_integer, as_number, checked_path
from ...errors import CorpusError, SourceNotFound, quoted, short_repr
from .groups import GroupFacts


class DivisionFile:
    """A file of a division: its values, and errors that name it."""

    def __init__(self, path: str | os.PathLike[str], what: str, needed: str) -> None:
        self._path, self._what = checked_path(path), what
        try:
            value: object = json.loads(self._path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError as error:
            raise SourceNotFound(
                f"there is no such file; save {what} there first, or correct the path: {quoted(self._path)}",
                path=str(self._path),
            ) from error
        except (OSError, ValueError, RecursionError) as error:
            raise self.error("cannot be read as JSON") from error
        if not isinstance(value, dict) or needed not in value:
            if isinstance(value, dict) and ("folds" in value or "train" in value):
                other = "load_folds" if "folds" in value else "load_split"
                raise self.error(f"has no {needed}", f"read it with {other}")
            raise self.error(f"has no {needed}")
        self.values: dict[str, object] = value

    def error(self, fact: str, advice: str = "save it again with the seed that was published") -> CorpusError:
        return CorpusError(f"the file of {self._what} {fact}; {advice}: {quoted(self._path)}", path=str(self._path))

    def keys_of(self, name: str) -> tuple[str, ...]:
        return self.keys(self.values[name])

    def keys(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self.error("has a list that is not one of keys")
        return tuple(value)

    def names(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        if not isinstance(value, list | str | None) or not all(isinstance(each, str) for each in value or ()):
            raise self.error(f"has {name} that is no list of names, {short_repr(value)}")
        return (value,) if isinstance(value, str) else tuple(value or ())

    def check_disjoint(self, lists: Sequence[Sequence[str]]) -> None:
        keys = [key for each in lists for key in each]
        twice = sorted({key for key in keys if keys.count(key) > 1}) if len(set(keys)) < len(keys) else []
        if twice:
            raise self.error(f"has {len(twice)} keys twice, such as {twice[0]!r}")

    def sha256(self) -> str:
        return str(self.values.get("sha256", ""))

    def seed(self) -> int | None:
        value = self.values.get("seed")
        seed = as_integer(value)
        if value is not None and seed is None:
            raise self.error(f"has a seed that is no integer, {short_repr(value)}")
        return seed

    def share(self, name: str) -> float | None:
        value = self.values.get(name)
        share = as_number(value)
        if value is not None and (share is None or not 0 <= share <= 1):
            raise self.error(f"has {name} that is no share from 0 to 1, {short_repr(value)}")
        return share

    def choice(self, name: str, allowed: Sequence[Name]) -> Name:
        """Return one of the values that are allowed: the first where the file has none."""
        value = self.values.get(name)
        found = allowed[0] if value is None else next((each for each in allowed if each == value), None)
        if found is None:
            raise self.error(f"has {name} that is none of {', '.join(allowed)}, {short_repr(value)}")
        return found

    def strata(self, num_sides: int) -> dict[str, tuple[int, ...]]:
        value = self.values.get("strata")
        if value is None:
            return {}
        found: dict[str, tuple[int, ...]] = {}
        for name, counts in value.items() if isinstance(value, dict) else [("strata", value)]:
            numbers = [as_integer(each) for each in counts] if isinstance(counts, list) else []
            known = tuple(each for each in numbers if each is not None and each >= 0)
            if len(known) != len(numbers) or len(known) != num_sides:
                raise self.error(f"has strata that are no counts of {num_sides} sides, {short_repr(counts)}")
            found[str(name)] = known
        return found

    def facts(self, total: int) -> GroupFacts:
        """Return what it says of groups; whether that is true, the file cannot show."""
        disjoint, divided, value = self.names("disjoint"), self.names("divided"), self.values.get("ungrouped")
        both = sorted(set(disjoint) & set(divided))
        if both:
            raise self.error(f"has the groups {both[0]!r} both disjoint and divided")
        ungrouped = 0 if value is None else as_integer(value)
        if ungrouped is None or not 0 <= ungrouped <= total:
            raise self.error(f"has ungrouped that is no count from 0 to {total}, {short_repr(value)}")
        return GroupFacts(disjoint, divided, ungrouped)


def has_folds(path: str | os.PathLike[str]) -> bool:
    """Return whether a file is one of folds; False for files that cannot be read, whose readers say why."""
    try:
        value: object = json.loads(checked_path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "folds" in value
