"""Colours of labels: far enough apart to distinguish, each with the text colour that is readable on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

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
_OTHERS = (
    # Each is the one of 4,096 that is farthest in CIELAB from all before it, among those visible on dark and white pages.
    *("#ee3388", "#664400", "#ffbbff", "#aaee66", "#00eedd", "#773355", "#ffaa88"),
    *("#dddd99", "#005555", "#778800", "#00ee99", "#cc7711", "#ee77ee", "#990033"),
    *("#990077", "#dd7799", "#99aaff", "#55aa99", "#996655", "#556633", "#555577"),
    *("#bb9944", "#ff5566", "#118800", "#99eeaa", "#ffcccc", "#bbddcc", "#3388ff"),
)
COLOURS = (*_BASIC.values(), *_OTHERS)
"""Every colour of a label, as ``#rrggbb``."""
_DARK_INK, _LIGHT_INK = "#000000", "#ffffff"
_LUMINANCE = (0.2126, 0.7152, 0.0722)


def colours_of(classes: Sequence[str]) -> dict[str, str]:
    """Return ``#rrggbb`` for each class: the same for a layer on every page.

    The seven basic emotions have the same colours in every layer. The other classes take the rest in order; from the 29th
    other class on, colours come again.

    Example:
        >>> colours_of(["Joy", "calm"])
        {'Joy': '#f2c230', 'calm': '#ee3388'}
    """
    others: Iterator[str] = cycle(_OTHERS)
    return {name: _BASIC.get(name.lower()) or next(others) for name in classes}


def ink_on(colour: str) -> str:
    """Return black or white, the one that is more readable on a colour."""
    light = sum(share * _linear(part) for share, part in zip(_LUMINANCE, bytes.fromhex(colour[1:]), strict=True))
    return _DARK_INK if (light + 0.05) / 0.05 >= 1.05 / (light + 0.05) else _LIGHT_INK


def _linear(part: int) -> float:
    share = part / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
