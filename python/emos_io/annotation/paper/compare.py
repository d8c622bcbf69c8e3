"""Compare a published table, cell by cell, with the same table computed from the release."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import NotRequired, TypeAlias, TypedDict

TableRow: TypeAlias = "float | str | Sequence[TableRow] | Mapping[str, TableRow] | None"
"""One figure, a list of figures, or figures by name; None where the release cannot give it."""

Cells = Mapping[str, TableRow]
"""The rows of a table, by name."""

PRINTED_ROUNDING = 1e-9
"""The largest error of figures of a table as doubles: far above their rounding, far below the last printed digit."""


class PaperTable(TypedDict):
    """One table as the paper prints it."""

    title: str
    columns: NotRequired[list[str]]
    class_distribution_pct: NotRequired[dict[str, float]]
    rows: dict[str, TableRow]


@functools.cache
def figures() -> dict[str, PaperTable]:
    """Return the tables with the figures that the paper prints, by ``"table1"`` and so on."""
    text = resources.files(__package__).joinpath("figures.json").read_text("utf-8")
    tables: dict[str, PaperTable] = {name: table for name, table in json.loads(text).items() if name != "source"}
    return tables


@dataclass(frozen=True, slots=True)
class Comparison:
    """One table of the paper, beside the same table of the release. Its repr prints counts, not figures.

    Attributes:
        name: ``"table1"`` and so on.
        title: The title of the table.
        paper: The figures as printed.
        ours: The same cells from the release, not rounded; None for a row that the release cannot give.
        equal: For each cell, True where ours, rounded to the printed digits, equals the paper's; None for a row that is not
            compared: the release cannot give it, or ours is of other items.
        why: The reason for each row that is not equal in every cell, or not compared.
        also: Further figures that explain the table.
    """

    name: str
    title: str
    paper: Cells
    ours: Cells
    equal: Cells
    why: Mapping[str, str] = field(default_factory=dict)
    also: Cells = field(default_factory=dict)

    def __repr__(self) -> str:
        num_compared = sum(row is not None for row in self.equal.values())
        unequal = len(self.why) - (len(self.paper) - num_compared)
        others = "" if num_compared == len(self.paper) else f", {len(self.paper) - num_compared} not comparable"
        return f"Comparison({self.name}, {len(self.paper)} rows, {unequal} not equal{others})"

    @property
    def is_comparable(self) -> bool:
        """True where a row is compared."""
        return any(row is not None for row in self.equal.values())

    @property
    def all_equal(self) -> bool:
        """True where every row is compared, and every cell equals the paper's."""
        return all(all(_flat(row)) for row in self.equal.values())

    def as_dict(self) -> dict[str, object]:
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
    paper: Cells | None = None,
    digits: Mapping[str, int] | int,
    of_other_items: Collection[str] = (),
    why: Mapping[str, str] | None = None,
    also: Cells | None = None,
) -> Comparison:
    """Return the comparison of computed rows with those of the paper.

    Args:
        name: ``"table1"`` and so on.
        ours: The computed rows, with the same names and shapes as those of the paper; None for a row that cannot be computed,
            which is not compared.
        paper: The rows of the paper; those of its table by default.
        digits: The number of digits after the point that the paper prints, for all rows or by row (default 0).
        of_other_items: Rows whose figures of ours are of other items than the paper's; they are not compared.
        why: Reasons by row. Those of equal rows are left out; a row without a reason gets one that says none is known.
        also: Further figures.
    """
    table = figures()[name]
    paper = table["rows"] if paper is None else paper
    equal: dict[str, TableRow] = {}
    for row, printed in paper.items():
        compared = ours[row] is not None and row not in of_other_items
        of_row = digits if isinstance(digits, int) else digits.get(row, 0)
        equal[row] = _equal(printed, ours[row], of_row) if compared else None
    unequal = [row for row, cells in equal.items() if not all(_flat(cells))]
    unknown = "the files of the release give another figure, and no way of counting was found that gives the paper's"
    reasons = {row: (why or {}).get(row, unknown) for row in unequal}
    return Comparison(name, table["title"], paper, ours, equal, reasons, also or {})


def _equal(printed: TableRow, own: TableRow, digits: int) -> TableRow:
    """Return True for each equal cell, in the shape of `printed`."""
    if isinstance(printed, str):
        return bool(printed == own)
    if isinstance(printed, Mapping):
        assert isinstance(own, Mapping)
        return {key: _equal(each, own[key], 0 if isinstance(each, int) else digits) for key, each in printed.items()}
    if isinstance(printed, Sequence):
        assert isinstance(own, Sequence)
        return [_equal(each, own_cell, digits) for each, own_cell in zip(printed, own, strict=True)]
    if own is None or printed is None:
        return False
    assert isinstance(own, int | float)
    # Half a unit of the last printed digit.
    return bool(abs(own - printed) <= 0.5 * 10**-digits + PRINTED_ROUNDING)


def _flat(cells: TableRow) -> list[bool]:
    """Return all cells of a row as one list."""
    if isinstance(cells, Mapping):
        return [each for row in cells.values() for each in _flat(row)]
    if isinstance(cells, Sequence):
        return [each for row in cells for each in _flat(row)]
    return [bool(cells)]
