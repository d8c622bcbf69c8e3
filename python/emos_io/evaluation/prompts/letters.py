"""Letters that stand for the labels of a taxonomy, and the word for no label at all."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_uppercase

from ...corpus import Taxonomy

_NONE = ("none", "-", "[]", "no label")


def letters_of(taxonomy: Taxonomy) -> Mapping[str, str]:
    """Return the labels of a taxonomy by letter: A to Z, then AA, AB and so on.

    Example:
        >>> from emos_io.corpus import taxonomy
        >>> letters_of(taxonomy("basic7"))["D"], list(letters_of(taxonomy("goemotions")))[-3:]
        ('Joy', ['Z', 'AA', 'AB'])
    """
    return {_letter(index): label for index, label in enumerate(taxonomy.labels)}


def _letter(index: int) -> str:
    text = ""
    while index >= 0:
        index, last = divmod(index, len(ascii_uppercase))
        text, index = ascii_uppercase[last] + text, index - 1
    return text


def none_word(taxonomy: Taxonomy) -> str:
    """Return the word for no label: ``none``, or where a layer has that as a label, another one.

    Example:
        >>> from emos_io.corpus import taxonomy
        >>> none_word(taxonomy("goemotions"))
        'none'
    """
    taken = {word.casefold() for word in (*taxonomy.words, *taxonomy.aliases)}
    return next(word for word in _none_words() if word not in taken)


def _none_words() -> tuple[str, ...]:
    # A taxonomy with all of the usual words has labels enough that one of these is free.
    return (*_NONE, *(f"none {number}" for number in range(1, 10_000)))
