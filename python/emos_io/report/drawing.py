"""A drawing as a value: rectangles, lines and texts with roles, which a page, an SVG file and a PNG draw alike.

```text
 Drawing ──┬── in a page    an svg element; roles are classes, whose colours the page decides, in dark mode too
           ├── drawing_svg  a file; roles are the colours of `ROLES`
           └── drawing_png  an image, by Pillow (drawing_png.py); the same colours
```
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ..errors import printable
from .formatting import bounded
from .metric import Number
from .render import render

ROLES = {
    "paper": "#ffffff",
    "ink": "#1a1a1a",
    "faint": "#5f6368",
    "grid": "#d5d8dc",
    "panel": "#f5f6f8",
    "bar": "#1f5fae",
    "interval": "#1a1a1a",
    "diagonal": "#5f6368",
    "tick": "#5f6368",
}
"""What a shape is for, and its colour in files; pages have a rule for each in their style sheet."""
FONT = (
    *("system-ui", "'Segoe UI'", "Roboto", "'Noto Sans'", "'DejaVu Sans'"),
    *("'PingFang SC'", "'Microsoft YaHei'", "'Noto Sans CJK SC'", "sans-serif"),
)
"""The fonts of an SVG file, in the order in which a viewer looks for letters; those at the end have Chinese."""
SIZE = 11.0
"""The height of letters, in pixels."""
Anchor: TypeAlias = Literal["start", "middle", "end"]
Part: TypeAlias = str | Number
"""A piece of a text: words, or a number of a page."""
_BASELINE = 0.35
"""How far the baseline lies below the middle of letters, in their height."""
_NARROW, _BROAD, _SIGNS = frozenset("iljtfrI.,:;|'![]() "), frozenset("mwMW@%…"), frozenset("<>=+~#^*")
_ELLIPSIS = "…"
_LINE, _INSET = 18, 4
"""The height of a title or a line of a drawing that stands alone, and how far from its edge it begins."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle.

    Attributes:
        x, y, width, height: Where it lies, in pixels from the upper left corner of the drawing.
        role: A name of `ROLES`.
        fill: A colour as ``#rrggbb`` that it has in any theme, in place of that of its role.
        tooltip: What a page says of it under the pointer.
    """

    x: float
    y: float
    width: float
    height: float
    role: str = "bar"
    fill: str = ""
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, in pixels.

    Attributes:
        points: Two or more.
        role, fill, tooltip: As of a `Box`.
        width: In pixels.
        dash: Lengths of dashes and of gaps, in pixels; none for a solid line.
    """

    points: tuple[tuple[float, float], ...]
    role: str = "ink"
    fill: str = ""
    width: float = 1.0
    dash: tuple[float, ...] = ()
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text on one line, whose middle has the height `y`.

    Attributes:
        x, y: Where its start, middle or end stands, as `anchor` says.
        parts: Words and numbers, one behind the other.
        role, fill: As of a `Box`.
        anchor: What of it stands at `x`.
        size: The height of its letters, in pixels.
        is_upright: Written from below to above; `anchor` is then of that direction.
        limit: The most pixels that it may be long in a PNG, where letters may be written as longer escapes; 0 for no limit.
        tooltip: What a page says of it under the pointer, such as a long name.
    """

    x: float
    y: float
    parts: tuple[Part, ...]
    role: str = "ink"
    fill: str = ""
    anchor: Anchor = "start"
    size: float = SIZE
    is_upright: bool = False
    limit: float = 0.0
    tooltip: str = ""

    @property
    def words(self) -> tuple[Part, ...]:
        """The parts, on one line of printable characters."""
        return tuple(
            Number(printable(each.text), each.metric) if isinstance(each, Number) else printable(each)
            for each in self.parts
        )

    @property
    def text(self) -> str:
        """All parts as one text."""
        return "".join(each.text if isinstance(each, Number) else each for each in self.words)


Shape: TypeAlias = Box | Line | Text


@dataclass(frozen=True, slots=True)
class Element:
    """An element of an svg, whose values a template escapes.

    Attributes:
        tag: ``rect``, ``polyline`` or ``text``.
        attributes: Names and values, in order.
        parts: What a text has.
        tooltip: See `Box`.
    """

    tag: str
    attributes: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...] = ()
    tooltip: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes in the order in which they are drawn.

    Attributes:
        width, height: In pixels.
        description: What is drawn, in one sentence, for people who cannot see it.
        shapes: The shapes.
    """

    width: int
    height: int
    description: str
    shapes: tuple[Shape, ...]

    def elements(self, *, in_file: bool = False) -> tuple[Element, ...]:
        """Return the elements of an svg for its shapes, in their order.

        Args:
            in_file: Whether each has its colour; in a page only those of a colour that no theme changes have one.
        """
        return tuple(_element(shape, in_file) for shape in self.shapes)

    @property
    def label(self) -> str:
        """The description on one line of printable characters, at most 10,000 of them."""
        return bounded(self.description)

    @property
    def numbers(self) -> tuple[Number, ...]:
        """All numbers of its texts."""
        return tuple(
            part for shape in self.shapes if isinstance(shape, Text) for part in shape.parts if isinstance(part, Number)
        )


def drawing_svg(drawing: Drawing) -> str:
    """Return a drawing as an SVG file with literal colours, on white; numbers keep their names as ``data-metric``.

    Example:
        >>> svg = drawing_svg(Drawing(20, 10, "a bar", (Box(0, 0, 20, 10),)))
        >>> 'class="bar" x="0" y="0" width="20" height="10" fill="#1f5fae"' in svg
        True
    """
    return render("drawing_file.svg", drawing=drawing, font=", ".join(FONT))


def framed(drawing: Drawing, title: str, lines: Sequence[str]) -> Drawing:
    """Return a drawing that can stand alone: below a title, and above lines that say what its letters stand for.

    Texts that are wider than the drawing are cut, with ``…``.

    Example:
        >>> alone = framed(Drawing(200, 10, "a bar", (Box(0, 0, 20, 10),)), "Bars", ["A = a.jsonl"])
        >>> alone.height, [shape.y for shape in alone.shapes], alone.shapes[0].text
        (46, [9, 18, 37.0], 'Bars')
    """
    most = drawing.width - 2 * _INSET
    shapes: list[Shape] = [Text(_INSET, _LINE // 2, (fitted(title, most, SIZE + 1),), size=SIZE + 1, limit=most)]
    shapes += [_moved(shape, _LINE) for shape in drawing.shapes]
    for index, line in enumerate(lines):
        y = drawing.height + _LINE * (index + 1.5)
        shapes.append(Text(_INSET, y, (fitted(line, most),), "faint", limit=most))
    return Drawing(drawing.width, drawing.height + _LINE * (len(lines) + 1), drawing.description, tuple(shapes))


def _moved(shape: Shape, down: float) -> Shape:
    if isinstance(shape, Line):
        return replace(shape, points=tuple((x, y + down) for x, y in shape.points))
    return replace(shape, y=shape.y + down)


def colour(shape: Shape) -> str:
    """Return the colour of a shape in a file, as ``#rrggbb``."""
    return shape.fill or ROLES[shape.role]


def pixels(value: float) -> str:
    """Return a coordinate with two digits at most.

    Example:
        >>> pixels(2.0), pixels(1 / 3)
        ('2', '0.33')
    """
    return f"{round(value, 2):.2f}".rstrip("0").rstrip(".")


def text_width(text: str, size: float = SIZE) -> float:
    """Return about how wide a text is in most fonts, in pixels; rather too much.

    Letters of Chinese, Japanese and Korean are as wide as they are high.

    Example:
        >>> text_width("中文", 10), text_width("ill", 10) < text_width("mmm", 10)
        (20.0, True)
    """
    return sum(map(_letter_width, text)) * size


def fitted(text: str, width: float, size: float = SIZE) -> str:
    """Return a text, or its beginning with ``…`` where all of it is wider than `width` pixels.

    Example:
        >>> fitted("Joy", 40), fitted("a" * 10_000, 40)
        ('Joy', 'aaaa…')
    """
    # No text of more letters than pixels fits, and the width of 10,000 letters need not be added up.
    short = printable(text[: int(width) + 1])
    if len(text) <= width and text_width(short, size) <= width:
        return short
    kept, used = "", text_width(_ELLIPSIS, size)
    for letter in short:
        used += _letter_width(letter) * size
        if used > width:
            break
        kept += letter
    return kept + _ELLIPSIS


def widest(texts: Sequence[str], size: float = SIZE) -> float:
    """Return the width of the widest of some texts, in pixels; 0 of none."""
    return max((text_width(each, size) for each in texts), default=0.0)


def _element(shape: Shape, in_file: bool) -> Element:
    own = () if shape.fill else (("class", shape.role),)
    fill = colour(shape) if in_file else shape.fill
    tooltip = bounded(shape.tooltip)
    if isinstance(shape, Box):
        sides = (("x", shape.x), ("y", shape.y), ("width", shape.width), ("height", shape.height))
        values = tuple((name, pixels(value)) for name, value in sides)
        return Element("rect", (*own, *values, *([("fill", fill)] if fill else [])), tooltip=tooltip)
    if isinstance(shape, Line):
        points = " ".join(f"{pixels(x)},{pixels(y)}" for x, y in shape.points)
        dash = [("stroke-dasharray", " ".join(map(pixels, shape.dash)))] if shape.dash else []
        stroke = [("stroke", fill)] if fill else []
        width = ("stroke-width", pixels(shape.width))
        return Element("polyline", (*own, ("points", points), ("fill", "none"), width, *dash, *stroke), tooltip=tooltip)
    below = _BASELINE * shape.size
    x, y = (shape.x + below, shape.y) if shape.is_upright else (shape.x, shape.y + below)
    upright = [("transform", f"rotate(-90 {pixels(x)} {pixels(y)})")] if shape.is_upright else []
    anchor = [("text-anchor", shape.anchor)] if shape.anchor != "start" else []
    where = (("x", pixels(x)), ("y", pixels(y)), ("font-size", pixels(shape.size)))
    chinese = [("lang", "zh")] if any(map(_is_chinese, shape.text)) else []
    return Element(
        "text", (*own, *chinese, *where, *anchor, *upright, *([("fill", fill)] if fill else [])), shape.words, tooltip
    )


def _is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


def _letter_width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.42
    if letter in _BROAD:
        return 1.02
    if letter in _SIGNS or not letter.isascii():
        return 0.85
    return 0.78 if letter.isupper() else 0.65
