"""A drawing as a PNG, by Pillow, with the fonts of this machine."""

from __future__ import annotations

import io
import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from ..errors import InvalidArgument
from .drawing import ROLES, Box, Drawing, Line, Text, colour
from .letters import font_of

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

SCALE = 2
"""Pixels of an image for each pixel of a drawing, so that it is sharp in print."""
MOST_PIXELS = 60_000_000
"""A larger image would not open in most viewers."""
FALLBACK = r"\u and \U before digits stand for letters that no font of the machine that drew this has"
"""What an image says of itself below where it has such letters."""
_REMARK_HEIGHT = 18
_ELLIPSIS = "..."
"""Pillow's own font has no single letter for it."""
_ANCHORS = {"start": "l", "middle": "m", "end": "r"}


def drawing_png(drawing: Drawing) -> bytes:
    r"""Return a drawing as a PNG on white, with two pixels for each of the drawing.

    Texts are written in the first font of `letters.FONTS` that has all of their letters. Where this machine has none, as is
    common for Chinese, the letters stand as escapes such as ``\u4e2d``, a line below says so, and the description of the PNG
    has the texts as they are.

    Raises:
        InvalidArgument: The image would be too large.

    Cost: the fonts of the machine are looked for once a size.
    """
    from PIL import Image as Images
    from PIL import ImageDraw, PngImagePlugin

    unwritten = [each.text for each in _texts(drawing) if font_of(each.text, _size(each)) is None]
    width, height = drawing.width * SCALE, (drawing.height + (_REMARK_HEIGHT if unwritten else 0)) * SCALE
    if width * height > MOST_PIXELS:
        raise InvalidArgument(
            f"image must be of at most {MOST_PIXELS:,} pixels, got {width} x {height}; take fewer classes or runs"
        )
    image = Images.new("RGB", (width, height), ROLES["paper"])
    draw = ImageDraw.Draw(image)
    for shape in drawing.shapes:
        if isinstance(shape, Box):
            _fill(draw, shape)
        elif isinstance(shape, Line):
            for start, end in _dashes(shape.points, shape.dash):
                ends = [(x * SCALE, y * SCALE) for x, y in (start, end)]
                draw.line(ends, fill=colour(shape), width=max(1, round(shape.width * SCALE)))
        else:
            _write(image, shape)
    if unwritten:
        _write(
            image, Text(4, drawing.height + _REMARK_HEIGHT / 2, (FALLBACK,), "faint", size=10, limit=drawing.width - 8)
        )
    facts = PngImagePlugin.PngInfo()
    facts.add_itxt("Description", "\n".join((drawing.label, *unwritten)))
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=facts)
    return file.getvalue()


def _texts(drawing: Drawing) -> Iterator[Text]:
    yield from (shape for shape in drawing.shapes if isinstance(shape, Text))


def _size(text: Text) -> int:
    return max(1, round(text.size * SCALE))


def _fill(draw: ImageDraw, box: Box) -> None:
    left, top = round(box.x * SCALE), round(box.y * SCALE)
    right, bottom = round((box.x + box.width) * SCALE), round((box.y + box.height) * SCALE)
    # Pillow draws the last row and column too; a bar of nothing is nothing.
    if right > left and bottom > top:
        draw.rectangle((left, top, right - 1, bottom - 1), fill=colour(box))


def _dashes(
    points: Sequence[tuple[float, float]], dash: Sequence[float]
) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the pieces of a line that are drawn, dashes from its start on."""
    index, left = 0, dash[0] if dash else math.inf
    for start, end in pairwise(points):
        length = math.dist(start, end)
        done = 0.0
        while length - done > 1e-9:
            step = min(left, length - done)
            if index % 2 == 0:
                yield _between(start, end, done / length), _between(start, end, (done + step) / length)
            done, left = done + step, left - step
            if left <= 1e-9:
                index += 1
                left = dash[index % len(dash)]


def _between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _write(image: Image, each: Text) -> None:
    """Draw a text, in escapes where no font has its letters, and cut where these are longer than its limit."""
    from PIL import Image as Images
    from PIL import ImageDraw

    text, size = each.text, _size(each)
    if not text:
        return
    if font_of(text, size) is None:
        text = ascii(text)[1:-1]
    font = font_of(text, size)
    assert font is not None, "Pillow's own font has Latin letters"
    if each.limit and font.getlength(text) > each.limit * SCALE:
        kept = bisect_right(
            range(len(text)), each.limit * SCALE, key=lambda n: font.getlength(text[: n + 1] + _ELLIPSIS)
        )
        text = text[:kept] + _ELLIPSIS
    x, y, ink = each.x * SCALE, each.y * SCALE, colour(each)
    if not each.is_upright:
        ImageDraw.Draw(image).text((x, y), text, fill=ink, font=font, anchor=f"{_ANCHORS[each.anchor]}m")
        return
    width, height = math.ceil(font.getlength(text)) + 2, size + 6
    mask = Images.new("L", (width, height))
    ImageDraw.Draw(mask).text((0, height / 2), text, fill=255, font=font, anchor="lm")
    below = {"start": 0.0, "middle": width / 2, "end": float(width)}[each.anchor]
    upper_left = (round(x - height / 2), round(y + below - width))
    image.paste(ink, upper_left, mask.transpose(Images.Transpose.ROTATE_90))
