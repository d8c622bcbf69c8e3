"""The paper's tables, computed anew from the release."""

from __future__ import annotations

from collections.abc import Callable

from ...corpus import Corpus
from .compare import Comparison
from .static import table1, table2, table3, table4, table5, table9
from .streaming import table6, table10, table11

TABLES: dict[str, Callable[[Corpus], Comparison]] = {
    each.__name__: each for each in (table1, table2, table3, table4, table5, table6, table9, table10, table11)
}


def recompute(corpus: Corpus, progress: Callable[[str], None] | None = None) -> dict[str, Comparison]:
    """Return every table that can be computed from the release: Tables 1 to 6 and 9 to 11.

    Args:
        corpus: The whole release.
        progress: Called with the name of each table before it is computed.
    """
    found: dict[str, Comparison] = {}
    for name, make in TABLES.items():
        if progress:
            progress(name)
        found[name] = make(corpus)
    return found


__all__ = ["TABLES", "Comparison", "recompute"]
