"""Reliability diagrams: how often answers are right, beside how confident they are, in bins."""

from __future__ import annotations

from collections.abc import Sequence

from ....evaluation import Score, ScoreTable
from ...drawing import Box, Drawing, Line, Part, Text
from ...metric import score_number
from ..content import ReportRun
from .figure import Figure, Group, decimal, group_scores, group_tables, group_title, run_marks, score_table_cells
from .plot import WIDTH, Plot, left_of

_PREFIX = "reliability_"
_HEIGHT = 268
_POINT = 5.0


def reliability_diagrams(runs: Sequence[ReportRun], group: Group) -> list[Figure]:
    """Return a diagram of each run and binning with an answer that has a confidence."""
    marks = run_marks(len(runs)) if len(runs) > 1 else ("",)
    return [
        _figure(run, mark, group, table)
        for run, mark in zip(runs, marks, strict=True)
        for table in group_tables(run, group)
        if table.name.startswith(_PREFIX) and any(row[_column(table, "n")] for row in table.rows)
    ]


def _figure(run: ReportRun, mark: str, group: Group, table: ScoreTable) -> Figure:
    binning = table.name.removeprefix(_PREFIX)
    words = binning.replace("_", " ")
    title = f"Reliability in bins of {words}, {group_title(group)}: {f'{mark} = ' if mark else ''}{run.name}"
    error = next(
        (each for each in group_scores(run, group) if each.name == "ece" and each.of.get("binning") == binning), None
    )
    return Figure(
        name="-".join(filter(None, ("reliability", binning, *group, mark))),
        title=title,
        caption="A bar is a bin of confidence, as high as the share of its answers that are right; its square stands at their "
        "mean confidence. On the dashed line confidence is right; below it answers are too sure. The table has the number n of "
        "answers in each bin. ECE is the mean distance from the line; it has no interval, since draws would raise it.",
        table=score_table_cells(run.name, table),
        drawing=_drawing(run.name, table, error, f"{title}. The table beside it has all numbers."),
    )


def _drawing(run: str, table: ScoreTable, error: Score | None, description: str) -> Drawing:
    plot = Plot(left_of(0, 1), 24, WIDTH - 10, _HEIGHT - 34, 0.0, 1.0, 0.0, 1.0)
    shapes = plot.axes("confidence", "share of right answers")
    low, high, num, mean, right = (_column(table, name) for name in ("low", "high", "n", "mean_confidence", "accuracy"))
    for row in table.rows:
        accuracy, confidence = row[right], row[mean]
        if not isinstance(accuracy, float) or not isinstance(confidence, float):
            continue
        edges = [plot.x(_number(row[edge])) for edge in (low, high)]
        # A bin of one confidence alone is a thin bar.
        width = max(2.0, edges[1] - edges[0] - 1)
        tooltip = f"{row[num]} answers, mean confidence {decimal(confidence)}, right {decimal(accuracy)}"
        shapes.append(Box(edges[0], plot.y(accuracy), width, plot.bottom - plot.y(accuracy), "bar", "", tooltip))
    shapes.append(
        Line(((plot.x(0), plot.y(0)), (plot.x(1), plot.y(1))), "diagonal", width=1.2, dash=(5, 4)),
    )
    for row in table.rows:
        accuracy, confidence = row[right], row[mean]
        if isinstance(accuracy, float) and isinstance(confidence, float):
            x, y = plot.x(confidence), plot.y(accuracy)
            for role, size in (("paper", _POINT + 3), ("interval", _POINT)):
                shapes.append(Box(x - size / 2, y - size / 2, size, size, role))
    if error is not None:
        parts: tuple[Part, ...] = (
            "ECE ",
            score_number(decimal(error.value), run, error),
            " of ",
            score_number(f"{error.n:,}", run, error, "n"),
            " answers",
        )
        shapes.append(Text(plot.left, 12, parts))
    return Drawing(WIDTH, _HEIGHT, description, tuple(shapes))


def _column(table: ScoreTable, name: str) -> int:
    return table.columns.index(name)


def _number(cell: object) -> float:
    assert isinstance(cell, int | float), "edges of bins are numbers"
    return float(cell)
