"""Drawings: as an svg of a page, as a file and as pixels; texts of any letters and lengths."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from emos_io.errors import InvalidArgument
from emos_io.report import drawing_png as png_module
from emos_io.report import letters
from emos_io.report.drawing import ROLES, Box, Drawing, Line, Shape, Text, drawing_svg, fitted, text_width
from emos_io.report.drawing_png import FALLBACK, SCALE, drawing_png
from emos_io.report.metric import number

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert('&\")</script>\x00\u202e]]>"


def drawing(*shapes: Shape, width: int = 40, height: int = 20) -> Drawing:
    return Drawing(width, height, "what is drawn", shapes)


def pixels(one: Drawing) -> npt.NDArray[np.uint8]:
    image = Image.open(io.BytesIO(drawing_png(one)))
    return np.asarray(image)


def dark(one: Drawing) -> npt.NDArray[np.bool_]:
    """Which pixels are nearer to black than to white."""
    return np.asarray((pixels(one) < 128).any(axis=2), np.bool_)


def colour(text: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(text[1:]))


def test_a_file_has_the_colour_of_each_role_and_a_page_has_its_class_alone() -> None:
    one = drawing(
        Box(1, 2, 3, 4), Line(((0, 0), (9, 9)), "grid"), Text(5, 5, ("a",), "faint"), Box(0, 0, 1, 1, "bar", "#123456")
    )
    root = ElementTree.fromstring(drawing_svg(one))
    paper, bar, fixed = root.findall(f"{SVG}rect")
    assert paper.attrib == {"width": "40", "height": "20", "fill": ROLES["paper"]}
    assert bar.attrib == {"class": "bar", "x": "1", "y": "2", "width": "3", "height": "4", "fill": ROLES["bar"]}
    assert fixed.get("fill") == "#123456" and fixed.get("class") is None
    line, text = root.find(f"{SVG}polyline"), root.find(f"{SVG}text")
    assert line is not None and (line.get("stroke"), line.get("points")) == (ROLES["grid"], "0,0 9,9")
    assert text is not None and (text.get("fill"), text.text) == (ROLES["faint"], "a")
    in_page = [dict(each.attributes) for each in one.elements()]
    assert [each.get("class") for each in in_page] == ["bar", "grid", "faint", None]
    assert [each.get("fill") for each in in_page] == [None, "none", None, "#123456"]
    assert "stroke" not in in_page[1]


def test_hostile_texts_are_texts() -> None:
    metric = number("7", "count", run=HOSTILE, name='"><b>')
    one = Drawing(40, 20, HOSTILE, (Text(0, 9, (HOSTILE, metric), tooltip=HOSTILE), Box(0, 0, 9, 9, tooltip=HOSTILE)))
    root = ElementTree.fromstring(drawing_svg(one))
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {"svg", "rect", "text", "tspan", "title"}
    visible = HOSTILE.replace('"', '\\"').replace("\x00", "\\u0000").replace("\u202e", "\\u202e")
    assert root.get("aria-label") == visible
    text = root.find(f"{SVG}text")
    assert text is not None and text.text == visible
    span = text.find(f"{SVG}tspan")
    assert span is not None and (span.text, span.get("data-metric")) == ("7", metric.metric)
    assert [each.text for each in root.iter(f"{SVG}title")] == [visible, visible]


def test_a_chinese_text_says_its_language() -> None:
    chinese, latin = drawing(Text(0, 0, ("喜悦",)), Text(0, 0, ("Joy",))).elements()
    assert dict(chinese.attributes).get("lang") == "zh" and "lang" not in dict(latin.attributes)


def test_boxes_fill_exactly_their_pixels() -> None:
    image = pixels(drawing(Box(3, 4, 5, 6), Box(20, 4, 0, 6), Box(30, 1, 2, 2, "bar", "#ff0000")))
    assert image.shape == (20 * SCALE, 40 * SCALE, 3)
    expected = np.full_like(image, 255)
    expected[4 * SCALE : 10 * SCALE, 3 * SCALE : 8 * SCALE] = colour(ROLES["bar"])
    expected[1 * SCALE : 3 * SCALE, 30 * SCALE : 32 * SCALE] = (255, 0, 0)
    assert np.array_equal(image, expected)


def test_a_dashed_line_has_its_dashes_and_gaps_over_corners_too() -> None:
    solid = pixels(drawing(Line(((0, 5), (30, 5)), width=0.5)))
    row = (solid[5 * SCALE] == colour(ROLES["ink"])).all(axis=1)
    assert row[: 30 * SCALE].all() and not row[30 * SCALE + 1 :].any()
    dashed = pixels(drawing(Line(((0, 5), (7, 5), (30, 5)), width=0.5, dash=(5, 5))))
    row = (dashed[5 * SCALE] == colour(ROLES["ink"])).all(axis=1)
    # Middles of dashes and of gaps.
    assert [bool(row[x * SCALE]) for x in (2, 7, 12, 17, 22, 27)] == [True, False] * 3


def test_upright_letters_are_the_same_letters_on_their_side() -> None:
    level = dark(drawing(Text(20, 10, ("Lf",), anchor="middle"), height=40))
    upright = dark(drawing(Text(20, 20, ("Lf",), anchor="middle", is_upright=True), height=40))

    def box(ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]

    assert box(level).sum() > 20
    assert np.array_equal(box(upright), np.rot90(box(level)))


@pytest.mark.parametrize(("anchor", "first", "last"), [("start", 20, 40), ("middle", 10, 30), ("end", 0, 20)])
def test_texts_stand_where_they_are_anchored(anchor: str, first: int, last: int) -> None:
    ink = dark(drawing(Text(20, 10, ("HHH",), anchor=anchor, size=8)))  # type: ignore[arg-type]
    columns = np.flatnonzero(ink.any(axis=0))
    assert first * SCALE <= columns[0] and columns[-1] < last * SCALE


def test_letters_that_no_font_has_are_escapes_and_the_image_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    one = drawing(Text(0, 10, ("喜悦",), limit=30))
    monkeypatch.setattr(letters, "FONTS", ())
    letters._fonts.cache_clear()
    try:
        image = Image.open(io.BytesIO(drawing_png(one)))
        latin = Image.open(io.BytesIO(drawing_png(drawing(Text(0, 10, ("Joy",), limit=30)))))
        escaped = pixels(drawing(Text(0, 10, ("喜悦",)), width=100))
        written = pixels(drawing(Text(0, 10, (r"\u559c\u60a6",)), width=100))
    finally:
        letters._fonts.cache_clear()
    assert image.height == latin.height + 18 * SCALE and "letters that no font" in FALLBACK
    assert image.info["Description"] == "what is drawn\n喜悦" and latin.info["Description"] == "what is drawn"
    # The escapes are longer than the limit, and cut before it.
    ink = (np.asarray(image)[: 20 * SCALE] < 200).any(axis=2)
    assert ink.any() and np.flatnonzero(ink.any(axis=0))[-1] < 30 * SCALE
    assert np.array_equal(escaped[: 20 * SCALE], written[: 20 * SCALE])


def test_too_large_an_image_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png_module, "MOST_PIXELS", 40 * 20 * SCALE**2 - 1)
    with pytest.raises(InvalidArgument, match="image must be of at most 3,199 pixels, got 80 x 40; take fewer classes"):
        drawing_png(drawing())


@given(st.text(max_size=60), st.floats(20, 200))
def test_a_fitted_text_fits_and_is_the_text_or_its_beginning(text: str, width: float) -> None:
    short = fitted(text, width)
    assert text_width(short) <= width
    if not short.endswith("…"):
        assert short == fitted(text, 10_000)
    else:
        assert fitted(text, 10_000).startswith(short[:-1])


def test_ten_thousand_letters_are_cut() -> None:
    assert fitted("W" * 10_000, 60) == "W" * 4 + "…"


def test_texts_are_rather_thought_too_wide_than_too_narrow() -> None:
    fonts = letters._fonts(100)
    assert fonts
    texts = (
        "0.123 [0.045, 0.678]*",
        "Neutral",
        "none or outside",
        "WWW MMM",
        "illi",
        "A_b-c/d (7)",
        "</script>…",
        "naïve é",
    )
    for text in texts:
        for font in fonts:
            assert font.getlength(text) <= text_width(text, 100), (text, font.getname())
