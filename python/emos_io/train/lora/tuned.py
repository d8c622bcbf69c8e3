"""The model that a seed of a run left behind: base and adapter, or all weights, with the processor that it was trained with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ...adapters import Family, load_processor
from ...errors import InvalidArgument, SourceChanged, SourceNotFound, SourceUnreadable, quoted
from ...inference.saved_model import Dtype, SavedModel, device_of, read_saved_model, reason_text, weights_errors
from ..any_recipe import AnyRecipe
from ..recipe import read_recipe
from ..run_folder import RECIPE, Run
from .base_model import base_identity, needed, read_base
from .recipe import LoraRecipe
from .sections import LORA
from .windows import FamilyOptions, family_options

if TYPE_CHECKING:
    from torch import nn
    from transformers import ProcessorMixin

ADAPTER, MODEL, PROCESSOR = "adapter", "model", "processor"


@dataclass(frozen=True, slots=True)
class Tuned:
    """A fine-tuned model, ready to answer.

    Attributes:
        model: The model, in evaluation mode.
        processor: Its processor.
        family: The family of the processor.
        options: Options of the family as in training: ``family(processor, conversation, **options)``.
        recipe: The recipe, with the prompt that it learned.
    """

    model: nn.Module
    processor: ProcessorMixin
    family: type[Family]
    options: FamilyOptions
    recipe: LoraRecipe


def load_tuned(run: Run, seed: int | None = None, *, device: str = "cpu", dtype: Dtype | None = None) -> Tuned:
    """Return the model of a seed of a run of the kind ``"lora"``.

    Args:
        run: The run.
        seed: The seed; the first one that is done if left out.
        device: A device of torch.
        dtype: The type of the base's weights; that of the recipe if left out.

    Raises:
        InvalidArgument: The run is of another kind, there is no such seed, or it is not done.
        SourceChanged: The base has other files than when the run began.
        SourceNotFound, SourceUnreadable: The base, the adapter or the processor is gone, or cannot be read.
        ImportError: transformers or peft is not installed, or not in a tested version.

    Cost: reading the weights of the base.
    """
    if run.kind != LORA:
        raise InvalidArgument(
            f"run must be of the kind {LORA}, got {run.kind}; Run.load_model loads those of av-small: {quoted(run.folder)}",
            path=str(run.folder),
        )
    recipe: AnyRecipe = read_recipe(run.folder / RECIPE)
    assert isinstance(recipe, LoraRecipe)
    folder = run.seed_folder(run.done_seed(seed))
    processor = load_processor(_there(folder / PROCESSOR))
    base = None if recipe.model.weights == "all" else _same_base(run, read_base(recipe.model.base))
    model, family = tuned_model(recipe, folder, device=device, dtype=dtype, base=base)
    return Tuned(model, processor, family, family_options(recipe), recipe)


def tuned_model(
    recipe: LoraRecipe,
    folder: Path,
    *,
    device: str = "cpu",
    dtype: Dtype | None = None,
    base: SavedModel | None = None,
) -> tuple[nn.Module, type[Family]]:
    """Return the model of the folder of a seed, and its family.

    Args:
        recipe: What was trained.
        folder: The folder of the seed.
        device: A device of torch.
        dtype: The type of the base's weights; that of the recipe if left out.
        base: The base model, where it is known already.

    Raises:
        SourceNotFound, SourceUnreadable: The base or what was trained is gone, or cannot be read.
    """
    chosen = dtype or recipe.model.dtype
    if recipe.model.weights == "all":
        saved = _all_weights(_there(folder / MODEL), folder)
        return cast("nn.Module", saved.load(chosen, device=device)), saved.family
    base = base or read_base(recipe.model.base)
    adapter = _there(folder / ADAPTER)
    model = base.load(chosen)
    try:
        adapted = needed("peft").PeftModel.from_pretrained(model, str(adapter))
    except weights_errors() as error:
        raise SourceUnreadable(
            f"the adapter cannot be read ({reason_text(error)}); train that seed again in a new folder: {quoted(adapter)}",
            path=str(adapter),
        ) from error
    return cast("nn.Module", adapted).to(device_of(device)).eval(), base.family


def _all_weights(model: Path, folder: Path) -> SavedModel:
    # transformers reads weights of one folder and the processor of the other.
    read = read_saved_model(folder / PROCESSOR, what="run")
    return SavedModel(str(model), "run", read.processor, read.family, read.config)


def _same_base(run: Run, base: SavedModel) -> SavedModel:
    """Return the base model, which must be the one that the run began from."""
    if any(run.facts.get(name, value) != value for name, value in base_identity(base).items()):
        raise SourceChanged(
            "model.base must be the model that the run began from, got one with other files; put those back, or train in a "
            f"new folder: {quoted(base.name)}",
            path=base.name,
        )
    return base


def _there(path: Path) -> Path:
    if not path.is_dir():
        raise SourceNotFound(
            f"the weights of the seed are gone; train that seed again in a new folder: {quoted(path)}", path=str(path)
        )
    return path
