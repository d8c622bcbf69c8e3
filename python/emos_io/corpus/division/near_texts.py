"""Texts that are nearly equal: the same definition for all languages, and the pairs of many texts that fit it."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

GRAM = 3
"""Letters of a part of a text that is compared."""
MIN_BYTES = 24
"""Bytes of the letters, in UTF-8, from which equal texts are evidence: 24 letters of English, 8 characters of Chinese."""
MIN_GRAMS = 6
"""Different parts that such a text has or more: laughter and repeated words are as long, and say nothing."""


class NearPair(NamedTuple):
    """Two texts that are nearly equal.

    Attributes:
        first, second: Their positions, the lower one first.
        similarity: Jaccard similarity of their parts, 0 to 1, exact.
    """

    first: int
    second: int
    similarity: Fraction


def letters_of(text: str) -> str:
    """Return the letters, marks and digits of a text, without case and without forms that Unicode calls compatible.

    Example:
        >>> letters_of("Ｙes, I DO!"), letters_of("好，久不见。")
        ('yesido', '好久不见')
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in text if unicodedata.category(char)[0] in "LMN")


def grams_of(letters: str) -> frozenset[str]:
    """Return the parts of three letters; a text of fewer has none.

    Example:
        >>> sorted(grams_of("hello"))
        ['ell', 'hel', 'llo']
    """
    return frozenset(letters[start : start + GRAM] for start in range(len(letters) - GRAM + 1))


def is_evidence(letters: str) -> bool:
    """Return whether a text is so long that another one like it is hardly a common phrase.

    Example:
        >>> [is_evidence(letters_of(text)) for text in ("Yes.", "I never saw such a thing before!", "ha" * 40)]
        [False, True, False]
    """
    return len(letters.encode()) >= MIN_BYTES and len(grams_of(letters)) >= MIN_GRAMS


def similarity(first: str, second: str) -> Fraction:
    """Return the Jaccard similarity of two texts of letters: the parts of both over those of either, 0 where there are none.

    Example:
        >>> similarity("hello", "hellos")
        Fraction(3, 4)
    """
    one, other = grams_of(first), grams_of(second)
    return Fraction(len(one & other), len(one | other)) if one or other else Fraction(0)


def near_pairs(texts: Sequence[str], sides: Sequence[frozenset[str]], near: Fraction) -> Iterator[NearPair]:
    """Yield the pairs of texts whose similarity is `near` or more and that lie on different sides, all of them.

    Args:
        texts: Letters of texts, no two alike.
        sides: On which sides each is; a pair that is on one and the same side alone is left out.
        near: The least similarity, above 0 and at most 1.

    Cost: for each text the few of its parts that are rarest are looked up in an index; two texts that share none of these
    cannot be near. Under a second for 10,000 short texts at .8; lower values look up more.
    """
    parts = [grams_of(text) for text in texts]
    rarity = Counter(gram for each in parts for gram in each)
    # By rarity, then by the letters: the order is the same in every process.
    ordered = [sorted(each, key=lambda gram: (rarity[gram], gram)) for each in parts]
    index: defaultdict[str, list[int]] = defaultdict(list)
    for number in sorted(range(len(texts)), key=lambda each: len(parts[each])):
        size = len(parts[number])
        if size == 0:
            continue
        # Of two near texts each has `near` of its parts in the other, so each of these heads has a part of the other's.
        head = ordered[number][: size - _ceil(near * size) + 1]
        least = _ceil(near * size)
        for other in sorted({each for gram in head for each in index[gram]}):
            if len(parts[other]) < least or (sides[other] == sides[number] and len(sides[number]) < 2):
                continue
            shared = len(parts[number] & parts[other])
            found = Fraction(shared, size + len(parts[other]) - shared)
            if found >= near:
                yield NearPair(min(number, other), max(number, other), found)
        for gram in head:
            index[gram].append(number)


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
