"""A click and a key on a timeline move its video: to the frame that was on screen at that time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from browser_help import DESK, PHONE, OpenPage
from playwright.sync_api import Locator
from report_cases import made_report

pytestmark = pytest.mark.command

SEEK = 0.1
"""Seconds by which a seek may miss: frames of the made media last 1/25 s, and players stop at the start of one."""
NEXT_FRAME = """(video, state) => {
  state = window.lastFrame = { mediaTime: null };
  const watch = () => video.requestVideoFrameCallback((_, frame) => { state.mediaTime = frame.mediaTime; watch(); });
  watch();
}"""
"""Notes the time of each frame that the browser displays, as the file has it."""


ON_A_PHONE = pytest.mark.parametrize("player", [PHONE], indirect=True)


class Player(NamedTuple):
    """The timeline of a monologue and its video."""

    page: OpenPage
    axis: Locator
    video: Locator
    duration: float

    def wait(self, time: float) -> None:
        """Wait until the video is at a time, and has displayed the frame of that time."""
        self.page.tab.wait_for_function(
            """([time, most]) => {
              const video = document.querySelector("details[open] video");
              const frame = window.lastFrame.mediaTime;
              return !video.seeking && Math.abs(video.currentTime - time) <= most && Math.abs(frame - time) <= most;
            }""",
            arg=[time, SEEK],
            timeout=10_000,
        )

    def click(self, share: float) -> float:
        """Click on the timeline at a share of its width, and return the time that is there."""
        box = self.axis.bounding_box()
        assert box is not None
        x = round(box["x"] + share * box["width"])
        self.page.tab.mouse.click(x, box["y"] + 8)
        return (x - box["x"]) / box["width"] * self.duration


@pytest.fixture(params=[PHONE, DESK])
def player(open_page: Callable[..., OpenPage], request: pytest.FixtureRequest) -> Iterator[Player]:
    page = open_page(made_report().page, request.param, ready=True)
    details = page.tab.locator("details.timeline").first
    axis = details.get_by_role("slider")
    axis.scroll_into_view_if_needed()
    video = details.locator("video")
    video.evaluate(NEXT_FRAME)
    page.tab.wait_for_function("() => document.querySelector('details[open] video').readyState >= 2")
    yield Player(page, axis, video, float(axis.get_attribute("aria-valuemax") or 0))


def test_a_click_moves_the_video(player: Player) -> None:
    assert player.duration == 12.5
    for share in (0.5, 0.1, 0.93):
        player.wait(player.click(share))


def test_keys_move_the_video(player: Player) -> None:
    player.axis.focus()
    for key, time in [
        ("ArrowRight", 1), ("ArrowUp", 2), ("Shift+ArrowRight", 2.1), ("PageUp", 12.1), ("ArrowLeft", 11.1),
        ("PageDown", 1.1), ("Home", 0), ("End", 12.5),
    ]:  # fmt: skip
        player.page.tab.keyboard.press(key)
        assert float(player.axis.get_attribute("aria-valuenow") or -1) == pytest.approx(time)
        if key != "End":
            player.wait(time)
    # Behind the last frame there is none: it stays on screen.
    player.page.tab.wait_for_function(f"() => window.lastFrame.mediaTime >= 12.5 - {SEEK}")


@ON_A_PHONE
def test_the_head_follows_the_video(player: Player) -> None:
    player.video.evaluate("(video) => { video.currentTime = 5; }")
    player.wait(5)
    left, width = (
        player.axis.evaluate(f"(axis) => axis.{name}")
        for name in ("querySelector('.timeline-head').offsetLeft", "clientWidth")
    )
    assert left / width * player.duration == pytest.approx(5, abs=SEEK)
    assert float(player.axis.get_attribute("aria-valuenow") or -1) == pytest.approx(5, abs=SEEK)


@ON_A_PHONE
def test_a_key_plays_and_stops(player: Player) -> None:
    player.axis.focus()
    for is_paused in ("false", "true"):
        player.page.tab.keyboard.press("Enter")
        player.page.tab.wait_for_function(f"() => document.querySelector('details[open] video').paused === {is_paused}")


@ON_A_PHONE
def test_buttons_go_to_turning_points(player: Player) -> None:
    # Joy to Anger at 5 s; the label of before holds where there is none.
    player.page.tab.get_by_role("button", name="To the next turning point").first.press("Enter")
    player.wait(5)


# Where a second has as many pixels as it can get, the button is off: 12.5 s on a wide screen.
@ON_A_PHONE
def test_a_zoomed_timeline_moves_the_video_too(player: Player) -> None:
    player.axis.focus()
    player.page.tab.keyboard.press("PageUp")
    player.page.tab.get_by_role("button", name="Zoom in").first.press("Enter")
    box = player.axis.bounding_box()
    around = player.page.tab.locator(".timeline-scroll").first.bounding_box()
    assert box is not None and around is not None and box["width"] == pytest.approx(2 * around["width"], rel=0.02)
    # The middle of what is in view.
    x = around["x"] + around["width"] / 2
    player.page.tab.mouse.click(x, box["y"] + 8)
    player.wait((x - box["x"]) / box["width"] * player.duration)
