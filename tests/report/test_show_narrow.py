"""Pages on a phone: nothing is wider than 390 pixels, and nothing of a page lies beside it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from show_help import Element, Page, clip, saved, show_window

from emos_io import Span
from emos_io.corpus import Clip, Decision, Monologue, Sentence, Utterance
from emos_io.report.axis_values import TITLE_LETTERS, fitted, title_lines
from emos_io.report.time_axis import tick_step
from oracle import clips

pytestmark = pytest.mark.usefixtures("here")

PHONE = 390
WIDTHS = (320, PHONE, 768, 1600)
PADDING = 32
"""What a page leaves free on a phone, in pixels: left and right one letter of 16 pixels."""
LONG = "一个很长的名字没有空格" * 4
UNBROKEN = "a_name_without_a_break_" * 5
HALF_PIXEL = 0.5
"""Browsers round edges to parts of a pixel."""
SVG_TAGS = ("rect", "svg", "image", "pattern")
HOLD = 30
"""Seconds for a browser to write a page."""

MEASURE = """
<script>
addEventListener("load", () => {
  const wide = innerWidth;
  const out = [];
  const visible = (each) => each.getClientRects().length && getComputedStyle(each).visibility !== "hidden";
  for (const each of document.body.querySelectorAll("*")) {
    if (!visible(each)) continue;
    const box = each.getBoundingClientRect();
    const name = each.tagName + "." + (each.getAttribute("class") || "");
    if (box.right > wide + HALF_PIXEL || box.left < -HALF_PIXEL) out.push([name, box.left, box.right]);
    if (!each.closest("svg") && each.scrollWidth > each.clientWidth + 1 && each.clientWidth) out.push([name, "scrolls"]);
    const axis = each.closest("svg.axis");
    if (each.tagName === "text" && axis) {
      const part = each.closest("svg"), around = (part === axis ? axis : part).getBoundingClientRect();
      if (box.right > around.right + 1 || box.left < around.left - 1) out.push([each.textContent, box.left, box.right]);
    }
  }
  const root = document.documentElement;
  parent.postMessage(JSON.stringify({ wide, scroll: root.scrollWidth, out, axes: axes() }), "*");
});
const axes = () => [...document.querySelectorAll("svg.axis")].filter((each) => each.getClientRects().length).length;
</script>
""".replace("HALF_PIXEL", str(HALF_PIXEL))


FRAME = """<!doctype html><pre id="measured"></pre>
<script>addEventListener("message", (event) => { document.getElementById("measured").textContent = event.data; });</script>
<iframe src="PAGE" style="border:0;width:WIDTHpx;height:900px"></iframe>
"""
"""A page in a frame: windows of a browser are never narrower than 500 pixels."""


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Long names, long words, short and long sentences, and a layer with a long name."""
    path = tmp_path / f"{UNBROKEN}{LONG}.mov"
    path.symlink_to(clips.counting_clip(seconds=10, rate=8_000))
    layer = f"my_own_{UNBROKEN}"
    labels = [(f"{UNBROKEN}{LONG}",), ("short", LONG, "another label of several words"), ("short",)]
    utterances = tuple(
        Utterance(
            index=index,
            span=Span(3 * index, 3 * index + 3),
            labels={"basic7": ("Joy",), "goemotions": ("disappointment", "embarrassment", "joy"), layer: own},
            raw_primary="x",
        )
        for index, own in enumerate(labels)
    )
    texts = (LONG * 8, "Supercalifragilisticexpialidocious" * 6, "Yes.", "No. " * 60)
    sentences = tuple(Sentence(index=n + 1, span=Span(2 * n, 2 * n + 2), text=text) for n, text in enumerate(texts))
    key = f"s/{LONG}{UNBROKEN}"
    film = Monologue(
        key=key, name="a", title=LONG, language="zh", duration=Fraction(10), sentences=sentences,
        utterances=utterances, path=str(path), attributes={"layer": layer},
    )  # fmt: skip
    scores = {f"{UNBROKEN}{LONG}": 0.5, "short": 0.5}
    decision = Decision(item="c/x", layer="own", labels=tuple(scores), scores=scores, confidence=0.5)
    return saved(
        tmp_path / "corpus", film, clip("b"), Clip(key="c/x", source="own", language="zh", decisions={"own": decision})
    )


def pages(corpus: Path, capsys: pytest.CaptureFixture[str]) -> list[Path]:
    """Pages of many kinds: names, layers, sizes, without media, with damage outside of the media."""
    key = f"s/{LONG}{UNBROKEN}"
    kinds: list[list[object]] = [
        [f"{key}@3-6", corpus, "--context", 1, "--lookahead", 1, "--labels", "goemotions", "--label-at", "overlap"],
        [f"{key}@3-6", corpus, "--labels", f"my_own_{UNBROKEN}", "--label-at", "overlap", "--size", "300,1200"],
        [f"{key}@1/3-10/3", corpus, "--context", "1/7", "--fps", "30"],
        [f"{key}@8-10", corpus, "--lookahead", 3],
        ["c/x@0-3", corpus, "--labels", "own"],
    ]
    found = []
    for number, words in enumerate(kinds):
        result, _ = show_window(capsys, *words, "--out", f"{number}.html", "--around", 1 if number == 0 else 0)
        found.append(Path(result["out"]))
    return found


def below(element: Element) -> list[Element]:
    return [element, *(each for child in element.children for each in below(child))]


def test_no_width_of_the_markup_is_more_than_a_phone_has(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in pages(corpus, capsys):
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
    page = Page(pages(corpus, capsys)[0].read_text("utf-8"))
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


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if found is None:
        pytest.skip("no chromium is on this machine to lay pages out")
    return found


def measured(browser: str, page: Path, width: int) -> dict[str, Any]:
    """What lies where on a page, as a browser of a width lays it out; the page's own policy allows no script of ours."""
    source = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text("utf-8"))
    copy = page.with_name(f"measured_{width}_{page.name}")
    copy.write_text(source.replace("</body>", f"{MEASURE}</body>"), "utf-8")
    frame = page.with_name(f"frame_{width}_{page.name}")
    frame.write_text(FRAME.replace("PAGE", copy.name).replace("WIDTH", str(width)), "utf-8")
    command = [
        browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1700,1000",
        "--virtual-time-budget=5000", "--dump-dom", frame.resolve().as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=HOLD, check=False)
    match = re.search(r'<pre id="measured">(.+?)</pre>', done.stdout)
    assert match is not None, done.stderr[-2000:]
    result: dict[str, Any] = json.loads(unescape(match[1]))
    return result


@pytest.mark.command
@pytest.mark.parametrize("width", WIDTHS)
def test_a_browser_lays_nothing_beside_the_page(
    browser: str, corpus: Path, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    for page in pages(corpus, capsys):
        found = measured(browser, page, width)
        assert found["wide"] == width, "the browser gave the frame another width"
        assert (found["scroll"], found["out"]) == (width, []), page
        assert found["axes"] == (3 if width <= 760 else 1)


@pytest.mark.command
def test_what_lies_beside_a_page_is_measured(browser: str, tmp_path: Path) -> None:
    page = tmp_path / "wide.html"
    page.write_text("<!doctype html><html><body><p>x</p><div style='width:900px'>x</div></body></html>")
    found = measured(browser, page, PHONE)
    assert found["scroll"] > 900 and any(each[0] == "DIV." for each in found["out"])
