"""Soft labels: the share of raters that gave each label."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from .._arrays import Float64Array


def vote_shares(counts: ArrayLike, num_raters: ArrayLike) -> Float64Array:
    """Return the share n_k / n of raters that gave label k, float64 of the shape of `counts`; 0 where there is no rater.

    Args:
        counts: Integers ``[..., K]``: how many raters gave each label.
        num_raters: How many raters an item has: an integer, or integers that broadcast with `counts`. Where a rater gives
            one label, that is the sum of its counts; where a rater gives several or none, only the caller knows.

    Example:
        >>> vote_shares([[2, 1], [0, 0]], [[3], [0]]).round(3).tolist()
        [[0.667, 0.333], [0.0, 0.0]]
    """
    given, total = np.asarray(counts, np.float64), np.asarray(num_raters, np.float64)
    shape = np.broadcast_shapes(given.shape, total.shape)
    shares: Float64Array = np.divide(given, total, out=np.zeros(shape), where=total > 0)
    return shares
