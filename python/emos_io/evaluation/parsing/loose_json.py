"""JSON as models write it: within a fence or a text, with other quotes, trailing commas, or cut off at its end.

It reads each character a bounded number of times and goes 32 levels deep at most, so that no text makes it slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

MAX_DEPTH = 32
MAX_TOKENS = 200_000
"""What is nested deeper, or has more tokens, is not read."""


class Numeral(str):
    """A number as it was written."""

    __slots__ = ()


@dataclass(slots=True)
class Object:
    """An object: its members in order, keys may come again. One that is cut off has those that are complete."""

    members: list[tuple[str, Value]] = field(default_factory=list)
    is_closed: bool = False


@dataclass(slots=True)
class Array:
    """An array. One that is cut off has the values that are complete, and the last one perhaps in part."""

    values: list[Value] = field(default_factory=list)
    is_closed: bool = False


Value: TypeAlias = "str | bool | Object | Array | None"


class Block(NamedTuple):
    """A JSON value within a text, at ``text[start:end]``."""

    value: Object | Array
    start: int
    end: int


_STRINGS = "|".join(
    rf"{mark}(?:[^{mark}\\]|\\.|{mark}(?!\s*+(?:[,:}}\]，：]|//|\Z)))*+{mark}"  # a quote within a string does not end it
    for mark in ('"', "'")
)
_TOKEN = re.compile(
    rf"""(?P<blank>(?:\s|//[^\n]*+)++)|(?P<mark>[{{}}\[\],:，：])|(?P<string>{_STRINGS}|“[^”]*+”)
    |(?P<bare>[^\s{{}}\[\],:"'“，：]++(?:[ ]{{1,4}}[^\s{{}}\[\],:"'“，：]++)*+)""",
    re.VERBOSE | re.DOTALL,
)
_START = re.compile(r"[{\[]")
_NUMBER = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,4})?")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: dict[str, bool | None] = {"null": None, "none": None, "true": True, "false": False}


def json_blocks(text: str) -> Iterator[Block]:
    """Return the objects and arrays that stand in a text, in order; brackets of other kinds are passed over.

    Example:
        >>> [block.value.members for block in json_blocks("So {'label': 'Joy',} it is")]
        [[('label', 'Joy')]]
    """
    position, left = 0, MAX_TOKENS
    while left > 0 and (found := _START.search(text, position)):
        reader = _Reader(text, found.start(), left)
        value = reader.read()
        left -= reader.num_tokens
        # What is wrong is not read again, so that the time stays linear.
        position = max(reader.position, found.end())
        if value is not None:
            yield Block(value, found.start(), position)


class _Reader:
    """Reads one value with a stack of its own: calls do not nest."""

    def __init__(self, text: str, position: int, max_tokens: int) -> None:
        self._text, self.position, self._max = text, position, max_tokens
        self.num_tokens = 0
        self._stack: list[tuple[Object | Array, str | None]] = []
        self._key: str | None = None

    def read(self) -> Object | Array | None:
        """Return the value at the position, in part where the text ends; None where it is none."""
        root: Object | Array | None = None
        # What may come: a value, or a key; a colon; a comma, or an end.
        wants = "value"
        while True:
            token = self._next()
            if token is None:
                return root if self.position >= len(self._text) or self._is_cut_string() else None
            kind, text = token
            if kind == "mark" and text in "{[" and wants == "value":
                node: Object | Array = Object() if text == "{" else Array()
                if len(self._stack) == MAX_DEPTH:
                    return None
                self._push(node)
                root = node if root is None else root
                wants = "key" if text == "{" else "value"
            elif kind == "mark" and text in "}]":
                if not self._close(text, wants):
                    return None
                if not self._stack:
                    return root
                wants = "comma"
            elif kind == "mark" and text in ",，" and wants == "comma":
                wants = "key" if isinstance(self._stack[-1][0], Object) else "value"
            elif kind == "mark" and text in ":：" and wants == "colon":
                wants = "value"
            elif kind in ("string", "bare") and wants in ("key", "value"):
                if kind == "bare" and self.position == len(self._text):
                    # A word or a number at the very end may be the half of one.
                    return root
                wants = self._take(kind, text, wants)
            else:
                return None

    def _next(self) -> tuple[str, str] | None:
        while found := _TOKEN.match(self._text, self.position):
            self.num_tokens += 1
            if self.num_tokens > self._max:
                return None
            self.position = found.end()
            kind = found.lastgroup or ""
            if kind != "blank":
                return kind, found.group()
        return None

    def _is_cut_string(self) -> bool:
        """Return whether a string begins here that has no end; then the text has been cut."""
        if self.num_tokens > self._max or self._text[self.position] not in "\"'“":
            return False
        self.position = len(self._text)
        return True

    def _push(self, node: Object | Array) -> None:
        if self._stack:
            self._add(node)
        self._stack.append((node, self._key))
        self._key = None

    def _add(self, value: Value) -> None:
        parent = self._stack[-1][0]
        if isinstance(parent, Array):
            parent.values.append(value)
        else:
            parent.members.append((self._key or "", value))
        self._key = None

    def _close(self, text: str, wants: str) -> bool:
        if not self._stack or wants == "colon":
            return False
        node, _ = self._stack[-1]
        if isinstance(node, Object) != (text == "}") or (isinstance(node, Object) and wants == "value"):
            return False
        node.is_closed = True
        self._stack.pop()
        return True

    def _take(self, kind: str, text: str, wants: str) -> str:
        value = _scalar(text) if kind == "bare" else _string(text)
        if wants == "key":
            self._key = text.strip() if kind == "bare" else str(value)
            return "colon"
        self._add(value)
        return "comma"


def _scalar(text: str) -> Value:
    word = text.strip()
    if _NUMBER.fullmatch(word):
        return Numeral(word)
    return _WORDS.get(word.casefold(), word)


def _string(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)

    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    # Two escapes may be one character; half of one cannot be written to a file.
    return _ESCAPE.sub(character, inner).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
