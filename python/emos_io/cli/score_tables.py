"""Scores as tables for people: a row for each measure, a column for each file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console

from ..corpus import SYNTHETIC_REMARK, Scalar
from ..errors import printable
from ..evaluation import (
    LEAST_UNMARKED,
    SLICES_BY,
    Comparison,
    RunDifference,
    Score,
    Scores,
    ScoreTable,
    provenance_text,
)
from .fitted_tables import print_fitted

_SHARED = ("layer", "kind", "clock")
"""What a table is of as a whole; its rows need not repeat it."""
_SOFT = ("log_loss", "jensen_shannon", "truth_entropy", "zero_probability", "with_scores")
"""Measures of soft labels; they have a table of their own."""
_CALIBRATION = ("ece", "confidence_", "mean_confidence", "accuracy_with_confidence", "scores_")
"""How names of measures of confidence begin; they have a table of their own."""
_BY_TIER = ("mean_confidence", "accuracy_with_confidence", "confidence_gap")
"""Measures of each confidence tier within each source, and of each source."""
_TIERS = ("high", "medium", "low")
_TIERS_TABLE = "confidence_by_tier"
"""The table behind these measures, which says the same without intervals."""
_SLICED = ("accuracy", "macro_f1", "weighted_f1", "uar", "seconds_accuracy", "seconds_macro_f1", "turning_point_f1")
"""The measures that are printed by slices; JSON has all."""
_SECTIONS = ("measures", "turning points", "classes", "soft labels", "calibration", "confidence by tier", "slices")
"""The tables of a layer, a kind and a clock, in order."""
FEW = "drawn from "
"""How the mark of few clusters begins, which tables have as a star."""


class _Notes:
    """Why there is no value, or no interval: each reason once, with a number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, why: str) -> str:
        return f"({self._numbers.setdefault(why, len(self._numbers) + 1)})" if why else ""

    def lines(self) -> Iterator[str]:
        yield from (f"({number}) {why}" for why, number in self._numbers.items())


def print_scores(console: Console, found: Sequence[Scores]) -> None:
    """Print the scores of one or more files: measures, then classes, calibration and slices, of each layer and kind."""
    print_remark(console, found)
    _print_counts(console, found)
    notes = _Notes()
    texts: list[str] = []
    for layer, kind, clock in _parts(found):
        of = {"layer": layer, "kind": kind} | ({"clock": clock} if clock else {})
        title = ", ".join(filter(None, (layer, kind, f"{clock} clock" if clock else "")))
        parts = [Scores(name=each.name, scores=tuple(_of_part(each.scores, layer, kind, clock))) for each in found]
        sections: dict[str, list[_Row]] = {}
        for row in dict.fromkeys(_row(score) for part in parts for score in part.scores):
            sections.setdefault(_section(row), []).append(row)
        for section in _SECTIONS:
            chosen = sections.get(section, [])
            if section == "turning points":
                # A definition and a tolerance at a time, so that switchers stand beside the F1.
                order = list(dict.fromkeys(_point(row) for row in chosen))
                chosen = sorted(chosen, key=lambda row: order.index(_point(row)))
            elif section == "confidence by tier":
                chosen = sorted(chosen, key=_tier_order)
            if chosen:
                named = title if section == "measures" else f"{title}: {section}"
                texts += _print_section(console, named, parts, chosen, notes)
        for each in found:
            for table in each.tables:
                if _is_in(table.of, of) and not _slice_kinds(table.of) and table.name != _TIERS_TABLE:
                    _print_table(console, table, title if len(found) == 1 else f"{title}: {each.name}")
    _print_notes(console, notes, texts)
    _print_provenance(console, found)


def print_remark(console: Console, found: Iterable[Scores | Comparison]) -> None:
    """Print that numbers say nothing about real emotion, where some of them come from synthetic items."""
    if any(each.synthetic for each in found):
        console.print(SYNTHETIC_REMARK, soft_wrap=True)


_Row = tuple[str, tuple[tuple[str, str], ...]]
"""A measure, and what it is of beside layer, kind and clock."""


def _parts(found: Sequence[Scores]) -> list[tuple[str, str, str]]:
    return list(
        dict.fromkeys(
            (score.of.get("layer", ""), score.of.get("kind", ""), score.of.get("clock", ""))
            for each in found
            for score in each
        )
    )


def _of_part(scores: Iterable[Score], layer: str, kind: str, clock: str) -> Iterator[Score]:
    for score in scores:
        if tuple(score.of.get(each, "") for each in _SHARED) == (layer, kind, clock):
            yield score


def _row(score: Score) -> _Row:
    return score.name, tuple((kind, value) for kind, value in score.of.items() if kind not in _SHARED)


def _slice_kinds(of: Mapping[str, str]) -> list[str]:
    return [kind for kind in of if kind in SLICES_BY]


def _section(row: _Row) -> str:
    """Return the table that a measure stands in; "" for one that JSON alone has."""
    name, of = row
    kinds = dict(of)
    if name in _BY_TIER and _is_tier_of_source(name, kinds):
        return "confidence by tier"
    if _slice_kinds(kinds):
        return "slices" if name in _SLICED and "class" not in kinds and "film" not in kinds else ""
    if "rater" in kinds:
        return ""
    if "tolerance" in kinds:
        return "turning points"
    if name in _SOFT:
        return "soft labels"
    if name.startswith(_CALIBRATION):
        return "calibration"
    return "classes" if "class" in kinds else "measures"


def _is_tier_of_source(name: str, kinds: Mapping[str, str]) -> bool:
    return set(kinds) == ({"source"} if name == "confidence_gap" else {"source", "confidence_tier"})


def _tier_order(row: _Row) -> tuple[str, int]:
    """Return what orders tiers of a source from high to low, then the gap between them."""
    kinds = dict(row[1])
    tier = kinds.get("confidence_tier", "")
    return kinds["source"], _TIERS.index(tier) if tier in _TIERS else len(_TIERS) + (not tier)


def _point(row: _Row) -> tuple[str, str]:
    kinds = dict(row[1])
    return kinds.get("definition", ""), kinds["tolerance"]


def _print_section(
    console: Console, title: str, parts: Sequence[Scores], rows: Sequence[_Row], notes: _Notes
) -> list[str]:
    """Print one table of measures; return the texts of the values in it."""
    by_row = [{_row(score): score for score in each.scores} for each in parts]
    texts: list[str] = []
    lines: list[list[str]] = []
    for row in rows:
        name, of = row
        scores = [each.get(row) for each in by_row]
        values = ["" if score is None else score.text() for score in scores]
        texts += values
        marks = ["" if score is None else notes.number(_reason(score)) for score in scores]
        ns = _joined("" if score is None else f"{score.n:,}" for score in scores)
        clusters = _joined(
            "" if score is None or score.num_clusters is None else f"{score.num_clusters:,}" for score in scores
        )
        cells = [f"{value} {mark}".rstrip() for value, mark in zip(values, marks, strict=True)]
        lines.append([name, ", ".join(_of_text(kind, value) for kind, value in of), *cells, ns, clusters])
    heads = ["measure", "of", *(each.name for each in parts), "n", "clusters"]
    print_fitted(console, title, heads, lines, keys=2, last=2)
    return texts


def _print_notes(console: Console, notes: _Notes, texts: Iterable[str]) -> None:
    """Print what the numbers and the star of tables say; a star only where some value has one."""
    for line in notes.lines():
        console.print(line, soft_wrap=True)
    if any("*" in text for text in texts):
        console.print(f"* from fewer than {LEAST_UNMARKED} clusters", soft_wrap=True)


def _reason(score: Score) -> str:
    """Return why a score lacks a value or an interval, and its marks; few clusters alone have a star."""
    marks = [mark for mark in score.why.split("; ") if mark and (score.low is None or not mark.startswith(FEW))]
    if score.share_partial:
        marks.append(f"{score.share_partial:.1%} of draws lack a class, and leave it out")
    if score.share_undefined:
        marks.append(f"{score.share_undefined:.1%} of draws have no value, and are left out")
    return "; ".join(marks)


def _of_text(kind: str, value: str) -> str:
    if kind == "tolerance":
        return f"{value} s"
    return value if kind in (*SLICES_BY, "class", "definition") else f"{kind} {value}"


def _joined(texts: Iterable[str]) -> str:
    """Return one text where all are equal, else all."""
    return " / ".join(dict.fromkeys(texts))


def _is_in(of: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    return all(of.get(kind, "") == asked.get(kind, "") for kind in _SHARED)


def _print_table(console: Console, table: ScoreTable, title: str) -> None:
    of = ", ".join(_of_text(kind, value) for kind, value in table.of.items() if kind not in _SHARED)
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
    for line in dict.fromkeys(line for each in found for line in _truth_lines(each)):
        console.print(printable(line), soft_wrap=True)


def _truth_lines(scores: Scores) -> Iterator[str]:
    """Yield where the truth of each layer comes from, in words."""
    for layer in (str(value) for name, value in scores.provenance.items() if name.endswith(".layer")):
        own = {name.removeprefix(f"{layer}."): value for name, value in scores.provenance.items()}
        yield from provenance_text(own)


def print_comparison(console: Console, found: Comparison) -> None:
    """Print the paired differences between files: a table for each pair, layer, kind and clock."""
    tables: dict[tuple[str, ...], list[RunDifference]] = {}
    for each in found.differences:
        part = (each.difference.of.get(kind, "") for kind in _SHARED)
        tables.setdefault((each.first, each.second, *part), []).append(each)
    notes, texts = _Notes(), list[str]()
    for (first, second, layer, kind, clock), differences in tables.items():
        parts = ", ".join(filter(None, (layer, kind, f"{clock} clock" if clock else "")))
        title = f"paired differences, on the same items and draws: {first} minus {second}; {parts}"
        rows = [_difference_row(each, notes) for each in differences]
        texts += [row[1] for row in rows]
        heads = ["measure", "difference", "p", "p (Holm)", "n", "clusters"]
        print_fitted(console, title, heads, rows)
    _print_notes(console, notes, texts)
    print_remark(console, [found])


def _difference_row(each: RunDifference, notes: _Notes) -> list[str]:
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
    of = [_of_text(kind, value) for kind, value in one.of.items() if kind not in _SHARED]
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
    notes, texts = _Notes(), list[str]()
    for part in _parts([found]):
        title = ", ".join(filter(None, (*part[:2], f"{part[2]} clock" if part[2] else "")))
        rows: list[list[str]] = []
        for score in _of_part(found.scores, *part):
            of = [
                _of_text(kind, value) for kind, value in score.of.items() if kind not in _SHARED and kind != "measure"
            ]
            texts.append(score.text())
            value = f"{score.text()} {notes.number(_reason(score))}".rstrip()
            clusters = "" if score.num_clusters is None else f"{score.num_clusters:,}"
            rows.append([score.of["measure"], ", ".join(of), value, f"{score.n:,}", clusters])
        named = f"online-offline gap, on the same rows and draws: {found.name}; {title}"
        print_fitted(console, named, ["measure", "of", "gap", "n", "clusters"], rows, keys=2)
    _print_notes(console, notes, texts)
    print_remark(console, [found])
