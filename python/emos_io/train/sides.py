"""The sides of a split that a model is trained with: what each holds, what is missing, and that test is apart from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .._checks import choice
from ..corpus import Clip, Corpus, Folds, Leak, Monologue, Split, leaks
from ..errors import InvalidArgument, short_repr

ItemKind = Literal["monologues", "clips"]
ITEM_KINDS: tuple[ItemKind, ...] = ("monologues", "clips")
"""Kinds of items, as recipes name them."""
OnMissing = Literal["raise", "skip"]
ON_MISSING: tuple[OnMissing, ...] = ("raise", "skip")
TRAINING_SIDES = ("train", "validation")
"""The sides whose media training reads: one to learn from, one to stop by."""
MAKE_ONE = "make one with emos splits CORPUS --seed 7 --validation 0.2 --out split.json"
_NUM_EXAMPLES = 3
_APART = ("item", "group", "equal_media")
"""What test may not share, if `leaks` calls it a fault."""
_SHARED = {
    "item": ("item", "items"),
    "group": ("group of {group}", "groups of {group}"),
    "equal_media": ("media file", "media files"),
    "equal_text": ("text", "texts"),
    "near_text": ("pair of near texts", "pairs of near texts"),
}


@dataclass(frozen=True, slots=True, repr=False)
class Sides:
    """The items that a model learns from, those that training is stopped by, and those that it never reads.

    Attributes:
        corpus: The corpus; it has more items than the sides.
        split: The split.
        train, validation: Keys with media at hand, sorted.
        test: Keys that the corpus has, sorted; their media are not looked at.
        missing: Keys that the corpus lacks, by side; only sides with any.
        without_media: Keys of items without media at hand, by side; only sides with any.
        other_kind: How many items of the sides are of kinds that are not used; only sides with any.
        allowed: What test shares with train or validation and may, in words, one line a kind: speakers of dialogues, which have
            several, and texts.
        shared: What train and validation share, in words, one line a kind. Early stopping says less by it; scores on test do
            not.
    """

    corpus: Corpus
    split: Split
    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]
    missing: Mapping[str, tuple[str, ...]]
    without_media: Mapping[str, tuple[str, ...]]
    other_kind: Mapping[str, int] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Sides({len(self.train)} train, {len(self.validation)} validation, {len(self.test)} test)"

    def keys(self) -> dict[str, tuple[str, ...]]:
        """Return the keys of each side."""
        return {"train": self.train, "validation": self.validation, "test": self.test}

    def left_out(self) -> tuple[str, ...]:
        """Return what is left out, one line a side and reason; nothing where all is there.

        Example:
            >>> from emos_io.corpus import split
            >>> from emos_io.testing import tiny_corpus
            >>> corpus = tiny_corpus()
            >>> half = split(corpus, seed=1, test=0.5, by=[])
            >>> Sides(corpus, half, (), (), (), {"train": ("own/9",)}, {}).left_out()
            ('1 item of train is left out, which the corpus lacks: own/9',)
        """
        reasons = ((self.missing, "which the corpus lacks"), (self.without_media, "without media at hand"))
        missing = [
            f"{_items(len(keys))} of {side} {_are(len(keys))} left out, {why}: {_some(keys)}"
            for found, why in reasons
            for side, keys in found.items()
        ]
        other = [
            f"{_items(count)} of {side} {_are(count)} left out, of a kind that the recipe does not use"
            for side, count in self.other_kind.items()
        ]
        return (*missing, *other)


def sides_of(
    corpus: Corpus, split: Split, *, kinds: Sequence[ItemKind] = ITEM_KINDS, on_missing: OnMissing = "raise"
) -> Sides:
    """Return the sides of a split, checked: nothing of test is in train or validation, and there is something to stop by.

    What test may not share with them are items, groups of all kinds that the items have (a speaker, a dialogue, a film) and
    media, as `emos_io.corpus.leaks` finds them. What that calls a note is allowed, and so are texts; both are counted.

    Args:
        corpus: The corpus, its media linked.
        split: A split with a validation side.
        kinds: Kinds of items that are used, ``"monologues"`` and ``"clips"``; others are counted and left out.
        on_missing: What keys do that the corpus lacks, and items of train and validation without media at hand: ``"raise"``,
            or ``"skip"``: they are left out, and counted in what this returns.

    Raises:
        InvalidArgument: The split has no validation side or nothing to learn from, shares something of test with another side,
            or an item is missing and `on_missing` is ``"raise"``.

    Cost: that of `emos_io.corpus.leaks` without digests, and a look at each media file's name.

    Example:
        >>> from emos_io.corpus import split
        >>> from emos_io.testing import tiny_corpus
        >>> corpus = tiny_corpus(media=None)
        >>> sides_of(corpus, split(corpus, seed=1, test=0.3))
        Traceback (most recent call last):
        ...
        emos_io.errors.InvalidArgument: split must have a validation side, got none; make one with emos splits CORPUS --seed 7 \
--validation 0.2 --out split.json
    """
    _check_split(split)
    chosen = choice(on_missing, ON_MISSING, "on_missing")
    used = {choice(kind, ITEM_KINDS, "kinds") for kind in kinds}
    items: dict[str, Clip | Monologue] = {item.key: item for item in corpus}
    listed: dict[str, tuple[str, ...]] = {"train": split.train, "validation": split.validation, "test": split.test}
    missing = {side: tuple(key for key in keys if key not in items) for side, keys in listed.items()}
    if chosen == "raise":
        _refuse_missing(missing)
    allowed, shared = _check_apart(corpus, split)
    known = {side: [key for key in keys if key in items] for side, keys in listed.items()}
    there = {side: tuple(key for key in keys if _kind_of(items[key]) in used) for side, keys in known.items()}
    other = {side: len(known[side]) - len(there[side]) for side in TRAINING_SIDES}
    for side in TRAINING_SIDES:
        if not there[side]:
            raise InvalidArgument(
                f"split must have {' or '.join(sorted(used))} of the corpus in {side}, got {_items(len(listed[side]))} without "
                "any; divide this corpus with emos splits, or set kinds under [data] of the recipe",
            )
    without = {side: tuple(key for key in there[side] if not _has_media(items[key])) for side in TRAINING_SIDES}
    if chosen == "raise":
        _refuse_without_media(without, there)
    usable = {side: tuple(key for key in there[side] if key not in set(without[side])) for side in TRAINING_SIDES}
    for side in TRAINING_SIDES:
        if not usable[side]:
            raise InvalidArgument(
                f"corpus must have media of {side}, got none for {_items(len(there[side]))}; link them with --media, or make "
                "some with emos synthesize",
                key=there[side][0],
            )
    return Sides(
        corpus,
        split,
        usable["train"],
        usable["validation"],
        there["test"],
        {side: keys for side, keys in missing.items() if keys},
        {side: keys for side, keys in without.items() if keys},
        {side: count for side, count in other.items() if count},
        allowed,
        shared,
    )


def _check_split(split: object) -> None:
    if isinstance(split, Folds):
        raise InvalidArgument(
            f"split must be one split, got {len(split)} folds; take one with folds.split(test=0, validation=1)"
        )
    if not isinstance(split, Split):
        raise InvalidArgument(f"split must be a Split, got {short_repr(split)}; read its file with load_split")
    if not split.validation:
        raise InvalidArgument(f"split must have a validation side, got none; {MAKE_ONE}")
    if not split.train:
        raise InvalidArgument(f"split must have items to train on, got none; {MAKE_ONE}")


def _refuse_missing(missing: Mapping[str, Sequence[str]]) -> None:
    for side, keys in missing.items():
        if keys:
            raise InvalidArgument(
                f"split must have keys of the corpus, got {len(keys)} of {side} that it lacks, such as {keys[0]!r}; read the "
                'corpus that was divided, or set on_error = "mask" under [data] of the recipe',
                key=keys[0],
            )


def _refuse_without_media(without: Mapping[str, Sequence[str]], there: Mapping[str, Sequence[str]]) -> None:
    for side, keys in without.items():
        if keys:
            raise InvalidArgument(
                f"corpus must have media of {side}, got none for {len(keys)} of {_items(len(there[side]))}, such as "
                f'{keys[0]!r}; link them with --media, or set on_error = "mask" under [data] of the recipe',
                key=keys[0],
            )


def _kind_of(item: Clip | Monologue) -> ItemKind:
    return "clips" if isinstance(item, Clip) else "monologues"


def _has_media(item: Clip | Monologue) -> bool:
    return item.path is not None and Path(item.path).is_file()


def _check_apart(corpus: Corpus, split: Split) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Refuse what test shares with another side; return what it may share, and what train and validation share, in words."""
    refused: dict[tuple[str, str | None], list[Leak]] = defaultdict(list)
    allowed: dict[tuple[str, str | None], list[Leak]] = defaultdict(list)
    others: dict[tuple[str, str | None], list[Leak]] = defaultdict(list)
    for leak in leaks(corpus, split).leaks:
        is_fault = leak.kind in _APART and leak.severity == "fault"
        found = others if "test" not in leak.sides else refused if is_fault else allowed
        found[leak.kind, leak.group].append(leak)
    if refused:
        shared = " and ".join(_counted(*which, each) for which, each in refused.items())
        first = next(iter(refused.values()))[0]
        side = next(side for side in TRAINING_SIDES if side in first.sides)
        where = f"{side} {first.sides[side][0]!r}, test {first.sides['test'][0]!r}"
        raise InvalidArgument(
            f"split must keep test apart from train and validation, got {shared} on both, such as {first.names[0]!r} "
            f"({where}); divide again with emos splits, which keeps groups together; emos leaks lists all",
            key=first.sides["test"][0],
        )
    return tuple(f"test shares {_counted(*which, each)} with another side" for which, each in allowed.items()), tuple(
        f"train and validation share {_counted(*which, each)}" for which, each in others.items()
    )


def _counted(kind: str, group: str | None, found: Sequence[Leak]) -> str:
    one, several = _SHARED[kind]
    return f"{len(found)} {(one if len(found) == 1 else several).format(group=group)}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _items(count: int) -> str:
    return f"{count} item{'' if count == 1 else 's'}"


def _some(keys: Sequence[str]) -> str:
    return ", ".join(keys[:_NUM_EXAMPLES]) + (", ..." if len(keys) > _NUM_EXAMPLES else "")
