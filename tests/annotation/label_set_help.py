"""Label sets for tests: strategies, and MASI as its paper writes it."""

from __future__ import annotations

from hypothesis import strategies as st

ROUNDED = 1e-12
"""Two formulas of the same number, in doubles, over at most a few hundred terms."""

Sets = list[list[frozenset[str] | None]]


def set_rows(missing: bool = True) -> st.SearchStrategy[Sets]:
    one: st.SearchStrategy[frozenset[str] | None] = st.frozensets(st.sampled_from("abcd"))
    cell = one | st.none() if missing else one
    return st.lists(st.lists(cell, min_size=3, max_size=3), min_size=1, max_size=10)


def masi_by_the_book(a: frozenset[str], b: frozenset[str]) -> float:
    if not a | b:
        return 0.0
    kind = 1.0 if a == b else 2 / 3 if a < b or b < a else 1 / 3 if a & b else 0.0
    if not a & b:
        kind = 0.0
    return 1 - kind * len(a & b) / len(a | b)
