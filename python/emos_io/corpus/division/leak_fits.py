"""On which items decisions were fitted, as far as recipes tell: with test items, without any, or on items that nobody names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from ..records import Decision, Monologue, Scalar
from .groups import Item
from .values import Folds, Split, keys_sha256

FITTED = ("dawid_skene", "one_coin")
"""Methods of recipes that learn about raters from all items that they are given."""
SAME_FIT = ("batch", "raters", "rows_of", "rows")
"""What recipes of one fit say alike. Clips and spans are never fitted together, and other numbers of rows are other fits."""
MOST_PAIRED_FOLDS = 30
"""Of up to so many folds the fits without two of them are known (a test fold and a validation fold); there are many pairs."""


@dataclass(frozen=True, slots=True)
class Fits:
    """Decisions by methods that are fitted, save those that were surely fitted without test items.

    Attributes:
        with_test: Decisions that were fitted with test items.
        unknown: Decisions on a set of items that is none of the division: test items may be in it, or not.
        without: The folds that a fit has no item of, by its sha256; empty for a split.
    """

    with_test: tuple[Decision, ...]
    unknown: tuple[Decision, ...]
    without: Mapping[str, tuple[str, ...]]


def fits_of(
    items: Sequence[Item], division: Split | Folds, side_of: Mapping[str, Sequence[str]], corpus_keys: Iterable[str]
) -> Fits:
    """Return the decisions of items that were fitted with test items, and those of which that is not known.

    A fit without a name (``fit_on_sha256``) was on all items of its layer and batch (`SAME_FIT`); where none is test, it has
    seen no test item. Which items these are is read from the decisions that count and from those in ``replaced``: an item
    whose fitted decision was replaced, by an answer of a reviewer or by another method, was in the fit all the same. Only
    decisions that count are returned. An item without a decision, such as one whose spans are all under `min_length`, is not
    found so.

    A fit with a name is known where it is that of sides of the division, of all items of them or of those that the corpus has,
    or of the whole corpus. Each fold is test once, so that any fit on items of folds has test items of one of them.

    Args:
        items: The items of the corpus that the division has.
        division: A split or folds.
        side_of: The sides of each item of the division, by key.
        corpus_keys: Keys of all items of the corpus.
    """
    counting = [
        each for item in items for each in (item.decisions if isinstance(item, Monologue) else item.decisions.values())
    ]
    found = _fitted(counting)
    replaced = _fitted(each for item in items for each in item.replaced)
    sides = _sides_of_fits({name for _, name in found if isinstance(name, str)}, division, side_of, set(corpus_keys))
    tested = {
        _batch_of(each)
        for each, name in (*found, *replaced)
        if name is None and (isinstance(division, Folds) or "test" in side_of.get(each.item, ()))
    }
    with_test: list[Decision] = []
    unknown: list[Decision] = []
    for decision, name in found:
        if name is None:
            if _batch_of(decision) in tested:
                with_test.append(decision)
        elif isinstance(name, str) and name in sides and _has_test(division, sides[name]):
            with_test.append(decision)
        elif not isinstance(name, str) or name not in sides:
            unknown.append(decision)
    without: dict[str, tuple[str, ...]] = {}
    if isinstance(division, Folds):
        without = {name: tuple(each for each in division.names if each not in own) for name, own in sides.items()}
    return Fits(tuple(with_test), tuple(unknown), without)


def _fitted(decisions: Iterable[Decision]) -> list[tuple[Decision, Scalar]]:
    """Return the decisions by methods that are fitted, each with the name of the items of its fit, or None."""
    return [(each, each.recipe.get("fit_on_sha256")) for each in decisions if each.recipe.get("method") in FITTED]


def _batch_of(decision: Decision) -> tuple[object, ...]:
    """Return which decisions were fitted together: those of one layer of which the recipes name the same fit."""
    return decision.layer, *(decision.recipe.get(name) for name in SAME_FIT)


def _has_test(division: Split | Folds, sides: frozenset[str]) -> bool:
    return "test" in sides if isinstance(division, Split) else bool(sides)


def _sides_of_fits(
    wanted: set[str], division: Split | Folds, side_of: Mapping[str, Sequence[str]], corpus_keys: set[str]
) -> dict[str, frozenset[str]]:
    """Return of which sides the items of fits are, by sha256, as far as they are known."""
    found: dict[str, frozenset[str]] = {}
    if not wanted:
        return found
    for keys in _key_sets(division, corpus_keys):
        for own in (keys, keys & corpus_keys):
            name = keys_sha256(own)
            if own and name in wanted:
                found[name] = frozenset(side for key in own for side in side_of.get(key, ()))
        if len(found) == len(wanted):
            break
    return found


def _key_sets(division: Split | Folds, corpus_keys: set[str]) -> Iterator[set[str]]:
    """Yield sets of items that somebody may fit on, likely ones first."""
    yield corpus_keys
    if isinstance(division, Split):
        sides = [set(keys) for keys in division.sides().values()]
        for number in range(1, len(sides) + 1):
            for chosen in combinations(sides, number):
                yield set().union(*chosen)
        return
    everything = {key for keys in division.folds for key in keys}
    yield everything
    yield from (everything.difference(keys) for keys in division.folds)
    yield from map(set, division.folds)
    if len(division) <= MOST_PAIRED_FOLDS:
        yield from (everything.difference(*pair) for pair in combinations(division.folds, 2))
