"""Splits that ship with the package, so that numbers of two people are of the same items: their files, read and checked."""

from __future__ import annotations

import functools
import hashlib
import os
from importlib import resources
from typing import Literal

from .._checks import choice
from ..corpus import Folds, Split, load_division, load_folds

ShippedSplit = Literal["static", "streams"]
SHIPPED_SPLITS: tuple[ShippedSplit, ...] = ("static", "streams")
"""Names of the splits that ship."""


def shipped_split(name: ShippedSplit) -> Folds:
    """Return folds of the EmoS release that ship with the package.

    - ``"static"``: 5 folds of the 9,403 clips (seed 7). The 977 dialogues and 145 videos are never divided, nor are clips of
      one text: `emos_io.corpus.leaks` finds no equal and no near text on two sides, and no group but speakers of dialogues.
    - ``"streams"``: one fold for each of the 46 monologues, each of a film of its own. A fifth would be 9 streams, one of them
      Chinese.

    Folds that keep speakers apart are impossible on the release: six people speak 83 % of the clips of MELD, and CH-SIMS
    names nobody. A score on these folds says nothing of new speakers.

    Raises:
        InvalidArgument: There is no such name.

    Example:
        >>> static, streams = shipped_split("static"), shipped_split("streams")
        >>> [len(keys) for keys in static.folds], static.seed, static.by
        ([1886, 1877, 1878, 1886, 1876], 7, ('film', 'dialogue', 'video', 'text'))
        >>> len(streams), streams.by, static.divided
        (46, ('film',), ('speaker',))
    """
    known = choice(name, SHIPPED_SPLITS, "name")
    with resources.as_file(resources.files(__package__).joinpath("splits", f"{known}.json")) as path:
        return load_folds(path)


def split_of_file(file_sha256: str) -> str | None:
    """Return the name of the split that ships whose file has bytes of this checksum; its ``sha256`` is another one.

    Example:
        >>> split_of_file("0" * 64) is None
        True
    """
    return _names_by_file().get(file_sha256.lower())


@functools.cache
def _names_by_file() -> dict[str, str]:
    files = {name: resources.files(__package__).joinpath("splits", f"{name}.json") for name in SHIPPED_SPLITS}
    return {hashlib.sha256(file.read_bytes()).hexdigest(): name for name, file in files.items()}


def read_split(source: str | os.PathLike[str]) -> Split | Folds:
    """Read a split or folds: those of a file, or those that ship, by name.

    The texts ``"static"`` and ``"streams"`` are always the splits that ship, also where the working directory has a file of
    that name: what a name means must not depend on where somebody stands. Such a file is ``"./static"``, or a `pathlib.Path`.

    Args:
        source: A name of `SHIPPED_SPLITS`, or the path of a file of `Split.save`, `Folds.save` or ``emos splits --out``.

    Raises:
        SourceNotFound: There is no such file.
        CorpusError: It is no split and no folds.

    Example:
        >>> read_split("streams").split("Heat").test
        ('streaming/Heat',)
    """
    for name in SHIPPED_SPLITS:
        if isinstance(source, str) and source == name:
            return shipped_split(name)
    return load_division(source)
