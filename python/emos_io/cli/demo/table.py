"""The tables of the demo, and where everything lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from ...corpus import SYNTHETIC_REMARK
from ...evaluation import LEAST_UNMARKED
from ..fitted_tables import print_fitted
from .scoring import Row

HEADS = ("system", "accuracy", "macro F1", "macro F1 minus {}")


def print_rows(console: Console, title: str, rows: Sequence[Row]) -> None:
    """Print a row for each system, and what the numbers cannot say."""
    cells = [
        [row.name, row.accuracy.text(), row.macro_f1.text(), "" if row.difference is None else row.difference.text()]
        for row in rows
    ]
    heads = [head.format(rows[0].name) for head in HEADS]
    print_fitted(console, title, heads, cells)
    if any("*" in cell for row in cells for cell in row):
        console.print(f"* from fewer than {LEAST_UNMARKED} clusters", soft_wrap=True)
    if any(row.synthetic for row in rows):
        console.print(SYNTHETIC_REMARK, soft_wrap=True)


def print_paths(console: Console, paths: Mapping[str, Path]) -> None:
    """Print what lies where, a line each."""
    width = max(map(len, paths))
    for name, path in paths.items():
        console.print(f"  {name:<{width}}  {path}", soft_wrap=True)
