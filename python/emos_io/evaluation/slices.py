"""Parts of what is scored: items of one language, confidence tier, source or film, and of two of these at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from .._arrays import BoolArray
from .._checks import choice
from ..corpus import CONFIDENCE_TIERS, Clip, Monologue
from ..corpus._frozen import freeze
from ..errors import InvalidArgument, short_repr

SliceBy = Literal["language", "confidence_tier", "source", "film"]
"""What items may be sliced by."""
SLICES_BY: tuple[SliceBy, ...] = get_args(SliceBy)
"""All of them, in the order of tables."""
_PAIRS: tuple[tuple[SliceBy, SliceBy], ...] = (("confidence_tier", "language"), ("confidence_tier", "source"))
"""What is sliced by two at once: a tier means another thing in each source."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some of the items that are scored.

    Attributes:
        of: What they have in common, by kind, such as ``{"language": "en"}``.
        rows: bool ``[N]``: which of the items they are.
    """

    of: Mapping[str, str]
    rows: BoolArray = field(compare=False)

    def __post_init__(self) -> None:
        freeze(self, "of")


def checked_by(by: object) -> tuple[SliceBy, ...]:
    """Return what items are sliced by, each once, in the order of tables.

    Raises:
        InvalidArgument: It is no sequence of such names.
    """
    if not isinstance(by, Iterable) or isinstance(by, str | bytes):
        raise InvalidArgument(
            f"by must be a sequence of names, got {short_repr(by)}; give any of {', '.join(SLICES_BY)}"
        )
    given = {choice(each, SLICES_BY, "by") for each in by}
    return tuple(each for each in SLICES_BY if each in given)


def slices_of(items: Sequence[Clip | Monologue], layer: str, by: Sequence[SliceBy]) -> list[Slice]:
    """Return the slices of items: of each value of each kind, then of two kinds at once.

    An item that has no value of a kind is in no slice of that kind. A film is the title of a monologue.

    Args:
        items: The items, in the order of the rows.
        layer: The layer whose decisions have the confidence tiers.
        by: What they are sliced by.

    Returns:
        The slices, each of one item or more; tiers from high to low, other values in alphabetical order.

    Example:
        >>> clips = [Clip(key=f"own/{k}", source="own", language=("en", "zh")[k % 2]) for k in range(3)]
        >>> [(dict(each.of), int(each.rows.sum())) for each in slices_of(clips, "basic7", ("language", "film"))]
        [({'language': 'en'}, 2), ({'language': 'zh'}, 1)]
    """
    values = {each: [_value(item, layer, each) for item in items] for each in by}
    found = [
        Slice({each: value}, np.array([other == value for other in values[each]], np.bool_))
        for each in by
        for value in _ordered(values[each], each)
    ]
    for first, second in _PAIRS:
        if first in values and second in values:
            pairs = list(zip(values[first], values[second], strict=True))
            for one in _ordered(values[first], first):
                for other in _ordered(values[second], second):
                    rows = np.array([pair == (one, other) for pair in pairs], np.bool_)
                    if rows.any():
                        found.append(Slice({first: one, second: other}, rows))
    return found


def _value(item: Clip | Monologue, layer: str, by: SliceBy) -> str:
    """Return what an item is of a kind, or ``""``."""
    if by == "language":
        return item.language
    if by == "film":
        return item.title if isinstance(item, Monologue) else ""
    if isinstance(item, Monologue):
        return ""
    if by == "source":
        return item.source
    decision = item.decisions.get(layer)
    return "" if decision is None else decision.confidence_tier or ""


def _ordered(values: Sequence[str], by: SliceBy) -> list[str]:
    present = set(values) - {""}
    return [each for each in CONFIDENCE_TIERS if each in present] if by == "confidence_tier" else sorted(present)
