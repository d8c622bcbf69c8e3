"""The image of raters: its cells and names, names that no font has, and files that cannot be."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emos_io.annotation import PanelRaters, RaterReport
from emos_io.errors import InvalidArgument
from emos_io.report import letters, raters_image, raters_png, save_raters_png


def panel(raters: tuple[str, ...] = ("ann", "bob"), labels: tuple[str, ...] = ("Joy", "Fear", "Anger")) -> PanelRaters:
    number, kinds = len(raters), len(labels)
    confusion = np.tile(np.eye(kinds), (number, 1, 1))
    confusion[0, 0] = 0
    return PanelRaters(
        kind="clips",
        raters=raters,
        labels=labels,
        multiple=False,
        votes=(Fraction(10),) * number,
        decided=(Fraction(10),) * number,
        confusion=confusion,
        prior=np.full(kinds, 1 / kinds),
        informativeness=np.ones(number),
        biases=np.tile(np.linspace(-0.2, 0.2, kinds), (number, 1)),
    )


def several() -> PanelRaters:
    one = panel()
    confusion = np.tile(np.eye(2), (2, 3, 1, 1))
    return replace(one, multiple=True, confusion=confusion)


def opened(*panels: PanelRaters) -> Image.Image:
    image = Image.open(io.BytesIO(raters_png(RaterReport("basic7", panels))))
    image.load()
    return image


def colours(image: Image.Image) -> set[tuple[int, ...]]:
    return {tuple(int(part) for part in each) for each in np.unique(np.asarray(image).reshape(-1, 3), axis=0)}


def test_full_cells_and_bars_have_their_colours() -> None:
    image = opened(panel())
    found = colours(image)
    assert {(20, 74, 140), (255, 255, 255), (0xC8, 0x37, 0x1B), (0x1F, 0x5F, 0xAE), (0xEE, 0xEE, 0xEE)} <= found
    # ann has two of three labels, bob all: five full cells, less the letters on them.
    full = int((np.asarray(image) == (20, 74, 140)).all(axis=2).sum())
    cell = (raters_image.CELL - 1) ** 2
    assert 4 * cell < full < 5 * cell


def test_several_labels_have_a_row_each() -> None:
    image = opened(several())
    height = raters_image.CELL * 2 // 3
    assert image.height > 3 * height and (20, 74, 140) in colours(image)


def test_panels_lie_below_each_other_and_raters_in_rows() -> None:
    one, two, many = opened(panel()), opened(panel(), panel()), opened(panel(tuple(f"r{n:02}" for n in range(20))))
    assert two.width == one.width and two.height == 2 * one.height - 2 * raters_image.MARGIN + raters_image.GAP
    assert one.width < many.width <= raters_image.ROW_WIDTH + 2 * raters_image.MARGIN and many.height > one.height


@pytest.mark.parametrize("name", ["张三", "Ж. Петров", "José", "a\udc80b", "\x00\n", "", "😀", "x" * 300])
def test_names_in_any_letters(name: str) -> None:
    image = opened(panel((name, "bob"), (name or "Joy", "Fear", "Anger")))
    written = name.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
    assert image.info["Raters"] == f"{written}; bob" and image.width >= opened(panel()).width


def test_a_name_that_no_font_has_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "FONTS", ())
    letters._fonts.cache_clear()
    try:
        assert letters.font_of("张三", 13) is None and letters.font_of("ann 12", 13) is not None
        assert letters.written("张三", 13, "rater 1") == "rater 1"
        plain, other = opened(panel()), opened(panel(("张三", "bob")))
        # Everything is where it was, with one line more, which has the name in escapes.
        assert other.height == plain.height + 18
    finally:
        letters._fonts.cache_clear()


def test_the_same_report_gives_the_same_bytes() -> None:
    report = RaterReport("basic7", (panel(),))
    assert raters_png(report) == raters_png(report)


def test_what_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = RaterReport("basic7", (panel(),))
    save_raters_png(report, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == raters_png(report)
    (tmp_path / "folder.png").mkdir()
    for name, got in (("a.jpg", "got '.jpg'"), ("a", "got ''"), ("folder.png", "got a folder")):
        with pytest.raises(InvalidArgument, match=f"png must be a file that ends in .png, {got}"):
            save_raters_png(report, tmp_path / name)
    with pytest.raises(OSError, match=r"the image cannot be written .*; make its folder first"):
        save_raters_png(report, tmp_path / "no" / "a.png")
    monkeypatch.setattr(raters_image, "MOST_PIXELS", 1_000)
    with pytest.raises(
        InvalidArgument, match=r"image must be of at most 1,000 pixels, got .*; take a part of the corpus"
    ):
        raters_png(report)
