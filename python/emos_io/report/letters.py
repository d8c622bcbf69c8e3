"""Fonts for names in any script, and what is drawn where this machine has no font for them."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FONTS = (
    *("DejaVuSans.ttf", "NotoSans-Regular.ttf"),
    *("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf", "SourceHanSansSC-Regular.otf"),
    *("wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "DroidSansFallback.ttf", "uming.ttc"),
    *("PingFang.ttc", "Hiragino Sans GB.ttc", "STHeiti Light.ttc", "Arial Unicode.ttf"),
    *("msyh.ttc", "simhei.ttf", "simsun.ttc", "malgun.ttf", "meiryo.ttc"),
)
"""Fonts of Linux, macOS and Windows, by the names of their files, after Pillow's own font, which has Latin letters."""
_IN_NO_FONT = "\U0010ffff"


@functools.cache
def _fonts(size: int) -> tuple[FreeTypeFont, ...]:
    """Return the fonts of this machine, Pillow's own first."""
    from PIL import ImageFont

    own = ImageFont.load_default(size=size)
    found = [own] if isinstance(own, ImageFont.FreeTypeFont) else []
    for name in FONTS:
        try:
            found.append(ImageFont.truetype(name, size))
        except OSError:
            # Most machines have few of them.
            continue
    return tuple(found)


def font_of(text: str, size: int) -> FreeTypeFont | None:
    """Return the first font that has every letter of a text, or None.

    Args:
        text: The text.
        size: The height of letters, in pixels.

    Cost: the fonts of the machine are looked for once a size.
    """
    for font in _fonts(size):
        missing = bytes(font.getmask(_IN_NO_FONT))
        if all(_has(font, letter, missing) for letter in set(text)):
            return font
    return None


def written(text: str, size: int, instead: str) -> str:
    """Return a text, or `instead` where no font of this machine has its letters."""
    return text if font_of(text, size) is not None else instead


@functools.cache
def _has(font: FreeTypeFont, letter: str, missing: bytes) -> bool:
    if letter.isspace():
        return True
    return letter.isprintable() and bytes(font.getmask(letter)) != missing
