"""F1 of each class with its interval, for all runs."""

from __future__ import annotations

from collections.abc import Sequence

from ....evaluation import Score
from ..content import ReportRun
from .bars import Bar, bars_drawing
from .figure import (
    SCORE_COLUMNS,
    SHARED,
    Cell,
    Figure,
    FigureTable,
    Group,
    group_scores,
    group_title,
    run_marks,
    score_cells,
    score_parts,
    word,
)

DRAWN = "f1"
"""The measure that bars are of."""
MEASURES = ("f1", "precision", "recall")
"""The measures of the table beside them."""
_Of = tuple[tuple[str, str], ...]


def class_bars(runs: Sequence[ReportRun], group: Group) -> list[Figure]:
    """Return a figure of the F1 of each class; of layers of sets one for each truth. There is none without classes."""
    found: dict[_Of, dict[str, dict[tuple[str, str], Score]]] = {}
    for run in runs:
        for score in group_scores(run, group):
            if score.name in MEASURES and "class" in score.of:
                of = tuple((kind, value) for kind, value in score.of.items() if kind not in (*SHARED, "class"))
                found.setdefault(of, {}).setdefault(score.of["class"], {})[run.name, score.name] = score
    return [_figure(runs, group, of, classes) for of, classes in found.items()]


def _figure(
    runs: Sequence[ReportRun], group: Group, of: _Of, classes: dict[str, dict[tuple[str, str], Score]]
) -> Figure:
    marks = run_marks(len(runs)) if len(runs) > 1 else ("",)
    groups: list[tuple[str, list[Bar]]] = []
    rows: list[tuple[Cell, ...]] = []
    for name, scores in classes.items():
        bars: list[Bar] = []
        for run, mark in zip(runs, marks, strict=True):
            for each in MEASURES:
                score = scores.get((run.name, each))
                if score is None:
                    continue
                rows.append((word(name), word(each), word(run.name), *score_cells(run.name, score)))
                if each == DRAWN:
                    bars.append(Bar(mark, score_parts(run.name, score), score.value, score.low, score.high))
        if bars:
            groups.append((name, bars))
    what = ", ".join((group_title(group), *(f"{kind} {value}" for kind, value in of)))
    title = f"F1 of each class: {what}"
    return Figure(
        name="-".join(("class-f1", *group, *(value for _, value in of))),
        title=title,
        caption="A bar is the F1 of a class, the thin line its 95 percent interval over draws of clusters. Where an interval "
        "is long, few items or monologues of the class decide.",
        table=FigureTable(("class", "measure", "run", *SCORE_COLUMNS), tuple(rows)),
        drawing=bars_drawing(groups, f"Bars of {title}; the table beside them has all numbers."),
        has_marks=True,
    )
