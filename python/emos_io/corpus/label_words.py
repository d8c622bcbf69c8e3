"""Words of labels as they are compared: in one Unicode form and letter case, with their symbols and without."""

from __future__ import annotations

import re
import unicodedata

SEPARATORS = re.compile(r"[;；,，、|]|\s{2,}")
"""What separates the labels of one cell."""


def folded(text: str) -> str:
    """Return a word in one Unicode form (NFKC), without letter case, with one blank between its parts.

    Example:
        >>> folded(" Ｊｏｙ "), folded("Don't  Know")
        ('joy', "don't know")
    """
    once = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", once).split())


def without_symbols(text: str) -> str:
    """Return the letters, marks and numbers of a word, and ``-`` and ``/``, in one Unicode form, without letter case.

    Example:
        >>> without_symbols("😀 Joy!"), without_symbols("❤")
        ('joy', '')
    """
    letters = [
        char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char)[0] in "LMNZ" or char in "-/"
    ]
    return " ".join("".join(letters).casefold().split())


def has_letters(text: str) -> bool:
    """Return whether a word has a letter or a number, so that it can be known without its symbols."""
    return any(char.isalnum() for char in text)
