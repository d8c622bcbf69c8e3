"""Figures as values: a drawing, its numbers as a table, and a sentence that says how to read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ....corpus import Scalar
from ....evaluation import LEAST_UNMARKED, SLICES_BY, Score, ScoreTable
from ...drawing import Drawing, Part
from ...formatting import bounded
from ...metric import Number, metric, score_number
from ..content import ReportRun

SHARED = ("layer", "kind", "clock")
"""What figures of one group have in common."""
MOST_ROWS = 200
"""A table beside a figure has at most so many rows on the page; `write_tables` writes all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: As it is printed.
        value: As it is, for files; None where there is none.
        metric: Where JSON of a verb has it; "" for a name or a reason.
    """

    text: str
    value: Scalar = None
    metric: str = ""

    @property
    def number(self) -> Number | None:
        """The cell as a number of a page, or None where it is none."""
        return Number(self.text, self.metric) if self.metric else None


@dataclass(frozen=True, slots=True)
class FigureTable:
    """The numbers of a figure, one a cell.

    Attributes:
        columns: Names of columns.
        rows: Cells.
        heads: What stands above the columns where people read them; their names if left out, with spaces for ``_``.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heads: tuple[str, ...] = ()

    @property
    def head_texts(self) -> tuple[str, ...]:
        """What stands above the columns."""
        return tuple(map(bounded, self.heads or (name.replace("_", " ") for name in self.columns)))

    @property
    def page_rows(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows that a page has."""
        return self.rows[:MOST_ROWS]

    @property
    def num_left_out(self) -> int:
        """How many rows a page leaves out."""
        return max(0, len(self.rows) - MOST_ROWS)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: What its files are named after.
        title: What it is of.
        caption: How to read it.
        table: Its numbers.
        drawing: The drawing; None where it would be too large, which `notes` say.
        notes: What is left out of it, and why.
        has_marks: Whether marks of runs stand in the drawing.
        in_drawing: Whether the drawing has all numbers of the table as text, so that a page need not repeat them.
    """

    name: str
    title: str
    caption: str
    table: FigureTable
    drawing: Drawing | None
    notes: tuple[str, ...] = ()
    in_drawing: bool = False
    has_marks: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", bounded(self.title))
        object.__setattr__(self, "notes", tuple(map(bounded, self.notes)))


Group = tuple[str, str, str]
"""A layer, ``clips`` or ``streams``, and a clock or ""."""


def run_marks(number: int) -> tuple[str, ...]:
    """Return a mark for each of some runs, which stands beside all that is drawn of it.

    Example:
        >>> run_marks(3), run_marks(28)[-2:]
        (('A', 'B', 'C'), ('AA', 'AB'))
    """
    return tuple(_letters(index) for index in range(number))


def _letters(index: int) -> str:
    above, own = divmod(index, 26)
    return (_letters(above - 1) if above else "") + chr(ord("A") + own)


def groups_of(runs: Sequence[ReportRun]) -> list[Group]:
    """Return the layers, kinds and clocks that runs have scores of, in their order."""
    return list(
        dict.fromkeys(
            (score.of.get("layer", ""), score.of.get("kind", ""), score.of.get("clock", ""))
            for run in runs
            for score in run.scores
        )
    )


def group_title(group: Group) -> str:
    """Return the title of a group.

    Example:
        >>> group_title(("basic7", "streams", "content"))
        'basic7, streams, content clock'
    """
    layer, kind, clock = group
    return ", ".join(filter(None, (layer, kind, f"{clock} clock" if clock else "")))


def group_scores(run: ReportRun, group: Group) -> Iterator[Score]:
    """Yield the scores of a run that are of a group and of no slice."""
    for score in run.scores:
        if _is_of(score.of, group):
            yield score


def group_tables(run: ReportRun, group: Group) -> Iterator[ScoreTable]:
    """Yield the tables of a run that are of a group and of no slice."""
    for table in run.scores.tables:
        if _is_of(table.of, group):
            yield table


def _is_of(of: Mapping[str, str], group: Group) -> bool:
    return tuple(of.get(kind, "") for kind in SHARED) == group and not set(of) & set(SLICES_BY)


def decimal(value: float | None) -> str:
    """Return a number to three places, or ``-`` for none.

    Example:
        >>> decimal(0.25), decimal(-0.0), decimal(None)
        ('0.250', '0.000', '-')
    """
    return "-" if value is None else f"{value:z.3f}"


def score_parts(run: str, score: Score) -> tuple[Part, ...]:
    """Return a score as `Score.text` writes it, each number with its name."""
    value = score_number(decimal(score.value), run, score)
    if score.value is None:
        return (value,)
    mark = "*" if score.num_clusters is not None and score.num_clusters < LEAST_UNMARKED else ""
    if score.low is None or score.high is None:
        return (value, mark)
    low, high = (
        score_number(decimal(score.low), run, score, "low"),
        score_number(decimal(score.high), run, score, "high"),
    )
    return (value, " [", low, ", ", high, f"]{mark}")


SCORE_COLUMNS = ("value", "low", "high", "n", "clusters", "note")
"""The columns that `score_cells` fills."""


def score_cells(run: str, score: Score) -> tuple[Cell, ...]:
    """Return the cells of a score: value, interval, what it was computed of, and why something is missing."""

    def cell(field: str, text: str, value: float | None) -> Cell:
        return Cell(text, value, score_number(text, run, score, field).metric)

    clusters = score.num_clusters
    return (
        *(cell(name, decimal(getattr(score, name)), getattr(score, name)) for name in ("value", "low", "high")),
        cell("n", f"{score.n:,}", score.n),
        cell("num_clusters", "-" if clusters is None else f"{clusters:,}", clusters),
        word(score.why),
    )


def word(text: str) -> Cell:
    """Return a cell that is no number."""
    return Cell(bounded(text), text)


def score_table_cells(run: str, table: ScoreTable) -> FigureTable:
    """Return a table of scores with the name of each number; texts of it are names."""
    rows = tuple(
        tuple(_table_cell(run, table, row, column) for column in range(len(table.columns)))
        for row in range(len(table.rows))
    )
    return FigureTable(table.columns, rows, table.columns)


def _table_cell(run: str, table: ScoreTable, row: int, column: int) -> Cell:
    value = table.rows[row][column]
    if isinstance(value, str):
        return word(value)
    text = "-" if value is None else f"{value:z.3f}" if isinstance(value, float) else str(value)
    of: dict[str, str | int] = {**table.of, "run": run, "name": table.name, "row": row, "column": table.columns[column]}
    return Cell(text, value, metric("table", **of))
