"""The recipe of the kind ``"lora"``: a large model is fine-tuned on windows and answers about them.

```text
 [model]     the base model, and what of it learns
 [data]      which items of the corpus, and how they are read
 [prompt]    what is asked, and what the answer is
 [training]  optimiser, epochs, checkpoints, what is scored afterwards
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..any_recipe import AnyRecipe
from .sections import LoraDataSection, LoraModelSection, LoraTrainingSection, PromptSection


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraRecipe(AnyRecipe):
    """What a fine-tuning does, apart from its corpus and split.

    Attributes:
        model, data, prompt, training: The sections.

    Raises:
        InvalidArgument: A section is of another class.

    Example:
        >>> recipe = LoraRecipe()
        >>> recipe.model.rank, recipe.model.alpha, recipe.training.learning_rate, recipe.data.accumulation
        (16, 32.0, 5e-05, 8)
    """

    SECTIONS: ClassVar[Mapping[str, type]] = {
        "model": LoraModelSection,
        "data": LoraDataSection,
        "prompt": PromptSection,
        "training": LoraTrainingSection,
    }

    model: LoraModelSection = field(default_factory=LoraModelSection)
    data: LoraDataSection = field(default_factory=LoraDataSection)
    prompt: PromptSection = field(default_factory=PromptSection)
    training: LoraTrainingSection = field(default_factory=LoraTrainingSection)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that are asked for."""
        return self.prompt.layers
