"""Colours of labels: far enough apart to distinguish, each with the text colour that is readable on it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_BASIC = {
    # For colour-blind readers, they differ in lightness as well as in hue.
    "anger": "#c8371b",
    "disgust": "#2f8f4e",
    "fear": "#7b4fb5",
    "joy": "#f2c230",
    "neutral": "#9a9a9a",
    "sadness": "#1f5fae",
    "surprise": "#6cc5f0",
}
_LEVELS = range(0, 256, 17)
_LIGHTNESS, _MOST_CHROMA = (30.0, 88.0), 75.0
"""CIELAB limits: visible on dark and on white pages, and not glaring."""
_DARK_INK, _LIGHT_INK = "#000000", "#ffffff"
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = np.array([0.9505, 1.0, 1.089])


def colours_of(classes: Sequence[str]) -> dict[str, str]:
    """Return ``#rrggbb`` for each class: the same for a layer on every page.

    The seven basic emotions have the same colours in every layer. Each other class takes the colour that is farthest from
    all colours before it.
    """
    return dict(_colours_of(tuple(classes)))


@functools.cache
def _colours_of(classes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    given = {name: _BASIC[name.lower()] for name in classes if name.lower() in _BASIC}
    others = [name for name in classes if name not in given]
    if others:
        candidates = np.array(list(itertools.product(_LEVELS, repeat=3)), dtype=np.float64)
        points = lab(candidates)
        fit = (points[:, 0] >= _LIGHTNESS[0]) & (points[:, 0] <= _LIGHTNESS[1])
        fit &= np.hypot(points[:, 1], points[:, 2]) <= _MOST_CHROMA
        candidates, points = candidates[fit], points[fit]
        taken = lab(np.array([_parts(colour) for colour in _BASIC.values()], dtype=np.float64))
        nearest = np.linalg.norm(points[:, None] - taken, axis=2).min(axis=1)
        for name in others:
            best = int(nearest.argmax())
            given[name] = "#" + "".join(f"{int(part):02x}" for part in candidates[best])
            nearest = np.minimum(nearest, np.linalg.norm(points - points[best], axis=1))
    return tuple((name, given[name]) for name in classes)


def lab(colours: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return CIELAB of sRGB 0 to 255, ``[n, 3]``: its distances are close to perceived differences."""
    ratio = _linear(colours) @ _TO_XYZ.T / _WHITE
    bent = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio * (29 / 6) ** 2 / 3 + 4 / 29)
    x, y, z = bent.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def ink_on(colour: str) -> str:
    """Return black or white, the one that is more readable on a colour."""
    light = float(_linear(np.array([_parts(colour)], dtype=np.float64))[0] @ _TO_XYZ[1])
    return _DARK_INK if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) else _LIGHT_INK


def _parts(colour: str) -> list[int]:
    return [int(colour[start : start + 2], 16) for start in (1, 3, 5)]


def _linear(colours: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    shares = colours / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
