"""The report of the demo: every file of predictions beside the others, written by ``emos report``."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from rich.console import Console

from ..report import report
from .build import Made
from .scoring import LAYER

NAME = "report.html"
TITLE = "Acted emotions, held-out speakers"
SLICED = "language"
"""What scores are sliced by: acted monologues have no tiers, and one source."""


def write_report(made: Made, files: Sequence[Path], run: Path, out: Path, console: Console) -> Path:
    """Write the report of files of predictions, and return its path; that of an earlier run is written over."""
    path = out / NAME
    words = ["--corpus", str(made.folder), "--split", str(made.split_file), "--layer", LAYER, "--by", SLICED]
    words += ["--run", str(run), "--title", TITLE, "--out", str(path), "--overwrite"]
    # What the verb prints of the path is said below, and stdout may be for JSON.
    with redirect_stdout(io.StringIO()):
        report.main([*words, "--", *map(str, files)], prog_name="emos report", standalone_mode=False)
    console.print(f"report: {len(files)} files beside each other, {len(made.split.test)} timelines", soft_wrap=True)
    return path
