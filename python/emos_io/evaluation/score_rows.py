"""Scores as rows of tables: which measures stand in which table, in which order, and what notes are below them.

A table is of one layer, one kind (clips or streams) and one clock, and of one section of measures. A row is one measure of one
thing, such as ``f1`` of the class Joy, with the scores of all runs side by side. The command line prints these rows as text,
and a report as HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .compare import Comparison, RunDifference
from .provenance import provenance_text
from .scores import Score, Scores, ScoreTable
from .slices import SLICES_BY

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
SECTIONS = ("measures", "turning points", "classes", "soft labels", "calibration", "confidence by tier", "slices")
"""The tables of a layer, a kind and a clock, in order."""
FEW = "drawn from "
"""How the mark of few clusters begins, which tables have as a star."""


class ScorePart(NamedTuple):
    """What the tables of a part are of; "" where there is none."""

    layer: str
    kind: str
    clock: str

    @property
    def title(self) -> str:
        """The part in words.

        Example:
            >>> ScorePart("basic7", "streams", "content").title
            'basic7, streams, content clock'
        """
        return ", ".join(filter(None, (self.layer, self.kind, f"{self.clock} clock" if self.clock else "")))


class ScoreRow(NamedTuple):
    """A measure, and what it is of beside layer, kind and clock."""

    name: str
    of: tuple[tuple[str, str], ...]

    @property
    def of_text(self) -> str:
        """What it is of, in words.

        Example:
            >>> ScoreRow("turning_point_f1", (("definition", "change"), ("tolerance", "2"))).of_text
            'change, 2 s'
        """
        return ", ".join(of_text(kind, value) for kind, value in self.of)


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A row of a table of measures.

    Attributes:
        row: The measure, and what it is of.
        scores: Its score of each run, in the order of the runs; None where a run has none.
    """

    row: ScoreRow
    scores: tuple[Score | None, ...]


@dataclass(frozen=True, slots=True)
class MeasureTable:
    """A table of measures of several runs.

    Attributes:
        part: What all of it is of.
        section: One of `SECTIONS`.
        lines: Its rows.
    """

    part: ScorePart
    section: str
    lines: tuple[MeasureLine, ...]

    @property
    def title(self) -> str:
        """The title of the table."""
        return self.part.title if self.section == "measures" else f"{self.part.title}: {self.section}"


@dataclass(frozen=True, slots=True)
class DifferenceTable:
    """The paired differences between two runs in one part: those of the first minus those of the second."""

    first: str
    second: str
    part: ScorePart
    differences: tuple[RunDifference, ...]


class Notes:
    """Why there is no value, or no interval: each reason once, with a number.

    Example:
        >>> notes = Notes()
        >>> notes.number("no draws"), notes.number("no items"), notes.number("no draws"), notes.number("")
        ('(1)', '(2)', '(1)', '')
        >>> list(notes.lines())
        ['(1) no draws', '(2) no items']
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, why: str) -> str:
        """Return the number of a reason in parentheses, or "" where there is none."""
        return f"({self._numbers.setdefault(why, len(self._numbers) + 1)})" if why else ""

    def lines(self) -> Iterator[str]:
        """Yield each reason with its number."""
        yield from (f"({number}) {why}" for why, number in self._numbers.items())


def score_parts(found: Iterable[Scores]) -> list[ScorePart]:
    """Return what there are scores of, in the order of their first score."""
    return list(dict.fromkeys(part_of(score.of) for each in found for score in each))


def part_of(of: Mapping[str, str]) -> ScorePart:
    """Return the part of a score, of a table or of a difference."""
    return ScorePart(*(of.get(kind, "") for kind in _SHARED))


def measure_tables(found: Sequence[Scores], part: ScorePart) -> Iterator[MeasureTable]:
    """Yield the tables of measures of a part, in the order of `SECTIONS`; what JSON alone has is in none.

    Args:
        found: The scores of the runs, a run each.
        part: One of `score_parts`.
    """
    by_row = [{row_of(score): score for score in each if part_of(score.of) == part} for each in found]
    sections: dict[str, list[ScoreRow]] = {}
    for row in dict.fromkeys(row for each in by_row for row in each):
        sections.setdefault(_section(row), []).append(row)
    for section in SECTIONS:
        rows = sections.get(section, [])
        if section == "turning points":
            # A definition and a tolerance at a time, so that switchers stand beside the F1.
            order = list(dict.fromkeys(map(_point, rows)))
            rows = sorted(rows, key=lambda row: order.index(_point(row)))
        elif section == "confidence by tier":
            rows = sorted(rows, key=_tier_order)
        if rows:
            lines = tuple(MeasureLine(row, tuple(each.get(row) for each in by_row)) for row in rows)
            yield MeasureTable(part, section, lines)


def tables_behind(scores: Scores, part: ScorePart) -> Iterator[ScoreTable]:
    """Yield the tables behind the scores of a part: of all its items, not of a slice."""
    for table in scores.tables:
        if part_of(table.of) == part and not _slice_kinds(table.of) and table.name != _TIERS_TABLE:
            yield table


def difference_tables(found: Comparison) -> list[DifferenceTable]:
    """Return the differences by pair of runs and by part, in their order."""
    tables: dict[tuple[str, str, ScorePart], list[RunDifference]] = {}
    for each in found.differences:
        tables.setdefault((each.first, each.second, part_of(each.difference.of)), []).append(each)
    return [DifferenceTable(*key, tuple(differences)) for key, differences in tables.items()]


def row_of(score: Score) -> ScoreRow:
    """Return the row of a score."""
    return ScoreRow(score.name, rest_of(score.of))


def rest_of(of: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what something is of beside the layer, kind and clock."""
    return tuple((kind, value) for kind, value in of.items() if kind not in _SHARED)


def of_text(kind: str, value: str) -> str:
    """Return one thing that a measure is of, in words.

    Example:
        >>> of_text("tolerance", "2"), of_text("class", "Joy"), of_text("ties", "half")
        ('2 s', 'Joy', 'ties half')
    """
    if kind == "tolerance":
        return f"{value} s"
    return value if kind in (*SLICES_BY, "class", "definition") else f"{kind} {value}"


def reasons(score: Score) -> list[tuple[str, str]]:
    """Return why a score lacks a value or an interval, and its marks; of few clusters a star alone speaks.

    Returns:
        The field of the score that says so (``why``, ``share_partial``, ``share_undefined``) and the reason, each.

    Example:
        >>> reasons(Score(name="f1", value=0.5, n=9, low=0.4, high=0.6, share_partial=0.25))
        [('share_partial', '25.0% of draws lack a class, and leave it out')]
    """
    marks = [mark for mark in score.why.split("; ") if mark and (score.low is None or not mark.startswith(FEW))]
    found = [("why", mark) for mark in marks]
    if score.share_partial:
        found.append(("share_partial", f"{score.share_partial:.1%} of draws lack a class, and leave it out"))
    if score.share_undefined:
        found.append(("share_undefined", f"{score.share_undefined:.1%} of draws have no value, and are left out"))
    return found


def truth_lines(scores: Scores) -> Iterator[str]:
    """Yield where the truth of each layer comes from, in words."""
    for layer in (str(value) for name, value in scores.provenance.items() if name.endswith(".layer")):
        own = {name.removeprefix(f"{layer}."): value for name, value in scores.provenance.items()}
        yield from provenance_text(own)


def _slice_kinds(of: Mapping[str, str]) -> list[str]:
    return [kind for kind in of if kind in SLICES_BY]


def _section(row: ScoreRow) -> str:
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


def _tier_order(row: ScoreRow) -> tuple[str, int]:
    """Return what orders tiers of a source from high to low, then the gap between them."""
    kinds = dict(row.of)
    tier = kinds.get("confidence_tier", "")
    return kinds["source"], _TIERS.index(tier) if tier in _TIERS else len(_TIERS) + (not tier)


def _point(row: ScoreRow) -> tuple[str, str]:
    kinds = dict(row.of)
    return kinds.get("definition", ""), kinds["tolerance"]
