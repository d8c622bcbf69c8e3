"""Reading a corpus, for all verbs that need one."""

from __future__ import annotations

from pathlib import Path

from ..corpus import Corpus
from ..corpus.storage import ITEMS, PARQUET
from ..errors import CorpusError
from .output import progress

_NUM_PARTS = 3


def read_corpus(path: str, *, strict: bool = False) -> Corpus:
    """Read a saved corpus or the EmoS release, with a bar over its parts.

    Raises:
        CorpusError: `strict` is set, and a finding is no mere repair.
    """
    folder = Path(path)
    if any((folder / name).is_file() for name in (ITEMS, *PARQUET.values())):
        corpus = Corpus.load(folder)
        for finding in corpus.findings.at_least("note") if strict else ():
            raise CorpusError(str(finding))
        return corpus
    with progress("reading", _NUM_PARTS) as step:
        return Corpus.from_release(folder, strict=strict, progress=lambda _: step())
