"""The adapter: where it sits, and which weights learn; no module that sees or hears is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ...adapters import language_modules
from ...errors import InvalidArgument
from ...inference.saved_model import SavedModel
from .base_model import model_without_weights, needed
from .sections import LoraModelSection

if TYPE_CHECKING:
    from peft import PeftModel
    from torch import nn
    from transformers import PreTrainedModel

_EXPERT_DIMENSIONS = 3


@dataclass(frozen=True, slots=True)
class WeightCounts:
    """Numbers of weights.

    Attributes:
        trainable: Those that learn.
        all: All of them.
        modules: Modules of the language tower that have an adapter; 0 where all weights learn.
        experts: Parameters of experts that have one.
    """

    trainable: int
    all: int
    modules: int
    experts: int

    def __str__(self) -> str:
        share = 100 * self.trainable / self.all
        where = f", in {self.modules} modules of the language tower" if self.modules else ""
        experts = f" and {self.experts} parameters of experts" if self.experts else ""
        return f"trainable parameters: {self.trainable:,} of {self.all:,} ({share:.3g} %){where}{experts}"


def prepared_model(model: PreTrainedModel, section: LoraModelSection) -> nn.Module:
    """Return the model with what learns: an adapter, or all of its weights.

    Weights of an adapter begin with torch's generator, so seed it first. They are float32, whatever the base is.

    Args:
        model: A base model, which is changed.
        section: What of it learns.

    Raises:
        InvalidArgument: It has no language tower, or no experts where they are asked for.
    """
    if section.weights == "all":
        return cast("nn.Module", model).requires_grad_(True)
    peft = needed("peft")
    modules, experts = language_modules(model), expert_parameters(model) if section.experts else []
    if section.experts and not experts:
        raise InvalidArgument(
            f"model.experts must be false for {type(model).__name__}, which has no experts, got true; set experts = false"
        )
    config = peft.LoraConfig(
        r=section.rank,
        lora_alpha=section.alpha,
        lora_dropout=section.dropout,
        bias="none",
        target_modules=modules,
        target_parameters=experts or None,
    )
    adapted = cast("nn.Module", peft.get_peft_model(model, config))
    check_adapted(adapted, modules, experts)
    return adapted


def expert_parameters(model: PreTrainedModel) -> list[str]:
    """Return the names of the parameters of experts in the language tower: fused matrices, one for each expert."""
    tower = f"{_name_of(cast('nn.Module', model), model.get_decoder())}."
    return [
        name
        for name, weight in cast("nn.Module", model).named_parameters()
        if name.startswith(tower) and ".mlp.experts." in name and weight.ndim == _EXPERT_DIMENSIONS
    ]


def check_adapted(model: nn.Module, modules: list[str], experts: list[str]) -> None:
    """Check that an adapter sits where it was asked for, and nowhere else.

    Args:
        model: The adapted model of peft.
        modules: Names of the modules of the base that were asked for.
        experts: Names of its parameters that were.

    Raises:
        InvalidArgument: A module that sees or hears has one, or one is missing.
    """
    layers = _adapted_names(model)
    wanted = {*modules, *(name.rpartition(".")[0] for name in experts)}
    stray = sorted(layers - wanted)
    if stray or wanted - layers:
        named = stray[0] if stray else min(wanted - layers)
        raise InvalidArgument(
            f"adapter must sit in {len(wanted)} modules of the language tower and nowhere else, got {len(layers)}, among which "
            f"{named} is {'too many' if stray else 'missing'}; this version of peft is not known to emos-io"
        )
    trained = [name for name, weight in model.named_parameters() if weight.requires_grad and "lora_" not in name]
    if trained:
        raise InvalidArgument(
            f"weights of the base must not learn beside an adapter, got {len(trained)} that do, such as {trained[0]}; this "
            "version of peft is not known to emos-io"
        )


def _adapted_names(model: nn.Module) -> set[str]:
    """Return the names of the base's modules that have an adapter."""
    layer = _lora_layer()
    base = cast("Any", model).get_base_model()
    names = set()
    for name, module in base.named_modules():
        if isinstance(module, layer):
            # Adapters of parameters of one module lie within each other.
            names.add(name.replace(".base_layer", ""))
    return names


def count_weights(base: SavedModel, section: LoraModelSection) -> WeightCounts:
    """Return how many weights would learn, of the model on torch's meta device.

    Raises:
        InvalidArgument: As `prepared_model`.
    """
    return counts_of(prepared_model(model_without_weights(base, section.dtype), section))


def counts_of(model: nn.Module) -> WeightCounts:
    """Return the counts of a model of `prepared_model`."""
    weights = list(model.parameters())
    modules = experts = 0
    if hasattr(model, "peft_config"):
        (config,) = cast("PeftModel", model).peft_config.values()
        modules, experts = len(config.target_modules), len(config.target_parameters or ())
    return WeightCounts(
        sum(weight.numel() for weight in weights if weight.requires_grad),
        sum(weight.numel() for weight in weights),
        modules,
        experts,
    )


def _lora_layer() -> type:
    from peft.tuners.lora import LoraLayer

    return cast("type", LoraLayer)


def _name_of(model: nn.Module, part: object) -> str:
    found: str = next(name for name, module in model.named_modules() if module is part)
    return found
