"""What a taxonomy must be: names and labels that keys, cells and columns can have, each word for one label alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from .._checks import is_sequence
from ..errors import InvalidArgument, short_repr
from .label_words import SEPARATORS, folded, has_letters, without_symbols

FILE_SUFFIXES = (".json", ".yaml", ".yml")
"""How the name of a file of a taxonomy ends."""

RESERVED = "intensity"
"""The layer of intensities, which has numbers and no taxonomy."""

_NAME = re.compile(r"\w[\w.-]*")
_QUOTE = "put it in quotes, since YAML reads words such as no, yes, null, 1 and dates as other things"
_IN_NO_TEXT = {"Cc", "Cs", "Zl", "Zp"}


def checked_name(name: object) -> str:
    """Return the name of a taxonomy, which is that of its layer.

    Raises:
        InvalidArgument: It is no text, or has characters that keys, columns or options cannot have.
    """
    text = checked_text(name, "name of a taxonomy")
    if not _NAME.fullmatch(text):
        raise InvalidArgument(
            f"name of a taxonomy must be of letters, digits, _, - and ., with a letter or a digit first, got "
            f"{short_repr(text)}; write for instance 'my_moods'"
        )
    if text.casefold().endswith(FILE_SUFFIXES):
        raise InvalidArgument(
            f"name of a taxonomy must be that of no file, got {text!r}; leave {text[text.rindex('.') :]} out"
        )
    if text.casefold() == RESERVED:
        raise InvalidArgument(
            f"name of a taxonomy must be none of the package's own layers, got {text!r}; choose another name"
        )
    return text


def checked_text(value: object, what: str) -> str:
    """Return a text of one line, with no blanks around it.

    Raises:
        InvalidArgument: It is no such text.
    """
    if not isinstance(value, str):
        raise InvalidArgument(f"{what} must be text, got {short_repr(value)}; {_QUOTE}")
    if not value.strip():
        raise InvalidArgument(f"{what} must be text that is not blank, got {short_repr(value)}; fill it in")
    if value != value.strip() or any(unicodedata.category(char) in _IN_NO_TEXT for char in value):
        raise InvalidArgument(
            f"{what} must be one line without blanks around it, got {short_repr(value)}; remove what is too much"
        )
    return value


def checked_multiple(value: object) -> bool:
    """Return whether a taxonomy takes several labels at once.

    Raises:
        InvalidArgument: It is neither true nor false.
    """
    if not isinstance(value, bool):
        raise InvalidArgument(f"multiple must be true or false, got {short_repr(value)}; write one of them")
    return value


def checked_words(values: object, what: str) -> tuple[str, ...]:
    """Return words that stand in cells beside others.

    Raises:
        InvalidArgument: They are no list of such words, or one is there twice, also in another letter case.
    """
    if not is_sequence(values) or isinstance(values, Mapping) or not isinstance(values, Iterable):
        raise InvalidArgument(f"{what} must be a list of words, got {short_repr(values)}; write them as a list")
    words = tuple(_checked_word(each, f"{what}, number {number},") for number, each in enumerate(values, 1))
    first: dict[str, str] = {}
    for word in words:
        before = first.setdefault(folded(word), word)
        if before is not word:
            both = repr(word) if word == before else f"{before!r} and {word!r}"
            raise InvalidArgument(f"{what} must each be there once, in any letter case, got {both}; remove one")
    return words


def _checked_word(value: object, what: str) -> str:
    word = checked_text(value, what)
    if found := SEPARATORS.search(word):
        raise InvalidArgument(
            f"{what} must have none of ; , | and two blanks, which separate the labels of a cell, got {short_repr(word)}; "
            f"write it without {found.group()!r}"
        )
    return word


def checked_labels(values: object) -> tuple[str, ...]:
    """Return the labels of a taxonomy, two or more.

    Raises:
        InvalidArgument: They are no such list.
    """
    labels = checked_words(values, "labels of a taxonomy")
    if len(labels) < 2:
        raise InvalidArgument(f"labels of a taxonomy must be two or more, got {list(labels)}; add the others")
    return labels


def check_special_words(labels: tuple[str, ...], neutral: object, abstain: object) -> None:
    """Check the neutral label, which is one of the labels, and the abstain word, which is none.

    Raises:
        InvalidArgument: They are not.
    """
    if neutral is not None and neutral not in labels:
        if not isinstance(neutral, str):
            checked_text(neutral, "neutral label")
        raise InvalidArgument(
            f"neutral label must be one of {', '.join(labels)}, got {short_repr(neutral)}; correct it"
        )
    if abstain is not None:
        word = _checked_word(abstain, "abstain word")
        if same := next((label for label in labels if folded(label) == folded(word)), None):
            raise InvalidArgument(
                f"abstain word must be a word that is no label, got {word!r}, and {same!r} is a label; choose another word, or "
                "remove the label"
            )


def checked_aliases(aliases: object, words: Iterable[str]) -> dict[str, str]:
    """Return labels by alias, each alias in the form of `folded`.

    Args:
        aliases: Labels by alias.
        words: The labels, and the abstain word.

    Raises:
        InvalidArgument: An alias is a label, or stands for two; or what it stands for is no label.
    """
    if not isinstance(aliases, Mapping):
        raise InvalidArgument(f"aliases must be a mapping, got {short_repr(aliases)}; give a dict")
    known = tuple(words)
    labels, taken = set(known), {form: word for word in known for form in forms(word)}
    found: dict[str, str] = {}
    for given, label in aliases.items():
        alias = _checked_word(given, "alias")
        if not isinstance(label, str) or label not in labels:
            raise InvalidArgument(
                f"label of alias {alias!r} must be one of {', '.join(known)}, got {short_repr(label)}; correct it"
            )
        if same := next((taken[form] for form in forms(alias) if form in taken), None):
            raise InvalidArgument(f"alias must be a word that is no label, got {alias!r}, which is {same!r}; remove it")
        before = found.setdefault(folded(alias), label)
        if before != label:
            raise InvalidArgument(
                f"alias must stand for one label, got {alias!r} for {before!r} and {label!r}; remove one of them"
            )
    return found


def forms(word: str) -> list[str]:
    """Return how a word may be found in a cell: with its symbols, and without, if letters are left."""
    plain = without_symbols(word)
    return [folded(word), plain] if has_letters(plain) else [folded(word)]


def check_no_package_name(name: str, known: Iterable[str]) -> None:
    """Check that a taxonomy of somebody's own does not have the name of one that the package has, in any letter case.

    Raises:
        InvalidArgument: It has.
    """
    if same := next((each for each in known if each.casefold() == name.casefold()), None):
        raise InvalidArgument(
            f"name of a taxonomy must be none of the package's, got {name!r}, which is {same!r}; rename it"
        )
