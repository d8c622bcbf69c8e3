"""The axes of a drawing: numbers to pixels, with grid lines and ticks at round numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...drawing import Line, Shape, Text, text_width

WIDTH = 344
"""The width of a drawing that fits a telephone, in pixels."""
TICK_SIZE = 10.0
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Plot:
    """A rectangle of pixels for values of x from `x_low` to `x_high` and of y from `y_low` to `y_high`, y upward."""

    left: float
    top: float
    right: float
    bottom: float
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        """Return where a value lies from the left."""
        return self.left + (self.right - self.left) * (value - self.x_low) / (self.x_high - self.x_low)

    def y(self, value: float) -> float:
        """Return where a value lies from the top."""
        return self.bottom - (self.bottom - self.top) * (value - self.y_low) / (self.y_high - self.y_low)

    def axes(self, x_name: str, y_name: str) -> list[Shape]:
        """Return grid lines, ticks and the names of both axes."""
        shapes: list[Shape] = []
        for value in round_values(self.x_low, self.x_high, 5):
            x = self.x(value)
            shapes.append(Line(((x, self.top), (x, self.bottom)), "grid"))
            shapes.append(Text(x, self.bottom + 9, (f"{value:g}",), "tick", anchor="middle", size=TICK_SIZE))
        for value in round_values(self.y_low, self.y_high, 5):
            y = self.y(value)
            shapes.append(Line(((self.left, y), (self.right, y)), "grid"))
            shapes.append(Text(self.left - 4, y, (f"{value:g}",), "tick", anchor="end", size=TICK_SIZE))
        shapes.append(Line(((self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)), "faint"))
        shapes.append(Text((self.left + self.right) / 2, self.bottom + 24, (x_name,), "faint", anchor="middle"))
        shapes.append(Text(8, (self.top + self.bottom) / 2, (y_name,), "faint", anchor="middle", is_upright=True))
        return shapes


def round_values(low: float, high: float, most: int) -> list[float]:
    """Return round numbers from `low` to `high`, at most `most` and two or more where there are so many.

    Example:
        >>> round_values(0, 1, 5), round_values(0, 1_000, 5)
        ([0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 250.0, 500.0, 750.0, 1000.0])
    """
    rough = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in _STEPS if each * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def left_of(low: float, high: float) -> float:
    """Return how many pixels ticks of y and the name of the axis need."""
    return 22 + max(text_width(f"{value:g}", TICK_SIZE) for value in round_values(low, high, 5))
