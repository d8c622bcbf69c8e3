"""Confidence tiers: how far a label can be trusted, by the rule of EmoS."""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import Float64Array, Int64Array, StrArray
from ..corpus.confidence_tiers import (
    CONFIDENCE_TIER_HIGH,
    CONFIDENCE_TIER_MEDIUM,
    CONFIDENCE_TIERS,
    ConfidenceTier,
    tier_indices,
)
from ..errors import InvalidArgument
from .checks import TIE, checked_number, checked_votes, class_counts


def num_unique_labels(votes: ArrayLike, num_classes: int) -> Int64Array:
    """Return how many different classes each item was given, int64 ``[N]``; 0 where there is no vote.

    Args:
        votes: Integers ``[N, R]``: class indices, -1 for no vote.
        num_classes: The number of classes K, at least 2.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range.

    Cost: one pass over the votes.

    Example:
        >>> num_unique_labels([[0, 0, -1], [0, 1, 2]], 3)
        array([1, 3])
    """
    counts = class_counts(checked_votes(votes, num_classes), num_classes)
    unique: Int64Array = (counts > 0).sum(axis=1).astype(np.int64)
    return unique


@overload
def confidence_tier(
    confidence: float, unique_labels: int, *, high: float = ..., medium: float = ...
) -> ConfidenceTier: ...
@overload
def confidence_tier(
    confidence: Float64Array | list[float],
    unique_labels: Int64Array | list[int],
    *,
    high: float = ...,
    medium: float = ...,
) -> StrArray: ...
def confidence_tier(
    confidence: ArrayLike,
    unique_labels: ArrayLike,
    *,
    high: float = CONFIDENCE_TIER_HIGH,
    medium: float = CONFIDENCE_TIER_MEDIUM,
) -> ConfidenceTier | StrArray:
    """Return how far a label can be trusted, by the rule of EmoS: "high", "medium" or "low".

    High: all raters agree (`unique_labels` is 1), or confidence is in ``[high, 1]``. Medium: confidence is in
    ``[medium, high)``. Low: the rest.

    Args:
        confidence: One number in [0, 1], or ``[N]`` of them.
        unique_labels: The number of different classes among the votes: one integer, or ``[N]`` of them; see
            `num_unique_labels`.
        high: The lowest confidence of the tier "high".
        medium: The lowest confidence of the tier "medium", at most `high`.

    Returns:
        A str for numbers, an array of str ``[N]`` for arrays.

    Raises:
        InvalidArgument: shapes differ, a confidence is outside [0, 1] or NaN, or `medium` is above `high`.

    Cost: one pass.

    Source: EmoS; the rule gives the counts of its Table 1.

    Example:
        >>> confidence_tier(0.85, 2)
        'medium'
        >>> confidence_tier([0.7, 0.7], [1, 2]).tolist()
        ['high', 'low']
    """
    high, medium = checked_number(high, "high", most=1.0), checked_number(medium, "medium", most=1.0)
    if medium > high:
        raise InvalidArgument(f"medium must be at most high, {high:g}, got {medium:g}; swap the two, or leave both out")
    values, unique = np.asarray(confidence), np.asarray(unique_labels)
    if (
        values.shape != unique.shape
        or values.ndim > 1
        or values.dtype.kind not in "iuf"
        or unique.dtype.kind not in "iu"
    ):
        got = f"{values.dtype} of shape {values.shape} and {unique.dtype} of shape {unique.shape}"
        raise InvalidArgument(
            f"confidence and unique_labels must be two numbers or two arrays [N], the second of integers, got {got}; "
            "take both from the same items"
        )
    wrong = ~((values >= 0) & (values <= 1 + TIE)) | (unique < 0)
    if wrong.any():
        first = int(np.argmax(wrong))
        got = f"{values.reshape(-1)[first]} and {unique.reshape(-1)[first]}"
        raise InvalidArgument(
            f"confidence must be in [0, 1] and unique_labels 0 or more, got {got}; correct or drop these items"
        )
    indices = tier_indices(values, unique, high=high, medium=medium)
    return np.array(CONFIDENCE_TIERS)[indices] if indices.ndim else CONFIDENCE_TIERS[int(indices)]
