"""Names that somebody gave, and the nearest of those that there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..media_names import fold_name
from ..normalise import distance

MAX_SLIPS = 2
"""Letters by which a name may differ from one that is offered instead."""


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the name that may be meant: equal but for letter case, else the nearest within `MAX_SLIPS`, else None.

    Example:
        >>> nearest("emotion", ["words", "Emotion"]), nearest("ann", ["bob", "carl"])
        ('Emotion', None)
    """
    folded = fold_name(name)
    slips = sorted((distance(folded, fold_name(each)), each) for each in names)
    if slips and slips[0][0] <= min(MAX_SLIPS, len(folded) // 2):
        return slips[0][1]
    return None


def what_to_give(name: str, names: Collection[str], otherwise: str) -> str:
    """Return what to do about a name that is none of some names: give the nearest one of several, else something else."""
    found = nearest(name, names) if len(names) > 1 else None
    return otherwise if found is None else f"give {found!r} if it is meant"
