"""The prompts of the package, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import get_args

from ...errors import InvalidArgument, short_repr
from .prompt import Prompt, PromptForm, Task

PROMPTS: Mapping[str, Prompt] = MappingProxyType(
    {each.name: each for each in (Prompt(task, form, 1) for task in get_args(Task) for form in get_args(PromptForm))}
)
"""All prompts by name: ``clip-words-1``, ``clip-letters-1``, ``clip-json-1``, and the same of ``stream``."""


def prompt(name: str) -> Prompt:
    """Return a prompt by its name.

    Raises:
        InvalidArgument: There is none of this name.

    Example:
        >>> prompt("clip-json-1").task, prompt("clip-json-1").form
        ('clip', 'json')
    """
    if not isinstance(name, str) or name not in PROMPTS:
        raise InvalidArgument(f"prompt must be one of {', '.join(PROMPTS)}, got {short_repr(name)}; choose one of them")
    return PROMPTS[name]
