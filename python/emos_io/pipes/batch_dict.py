"""A batch as a plain dict of arrays, under the names that a trainer or a model wants."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, cast

from ..errors import InvalidArgument, short_repr
from .batch import ARRAYS, Array, WindowBatch

DictNames: TypeAlias = "Literal[True] | Sequence[str] | Mapping[str, str]"
"""All arrays that there are; or these; or {their name: name in `WindowBatch`}."""
HINTS = {
    "frames": "give the loader video=VideoSpec(...), or leave it out",
    "waveform": 'give the loader audio=AudioSpec(...) and missing_audio="silence", or leave it out',
    "timeline": "give label_rate=, or leave it out",
    "timeline_valid": "give label_rate=, or leave it out",
}


def dict_names(as_dict: object, *, has_timeline: bool) -> bool | dict[str, str]:
    """Return which arrays a dict holds: False for no dict, True for all that there are, or {their name: our name}.

    Raises:
        InvalidArgument: It is neither True, False, names nor a mapping of names; or a name is not that of an array.
    """
    if isinstance(as_dict, bool):
        return as_dict
    names: dict[str, str] = {}
    if isinstance(as_dict, Mapping):
        names = dict(cast("Mapping[str, str]", as_dict))
    elif isinstance(as_dict, Sequence) and not isinstance(as_dict, str | bytes):
        for name in as_dict:
            if isinstance(name, str) and name in names:
                raise InvalidArgument(f"as_dict must name each array once, got {short_repr(name)} twice; leave one out")
            names |= {name: name} if isinstance(name, str) else {short_repr(name): name}
    if not names:
        raise InvalidArgument(
            f"as_dict must be True, names of arrays or {{their name: name}}, got {short_repr(as_dict)}; "
            'pass such as ["frames", "waveform", "numbers"]'
        )
    for theirs, ours in names.items():
        if not isinstance(theirs, str):
            raise InvalidArgument(
                f"as_dict must have names as keys, got {short_repr(theirs)}; pass {{their name: name}}"
            )
        if not isinstance(ours, str) or ours not in ARRAYS:
            near = difflib.get_close_matches(ours, ARRAYS, n=1) if isinstance(ours, str) else []
            advice = f"the nearest is {near[0]!r}" if near else f"choose of {', '.join(ARRAYS)}"
            raise InvalidArgument(f"as_dict must name arrays of a WindowBatch, got {short_repr(ours)}; {advice}")
        if ours in ("timeline", "timeline_valid") and not has_timeline:
            raise _is_none(ours)
    return names


def batch_dict(batch: WindowBatch[Array], names: Literal[True] | dict[str, str]) -> dict[str, Array]:
    """Return the arrays of a batch by name.

    Raises:
        InvalidArgument: An array that is named is None in this batch.
    """
    if names is True:
        return {name: array for name in ARRAYS if (array := getattr(batch, name)) is not None}
    arrays: dict[str, Array] = {}
    for theirs, ours in names.items():
        found: Array | None = getattr(batch, ours)
        if found is None:
            raise _is_none(ours)
        arrays[theirs] = found
    return arrays


def _is_none(name: str) -> InvalidArgument:
    return InvalidArgument(f"as_dict must name arrays that there are, got {name!r}, which is None; {HINTS[name]}")
