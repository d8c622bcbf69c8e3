"""The confidence tiers of EmoS: how far a label can be trusted."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

ConfidenceTier = Literal["high", "medium", "low"]
CONFIDENCE_TIERS: tuple[ConfidenceTier, ...] = get_args(ConfidenceTier)

CONFIDENCE_TIER_HIGH = 0.9
"""EmoS: the lowest confidence of the tier "high"."""

CONFIDENCE_TIER_MEDIUM = 0.8
"""EmoS: the lowest confidence of the tier "medium"."""


def tier_indices(
    confidence: ArrayLike,
    unique_labels: ArrayLike,
    *,
    high: float = CONFIDENCE_TIER_HIGH,
    medium: float = CONFIDENCE_TIER_MEDIUM,
) -> NDArray[np.intp]:
    """Return the index in `CONFIDENCE_TIERS` of each item's tier, of the shape of the arguments.

    High: all raters agree (`unique_labels` is 1), or confidence is at least `high`. Medium: confidence is at least
    `medium`. Low: the rest.

    Args:
        confidence: Numbers in [0, 1].
        unique_labels: Integers of the same shape: the number of different classes among the votes.
        high, medium: The lowest confidence of these tiers.

    Cost: one pass. Nothing is checked; `annotation.confidence_tier` does.

    Example:
        >>> tier_indices([0.7, 0.9, 0.85, 0.7], [1, 2, 2, 2]).tolist()
        [0, 0, 1, 2]
    """
    values, unique = np.asarray(confidence), np.asarray(unique_labels)
    names = CONFIDENCE_TIERS
    below = np.where(values >= medium, names.index("medium"), names.index("low"))
    return np.where((unique == 1) | (values >= high), names.index("high"), below)


def tier_of(confidence: float, unique_labels: int) -> ConfidenceTier:
    """Return the tier of one item, by the thresholds of EmoS; see `tier_indices`.

    Example:
        >>> tier_of(0.85, 2), tier_of(0.85, 1)
        ('medium', 'high')
    """
    return CONFIDENCE_TIERS[int(tier_indices(confidence, unique_labels))]
