"""The tables of the paper, computed from the release and compared with what the paper prints."""

from __future__ import annotations

from collections.abc import Callable

from ...corpus import Corpus
from ...errors import CorpusError
from ..deciding.published import emos_rounds
from .compare import Comparison, TableRow
from .results import table7, table8, table13
from .static import table1, table2, table3, table4, table5, table9
from .streaming import table6, table10, table11

TABLES: dict[str, Callable[[Corpus], Comparison]] = {
    each.__name__: each
    for each in (table1, table2, table3, table4, table5, table6, table7, table8, table9, table10, table11, table13)
}


def recompute(corpus: Corpus, progress: Callable[[str], None] | None = None) -> dict[str, Comparison]:
    """Return every table that says something of the release: Tables 1 to 11 and 13, by ``"table1"`` and so on.

    Tables 7, 8 and 13 are results of models, which no release gives: they have the class shares of all items of high
    confidence beside those of the paper's 800, and list which printed cells cannot be true.

    Args:
        corpus: The release; a part of it gives other figures.
        progress: Called with the name of each table before it is computed.

    Raises:
        CorpusError: A round of annotation has no clip, or there is no monologue of a language: these tables cannot be made.

    Cost: some seconds, most of them for the EM of table 1.
    """
    lacking = [name.replace("_", " ") for name, clips in emos_rounds(corpus).items() if not clips]
    languages = {each.language for each in corpus.monologues}
    lacking += [f"monologues in {language}" for language in ("en", "zh") if language not in languages]
    if lacking:
        raise CorpusError(
            f"the release must have clips of every round and monologues of both languages for the tables of the paper, got "
            f"none of {', '.join(lacking)}; give the folder of all of it"
        )
    tables: dict[str, Comparison] = {}
    for name, make in TABLES.items():
        if progress:
            progress(name)
        tables[name] = make(corpus)
    return tables


__all__ = ["TABLES", "Comparison", "TableRow", "recompute"]
