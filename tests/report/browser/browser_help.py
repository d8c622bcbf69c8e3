"""Pages in a headless Chromium: what it says of them, what lies where, and what keys do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Playwright, Request

PHONE = 390
DESK = 1600
WIDTHS = (PHONE, DESK)
"""Widths of pages in pixels: a phone, and a wide screen."""
HEIGHT = 900
HOLD = 30_000
"""Milliseconds that a browser is given for one step."""
READY = "() => document.documentElement.dataset.ready === '1'"
"""What is true once the script of a report has drawn all that it draws at first. All that is waited for is a function: a policy
of a page forbids text to be run again.
"""
MORE_STOPS = 60
"""Stops of the Tab key beside the controls of a page: those inside of players of audio and video."""

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SCRIPTS = {name: Path(__file__).with_name(f"{name}.js").read_text("utf-8").strip() for name in ("boxes", "colours")}
"""Sources of objects of functions that measure a page."""

Scheme = Literal["light", "dark"]


def find_chromium() -> str | None:
    """The path of a Chromium of this machine; None where there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def launch(playwright: Playwright, path: str) -> Browser:
    """A headless browser. Its sandbox needs a user who is not root."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=path, args=[*root, "--disable-gpu", "--mute-audio"])


class OpenPage:
    """A page that is open at a width, and all that the browser said of it.

    Attributes:
        tab: The page, for clicks and keys.
        console: What it wrote to the console, errors of its scripts and of its policy included.
        failures: Requests that failed, and every request to a network.
        dialogs: What it asked or said in a window of its own.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.console: list[str] = []
        self.failures: list[str] = []
        self.dialogs: list[str] = []
        self.tab: Page = context.new_page()
        self.tab.set_default_timeout(HOLD)
        self.tab.on("console", self._log)
        self.tab.on("pageerror", lambda error: self.console.append(f"error: {error}"))
        self.tab.on("dialog", self._dismiss)
        self.tab.on("requestfailed", lambda request: self.failures.append(f"{request.url[:200]}: {request.failure}"))
        self.tab.on("request", self._request)

    def _log(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(f"{dialog.type}: {dialog.message}")
        dialog.dismiss()

    def _request(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.failures.append(f"{request.url[:200]}: a request to a network")

    def open(self, path: Path, *, ready: bool = False) -> None:
        """Open a file, and wait until it is loaded; with `ready`, until its script has drawn."""
        self.tab.goto(path.resolve().as_uri(), wait_until="load")
        if ready:
            self.tab.wait_for_function(READY)

    def measure(self, name: str, *words: str, script: Literal["boxes", "colours"] = "boxes") -> Any:
        """What a function of boxes.js or colours.js returns."""
        return self.tab.evaluate(f"(words) => ({self._source(script)}).{name}(...words)", list(words))

    def _source(self, script: str) -> str:
        return _SCRIPTS[script][_SCRIPTS[script].index("(() =>") :].removesuffix(";")

    def resize(self, width: int) -> None:
        """Give the window of the page another width."""
        self.tab.set_viewport_size({"width": width, "height": HEIGHT})

    def unfold(self) -> None:
        """Open all that is folded, and wait until it is drawn."""
        self.tab.evaluate(
            """async () => {
              for (const each of document.querySelectorAll("details")) each.open = true;
              for (let round = 0; round < 3; round += 1) await new Promise(requestAnimationFrame);
            }"""
        )

    def scroll_width(self) -> int:
        """How many pixels wide the page is; more than its window, and it scrolls sideways."""
        return int(self.tab.evaluate("document.documentElement.scrollWidth"))

    def tab_stops(self) -> list[Mapping[str, Any]]:
        """Press Tab from the start of the page until it is left; each control that has the focus, in order."""
        self.tab.evaluate("document.activeElement?.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)")
        expected = len(self.measure("controls"))
        self.tab.evaluate(f"window.step = {self._source('boxes')}.stepper()")
        stops: list[Mapping[str, Any]] = []
        for _ in range(expected + MORE_STOPS):
            self.tab.keyboard.press("Tab")
            stop = self.tab.evaluate("window.step()")
            if stop is None or (stops and stop["number"] == 0 != stops[-1]["number"]):
                break
            stops.append(stop)
        return stops


def assert_quiet(page: OpenPage) -> None:
    """Nothing on the console, no request that failed or left the machine, no dialog."""
    assert (page.console, page.failures, page.dialogs) == ([], [], [])


def assert_layout(page: OpenPage, width: int, *, apart: str = "") -> None:
    """Nothing beside the page, nothing over something else, nothing cut without a hint.

    Args:
        page: The page.
        width: Its width in pixels.
        apart: A CSS selector of parts that may lie over others.
    """
    assert page.tab.evaluate("innerWidth") == width
    assert page.scroll_width() <= width, page.measure("beside")
    for name, words in (("beside", ()), ("overlaps", (apart,)), ("cut", ())):
        found: Sequence[str] = page.measure(name, *words)
        assert found == [], f"{name} at {width} px: " + "; ".join(found)


def assert_legible(page: OpenPage) -> None:
    """Letters have the contrast with what is behind them that WCAG 2 asks for, in light and dark."""
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        page.tab.emulate_media(color_scheme=scheme)
        faint = page.measure("faint", script="colours")
        assert faint == [], f"too little contrast in {scheme}: " + "; ".join(faint)


def assert_printable(page: OpenPage) -> None:
    """On paper everything is unfolded, fits, and keeps colours that mean something."""
    page.tab.emulate_media(media="print", color_scheme="light")
    for name in ("unprinted", "folded", "faint"):
        found = page.measure(name, script="colours")
        assert found == [], f"{name} on paper: " + "; ".join(found)
    page.tab.emulate_media(media="screen")


def assert_reached_by_keyboard(page: OpenPage) -> None:
    """Tab stops at every control, in the order of the page, and the control that has the focus is outlined."""
    controls = page.measure("controls")
    stops = page.tab_stops()
    reached = [each["number"] for each in stops if each["number"] >= 0]
    missing = [f"{number} {name}" for number, name in enumerate(controls) if number not in set(reached)]
    assert missing == [], f"{len(missing)} controls of {len(controls)} are not reached: {missing[:10]}"
    assert reached == sorted(reached), [each["name"] for each in stops]
    plain = [each["name"] for each in stops if not each["outlined"]]
    assert plain == [], f"no outline where the focus is: {plain[:10]}"
    assert page.measure("nameless") == []
