"""Which rows are fitted together, and by which fit each row is decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...errors import InvalidArgument
from ..stray_votes import stray_votes
from ..vote_table import VoteTable, panels
from .options import Batches
from .reports import amount


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that are fitted together.

    Attributes:
        name: ``panel 1`` and so on, ``all``, or the name that was given.
        fitted: The rows that the method is fitted on, by index.
        rows: The rows that are decided by this fit, by index; the fitted ones are among them.
        raters: The raters whose votes are used.
    """

    name: str
    fitted: tuple[int, ...]
    rows: tuple[int, ...]
    raters: tuple[str, ...]


def batches_of(
    table: VoteTable, by: Batches, fit_on: Collection[str] | None, *, is_fit: bool, first: int = 1
) -> list[Batch]:
    """Return the batches of a table, in order of their names, or panels in order of their raters.

    Stray votes (see `stray_votes`) make no panels of what is fitted, and are not used. A row that is not fitted belongs to the
    panel of most of its raters; of equal ones to that of more fitted rows. It is in no batch where none of its raters was
    fitted, or nothing of its batch.

    Args:
        table: Rows with votes.
        by: ``"panel"``, ``"all"``, or names of batches by key of item.
        fit_on: Keys of the items that are fitted; None for all.
        is_fit: Whether anything is fitted; else every vote counts.
        first: The number of the first panel.

    Raises:
        InvalidArgument: An item has no name of a batch.
    """
    keys = None if fit_on is None else set(fit_on)
    fitted = [row for row, each in enumerate(table.rows) if keys is None or each.item in keys]
    if by == "panel":
        return _panels(table, fitted, first, without_strays=is_fit)
    names = [_name(by, each.item) for each in table.rows]
    if isinstance(by, Mapping):
        _check_named(table, names, by)
    found: list[Batch] = []
    for name in sorted({each for each in names if each is not None}):
        own = tuple(row for row in fitted if names[row] == name)
        rows = tuple(row for row, each in enumerate(names) if each == name) if own else ()
        found.append(Batch(name, own, rows, table.select(own).raters if own else ()))
    return found


def panel_raters(table: VoteTable, rows: Iterable[int]) -> list[tuple[str, ...]]:
    """Return the raters of each panel of some rows, in order of their names; stray votes link no panels."""
    part = _without_strays(table.select(list(rows)))
    return sorted(part.select(panel).raters for panel in panels(part))


def _without_strays(table: VoteTable) -> VoteTable:
    return replace(table, members=table.members & ~stray_votes(table)[:, :, None])


def _panels(table: VoteTable, fitted: Sequence[int], first: int, *, without_strays: bool) -> list[Batch]:
    part = table.select(fitted)
    if without_strays:
        part = _without_strays(part)
    rows_of_panels = panels(part)
    raters = [part.select(panel).raters for panel in rows_of_panels]
    found = [[fitted[row] for row in panel] for panel in rows_of_panels]
    order = sorted(range(len(found)), key=lambda index: raters[index])
    found, raters = [found[index] for index in order], [raters[index] for index in order]
    number_of = {rater: number for number, names in enumerate(raters) for rater in names}
    rows = [list(panel) for panel in found]
    voted, in_fit = table.voted, set(fitted)
    for row in range(len(table)):
        if row not in in_fit:
            there = (table.raters[column] for column in np.flatnonzero(voted[row]))
            voters = Counter(number_of[name] for name in there if name in number_of)
            if voters:
                rows[max(voters, key=lambda number: (voters[number], len(found[number]), -number))].append(row)
    return [
        Batch(f"panel {first + number}", tuple(panel), tuple(sorted(rows[number])), raters[number])
        for number, panel in enumerate(found)
    ]


def _name(by: Batches, key: str) -> str | None:
    return by.get(key) if isinstance(by, Mapping) else by


def _check_named(table: VoteTable, names: Sequence[str | None], by: Mapping[str, str]) -> None:
    missing = list(dict.fromkeys(row.item for row, name in zip(table.rows, names, strict=True) if name is None))
    if missing:
        raise InvalidArgument(
            f"batch must name the batch of every item with votes, got {amount(by, 'name')} and {amount(missing, 'item')} "
            f"without one, such as {missing[0]!r}; add them",
            key=missing[0],
        )
