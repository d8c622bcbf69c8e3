"""How far a label can be trusted: the tiers of EmoS."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InvalidArgument
from .checks import TIE, Floats, Ints, checked_number, checked_votes, class_counts

Tier = Literal["high", "medium", "low"]

TIER_HIGH = 0.9
"""EmoS: confidence from which a label is of tier high."""

TIER_MEDIUM = 0.8
"""EmoS: confidence from which a label is of tier medium."""


def num_unique_labels(votes: ArrayLike, num_classes: int) -> Ints:
    """Return how many different classes each item was given, int64 ``[N]``; 0 where there is no vote.

    Args:
        votes: Whole numbers ``[N, R]``: class indices, -1 for no vote.
        num_classes: K, at least 2.

    Raises:
        InvalidArgument: votes of the wrong shape, type or range.

    Cost: one pass over the votes.
    """
    counts = class_counts(checked_votes(votes, num_classes), num_classes)
    unique: Ints = (counts > 0).sum(axis=1).astype(np.int64)
    return unique


@overload
def tier(confidence: float, unique_labels: int, *, high: float = ..., medium: float = ...) -> Tier: ...
@overload
def tier(
    confidence: Floats | list[float], unique_labels: Ints | list[int], *, high: float = ..., medium: float = ...
) -> NDArray[np.str_]: ...
def tier(
    confidence: ArrayLike, unique_labels: ArrayLike, *, high: float = TIER_HIGH, medium: float = TIER_MEDIUM
) -> Tier | NDArray[np.str_]:
    """Return how far a label can be trusted, by the rule of EmoS: "high", "medium" or "low".

    High: all raters agree (`unique_labels` is 1), or confidence is in ``[high, 1]``. Medium: confidence is in
    ``[medium, high)``. Low: the rest.

    Args:
        confidence: One number in [0, 1], or ``[N]`` of them.
        unique_labels: Different classes among the votes: one whole number, or ``[N]``; see `num_unique_labels`.
        high: Lower end of tier high.
        medium: Lower end of tier medium, at most `high`.

    Returns:
        A str for numbers, an array of str ``[N]`` for arrays.

    Raises:
        InvalidArgument: shapes differ, a confidence is outside [0, 1] or NaN, or `medium` is above `high`.

    Cost: one pass.

    Example:
        >>> tier(0.85, 2)
        'medium'
        >>> tier([0.7, 0.7], [1, 2]).tolist()
        ['high', 'low']
    """
    high, medium = checked_number(high, "high", most=1.0), checked_number(medium, "medium", most=1.0)
    if medium > high:
        raise InvalidArgument(f"medium {medium:g} and high {high:g} were given; give a medium of at most high")
    values, unique = np.asarray(confidence), np.asarray(unique_labels)
    if (
        values.shape != unique.shape
        or values.ndim > 1
        or values.dtype.kind not in "iuf"
        or unique.dtype.kind not in "iu"
    ):
        raise InvalidArgument(
            f"confidence {values.shape} {values.dtype} and unique_labels {unique.shape} {unique.dtype} were given; "
            "give two numbers or two arrays [N], the second of whole numbers"
        )
    if not ((values >= 0) & (values <= 1 + TIE)).all() or (unique < 0).any():
        raise InvalidArgument(
            "a confidence outside of [0, 1] or a negative unique_labels was given; mend or drop these items"
        )
    tiers = np.where((unique == 1) | (values >= high), "high", np.where(values >= medium, "medium", "low"))
    return tiers if tiers.ndim else str(tiers)  # type: ignore[return-value]
