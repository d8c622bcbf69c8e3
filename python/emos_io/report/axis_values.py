"""What lies on the time axis: rows of boxes, frames and outlines, in units of the SVG."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ..spans import Span

LEFT, WIDTH, TOTAL = 96, 880, 1_000
"""Left edge, width and full width of the time axis, in units of the SVG."""
LEAST_WIDTH = 0.5
"""The least width of a box: one that is thinner would not be visible."""
HATCH = "url(#nothing)"
"""The fill of what is not there: a pattern of the template."""


@dataclass(frozen=True, slots=True)
class Caption:
    """Text in a box, clipped at the end of the box.

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
        title: The name of the row, at its left.
        height: Its height.
        boxes: Boxes, drawn last.
        ticks: Times of the ruler.
        thumbnails: Small frames.
        outline: The waveform, or None.
        moment: The time just before which the label is taken, or None.
        has_lane: Whether the full row has a background.
    """

    title: str
    height: int
    boxes: tuple[Box, ...] = ()
    ticks: tuple[Tick, ...] = ()
    thumbnails: tuple[Thumbnail, ...] = ()
    outline: Outline | None = None
    moment: Moment | None = None
    has_lane: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """Places what lies in a span on the time axis.

    Attributes:
        span: The span of the axis, in seconds of media time.
    """

    span: Span

    def x(self, time: Fraction) -> float:
        """Return the x coordinate of a time."""
        return round(LEFT + float((time - self.span.start) / self.span.duration) * WIDTH, 2)

    def box(
        self,
        span: Span,
        y: float,
        height: float,
        css_class: str,
        *,
        fill: str = "",
        tooltip: str = "",
        caption: Caption | None = None,
    ) -> Box:
        """Return a box over a span; see `Box`."""
        start = self.x(span.start)
        width = round(max(self.x(span.end) - start, LEAST_WIDTH), 2)
        return Box(start, y, width, height, css_class, fill, tooltip, caption)
