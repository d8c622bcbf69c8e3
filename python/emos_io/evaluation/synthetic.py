"""Which results come from items that a program made, so that everything made of them can say so."""

from __future__ import annotations

from collections.abc import Iterable

from ..corpus import is_synthetic
from .matched import Matched
from .predictions import Predictions

HEADER = ("synthetic", "trained_on_synthetic")
"""Keys of a header that say whether what was predicted, and what a model learned from, is synthetic."""


def from_synthetic(predictions: Predictions, matched: Iterable[Matched]) -> bool:
    """Return whether an item that is scored is synthetic, or the header says so of what predicted it.

    Cost: see `is_synthetic`, of the items up to the first one.
    """
    if any(predictions.header.get(name) for name in HEADER):
        return True
    return any(
        any(map(is_synthetic, each.clips.items)) or any(map(is_synthetic, each.streams.items)) for each in matched
    )
