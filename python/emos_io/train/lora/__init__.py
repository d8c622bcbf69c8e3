"""Fine-tuning of a large model on windows and the answers about them, by an adapter (LoRA) or with all weights.

```text
 recipe.py       what is trained, and how; sections.py checks its values
 answers.py      the answer to learn about a window
 windows.py      the windows of a side, and what the processor makes of them
 base_model.py   the model and the processor that it begins from
 adapter.py      the adapter: where it sits, how many weights learn
 memory.py       the memory that a step needs, before there is one; saved_bytes.py counts what a backward pass keeps
 trainer.py      the Trainer of transformers, with records of what was consumed
 records.py      log.csv and windows.csv, cut back to a checkpoint
 checkpoints.py  which checkpoint is the last one
 together.py     several processes that train one model
 run.py          a seed from the base model to its result
 scoring.py      how it answers, on the items that it learned beside those of validation
 summary.py      the card of a run
 tuned.py        the model of a run, to predict with
```
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .recipe import LoraRecipe
    from .tuned import Tuned, load_tuned

_HOMES = {"LoraRecipe": "recipe", "Tuned": "tuned", "load_tuned": "tuned"}

__all__ = ["LoraRecipe", "Tuned", "load_tuned"]


def __getattr__(name: str) -> object:
    """Return a name of this folder; its file is imported with the first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
