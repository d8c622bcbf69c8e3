"""A pairwise cover: every two values of every two factors meet in some row."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

Row = tuple[Any, ...]
Pair = tuple[int, Any, int, Any]


def pairs_of(row: Row) -> set[Pair]:
    """Return the pairs of values that meet in a row."""
    return {(a, row[a], b, row[b]) for a, b in itertools.combinations(range(len(row)), 2)}


def pairwise_cover(factors: Sequence[Sequence[Any]]) -> list[Row]:
    """Return few rows in which all pairs meet: always the first row with most new pairs, of all combinations.

    The order of the factors and of their values decides which cover it is.
    """
    rows = list(itertools.product(*factors))
    missing = set().union(*map(pairs_of, rows))
    cover: list[Row] = []
    while missing:
        best = max(rows, key=lambda row: len(pairs_of(row) & missing))
        cover.append(best)
        missing -= pairs_of(best)
    return cover
