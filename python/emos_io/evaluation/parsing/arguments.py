"""The arguments of the parser, and what clips and monologues share."""

from __future__ import annotations

from collections.abc import Sequence

from ...corpus import Taxonomy
from ...errors import InvalidArgument, short_repr
from ..prompts import Prompt
from ..prompts.checks import checked_layers
from .fields import Layers
from .lines import MAX_LINES
from .loose_json import Array, Object

TOO_MANY_LINES = f"it has more than {MAX_LINES:,} lines"


def checked_arguments(text: object, prompt: object, task: str, layers: Sequence[Taxonomy]) -> Layers:
    """Return how answers are read.

    Raises:
        InvalidArgument: An argument is not allowed.
    """
    if not isinstance(text, str):
        raise InvalidArgument(f"answer must be text, got {short_repr(text)}; give what the model wrote")
    if not isinstance(prompt, Prompt) or prompt.task != task:
        name = prompt.name if isinstance(prompt, Prompt) else short_repr(prompt)
        raise InvalidArgument(f"prompt must be one of the task {task}, got {name}; use prompt('{task}-json-1')")
    return Layers.of(checked_layers(layers), letters=prompt.form == "letters")


def has_object(value: Object | Array) -> bool:
    """Return whether a value is an object, or has some."""
    return isinstance(value, Object) or any(isinstance(each, Object) for each in value.values)
