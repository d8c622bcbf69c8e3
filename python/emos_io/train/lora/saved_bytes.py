"""The bytes that the language tower keeps for a backward pass: counted on torch's meta device, where nothing has memory.

Attention keeps its inputs, its output and one number a row, as the kernels do that compute it in blocks.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from ...inference.saved_model import SavedModel, torch_dtype
from .adapter import expert_parameters, prepared_model
from .base_model import model_without_weights, needed
from .sections import LoraModelSection

if TYPE_CHECKING:
    import torch
    from torch import nn

_ATTENTION = "emos_counted"
"""The name under which transformers finds the attention that is counted."""
_ROWS = 3
"""Rows of position ids of the families: time, height and width."""


def saved_bytes(base: SavedModel, section: LoraModelSection, batch: int, num_tokens: int) -> int:
    """Return the bytes that the layers of the language tower keep, without weights and without logits.

    An adapter of experts adds to their parameters, and the sum is kept: as many bytes as the experts have.

    Args:
        base: The base model.
        section: What of it learns; an adapter keeps the inputs of its layers.
        batch: Rows of a batch.
        num_tokens: Tokens of a row.

    Cost: a model on the meta device, and one pass of it: a second or two.
    """
    torch = _torch()
    model = cast("Any", model_without_weights(base, section.dtype))
    experts = expert_parameters(model) if section.experts else []
    merged: int = sum(model.get_parameter(name).nbytes for name in experts)
    # peft asks torch for the autocast type of the device, which meta has not.
    adapted = prepared_model(model, replace(section, experts=False))
    # What learns is float32, and products are of the base's type.
    cast("Any", adapted).to(torch_dtype(section.dtype)).train()
    _register()
    model.set_attn_implementation(_ATTENTION)
    tower = model.get_decoder()
    hidden = model.get_input_embeddings().weight.shape[1]
    with torch.device("meta"):
        embedded = torch.empty(batch, num_tokens, hidden, dtype=torch_dtype(section.dtype))
        positions = torch.zeros(_ROWS, batch, num_tokens, dtype=torch.long)
        counter = _Counter(adapted)
        with torch.autograd.graph.saved_tensors_hooks(counter.add, lambda tensor: tensor):
            embedded.requires_grad_(section.weights == "all")
            tower(inputs_embeds=embedded, position_ids=positions, use_cache=False)
    return counter.total + merged


class _Counter:
    """Sums the memory of tensors, each once; weights do not count."""

    def __init__(self, model: nn.Module) -> None:
        self.total = 0
        self._seen = {weight.untyped_storage()._cdata for weight in model.parameters()}
        self._kept: list[object] = []

    def add(self, tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in self._seen:
            self._seen.add(storage._cdata)
            # Its number is free for another one once it is gone.
            self._kept.append(storage)
            self.total += storage.nbytes()
        return tensor


def _register() -> None:
    transformers, torch = needed("transformers"), _torch()

    class Counted(torch.autograd.Function):  # type: ignore[misc, name-defined]
        """Attention without numbers: what it keeps, and the shape of what it gives."""

        @staticmethod
        def forward(ctx: Any, query: Any, key: Any, value: Any) -> Any:
            out = torch.empty_like(query)
            row_sums = torch.empty(query.shape[:-1], dtype=torch.float32, device=query.device)
            ctx.save_for_backward(query, key, value, out, row_sums)
            return out

    def attention(
        module: object, query: Any, key: Any, value: Any, mask: object, **options: object
    ) -> tuple[Any, None]:
        return Counted.apply(query, key, value).transpose(1, 2).contiguous(), None

    transformers.AttentionInterface.register(_ATTENTION, attention)


def _torch() -> Any:
    import torch

    return torch
