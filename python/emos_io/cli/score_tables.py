"""Scores as tables for people: a row for each measure, a column for each file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console

from ..corpus import SYNTHETIC_REMARK, Scalar
from ..errors import printable
from ..evaluation import (
    LEAST_UNMARKED,
    Comparison,
    MeasureTable,
    Notes,
    RunDifference,
    Score,
    Scores,
    ScoreTable,
    difference_tables,
    measure_tables,
    of_text,
    part_of,
    reasons,
    rest_of,
    score_parts,
    tables_behind,
    truth_lines,
)
from .fitted_tables import print_fitted


def print_scores(console: Console, found: Sequence[Scores]) -> None:
    """Print the scores of one or more files: measures, then classes, calibration and slices, of each layer and kind."""
    print_remark(console, found)
    _print_counts(console, found)
    notes = Notes()
    texts: list[str] = []
    names = [each.name for each in found]
    for part in score_parts(found):
        for measures in measure_tables(found, part):
            texts += _print_section(console, measures, names, notes)
        for each in found:
            for table in tables_behind(each, part):
                _print_table(console, table, part.title if len(found) == 1 else f"{part.title}: {each.name}")
    _print_notes(console, notes, texts)
    _print_provenance(console, found)


def print_remark(console: Console, found: Iterable[Scores | Comparison]) -> None:
    """Print that numbers say nothing about real emotion, where some of them come from synthetic items."""
    if any(each.synthetic for each in found):
        console.print(SYNTHETIC_REMARK, soft_wrap=True)


def _print_section(console: Console, table: MeasureTable, names: Sequence[str], notes: Notes) -> list[str]:
    """Print one table of measures; return the texts of the values in it."""
    texts: list[str] = []
    lines: list[list[str]] = []
    for line in table.lines:
        values = ["" if score is None else score.text() for score in line.scores]
        texts += values
        marks = ["" if score is None else notes.number(_reason(score)) for score in line.scores]
        ns = _joined("" if score is None else f"{score.n:,}" for score in line.scores)
        clusters = _joined(
            "" if score is None or score.num_clusters is None else f"{score.num_clusters:,}" for score in line.scores
        )
        cells = [f"{value} {mark}".rstrip() for value, mark in zip(values, marks, strict=True)]
        lines.append([line.row.name, line.row.of_text, *cells, ns, clusters])
    print_fitted(console, table.title, ["measure", "of", *names, "n", "clusters"], lines, keys=2, last=2)
    return texts


def _print_notes(console: Console, notes: Notes, texts: Iterable[str]) -> None:
    """Print what the numbers and the star of tables say; a star only where some value has one."""
    for line in notes.lines():
        console.print(line, soft_wrap=True)
    if any("*" in text for text in texts):
        console.print(f"* from fewer than {LEAST_UNMARKED} clusters", soft_wrap=True)


def _reason(score: Score) -> str:
    return "; ".join(text for _, text in reasons(score))


def _joined(texts: Iterable[str]) -> str:
    """Return one text where all are equal, else all."""
    return " / ".join(dict.fromkeys(texts))


def _print_table(console: Console, table: ScoreTable, title: str) -> None:
    of = ", ".join(of_text(kind, value) for kind, value in rest_of(table.of))
    named = f"{title}: {table.name.replace('_', ' ')}{f', {of}' if of else ''}"
    print_fitted(console, named, table.columns, [[_cell(cell) for cell in row] for row in table.rows])


def _cell(cell: Scalar) -> str:
    return "-" if cell is None else f"{cell:z.3f}" if isinstance(cell, float) else str(cell)


def _print_counts(console: Console, found: Sequence[Scores]) -> None:
    names = dict.fromkeys(name for each in found for name in each.counts)
    rows = [
        [
            name.replace("_", " "),
            *(f"{each.counts[name]:,}" if name in each.counts else "-" for each in found),
        ]
        for name in names
    ]
    print_fitted(console, "what was scored", ["count", *(each.name for each in found)], rows)


def _print_provenance(console: Console, found: Sequence[Scores]) -> None:
    names = dict.fromkeys(name for each in found for name in each.provenance)
    rows: list[list[str]] = []
    for name in names:
        values = [each.provenance.get(name) for each in found]
        rows.append([name, *("-" if value is None else str(value) for value in values)])
    print_fitted(console, "provenance", ["provenance", *(each.name for each in found)], rows)
    # Files that are scored on the same items have the same lines.
    for line in dict.fromkeys(line for each in found for line in truth_lines(each)):
        console.print(printable(line), soft_wrap=True)


def print_comparison(console: Console, found: Comparison) -> None:
    """Print the paired differences between files: a table for each pair, layer, kind and clock."""
    notes, texts = Notes(), list[str]()
    for table in difference_tables(found):
        pair = f"{table.first} minus {table.second}"
        title = f"paired differences, on the same items and draws: {pair}; {table.part.title}"
        rows = [_difference_row(each, notes) for each in table.differences]
        texts += [row[1] for row in rows]
        heads = ["measure", "difference", "p", "p (Holm)", "n", "clusters"]
        print_fitted(console, title, heads, rows)
    _print_notes(console, notes, texts)
    print_remark(console, [found])


def _difference_row(each: RunDifference, notes: Notes) -> list[str]:
    one = each.difference
    score = Score(
        name=one.name,
        value=one.difference,
        n=one.num_first,
        low=one.low,
        high=one.high,
        num_clusters=one.num_clusters,
    )
    why = one.why if one.low is None else ""
    of = [of_text(kind, value) for kind, value in rest_of(one.of)]
    return [
        ", ".join([one.name, *of]),
        f"{score.text()} {notes.number(why)}".rstrip(),
        "-" if one.p is None else f"{one.p:.4f}",
        "-" if one.p_adjusted is None else f"{one.p_adjusted:.4f}",
        _joined(f"{num:,}" for num in (one.num_first, one.num_second)),
        "" if one.num_clusters is None else f"{one.num_clusters:,}",
    ]


def print_paper_tables(console: Console, tables: Iterable[ScoreTable]) -> None:
    """Print tables shaped as the paper's."""
    for table in tables:
        of = ", ".join(table.of.values())
        named = f"shaped as {table.name.replace('table', 'Table ')} of the paper: {of}"
        keys = next((index for index, name in enumerate(table.columns) if name not in ("run", "source", "language")), 1)
        print_fitted(
            console, named, table.columns, [[_cell(cell) for cell in row] for row in table.rows], keys=max(1, keys)
        )


def print_gap(console: Console, found: Scores) -> None:
    """Print by how much offline predictions are better than online ones, for each layer and clock."""
    notes, texts = Notes(), list[str]()
    for part in score_parts([found]):
        rows: list[list[str]] = []
        for score in (each for each in found if part_of(each.of) == part):
            of = [of_text(kind, value) for kind, value in rest_of(score.of) if kind != "measure"]
            texts.append(score.text())
            value = f"{score.text()} {notes.number(_reason(score))}".rstrip()
            clusters = "" if score.num_clusters is None else f"{score.num_clusters:,}"
            rows.append([score.of["measure"], ", ".join(of), value, f"{score.n:,}", clusters])
        named = f"online-offline gap, on the same rows and draws: {found.name}; {part.title}"
        print_fitted(console, named, ["measure", "of", "gap", "n", "clusters"], rows, keys=2)
    _print_notes(console, notes, texts)
    print_remark(console, [found])
