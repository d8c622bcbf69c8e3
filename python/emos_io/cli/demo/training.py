"""The small model that ships, trained with one seed on the corpus of the demo; a run that was stopped goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from ...train import Recipe, Run, read_recipe, train
from ..output import counted_progress
from .build import Made

RECIPE = "av-small.toml"
SEED = 0
FOLDER = "run"


def train_model(made: Made, out: Path, num_epochs: int | None, console: Console) -> Run:
    """Train with one seed, or go on with a run that was stopped; one that is done is read.

    Args:
        made: What it learns from.
        out: The folder of the demo.
        num_epochs: The most epochs; those of the recipe if None.
        console: Where to print.
    """
    recipe = read_recipe(RECIPE)
    assert isinstance(recipe, Recipe), "the recipe that ships is of the small model"
    if num_epochs is not None:
        recipe = replace(recipe, training=replace(recipe.training, epochs=num_epochs))
    folder = out / FOLDER
    command = f"emos train {RECIPE} {made.folder.name} --split {made.split_file.name} --out {FOLDER} --seeds {SEED}"
    with counted_progress("training") as show:
        run = train(
            recipe,
            made.corpus,
            made.split,
            folder,
            seeds=(SEED,),
            device="cpu",
            command=command,
            progress=lambda _, done, total: show(done, total),
        )
    (result,) = run.results
    console.print(
        f"model: {RECIPE}, one seed ({SEED}), {result.num_epochs} epochs, of which number {result.best_epoch + 1} is the best; "
        f"macro F1 {result.macro_f1:.3f} on the {len(made.split.validation)} speakers to stop by",
        soft_wrap=True,
    )
    return run
