"""The page of a comparison in a browser: boxes, letters, paper and keys, at two widths, folded and unfolded."""

from __future__ import annotations

from collections.abc import Callable

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
from report_cases import made_report

pytestmark = pytest.mark.command


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_overlaps_or_is_cut_folded_and_unfolded(open_page: Callable[..., OpenPage], width: int) -> None:
    page = open_page(made_report().page, width, ready=True)
    assert_layout(page, width)
    page.unfold()
    assert_layout(page, width)
    assert_legible(page)


def test_paper_has_all_that_is_folded(open_page: Callable[..., OpenPage]) -> None:
    page = open_page(made_report().page, PHONE, ready=True)
    assert page.tab.locator("details:not([open])").count() > 0
    page.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert_printable(page)
    page.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.tab.locator("details:not([open])").count() > 0


def test_every_control_is_reached_by_keyboard(open_page: Callable[..., OpenPage]) -> None:
    page = open_page(made_report().page, PHONE, ready=True)
    page.unfold()
    assert_reached_by_keyboard(page)


def test_details_unfold_by_keyboard(open_page: Callable[..., OpenPage]) -> None:
    page = open_page(made_report().page, PHONE, ready=True)
    # One of each section: they are all summaries of the browser's own.
    for section in page.tab.locator("section:has(summary)").all():
        summary = section.locator("summary").last
        is_open = "(summary) => summary.parentElement.open"
        before = summary.evaluate(is_open)
        for key in ("Enter", "Space"):
            summary.press(key)
            assert summary.evaluate(is_open) is not before
            before = not before
