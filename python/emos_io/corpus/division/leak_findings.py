"""Leaks in words: a finding for each kind and pair of sides, with how many there are and the first of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from ..finding_codes import Severity
from ..findings import FindingCollector
from ..records import Decision
from .leak_fits import Fits
from .leak_report import Leak, LeakKind

NUM_EXAMPLES = 3
"""Names that a finding lists."""

_AGAIN = "decide again, fitted on train alone, with decide(..., fit_on=split.train)"
_AGAIN_FOR_FOLDS = (
    "decide once for each fold k, with decide(..., fit_on=folds.split(k).train), and compare each of these corpora with "
    "folds.split(k)"
)


class _Words(NamedTuple):
    one: str
    several: str
    fix: str


_WORDS: dict[LeakKind, _Words] = {
    "item": _Words("item is", "items are", "leave each on one side"),
    "group": _Words("group of {group} is", "groups of {group} are", "keep that kind of group together, or say so"),
    "equal_text": _Words("text is", "texts are", "keep items of one text on one side"),
    "near_text": _Words("pair of near texts is", "pairs of near texts are", "keep both on one side"),
    "equal_media": _Words("media file is", "media files are", "keep items of equal media on one side"),
}
_NOTES: dict[LeakKind, str] = {
    "group": "nothing is to be done: each dialogue has several speakers; say so, or divide by speaker alone",
    "equal_text": "nothing is to be done: each is of another speaker",
    "near_text": "nothing is to be done: each is of another speaker",
}


def add_leaks(collector: FindingCollector, leaks: Sequence[Leak], sides: Sequence[str], *, is_folds: bool) -> None:
    """Add a finding for each kind, severity and pair of sides; of folds, one for each kind and severity."""
    for pair in [tuple(sides)] if is_folds else list(combinations(sides, 2)):
        same: dict[tuple[LeakKind, str | None, Severity], list[Leak]] = defaultdict(list)
        for leak in leaks:
            own = [leak.sides[side] for side in pair if side in leak.sides]
            if len(own) > 1 and (leak.kind == "item" or len({key for keys in own for key in keys}) > 1):
                same[leak.kind, leak.group, leak.severity].append(leak)
        for (kind, group, severity), found in same.items():
            words = _WORDS[kind]
            number = (words.one if len(found) == 1 else words.several).format(group=group)
            touched = {side: len({key for leak in found for key in leak.sides.get(side, ())}) for side in pair}
            items = ", ".join(f"{_items(count)} of {side}" for side, count in touched.items() if count)
            where = "on several sides" if is_folds else "on both sides"
            what = f"{len(found)} {number} {where}, with {items}: {_examples(found, pair)}"
            fix = _NOTES[kind] if severity == "note" else words.fix
            _add(collector, kind, "folds" if is_folds else " and ".join(pair), what, fix, severity)


def add_fitted(
    collector: FindingCollector, fits: Fits, side_of: Mapping[str, Sequence[str]], *, is_folds: bool
) -> None:
    """Add a finding of decisions that were fitted with test items: published ones as a note, others as a fault."""
    published = [each for each in fits.with_test if each.provenance is not None]
    computed = [each for each in fits.with_test if each.provenance is None]
    again = _AGAIN_FOR_FOLDS if is_folds else _AGAIN
    severity: Severity
    for found, severity, fix in (
        (published, "note", f"they are kept as published; to be sure, {again}"),
        (computed, "fault", again),
    ):
        if found:
            test = "items of folds, each of which is test once" if is_folds else "test items"
            what = f"{_decisions(found)} fitted with {test} ({_by_side(found, side_of)}), such as {found[0].item!r}"
            without = fits.without.get(str(found[0].recipe.get("fit_on_sha256")), ())
            if without:
                what += f", fitted with none of {', '.join(map(repr, without[:NUM_EXAMPLES]))}"
                what += ", ..." if len(without) > NUM_EXAMPLES else ""
            collector.add("fitted_with_test", "decisions", what, fix, severity=severity)


def add_unknown_fits(
    collector: FindingCollector, fits: Fits, side_of: Mapping[str, Sequence[str]], *, is_folds: bool
) -> None:
    """Add a finding of decisions that were fitted on items that are not known."""
    if fits.unknown:
        found = fits.unknown
        train = "any fold" if is_folds else "the train side"
        what = (
            f"{_decisions(found)} fitted on other items than those of {train} ({_by_side(found, side_of)}), such as "
            f"{found[0].item!r}"
        )
        again = _AGAIN_FOR_FOLDS if is_folds else _AGAIN
        fix = f"whether test items are among them is not known; if they may be, {again}"
        collector.add("unknown_fit", "decisions", what, fix)


def _decisions(found: Sequence[Decision]) -> str:
    layers = ", ".join(sorted({each.layer for each in found}))
    return (
        f"{len(found)} decision{' in' if len(found) == 1 else 's in'} {layers} {'was' if len(found) == 1 else 'were'}"
    )


def _by_side(found: Sequence[Decision], side_of: Mapping[str, Sequence[str]]) -> str:
    counts = Counter(side for each in found for side in side_of[each.item])
    return ", ".join(f"{count} of {side}" for side, count in counts.items())


def add_other_items(
    collector: FindingCollector, unknown: Mapping[str, Sequence[str]], unassigned: Sequence[str]
) -> None:
    """Add findings of items of one side that the corpus lacks, and of those that it has beside the sides."""
    for side, keys in unknown.items():
        if keys:
            what = f"the corpus lacks {_items(len(keys))} of it: {_listed(keys)}"
            collector.add("unknown_item", side, what, "read the corpus that was divided; nothing is known of these")
    if unassigned:
        what = f"{len(unassigned)} item{' is' if len(unassigned) == 1 else 's are'} on no side: {_listed(unassigned)}"
        collector.add("item_without_side", "corpus", what, "nothing is to be done if they are not used")


def _add(collector: FindingCollector, kind: LeakKind, where: str, what: str, fix: str, severity: Severity) -> None:
    if kind == "item":
        collector.add("item_on_two_sides", where, what, fix, severity=severity)
    elif kind == "group":
        collector.add("divided_group", where, what, fix, severity=severity)
    elif kind == "equal_text":
        collector.add("equal_text", where, what, fix, severity=severity)
    elif kind == "near_text":
        collector.add("near_text", where, what, fix, severity=severity)
    else:
        collector.add("equal_media", where, what, fix, severity=severity)


def _examples(leaks: Sequence[Leak], pair: Sequence[str]) -> str:
    return "; ".join(_example(leak, pair) for leak in leaks[:NUM_EXAMPLES]) + (
        "; ..." if len(leaks) > NUM_EXAMPLES else ""
    )


def _example(leak: Leak, pair: Sequence[str]) -> str:
    """Return the name of a leak, and an item of each of two sides that have it."""
    first, second = [side for side in pair if side in leak.sides][:2]
    names = " and ".join(map(repr, leak.names))
    if leak.kind == "item":
        return names
    one = leak.sides[first][0]
    other = next(key for key in reversed(leak.sides[second]) if key != one or len(leak.sides[second]) == 1)
    return f"{names} ({first} {one!r}, {second} {other!r})"


def _items(count: int) -> str:
    return f"{count} item{'' if count == 1 else 's'}"


def _listed(keys: Sequence[str]) -> str:
    return ("such as " if len(keys) > NUM_EXAMPLES else "") + ", ".join(map(repr, keys[:NUM_EXAMPLES]))
