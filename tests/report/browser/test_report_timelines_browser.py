"""Timelines in a browser without media that it plays: buttons, hostile texts, and that everything fits, enlarged too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from browser_help import (
    DESK,
    PHONE,
    WIDTHS,
    OpenPage,
    assert_layout,
    assert_legible,
    assert_printable,
    assert_reached_by_keyboard,
)
from timeline_help import content_of, copy_of

from emos_io import Span
from emos_io.corpus import Corpus, Monologue, Sentence, Utterance, Vote
from emos_io.errors import printable
from emos_io.evaluation import Prediction, Predictions
from emos_io.report.comparison.timelines import timelines_section
from emos_io.report.render import _environment, asset

pytestmark = pytest.mark.command

CLOSE = 0.1
"""Seconds between where a click points and where the media are."""
SECONDS = 30
HOSTILE = '</script><script>alert("x")</script>\u202e"\'>' + "long " * 50
BODY = '{% from "comparison/timelines.html" import draw_timelines %}{{ draw_timelines(section) }}'
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>x</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>
<body><h1>Timelines</h1>{body}<script>{script}</script></body></html>"""
"""A page with timelines alone: other parts of a report have tests of their own."""


def talk(name: str, *, title: str = "A talk") -> Monologue:
    """Half a minute: labels of 3 s with a gap after each third, sentences, and the votes of two raters."""
    labels = ("Joy", "Sadness", "Sadness", "Anger", "Neutral", "Surprise", "Fear")
    spans = [Span(4 * n, 4 * n + (3 if n % 3 == 2 else 4)) for n in range(len(labels))]
    utterances = [
        Utterance(index=n, span=span, labels={"basic7": (label,), "goemotions": ("joy", "grief")[: 1 + n % 2]})
        for n, (span, label) in enumerate(zip(spans, labels, strict=True))
    ]
    sentences = [
        Sentence(index=n + 1, span=Span(3 * n, 3 * n + 2), text=f"{n} 你承受不起这个真相！ {HOSTILE}") for n in range(9)
    ]
    votes = [
        Vote(item=f"s/{name}", layer="basic7", rater=rater, labels=(label,), span=span)
        for rater in ("one", HOSTILE)
        for span, label in zip(spans, labels, strict=True)
    ]
    return Monologue(
        key=f"s/{name}",
        name=name,
        title=title,
        language="zh",
        duration=Fraction(SECONDS),
        sentences=tuple(sentences),
        utterances=tuple(replace(each, intensity=1 + each.index % 5) for each in utterances),
        votes=tuple(votes),
    )


def windows(item: Monologue) -> Predictions:
    """Decisions of 1 s, each available half a second later, some of them invalid."""
    rows = [
        Prediction(
            key=item.key,
            layer="basic7",
            span=Span(n, n + 1),
            label=None if n % 11 == 5 else ("Joy", "Sadness", "Anger")[n // 5 % 3],
            error="no label in the answer" if n % 11 == 5 else "",
            confidence=n / SECONDS,
            available_at=Fraction(2 * n + 3, 2),
            line=n + 1,
        )
        for n in range(SECONDS)
    ]
    return Predictions(tuple(rows), name=HOSTILE)


def page_of(folder: Path, *items: Monologue, media: Path | None = None) -> Path:
    """A page of timelines alone; all items have one file of media."""
    runs = [copy_of(items[0], Fraction(2)), windows(items[0])]
    files = {} if media is None else {item.key: media for item in items}
    section = timelines_section(content_of(Corpus([], items), runs, media=files, out=folder / "report.html"))
    body = _environment().from_string(BODY).render(section=section)
    style = asset("page.css") + asset("comparison/report.css") + asset("comparison/timelines.css")
    path = folder / "report.html"
    parts = {
        "{style}": style,
        "{body}": body,
        "{script}": asset("comparison/report.js") + asset("comparison/timelines.js"),
    }
    html = PAGE
    for name, text in parts.items():
        html = html.replace(name, text)
    path.write_text(html, "utf-8")
    return path


def head_time(page: OpenPage) -> float:
    """Where the head is on the axis, in seconds."""
    boxes = "(all) => { const [axis, head] = all.map((each) => each.getBoundingClientRect());"
    share = page.tab.locator(".timeline-axis, .timeline-head").evaluate_all(
        f"{boxes} return (head.left + head.width / 2 - axis.left) / axis.width; }}"
    )
    return float(share) * SECONDS


def test_buttons_go_from_turning_point_to_turning_point_and_enlarge(
    open_page: Callable[..., OpenPage], tmp_path: Path
) -> None:
    page = open_page(page_of(tmp_path, talk("a")), PHONE)
    axis = page.tab.locator(".timeline-axis")
    times = []
    for name in ("after", "after", "after", "before"):
        page.tab.locator(f"[data-do={name}]").press("Enter")
        times.append(float(axis.get_attribute("aria-valuenow") or "nan"))
    # Sadness follows Joy at 4 and stays at 8; Anger comes at 12, Neutral at 16.
    assert times == [4, 12, 16, 12]
    plain = axis.bounding_box()
    for name in ("in", "in", "out"):
        page.tab.locator(f"[data-do={name}]").press("Enter")
    large = axis.bounding_box()
    assert plain is not None
    assert large is not None
    assert axis.get_attribute("aria-valuetext") == "12 s, basic7: Anger, goemotions: joy + grief, intensity: 4"
    assert large["width"] == pytest.approx(2 * plain["width"], abs=1)
    assert page.tab.evaluate("document.querySelector('.timeline-scroll').scrollLeft") > 0
    assert head_time(page) == pytest.approx(12, abs=CLOSE)
    page.tab.locator("[data-do=fit]").press("Enter")
    assert axis.bounding_box() == plain
    assert page.tab.locator("[data-do=out]").get_attribute("aria-disabled") == "true"


@pytest.mark.parametrize("width", WIDTHS)
def test_hostile_texts_are_drawn_and_everything_fits(
    open_page: Callable[..., OpenPage], tmp_path: Path, width: int
) -> None:
    page = open_page(page_of(tmp_path, talk("a", title=HOSTILE), talk("b")), width)
    assert_layout(page, width)
    assert_reached_by_keyboard(page)
    assert page.tab.locator("details.timeline[open]").count() == 1
    page.tab.locator("summary").nth(1).press("Enter")
    page.tab.locator("#timeline-2 .timeline-axis").wait_for()
    for _ in range(2):
        page.tab.locator("#timeline-2 [data-do=in]").press("Enter")
    assert_layout(page, width)
    assert printable(HOSTILE) in (page.tab.locator(".segment.spoken").first.text_content() or "")


def test_colours_are_legible_and_survive_on_paper(open_page: Callable[..., OpenPage], tmp_path: Path) -> None:
    page = open_page(page_of(tmp_path, talk("a")), DESK)
    assert_legible(page)
    assert_printable(page)


def test_media_that_cannot_be_played_are_named(
    open_page: Callable[..., OpenPage], made_media: Path, tmp_path: Path
) -> None:
    """A browser that cannot play a file says so, and the head moves all the same."""
    media = made_media / "interlaced_bff_mpeg2_sar8_9.mpg"
    page = open_page(page_of(tmp_path, talk("a"), media=media), PHONE, quiet=False)
    page.tab.locator(".timeline-unplayable").wait_for()
    page.tab.locator(".timeline-axis").press("End")
    assert head_time(page) == pytest.approx(SECONDS, abs=CLOSE)


def test_media_that_begin_late_play_what_the_timeline_has_there(
    open_page: Callable[..., OpenPage], tmp_path: Path, made_media: Path
) -> None:
    # Its frames have times from 2 s of the file, which is 0 of the media; Chromium keeps the times of the file.
    page = open_page(page_of(tmp_path, talk("a"), media=made_media / "frag_cmaf_video_starting_at_2s.mp4"), DESK)
    page.tab.wait_for_function("() => document.querySelector('video').readyState >= 2")
    assert head_time(page) == pytest.approx(0, abs=CLOSE)
    page.tab.locator(".timeline-axis").first.press("ArrowRight")
    page.tab.wait_for_function(f"() => Math.abs(document.querySelector('video').currentTime - 3) <= {CLOSE}")
    assert head_time(page) == pytest.approx(1, abs=CLOSE)
