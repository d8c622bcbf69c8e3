"""Bars from left to right with intervals: a row for each run in each of some named groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...drawing import Box, Drawing, Line, Part, Shape, Text, fitted, widest
from ...metric import Number
from .plot import TICK_SIZE, WIDTH

_TEXT_SIZE = 10.0
_ROW, _BAR, _GAP, _MARGIN = 16, 10, 6, 4
_MOST_NAME, _LEAST_NAME, _LEAST_TRACK = 84.0, 30.0, 80.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes:
        mark: The mark of its run; "" where there is one alone.
        parts: Its value and interval as text.
        value, low, high: In [0, 1], or None.
    """

    mark: str
    parts: tuple[Part, ...]
    value: float | None
    low: float | None = None
    high: float | None = None

    @property
    def text(self) -> str:
        """Its parts as one text."""
        return "".join(each.text if isinstance(each, Number) else each for each in self.parts)


def bars_drawing(groups: Sequence[tuple[str, Sequence[Bar]]], description: str) -> Drawing:
    """Return bars of values from 0 to 1, a group below the other, each value as text at the right.

    Names of groups stand at the left, or all of them above their bars where one is long.

    Args:
        groups: The name of each group and its bars.
        description: What is drawn.
    """
    bars = [bar for _, own in groups for bar in own]
    name_width = max(_LEAST_NAME, widest([name for name, _ in groups]) + 2)
    # Long names stand above their bars, with all of the width.
    is_above = name_width > _MOST_NAME
    mark_width = widest([bar.mark for bar in bars], _TEXT_SIZE)
    left = _MARGIN + (0.0 if is_above else name_width) + (mark_width + 10 if mark_width else 4)
    text_width = widest([bar.text for bar in bars], _TEXT_SIZE)
    track = max(_LEAST_TRACK, WIDTH - left - text_width - 2 * _MARGIN)
    width = left + track + text_width + 2 * _MARGIN
    shapes: list[Shape] = []
    y = float(_MARGIN)
    rows: list[Shape] = []
    for name, own in groups:
        most = width - 2 * _MARGIN if is_above else name_width
        short = fitted(name, most)
        rows.append(Text(_MARGIN, y + _ROW / 2, (short,), limit=most, tooltip=name if short != name else ""))
        y += _ROW if is_above else 0
        for bar in own:
            rows += _bar(bar, left, y, track, left - 4)
            y += _ROW
        y += _GAP
    bottom = y - _GAP + 2
    for value, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        x = left + value * track
        shapes.append(Line(((x, _MARGIN), (x, bottom)), "grid"))
        shapes.append(Text(x, bottom + 8, (f"{value:g}",), "tick", anchor=anchor, size=TICK_SIZE))  # type: ignore[arg-type]
    return Drawing(round(width), round(bottom + 18), description, (*shapes, *rows))


def _bar(bar: Bar, left: float, y: float, track: float, mark_end: float) -> list[Shape]:
    middle = y + _ROW / 2
    shapes: list[Shape] = []
    if bar.mark:
        shapes.append(Text(mark_end, middle, (bar.mark,), "faint", anchor="end", size=_TEXT_SIZE))
    if bar.value is not None:
        shapes.append(Box(left, middle - _BAR / 2, track * min(1.0, max(0.0, bar.value)), _BAR))
    if bar.low is not None and bar.high is not None:
        low, high = left + track * bar.low, left + track * bar.high
        # Paper around it keeps the interval visible on its bar.
        for role, width in (("paper", 3.5), ("interval", 1.2)):
            shapes.append(Line(((low, middle), (high, middle)), role, width=width))
        shapes += [Line(((x, middle - 3), (x, middle + 3)), "interval", width=1.2) for x in (low, high)]
    shapes.append(Text(left + track + _MARGIN, middle, bar.parts, size=_TEXT_SIZE))
    return shapes
