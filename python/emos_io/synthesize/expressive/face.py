"""Frames of a drawn face that fills them: brows, eyes, mouth and head move with what is acted.

```text
 y -1 ┌──────────────┐   the shorter side of the frame is 2 units; the features are drawn in the units of the head, which
      │ ░░ hair ░░░░ │   sways and rolls
      │  ───    ───  │   brows: height and slant
      │  ◉        ◉  │   eyes: opening, blinks
      │      ╵       │
      │   ‿‿‿‿‿‿‿    │   mouth: curve, opening, width; lips move while a sentence is spoken
 y +1 └──────────────┘
```

Behind the face and over it shapes move that know nothing of the label, and every pixel has noise. Lips move at a pace of
their own, not at that of the syllables: else who only looks could see the voice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from ..._checks import integer
from ...errors import InvalidArgument, short_repr
from .performance import Performance
from .speakers import Colour, generator

Floats = npt.NDArray[np.float32]

NOISE = 7.0
"""Standard deviation of the noise of each pixel, in steps of 0 to 255."""
SMALLEST, LARGEST = 32, 2160
"""The least and the most pixels of a side of a frame."""
_BATCH = 32
"""Frames drawn in one step."""
_LIPS = 0.22
"""How far the lips open while a sentence is spoken, at most."""
_BLINK_SECONDS = 0.16
_NUM_BEHIND, _NUM_BEFORE = 4, 2
"""Shapes that move behind the face, and over it."""
_DARK: Colour = (58, 22, 26)
_WHITE: Colour = (240, 238, 232)
_LIP: Colour = (176, 72, 76)


def face_frames(
    performance: Performance, times: Sequence[Fraction], size: tuple[int, int] = (96, 96)
) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the frame of each time; a frame depends on the performance, its time and the size alone.

    Args:
        performance: What is acted.
        times: Seconds from 0, in any order.
        size: Height and width in pixels, each from `SMALLEST` to `LARGEST`.

    Yields:
        uint8 ``[H, W, 3]``, RGB.

    Raises:
        InvalidArgument: The size is not allowed, or a time is below 0.

    Cost: about 1 ms a frame of 96 x 96 pixels on one core.

    Example:
        >>> from emos_io import Span
        >>> from emos_io.synthesize.expressive.performance import Part
        >>> from emos_io.synthesize.expressive.speakers import speaker
        >>> acted = Performance(speaker("a"), Fraction(2), (Part(Span(0, 2), "Joy"),), ())
        >>> next(face_frames(acted, [Fraction(1)], size=(64, 48))).shape
        (64, 48, 3)
    """
    height, width = (integer(each, "size", "scale the frames", least=SMALLEST, most=LARGEST) for each in size)
    for index, time in enumerate(times):
        if time < 0:
            raise InvalidArgument(f"times must be 0 or more, got {short_repr(time)}; start at 0", index=index)
    artist = _Artist(performance, height, width)
    for first in range(0, len(times), _BATCH):
        yield from artist.draw(np.array([float(each) for each in times[first : first + _BATCH]]))


class _Canvas:
    """Frames of floats ``[3, B, H, W]`` that shapes are painted on."""

    def __init__(self, count: int, height: int, width: int, colour: Colour) -> None:
        self.data = np.empty((3, count, height, width), np.float32)
        for plane, value in zip(self.data, colour, strict=True):
            plane[...] = value

    def paint(self, cover: Floats, colour: Colour, rows: slice = slice(None)) -> None:
        """Paint a colour where `cover`, from 0 to 1, says how much of a pixel it covers."""
        for plane, value in zip(self.data, colour, strict=True):
            part = plane[:, rows]
            part += cover * (value - part)


class _Artist:
    """Draws the frames of one performance."""

    def __init__(self, performance: Performance, height: int, width: int) -> None:
        self._performance = performance
        self._looks = performance.speaker.looks
        unit = min(height, width) / 2
        self._pixel = np.float32(1 / unit)
        self._ys = ((np.arange(height) + 0.5 - height / 2) / unit).astype(np.float32)
        self._xs = ((np.arange(width) + 0.5 - width / 2) / unit).astype(np.float32)
        random = generator("face", performance.seed, performance.speaker.name)
        self._sway_phases = random.uniform(0, 2 * np.pi, 6)
        self._sway_rates = random.uniform(0.8, 1.2, 6) * np.array([0.23, 0.61, 0.31, 0.83, 0.19, 0.47]) * 2 * np.pi
        self._blinks = _blink_times(performance, random)
        self._lip_rates = random.uniform(0.85, 1.15, 2) * np.array([1.7, 4.1]) * 2 * np.pi
        self._lip_phases = random.uniform(0, 2 * np.pi, 2)
        count = _NUM_BEHIND + _NUM_BEFORE
        self._clutter_at = random.uniform(-1, 1, (count, 2))
        self._clutter_speed = random.normal(0, 0.35, (count, 2))
        self._clutter_radius = np.append(random.uniform(0.2, 0.5, _NUM_BEHIND), random.uniform(0.06, 0.11, _NUM_BEFORE))
        self._clutter_colours = [_colour(random) for _ in range(count)]
        self._noise = random.normal(0, NOISE, 3 * height * width + 65_537).astype(np.float32)
        self._light = random.normal(0, 12, 2)

    def draw(self, times: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
        """Return the frames of some times, uint8 ``[B, H, W, 3]``."""
        face = self._performance.face_at(times)
        face[:, 4] = np.clip(face[:, 4], 0, 1) + self._lips(times)
        face[:, 2] = np.where(self._is_blink(times), -1.6, face[:, 2])
        columns = face.astype(np.float32).T[:, :, None, None]
        canvas = _Canvas(len(times), len(self._ys), len(self._xs), self._looks.background)
        for index in range(_NUM_BEHIND):
            self._paint_clutter(canvas, index, times)
        across, down = self._head(times, face)
        self._paint_head(canvas, across, down)
        self._paint_eyes(canvas, across, down, columns)
        self._paint_mouth(canvas, across, down, columns)
        for index in range(_NUM_BEHIND, _NUM_BEHIND + _NUM_BEFORE):
            self._paint_clutter(canvas, index, times)
        return self._finish(canvas, times)

    def _head(self, times: npt.NDArray[np.float64], face: npt.NDArray[np.float64]) -> tuple[Floats, Floats]:
        """Return where each pixel lies on the head, from left to right and from top to bottom, ``[B, H, W]`` each."""
        swings = np.sin(times[:, None] * self._sway_rates + self._sway_phases)
        amount = np.clip(1 + 0.9 * face[:, 7], 0.1, None)
        across = 0.035 * amount * (swings[:, 0] + 0.6 * swings[:, 1])
        down = 0.02 * amount * (swings[:, 2] + 0.8 * swings[:, 3]) + 0.08 * face[:, 6]
        roll = 0.05 * amount * (swings[:, 4] + 0.6 * swings[:, 5])
        across, down, roll = (each.astype(np.float32)[:, None, None] for each in (across, down, roll))
        xs = self._xs[None, None, :] - across
        ys = self._ys[None, :, None] - down
        return xs + roll * ys, ys - roll * xs

    def _paint_head(self, canvas: _Canvas, across: Floats, down: Floats) -> None:
        """Paint hair, face and nose."""
        looks = self._looks
        radius = np.sqrt((across / (0.86 * looks.face_width)) ** 2 + ((down - 0.02) / 1.02) ** 2)
        canvas.paint(self._edge((radius - 1.06) * 0.9), looks.hair)
        skin = self._edge((radius - 0.97) * 0.9) * self._edge(looks.hairline + 0.12 * np.abs(across) - down)
        canvas.paint(skin, looks.skin)
        nose = self._edge(np.abs(across - 0.03) - 0.025) * self._edge(np.abs(down - 0.12) - 0.1)
        canvas.paint(0.35 * nose, _darker(looks.skin))

    def _paint_eyes(self, canvas: _Canvas, across: Floats, down: Floats, face: Floats) -> None:
        """Paint eyes and brows."""
        looks = self._looks
        rows = self._rows(-0.95, 0.3)
        xs, ys = np.abs(across[:, rows]) - 0.36 * looks.eye_distance, down[:, rows]
        height = np.maximum(0.105 * (1 + 0.62 * face[2]), 0.012)
        lid = (ys + 0.12) / height
        eye = self._edge((np.sqrt((xs / 0.2) ** 2 + lid**2) - 1) * np.minimum(height, 0.2))
        canvas.paint(
            self._edge((np.sqrt((xs / 0.225) ** 2 + ((ys + 0.12) / (height + 0.03)) ** 2) - 1) * height), _DARK, rows
        )
        canvas.paint(eye, _WHITE, rows)
        canvas.paint(eye * self._edge(np.sqrt(xs**2 + (ys + 0.12) ** 2) - 0.085), looks.iris, rows)
        # The slant moves the inner end of a brow down, or up, and the outer end the other way.
        line = -0.4 - 0.13 * face[0] - 0.6 * face[1] * xs + 0.9 * xs**2
        brow = self._edge(np.abs(ys - line) - 0.055 * looks.brow_thickness) * self._edge(np.abs(xs) - 0.24)
        canvas.paint(brow, _darker(looks.hair), rows)

    def _paint_mouth(self, canvas: _Canvas, across: Floats, down: Floats, face: Floats) -> None:
        """Paint the mouth: lips, and what is dark between them."""
        rows = self._rows(0.1, 1.2)
        half_width = 0.36 * self._looks.mouth_size * (1 + 0.3 * face[5])
        xs = across[:, rows] / half_width
        bow = xs**2
        middle = 0.5 - 0.24 * face[3] * (bow - 0.45)
        opening = (0.012 + 0.2 * face[4]) * np.sqrt(np.clip(1 - bow, 0, 1))
        away = np.abs(down[:, rows] - middle - 0.25 * opening)
        inside = self._edge((np.abs(xs) - 1) * half_width)
        canvas.paint(self._edge(away - opening - 0.06) * inside, _LIP, rows)
        canvas.paint(self._edge(away - opening) * inside, _DARK, rows)

    def _paint_clutter(self, canvas: _Canvas, index: int, times: npt.NDArray[np.float64]) -> None:
        """Paint a disc that moves along a line and comes back on the other side."""
        way = self._clutter_at[index] + times[:, None] * self._clutter_speed[index]
        centre = ((way + 1.5) % 3 - 1.5).astype(np.float32)[:, :, None, None]
        radius = np.float32(self._clutter_radius[index])
        xs, ys = self._xs[None, None, :] - centre[:, 0], self._ys[None, :, None] - centre[:, 1]
        canvas.paint(np.float32(0.85) * self._edge(np.sqrt(xs**2 + ys**2) - radius), self._clutter_colours[index])

    def _finish(self, canvas: _Canvas, times: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
        """Add light and noise, and round."""
        light = self._light[0] * self._xs[None, :] + self._light[1] * self._ys[:, None]
        height, width = canvas.data.shape[2:]
        size = 3 * height * width
        for index, time in enumerate(times):
            first = int(np.rint(time * 1e4)) * 7919 % 65_537
            noise = self._noise[first : first + size].reshape(3, height, width)
            canvas.data[:, index] += light + noise
        np.rint(canvas.data, out=canvas.data)
        np.clip(canvas.data, 0, 255, out=canvas.data)
        return np.ascontiguousarray(canvas.data.astype(np.uint8).transpose(1, 2, 3, 0))

    def _edge(self, distance: Floats | npt.NDArray[np.float64]) -> Floats:
        """Return how much of a pixel is within an edge, from its signed distance in units, negative inside."""
        return np.asarray(np.clip(0.5 - distance / self._pixel, 0, 1), np.float32)

    def _rows(self, top: float, bottom: float) -> slice:
        """Return the rows of pixels that features between two heights of the head may touch."""
        first, last = np.searchsorted(self._ys, [top - 0.15, bottom + 0.15])
        return slice(int(first), int(last))

    def _lips(self, times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return how far speaking opens the lips."""
        swings = np.sin(times[:, None] * self._lip_rates + self._lip_phases).mean(axis=1)
        return np.asarray(_LIPS * (0.5 + 0.5 * swings) * _is_within(times, self._performance))

    def _is_blink(self, times: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Return whether the eyes are closed by a blink."""
        if not len(self._blinks):
            return np.zeros(len(times), bool)
        since = times[:, None] - self._blinks
        return np.asarray(((since >= 0) & (since < _BLINK_SECONDS)).any(axis=1))


def _is_within(times: npt.NDArray[np.float64], performance: Performance) -> npt.NDArray[np.bool_]:
    """Return whether each time lies in a sentence."""
    edges = [float(edge) for span in performance.sentences for edge in (span.start, span.end)]
    return np.asarray(np.searchsorted(np.array(edges), times, side="right") % 2 == 1)


def _blink_times(performance: Performance, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Draw when the eyes begin to blink."""
    count = random.poisson(performance.speaker.blinks_per_second * float(performance.seconds))
    return np.sort(random.uniform(0, float(performance.seconds), count))


def _colour(random: np.random.Generator) -> Colour:
    """Draw any colour."""
    red, green, blue = random.integers(20, 236, 3).tolist()
    return red, green, blue


def _darker(colour: Colour) -> Colour:
    """Return a darker colour of the same hue."""
    red, green, blue = (value * 2 // 5 for value in colour)
    return red, green, blue
