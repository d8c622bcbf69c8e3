"""The kinds of models that `emos train` knows: for each the class of its recipe, and what trains it.

Their modules are imported with the first use of a kind: a recipe of one kind needs nothing of the others.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import cast

from .any_recipe import AnyRecipe
from .run_kind import RunKind


@dataclass(frozen=True, slots=True)
class Kind:
    """Where a kind is, each as ``"module:Class"`` below this folder.

    Attributes:
        recipe: A subclass of `AnyRecipe`; its module needs neither torch nor transformers.
        run: A subclass of `RunKind`; its module needs torch at the earliest in `RunKind.train_seed`.
    """

    recipe: str
    run: str


KINDS = {
    "av-small": Kind("recipe:Recipe", "av_small_run:AVSmallRun"),
    "lora": Kind("lora.recipe:LoraRecipe", "lora.run:LoraRun"),
    "frozen": Kind("frozen.recipe:FrozenRecipe", "frozen.run:FrozenRun"),
}


def recipe_class(kind: str) -> type[AnyRecipe]:
    """Return the class of recipes of a kind."""
    return cast("type[AnyRecipe]", _found(KINDS[kind].recipe))


def run_kind(kind: str) -> RunKind:
    """Return what trains models of a kind."""
    return cast("type[RunKind]", _found(KINDS[kind].run))()


def _found(name: str) -> object:
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(f".{module}", __package__), attribute)
