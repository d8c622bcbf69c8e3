"""All figures of a report, by layer, kind and clock."""

from __future__ import annotations

from dataclasses import dataclass

from ...formatting import bounded
from ..content import ReportContent
from .class_bars import class_bars
from .confusion import confusion_matrices
from .figure import Figure, group_title, groups_of, run_marks
from .learning_curves import learning_curves
from .reliability import reliability_diagrams
from .run_bars import ablation, ceiling_bars, run_bars


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Figures that stand under one title, of one layer, kind and clock, or of training.

    Attributes:
        title: The title.
        figures: The figures.
    """

    title: str
    figures: tuple[Figure, ...]

    def is_first(self, figure: Figure) -> bool:
        """Return whether a figure is the first one of its group that is read as it is; the others need no caption."""
        return figure is next(each for each in self.figures if each.caption == figure.caption)


@dataclass(frozen=True, slots=True)
class RunMark:
    """What stands for a run in figures of several.

    Attributes:
        mark: A letter or two.
        name: The name of the run.
        without: The channel that the run lacks, or "".
    """

    mark: str
    name: str
    without: str


@dataclass(frozen=True, slots=True)
class FiguresSection:
    """The figures of a report.

    Attributes:
        marks: What stands for each run; none where there is one run alone.
        groups: The figures.
    """

    marks: tuple[RunMark, ...]
    groups: tuple[FigureGroup, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """All figures."""
        return tuple(figure for group in self.groups for figure in group.figures)


def figures_section(content: ReportContent) -> FiguresSection | None:
    """Return the figures of a report, or None where there are none.

    Raises:
        SourceNotFound, SourceUnreadable: A folder of `content.training` is no run, or one of its files cannot be read.

    Cost: one pass over scores and logs.
    """
    runs = content.runs
    groups: list[FigureGroup] = []
    for group in groups_of(runs):
        figures = [
            *run_bars(runs, group),
            *class_bars(runs, group),
            *ceiling_bars(runs, group),
            *confusion_matrices(runs, group),
            *reliability_diagrams(runs, group),
        ]
        if figures:
            groups.append(FigureGroup(bounded(group_title(group)), tuple(figures)))
    for training in content.training:
        curves = learning_curves(training)
        if curves:
            groups.append(FigureGroup(bounded(f"training: {training.name}"), tuple(curves)))
    if not groups:
        return None
    marks = run_marks(len(runs)) if len(runs) > 1 else ()
    named = tuple(
        RunMark(mark, bounded(run.name), bounded(ablation(run))) for mark, run in zip(marks, runs, strict=bool(marks))
    )
    return FiguresSection(named, tuple(groups))
