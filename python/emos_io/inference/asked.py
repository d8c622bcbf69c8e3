"""Which items are asked: those of a side of a split whose media are at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from .._checks import choice
from ..corpus import Clip, Corpus, Folds, Monologue, Split
from ..errors import InvalidArgument, short_repr

Item: TypeAlias = Clip | Monologue
ItemKind = Literal["monologues", "clips"]
PredictSide = Literal["train", "validation", "test", "all"]
PREDICT_SIDES: tuple[PredictSide, ...] = ("train", "validation", "test", "all")


@dataclass(frozen=True, slots=True)
class Asked:
    """The items that are asked.

    Attributes:
        corpus: The corpus.
        side: The side of the split, or None without a split.
        split_sha256: That of the split, or None.
        monologues, clips: Items with media at hand, in order of their keys.
        without_media: Keys of items of the side without media at hand, which are not asked.
    """

    corpus: Corpus
    side: PredictSide | None
    split_sha256: str | None
    monologues: tuple[Monologue, ...]
    clips: tuple[Clip, ...]
    without_media: tuple[str, ...]

    @property
    def items(self) -> dict[str, Item]:
        """The items by key."""
        items: list[Item] = [*self.monologues, *self.clips]
        return {item.key: item for item in items}


def asked_of(
    corpus: Corpus,
    *,
    split: Split | None,
    side: PredictSide | None,
    kinds: Sequence[ItemKind],
    hint: str = "ask for the other kind",
) -> Asked:
    """Return the items that are asked.

    Args:
        corpus: The corpus, its media linked.
        split: A split of the corpus; None for all of its items.
        side: The side that is asked; None for test. Without a split it must be left out.
        kinds: Kinds of items that are asked.
        hint: What to do where the side has items of other kinds alone.

    Raises:
        InvalidArgument: The split is none or of other items, or no item has media.
    """
    chosen = choice(side or ("test" if split is not None else "all"), PREDICT_SIDES, "side")
    keys = set(_keys_of(corpus, split, chosen))
    items = [item for item in sorted(corpus, key=lambda each: each.key) if item.key in keys]
    wanted = [item for item in items if ("clips" if isinstance(item, Clip) else "monologues") in kinds]
    if not wanted:
        where = "corpus" if split is None else f"the {chosen} side"
        raise InvalidArgument(
            f"{where} must have {' or '.join(kinds)}, got {len(items)} other items; {hint}, or take another side"
        )
    without = tuple(item.key for item in wanted if item.path is None or not Path(item.path).is_file())
    if len(without) == len(wanted):
        raise InvalidArgument(
            f"corpus must have media, got none for {len(wanted)} items that are asked; link them with --media, or make some "
            "with emos synthesize",
            key=without[0],
        )
    missing = set(without)
    return Asked(
        corpus,
        None if split is None else chosen,
        None if split is None else split.sha256,
        tuple(item for item in wanted if isinstance(item, Monologue) and item.key not in missing),
        tuple(item for item in wanted if isinstance(item, Clip) and item.key not in missing),
        without,
    )


def _keys_of(corpus: Corpus, split: object, side: PredictSide) -> Sequence[str]:
    if split is None:
        if side != "all":
            raise InvalidArgument(f"side must be left out without a split, got {side!r}; give the split too")
        return [item.key for item in corpus]
    if isinstance(split, Folds):
        raise InvalidArgument(
            f"split must be one split, got {len(split)} folds; take one with folds.split(test=0, validation=1)"
        )
    if not isinstance(split, Split):
        raise InvalidArgument(f"split must be a Split, got {short_repr(split)}; read its file with load_split")
    sides: Mapping[str, Sequence[str]] = {
        "train": split.train,
        "validation": split.validation or (),
        "test": split.test,
    }
    keys = [key for name, own in sides.items() if side in (name, "all") for key in own]
    known = {item.key for item in corpus}
    lacking = [key for key in keys if key not in known]
    if lacking:
        raise InvalidArgument(
            f"split must be of items of the corpus, got {len(lacking)} of {len(keys)} keys that it lacks, such as "
            f"{lacking[0]!r}; read the corpus that was divided",
            key=lacking[0],
        )
    if not keys:
        raise InvalidArgument(f"split must have items in {side}, got none; take another side")
    return keys
