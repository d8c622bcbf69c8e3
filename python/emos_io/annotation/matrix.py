"""Votes of a corpus as a matrix of class indices: what `dawid_skene`, `soft` and the measures of agreement take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .._arrays import Int64Array
from ..corpus import Clip, taxonomy
from ..errors import InvalidArgument, short_repr
from .checks import NO_VOTE


def votes_matrix(clips: Iterable[Clip], layer: str, raters: Sequence[str]) -> Int64Array:
    """Return the votes of raters in a layer with one label, as indices of the classes of its taxonomy.

    Args:
        clips: N clips, such as those of a corpus.
        layer: The name of a taxonomy.
        raters: The names of R raters; votes of others are left out.

    Returns:
        int64 ``[N, R]``, -1 where a rater gave no vote, abstained, or gave several labels. Where a rater voted twice on a
        clip, the last vote counts.

    Raises:
        InvalidArgument: There is no such taxonomy, a vote has a label that it does not have, or raters are not different
            names.

    Cost: one pass over the votes.

    Example:
        >>> from emos_io.corpus import Vote
        >>> votes = (Vote(item="a", layer="basic7", rater="ann", labels=("Joy",)),)
        >>> clip = Clip(key="a", source="own", language="en", text="", group={}, votes=votes)
        >>> votes_matrix([clip], "basic7", ["ann", "bob"]).tolist()
        [[3, -1]]
    """
    classes = taxonomy(layer)
    columns = {name: number for number, name in enumerate(raters)}
    if isinstance(raters, str) or len(columns) != len(raters):
        raise InvalidArgument(f"raters must be different names, got {short_repr(raters)}; give a list of all of them")
    rows: list[list[int]] = []
    for clip in clips:
        row = [NO_VOTE] * len(columns)
        for vote in clip.votes_in(layer):
            if vote.rater in columns and len(vote.labels) == 1:
                row[columns[vote.rater]] = classes.index(vote.labels[0])
        rows.append(row)
    return np.array(rows, np.int64).reshape(len(rows), len(columns))
