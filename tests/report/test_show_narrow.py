"""Pages on a phone: nothing of the markup is wider than 390 pixels. browser/test_show_boxes.py lays them out."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from long_names import LONG, UNBROKEN, long_names, long_pages
from show_help import Element, Page

from emos_io.report.axis_values import TITLE_LETTERS, fitted, title_lines
from emos_io.report.time_axis import tick_step

pytestmark = pytest.mark.usefixtures("here")

PHONE = 390
PADDING = 32
"""What a page leaves free on a phone, in pixels: left and right one letter of 16 pixels."""
SVG_TAGS = ("rect", "svg", "image", "pattern")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return long_names(tmp_path)


def below(element: Element) -> list[Element]:
    return [element, *(each for child in element.children for each in below(child))]


def test_no_width_of_the_markup_is_more_than_a_phone_has(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in long_pages(corpus, capsys):
        page = Page(path.read_text("utf-8"))
        (viewport,) = [each for each in page.root.find("meta") if each.attributes.get("name") == "viewport"]
        assert viewport.attributes["content"] == "width=device-width, initial-scale=1"
        style = page.root.one("style").text
        # Besides media queries, the only widths in pixels are caps, or shrink with the page.
        plain = re.sub(r"@media \([^)]*\)|max-width: \d+px|min\([^()]*(\([^()]*\))?[^()]*\)", "", style)
        wide = [int(each) for each in re.findall(r"\b(\d+)px", plain)]
        assert max(wide) < PHONE - PADDING
        assert "overflow-wrap: anywhere" in style and "nowrap; }" not in style.replace(
            "th { font-weight: 600; white-space: nowrap; }", ""
        )
        for each in below(page.root.one("body")):
            if each.tag != "img" and "empty" not in each.classes and each.tag not in SVG_TAGS:
                assert "width" not in each.attributes
        # Images, and boxes where they lack, have at most the width of the page.
        assert "figure img { display: block; max-width: 100%; height: auto;" in style
        narrow = [each for each in page.root.find("svg", "axis") if each is not page.axis]
        assert [each.attributes["viewbox"].split()[2] for each in narrow] == ["352"] * 3


def test_parts_of_the_axis_are_the_axis(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = Page(long_pages(corpus, capsys)[0].read_text("utf-8"))
    parts = [each for each in page.root.find("svg", "axis") if each is not page.axis]
    starts = [float(each.attributes["data-start"]) for each in (*parts, page.axis)]
    seconds = float(page.axis.attributes["data-seconds"])
    assert [float(each.attributes["data-seconds"]) for each in parts] == pytest.approx([seconds / 3] * 3)
    assert starts == pytest.approx([2, 2 + seconds / 3, 2 + 2 * seconds / 3, 2])
    for kind in ("marker", "label", "sentence", "label-span"):
        for part in parts:
            left, width = (float(part.attributes[f"data-{name}"]) for name in ("left", "width"))
            for box in part.find("rect", kind):
                x = float(box.attributes["x"])
                assert left <= x and x + float(box.attributes["width"]) <= left + width + 0.5
        tooltips = {each.text for part in parts for each in part.find("rect", kind)}
        assert tooltips == {each.text for each in page.axis.find("rect", kind)}


@pytest.mark.parametrize(
    ("text", "number", "expected"),
    [
        ("Joy", 3, "Joy"),
        ("Joy", 2, ""),
        ("Sadness", 4, "Sad…"),
        ("你好", 4, "你好"),
        ("你好吗", 5, "你好…"),
        ("你好", 3, ""),
        ("", 0, ""),
        ("Joy", 1, ""),
        ("Joy", 0, ""),
        ("Joy", -1, ""),
        ("a b c", 3, ""),
        ("ab cd", 4, "ab…"),
    ],
)
def test_captions_end_where_their_box_ends(text: str, number: int, expected: str) -> None:
    assert fitted(text, number) == expected


@pytest.mark.parametrize(
    "name", ["basic7", "my own layer of labels", UNBROKEN, LONG, "x" * 40, "a_" * 20, "字", " a  b "]
)
def test_names_of_rows_are_divided_and_complete(name: str) -> None:
    lines = title_lines(name)
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")
    assert all(len(line) <= TITLE_LETTERS for line in lines)
    assert all(2 * len(line) <= TITLE_LETTERS for line in lines if "字" in line or "一" in line)


@pytest.mark.parametrize(
    ("seconds", "number", "step"), [(10, 10, 1), (10, 5, 2), (11, 10, 2), (1, 5, "1/5"), (600, 5, 200)]
)
def test_a_ruler_has_at_most_so_many_steps(seconds: int, number: int, step: str | int) -> None:
    assert tick_step(Fraction(seconds), number) == Fraction(step)
