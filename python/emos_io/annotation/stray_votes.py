"""Votes among raters of another panel: one slip would make one panel of two, and change every decision of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from .._arrays import BoolArray
from .vote_table import VoteTable

MANY = 100
"""So many times as often rater and panel vote without each other. In EmoS one vote of 4,403 clips links two panels."""


def stray_votes(table: VoteTable) -> BoolArray:
    """Return the stray votes, bool ``[N, R]``.

    A vote on a row is stray where two other raters or more vote there, these vote `MANY` times as often without the rater and
    without others, and the rater votes `MANY` times as often without any of them. How often is the number of clips, or
    seconds. Names and order change nothing.

    Args:
        table: Rows with votes that count.

    Cost: one pass over the votes, and over the different sets of raters for each set that one rater more was added to.

    Example:
        >>> from emos_io.corpus import Clip, Vote, taxonomy
        >>> from emos_io.annotation.vote_table import vote_table
        >>> who = [("a", "b")] * 100 + [("c", "d")] * 100 + [("a", "b", "c")]
        >>> clips = [Clip(key=str(number), source="own", language="en", votes=tuple(
        ...     Vote(item=str(number), layer="basic7", rater=name, labels=("Joy",)) for name in names))
        ...     for number, names in enumerate(who)]
        >>> np.argwhere(stray_votes(vote_table(clips, taxonomy("basic7")))).tolist()
        [[200, 2]]
    """
    voted = table.voted
    found: BoolArray = np.zeros_like(voted)
    rows: dict[frozenset[int], list[int]] = defaultdict(list)
    for row, flags in enumerate(voted):
        rows[frozenset(np.flatnonzero(flags).tolist())].append(row)
    often = {raters: sum((table.rows[row].weight for row in own), Fraction(0)) for raters, own in rows.items()}
    for raters, own in rows.items():
        for rater in raters if len(raters) > 2 else ():
            others = raters - {rater}
            if often.get(others, 0) >= MANY * often[raters] and _is_elsewhere(rater, others, often):
                found[own, rater] = True
    return found


def _is_elsewhere(rater: int, others: frozenset[int], often: Mapping[frozenset[int], Fraction]) -> bool:
    """Return whether a rater votes `MANY` times as often without any of the others as with some of them."""
    own = {raters: weight for raters, weight in often.items() if rater in raters}
    apart = sum((weight for raters, weight in own.items() if raters.isdisjoint(others)), Fraction(0))
    return apart >= MANY * (sum(own.values(), Fraction(0)) - apart)
