"""An answer as lines: names with values, rows of tables, times of segments, and lines that are neither."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .keys import LONGEST, Keys
from .times import Times, times_at_start

MAX_LINES = 20_000
"""Of an answer with more lines, none is read."""

_BULLET = re.compile(r"^(?:[>\s#•·▪*+-]|\d{1,3}[.)、](?=\s)|[①-⒛❶-❿➀-➓])+(?=\S)")
_UNCHECKED = re.compile(r"^[-*•\s]*(?:\[\s?\]|☐|□|◻|⬜|\[[✗✘×]\]|❌|✗|✘)")
_CHECKED = re.compile(r"^[-*•\s]*(?:\[[xX✓✔√]\]|☑|✅|✔|✓)\s*")
_FENCE = re.compile(r"^\s*(?:```|~~~)\w*\s*$")
_RULE = re.compile(r"^[\s|:+=_*-]+$")
_PIECES = re.compile(r"([,;|、，；])")
_NAMED = re.compile(r"[:：=]")
_IS = re.compile(
    r"\s(?:is|was|would be|seems to be|appears to be)\s*:?\s+|(?<=\w)\s?(?:是|为|為)\s?[:：]?", re.IGNORECASE
)


@dataclass(slots=True)
class Named:
    """A value with its meaning, and what kind of line it came from."""

    meaning: str
    parts: list[str]
    is_list: bool = False

    @property
    def text(self) -> str:
        return "".join(self.parts).strip()


class Bare(NamedTuple):
    """A line without a name."""

    text: str


@dataclass(slots=True)
class Part:
    """The lines of one segment, or of an answer without times.

    Attributes:
        times: The times with which it begins; None where there are none.
        lines: Its named values and its other lines, in order.
    """

    times: Times | None = None
    lines: list[Named | Bare] = field(default_factory=list)


def read_lines(text: str, keys: Keys, is_label: Callable[[str], bool], *, timed: bool) -> list[Part] | None:
    """Return the lines of an answer; None where they are too many.

    Args:
        text: The answer.
        keys: What names mean.
        is_label: Says whether a text is a label as it stands: such a text is no name with a value.
        timed: Times at the beginning of a line, and values that are times, begin a segment.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MAX_LINES:
        return None
    reader = _Lines(keys, is_label, timed)
    for line in lines:
        reader.add(line)
    return reader.parts


class _Lines:
    def __init__(self, keys: Keys, is_label: Callable[[str], bool], timed: bool) -> None:
        self._keys, self._is_label, self._timed = keys, is_label, timed
        self.parts = [Part()]
        self._columns: list[str | None] = []
        self._open: Named | None = None

    def add(self, line: str) -> None:
        """Take the next line."""
        if not line.strip():
            # A list may follow after a blank line, where there is no value yet.
            self._open = self._open if self._open is not None and not self._open.text else None
            self._columns = []
            return
        if _FENCE.match(line) or _UNCHECKED.match(line):
            return
        if _RULE.match(line):
            return
        line = _CHECKED.sub("", line)
        if self._timed and (found := self._time(line)):
            times, line = found
            self.parts.append(Part(times))
            self._open = None
            line = line.lstrip(" \t|:：,，*_-–—)]】>")
            if not line.strip():
                return
        if self._row(line):
            return
        self._plain(line)

    def _time(self, line: str) -> tuple[Times, str] | None:
        start = _BULLET.sub("", line).lstrip("| *_`\"'")
        return times_at_start(start)

    # Tables.

    def _row(self, line: str) -> bool:
        """Take a row of a table, or its head; return whether it is one."""
        if "|" not in line:
            return False
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        meanings = [self._keys.meaning(cell) for cell in cells]
        if len(cells) > 1 and all(meanings) and not any(self._is_label(cell) for cell in cells):
            self._columns = list(meanings)
            return True
        columns = self._columns
        if self._timed and len(self.parts) > 1 and columns[:1] == ["time"]:
            columns = columns[1:]
        if columns and len(cells) == len(columns):
            for meaning, cell in zip(columns, cells, strict=True):
                if meaning is not None:
                    self._name(meaning, cell)
            self._open = None
            return True
        if len(cells) == 2 and meanings[0] and not meanings[1]:
            self._name(meanings[0], cells[1])
            self._open = None
            return True
        return False

    # Other lines.

    def _plain(self, line: str) -> None:
        bulleted = _BULLET.sub("", line)
        found = list(self._fields(bulleted))
        if any(isinstance(each, Named) for each in found):
            for each in found:
                if isinstance(each, Named):
                    self._name(each.meaning, each.text)
                elif each.text.strip():
                    self.parts[-1].lines.append(each)
            return
        if self._open is not None and (not self._open.text or (self._open.is_list and bulleted != line)):
            self._open.is_list = True
            self._open.parts += ["; " if self._open.text else "", bulleted.strip()]
            return
        self._open = None
        self.parts[-1].lines.append(Bare(bulleted.strip()))

    def _fields(self, line: str) -> Iterator[Named | Bare]:
        """Return the values of a line that have a name, each with what follows it up to the next name."""
        if found := self._sentence(line):
            yield found
            return
        current: Named | None = None
        before: list[str] = []
        separator = ""
        for piece in _PIECES.split(line):
            if len(piece) == 1 and piece in ",;|、，；":
                separator = piece
                continue
            named = self._named(piece)
            if named is not None:
                if current is not None:
                    yield current
                elif before:
                    yield Bare("".join(before))
                current = named
            elif current is not None:
                current.parts += [separator, piece]
            else:
                before += [separator, piece]
            separator = ""
        yield current if current is not None else Bare("".join(before))

    def _named(self, piece: str) -> Named | None:
        found = _NAMED.search(piece, 0, LONGEST + 20)
        if found is None or self._is_label(piece.strip()):
            return None
        meaning = self._keys.meaning(piece[: found.start()])
        if meaning is None:
            return None
        value = piece[found.end() :]
        # The marks of **Label:** Joy stand on both sides of the name.
        marks = re.match(r"[*_`]{1,3}(?=\s)", value)
        return Named(meaning, [value[marks.end() :] if marks else value])

    def _sentence(self, line: str) -> Named | None:
        """Return the value of "the emotion is Joy"; None where what stands before is no name of a label."""
        found = _IS.search(line, 0, LONGEST + 20)
        if found is None or self._is_label(line.strip()):
            return None
        meaning = self._keys.meaning_of_sentence(line[: found.start()])
        return None if meaning is None else Named(meaning, [line[found.end() :]])

    def _name(self, meaning: str, text: str) -> None:
        named = Named(meaning, [text])
        part = self.parts[-1]
        if self._timed and meaning in ("time", "start") and (part.times is not None or part.lines):
            part = Part()
            self.parts.append(part)
        part.lines.append(named)
        self._open = named
