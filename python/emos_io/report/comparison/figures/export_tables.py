"""The tables of scores that are written as files: as they are printed, and exactly, a score a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....evaluation import MeasureTable, Notes, Score, Scores, measure_tables, reasons, score_parts
from ...metric import metric, score_number
from ..content import ReportContent, ReportRun
from .figure import Cell, FigureTable, word
from .run_bars import difference_table

_KINDS = ("layer", "kind", "clock", "class", "language", "confidence_tier", "source", "film")
"""What has a column of its own in exact tables; the rest is in ``of``."""


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table that is written as files.

    Attributes:
        name: What its files are named after.
        title: What it is of.
        table: As it is printed.
        exact: As CSV has it, with each number in a column of its own.
        notes: What stands below it.
        is_printed: Whether it is written as an image and as LaTeX too; lists of thousands of scores are not.
    """

    name: str
    title: str
    table: FigureTable
    exact: FigureTable
    notes: tuple[str, ...] = ()
    is_printed: bool = True


def export_tables(content: ReportContent) -> Iterator[ExportTable]:
    """Yield the tables of scores of a report: of each layer, kind, clock and section; differences, counts, all scores."""
    found = [run.scores for run in content.runs]
    for part in score_parts(found):
        for each in measure_tables(found, part):
            yield _measures(each, found)
    differences = difference_table(content.comparison)
    if differences is not None:
        yield ExportTable(
            "differences", "Paired differences between runs: the first minus the second", differences, differences
        )
    if found:
        counts = _counts(found)
        yield ExportTable("counts", "What was scored", counts, counts)
        provenance = _provenance(found)
        yield ExportTable("provenance", "Where truth and predictions come from", provenance, provenance)
        everything = exact_table(content.runs)
        yield ExportTable("all-scores", "All scores", everything, everything, is_printed=False)


def exact_table(runs: Sequence[ReportRun]) -> FigureTable:
    """Return all scores of runs, a row each: what it is of, the value, its interval, n, clusters, shares and notes."""
    return _exact((run.scores.name, score) for run in runs for score in run.scores)


def _exact(scores: Iterator[tuple[str, Score]]) -> FigureTable:
    columns = ("run", "measure", *_KINDS, "of", "value", "low", "high", "n", "clusters")
    return FigureTable(
        (*columns, "share_partial", "share_undefined", "note"),
        tuple(tuple(_exact_cells(run, score)) for run, score in scores),
    )


def _exact_cells(run: str, score: Score) -> Iterator[Cell]:
    yield from (word(run), word(score.name))
    yield from (word(score.of.get(kind, "")) for kind in _KINDS)
    yield word(", ".join(f"{kind}={value}" for kind, value in score.of.items() if kind not in _KINDS))
    # Thousands of scores stand in no page, so their numbers need no names.
    for name in ("value", "low", "high", "n", "num_clusters", "share_partial", "share_undefined"):
        value = getattr(score, name)
        yield Cell("" if value is None else str(value), value)
    yield word(score.why)


def _measures(found: MeasureTable, scores: Sequence[Scores]) -> ExportTable:
    names = [each.name for each in scores]
    notes = Notes()
    rows: list[tuple[Cell, ...]] = []
    for line in found.lines:
        cells = [word(line.row.name.replace("_", " ")), word(line.row.of_text)]
        for name, score in zip(names, line.scores, strict=True):
            cells.append(word("") if score is None else _value(name, score, notes))
        for field in ("n", "num_clusters"):
            cells.append(_joined(field, names, line.scores))
        rows.append(tuple(cells))
    exact = _exact(
        (name, score)
        for line in found.lines
        for name, score in zip(names, line.scores, strict=True)
        if score is not None
    )
    texts = [cell.text for row in rows for cell in row]
    stars = ("* from fewer than 30 clusters",) if any("*" in text for text in texts) else ()
    return ExportTable(
        name="-".join(filter(None, ("scores", *found.part, found.section))),
        title=found.title,
        table=_table(("measure", "of", *names, "n", "clusters"), rows),
        exact=exact,
        notes=(*notes.lines(), *stars),
    )


def _value(run: str, score: Score, notes: Notes) -> Cell:
    mark = notes.number("; ".join(reason for _, reason in reasons(score)))
    return Cell(f"{score.text()} {mark}".rstrip(), score.value, score_number("", run, score).metric)


def _joined(field: str, names: Sequence[str], scores: Sequence[Score | None]) -> Cell:
    """Return counts as one cell: one number where all runs have it, else all."""
    there = [(name, score) for name, score in zip(names, scores, strict=True) if score is not None]
    texts = dict.fromkeys("-" if getattr(score, field) is None else f"{getattr(score, field):,}" for _, score in there)
    name, score = there[0]
    return Cell(" / ".join(texts), getattr(score, field), score_number("", name, score, field).metric)


def _counts(found: Sequence[Scores]) -> FigureTable:
    names = dict.fromkeys(name for each in found for name in each.counts)
    rows = tuple((word(name), *(_count(each, name) for each in found)) for name in names)
    return _table(("count", *(each.name for each in found)), rows)


def _provenance(found: Sequence[Scores]) -> FigureTable:
    names = dict.fromkeys(name for each in found for name in each.provenance)
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        values = [each.provenance.get(name) for each in found]
        rows.append((word(name), *(word("-" if value is None else str(value)) for value in values)))
    return _table(("name", *(each.name for each in found)), rows)


def _table(columns: tuple[str, ...], rows: Sequence[tuple[Cell, ...]]) -> FigureTable:
    """Return a table above whose columns names of runs stand as they are."""
    return FigureTable(columns, tuple(rows), columns)


def _count(scores: Scores, name: str) -> Cell:
    value = scores.counts.get(name)
    return Cell("-" if value is None else f"{value:,}", value, metric("count", run=scores.name, name=name))
