"""Tables that lose nothing in a narrow terminal: cells wrap where words end, and columns that do not fit go to a next table.

```text
 wide      measure           | of            | a.jsonl                | b.jsonl
 narrower  turning_point_    | boundary, 1 s | 0.126 [0.090, 0.174]   | 0.121 [0.096, 0.150]
           precision         |               | (5)                    | (5)
 narrow    one table with a.jsonl, then one with b.jsonl
```
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from ..errors import printable

_PIECE = re.compile(r"\[[^\]]*\]\*?\s*|[_./-]*[^\s_./-]*(?:[_./-]+|\s+|$)")
"""What is never parted: an interval, or the letters up to an underscore, a full stop, a slash, a hyphen or a space."""
_NUMBER = re.compile(r"[-+]?[\d,]*\.?\d+(?: s\b)?(?![.\w])[%*,;:)]*\s*")
"""A number, with the unit and the marks after it, which is never parted either."""
_LONGEST, _PARTED = 24, 8
"""Letters of the longest piece; longer ones, such as checksums, are parted after as many as the second number."""
_EDGES, _LAST_EDGE = 3, 1
"""Columns that a table takes beside the text of each of its columns, and at its end."""


def print_fitted(
    console: Console,
    title: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    keys: int = 1,
    last: int = 0,
) -> None:
    """Print a table within the width of the console; no cell is cut, and no number and no interval is parted.

    Args:
        console: Where to print.
        title: A line above the table; of a table in several parts, above each of them.
        heads: Names of the columns.
        rows: The cells, a text for each column.
        keys: How many of the first columns say what a row is; each part of the table has them.
        last: How many of the last columns each part has too.
    """
    # What a file says of itself may have characters that a terminal acts on.
    title, heads = printable(title), [printable(head) for head in heads]
    rows = [[printable(cell) for cell in row] for row in rows]
    end = len(heads) - last
    middle = list(range(keys, end))
    size = len(middle)
    around = (list(range(keys)), list(range(end, len(heads))))
    while size > 1 and any(
        _widths(heads, rows, [*around[0], *part, *around[1]], console.width) is None for part in _parts(middle, size)
    ):
        size -= 1
    for part in _parts(middle, size) if middle else [middle]:
        chosen = [*around[0], *part, *around[1]]
        widths = _widths(heads, rows, chosen, console.width) or _folded(heads, rows, chosen, console.width)
        # No title of the table: that would be wrapped to its width.
        console.print(title, style="italic", soft_wrap=True)
        table = Table()
        for index, width in zip(chosen, widths, strict=True):
            table.add_column(wrapped(heads[index], width), no_wrap=True, overflow="fold")
        for row in rows:
            table.add_row(*(wrapped(row[index], width) for index, width in zip(chosen, widths, strict=True)))
        console.print(table)


def wrapped(text: str, width: int) -> str:
    """Return a text in lines of at most `width` columns, parted after words, underscores and values; nothing is left out.

    Example:
        >>> print(wrapped("turning_point_precision", 16))
        turning_point_
        precision
        >>> print(wrapped("0.126 [0.090, 0.174] (5)", 16))
        0.126
        [0.090, 0.174]
        (5)
    """
    lines = [""]
    for piece in _pieces(text):
        if cell_len((lines[-1] + piece).rstrip()) <= width:
            lines[-1] += piece
        else:
            # A piece that is longer than the column, in a very narrow terminal, is parted.
            lines += [piece] if cell_len(piece.rstrip()) <= width else _cut(piece, width)
    return "\n".join(line.rstrip() for line in lines if line.strip()) or text.strip()


def _pieces(text: str) -> list[str]:
    """Return the pieces of a text that are not parted; all together they are the text."""
    found: list[str] = []
    position = 0
    while position < len(text):
        match = _NUMBER.match(text, position) or _PIECE.match(text, position)
        piece = text[position:] if match is None or not match[0] else match[0]
        found += [piece] if len(piece.rstrip()) <= _LONGEST else _cut(piece, _PARTED)
        position += len(piece)
    return found


def _cut(text: str, width: int) -> list[str]:
    """Return a text in parts of at most `width` columns; a character that is wider is a part."""
    parts = [""]
    for letter in text:
        if parts[-1] and cell_len(parts[-1] + letter) > width:
            parts.append("")
        parts[-1] += letter
    return parts


def _parts(columns: Sequence[int], size: int) -> list[list[int]]:
    return [list(columns[start : start + size]) for start in range(0, len(columns), max(1, size))]


def _room(chosen: Sequence[int], width: int) -> int:
    return width - _EDGES * len(chosen) - _LAST_EDGE


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]], chosen: Sequence[int], width: int) -> list[int] | None:
    """Return widths of columns that fit together: the widest are made narrower; None where words are too long for that."""
    texts = [[heads[index], *(row[index] for row in rows)] for index in chosen]
    widths = [max(map(cell_len, column)) for column in texts]
    room = _room(chosen, width)
    if sum(widths) <= room:
        return widths
    least = [max(cell_len(piece.rstrip()) for text in column for piece in _pieces(text) or [""]) for column in texts]
    if sum(least) > room:
        return None
    order = sorted(range(len(widths)), key=lambda index: widths[index])
    while sum(widths) > room:
        widest = max((index for index in order if widths[index] > least[index]), key=lambda index: widths[index])
        widths[widest] -= 1
    return widths


def _folded(heads: Sequence[str], rows: Sequence[Sequence[str]], chosen: Sequence[int], width: int) -> list[int]:
    """Return widths where even words must be parted: the widest columns get equal ones."""
    widths = [max(map(cell_len, [heads[index], *(row[index] for row in rows)])) for index in chosen]
    room = max(len(widths), _room(chosen, width))
    for limit in range(room, 0, -1):
        if sum(min(each, limit) for each in widths) <= room:
            return [min(each, limit) for each in widths]
    return [1] * len(widths)
