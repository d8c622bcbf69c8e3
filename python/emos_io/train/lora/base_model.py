"""The model that a fine-tuning begins from: what is known of it before its weights are loaded."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...errors import InvalidArgument
from ...inference import folder_sha256
from ...inference.saved_model import Dtype, SavedModel, needs, read_saved_model, torch_dtype
from .sections import LoraModelSection

if TYPE_CHECKING:
    from transformers import PreTrainedModel

EXTRA = "lora"
"""The extra that installs what fine-tuning needs."""


def read_base(name: str) -> SavedModel:
    """Return what is known of a base model, without its weights.

    Args:
        name: A folder that ``save_pretrained`` wrote, of model and processor, or their name on the hub.

    Raises:
        InvalidArgument: The name is empty, its processor is of no family, or the model lacks video or audio that its family
            has.
        SourceNotFound: There is no such folder, and the hub has no such name or cannot be reached.
        SourceUnreadable: transformers cannot read it.
        ImportError: transformers, peft or accelerate is not installed, or not in a tested version.

    Cost: importing transformers, 10 s and more.
    """
    if not name.strip():
        raise InvalidArgument(
            "model.base must be a folder or a name on the hub, got none; give emos train --base NAME, or set base under "
            "[model] of the recipe"
        )
    for library in ("transformers", "peft", "accelerate"):
        needed(library)
    return read_saved_model(name, what="model.base")


def base_identity(base: SavedModel) -> dict[str, str]:
    """Return what says which weights a base model has: the digest of its folder, or its revision on the hub.

    Cost: reading the files of the folder.
    """
    folder = Path(base.name)
    if folder.is_dir():
        return {"base_sha256": folder_sha256(folder)}
    revision = getattr(base.config, "_commit_hash", None)
    return {"base_revision": str(revision)} if revision else {}


def needed(library: str) -> ModuleType:
    """Import a library that fine-tuning needs.

    Raises:
        ImportError: It is not installed, or not in a tested version; the text names the extra ``lora``.
    """
    return needs(library, EXTRA)


def weights_dtype(section: LoraModelSection) -> Dtype:
    """Return the type in which a base model is loaded: weights that learn are float32, also where products are bf16."""
    return "float32" if section.weights == "all" else section.dtype


def model_without_weights(base: SavedModel, dtype: Dtype) -> PreTrainedModel:
    """Return a model on torch's meta device: shapes and types, no memory."""
    import torch

    model_class: Any = getattr(needed("transformers"), base.family.model_class)
    with torch.device("meta"):
        model: PreTrainedModel = model_class(base.config)
    return model.to(torch_dtype(dtype))
