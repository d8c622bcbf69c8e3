"""``emos tables``: the paper's tables, computed anew."""

from __future__ import annotations

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ..annotation.paper import TABLES, Comparison, recompute
from .corpora import read_corpus
from .output import print_json, progress


@click.command()
@click.argument("release")
@click.option("--json", is_flag=True, help="One JSON object by table.")
def tables(release: str, json: bool) -> None:
    """Print Tables 1 to 6 and 9 to 11 of the paper beside what the release gives, cell by cell."""
    corpus = read_corpus(release)
    with progress("tables", len(TABLES)) as step:
        found = recompute(corpus, lambda _: step())
    if json:
        print_json({name: each.as_dict() for name, each in found.items()})
        return
    console = Console()
    for each in found.values():
        _print(console, each)


def _print(console: Console, found: Comparison) -> None:
    state = "equal" if found.all_equal else "not equal in every cell"
    table = Table("row", "paper", "ours", "equal", title=f"{found.name}: {found.title} ({state})", title_justify="left")
    for row, printed in found.paper.items():
        equal = found.equal[row]
        table.add_row(row, _shown(printed), _shown(found.ours[row]), _shown(equal))
    console.print(table, markup=False)
    for row, why in found.why.items():
        console.print(f"  {row}: {why}", markup=False, highlight=False)
    for name, more in found.also.items():
        if isinstance(more, str):
            console.print(f"  {name.replace('_', ' ')}: {more}", markup=False, highlight=False)
    for part, converged in found.also.get("what_50_steps_hide", {}).items():
        tiers = {tier: converged["converged_tiers"][tier] for tier in ("high", "medium", "low")}
        console.print(
            f"  {part}: converged after {converged['converged_after']} steps, not 50: {_shown(tiers)}; "
            f"{converged['labels_that_change']} labels change",
            markup=False,
            highlight=False,
        )


def _shown(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    if isinstance(cell, dict):
        return ", ".join(f"{key} {_shown(value)}" for key, value in cell.items())
    if isinstance(cell, list):
        return ", ".join(_shown(value) for value in cell)
    return str(cell)
