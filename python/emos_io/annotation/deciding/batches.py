"""Which rows are fitted together, and by which fit each row is decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InvalidArgument
from ..vote_table import VoteTable, panels
from .options import Batches


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that are fitted together.

    Attributes:
        name: ``panel 1`` and so on, ``all``, or the name that was given.
        fitted: The rows that the method is fitted on, by index.
        rows: The rows that are decided by this fit, by index; the fitted ones are among them.
    """

    name: str
    fitted: tuple[int, ...]
    rows: tuple[int, ...]


def batches_of(table: VoteTable, by: Batches, fit_on: Collection[str] | None, *, first: int = 1) -> list[Batch]:
    """Return the batches of a table, in order of their names, or panels in order of their raters.

    A row that is not fitted belongs to the panel of most of its raters; of equal ones to that of more fitted rows. It is in no
    batch where none of its raters was fitted, or nothing of its batch.

    Args:
        table: Rows with votes.
        by: ``"panel"``, ``"all"``, or names of batches by key of item.
        fit_on: Keys of the items that are fitted; None for all.
        first: The number of the first panel.

    Raises:
        InvalidArgument: An item has no name of a batch.
    """
    keys = None if fit_on is None else set(fit_on)
    fitted = [row for row, each in enumerate(table.rows) if keys is None or each.item in keys]
    if by == "panel":
        return _panels(table, fitted, first)
    names = [_name(by, each.item) for each in table.rows]
    if isinstance(by, Mapping):
        _check_named(table, names, by)
    found: list[Batch] = []
    for name in sorted({each for each in names if each is not None}):
        own = tuple(row for row in fitted if names[row] == name)
        rows = tuple(row for row, each in enumerate(names) if each == name) if own else ()
        found.append(Batch(name, own, rows))
    return found


def panel_raters(table: VoteTable, rows: Iterable[int]) -> list[tuple[str, ...]]:
    """Return the raters of each panel of some rows, in order of their names."""
    part = table.select(list(rows))
    return sorted(part.select(panel).raters for panel in panels(part))


def _panels(table: VoteTable, fitted: Sequence[int], first: int) -> list[Batch]:
    part = table.select(fitted)
    found = [[fitted[row] for row in panel] for panel in panels(part)]
    raters = [table.select(panel).raters for panel in found]
    order = sorted(range(len(found)), key=lambda index: raters[index])
    found = [found[index] for index in order]
    number_of = {rater: number for number, index in enumerate(order) for rater in raters[index]}
    rows = [list(panel) for panel in found]
    voted, in_fit = table.voted, set(fitted)
    for row in range(len(table)):
        if row not in in_fit:
            names = (table.raters[column] for column in np.flatnonzero(voted[row]))
            voters = Counter(number_of[name] for name in names if name in number_of)
            if voters:
                rows[max(voters, key=lambda number: (voters[number], len(found[number]), -number))].append(row)
    return [
        Batch(f"panel {first + number}", tuple(panel), tuple(sorted(rows[number])))
        for number, panel in enumerate(found)
    ]


def _name(by: Batches, key: str) -> str | None:
    return by.get(key) if isinstance(by, Mapping) else by


def _check_named(table: VoteTable, names: Sequence[str | None], by: Mapping[str, str]) -> None:
    missing = list(dict.fromkeys(row.item for row, name in zip(table.rows, names, strict=True) if name is None))
    if missing:
        raise InvalidArgument(
            f"batch must name the batch of every item with votes, got {len(by)} names and {len(missing)} items without one, "
            f"such as {missing[0]!r}; add them",
            key=missing[0],
        )
