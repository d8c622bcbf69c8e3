"""Answers within a layer: which words of a prediction are labels, which are not, and what may have been meant."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping

from ..corpus import Normaliser, Taxonomy
from ..errors import short_repr
from .prediction_rules import used_score, why_no_sum
from .predictions import Prediction

_DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_LONGEST = 60
"""Letters of a word for which the nearest label is looked up; no label is as long."""
_LIKENESS = 0.6
"""How alike a word and a label must be, from 0 to 1, so that the label is offered (`difflib.SequenceMatcher.ratio`)."""


def number_of(text: str) -> float | None:
    """Return the finite number that a text is, or None.

    Example:
        >>> number_of("4"), number_of("four"), number_of("nan")
        (4.0, None, None)
    """
    number = float(text) if _DECIMAL.fullmatch(text) else math.nan
    return number if math.isfinite(number) else None


class LayerAnswers:
    """Reads answers in one layer; words are compared exactly.

    In a layer of sets the abstain word of the taxonomy, such as ``unsure``, is no label and no word outside of the layer: an
    answer of this word alone is an empty set, and beside labels it says nothing.

    Args:
        layer: Name of the layer.
        taxonomy: Its taxonomy; None for a layer of numbers.
    """

    def __init__(self, layer: str, taxonomy: Taxonomy | None) -> None:
        self.layer, self.taxonomy = layer, taxonomy
        self.labels = () if taxonomy is None else taxonomy.labels
        self.takes_sets = taxonomy is not None and taxonomy.multiple
        self.index = {label: position for position, label in enumerate(self.labels)}
        self._abstain = taxonomy.abstain if taxonomy is not None and taxonomy.multiple else None
        self._normaliser = None if taxonomy is None else Normaliser(taxonomy)
        self._nearest: dict[str, str] = {}

    def words(self, row: Prediction) -> tuple[str, ...]:
        """Return the words of an answer, each once, whether they are labels or not; an abstain word of sets is none."""
        return tuple(word for word in dict.fromkeys(_given(row)) if word != self._abstain)

    def is_abstained(self, row: Prediction) -> bool:
        """Return whether the answer in a layer of sets is the abstain word alone."""
        return not row.error and self._abstain is not None and set(_given(row)) == {self._abstain}

    def number(self, row: Prediction) -> float | None:
        """Return the number of an answer in a layer of numbers: its value, or a label that is a number."""
        if row.value is not None:
            return row.value
        words = self.words(row)
        return number_of(words[0]) if len(words) == 1 else None

    def is_valid(self, row: Prediction) -> bool:
        """Return whether a prediction has an answer within the layer."""
        if row.error:
            return False
        if self.taxonomy is None:
            return self.number(row) is not None
        words = self.words(row)
        known = sum(word in self.index for word in words)
        if self.takes_sets:
            return known > 0 or (not words and self._has_answer(row))
        return known == len(words) == 1

    def outside(self, row: Prediction) -> tuple[str, ...]:
        """Return the words of an answer that are no labels of the layer; all that are too many where it takes one alone."""
        words = self.words(row)
        if self.taxonomy is None:
            return words if self.number(row) is None else ()
        return tuple(word for word in words if word not in self.index)

    def what_is_wrong(self, row: Prediction) -> tuple[str, str] | None:
        """Return what is wrong with an answer that is no error, and what to do; None where it is within the layer."""
        if row.error:
            return None
        words = self.words(row)
        if self.taxonomy is None:
            if self.number(row) is not None:
                return None
            return f"{_listed(words) or 'no answer'} is no number, and {self.layer} is a layer of numbers", "give value"
        if outside := self.outside(row):
            verb = "are no labels" if len(outside) > 1 else "is no label"
            return f"{_listed(outside)} {verb} of {self.layer}", self.what_to_give(outside[0])
        if self.takes_sets:
            if words or self._has_answer(row):
                return None
            return f"it has a value, and {self.layer} is a layer of sets of labels", "give labels"
        if len(words) == 1:
            return None
        if len(words) > 1:
            return f"{_listed(words)} are {len(words)} labels, and {self.layer} takes one", "give label"
        return f"it has no label, and {self.layer} takes one", "give label, or the error that there was"

    def unknown_scores(self, row: Prediction) -> tuple[str, ...]:
        """Return the words that have a score and are no labels of the layer, or no numbers in one of numbers."""
        if self.taxonomy is None:
            return tuple(word for word in row.scores if number_of(word) is None)
        return tuple(word for word in row.scores if word not in self.index and word != self._abstain)

    def _has_answer(self, row: Prediction) -> bool:
        return row.labels is not None or self.is_abstained(row)

    def why_no_sum(self, row: Prediction) -> str:
        """Return why the scores of a prediction are none of a layer that takes one answer; "" where they are, or may be."""
        return "" if self.takes_sets else why_no_sum(row.scores)

    def scores(self, row: Prediction) -> Mapping[str, float]:
        """Return the scores of a prediction, each at most 1; none where their words or their sum are wrong."""
        if self.unknown_scores(row) or self.why_no_sum(row):
            return {}
        return {label: used_score(score) for label, score in row.scores.items()}

    def what_to_give(self, word: str) -> str:
        """Return what to do about a word that is no label: give the nearest one, or one of all."""
        if word not in self._nearest:
            self._nearest[word] = self._advice(word)
        return self._nearest[word]

    def _advice(self, word: str) -> str:
        if self.taxonomy is None or self._normaliser is None:
            return "leave it out"
        if word == self.taxonomy.abstain:
            return "it stands for no label; give an error instead"
        short = word if len(word) <= _LONGEST else ""
        found = self._normaliser(short)
        if len(found.labels) == 1 and not found.abstain:
            return f"the nearest is {found.labels[0]!r}"
        folded = {label.casefold(): label for label in self.labels}
        near = difflib.get_close_matches(short.casefold(), folded, n=1, cutoff=_LIKENESS)
        return f"the nearest is {folded[near[0]]!r}" if near else f"labels are {', '.join(self.labels)}"


def _given(row: Prediction) -> tuple[str, ...]:
    return row.labels if row.labels is not None else () if row.label is None else (row.label,)


def _listed(words: tuple[str, ...]) -> str:
    some = ", ".join(map(short_repr, words[:3]))
    return some + (f" and {len(words) - 3} more" if len(words) > 3 else "")
