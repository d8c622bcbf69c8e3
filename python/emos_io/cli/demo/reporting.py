"""The report of the demo: every file of predictions beside the others, as ``emos report`` writes it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from ..._files import write_text
from ..._progress import LateBar
from ...evaluation import SliceBy, read_runs, score_runs
from ...report.comparison import ReportContent, ReportOptions, ReportRun, TrainingRun, render_report
from .build import Made
from .scoring import LAYER

NAME = "report.html"
TITLE = "Acted emotions, held-out speakers"
SLICED: tuple[SliceBy, ...] = ("language",)
"""Acted monologues have no tiers and one source."""


def write_report(made: Made, files: Sequence[Path], run: Path, out: Path, console: Console) -> Path:
    """Write the report of files of predictions, and return its path; what an earlier run left there is written over.

    It is what the command on the page writes.
    """
    path = out / NAME
    names = [str(each) for each in files]
    command = ["emos", "report", *names, "--corpus", str(made.folder), "--split", str(made.split_file)]
    command += ["--layer", LAYER, "--by", ",".join(SLICED), "--run", str(run), "--title", TITLE, "--out", str(path)]
    corpus, runs = made.corpus, read_runs(names)
    with LateBar("scoring for the report") as bar:
        together = score_runs(runs, corpus, split=made.split, layer=LAYER, by=SLICED, progress=bar.show)
    media = {item.key: Path(item.path) for item in corpus if item.path is not None}
    content = ReportContent(
        title=TITLE,
        corpus=corpus,
        options=ReportOptions(out=path, corpus=str(made.folder), by=SLICED),
        runs=tuple(
            ReportRun(name=each.name, predictions=each, scores=scores)
            for each, scores in zip(runs, together.scores, strict=True)
        ),
        comparison=together.comparison,
        division=made.split,
        split=str(made.split_file),
        layers=(LAYER,),
        media={key: each for key, each in media.items() if each.is_file()},
        training=(TrainingRun(name=run.name, folder=run),),
    )
    write_text(path, render_report(content, shlex.join(command)))
    console.print(f"report: {len(runs)} files, timelines of {len(made.split.test)} monologues", soft_wrap=True)
    return path
