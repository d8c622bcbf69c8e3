"""A table as a drawing, for papers that take images."""

from __future__ import annotations

from collections.abc import Sequence

from ...drawing import SIZE, Drawing, Line, Shape, Text, fitted, widest
from ...formatting import bounded
from .figure import FigureTable

MOST_COLUMNS = 40
"""A table of more columns is not drawn: nobody could read it."""
_MOST_WIDTH = 260.0
_GAP, _MARGIN, _ROW = 14.0, 8.0, 18.0


def table_drawing(table: FigureTable, title: str, notes: Sequence[str] = ()) -> Drawing:
    """Return a table as a drawing; long texts are cut, with ``…``, and rows that a page leaves out are counted below.

    Args:
        table: The table, of at most `MOST_COLUMNS` columns.
        title: What stands above it.
        notes: Lines below it.
    """
    rows = table.page_rows
    heads = table.head_texts
    cells = [[cell.text for cell in row] for row in rows]
    widths = [
        min(_MOST_WIDTH, widest([head, *(row[column] for row in cells)]) + 2) for column, head in enumerate(heads)
    ]
    lefts = [_MARGIN + sum(widths[:column]) + _GAP * column for column in range(len(widths))]
    right = max(_MARGIN + sum(widths) + _GAP * (len(widths) - 1), 300.0)
    is_amount = [any(row[column].metric for row in rows) for column in range(len(heads))]
    shapes: list[Shape] = []

    def write(column: int, y: float, text: str, number: bool) -> None:
        left, width = lefts[column], widths[column]
        short = fitted(text, width)
        shapes.append(
            Text(
                left + width if number else left,
                y,
                (short,),
                anchor="end" if number else "start",
                limit=width,
                tooltip=text if short != text else "",
            )
        )

    y = _MARGIN + _ROW / 2
    short = fitted(title, right - _MARGIN, SIZE + 1)
    tooltip = title if short != title else ""
    shapes.append(Text(_MARGIN, y, (short,), size=SIZE + 1, limit=right - _MARGIN, tooltip=tooltip))
    y += _ROW
    for column, head in enumerate(heads):
        write(column, y, head, is_amount[column])
    shapes += [Line(((_MARGIN, y + side * _ROW / 2), (right, y + side * _ROW / 2)), "faint") for side in (-1, 1)]
    for row in cells:
        y += _ROW
        for column, text in enumerate(row):
            write(column, y, text, is_amount[column])
    shapes.append(Line(((_MARGIN, y + _ROW / 2), (right, y + _ROW / 2)), "faint"))
    left_out = [f"{table.num_left_out} more rows are in the CSV file"] if table.num_left_out else []
    for note in (*notes, *left_out):
        y += _ROW
        shapes.append(Text(_MARGIN, y, (fitted(note, right - _MARGIN),), "faint", limit=right - _MARGIN))
    return Drawing(round(right + _MARGIN), round(y + _ROW), f"Table: {bounded(title)}", tuple(shapes))
