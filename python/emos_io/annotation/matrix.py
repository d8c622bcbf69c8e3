"""Votes of a corpus as a matrix of class indices: what `dawid_skene`, `soft` and the measures of agreement take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from .._arrays import Int64Array
from .._checks import is_sequence
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
        InvalidArgument: There is no such taxonomy, a vote has a label that it does not have, an item is no clip, or raters are
            not different names.

    Cost: one pass over the votes.

    Example:
        >>> from emos_io.corpus import Vote
        >>> votes = (Vote(item="a", layer="basic7", rater="ann", labels=("Joy",)),)
        >>> clip = Clip(key="a", source="own", language="en", text="", group={}, votes=votes)
        >>> votes_matrix([clip], "basic7", ["ann", "bob"]).tolist()
        [[3, -1]]
    """
    classes = taxonomy(layer)
    # A set has no order, and so no columns.
    is_ordered = is_sequence(raters) and not isinstance(raters, set | frozenset)
    names = list(raters) if is_ordered else []
    columns = {name: number for number, name in enumerate(names) if isinstance(name, str)}
    if not is_ordered or len(columns) != len(names):
        raise InvalidArgument(f"raters must be different names, got {short_repr(raters)}; give a list of all of them")
    rows: list[list[int]] = []
    for clip in _clips_of(clips):
        row = [NO_VOTE] * len(columns)
        for vote in clip.votes_in(layer):
            if vote.rater in columns and len(vote.labels) == 1:
                row[columns[vote.rater]] = classes.index(vote.labels[0])
        rows.append(row)
    return np.array(rows, np.int64).reshape(len(rows), len(columns))


def _clips_of(clips: object) -> list[Clip]:
    listed = list(clips) if isinstance(clips, Iterable) and is_sequence(clips) else None
    for each in [clips] if listed is None else listed:
        if listed is None or not isinstance(each, Clip):
            raise InvalidArgument(
                f"clips must be a sequence of clips, got {short_repr(each)}; give the clips of a corpus"
            )
    return listed or []
