"""Clusters of items that a split never separates, and the source of each: what intervals are drawn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .._arrays import BoolArray, Int64Array
from ..corpus import Clip, Folds, Monologue, Split
from ..corpus.division import checked_kinds, make_groups
from ..errors import InvalidArgument

STREAMING = "streaming"
"""The source of all monologues."""
_KINDS_OF_SIDES = ("fold", "split")
"""Kinds of groups that only say on which side an item is; items on one side are not one observation."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Clusters:
    """In which cluster each row is, and from which source each cluster.

    Attributes:
        index: int64 ``[N]``: the cluster of each row, from 0.
        names: A name for each cluster: the first key of its rows, in order of the alphabet.
        sources: The source of each cluster. Clusters are sorted by source and name, whatever the order of the rows is.
        order: int64 ``[N]``: the rows in order of cluster and key. Sums are made in this order, so that they do not depend on
            that of the rows, to the last bit.
    """

    index: Int64Array
    names: tuple[str, ...]
    sources: tuple[str, ...]
    order: Int64Array

    def __len__(self) -> int:
        """Return the number of clusters."""
        return len(self.names)

    def __repr__(self) -> str:
        sources = ", ".join(f"{count} of {source}" for source, count in sorted(Counter(self.sources).items()))
        return f"Clusters({len(self)} of {len(self.index)} rows: {sources or 'none'})"

    def selected(self, rows: BoolArray) -> Clusters:
        """Return the clusters of some of the rows, bool ``[N]``: those that have one of them."""
        keep = self.order[rows[self.order]]
        position = np.cumsum(rows) - 1
        present, index = np.unique(self.index[rows], return_inverse=True)
        return Clusters(
            index.ravel().astype(np.int64),
            tuple(self.names[each] for each in present.tolist()),
            tuple(self.sources[each] for each in present.tolist()),
            position[keep].astype(np.int64),
        )


def clusters_of(
    items: Iterable[Clip | Monologue], keys: Sequence[str], by: Split | Folds | Sequence[str] | None = None
) -> Clusters:
    """Return the clusters of rows: the connected groups of a split, as `emos_io.corpus.split` makes them.

    Args:
        items: All items of the corpus, not those of the rows alone: two of these may belong together by a third.
        keys: The key of the item of each row; each once.
        by: The split or the folds, whose kinds of groups count; or kinds of groups, as of `emos_io.corpus.split`; None for all
            kinds that the items have. Columns that only say on which side an item is (a ``split`` or ``fold`` of your own)
            count as no groups: each side would be one observation.

    Returns:
        Clusters, each of one source: of a clip its own, of a monologue ``"streaming"``; of several that of most rows.

    Raises:
        InvalidArgument: A key is of no item or comes twice, or a kind of group is not allowed.

    Cost: linear in items.

    Example:
        >>> groups = [{"dialogue": f"d{n // 2}"} for n in range(5)]
        >>> clips = [Clip(key=f"own/{n}", source="own", language="en", group=group) for n, group in enumerate(groups)]
        >>> found = clusters_of(clips, ["own/4", "own/1", "own/0"])
        >>> found, found.names, found.index.tolist()
        (Clusters(2 of 3 rows: 2 of own), ('own/0', 'own/4'), [1, 0, 0])
    """
    everything = tuple(items)
    sources = {item.key: item.source if isinstance(item, Clip) else STREAMING for item in everything}
    seen: set[str] = set()
    for key in keys:
        if key not in sources or key in seen:
            fact = "of one row each" if key in seen else "of items of the corpus"
            raise InvalidArgument(f"keys must be {fact}, got {key!r}; correct or remove it", key=key)
        seen.add(key)
    kinds, by_default = _kinds_of(by, everything)
    if isinstance(by, Split | Folds):
        divided = {*seen, *(key for side in _sides(by) for key in side)}
        everything = tuple(item for item in everything if item.key in divided)
    found: list[tuple[str, str, list[str]]] = []
    for group in make_groups(everything, kinds, by_default=by_default):
        rows = sorted(key for key in group if key in seen)
        if rows:
            counts = Counter(sources[key] for key in rows)
            found.append((min(counts, key=lambda name: (-counts[name], name)), rows[0], rows))
    found.sort(key=lambda each: each[:2])
    cluster = {key: number for number, (_, _, rows) in enumerate(found) for key in rows}
    row = {key: number for number, key in enumerate(keys)}
    return Clusters(
        np.array([cluster[key] for key in keys], np.int64),
        tuple(name for _, name, _ in found),
        tuple(source for source, _, _ in found),
        np.array([row[key] for _, _, rows in found for key in rows], np.int64),
    )


def _kinds_of(
    by: Split | Folds | Sequence[str] | None, items: Sequence[Clip | Monologue]
) -> tuple[tuple[str, ...], bool]:
    """Return the kinds of groups that make clusters, and whether they are those by default."""
    if by is not None and not isinstance(by, Split | Folds):
        return checked_kinds(by, items), False
    sides: tuple[str, ...] = _KINDS_OF_SIDES
    if isinstance(by, Split) and by.kind == "predefined":
        sides += by.by
    default = checked_kinds(None, items)
    kinds = () if by is None else tuple(kind for kind in by.by if kind not in sides)
    if kinds and by is not None and by.by != default:
        return kinds, False
    return tuple(kind for kind in default if kind not in sides), True


def _sides(by: Split | Folds) -> Iterable[Sequence[str]]:
    return by.folds if isinstance(by, Folds) else by.sides().values()
