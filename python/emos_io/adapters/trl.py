"""What TRL's SFTTrainer must be told to leave rows of windows as they are; and the rows, with their collate function."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import InvalidArgument, short_repr
from .rows import RowCollate, rows
from .trainer_options import check_options

__all__ = ["RowCollate", "rows", "sft_args"]

_SKIP = "skip_prepare_dataset"
_FIXED: tuple[tuple[str, object, str], ...] = (
    ("packing", False, "it joins rows of text, and would tear frames and sound from their tokens"),
    ("eval_packing", False, "it joins rows of text, and would tear frames and sound from their tokens"),
    ("padding_free", False, "it needs TRL's own collate function"),
    ("assistant_only_loss", False, "the family marks the answers"),
    ("completion_only_loss", False, "the family marks the answers"),
    ("max_length", None, "nothing is cut; look for rows that are too long before the first step"),
)
"""Options, the value that each must have, and why."""


def sft_args(**changes: object) -> dict[str, object]:
    """Return options for ``SFTConfig(**sft_args(...))`` that go together with `rows` and `RowCollate`.

    TRL would remove the columns of the rows, and make tokens of a column of text.

    Args:
        changes: Options of SFTConfig, as they are.

    Raises:
        InvalidArgument: An option breaks training on windows; the text says why and what to do.

    Example:
        >>> sft_args(output_dir="out")["dataset_kwargs"]
        {'skip_prepare_dataset': True}
    """
    kwargs = changes.get("dataset_kwargs") or {}
    if not isinstance(kwargs, Mapping) or kwargs.get(_SKIP) not in (None, True):
        raise InvalidArgument(
            f"dataset_kwargs must have {_SKIP} True, got {short_repr(kwargs)}; rows hold no text: leave it out"
        )
    for name, value, reason in _FIXED:
        if changes.get(name) not in (None, value):
            raise InvalidArgument(f"{name} must be {value}, got {short_repr(changes[name])}; {reason}")
    check_options(changes.get)
    fixed: dict[str, object] = {"remove_unused_columns": False, "max_length": None}
    return {**fixed, **changes, "dataset_kwargs": {**kwargs, _SKIP: True}}
