"""A published table held against the same table computed from the release, cell by cell."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

Cells = Mapping[str, Any]
"""Figures by row; a row is one figure, a list of figures, or figures by name."""


@functools.cache
def figures() -> dict[str, Any]:
    """Return the figures that the paper prints, by table."""
    text = resources.files(__package__).joinpath("figures.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """One table of the paper.

    Attributes:
        name, title: Which.
        paper: Figures as printed.
        ours: The same cells from the release, unrounded.
        equal: For each cell whether ours, rounded to the digits that are printed, is the paper's.
        why: For rows that are not equal in every cell, the reason.
        also: Further figures that belong beside the table.
    """

    name: str
    title: str
    paper: Cells
    ours: Cells
    equal: Cells
    why: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, Any] = field(default_factory=dict)

    @property
    def all_equal(self) -> bool:
        """Whether every cell is the paper's."""
        return all(all(_flat(row)) for row in self.equal.values())

    def as_dict(self) -> dict[str, Any]:
        """Return the table as the JSON object that ``emos tables`` prints."""
        return {
            "title": self.title,
            "paper": self.paper,
            "ours": self.ours,
            "equal": self.equal,
            "why": self.why,
            "also": self.also,
        }


def compare(
    name: str,
    ours: Cells,
    *,
    digits: Mapping[str, int] | int,
    why: Mapping[str, str] | None = None,
    also: Mapping[str, Any] | None = None,
) -> Comparison:
    """Hold computed rows against those of the paper.

    Args:
        name: ``"table1"`` and so on.
        ours: Rows of the shape of the paper's.
        digits: Digits after the point that the paper prints, for all rows or by row (default 0).
        why: Reasons by row; those of rows that are equal are left out, and a row without one says that none is known.
        also: Further figures.
    """
    table = figures()[name]
    paper: Cells = table["rows"]
    equal: dict[str, Any] = {}
    for row, printed in paper.items():
        places = digits if isinstance(digits, int) else digits.get(row, 0)
        equal[row] = _equal(printed, ours[row], places)
    unequal = [row for row, cells in equal.items() if not all(_flat(cells))]
    unknown = "the files of the release give another figure, and no way of counting was found that gives the paper's"
    reasons = {row: (why or {}).get(row, unknown) for row in unequal}
    return Comparison(name, table["title"], paper, ours, equal, reasons, also or {})


def _equal(printed: Any, own: Any, places: int) -> Any:
    if isinstance(printed, Mapping):
        return {
            key: _equal(each, own[key], places if not isinstance(each, int) else 0) for key, each in printed.items()
        }
    if isinstance(printed, list):
        return [_equal(each, mine, places) for each, mine in zip(printed, own, strict=True)]
    if isinstance(printed, str):
        return bool(printed == own)
    # Half a unit of the last printed digit, and what binary fractions lose.
    return bool(abs(own - printed) <= 0.5 * 10**-places + 1e-9)


def _flat(cells: Any) -> list[bool]:
    if isinstance(cells, Mapping):
        return [each for row in cells.values() for each in _flat(row)]
    if isinstance(cells, list):
        return [each for row in cells for each in _flat(row)]
    return [cells]
