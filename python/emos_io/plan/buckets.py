"""Buckets: windows of about one length side by side, so that batches hold little padding."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Seconds = npt.NDArray[np.float64]

_CANDIDATES = 256
"""Lengths at which buckets may end: more of them save next to no padding."""


def bucket_ends(seconds: Seconds, num_buckets: int) -> Seconds:
    """Return the longest length of each bucket: float64, rising, at most `num_buckets` of them.

    They are those that leave least padding where every window is padded to the longest of its bucket, of 256 lengths with
    as many windows between each two.

    Cost: a sort of the lengths, and ``256 ** 2 * num_buckets`` additions.
    """
    lengths, counts = np.unique(seconds, return_counts=True)
    if len(lengths) > _CANDIDATES:
        rank = np.cumsum(counts)
        place = np.searchsorted(rank, np.linspace(0, rank[-1], _CANDIDATES + 1)[1:])
        place = np.unique(np.minimum(place, len(lengths) - 1))
        counts = np.diff(rank[place], prepend=0)
        lengths = lengths[place]
    before = np.concatenate([[0], np.cumsum(counts)])
    # padded[a, b]: places that windows of lengths a to b - 1 take in one bucket.
    padded = np.full((len(lengths) + 1, len(lengths) + 1), np.inf)
    first, end = np.triu_indices(len(lengths) + 1, 1)
    padded[first, end] = (before[end] - before[first]) * lengths[end - 1]
    # least[b]: places that the first b lengths take in at most so many buckets as were tried.
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
