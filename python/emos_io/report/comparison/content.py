"""What a report is made of: runs with their scores, the corpus, media, and how the page is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ...corpus import Corpus, Folds, Scalar, Split
from ...evaluation import Comparison, Predictions, Scores


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """How a report is asked for.

    Attributes:
        out: The path of the page; links and local media are relative to its folder.
        corpus: The corpus as it was named on the command line, for the commands that the page prints.
        media: The folder of media as it was named, or None.
        frames: Whether the page may have thumbnails of media.
        pages: How many pages of the worst items stand beside the report.
        by: What scores are sliced by.
        draws, seed: Of the intervals.
    """

    out: Path
    corpus: str = ""
    media: str | None = None
    frames: bool = True
    pages: int = 0
    by: tuple[str, ...] = ()
    draws: int = 2000
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRun:
    """One file of predictions with its scores.

    Attributes:
        name: A name that no other run of the report has; that of its `Scores`.
        predictions: What the file has.
        scores: Its scores, equal to those of ``emos score``.
    """

    name: str
    predictions: Predictions
    scores: Scores

    @property
    def header(self) -> Mapping[str, Scalar]:
        """What the file says of itself."""
        return self.predictions.header


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRun:
    """The folder of a run of ``emos train``, for its learning curves.

    Attributes:
        name: A name that no other one has.
        folder: The folder.
    """

    name: str
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportContent:
    """All that a report is made of.

    Attributes:
        title: The title of the page.
        corpus: The corpus, with the paths of media.
        runs: The runs, in the order in which they were named; none for a report of a corpus alone.
        comparison: The paired differences between the runs; None where there are none, and `why_no_comparison` says why.
        why_no_comparison: See there; "" for a run alone.
        division: The split or folds whose side is scored, or None for all items.
        split: That split as it was named, or None.
        side: Its side.
        layers: The layers of the report: those that are scored; without runs, those of decisions.
        media: The local file of an item, by its key; items whose file is not there are left out.
        training: Folders of training runs.
        pages: Addresses of pages of windows, relative to the folder of the report, by layer and key of the window.
        show: The command that writes the page of a window, in the text before and after its key.
        options: How the page is asked for.
    """

    title: str
    corpus: Corpus
    options: ReportOptions
    runs: tuple[ReportRun, ...] = ()
    comparison: Comparison | None = None
    why_no_comparison: str = ""
    division: Split | Folds | None = None
    split: str | None = None
    side: Literal["train", "validation", "test"] = "test"
    layers: tuple[str, ...] = ()
    media: Mapping[str, Path] = field(default_factory=dict)
    training: tuple[TrainingRun, ...] = ()
    pages: Mapping[tuple[str, str], str] = field(default_factory=dict)
    show: tuple[str, str] = ("", "")
