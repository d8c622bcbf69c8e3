"""The weights of a checkpoint, exactly, where Trainer leaves out those whose names differ.

Transformers saves some models under other names of weights than the model has (``model.layers.0`` for
``model.language_model.layers.0``). ``from_pretrained`` maps them back. Trainer loads a checkpoint by name and passes over what
it does not find, so that a resumed model would have its pretrained weights.
"""

from __future__ import annotations

import json
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InvalidArgument, short_repr
from .trainer_base import TrainerBase, check_bases
from .versions import tested

if TYPE_CHECKING:
    import torch

_WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")


class CheckpointWeights(TrainerBase):
    """Mixin for Trainer and its like: a model gets all weights of the checkpoint that it goes on with, or of the best one.

    ``class T(CheckpointWeights, SFTTrainer): pass``. `LaneOrder` and `NativeLoader` have it already. It is for whole models of
    transformers; adapters (LoRA), other modules and FSDP are loaded as Trainer does.

    Raises:
        InvalidArgument: The checkpoint lacks weights of the model, or has others; or Trainer is named before the mixin.

    Cost: where names differ, the model once more in CPU memory on each rank while it is loaded; Trainer needs as much.
    """

    def __init_subclass__(cls, **options: object) -> None:
        super().__init_subclass__(**options)
        check_bases(cls, CheckpointWeights)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: torch.nn.Module | None = None) -> None:
        loaded = self.model if model is None else model
        if self.is_fsdp_enabled or not _load_by_name(loaded, Path(resume_from_checkpoint)):
            super()._load_from_checkpoint(resume_from_checkpoint, model)

    def _load_best_model(self) -> None:
        best = self.state.best_model_checkpoint
        if self.is_fsdp_enabled or best is None or not _load_by_name(self.model, Path(best)):
            super()._load_best_model()


def _load_by_name(model: torch.nn.Module, folder: Path) -> bool:
    """Load a checkpoint whose names are not those of the model; False where Trainer's way is right, and nothing was done."""
    transformers = tested("transformers")
    if not isinstance(model, transformers.PreTrainedModel) or getattr(model, "_hf_peft_config_loaded", False):
        return False
    if not any((folder / name).is_file() for name in _WEIGHTS) or _has_names_of(model, _names(folder)):
        return False
    _load_exactly(model, folder)
    return True


def _names(folder: Path) -> set[str] | None:
    """Return the names of weights that a checkpoint has; None where they are not known without reading it all."""
    index, single = folder / "model.safetensors.index.json", folder / "model.safetensors"
    if single.is_file():
        from safetensors import safe_open

        with safe_open(str(single), framework="pt") as file:
            return set(file.keys())
    return set(json.loads(index.read_text())["weight_map"]) if index.is_file() else None


def _has_names_of(model: torch.nn.Module, names: set[str] | None) -> bool:
    """Return whether names are those of the model; of weights that are tied, one is enough."""
    state = model.state_dict()
    if names is None or not names <= set(state):
        return False
    kept = {state[name].data_ptr() for name in names}
    return all(name in names or weight.data_ptr() in kept for name, weight in state.items())


def _load_exactly(model: Any, folder: Path) -> None:
    import torch

    floats = {weight.dtype for weight in model.state_dict().values() if weight.is_floating_point()}
    # The widest type of the model, so that reading rounds nothing.
    dtype = reduce(torch.promote_types, sorted(floats, key=str))
    try:
        loaded, info = type(model).from_pretrained(str(folder), dtype=dtype, output_loading_info=True)
    except (RuntimeError, ValueError) as error:
        raise _refusal(model, folder, short_repr(str(error))) from error
    for kind in ("missing", "unexpected", "mismatched"):
        if names := sorted(map(str, info[f"{kind}_keys"])):
            raise _refusal(model, folder, f"{len(names)} {kind}, such as {names[0]}")
    try:
        model.load_state_dict(loaded.state_dict(), strict=True)
    except RuntimeError as error:
        raise _refusal(model, folder, short_repr(str(error))) from error


def _refusal(model: object, folder: Path, what: str) -> InvalidArgument:
    return InvalidArgument(
        f"weights of a checkpoint must be those of {type(model).__name__}, got {what}; choose a checkpoint of this model: "
        f'"{folder}"',
        path=str(folder),
    )
