"""Confusion matrices: how much of each true class got each answer."""

from __future__ import annotations

from collections.abc import Sequence

from ....evaluation import ScoreTable
from ...colours import ink_on
from ...drawing import Box, Drawing, Shape, Text, fitted, widest
from ..content import ReportRun
from .figure import Cell, Figure, Group, group_tables, group_title, run_marks, score_table_cells

MOST_CLASSES = 64
"""A matrix of more classes is not drawn: nobody could read it."""
_CELL, _ROW, _MARGIN, _TEXT_SIZE = 31.0, 26.0, 4.0, 10.0
_MOST_NAME = 84.0
_WHITE, _DEEP = (255, 255, 255), (20, 74, 140)
_EMPTY = "#e4e4e4"


def confusion_matrices(runs: Sequence[ReportRun], group: Group) -> list[Figure]:
    """Return the confusion matrix of each run that has one of a group."""
    marks = run_marks(len(runs)) if len(runs) > 1 else ("",)
    return [
        _figure(run, mark, group, table)
        for run, mark in zip(runs, marks, strict=True)
        for table in group_tables(run, group)
        if table.name == "confusion"
    ]


def _figure(run: ReportRun, mark: str, group: Group, table: ScoreTable) -> Figure:
    unit = "clips" if group[1] == "clips" else "seconds"
    cells = score_table_cells(run.name, table)
    title = f"Confusion, {group_title(group)}: {f'{mark} = ' if mark else ''}{run.name}"
    is_large = len(table.rows) > MOST_CLASSES
    note = f"a matrix of {len(table.rows)} classes is not drawn, as more than {MOST_CLASSES}; emos report --tables writes it"
    return Figure(
        name="-".join(filter(None, ("confusion", *group, mark))),
        title=title,
        caption=f"A row is a true class, a column an answer, a cell {unit}. The darker a cell, the larger its share of its "
        "row; the diagonal is right. A grey row has no truth. The last column is no answer, or a word that is no class.",
        table=cells,
        drawing=None if is_large else _drawing(table, cells.rows, f"{title}, in {unit}."),
        notes=(note,) if is_large else (),
        in_drawing=True,
    )


def _drawing(table: ScoreTable, rows: Sequence[Sequence[Cell]], description: str) -> Drawing:
    names = [str(row[0]) for row in table.rows]
    heads = [name.replace("_", " ") if index == len(names) else name for index, name in enumerate(table.columns[1:])]
    texts = [cell.text for row in rows for cell in row[1:]]
    cell_width = max(_CELL, widest(texts, _TEXT_SIZE) + 4)
    name_width = min(_MOST_NAME, widest(names) + 4)
    top = _MARGIN + min(_MOST_NAME + 20, widest(heads) + 6)
    left = _MARGIN + name_width
    shapes: list[Shape] = []
    for index, head in enumerate(heads):
        short = fitted(head, top - _MARGIN - 4)
        x = left + (index + 0.5) * cell_width
        tooltip = head if short != head else ""
        shapes.append(Text(x, top - 4, (short,), is_upright=True, limit=top - _MARGIN, tooltip=tooltip))
    for index, (name, row) in enumerate(zip(names, rows, strict=True)):
        y = top + index * _ROW
        short = fitted(name, name_width)
        tooltip = name if short != name else ""
        shapes.append(Text(_MARGIN, y + _ROW / 2, (short,), limit=name_width, tooltip=tooltip))
        amounts = [_amount(cell) for cell in row[1:]]
        total = sum(amounts)
        for column, (cell, amount) in enumerate(zip(row[1:], amounts, strict=True)):
            fill = _shade(amount / total) if total else _EMPTY
            x = left + column * cell_width
            shapes.append(Box(x, y, cell_width - 1, _ROW - 1, "cell", fill))
            middle = (x + (cell_width - 1) / 2, y + (_ROW - 1) / 2)
            assert cell.number is not None, "all but the name of a row are numbers"
            shapes.append(Text(*middle, (cell.number,), "cell", ink_on(fill), "middle", _TEXT_SIZE))
    width = left + len(heads) * cell_width + _MARGIN
    return Drawing(round(width), round(top + len(names) * _ROW + _MARGIN), description, tuple(shapes))


def _amount(cell: Cell) -> float:
    return float(cell.value) if isinstance(cell.value, int | float) else 0.0


def _shade(share: float) -> str:
    parts = (round(white + (deep - white) * share) for white, deep in zip(_WHITE, _DEEP, strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)
