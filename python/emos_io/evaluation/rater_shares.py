"""Soft truth of layers of one label: the share of an item's raters that gave each label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .._arrays import Float64Array
from ..corpus import Clip
from ..corpus.vote_shares import vote_shares


def rater_shares(clips: Iterable[Clip], layer: str, labels: Sequence[str]) -> Float64Array:
    """Return the share of raters that gave each label, of the raters that gave one, a row for each clip.

    First votes alone count, not answers of reviewers. A rater that abstained, or gave several labels or none, is no rater of
    the clip here. The scores of a decision are no substitute: they are what a method made of the votes, and published ones have
    the score of one label alone.

    Args:
        clips: The clips.
        layer: Name of the layer.
        labels: Its K labels, in the order of class indices.

    Returns:
        float64 ``[N, K]`` in [0, 1], of sum 1 in each row; rows of NaN where no rater gave a label, as in MELD's Basic-7.

    Cost: O(number of votes).

    Example:
        >>> from emos_io.corpus import Vote
        >>> given = {"ann": "Joy", "bob": "Fear"}
        >>> votes = tuple(Vote(item="c", layer="basic7", rater=name, labels=(label,)) for name, label in given.items())
        >>> rater_shares([Clip(key="c", source="own", language="en", votes=votes)], "basic7", ["Fear", "Joy"]).tolist()
        [[0.5, 0.5]]
    """
    index = {label: position for position, label in enumerate(labels)}
    rows = [
        [index[vote.labels[0]] for vote in clip.votes_in(layer) if len(vote.labels) == 1 and vote.labels[0] in index]
        for clip in clips
    ]
    counts = np.array([np.bincount(row, minlength=len(labels)) for row in rows], np.int64).reshape(-1, len(labels))
    num_raters = counts.sum(axis=1, keepdims=True)
    shares: Float64Array = np.where(num_raters > 0, vote_shares(counts, num_raters), np.nan)
    return shares
