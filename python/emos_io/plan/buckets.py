"""Buckets: windows of about one length side by side, so that batches hold little padding."""

from __future__ import annotations

import numpy as np

from .._arrays import Float64Array

_CANDIDATES = 256
"""Lengths at which a bucket may end; more of them save almost no padding."""


def bucket_ends(seconds: Float64Array, num_buckets: int) -> Float64Array:
    """Return the longest length of each bucket: float64, rising, at most `num_buckets` of them.

    Every window is padded to the longest of its bucket. The ends returned leave the least padding of all choices among 256
    candidate lengths, which divide the windows into equal shares.

    Cost: a sort of the lengths, and ``256 ** 2 * num_buckets`` additions.
    """
    lengths, counts = np.unique(seconds, return_counts=True)
    if len(lengths) > _CANDIDATES:
        rank = np.cumsum(counts)
        candidate = np.searchsorted(rank, np.linspace(0, rank[-1], _CANDIDATES + 1)[1:])
        candidate = np.unique(np.minimum(candidate, len(lengths) - 1))
        counts = np.diff(rank[candidate], prepend=0)
        lengths = lengths[candidate]
    before = np.concatenate([[0], np.cumsum(counts)])
    # padded[a, b]: seconds that windows of lengths a to b - 1 take in one bucket, with padding.
    padded = np.full((len(lengths) + 1, len(lengths) + 1), np.inf)
    first, end = np.triu_indices(len(lengths) + 1, 1)
    padded[first, end] = (before[end] - before[first]) * lengths[end - 1]
    # least[b]: the least seconds that the first b lengths take, with as many buckets as were tried so far.
    least = padded[0].copy()
    least[0] = 0
    begins = []
    for _ in range(min(num_buckets, len(lengths)) - 1):
        total = least[:, None] + padded
        begins.append(total.argmin(axis=0))
        least = total.min(axis=0)
        least[0] = 0
    ends = [len(lengths)]
    for begin in reversed(begins):
        last = int(begin[ends[-1]])
        if last == 0:
            break
        ends.append(last)
    return lengths[[end - 1 for end in reversed(ends)]]
