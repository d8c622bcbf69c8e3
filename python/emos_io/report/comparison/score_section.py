"""The tables of scores of a report: measures, ablations, differences, what was scored, provenance, findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...corpus import SEVERITIES, SYNTHETIC_REMARK
from ...evaluation import (
    DifferenceTable,
    MeasureTable,
    Scores,
    difference_tables,
    measure_tables,
    of_text,
    part_of,
    rest_of,
    score_parts,
    truth_lines,
)
from ..metric import number
from ..page_table import Cell, PageTable, joined, words
from .ablations import Ablation, ablations
from .content import ReportContent, ReportRun
from .score_cells import PageNotes, clusters_of, difference_cells, difference_values, n_of, score_cell

LISTED = 20
"""How many findings of one code of a run are on the page; JSON of ``emos score`` has all."""


@dataclass(frozen=True, slots=True)
class ScorePartTables:
    """The tables of a layer, a kind and a clock.

    Attributes:
        title: What they are of.
        tables: The tables; the first one has what is read first.
    """

    title: Cell
    tables: tuple[PageTable, ...]


@dataclass(frozen=True, slots=True)
class RunFindings:
    """What is wrong with a file, or with what was scored of it.

    Attributes:
        run: The run.
        counts: How many findings of each code.
        listed: The first findings of each code, faults first: severity and text.
        left_out: How many findings of which code are not listed.
    """

    run: Cell
    counts: tuple[Cell, ...]
    listed: tuple[tuple[str, Cell], ...]
    left_out: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ScoreSection:
    """The tables of scores.

    Attributes:
        remark: What is said of synthetic items; "" where there are none.
        draws: From how many draws intervals are.
        parts: The measures.
        ablations: Runs that lack a channel, beside the run that has it.
        ablation_remarks: Why such a run stands alone.
        differences: The paired differences of all pairs of runs.
        why_no_difference: Why there are none; "" where there are some, or one run alone.
        notes: What the numbers in parentheses and stars say.
        counts, provenance: What was scored, and where truth and predictions come from.
        truth: Where the truth of each layer comes from, in words.
        findings: What is wrong.
    """

    remark: str
    draws: Cell
    parts: tuple[ScorePartTables, ...]
    ablations: tuple[PageTable, ...]
    ablation_remarks: tuple[Cell, ...]
    differences: tuple[PageTable, ...]
    why_no_difference: str
    notes: tuple[Cell, ...]
    counts: PageTable
    provenance: PageTable
    truth: tuple[Cell, ...]
    findings: tuple[RunFindings, ...]


def score_section(content: ReportContent) -> ScoreSection | None:
    """Return the tables of scores, or None where there are no runs.

    Cost: one pass over the scores for each layer, kind and clock.
    """
    if not content.runs:
        return None
    notes = PageNotes()
    found = [run.scores for run in content.runs]
    parts = tuple(
        ScorePartTables(
            (words(part.title),), tuple(_measures(table, content.runs, notes) for table in measure_tables(found, part))
        )
        for part in score_parts(found)
    )
    pairs, alone = ablations(content)
    tables = [] if content.comparison is None else difference_tables(content.comparison)
    is_synthetic = any(each.synthetic for each in found)
    return ScoreSection(
        remark=f"{SYNTHETIC_REMARK}." if is_synthetic else "",
        draws=_draws(content.runs[0]),
        parts=tuple(part for part in parts if part.tables),
        ablations=tuple(_ablation(each, notes) for each in pairs),
        ablation_remarks=tuple(alone),
        differences=tuple(_differences(table, notes) for table in tables),
        why_no_difference=content.why_no_comparison,
        notes=notes.rows(),
        counts=_counts(content.runs),
        provenance=_provenance(content.runs),
        truth=tuple(_truth(found)),
        findings=tuple(_findings(run) for run in content.runs if run.scores.findings),
    )


def _measures(table: MeasureTable, runs: Sequence[ReportRun], notes: PageNotes) -> PageTable:
    rows: list[tuple[Cell, ...]] = []
    for line in table.lines:
        scored = list(zip(runs, line.scores, strict=True))
        rows.append(
            (
                (line.row.name,),
                (words(line.row.of_text),),
                *(score_cell(run.name, score, notes) for run, score in scored),
                joined(n_of(run.name, score) for run, score in scored),
                joined(clusters_of(run.name, score) for run, score in scored),
            )
        )
    heads: list[Cell] = [("measure",), ("of",), *((words(run.name),) for run in runs), ("n",), ("clusters",)]
    return PageTable((words(table.title),), tuple(heads), tuple(rows), keys=2)


def _differences(table: DifferenceTable, notes: PageNotes) -> PageTable:
    heads = ("measure", "of", "difference", "p", "p (Holm)", "n", "clusters")
    rows: list[tuple[Cell, ...]] = [
        ((each.difference.name,), (words(_of(each.difference.of)),), *difference_cells(each, notes))
        for each in table.differences
    ]
    title: Cell = (words(table.first), " minus ", words(table.second), "; ", words(table.part.title))
    return PageTable(title, tuple((head,) for head in heads), tuple(rows), keys=2)


def _ablation(found: Ablation, notes: PageNotes) -> PageTable:
    runs: tuple[Cell, Cell] = (words(found.first),), (words(found.second),)
    ends = ("first minus second", "p", "p (Holm)", "n", "clusters")
    rows: list[tuple[Cell, ...]] = []
    for each in found.differences:
        of = each.difference.of
        named = ", ".join(filter(None, (part_of(of).title, _of(of))))
        cells = (*difference_values(each), *difference_cells(each, notes))
        rows.append(((each.difference.name,), (words(named),), *cells))
    title: Cell = (words(found.ablated), f" without {found.without}, beside ", words(found.base))
    return PageTable(title, (("measure",), ("of",), *runs, *((end,) for end in ends)), tuple(rows), keys=2)


def _of(of: Mapping[str, str]) -> str:
    return ", ".join(of_text(kind, value) for kind, value in rest_of(of))


def _draws(run: ReportRun) -> Cell:
    """Return from how many draws the intervals are, as the provenance has it."""
    own = run.scores.provenance
    draws, seed = (
        number(f"{own[name]:,}", "provenance", run=run.name, name=name) if isinstance(own.get(name), int) else "-"
        for name in ("draws", "seed")
    )
    return ("Intervals are of 95 percent, from ", draws, " draws of clusters, seed ", seed, ".")


def _counts(runs: Sequence[ReportRun]) -> PageTable:
    names = dict.fromkeys(name for run in runs for name in run.scores.counts)
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        cells: list[Cell] = [(words(name.replace("_", " ")),)]
        for run in runs:
            count = run.scores.counts.get(name)
            cells.append(("-",) if count is None else (number(f"{count:,}", "count", run=run.name, name=name),))
        rows.append(tuple(cells))
    return PageTable(("what was scored",), (("count",), *((words(run.name),) for run in runs)), tuple(rows))


def _provenance(runs: Sequence[ReportRun]) -> PageTable:
    names = dict.fromkeys(name for run in runs for name in run.scores.provenance)
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        cells: list[Cell] = [(words(name),)]
        for run in runs:
            value = run.scores.provenance.get(name)
            if isinstance(value, int | float) and not isinstance(value, bool):
                cells.append((number(str(value), "provenance", run=run.name, name=name),))
            else:
                cells.append(("-",) if value is None else (words(str(value)),))
        rows.append(tuple(cells))
    heads: tuple[Cell, ...] = (("provenance",), *((words(run.name),) for run in runs))
    return PageTable(("provenance",), heads, tuple(rows), keys=len(heads))


def _truth(found: Sequence[Scores]) -> Iterator[Cell]:
    """Yield where truth comes from, in the words of ``emos score``; files of the same items have the same lines."""
    lines = {line: each.name for each in reversed(found) for line in truth_lines(each)}
    for each in found:
        for line in truth_lines(each):
            if lines.pop(line, None) is not None:
                yield (number(words(line).text, "provenance", run=each.name, field="text"),)


def _findings(run: ReportRun) -> RunFindings:
    """Return the findings of a run, as ``emos score`` prints them, faults first."""
    ordered = sorted(run.scores.findings, key=lambda each: -SEVERITIES.index(each.severity))
    seen: Counter[str] = Counter()
    listed: list[tuple[str, Cell]] = []
    for finding in ordered:
        seen[finding.code] += 1
        if seen[finding.code] <= LISTED:
            listed.append((finding.severity, (words(str(finding)),)))
    counts = tuple(
        (number(f"{count:,}", "finding", run=run.name, name=code), f" {code}")
        for code, count in run.scores.findings.counts().items()
    )
    left_out = tuple((f"{count - LISTED:,} more of {code}",) for code, count in seen.items() if count > LISTED)
    return RunFindings((words(run.name),), counts, tuple(listed), left_out)
