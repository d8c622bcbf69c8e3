"""Baselines that read transcripts, on the published labels of the release: numbers about people, beside the acted ones."""

from __future__ import annotations

from pathlib import Path

from ...evaluation import Baseline, predict_baseline, read_split, write_predictions
from ..corpora import read_corpus
from ..output import counted_progress
from .predicting import System
from .scoring import Row, score_systems

SPLIT = "static"
FOLDER = "release"
DRAWS = 500
_BASELINES: tuple[Baseline, ...] = ("majority", "prior", "text")


def score_release(release: Path, out: Path) -> list[Row]:
    """Return a row for each baseline of clips, predicted out of fold on the release's static split.

    Cost: 40 s, most of them for fitting texts.
    """
    corpus, split = read_corpus(str(release)), read_split(SPLIT)
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    systems = []
    for name in _BASELINES:
        file = folder / f"{name}.jsonl"
        with counted_progress(f"fitting {name}") as show:
            command = f"emos baseline {name} {release.resolve().name} --split {SPLIT}"
            write_predictions(file, predict_baseline(name, corpus, split, command=command, progress=show))
        systems.append(System(name, file))
    return score_systems(systems, corpus, split, "clips", DRAWS)
