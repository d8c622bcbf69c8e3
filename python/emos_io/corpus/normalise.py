"""Labels as people write them, read as labels of a taxonomy: each change is a finding, and only small slips are corrected."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from .finding_codes import Severity
from .findings import FindingCollector
from .taxonomies import Taxonomy

MAX_DISTANCE = 1
"""Slips that are corrected in one word: a letter left out, added or replaced, or two neighbours swapped."""

MAX_DISTANCE_LONG, LONG = 2, 8
"""In words of `LONG` letters and more, two slips are corrected: no two such labels of our taxonomies are that similar."""

_SEPARATORS = re.compile(r"[;；,，、|]|\s{2,}")


@dataclass(frozen=True, slots=True)
class Normalised:
    """What was read from a cell.

    Attributes:
        labels: Labels of the taxonomy, in the order written, each once, without the abstain word.
        abstain: Whether the rater gave the abstain word.
        unknown: Words that are neither a label nor a slip of one, as written.
        changes: (word as written, label, how it was found) for each word that the taxonomy writes differently.
    """

    labels: tuple[str, ...]
    abstain: bool
    unknown: tuple[str, ...]
    changes: tuple[tuple[str, str, str], ...]


class Normaliser:
    """Reads words as labels of one taxonomy.

    These are tried in order: the word as written; without letter case, spaces and symbols (emoji); an alias; the side of
    ``a/b`` that is a label; a slip, within `MAX_DISTANCE` (`MAX_DISTANCE_LONG`) of exactly one label (optimal string
    alignment distance); two labels written as one word. Any other word is unknown.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        words = (*taxonomy.labels, *([taxonomy.abstain] if taxonomy.abstain else []))
        self._folded = {word.casefold(): word for word in words}
        self._known: dict[str, tuple[tuple[str, ...], str]] = {}

    def __call__(self, text: str) -> Normalised:
        """Read a cell; semicolons, commas, or two and more blanks separate its words."""
        labels: list[str] = []
        unknown: list[str] = []
        changes: list[tuple[str, str, str]] = []
        abstain = False
        for part in _SEPARATORS.split(text):
            word = part.strip()
            if not word:
                continue
            found, how = self._word(word)
            if not found:
                unknown.append(word)
            for label in found:
                if how != "as written":
                    changes.append((word, label, how))
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

    def _word(self, word: str) -> tuple[tuple[str, ...], str]:
        if word not in self._known:
            self._known[word] = self._find(word)
        return self._known[word]

    def _find(self, word: str) -> tuple[tuple[str, ...], str]:
        if word in self._folded.values():
            return (word,), "as written"
        plain = _plain(word)
        if label := self._exact(plain):
            return (label,), "symbols" if plain != word.casefold().strip() else "letter case"
        if plain in self.taxonomy.aliases:
            return (self.taxonomy.aliases[plain],), "alias"
        sides = {label for side in re.split(r"[/／]", word) if (label := self._side(side))}
        if len(sides) == 1:
            return (sides.pop(),), "bilingual"
        allowed = MAX_DISTANCE_LONG if len(plain) >= LONG else MAX_DISTANCE
        near = [label for folded, label in self._folded.items() if distance(plain, folded) <= allowed]
        if len(near) == 1:
            return (near[0],), "slip"
        joined = [
            (first, second)
            for cut in range(1, len(plain))
            if (first := self._exact(plain[:cut])) and (second := self._exact(plain[cut:]))
        ]
        return (joined[0], "two labels in one word") if len(joined) == 1 else ((), "unknown")

    def _exact(self, plain: str) -> str | None:
        return self._folded.get(plain)

    def _side(self, side: str) -> str | None:
        plain = _plain(side)
        return self._exact(plain) or self.taxonomy.aliases.get(plain)


def _plain(word: str) -> str:
    """Return letters and marks only, in one Unicode form, without letter case."""
    letters = [
        char for char in unicodedata.normalize("NFKC", word) if unicodedata.category(char)[0] in "LMNZ" or char in "-/"
    ]
    return " ".join("".join(letters).casefold().split())


def distance(a: str, b: str) -> int:
    """Return the optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours.

    Source: Damerau (1964), restricted to one edit of a substring. Cost: ``len(a) * len(b)``.

    Example:
        >>> distance("surprsie", "surprise"), distance("lve", "love")
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
