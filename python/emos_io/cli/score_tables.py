"""Scores as tables for people: a row for each measure, a column for each file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from ..errors import printable
from ..evaluation import LEAST_UNMARKED, SLICES_BY, Comparison, Score, Scores, ScoreTable

_SHARED = ("layer", "kind", "clock")
"""What a table is of as a whole; its rows need not repeat it."""
_CALIBRATION = (
    "ece",
    "confidence_",
    "mean_confidence",
    "accuracy_with_confidence",
    "scores_",
    "log_loss",
    "jensen_shannon",
)
"""How names of measures of confidence begin; they have a table of their own."""
_SLICED = ("accuracy", "macro_f1", "weighted_f1", "uar", "seconds_accuracy", "seconds_macro_f1", "turning_point_f1")
"""The measures that are printed by slices; JSON has all."""


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
    console.print(_counts(found))
    notes = _Notes()
    for layer, kind, clock in _parts(found):
        of = {"layer": layer, "kind": kind} | ({"clock": clock} if clock else {})
        title = ", ".join(filter(None, (printable(layer), kind, f"{clock} clock" if clock else "")))
        named = [
            (
                Scores(name=each.name, scores=tuple(_of_part(each.scores, layer, kind, clock))),
                each,
            )
            for each in found
        ]
        parts = [part for part, _ in named]
        rows = list(dict.fromkeys(_row(score) for part in parts for score in part.scores))
        sections: dict[str, list[_Row]] = {}
        for row in rows:
            sections.setdefault(_section(row), []).append(row)
        for section in ("measures", "turning points", "classes", "calibration", "slices"):
            chosen = sections.get(section, [])
            if section == "turning points":
                # A definition and a tolerance at a time, so that switchers stand beside the F1.
                order = list(dict.fromkeys(_point(row) for row in chosen))
                chosen = sorted(chosen, key=lambda row: order.index(_point(row)))
            if chosen:
                console.print(_table(f"{title}: {section}" if section != "measures" else title, parts, chosen, notes))
        if len(found) == 1:
            for table in found[0].tables:
                if _is_in(table.of, of) and not _slice_kinds(table.of):
                    console.print(_plain(table, title))
    for line in notes.lines():
        console.print(line, soft_wrap=True)
    if any(score.num_clusters is not None and score.num_clusters < LEAST_UNMARKED for each in found for score in each):
        console.print(f"* from fewer than {LEAST_UNMARKED} clusters", soft_wrap=True)
    console.print(_provenance(found))


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
    if _slice_kinds(kinds):
        return "slices" if name in _SLICED and "class" not in kinds and "film" not in kinds else ""
    if "rater" in kinds:
        return ""
    if "tolerance" in kinds:
        return "turning points"
    if name.startswith(_CALIBRATION):
        return "calibration"
    return "classes" if "class" in kinds else "measures"


def _point(row: _Row) -> tuple[str, str]:
    kinds = dict(row[1])
    return kinds.get("definition", ""), kinds["tolerance"]


def _table(title: str, parts: Sequence[Scores], rows: Sequence[_Row], notes: _Notes) -> Table:
    table = Table("measure", "of", *(each.name for each in parts), "n", "clusters", title=title)
    by_row = [{_row(score): score for score in each.scores} for each in parts]
    for row in rows:
        name, of = row
        scores = [each.get(row) for each in by_row]
        cells = ["" if score is None else f"{score.text()} {notes.number(_reason(score))}".rstrip() for score in scores]
        ns = _joined("" if score is None else f"{score.n:,}" for score in scores)
        clusters = _joined(
            "" if score is None or score.num_clusters is None else f"{score.num_clusters:,}" for score in scores
        )
        table.add_row(name, ", ".join(_of_text(kind, value) for kind, value in of), *cells, ns, clusters)
    return table


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
    value = printable(value)
    return value if kind in (*SLICES_BY, "class", "definition") else f"{kind} {value}"


def _joined(texts: Iterable[str]) -> str:
    """Return one text where all are equal, else all."""
    return " / ".join(dict.fromkeys(texts))


def _is_in(of: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    return all(of.get(kind, "") == asked.get(kind, "") for kind in _SHARED)


def _plain(table: ScoreTable, title: str) -> Table:
    of = ", ".join(_of_text(kind, value) for kind, value in table.of.items() if kind not in _SHARED)
    found = Table(
        *map(printable, table.columns), title=f"{title}: {table.name.replace('_', ' ')}{f', {of}' if of else ''}"
    )
    for row in table.rows:
        found.add_row(
            *(
                "-" if cell is None else f"{cell:z.3f}" if isinstance(cell, float) else printable(str(cell))
                for cell in row
            )
        )
    return found


def _counts(found: Sequence[Scores]) -> Table:
    table = Table("what was scored", *(each.name for each in found))
    for name in dict.fromkeys(name for each in found for name in each.counts):
        table.add_row(
            printable(name.replace("_", " ")),
            *(f"{each.counts[name]:,}" if name in each.counts else "-" for each in found),
        )
    return table


def _provenance(found: Sequence[Scores]) -> Table:
    table = Table("provenance", *(each.name for each in found))
    for name in dict.fromkeys(name for each in found for name in each.provenance):
        values = [each.provenance.get(name) for each in found]
        # What a file says of itself may have characters that a terminal acts on.
        table.add_row(printable(name), *("-" if value is None else printable(str(value)) for value in values))
    return table


def print_comparison(console: Console, found: Comparison) -> None:
    """Print the paired differences between files."""
    head = ("first", "second", "measure", "of", "first minus second", "p", "p (Holm)", "n", "clusters")
    table = Table(*head, title="paired differences, on the same items and draws")
    notes = _Notes()
    for each in found.differences:
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
        table.add_row(
            printable(each.first),
            printable(each.second),
            one.name,
            ", ".join(_of_text(kind, value) for kind, value in one.of.items()),
            f"{score.text()} {notes.number(why)}".rstrip(),
            "-" if one.p is None else f"{one.p:.4f}",
            "-" if one.p_adjusted is None else f"{one.p_adjusted:.4f}",
            _joined(f"{num:,}" for num in (one.num_first, one.num_second)),
            "" if one.num_clusters is None else f"{one.num_clusters:,}",
        )
    console.print(table)
    for line in notes.lines():
        console.print(line, soft_wrap=True)
