"""Cells of scores and differences, and the notes below their tables."""

from __future__ import annotations

from collections.abc import Mapping

from ...evaluation import LEAST_UNMARKED, Difference, Notes, RunDifference, Score, reasons
from ..metric import Number, number, score_number
from ..page_table import Cell, Piece

NOTHING = "-"
"""What stands where there is no value."""


class PageNotes:
    """The notes of tables: each reason once, with a number, and the name of the number that is in it."""

    def __init__(self) -> None:
        self._notes = Notes()
        self._cells: dict[str, Cell] = {}
        self.has_few = False

    def mark(self, reason: Mapping[str, Cell]) -> str:
        """Return what stands beside a value for its reasons, "" for none; they are taken among the notes."""
        text = "; ".join(reason)
        mark = self._notes.number(text)
        if mark and mark not in self._cells:
            cell: list[Piece] = []
            for index, each in enumerate(reason.values()):
                cell += ["; ", *each] if index else each
            self._cells[mark] = tuple(cell)
        return f" {mark}" if mark else ""

    def rows(self) -> tuple[Cell, ...]:
        """Return the notes, each with its number."""
        few = ((f"* from fewer than {LEAST_UNMARKED} clusters",),) if self.has_few else ()
        return (*((f"{mark} ", *cell) for mark, cell in self._cells.items()), *few)


def score_cell(run: str, score: Score | None, notes: PageNotes) -> Cell:
    """Return the value of a score with its interval and its marks, as `Score.text` has them."""
    if score is None:
        return ()
    mark = notes.mark(_reason(run, score))
    if score.value is None:
        return (NOTHING, mark)
    star = _star(score.num_clusters, notes)
    value = score_number(_decimal(score.value), run, score)
    if score.low is None or score.high is None:
        return (value, star + mark)
    low, high = (score_number(_decimal(each), run, score, name) for name, each in _ends(score.low, score.high))
    return (value, " [", low, ", ", high, f"]{star}{mark}")


def n_of(run: str, score: Score | None) -> Number | None:
    """Return of how many things a score was computed."""
    return None if score is None else score_number(f"{score.n:,}", run, score, "n")


def clusters_of(run: str, score: Score | None) -> Number | None:
    """Return in how many clusters a score counts something."""
    if score is None or score.num_clusters is None:
        return None
    return score_number(f"{score.num_clusters:,}", run, score, "num_clusters")


def difference_cells(found: RunDifference, notes: PageNotes) -> tuple[Cell, ...]:
    """Return the difference with its interval, p, p by Holm, both n and the clusters."""
    one = found.difference
    why = one.why if one.low is None else ""
    mark = notes.mark({why: (why,)} if why else {})
    value: Cell = (NOTHING, mark)
    if one.difference is not None:
        star = _star(one.num_clusters, notes)
        value = (difference_number(found, "difference", _decimal(one.difference)), star + mark)
        if one.low is not None and one.high is not None:
            low, high = (difference_number(found, name, _decimal(each)) for name, each in _ends(one.low, one.high))
            value = (value[0], " [", low, ", ", high, f"]{star}{mark}")
    ns = [difference_number(found, name, f"{getattr(one, name):,}") for name in ("num_first", "num_second")]
    return (
        value,
        _p(found, "p", one.p),
        _p(found, "p_adjusted", one.p_adjusted),
        (ns[0],) if one.num_first == one.num_second else (ns[0], " / ", ns[1]),
        () if one.num_clusters is None else (difference_number(found, "num_clusters", f"{one.num_clusters:,}"),),
    )


def difference_values(found: RunDifference) -> tuple[Cell, Cell]:
    """Return the values of both runs on the items that both have."""
    one: Difference = found.difference
    first, second = (
        (NOTHING,) if value is None else (difference_number(found, name, _decimal(value)),)
        for name, value in (("first", one.first), ("second", one.second))
    )
    return first, second


def difference_number(found: RunDifference, field: str, text: str) -> Number:
    """Return a number of a difference; fields ``first`` and ``second`` are the values of both runs."""
    one = found.difference
    of = {**one.of, "first": found.first, "second": found.second, "name": one.name, "field": field}
    return number(text, "difference", **of)


def _p(found: RunDifference, field: str, value: float | None) -> Cell:
    return (NOTHING,) if value is None else (difference_number(found, field, f"{value:.4f}"),)


def _ends(low: float, high: float) -> tuple[tuple[str, float], tuple[str, float]]:
    return ("low", low), ("high", high)


def _decimal(value: float) -> str:
    return f"{value:z.3f}"


def _star(num_clusters: int | None, notes: PageNotes) -> str:
    is_few = num_clusters is not None and num_clusters < LEAST_UNMARKED
    notes.has_few = notes.has_few or is_few
    return "*" if is_few else ""


def _reason(run: str, score: Score) -> dict[str, Cell]:
    """Return the reasons of a score with the names of the numbers in them."""
    found: dict[str, Cell] = {}
    for field, text in reasons(score):
        if field == "why":
            found[text] = (score_number(text, run, score, field),)
        else:
            share, _, rest = text.partition(" ")
            found[text] = (score_number(share, run, score, field), f" {rest}")
    return found
