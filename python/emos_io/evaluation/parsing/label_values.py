"""The value that an answer gives for a layer, as labels of it, or why it is none."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from ...corpus import Normaliser, Taxonomy
from ...corpus.label_words import SEPARATORS, folded
from ...errors import short_repr
from ..prompts.letters import letters_of, none_word
from .loose_json import Array, Object, Value
from .numbers import confidence_of

LONGEST_VALUE = 2000
"""Longer texts are no value of a layer."""
MAX_WORDS = 200
_LONGEST_WORD = 100
"""Longer words are no label; those of a taxonomy that has longer ones may be as long."""

Failure = Literal["unknown", "against", "several"]
"""Why there are no labels: no word of the layer is in the value; the value speaks against taking one; or it is nothing but
labels, and too many."""

_NO = frozenset("!≠¬✗✘❌🚫✖⊘☐□◻⬜~")
"""Signs that take a word back; a single ``!`` after a word and ``~`` before a number do not."""
_NEGATIONS = re.compile(
    r"\b(?:not|no|non|never|neither|nor|none|without|cannot|unlikely|rather than|instead of|nothing|hardly|barely|far from|"
    r"anything but)\b|n't\b|[不非没沒无無别別勿]"
)
_CORRECTIONS = re.compile(
    r"\b(?:wait|actually|instead|rather|correction|sorry|oops|wrong|mistake|however|alternatively|maybe|perhaps|or)\b|"
    r"其实|不对|或者|更正|應該是|应该是"
)
_DECORATION = " \t\r\n*_`\"'“”‘’「」『』《》.。,，;；:："
_BRACKETS = {"(": ")", "[": "]", "（": "）", "【": "】", "{": "}", "<": ">"}
_BRACKETED = re.compile(r"^(.{1,200}?)\s*[(（\[【]([^()（）\[\]【】]{0,300})[)）\]】]\s*[.。]?$", re.DOTALL)
_PERCENT = re.compile(r"^(.{1,200}?)[\s:：,，\-–]{1,5}(\d{1,3}(?:\.\d{1,9})?\s?[%％]|0?\.\d{1,9})$", re.DOTALL)
_REMARK = re.compile(r"\s[-–—]+\s|[.。!！](?=\s|$)|[。！]|\n", re.DOTALL)
_LETTER = re.compile(
    r"^(?:(?:option|choice|letter|选项|選項)\s{0,4})?[(\[（【]?\s{0,2}([A-Za-z]{1,3})\s{0,2}[)\]）】]?\s{0,2}"
    r"([.:：、,，)\-–—=/\n]*)\s*(.*)$",
    re.DOTALL | re.IGNORECASE,
)
_AND = re.compile(r"\s(?:and|&|plus)\s|\s?[&+/／]\s?|\s?[和与與及]\s?", re.IGNORECASE)
_OR = re.compile(r"\s(?:or|vs\.?|versus)\s|\s?[或]\s?|->|→", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_NOTHING = ("none", "[]", "-", "n/a", "no label", "nothing", "无", "無", "没有", "沒有")


@dataclass(frozen=True, slots=True)
class Read:
    """What a value gives.

    Attributes:
        labels: The labels; None where there are none to take, and `reason` says why.
        outside: Words beside labels that are none of the layer; in layers of sets.
        reason: Why there are no labels.
        failure: Of which kind that is.
        confidence: A confidence that stands with the label, as in ``Joy (90%)``.
    """

    labels: tuple[str, ...] | None
    outside: tuple[str, ...] = ()
    reason: str = ""
    failure: Failure = "unknown"
    confidence: float | None = None


@functools.lru_cache(maxsize=64)
def layer_reader(taxonomy: Taxonomy, *, letters: bool) -> LayerReader:
    """Return the reader of a layer; one is kept for each."""
    return LayerReader(taxonomy, letters=letters)


class LayerReader:
    """Reads values as labels of one layer.

    Args:
        taxonomy: The layer.
        letters: Letters stand for labels.

    Attributes:
        taxonomy: The layer.
        exact: Labels and the abstain word, by their form without letter case.
    """

    def __init__(self, taxonomy: Taxonomy, *, letters: bool) -> None:
        self.taxonomy = taxonomy
        self._normaliser = Normaliser(taxonomy)
        self._letters = dict(letters_of(taxonomy)) if letters else {}
        self.exact = {word.casefold(): word for word in taxonomy.words}
        self._longest = max(_LONGEST_WORD, *(len(word) for word in (*taxonomy.words, *taxonomy.aliases)))
        self._forms = dict(self._all_forms())
        self._wide = [form for form in self._forms if not form.isascii()]
        self._most_words = max(len(_WORD.findall(form)) for form in self._forms)
        self._none = {none_word(taxonomy).casefold(), *(word for word in _NOTHING if word not in self._forms)}

    def _all_forms(self) -> list[tuple[str, str]]:
        taxonomy = self.taxonomy
        own = [(folded(word), word) for word in taxonomy.words]
        return [*((alias, label) for alias, label in taxonomy.aliases.items()), *own]

    def read(self, value: Value) -> Read:
        """Return the labels of a value: a text, or an array of texts."""
        if isinstance(value, Object):
            return self._fail("it gives an object")
        if not isinstance(value, Array):
            return self._scalar(value)
        if len(value.values) > MAX_WORDS:
            return self._fail(f"it gives more than {MAX_WORDS} words", "against")
        if not value.is_closed:
            return self._fail("it ends early", "against")
        parts = [self._scalar(each) if not isinstance(each, Object | Array) else self._fail("it gives an object")
                 for each in value.values]  # fmt: skip
        return self._joined(parts, "it gives an empty list")

    def _scalar(self, value: str | bool | None) -> Read:
        if value is None:
            return self._fail(f"it gives null for {self.taxonomy.name}")
        return self.read_text(str(value))

    def read_text(self, text: str) -> Read:
        """Return the labels of a text."""
        if len(text) > LONGEST_VALUE:
            return self._fail(f"{short_repr(text)} is too long for a label of {self.taxonomy.name}", "against")
        return self._with_confidence(text.strip())

    def mentions(self, text: str) -> set[str]:
        """Return the labels that stand in a text as words, in any letter case."""
        plain = folded(text[: 10 * LONGEST_VALUE])
        words = _WORD.findall(plain)
        found = {
            self._forms[run]
            for size in range(1, self._most_words + 1)
            for first in range(len(words) - size + 1)
            if (run := " ".join(words[first : first + size])) in self._forms
        }
        return found | {self._forms[form] for form in self._wide if form in plain}

    def is_taken_back(self, remark: str, labels: tuple[str, ...]) -> bool:
        """Return whether a text after an answer may take it back: it names another label, or says no to this one."""
        plain = folded(remark[: 10 * LONGEST_VALUE])
        mentioned = self.mentions(remark)
        return bool(
            mentioned - set(labels) or (mentioned and _NEGATIONS.search(plain)) or re.match(r"(?:not|no)\b|不", plain)
        ) or (bool(_CORRECTIONS.search(plain)) and bool(mentioned))

    def is_corrected(self, after: str, labels: tuple[str, ...]) -> bool:
        """Return whether a text after an answer corrects it: it has a word of correction, and names another label."""
        return bool(_CORRECTIONS.search(folded(after[: 10 * LONGEST_VALUE])) and self.mentions(after) - set(labels))

    # One text, from the plain case to the others.

    def _with_confidence(self, text: str) -> Read:
        read = self._text(text)
        if read.labels is not None or self.taxonomy.multiple:
            return read
        core = _unwrapped(text)
        for pattern in (_BRACKETED, _PERCENT):
            if found := pattern.match(core):
                inner = self._text(found[1])
                number = confidence_of(re.sub(r"^[^\d.]*[:：=]\s*", "", found[2]))
                if inner.labels is not None and (
                    number is not None
                    or self._is_same(found[2], inner.labels)
                    or not self.is_taken_back(found[2], inner.labels)
                ):
                    return Read(inner.labels, confidence=number)
        if (end := _REMARK.search(text)) and end.end() < len(text):
            head, tail = text[: end.start()], text[end.end() :]
            inner = self._text(head)
            if inner.labels is not None and not self.is_taken_back(tail, inner.labels):
                return inner
        return read

    def _is_same(self, text: str, labels: tuple[str, ...]) -> bool:
        return self._text(text).labels == labels

    def _text(self, text: str) -> Read:
        if exact := self._all_exact(text):
            return self._of_words(exact, [])
        core = _unwrapped(text)
        if self.taxonomy.multiple and (core.casefold() in self._none or text.casefold() in self._none):
            return Read(())
        if not core:
            return self._fail(f"it gives no word for {self.taxonomy.name}")
        if exact := self._all_exact(core):
            return self._of_words(exact, [])
        is_list = self.taxonomy.multiple and SEPARATORS.search(core) is not None
        if self._letters and not is_list and (read := self._letter(core)):
            return read
        pieces = [each for part in SEPARATORS.split(core.replace("\n", ";")) if (each := _unwrapped(part))]
        if len(pieces) > MAX_WORDS:
            return self._fail(f"it gives more than {MAX_WORDS} words", "against")
        if len(pieces) > 1 and (self.taxonomy.multiple or self._letters):
            return self._joined([self._piece(each) for each in pieces], "")
        labels: list[str] = []
        outside: list[str] = []
        for piece in pieces:
            found, unknown = self._words(piece)
            labels += found
            outside += unknown
        return self._of_words(labels, outside)

    def _all_exact(self, text: str) -> list[str]:
        """Return the labels of a text that has nothing but letters that stand for labels, or but labels; else none of them."""
        parts = [part for each in SEPARATORS.split(text) if (part := each.strip())]
        if len(parts) > MAX_WORDS:
            return []
        for known, form in ((self._letters, str.upper), (self.exact, str.casefold)):
            labels = [known.get(form(part)) for part in parts]
            if labels and None not in labels:
                return [label for label in labels if label is not None]
        return []

    def _piece(self, piece: str) -> Read:
        if exact := self._all_exact(piece):
            return self._of_words(exact, [])
        if self._letters and (read := self._letter(piece)):
            return read
        return self._of_words(*self._words(piece))

    def _letter(self, core: str) -> Read | None:
        """Return what a letter gives, with or without its label behind it; None where the text begins with none."""
        found = _LETTER.match(core)
        label = self._letters.get(found[1].upper()) if found else None
        if found is None or label is None:
            return None
        mark, rest = found[2], found[3]
        if not rest:
            return self._of_words([label], [])
        if mark[:1] in (",", "/", "，", "、") and self._letters.get(rest.upper()):
            return None
        other = self._of_words(*self._words(_unwrapped(rest)))
        if other.labels is not None and set(other.labels) == {label}:
            return other
        if other.labels is not None or self.mentions(rest) - {label}:
            return self._fail(f"letter and label differ, {found[1]!r} and {short_repr(rest)}", "against")
        if (
            mark
            and mark[0] in ".:：)、\n-–—"
            and label in self.mentions(rest)
            and not self.is_taken_back(rest, (label,))
        ):
            return self._of_words([label], [])
        return None

    def _words(self, piece: str) -> tuple[list[str], list[str]]:
        """Return the labels of a word or a few, and what of them is no label."""
        if len(piece) > self._longest:
            return [], [piece]
        if _is_taken_back_by_sign(piece):
            return [], [piece]
        found = self._normaliser(piece)
        labels = [*found.labels, *([self.taxonomy.abstain or ""] if found.abstain else [])]
        if labels and not found.unknown:
            return labels, []
        for pattern in (_AND, _OR):
            parts = [_unwrapped(part) for part in pattern.split(piece)]
            if len(parts) < 2:
                continue
            each = [self._normaliser(part) for part in parts if part]
            if all(part.labels and not part.unknown for part in each):
                several = [label for part in each for label in part.labels]
                if pattern is _AND or len(set(several)) == 1 or not self.taxonomy.multiple:
                    return several, []
        return [], [piece]

    def _of_words(self, labels: list[str], outside: list[str]) -> Read:
        """Return what words give: their labels, or why they cannot be taken."""
        taxonomy, own = self.taxonomy, list(dict.fromkeys(labels))
        known = tuple(label for label in own if label != taxonomy.abstain)
        if taxonomy.multiple:
            against = [word for word in outside if self.mentions(word)]
            if against:
                return self._fail(f"{short_repr(against[0])} is no plain label of {taxonomy.name}", "against")
            if known or (own and not outside):
                return Read(known, tuple(dict.fromkeys(outside)))
            return Read(None, tuple(outside), self._unknown(outside), "unknown")
        if len(own) > 1:
            listed = f"{', '.join(own[:-1])} and {own[-1]}"
            return self._fail(f"it gives {len(own)} labels, {listed}, and {taxonomy.name} takes one", "several")
        if outside:
            is_against = bool(own) or any(self.mentions(word) for word in outside)
            return self._fail(self._unknown(outside), "against" if is_against else "unknown")
        if not known:
            if own:
                return self._fail(f"{own[0]!r} stands for no label of {taxonomy.name}", "against")
            return self._fail(f"it gives no word for {taxonomy.name}")
        return Read(known)

    def _joined(self, parts: list[Read], empty: str) -> Read:
        """Return what several values give together."""
        if not parts:
            return Read(()) if self.taxonomy.multiple else self._fail(empty)
        against = next((each for each in parts if each.labels is None and each.failure != "unknown"), None)
        if against is not None:
            return against
        labels = list(dict.fromkeys(label for each in parts for label in each.labels or ()))
        outside = [word for each in parts for word in each.outside]
        if self.taxonomy.multiple:
            if labels or all(each.labels is not None for each in parts):
                return Read(tuple(labels), tuple(dict.fromkeys(outside)))
            return Read(None, tuple(dict.fromkeys(outside)), next(each.reason for each in parts if each.reason))
        failed = next((each for each in parts if each.labels is None), None)
        if failed is not None:
            return self._fail(failed.reason, "against" if labels else "unknown")
        read = self._of_words(labels, [])
        return parts[0] if read.labels is not None else read

    def _unknown(self, words: list[str]) -> str:
        word = words[0] if words else ""
        return f"{short_repr(word)} is no label of {self.taxonomy.name}"

    @staticmethod
    def _fail(reason: str, failure: Failure = "unknown") -> Read:
        return Read(None, reason=reason, failure=failure)


def _unwrapped(text: str) -> str:
    """Return a text without quotes, marks of Markdown, and brackets around it, and without a full stop."""
    before = None
    while text != before:
        before = text
        text = text.strip(_DECORATION).rstrip("!！")
        if len(text) > 1 and _BRACKETS.get(text[0]) == text[-1] and text[0] not in text[1:]:
            text = text[1:-1]
    return text


def _is_taken_back_by_sign(piece: str) -> bool:
    plain = unicodedata.normalize("NFKC", piece)
    return any(sign in plain for sign in _NO)
