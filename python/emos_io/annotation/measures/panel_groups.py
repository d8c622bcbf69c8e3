"""The panels of raters of a corpus in one layer, and which of their items stay together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from ..._arrays import BoolArray, Int64Array
from ...corpus import CorpusData, Taxonomy
from ...corpus.division import checked_kinds, groups_of, is_file, make_groups
from ...errors import InvalidArgument
from ..stray_votes import stray_votes
from ..vote_table import VoteTable, panels, vote_table

ItemKind = Literal["clips", "monologues"]


@dataclass(frozen=True, slots=True, eq=False)
class PanelTable:
    """The votes of one panel, in an order that does not depend on that of the items.

    Attributes:
        kind: Clips or monologues.
        table: The votes; rows are sorted by key and time.
        group: int64 ``[N]``: the group of each row, numbered in the order of their first keys.
        group_kinds: The kinds of groups that the items are in, besides the file of each; none where there are none.
        stray: Votes on the rows that alone would link the panel with another, as (rater, key of item); they are left out.
    """

    kind: ItemKind
    table: VoteTable
    group: Int64Array
    group_kinds: tuple[str, ...]
    stray: tuple[tuple[str, str], ...] = ()

    @property
    def row_weights(self) -> tuple[Fraction, ...] | None:
        """The seconds of rows of monologues; None for clips, which count as 1."""
        return None if self.kind == "clips" else self.table.weights()

    def amount(self, rows: BoolArray) -> Fraction:
        """Return how much some rows count, bool ``[N]``: a number of clips, or seconds."""
        if self.kind == "clips":
            return Fraction(int(rows.sum()))
        return sum((self.table.rows[index].weight for index in np.flatnonzero(rows)), Fraction(0))


def panel_tables(corpus: CorpusData, names: Taxonomy) -> list[PanelTable]:
    """Return the panels of a layer: those on clips, then those on monologues, each in the order of its first item.

    Raises:
        InvalidArgument: Nobody voted in the layer.
    """
    groups = _Groups(corpus)
    found: list[PanelTable] = []
    for table in (vote_table(corpus.clips, names), vote_table(corpus.monologues, names)):
        kind: ItemKind = "monologues" if any(row.span is not None for row in table.rows) else "clips"
        stray = stray_votes(table)
        linked = _without(table, stray)
        for rows in panels(linked):
            order = sorted(rows, key=lambda index: (linked.rows[index].item, _start(linked, index)))
            chosen = linked.select(order)
            keys = [row.item for row in chosen.rows]
            left_out = [(row, rater) for row in order for rater in np.flatnonzero(stray[row])]
            names_of = tuple((table.raters[rater], table.rows[row].item) for row, rater in left_out)
            found.append(PanelTable(kind, chosen, groups.numbers(keys), groups.kinds(keys), names_of))
    if not found:
        layers = sorted({vote.layer for item in corpus for vote in item.votes if vote.role == "annotate"})
        have = f"there are votes in {', '.join(layers)}" if layers else "the corpus has no votes at all"
        raise InvalidArgument(f"layer must be one that raters voted in, got {names.name!r}; {have}")
    return found


def _without(table: VoteTable, votes: BoolArray) -> VoteTable:
    """Return the table without some votes, bool ``[N, R]``; rows and raters stay."""
    return replace(
        table,
        members=table.members & ~votes[:, :, None],
        abstained=table.abstained & ~votes,
        unusable=table.unusable & ~votes,
    )


def _start(table: VoteTable, index: int) -> Fraction:
    span = table.rows[index].span
    return Fraction(0) if span is None else span.start


class _Groups:
    """The groups of items that a split would keep together by default."""

    def __init__(self, corpus: CorpusData) -> None:
        self._items = {item.key: item for item in corpus}
        items = sorted(corpus, key=lambda item: item.key)
        self._by = checked_kinds(None, items)
        groups = make_groups(items, self._by, by_default=True)
        # The name of a group is its first key.
        self._group = {key: min(keys) for keys in groups for key in keys}

    def numbers(self, keys: list[str]) -> Int64Array:
        """Return the group of each key."""
        number = {name: index for index, name in enumerate(sorted({self._group[key] for key in keys}))}
        return np.array([number[self._group[key]] for key in keys], np.int64)

    def kinds(self, keys: list[str]) -> tuple[str, ...]:
        """Return the kinds of groups that some items are in, besides their own files."""
        found = {
            kind
            for key in set(keys)
            for kind, names in groups_of(self._items[key]).items()
            if kind in self._by and any(not is_file(self._items[key], kind, name) for name in names)
        }
        return tuple(sorted(found))
