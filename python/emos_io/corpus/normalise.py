"""Labels as people write them, read as labels of a taxonomy: each change is a finding, and only small slips are corrected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from .finding_codes import Severity
from .findings import FindingCollector
from .label_words import SEPARATORS, folded, has_letters, without_symbols
from .taxonomies import Taxonomy, is_known, real_words

SHORT = 5
"""In words of so many letters and fewer, and to labels of so many, no slip is corrected: too many real words are that near."""

NEGATIONS = tuple("!≠¬✗✘❌🚫")
"""Signs that say no to the word after them."""

MAX_DISTANCE = 1
"""Slips that are corrected in one word: a letter left out, added or replaced, or two neighbours swapped."""

MAX_DISTANCE_LONG, LONG = 2, 8
"""In words of `LONG` letters and more, two slips are corrected, where the label is as long."""

_AS_WRITTEN = "as written"


@dataclass(frozen=True, slots=True)
class Normalised:
    """What was read from a cell.

    Attributes:
        labels: Labels of the taxonomy, in the order written, each once, without the abstain word.
        abstain: Whether the rater gave the abstain word.
        unknown: Words that are neither a label nor a slip of one, as written.
        changes: (word as written, label, how it was found) for each word that the taxonomy writes differently, save for
            letter case and blanks around it.
    """

    labels: tuple[str, ...]
    abstain: bool
    unknown: tuple[str, ...]
    changes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class TypoTable:
    """The typos of one published data set, which were looked up one by one; its reader alone uses them.

    Attributes:
        name, version: Its name and version.
        labels: Labels by typo, in lower case.
    """

    name: str
    version: str
    labels: Mapping[str, str]


class Normaliser:
    """Reads words as labels of one taxonomy.

    These are tried in order: the word as written, in any letter case; without symbols (emoji); an alias; a typo of the
    table; the side of ``a/b`` that is a label; a slip, within `MAX_DISTANCE` (`MAX_DISTANCE_LONG`) of exactly one label
    (optimal string alignment distance); two labels written as one word. Any other word is unknown.

    No slip begins with another letter than the label, none is a word of its own (`real_words`), and neither it nor the label
    has `SHORT` letters or fewer. A sign of `NEGATIONS` before a word is no decoration: the word is unknown. Of ``a/b`` with one
    label, a side that is no label stays as an unknown word, save one in another script: that is taken for a translation.

    The last two steps guess, and `real_words` knows the words that are near the labels of the package alone. So of a taxonomy
    of your own no slip is corrected, and no word is taken apart: such a word is unknown. Give it as an alias if it is meant.

    Args:
        taxonomy: The labels.
        typos: The typos of the data set that is read, or None.
    """

    def __init__(self, taxonomy: Taxonomy, *, typos: TypoTable | None = None) -> None:
        self.taxonomy = taxonomy
        self._folded = {word.casefold(): word for word in taxonomy.words}
        self._plain = _by_plain_form({word: word for word in taxonomy.words})
        self._aliases = _by_plain_form(taxonomy.aliases) | dict(taxonomy.aliases)
        self._guesses = is_known(taxonomy.name)
        self._typos: Mapping[str, str] = {} if typos is None else typos.labels
        self._known: dict[str, _Found] = {}

    def __call__(self, text: str) -> Normalised:
        """Read a cell; semicolons, commas, or two and more blanks separate its words."""
        labels: list[str] = []
        unknown: list[str] = []
        changes: list[tuple[str, str, str]] = []
        abstain = False
        for part in SEPARATORS.split(text):
            word = part.strip()
            if not word:
                continue
            found = self._word(word)
            unknown += found.unknown
            for label in found.labels:
                if found.how != _AS_WRITTEN:
                    changes.append((word, label, found.how))
                if label == self.taxonomy.abstain:
                    abstain = True
                elif label not in labels:
                    labels.append(label)
        return Normalised(tuple(labels), abstain, tuple(unknown), tuple(changes))

    def read(
        self,
        text: str,
        where: str,
        findings: FindingCollector,
        *,
        open_words: bool = False,
        unknown_words: Severity = "fault",
    ) -> Normalised:
        """Read a cell, and make findings of what was repaired and what is unknown.

        Args:
            text: The cell as written.
            where: Where the cell is, for the findings.
            findings: Takes ``label_repaired``, and ``unknown_label`` or ``open_label``.
            open_words: Words outside of the taxonomy are expected here: they are kept as open labels.
            unknown_words: Where they are not expected, the severity of such a word.
        """
        found = self(text)
        for word, label, how in found.changes:
            what = f"{_shortened(word)!r} was read as {label!r} ({how})"
            findings.add("label_repaired", where, what, "correct the label")
        for word in found.unknown:
            what = f"{_shortened(word)!r} is no label of {self.taxonomy.name}"
            if open_words:
                findings.add("open_label", where, what, "it is kept as an open label")
            else:
                fix = "correct the label; it is kept as an open one"
                findings.add("unknown_label", where, what, fix, severity=unknown_words)
        return found

    def _word(self, word: str) -> _Found:
        if word not in self._known:
            self._known[word] = self._find(word)
        return self._known[word]

    def _find(self, word: str) -> _Found:
        if label := self._folded.get(word.casefold()):
            return _Found((label,), _AS_WRITTEN)
        plain = without_symbols(word)
        if unicodedata.normalize("NFKC", word.lstrip())[:1] in NEGATIONS:
            return _Found((), "unknown", (word,))
        if label := self._exact(plain):
            return _Found((label,), "symbols")
        if label := self._alias(word, plain):
            return _Found((label,), "alias")
        if plain in self._typos:
            return _Found((self._typos[plain],), "slip")
        if bilingual := self._bilingual(word):
            return bilingual
        if not self._guesses:
            return _Found((), "unknown", (word,))
        if plain not in real_words() and (label := self._slip(plain)):
            return _Found((label,), "slip")
        joined = [
            (first, second)
            for cut in range(1, len(plain))
            if (first := self._exact(plain[:cut])) and (second := self._exact(plain[cut:]))
        ]
        return _Found(joined[0], "two labels in one word") if len(joined) == 1 else _Found((), "unknown", (word,))

    def _exact(self, plain: str) -> str | None:
        return self._folded.get(plain) or self._plain.get(plain)

    def _alias(self, word: str, plain: str) -> str | None:
        return self._aliases.get(folded(word)) or self._aliases.get(plain)

    def _bilingual(self, word: str) -> _Found | None:
        sides = [side.strip() for side in re.split(r"[/／]", word) if side.strip()]
        labels = [self._side(side) for side in sides]
        known = {label for label in labels if label}
        if len(sides) < 2 or len(known) != 1:
            return None
        scripts = {_is_latin(side) for side, label in zip(sides, labels, strict=True) if label}
        rest = [side for side, label in zip(sides, labels, strict=True) if not label and _is_latin(side) in scripts]
        return _Found(tuple(known), "bilingual", tuple(rest))

    def _side(self, side: str) -> str | None:
        plain = without_symbols(side)
        return self._exact(plain) or self._alias(side, plain)

    def _slip(self, plain: str) -> str | None:
        """Return the one label that a word is a slip of, or None where it is a slip of none or of several."""
        near = [label for folded, label in self._folded.items() if _is_slip(plain, folded)]
        return near[0] if len(near) == 1 else None


def _by_plain_form(words: Mapping[str, str]) -> dict[str, str]:
    """Return labels by words without symbols; forms of two labels, and those without letters, are left out."""
    found: dict[str, set[str]] = {}
    for word, label in words.items():
        plain = without_symbols(word)
        if has_letters(plain):
            found.setdefault(plain, set()).add(label)
    return {plain: next(iter(labels)) for plain, labels in found.items() if len(labels) == 1}


@dataclass(frozen=True, slots=True)
class _Found:
    """What one word is: labels, how they were found, and what of it is no label."""

    labels: tuple[str, ...]
    how: str
    unknown: tuple[str, ...] = ()


def _is_slip(plain: str, label: str) -> bool:
    letters = min(_num_letters(plain), _num_letters(label))
    if letters <= SHORT or plain[0] != label[0]:
        return False
    allowed = MAX_DISTANCE_LONG if letters >= LONG else MAX_DISTANCE
    return abs(len(plain) - len(label)) <= allowed and distance(plain, label) <= allowed


def _num_letters(text: str) -> int:
    return sum(char.isalpha() for char in text)


def _is_latin(text: str) -> bool:
    """Return whether the first letter of a text is of the Latin script."""
    letter = next((char for char in text if char.isalpha()), "a")
    return unicodedata.name(letter, "").startswith(("LATIN", "FULLWIDTH LATIN"))


def distance(a: str, b: str) -> int:
    """Return the optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours.

    Source: Damerau (1964), restricted to one edit of a substring. Cost: ``len(a) * len(b)``.

    Example:
        >>> distance("surprsie", "surprise"), distance("disgst", "disgust")
        (1, 1)
    """
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _shortened(word: str) -> str:
    squeezed = " ".join(word.split())
    return squeezed if len(squeezed) <= 40 else squeezed[:37] + "..."
