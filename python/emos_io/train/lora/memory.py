"""The memory that a step of a fine-tuning needs, estimated before there is one, and what would fit where it is too much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from ...adapters import Family, TokenFit, fit_tokens
from ...errors import InvalidArgument
from ...inference.saved_model import SavedModel
from ...plan import WindowPlan
from .adapter import WeightCounts
from .recipe import LoraRecipe
from .saved_bytes import saved_bytes

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

GIB = 1 << 30
_WIDE, _NARROW = 4, 2
"""Bytes of a float32 and of a bfloat16."""
_LEARNED = 4 * _WIDE
"""Bytes of a weight that learns: itself, its gradient, and two moments of AdamW."""
_LOGIT = 3 * _WIDE
"""Bytes of a logit beside itself while the loss is computed: it, its softmax and its gradient in float32, at the least."""
_FEWEST_TOKENS = 64
"""Windows of fewer tokens are no advice."""
_AUDIO_POOL = 2
"""Frames of the audio tower for a token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryEstimate:
    """Bytes on the GPU at the peak of a step, by what they are for.

    Attributes:
        weights: Weights that do not learn, in the type of the base.
        learned: Weights that learn: themselves, gradients, states of the optimiser, and copies in the type of products.
        activations: What the backward pass needs of the longest batch.
        logits: Logits of that batch, their softmax and gradient.
        num_tokens: Tokens of the longest batch, over its rows.
    """

    weights: int
    learned: int
    activations: int
    logits: int
    num_tokens: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.learned + self.activations + self.logits

    @property
    def fixed(self) -> int:
        """What does not depend on the windows."""
        return self.weights + self.learned

    def __str__(self) -> str:
        return (
            f"{gib(self.total)} GiB for a step of {self.num_tokens:,} tokens (weights {gib(self.weights)}, what learns "
            f"{gib(self.learned)}, activations {gib(self.activations)}, logits {gib(self.logits)})"
        )

    def as_dict(self) -> dict[str, float | int]:
        """Return it in GiB, for JSON."""
        names = ("weights", "learned", "activations", "logits", "total")
        return {"num_tokens": self.num_tokens, **{f"{name}_gib": round(getattr(self, name) / GIB, 4) for name in names}}


def estimate_memory(base: SavedModel, recipe: LoraRecipe, counts: WeightCounts, num_tokens: int) -> MemoryEstimate:
    """Return the memory of a step.

    Weights: their number by the bytes of their type. What learns: 16 bytes a weight, and with all weights in bf16 2 for the
    copy that products take. Activations: what the layers of the language tower keep, counted on torch's meta device; with
    gradient checkpointing the input of each layer, and one layer. Where all weights learn, the towers that see and hear keep as
    much for a token and a layer, by their width. Logits: their own type, and 12 bytes each for the loss.

    What the CUDA context and fragmentation take is not in it.

    Args:
        base: The base model.
        recipe: What learns, and how.
        counts: How many weights there are.
        num_tokens: Tokens of the longest window.
    """
    model, batch = recipe.model, recipe.data.batch
    size = _NARROW if model.dtype == "bf16" else _WIDE
    text: Any = base.config.get_text_config()
    kept = saved_bytes(base, model, batch, num_tokens)
    if model.weights == "all":
        kept = int(kept * (1 + _towers_share(base.config, base.family.hears)))
    if recipe.training.gradient_checkpointing:
        layers = int(text.num_hidden_layers)
        kept = kept // layers + layers * batch * num_tokens * int(text.hidden_size) * size
    copies = _NARROW if model.weights == "all" and model.dtype == "bf16" else 0
    return MemoryEstimate(
        weights=(counts.all - counts.trainable) * size,
        learned=counts.trainable * (_LEARNED + copies),
        activations=kept,
        logits=batch * num_tokens * int(text.vocab_size) * (_LOGIT + (size if size == _NARROW else 0)),
        num_tokens=batch * num_tokens,
    )


def check_memory(
    estimate: MemoryEstimate,
    memory_gib: float,
    base: SavedModel,
    recipe: LoraRecipe,
    counts: WeightCounts,
    plan: WindowPlan,
    family: Family,
) -> None:
    """Refuse a training that does not fit into a GPU, and say what would.

    Args:
        estimate: What it needs.
        memory_gib: GiB that there are.
        base, recipe, counts: As of `estimate_memory`.
        plan: The windows that are learned from.
        family: The family of the processor, with its conversation.

    Raises:
        InvalidArgument: It needs more; the text names what would fit.
    """
    if estimate.total <= memory_gib * GIB:
        return
    advice = _advice(estimate, int(memory_gib * GIB), base, recipe, counts, plan, family)
    raise InvalidArgument(
        f"memory of the GPU must be at least {estimate}, got {memory_gib:g} GiB; what would fit: {advice}"
    )


def gib(number: int) -> str:
    """Return bytes as GiB for people.

    Example:
        >>> gib(3 << 29), gib(1 << 20)
        ('1.50', '0.001')
    """
    value = number / GIB
    return f"{value:.2f}" if value >= 0.1 else f"{value:.1g}"


def _advice(
    estimate: MemoryEstimate,
    memory: int,
    base: SavedModel,
    recipe: LoraRecipe,
    counts: WeightCounts,
    plan: WindowPlan,
    family: Family,
) -> str:
    found, tokens = [], estimate.num_tokens // recipe.data.batch
    if not recipe.training.gradient_checkpointing:
        other = replace(recipe, training=replace(recipe.training, gradient_checkpointing=True))
        less = estimate_memory(base, other, counts, tokens)
        if less.total <= memory:
            found.append(f"gradient_checkpointing = true under [training] ({gib(less.total)} GiB)")
    if recipe.data.batch > 1:
        other = replace(recipe, data=replace(recipe.data, batch=1))
        less = estimate_memory(base, other, counts, tokens)
        if less.total <= memory:
            found.append(f"batch = 1 under [data] ({gib(less.total)} GiB)")
    room = memory - estimate.fixed
    limit = tokens * room // (estimate.activations + estimate.logits) if room > 0 else 0
    if limit >= _FEWEST_TOKENS:
        found += fit_advice(fit_tokens(plan, family, limit))
    if recipe.model.weights == "all":
        found.append('weights = "lora" under [model]')
    return ", or ".join([*found, "a smaller base model"])


def fit_advice(fit: TokenFit) -> list[str]:
    """Return what would make the windows of a plan fit, in words."""
    return [str(option).partition(":")[0] for option in fit.options]


def _towers_share(config: PreTrainedConfig, hears: bool) -> float:
    """Return what the towers that see and hear keep, over what the language tower keeps: tokens, layers and widths."""
    parts = cast("Any", config)
    text = parts.get_text_config()
    own = int(text.num_hidden_layers) * int(text.hidden_size)
    vision = parts.vision_config
    patches = int(vision.spatial_merge_size) ** 2
    share = Fraction(patches * int(vision.depth) * int(vision.hidden_size), own)
    if hears:
        audio = parts.audio_config
        share = max(share, Fraction(_AUDIO_POOL * int(audio.encoder_layers) * int(audio.d_model), own))
    return float(share)


def gpu_memory_gib(device: str) -> float | None:
    """Return the GiB of memory of the GPU that a training runs on, or None on a CPU."""
    if device == "cpu":
        return None
    import torch

    return float(torch.cuda.get_device_properties(torch.cuda.current_device()).total_memory / GIB)


@contextmanager
def peak_memory(device: str) -> Iterator[Callable[[], float | None]]:
    """Give a function of the GiB that torch had allocated at most on the GPU since the block began; None on a CPU."""
    if device == "cpu":
        yield lambda: None
        return
    import torch

    torch.cuda.reset_peak_memory_stats()
    yield lambda: round(torch.cuda.max_memory_allocated() / GIB, 4)
