"""Pages of windows in a browser: nothing beside them, nothing over something else, nothing cut, at every width."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from browser_help import (
    PHONE,
    WIDTHS,
    OpenPage,
    assert_layout,
    assert_legible,
    assert_printable,
    assert_reached_by_keyboard,
)
from long_names import long_names, long_pages
from show_help import film, saved, show_window

from oracle import clips

pytestmark = [pytest.mark.command, pytest.mark.usefixtures("here")]

AXES: Mapping[int, int] = {320: 3, PHONE: 3, 768: 1, 1600: 1}
"""Time axes by the width of a page in pixels: on a phone, the one in three parts."""


def test_long_names_fit_every_width(
    open_page: Callable[..., OpenPage], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in long_pages(long_names(tmp_path), capsys):
        page = open_page(path, PHONE)
        for width, number in AXES.items():
            page.resize(width)
            assert_layout(page, width)
            axes = page.tab.locator("svg.axis")
            assert axes.evaluate_all("(all) => all.filter((each) => each.checkVisibility()).length") == number
        assert_legible(page)
        assert_printable(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_control_of_a_page_is_reached(
    open_page: Callable[..., OpenPage], tmp_path: Path, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    media = tmp_path / "a.mov"
    media.symlink_to(clips.counting_clip(seconds=10, rate=8_000))
    result, _ = show_window(capsys, "s/a@3-6", saved(tmp_path / "corpus", film(path=media)), "--out", "a.html")
    page = open_page(Path(result["out"]), width)
    assert page.measure("controls") == ["a", "a", "audio"]
    assert_reached_by_keyboard(page)


def test_links_lead_to_the_windows_around_by_keyboard(
    open_page: Callable[..., OpenPage], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus = saved(tmp_path / "corpus", film())
    result, _ = show_window(capsys, "s/a@3-6", corpus, "--out", "a.html")
    page = open_page(Path(result["out"]), PHONE)
    for presses, key in ((2, "s/a@6-9"), (1, "s/a@3-6"), (1, "s/a@0-3")):
        for _ in range(presses):
            page.tab.keyboard.press("Tab")
        page.tab.keyboard.press("Enter")
        page.tab.wait_for_url("**/*.html")
        page.tab.wait_for_function("(key) => document.title === key", arg=key)
