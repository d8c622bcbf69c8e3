"""What lies on the time axis: rows of boxes, frames and outlines, in units of the SVG."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from fractions import Fraction

from ..spans import Span

TITLE_LETTERS = 10
"""The most letters in a line of a row's name; wide ones count twice."""
LINE_HEIGHT = 13
"""From one line of a row's name to the next."""
LEAST_WIDTH = 0.5
"""The least width of a box: one that is thinner would not be visible."""
_PADDING = 6
"""Units of a box that its caption leaves free."""
HATCH = "url(#nothing)"
"""The fill of what is not there: a pattern of the template."""


@dataclass(frozen=True, slots=True)
class Caption:
    """Text in a box; what does not fit ends in ``…``.

    Attributes:
        text: The text.
        css_class: Its class, or empty.
        fill: Its colour, or empty for the class's.
        language: The language it is in; None if it is the page's own.
    """

    text: str
    css_class: str = ""
    fill: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle over a span.

    Attributes:
        x, y, width, height: Where it lies in its row.
        css_class: Its class.
        fill: Its colour or pattern, or empty for the class's.
        tooltip: The text under a pointer, or empty.
        caption: The text in it, or None.
    """

    x: float
    y: float
    width: float
    height: float
    css_class: str
    fill: str = ""
    tooltip: str = ""
    caption: Caption | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """A time on the ruler."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small frame; `uri` holds its PNG."""

    x: float
    width: float
    height: int
    uri: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A small triangle at a time; (x, y) is its tip."""

    x: float
    y: int
    tooltip: str


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of a waveform: its SVG path, and the line of silence."""

    path: str
    left: float
    right: float
    middle: float


@dataclass(frozen=True, slots=True)
class AxisRow:
    """One row of the time axis: everything in it, from y = 0 down.

    Attributes:
        title: The name of the row, at its left, in as many lines as it needs.
        height: Its height.
        boxes: Boxes, drawn last.
        ticks: Times of the ruler.
        thumbnails: Small frames.
        outline: The waveform, or None.
        moment: The time just before which the label is taken, or None.
        has_lane: Whether the full row has a background.
    """

    title: tuple[str, ...]
    height: int
    boxes: tuple[Box, ...] = ()
    ticks: tuple[Tick, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()
    outline: Outline | None = None
    moment: Moment | None = None
    has_lane: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Places what lies in a span on a time axis.

    Attributes:
        span: The span of the axis, in seconds of media time.
        left, width, total: Left edge, width and full width of the axis, in units of the SVG.
        num_ticks: The most steps of its ruler.
        letter: The width of a letter of a caption; that of a wide one, such as Chinese, is twice of it.
    """

    span: Span
    left: int = 96
    width: int = 880
    total: int = 1_000
    num_ticks: int = 10
    letter: float = 6.6

    def x(self, time: Fraction) -> float:
        """Return the x coordinate of a time."""
        return round(self.left + float((time - self.span.start) / self.span.duration) * self.width, 2)

    def boxes(
        self,
        span: Span,
        y: float,
        height: float,
        css_class: str,
        *,
        fill: str = "",
        tooltip: str = "",
        caption: Caption | None = None,
    ) -> tuple[Box, ...]:
        """Return a box over what the axis has of a span, see `Box`; none where it has nothing of it."""
        inside = span.intersect(self.span)
        if inside is None:
            return ()
        start = self.x(inside.start)
        width = round(max(self.x(inside.end) - start, LEAST_WIDTH), 2)
        text = "" if caption is None else fitted(caption.text, int((width - _PADDING) / self.letter))
        shortened = replace(caption, text=text) if caption is not None and text else None
        return (Box(start, y, width, height, css_class, fill, tooltip, shortened),)

    def has(self, time: Fraction) -> bool:
        """Return whether a time lies on the axis, ends included."""
        return self.span.start <= time <= self.span.end


def fitted(text: str, num_letters: int) -> str:
    """Return a text of at most so many letters: shortened with ``…``, or empty where only one letter would be left.

    Example:
        >>> fitted("Joy", 3), fitted("disappointment", 8), fitted("你好你好", 5), fitted("Joy", 2)
        ('Joy', 'disappo…', '你好…', '')
    """
    if _width(text) <= num_letters:
        return text
    room = max(num_letters - 1, 0)
    kept = text[:room]
    while _width(kept) > room:
        kept = kept[:-1]
    return f"{kept.rstrip()}…" if len(kept.rstrip()) > 1 else ""


def title_lines(title: str) -> tuple[str, ...]:
    """Return the name of a row in lines of at most `TITLE_LETTERS` letters, divided at blanks and underscores if it has some.

    Example:
        >>> title_lines("goemotions"), title_lines("my own layer of labels"), title_lines("basic_emotions_of_1992")
        (('goemotions',), ('my own', 'layer of', 'labels'), ('basic_', 'emotions_', 'of_1992'))
    """
    lines = [""]
    for word in re.findall(r"[^\s_]+_*\s*|[\s_]+", title):
        for letter in [*word] if _width(word.rstrip()) > TITLE_LETTERS else [word]:
            if lines[-1] and _width((lines[-1] + letter).rstrip()) > TITLE_LETTERS:
                lines.append("")
            lines[-1] += letter
    return tuple(line.rstrip() for line in lines)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
