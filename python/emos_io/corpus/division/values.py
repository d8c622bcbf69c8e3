"""Divisions of a corpus as values: a split, folds, and the files that they are published as."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..._checks import as_integer, checked_path
from ..._files import write_text
from ...errors import InvalidArgument, short_repr
from .._frozen import freeze
from .files import DivisionFile, has_folds

SplitKind = Literal["split", "fold", "predefined"]
FoldsKind = Literal["folds", "leave_one_out"]
Side = Literal["train", "validation", "test"]
SIDES: tuple[Side, ...] = ("train", "validation", "test")
"""The sides of a split, as it lists them."""


@dataclass(frozen=True, slots=True, repr=False)
class Split:
    """A division of the items of a corpus.

    Attributes:
        train, test: Keys, sorted.
        seed, test_share: The seed and the share of test that were asked for; without a seed None, and the share that there is.
        by, stratify: The kinds of groups and of strata that were asked for.
        sha256: Checksum of the canonical JSON of the lists: publish it, and anyone can see that theirs is the same.
        strata: For each stratum how many items are in train and in test; with a validation side how many in train, validation
            and test.
        validation: Keys, sorted; none where no share of validation was asked for.
        validation_share: The share of validation that was asked for, or None.
        kind: ``"split"`` for one by a seed, ``"fold"`` for one of `Folds`, ``"predefined"`` for one that a column gives.
        disjoint: Kinds of groups that lie on one side each: ``("speaker",)`` if nobody is on two sides.
        divided: Kinds of groups of which some lie on two sides.
        ungrouped: Items in no group but that of their own file. If these are all, one speaker may be on every side.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    seed: int | None
    test_share: float
    by: tuple[str, ...]
    stratify: tuple[str, ...]
    sha256: str
    strata: Mapping[str, tuple[int, ...]]
    validation: tuple[str, ...] = ()
    validation_share: float | None = None
    kind: SplitKind = "split"
    disjoint: tuple[str, ...] = ()
    divided: tuple[str, ...] = ()
    ungrouped: int = 0

    def __post_init__(self) -> None:
        freeze(self, "strata")

    def __repr__(self) -> str:
        sides = [f"{len(keys)} {side}" for side, keys in self.sides().items()]
        return (
            f"Split({', '.join(sides)}, seed={self.seed}, test_share={self.test_share}, by={self.by}, "
            f"stratify={self.stratify}, {len(self.strata)} strata, {_groups_text(self)}sha256={self.sha256[:16]!r}...)"
        )

    def sides(self) -> dict[Side, tuple[str, ...]]:
        """Return the keys of each side; validation is there if it was asked for."""
        found: dict[Side, tuple[str, ...]] = {"train": self.train}
        if self.validation_share is not None or self.validation:
            found["validation"] = self.validation
        return {**found, "test": self.test}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the split as JSON, which `load_split` reads.

        Its keys are kind, seed, by, the lists train, validation (if there is one) and test, sha256 of these lists, and further
        attributes.
        """
        sides: dict[str, object] = dict(self.sides().items())
        write_text(checked_path(path), _json_of({**self._about(), **sides}))

    def _about(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "seed": self.seed,
            "by": self.by,
            "stratify": self.stratify,
            "test_share": self.test_share,
            "validation_share": self.validation_share,
            "strata": dict(self.strata),
            "disjoint": self.disjoint,
            "divided": self.divided,
            "ungrouped": self.ungrouped,
            "sha256": self.sha256,
        }


@dataclass(frozen=True, slots=True, repr=False)
class Folds:
    """Parts of the items of a corpus, each of which is the test side once.

    Attributes:
        folds: Keys of each fold, sorted; every item is in one.
        names: A name for each fold: ``"0"``, ``"1"`` and so on, or that of the group that is left out.
        kind: ``"folds"`` for k folds by a seed, ``"leave_one_out"`` for one fold a group.
        seed: The seed, or None.
        by, stratify: The kinds of groups and of strata that were asked for.
        sha256: Checksum of the canonical JSON of the lists.
        strata: For each stratum how many items are in each fold.
        disjoint, divided, ungrouped: As of a `Split`, where each fold is a side.
    """

    folds: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]
    kind: FoldsKind
    seed: int | None
    by: tuple[str, ...]
    stratify: tuple[str, ...]
    sha256: str
    strata: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    disjoint: tuple[str, ...] = ()
    divided: tuple[str, ...] = ()
    ungrouped: int = 0

    def __post_init__(self) -> None:
        freeze(self, "strata")

    def __len__(self) -> int:
        """Return the number of folds."""
        return len(self.folds)

    def __repr__(self) -> str:
        sizes = ", ".join(str(len(keys)) for keys in self.folds[:8]) + (", ..." if len(self.folds) > 8 else "")
        return (
            f"Folds({len(self)} of {sizes} items, {self.kind}, seed={self.seed}, by={self.by}, stratify={self.stratify}, "
            f"{_groups_text(self)}sha256={self.sha256[:16]!r}...)"
        )

    def split(self, test: int | str, validation: int | str | None = None) -> Split:
        """Return the split whose test side is one fold.

        Args:
            test: The index of the fold, from 0, or its name.
            validation: Another fold, which is the validation side; None for a split without one.

        Raises:
            InvalidArgument: There is no such fold, both are the same, or nothing is left to train on.
        """
        index = self._index(test, "test")
        other = None if validation is None else self._index(validation, "validation")
        if other == index:
            raise InvalidArgument(f"validation must be another fold than test, got {validation!r} for both; change one")
        rest = [each for each in range(len(self)) if each not in (index, other)]
        if not rest:
            raise InvalidArgument(
                f"validation must leave a fold to train on, got 2 of {len(self)} folds; leave it out, or make more folds"
            )
        train = tuple(sorted(key for each in rest for key in self.folds[each]))
        validation_keys = () if other is None else self.folds[other]
        size = sum(map(len, self.folds))
        strata = {
            name: (sum(counts[each] for each in rest), *(() if other is None else (counts[other],)), counts[index])
            for name, counts in self.strata.items()
        }
        return Split(
            train,
            self.folds[index],
            self.seed,
            len(self.folds[index]) / size,
            self.by,
            self.stratify,
            sides_sha256(train, None if other is None else validation_keys, self.folds[index]),
            strata,
            validation=validation_keys,
            validation_share=None if other is None else len(validation_keys) / size,
            kind="fold",
            disjoint=self.disjoint,
            divided=self.divided,
            ungrouped=self.ungrouped,
        )

    def splits(self) -> Iterator[Split]:
        """Yield the split of each fold, in their order."""
        return (self.split(index) for index in range(len(self)))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the folds as JSON, which `load_folds` reads: kind, seed, by, folds, their sha256, and further attributes."""
        about: dict[str, object] = {
            "kind": self.kind,
            "seed": self.seed,
            "by": self.by,
            "stratify": self.stratify,
            "names": self.names,
            "strata": dict(self.strata),
            "disjoint": self.disjoint,
            "divided": self.divided,
            "ungrouped": self.ungrouped,
            "sha256": self.sha256,
        }
        write_text(checked_path(path), _json_of({**about, "folds": self.folds}))

    def _index(self, fold: int | str, argument: str) -> int:
        if isinstance(fold, str) and fold in self.names:
            return self.names.index(fold)
        number = None if isinstance(fold, str) else as_integer(fold)
        if number is None or not 0 <= number < len(self):
            names = ", ".join(map(repr, self.names[:5])) + (", ..." if len(self) > 5 else "")
            raise InvalidArgument(
                f"{argument} must be a fold from 0 to {len(self) - 1}, or its name, got {short_repr(fold)}; names are {names}"
            )
        return number


def sides_sha256(train: Sequence[str], validation: Sequence[str] | None, test: Sequence[str]) -> str:
    """Return the sha256 of the canonical JSON of the lists of a split; None for a split without a validation side."""
    lists = {"train": train, "test": test} | ({} if validation is None else {"validation": validation})
    return _sha256(lists)


def folds_sha256(folds: Sequence[Sequence[str]]) -> str:
    """Return the sha256 of the canonical JSON of folds."""
    return _sha256({"folds": folds})


def keys_sha256(keys: Iterable[str]) -> str:
    """Return the sha256 of the canonical JSON of keys of items, sorted, each once; their order does not change it.

    A recipe that was fitted on some items alone names them by it (``fit_on_sha256``).

    Example:
        >>> keys_sha256(["own/2", "own/1"]) == hashlib.sha256(b'["own/1","own/2"]').hexdigest()
        True
    """
    return _sha256(sorted(set(keys)))


def load_split(path: str | os.PathLike[str]) -> Split:
    """Read what `Split.save` wrote, or a file of the same keys: kind, seed, by, train, validation, test, sha256.

    The sha256 is of the lists. What the file says of groups and strata is taken as it is if it may be so: whether it is true
    is known with the corpus alone, by dividing it again.

    Raises:
        SourceNotFound: There is no such file.
        CorpusError: It is no split, a key is on two sides, its lists are not those of its sha256, or another value is none
            that a split has.
    """
    file = DivisionFile(path, "a split", "train")
    sides = {side: file.keys_of(side) for side in SIDES if side in file.values}
    if "test" not in sides:
        raise file.error("has no list test")
    file.check_disjoint(list(sides.values()))
    validation = sides.get("validation")
    share = file.share("validation_share")
    if not validation and share is None and file.sha256() == sides_sha256(sides["train"], None, sides["test"]):
        validation = None
    elif file.sha256() != sides_sha256(sides["train"], validation, sides["test"]):
        raise file.error("has other lists than its sha256 says")
    total = sum(map(len, sides.values())) or 1
    kind: SplitKind = file.choice("kind", ("split", "fold", "predefined"))
    test_share, facts = file.share("test_share"), file.facts(total)
    return Split(
        sides["train"],
        sides["test"],
        file.seed(),
        len(sides["test"]) / total if test_share is None else test_share,
        file.names("by"),
        file.names("stratify"),
        file.sha256(),
        file.strata(2 if validation is None else 3),
        validation=validation or (),
        validation_share=len(validation) / total if share is None and validation is not None else share,
        kind=kind,
        disjoint=facts.disjoint,
        divided=facts.divided,
        ungrouped=facts.ungrouped,
    )


def load_folds(path: str | os.PathLike[str]) -> Folds:
    """Read what `Folds.save` wrote, or a file of the same keys: kind, seed, by, folds, sha256.

    Raises:
        SourceNotFound: There is no such file.
        CorpusError: It holds no folds, a key is in two of them, they are not those of its sha256, or another value is none that
            folds have.
    """
    file = DivisionFile(path, "folds", "folds")
    lists = file.values["folds"]
    if not isinstance(lists, list) or not lists:
        raise file.error("has no list of folds")
    folds = tuple(file.keys(each) for each in lists)
    file.check_disjoint(folds)
    if file.sha256() != folds_sha256(folds):
        raise file.error("has other lists than its sha256 says")
    names = file.names("names") or tuple(map(str, range(len(folds))))
    if len(set(names)) != len(names) or len(names) != len(folds):
        raise file.error(f"has {len(folds)} folds and {len(set(names))} names")
    kind: FoldsKind = file.choice("kind", ("folds", "leave_one_out"))
    facts = file.facts(sum(map(len, folds)))
    return Folds(
        folds,
        names,
        kind,
        file.seed(),
        file.names("by"),
        file.names("stratify"),
        file.sha256(),
        file.strata(len(folds)),
        disjoint=facts.disjoint,
        divided=facts.divided,
        ungrouped=facts.ungrouped,
    )


def load_division(path: str | os.PathLike[str]) -> Split | Folds:
    """Read a file of a split or of folds, whichever it is.

    Raises:
        SourceNotFound, CorpusError: As of `load_split` and `load_folds`.
    """
    return load_folds(path) if has_folds(path) else load_split(path)


def _groups_text(division: Split | Folds) -> str:
    """Return what is to be known of groups, with a comma at its end; nothing where every item is in one."""
    if not division.ungrouped:
        return ""
    total = sum(map(len, division.sides().values() if isinstance(division, Split) else division.folds))
    return "no group but the file, " if division.ungrouped == total else f"{division.ungrouped} items without a group, "


def _json_of(value: Mapping[str, object]) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    try:
        text.encode()
    except UnicodeEncodeError:
        # A key may be the name of a file whose bytes are no text.
        text = json.dumps(value, indent=1)
    return text + "\n"


def _sha256(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
