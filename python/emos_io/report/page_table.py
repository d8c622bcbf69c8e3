"""Tables of a page as plain values: cells of words of ours, texts of files, and numbers with their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..errors import printable
from .metric import Number

MOST_LETTERS = 10_000
"""Letters of a text of a file that a page keeps."""
_SHORT = 80
"""Letters of a text that stands as it is; of a longer one the first stand, and all when it is opened."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text that a file has, on one line of printable characters.

    Attributes:
        text: The text, at most `MOST_LETTERS` letters of it.
        beginning: Its first letters, where it is long; "" where it is short.
        num_left_out: How many letters are left out at its end.
    """

    text: str
    beginning: str
    num_left_out: int


Piece = str | Number | Words
Cell = tuple[Piece, ...]
"""What stands in a cell, one piece after another."""


@dataclass(frozen=True, slots=True)
class PageTable:
    """A table of a page.

    Attributes:
        title: What stands above it.
        heads: Names of the columns.
        rows: Its cells, one for each column.
        keys: How many of the first cells of a row say what it is of.
    """

    title: Cell
    heads: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    keys: int = 1


def words(text: str) -> Words:
    r"""Return a text of a file for a page: characters that do not print are escaped, what is too long is left out and counted.

    Example:
        >>> words("a\x00b").text, words("Joy").beginning, words("x" * 10_002).num_left_out
        ('a\\u0000b', '', 2)
    """
    kept = printable(text[:MOST_LETTERS])
    return Words(kept, f"{kept[:_SHORT]}…" if len(kept) > _SHORT else "", max(0, len(text) - MOST_LETTERS))


def joined(pieces: Iterable[Piece | None]) -> Cell:
    """Return pieces with a stroke between them, equal texts once; None is none.

    Example:
        >>> joined([Number("24", "a"), Number("24", "b"), None, Number("25", "c")])
        (Number(text='24', metric='a'), ' / ', Number(text='25', metric='c'))
    """
    texts: dict[str, Piece] = {}
    for piece in pieces:
        if piece is not None:
            texts.setdefault(piece if isinstance(piece, str) else piece.text, piece)
    return tuple(_between(texts.values(), " / "))


def _between(pieces: Iterable[Piece], between: str) -> Iterator[Piece]:
    for index, piece in enumerate(pieces):
        if index:
            yield between
        yield piece
