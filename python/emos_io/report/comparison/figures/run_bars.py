"""Runs beside each other: ablations beside the run with all channels, and raters beside models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ....evaluation import Comparison, Difference, Score, of_text
from ...metric import metric
from ..content import ReportRun
from .bars import Bar, bars_drawing
from .figure import (
    SCORE_COLUMNS,
    SHARED,
    Cell,
    Figure,
    FigureTable,
    Group,
    decimal,
    group_scores,
    group_title,
    run_marks,
    score_cells,
    score_parts,
    word,
)

MEASURES = ("accuracy", "macro_f1", "weighted_f1", "uar", "samples_f1", "jaccard", "turning_point_f1")
"""The measures from 0 to 1 by which runs stand beside each other."""
_CEILING, _BESIDE = "annotator_ceiling", "accuracy_beside_ceiling"
_ABLATED = "ablate"
"""The key of the header of a file of predictions that says which channel was taken away."""
_Of = tuple[tuple[str, str], ...]


def run_bars(runs: Sequence[ReportRun], group: Group) -> list[Figure]:
    """Return a figure of several runs beside each other; runs that lack a channel are marked in it."""
    if len(runs) < 2:
        return []
    groups: dict[tuple[str, _Of], list[Bar]] = {}
    rows: list[tuple[Cell, ...]] = []
    for run, mark in zip(runs, run_marks(len(runs)), strict=True):
        for score in _measures(run, group):
            of = tuple((kind, value) for kind, value in score.of.items() if kind not in SHARED)
            groups.setdefault((score.name, of), []).append(_bar(mark, run, score))
            rows.append((*_first_cells(score.name, of, run), *score_cells(run.name, score)))
    if not groups:
        return []
    is_ablated = any(ablation(run) for run in runs)
    title = f"{'Ablations' if is_ablated else 'Runs'}: {group_title(group)}"
    order = list(dict.fromkeys(name for name, _ in groups))
    rows.sort(key=lambda row: (order.index(row[0].text), row[1].text))
    named = [(_name(name, of), bars) for (name, of), bars in groups.items()]
    return [
        Figure(
            name="-".join(("ablations" if is_ablated else "runs", *group)),
            title=title,
            caption="Bars of one measure stand below each other, a run each, by their marks. Whether two runs differ is said "
            "by their paired difference, not by whether their intervals overlap."
            + (" Runs without a channel say so beside their name." if is_ablated else ""),
            table=FigureTable(("measure", "of", "run", "without", *SCORE_COLUMNS), tuple(rows)),
            drawing=bars_drawing(named, f"Bars of {title}; the table beside them has all numbers."),
            has_marks=True,
        )
    ]


def ceiling_bars(runs: Sequence[ReportRun], group: Group) -> list[Figure]:
    """Return a figure of how often a rater agrees with the others, and of runs beside it; none without such raters."""
    groups: dict[_Of, list[Bar]] = {}
    rows: list[tuple[Cell, ...]] = []
    marks = run_marks(len(runs)) if len(runs) > 1 else ("",)
    ceilings: list[Score] = []
    for run, mark in zip(runs, marks, strict=True):
        for score in group_scores(run, group):
            if score.name not in (_CEILING, _BESIDE) or "rater" in score.of or score.value is None:
                continue
            of = tuple((kind, value) for kind, value in score.of.items() if kind not in SHARED)
            is_first = score.name == _CEILING
            if is_first:
                if score in ceilings:
                    # Beside runs on the same items raters are the same.
                    continue
                ceilings.append(score)
            bar = _bar("raters" if is_first else mark or "model", run, score)
            groups.setdefault(of, []).append(bar)
            rows.append((*_first_cells(score.name, of, run), *score_cells(run.name, score)))
    if not groups:
        return []
    title = f"Ceiling: {group_title(group)}"
    return [
        Figure(
            name="-".join(("ceiling", *group)),
            title=title,
            caption="How often a rater who is left out gives the label of the other raters, and how often each run gives it, "
            "on the same items. Ties of the others are left out, or a half.",
            table=FigureTable(("measure", "of", "run", "without", *SCORE_COLUMNS), tuple(rows)),
            drawing=bars_drawing(
                [(_of_text(of), bars) for of, bars in groups.items()], f"Bars of {title}; the table has all numbers."
            ),
            has_marks=True,
        )
    ]


def difference_table(comparison: Comparison | None) -> FigureTable | None:
    """Return the paired differences between runs as a table; None where there are none."""
    if comparison is None or not comparison.differences:
        return None
    columns = (
        "first",
        "second",
        "measure",
        "of",
        "difference",
        "low",
        "high",
        "p",
        "p_holm",
        "n_first",
        "n_second",
        "clusters",
    )
    rows = tuple(
        (
            *(word(text) for text in (each.first, each.second, each.difference.name, _difference_of(each.difference))),
            *_difference_cells(each.first, each.second, each.difference),
            word(each.difference.why),
        )
        for each in comparison.differences
    )
    return FigureTable((*columns, "note"), rows)


def ablation(run: ReportRun) -> str:
    """Return which channel a run lacks, as its file says; "" for none."""
    value = run.header.get(_ABLATED)
    return "" if value is None else str(value)


def _measures(run: ReportRun, group: Group) -> Iterator[Score]:
    yield from (score for score in group_scores(run, group) if score.name in MEASURES and "class" not in score.of)


def _bar(mark: str, run: ReportRun, score: Score) -> Bar:
    return Bar(mark, score_parts(run.name, score), score.value, score.low, score.high)


def _first_cells(name: str, of: _Of, run: ReportRun) -> tuple[Cell, ...]:
    return word(name), word(_of_text(of)), word(run.name), word(ablation(run))


def _name(name: str, of: _Of) -> str:
    return ", ".join((name.replace("_", " "), *(of_text(kind, value) for kind, value in of)))


def _of_text(of: _Of) -> str:
    return ", ".join(of_text(kind, value) for kind, value in of)


def _difference_of(difference: Difference) -> str:
    return ", ".join(of_text(kind, value) for kind, value in difference.of.items())


def _difference_cells(first: str, second: str, one: Difference) -> Iterator[Cell]:
    texts = {
        "difference": decimal(one.difference),
        "low": decimal(one.low),
        "high": decimal(one.high),
        "p": "-" if one.p is None else f"{one.p:.4f}",
        "p_adjusted": "-" if one.p_adjusted is None else f"{one.p_adjusted:.4f}",
        "num_first": f"{one.num_first:,}",
        "num_second": f"{one.num_second:,}",
        "num_clusters": "-" if one.num_clusters is None else f"{one.num_clusters:,}",
    }
    for field, text in texts.items():
        of = {**one.of, "first": first, "second": second, "name": one.name, "field": field}
        yield Cell(text, getattr(one, field), metric("difference", **of))
