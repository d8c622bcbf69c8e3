"""A headless Chromium for the tests of a file, and pages that are open in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser_help import HEIGHT, OpenPage, Scheme, assert_quiet, find_chromium, launch
from playwright.sync_api import Browser, BrowserContext, sync_playwright


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium. While it is open the thread has an event loop: it is closed before the tests of other files."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium on the path; `scripts/system-packages.sh browser` installs it on Debian")
    with sync_playwright() as playwright:
        browser = launch(playwright, path)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., OpenPage]]:
    """Opens ``path, width`` with ``scheme="dark"`` and ``ready=True``; in the end each page must have been quiet."""
    contexts: list[BrowserContext] = []
    pages: list[OpenPage] = []

    def opened(
        path: Path, width: int, *, scheme: Scheme = "light", ready: bool = False, quiet: bool = True
    ) -> OpenPage:
        context = chromium.new_context(
            viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = OpenPage(context)
        if quiet:
            pages.append(page)
        page.open(path, ready=ready)
        return page

    yield opened
    for page in pages:
        assert_quiet(page)
    for context in contexts:
        context.close()
