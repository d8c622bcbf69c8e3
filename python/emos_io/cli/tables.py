"""``emos tables``: the paper's tables, computed from the release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
from rich.console import Console
from rich.table import Table

from ..annotation.paper import TABLES, Comparison, TableRow, recompute
from .corpora import read_corpus
from .options import FOLDER
from .output import output, print_json, progress


@click.command()
@click.argument("release", type=FOLDER)
@click.option("--json", is_flag=True, help="One JSON object with all tables, by name.")
def tables(release: str, json: bool) -> None:
    """Print Tables 1 to 11 and 13 of the paper beside the same tables of the release, cell by cell.

    Tables 7, 8 and 13 are results of models: the release gives items of the same kinds, and no prediction, so nothing of them
    is compared. Below them stand printed cells that others rule out.
    """
    corpus = read_corpus(release)
    with progress("tables", len(TABLES)) as step:
        comparisons = recompute(corpus, lambda _: step())
    if json:
        print_json({name: each.as_dict() for name, each in comparisons.items()})
        return
    console = output()
    for each in comparisons.values():
        _print(console, each)


def _print(console: Console, comparison: Comparison) -> None:
    state = (
        "equal" if comparison.all_equal else "not equal in every cell" if comparison.is_comparable else "not comparable"
    )
    # No title of the table: that would be wrapped to its width.
    console.print(f"{comparison.name}: {comparison.title} ({state})", style="italic")
    table = Table("row", "paper", "ours", "equal")
    for row, printed in comparison.paper.items():
        table.add_row(row, _text(printed), _text(comparison.ours[row]), _text(comparison.equal[row]))
    console.print(table)
    columns = comparison.also.get("columns")
    notes = [] if columns is None else [f"columns: {_text(columns)}"]
    notes += [f"{row}: {why}" for row, why in comparison.why.items() if comparison.ours[row] is not None]
    # Rows that the release cannot give have one reason.
    notes += dict.fromkeys(f"-: {why}" for row, why in comparison.why.items() if comparison.ours[row] is None)
    notes += [f"{name.replace('_', ' ')}: {more}" for name, more in comparison.also.items() if isinstance(more, str)]
    hidden = comparison.also.get("what_50_steps_hide")
    if isinstance(hidden, Mapping):
        notes += [_converged_note(part, converged) for part, converged in hidden.items()]
    high = comparison.also.get("high_confidence")
    if isinstance(high, Mapping):
        notes += [_shares_note(name, part) for name, part in high.items()]
    tiers = comparison.also.get("items_by_tier")
    if isinstance(tiers, Mapping):
        notes += [f"items by tier, {source}: {_text(counts)}" for source, counts in tiers.items()]
    impossible = comparison.also.get("cannot_be_true")
    if isinstance(impossible, Sequence):
        notes += [_impossible_note(each) for each in impossible]
    for note in notes:
        console.print(f"  {note}")


def _converged_note(part: str, converged: TableRow) -> str:
    """Return what changes in table 1 where EM runs until it converges."""
    assert isinstance(converged, Mapping)
    counts = converged["converged_tiers"]
    assert isinstance(counts, Mapping)
    tiers = {name: counts[name] for name in ("high", "medium", "low")}
    changed = converged["labels_that_change"]
    steps = converged["converged_after"]
    return f"{part}: converged after {steps} steps, not 50: {_text(tiers)}; {changed} labels change"


def _shares_note(name: str, part: TableRow) -> str:
    """Return how many items of high confidence a part of the release has, and the shares of their classes."""
    assert isinstance(part, Mapping)
    return f"high confidence, {name}: {_text(part['items'])} items, {_text(part['class_distribution_pct'])}"


def _impossible_note(cell: TableRow) -> str:
    """Return which printed figure cannot be true, and what others allow."""
    assert isinstance(cell, Mapping)
    of = " ".join(filter(None, (str(cell["model"]), str(cell["cell"]))))
    return f"cannot be true: {of} {_text(cell['printed'])}{_allowed_text(cell)}: {cell['why']}"


def _allowed_text(cell: Mapping[str, TableRow]) -> str:
    """Return the range that others allow, or the values that lie nearest, or nothing where no value is possible."""
    if isinstance(cell["nearest"], Sequence):
        return f", nearest possible {' and '.join(map(_text, cell['nearest']))}"
    if isinstance(cell["possible"], Sequence):
        return f", possible {' to '.join(dict.fromkeys(map(_text, cell['possible'])))}"
    return ""


def _text(cell: TableRow) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell:.4g}"
    if isinstance(cell, Mapping):
        return ", ".join(f"{key} {_text(value)}" for key, value in cell.items())
    if isinstance(cell, Sequence) and not isinstance(cell, str):
        return ", ".join(_text(value) for value in cell)
    return str(cell)
