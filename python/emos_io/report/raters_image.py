"""A PNG of the raters of each panel: their confusion matrices, with numbers, and which labels they give too often."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .._checks import checked_path
from .._files import unwritable, write_bytes
from ..annotation import PanelRaters, RaterReport
from ..errors import InvalidArgument, quoted
from .colours import ink_on
from .letters import font_of, written

if TYPE_CHECKING:
    from PIL.Image import Image

SIZE, TITLE_SIZE = 13, 16
"""The height of letters, and of titles, in pixels."""
CELL = 34
"""The width and height of a cell."""
MARGIN, GAP = 24, 36
BIAS_HEIGHT = 34
"""The height of a bar of a bias of `FULL_BIAS`."""
FULL_BIAS = 0.2
"""A bias that fills its bar; the bars of greater ones are as long, and their numbers say how great they are."""
ROW_WIDTH = 1_500
"""Raters lie beside each other up to this width."""
MOST_PIXELS = 60_000_000
"""A larger image would not open in most viewers."""
_WHITE, _DEEP = (255, 255, 255), (20, 74, 140)
_INK, _PALE = "#202020", "#707070"
_MORE, _LESS = "#c8371b", "#1f5fae"
"""Bars of labels that are given too often, and too seldom."""
_MOST_LETTERS = 24


@dataclass(slots=True)
class _Text:
    """A text at (x, y), anchored as Pillow names anchors; `is_upright` text is written from below to above."""

    x: float
    y: float
    text: str
    ink: str = _INK
    anchor: str = "la"
    size: int = SIZE
    is_upright: bool = False


@dataclass(slots=True)
class _Block:
    """Rectangles and texts, with the width and height that they need, from (0, 0)."""

    width: int = 0
    height: int = 0
    boxes: list[tuple[float, float, float, float, str]] = field(default_factory=list)
    texts: list[_Text] = field(default_factory=list)

    def add(self, other: _Block, x: int, y: int) -> None:
        """Add another block at (x, y)."""
        self.boxes += [
            (left + x, top + y, right + x, bottom + y, fill) for left, top, right, bottom, fill in other.boxes
        ]
        for each in other.texts:
            self.texts.append(
                _Text(each.x + x, each.y + y, each.text, each.ink, each.anchor, each.size, each.is_upright)
            )
        self.width, self.height = max(self.width, x + other.width), max(self.height, y + other.height)


def raters_png(report: RaterReport) -> bytes:
    """Return a PNG of how raters label: for each rater a confusion matrix in percent, and the bias of each label.

    A row of a matrix is a label as it was decided, a column one as the rater gave it. Of a layer with several labels each row
    has how often the label was given where it was decided, and where it was not. Names in letters that no font of this machine
    has are drawn as numbers, and written below in escapes; the PNG has them as its text ``Raters``.

    Args:
        report: What `rater_report` gives.

    Raises:
        InvalidArgument: The image would be too large.
    """
    from PIL import Image as Images
    from PIL import ImageDraw, PngImagePlugin

    page = _page(report)
    if page.width * page.height > MOST_PIXELS:
        got = f"{page.width} x {page.height}"
        raise InvalidArgument(
            f"image must be of at most {MOST_PIXELS:,} pixels, got {got}; take a part of the corpus, with fewer raters"
        )
    image = Images.new("RGB", (page.width, page.height), _WHITE)
    draw = ImageDraw.Draw(image)
    for left, top, right, bottom, fill in page.boxes:
        draw.rectangle((left, top, right, bottom), fill=fill)
    for each in page.texts:
        _write(image, each)
    facts = PngImagePlugin.PngInfo()
    names = "; ".join(name for panel in report.panels for name in panel.raters)
    facts.add_itxt("Raters", names.encode("utf-8", "replace").decode("utf-8").replace("\0", " "))
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=facts)
    return file.getvalue()


def save_raters_png(report: RaterReport, path: str | Path) -> None:
    """Write the PNG of `raters_png`, whole or not at all.

    Raises:
        InvalidArgument: The path does not end in .png, is a folder, or the image would be too large.
        OSError: The file cannot be written.
    """
    out = checked_path(path)
    if out.suffix.lower() != ".png" or out.is_dir():
        got = "a folder" if out.is_dir() else repr(out.suffix)
        raise InvalidArgument(f"png must be a file that ends in .png, got {got}; name such a file: {quoted(out)}")
    data = raters_png(report)
    try:
        write_bytes(out, data)
    except OSError as error:
        hint = (
            "make its folder first" if isinstance(error, FileNotFoundError) else "free some space or name another file"
        )
        raise OSError(unwritable("the image", out, hint, error)) from error


def _page(report: RaterReport) -> _Block:
    page, y = _Block(), MARGIN
    for panel in report.panels:
        block = _panel(panel, report.layer)
        page.add(block, MARGIN, y)
        y += block.height + GAP
    page.width, page.height = page.width + MARGIN, y - GAP + MARGIN
    return page


def _panel(panel: PanelRaters, layer: str) -> _Block:
    """Return a title, the raters beside and below each other, and the names that no font can write."""
    block = _Block()
    names = [written(name, SIZE, f"rater {number}") for number, name in enumerate(panel.raters, 1)]
    labels = [written(name, SIZE, f"label {number}") for number, name in enumerate(panel.labels, 1)]
    number = "1 rater" if len(names) == 1 else f"{len(names)} raters"
    title = f"{written(layer, TITLE_SIZE, 'layer')}: {number} on {panel.kind}"
    block.texts.append(_Text(0, 0, title, size=TITLE_SIZE))
    what = (
        "Percent of each label as decided (rows) that was given as each label (columns); bias: percent given too often."
    )
    if panel.multiple:
        what = (
            "Percent of each label given where it was decided (is) and where not (not); bias: percent given too often."
        )
    block.texts.append(_Text(0, 24, what, _PALE))
    x, y, lowest = 0, 52, 52
    for rater, name in enumerate(names):
        one = (_several if panel.multiple else _single)(panel, rater, name, labels)
        if x and x + one.width > ROW_WIDTH:
            x, y = 0, lowest + GAP
        block.add(one, x, y)
        x, lowest = x + one.width + GAP, max(lowest, y + one.height)
    y = lowest + 12
    for name, instead in zip((*panel.raters, *panel.labels), (*names, *labels), strict=True):
        if name != instead:
            block.texts.append(_Text(0, y, f"{instead} is {name!a}: no font here has its letters", _PALE))
            y += 18
    width = max([block.width, *(_width(each.text, each.size) for each in block.texts if each.x == 0)])
    block.width, block.height = int(width), y
    return block


def _head(panel: PanelRaters, rater: int, name: str) -> _Block:
    block = _Block(height=44)
    number = panel.votes[rater]
    amount = f"{int(number):,} votes" if panel.kind == "clips" else f"{float(number):,.1f} s"
    facts = f"{amount}, informativeness {panel.informativeness[rater]:.2f}"
    block.texts += [_Text(0, 0, name, size=TITLE_SIZE), _Text(0, 22, facts, _PALE)]
    block.width = int(max(_width(name, TITLE_SIZE), _width(facts, SIZE)))
    return block


def _single(panel: PanelRaters, rater: int, name: str, labels: Sequence[str]) -> _Block:
    """Return the confusion matrix of a rater, with biases below its columns."""
    block = _head(panel, rater, name)
    short = [_short(label) for label in labels]
    left = int(max(_width(label, SIZE) for label in short)) + 8
    top = block.height + left
    block.texts.append(_Text(left - 8, top - 6, "decided", _PALE, "rs"))
    for column, label in enumerate(short):
        block.texts.append(_Text(left + column * CELL + CELL / 2, top - 6, label, is_upright=True))
    for row, label in enumerate(short):
        middle = top + row * CELL + CELL / 2
        block.texts.append(_Text(left - 8, middle, label, anchor="rm"))
        for column in range(len(labels)):
            share = float(panel.confusion[rater, row, column])
            _cell(block, left + column * CELL, top + row * CELL, share if panel.confusion[rater, row].any() else None)
    base = top + len(labels) * CELL + BIAS_HEIGHT + 22
    block.texts.append(_Text(left - 8, base, "bias", _PALE, "rm"))
    for column in range(len(labels)):
        bias = float(panel.biases[rater, column])
        middle = left + column * CELL + CELL / 2
        length = _bar(bias)
        up = -1 if bias >= 0 else 1
        box = sorted((base, base + up * length))
        block.boxes.append((middle - 9, box[0], middle + 9, box[1], _MORE if bias > 0 else _LESS))
        block.texts.append(_Text(middle, base + up * (length + 10), _signed(bias), anchor="mm"))
    right = left + len(labels) * CELL
    block.boxes.append((left, base, right, base, _PALE))
    block.width, block.height = max(block.width, right), base + BIAS_HEIGHT + 20
    return block


def _several(panel: PanelRaters, rater: int, name: str, labels: Sequence[str]) -> _Block:
    """Return a row for each label: given where it is decided, given where it is not, and its bias."""
    block = _head(panel, rater, name)
    short = [_short(label) for label in labels]
    left = int(max(_width(label, SIZE) for label in short)) + 8
    top = block.height + 22
    for column, text in enumerate(("is", "not")):
        block.texts.append(_Text(left + column * CELL + CELL / 2, top - 6, text, _PALE, "ms"))
    base = left + 2 * CELL + BIAS_HEIGHT + 34
    block.texts.append(_Text(base, top - 6, "bias", _PALE, "ms"))
    height = CELL * 2 // 3
    for row, label in enumerate(short):
        y = top + row * height
        block.texts.append(_Text(left - 8, y + height / 2, label, anchor="rm"))
        for column, true in enumerate((1, 0)):
            cells = panel.confusion[rater, row, true]
            _cell(block, left + column * CELL, y, float(cells[1]) if cells.any() else None, height)
        bias = float(panel.biases[rater, row])
        length, side = _bar(bias), 1 if bias >= 0 else -1
        box = sorted((base, base + side * length))
        block.boxes.append((box[0], y + 4, box[1], y + height - 5, _MORE if bias > 0 else _LESS))
        text = _signed(bias)
        block.texts.append(_Text(base + side * (length + 4), y + height / 2, text, anchor="lm" if side > 0 else "rm"))
    bottom = top + len(labels) * height
    block.boxes.append((base, top, base, bottom, _PALE))
    block.width, block.height = max(block.width, base + BIAS_HEIGHT + 34), bottom
    return block


def _cell(block: _Block, x: float, y: float, share: float | None, height: int = CELL) -> None:
    """Add a cell of a share in percent; None is a share of nothing."""
    fill = _shade(share or 0.0)
    block.boxes.append((x, y, x + CELL - 2, y + height - 2, fill if share is not None else "#eeeeee"))
    text = "-" if share is None else f"{100 * share:.0f}"
    ink = _PALE if share is None else ink_on(fill)
    block.texts.append(_Text(x + CELL / 2 - 1, y + height / 2 - 1, text, ink, "mm"))


def _bar(bias: float) -> int:
    return 0 if np.isnan(bias) else round(min(abs(bias) / FULL_BIAS, 1.0) * BIAS_HEIGHT)


def _signed(bias: float) -> str:
    if np.isnan(bias):
        return "-"
    percent = round(100 * bias)
    return f"{percent:+d}" if percent else "0"


def _shade(share: float) -> str:
    parts = (round(white + (deep - white) * share) for white, deep in zip(_WHITE, _DEEP, strict=True))
    return "#" + "".join(f"{part:02x}" for part in parts)


def _short(text: str) -> str:
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 3]}..."


def _width(text: str, size: int) -> float:
    font = font_of(text, size)
    return font.getlength(text) if font is not None else 0.0


def _write(image: Image, each: _Text) -> None:
    """Draw a text; of one that no font can write, nothing is left to draw but its escape."""
    from PIL import Image as Images
    from PIL import ImageDraw

    text = each.text
    font = font_of(text, each.size)
    if font is None:
        text = ascii(text)
        font = font_of(text, each.size)
    if not each.is_upright:
        ImageDraw.Draw(image).text((each.x, each.y), text, fill=each.ink, font=font, anchor=each.anchor)
        return
    width, height = int(_width(text, each.size)) + 2, each.size + 6
    mask = Images.new("L", (width, height))
    ImageDraw.Draw(mask).text((0, height / 2), text, fill=255, font=font, anchor="lm")
    upright = mask.transpose(Images.Transpose.ROTATE_90)
    image.paste(each.ink, (round(each.x - height / 2), round(each.y - width)), upright)
