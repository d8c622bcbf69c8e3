"""What baselines and the model say of the held-out speakers, a file each; a file that was begun is completed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console

from ...evaluation import Baseline, TrainOn, predict_baseline, write_predictions
from ...train import Run, predict_run
from ..output import counted_progress
from .build import Made

FOLDER = "predictions"
ABLATION_SEED = 0
"""Seed of the draw whose audio a monologue is given."""


@dataclass(frozen=True, slots=True)
class System:
    """A row of the table.

    Attributes:
        name: What it is, for people.
        file: The file of its predictions.
    """

    name: str
    file: Path


_BASELINES: tuple[tuple[Baseline, str], ...] = (
    ("majority", "majority"),
    ("prior", "prior"),
    ("text-stream", "text, of each sentence"),
)
_MODELS: tuple[tuple[Literal["video", "audio", "swap-audio"] | None, str], ...] = (
    (None, "av-small: eyes and ears"),
    ("video", "av-small without video"),
    ("audio", "av-small without audio"),
    ("swap-audio", "av-small with audio of another speaker and label"),
)


def predict_all(made: Made, run: Run, out: Path, console: Console) -> list[System]:
    """Write the predictions of all baselines, and those of the model with all ablations, in streaming form."""
    folder = out / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    systems: list[System] = []
    for name, title in _BASELINES:
        file = folder / f"{name}.jsonl"
        learned: TrainOn | None = "streams" if name == "text-stream" else None
        command = f"emos baseline {name} {made.folder.name} --split {made.split_file.name}"
        predictions = predict_baseline(
            name, made.corpus, made.split, train=learned, command=f"{command} --train streams" if learned else command
        )
        write_predictions(file, predictions)
        systems.append(System(title, file))
    for number, (ablation, title) in enumerate(_MODELS):
        file = folder / ("model.jsonl" if ablation is None else f"model-{ablation}.jsonl")
        command = f"emos predict {run.folder.name} {made.folder.name} --split {made.split_file.name} --form streaming"
        with counted_progress(f"predicting, {number + 1} of {len(_MODELS)}") as show:
            predict_run(
                run,
                made.corpus,
                file,
                split=made.split,
                form="streaming",
                ablate=ablation,
                seed=ABLATION_SEED,
                command=f"{command} --ablate {ablation}" if ablation else command,
                progress=show,
            )
        systems.append(System(title, file))
    console.print(f"predictions: {len(systems)} files, of held-out speakers alone: {folder}", soft_wrap=True)
    return systems
