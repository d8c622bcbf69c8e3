"""AUROC as the share of pairs that are won, of all rows and of draws of clusters, without copies of rows."""

from __future__ import annotations

import numpy as np

from .._arrays import BoolArray, Float64Array, Int64Array

_CHUNK = 1 << 20
"""How many weights of rows are in memory at the same time, 8 bytes each."""


def won_pairs(counts: Float64Array, cluster: Int64Array, score: Float64Array, positive: BoolArray) -> Float64Array:
    """Return the area under the ROC curve of each draw of clusters.

    It is the share of pairs of a positive and a negative row in which the positive one has the higher score; equal scores are
    half a pair. With W, the clusters by clusters matrix of won pairs, c, how often each cluster was drawn, and p and n, its
    positive and negative rows, it is ``(c W c) / ((c p)(c n))``. Sorted rows give the same number without the matrix: all
    counts of pairs are integers or halves, and exact.

    Args:
        counts: float64 ``[D, G]``: how often each draw holds each cluster.
        cluster: int64 ``[N]``: the cluster of each row, from 0.
        score: float64 ``[N]``.
        positive: bool ``[N]``.

    Returns:
        float64 ``[D]``, each in [0, 1]; NaN where a draw has no positive or no negative row.

    Cost: one sort of the rows, and ``D * N`` additions; 64 MB at most, besides the counts.

    Source: the area as the share of won pairs: J. A. Hanley, B. J. McNeil, The meaning and use of the area under a receiver
    operating characteristic (ROC) curve, Radiology 143 (1982).

    Example:
        >>> rows = np.array([0.9, 0.8, 0.8, 0.3]), np.array([True, False, True, False])
        >>> won_pairs(np.array([[1.0, 1, 1, 1], [1, 1, 1, 2], [4, 0, 0, 0]]), np.arange(4), *rows).tolist()
        [0.875, 0.9166666666666666, nan]
    """
    high = np.flatnonzero(positive)
    low = np.flatnonzero(~positive)
    low = low[np.argsort(score[low], kind="stable")]
    below = np.searchsorted(score[low], score[high], side="left")
    up_to = np.searchsorted(score[low], score[high], side="right")
    areas = np.empty(len(counts))
    size = max(1, _CHUNK // max(1, len(score)))
    for start in range(0, len(counts), size):
        some = counts[start : start + size]
        weights = some[:, cluster[high]]
        passed = np.zeros((len(some), len(low) + 1))
        np.cumsum(some[:, cluster[low]], axis=1, out=passed[:, 1:])
        halves = passed[:, below] + passed[:, up_to]
        pairs = weights.sum(axis=1) * passed[:, -1]
        won = np.einsum("dn,dn->d", weights, halves) / 2
        areas[start : start + size] = np.divide(won, pairs, out=np.full(len(some), np.nan), where=pairs > 0)
    return areas
