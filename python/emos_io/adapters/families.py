"""Which family a processor is of, by the name of its class."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._checks import listed
from ..errors import InvalidArgument
from .family import Family
from .qwen2_5_omni import Qwen2_5Omni
from .qwen2_5_vl import Qwen2_5VL
from .qwen3_omni import Qwen3Omni

if TYPE_CHECKING:
    from transformers import ProcessorMixin

FAMILIES: Mapping[str, type[Family]] = {each.processor_class: each for each in (Qwen2_5Omni, Qwen3Omni, Qwen2_5VL)}
"""The family of each class of processors."""


def family_of(processor: ProcessorMixin) -> type[Family]:
    """Return the family of a processor: the class to call with it and a conversation.

    A class derived from that of a family is of this family.

    Raises:
        InvalidArgument: There is no family for it; the text names those that there are.

    Example:
        >>> sorted(FAMILIES)
        ['Qwen2_5OmniProcessor', 'Qwen2_5_VLProcessor', 'Qwen3OmniMoeProcessor']
    """
    for each in type(processor).__mro__:
        if each.__name__ in FAMILIES:
            return FAMILIES[each.__name__]
    names = listed(tuple(FAMILIES)).replace('"', "")
    advice = (
        "load it with AutoProcessor.from_pretrained"
        if isinstance(processor, str | os.PathLike)
        else "take one of these"
    )
    raise InvalidArgument(f"processor must be a {names}, got {type(processor).__name__}; {advice}")
