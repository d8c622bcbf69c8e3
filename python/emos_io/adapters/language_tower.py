"""The language tower of a model: the modules that LoRA adapts, and none of those that see and hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InvalidArgument
from .versions import tested

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel


def language_modules(model: PreTrainedModel) -> list[str]:
    """Return the names of the linear layers of attention and MLP of a model's language tower, for ``LoraConfig``.

    They are found by the tower that they belong to. Names such as ``["q_proj", "v_proj"]`` alone also hit layers of the towers
    that see and hear. Experts of Qwen3-Omni are parameters and no layers: they are not among them, and
    ``LoraConfig(target_parameters=...)`` adapts them too. The router of the experts and the head are not among them either.

    Args:
        model: A model that trains, such as ``Qwen2_5OmniThinkerForConditionalGeneration``.

    Returns:
        Full names of modules of `model`, sorted as they run.

    Raises:
        InvalidArgument: The class of the model has no forward, or it has no language tower.

    Example:
        >>> from peft import LoraConfig                                                    # doctest: +SKIP
        >>> LoraConfig(r=16, lora_alpha=32, target_modules=language_modules(model))         # doctest: +SKIP
    """
    tested("transformers")
    from torch import nn

    thinker = getattr(model, "thinker", None)
    if thinker is not None:
        raise InvalidArgument(
            f"model must be of a class that trains, got {type(model).__name__}, which has no forward; pass model.thinker, or "
            f"load it with {type(thinker).__name__}.from_pretrained"
        )
    tower, layers = _tower(model)
    adapted = {
        id(module)
        for layer in layers
        for part in (layer.get_submodule("self_attn"), layer.get_submodule("mlp"))
        for module in part.modules()
        if isinstance(module, nn.Linear)
    }
    names = [name for name, module in model.named_modules() if id(module) in adapted]
    elsewhere = {id(module) for other in _other_towers(model, tower) for module in other.modules()}
    if not names or adapted & elsewhere:
        raise InvalidArgument(
            f"model must have a language tower of its own, got {type(model).__name__} with {len(names)} layers in it; pass the "
            "model as from_pretrained gives it"
        )
    return names


def _tower(model: PreTrainedModel) -> tuple[nn.Module, list[nn.Module]]:
    """Return the part of a model that reads text, and its layers."""
    tower = model.get_decoder() if hasattr(model, "get_decoder") else None
    layers = list(getattr(tower, "layers", ()))
    if (
        tower is None
        or not layers
        or not all(hasattr(layer, "self_attn") and hasattr(layer, "mlp") for layer in layers)
    ):
        raise InvalidArgument(
            f"model must have a language tower with layers of attention and MLP, got {type(model).__name__}; pass a model of "
            "one of the families"
        )
    return tower, layers


def _other_towers(model: PreTrainedModel, tower: nn.Module) -> list[nn.Module]:
    """Return the parts of a model that see and hear: all that stands beside the language tower in the module that has it."""
    for module in model.modules():
        children = list(module.children())
        if any(child is tower for child in children):
            return [child for child in children if child is not tower]
    return []
