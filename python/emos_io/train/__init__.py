"""Training what recipes describe: a recipe, a corpus and a split become a run folder; torch is imported with the first use.

```text
 recipe.py       a recipe of a file, checked; any_recipe.py is what those of all kinds share
 kinds.py        the kinds of models; run_kind.py is what a kind decides, av_small_run.py that of av-small
 sides.py        the train, validation and test items of a split; sides that share a group are refused
 plans.py        the windows of a side; step_labels.py, losses.py
 loop.py         one seed: epochs, early stopping, checkpoints from which it goes on exactly
 checkpoints.py  all that decides the next step; logs.py, results.py, exactness.py
 channel_check.py which media lack video or audio, before the first step
 processes.py    which process this is, of those that train together
 verb.py         all seeds of a run, resumed where they stopped
 run_folder.py   what a run leaves behind, written and read
 weights.py      the model of a seed, to predict with
 parity.py       whether training and prediction see the same; parity_run.py: of a run
 run_summary.py  what was trained on what, as a page of text
 av_small/       the model
 predict/        what a run says of a corpus
```
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .any_recipe import AnyRecipe
    from .logs import tensorboard_note
    from .parity import Parity, ParityRow, check_parity
    from .parity_run import check_run
    from .predict.verb import PredictCounts, predict_run
    from .processes import process_number
    from .recipe import Recipe, read_recipe
    from .results import SeedResult
    from .run_folder import Run, read_run
    from .sides import Sides, sides_of
    from .verb import train

_HOMES = {
    "AnyRecipe": "any_recipe",
    "Parity": "parity",
    "ParityRow": "parity",
    "PredictCounts": "predict.verb",
    "Recipe": "recipe",
    "Run": "run_folder",
    "SeedResult": "results",
    "Sides": "sides",
    "check_parity": "parity",
    "check_run": "parity_run",
    "predict_run": "predict.verb",
    "read_recipe": "recipe",
    "read_run": "run_folder",
    "sides_of": "sides",
    "process_number": "processes",
    "tensorboard_note": "logs",
    "train": "verb",
}

__all__ = [
    "AnyRecipe",
    "Parity",
    "ParityRow",
    "PredictCounts",
    "Recipe",
    "Run",
    "SeedResult",
    "Sides",
    "check_parity",
    "check_run",
    "predict_run",
    "process_number",
    "read_recipe",
    "read_run",
    "sides_of",
    "tensorboard_note",
    "train",
]


def __getattr__(name: str) -> object:
    """Return a name of this room; its file is imported with the first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
