"""The list of items in a browser: filters, pages of the list, links, and the number that each cell names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from browser_help import DESK, WIDTHS, OpenPage, assert_layout, assert_legible, assert_reached_by_keyboard
from report_numbers import PageNumber
from timeline_help import content_of

from emos_io import Span
from emos_io.corpus import Clip, ConfidenceTier, Corpus, Decision, Monologue, Utterance
from emos_io.evaluation import Prediction, Predictions
from emos_io.report.comparison.content import ReportContent
from emos_io.report.comparison.page import render_report

pytestmark = pytest.mark.command

LAYER = "basic7"
NUM_CLIPS = 230
CLASSES = ("Anger", "Disgust", "Fear", "Joy", "Neutral", "Sadness", "Surprise")
TIERS: tuple[ConfidenceTier, ...] = ("high", "medium", "low")
HOSTILE = "</script><script>alert(1)</script>\u202e\"'&"


ALONE = "document.querySelectorAll('.skip, section:not(#items)').forEach((each) => each.remove())"
"""Leaves the list alone; other parts of the page have tests of their own."""


def label_of(number: int) -> str:
    return CLASSES[number % 7]


def answer_of(number: int) -> str:
    """A wrong answer for each third clip."""
    return label_of(number + (number % 3 == 0))


def clip(number: int) -> Clip:
    label = label_of(number)
    decision = Decision(
        item="", layer=LAYER, labels=(label,), scores={label: 1.0}, confidence_tier=TIERS[number % 3 - number % 2]
    )
    key = f"own/{number:03}" if number else f"own/{HOSTILE}"
    text = HOSTILE + "没有空格的文字" * 30 if number < 2 else f"text {number}"
    return Clip(
        key=key,
        source="own",
        language=("en", "zh")[number % 2],
        text=text,
        decisions={LAYER: decision},
        published_span=Span(0, 2),
    )


def talk(number: int) -> Monologue:
    labels = ("Joy", "Fear") if number else ("Anger", "Sadness")
    utterances = [
        Utterance(index=k, span=Span(10 * k, 10 * k + 10), labels={LAYER: (each,)}) for k, each in enumerate(labels)
    ]
    return Monologue(
        key=f"talks/{number}",
        name=str(number),
        title=f"Talk {number}",
        language=("en", "zh")[number],
        duration=Fraction(20),
        utterances=tuple(utterances),
    )


def run_of(corpus: Corpus, name: str) -> Predictions:
    rows = [
        Prediction(key=each.key, layer=LAYER, label=answer_of(number), confidence=number / NUM_CLIPS)
        for number, each in enumerate(corpus.clips)
    ]
    rows += [
        Prediction(key=each.key, layer=LAYER, span=Span(0, 15), label="Joy", available_at=Fraction(31, 2))
        for each in corpus.monologues
    ]
    return Predictions(tuple(rows), name=name)


@pytest.fixture(scope="module")
def content() -> ReportContent:
    corpus = Corpus([clip(number) for number in range(NUM_CLIPS)], [talk(0), talk(1)])
    runs = [run_of(corpus, name) for name in ("first.jsonl", HOSTILE)]
    found = content_of(corpus, runs, frames=False)
    # An address of one page, and the command of all others.
    return ReportContent(
        **{name: getattr(found, name) for name in found.__slots__ if name not in ("pages", "show")},
        pages={(LAYER, "own/228@0-2"): "report_pages/basic7/own_228.html"},
        show=("emos show ", " corpus --media 'my media'"),
    )


@pytest.fixture(scope="module")
def page(content: ReportContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("items") / "report.html"
    path.write_text(render_report(content, "emos report", version="").html, "utf-8")
    return path


Opener = Callable[..., OpenPage]


def rows(opened: OpenPage) -> list[list[str]]:
    """The texts of the cells of each row."""
    found: list[list[str]] = opened.tab.evaluate(
        """[...document.querySelectorAll("#item-rows tbody tr")].map(
             (row) => [...row.children].map((cell) => cell.innerText.trim()))"""
    )
    return found


def choose(opened: OpenPage, **of: str) -> None:
    """Choose values of filters by their text."""
    for name, text in of.items():
        opened.tab.select_option(f"#item-{name}", label=text)


def status(opened: OpenPage) -> str:
    return opened.tab.inner_text("#item-status")


def wrong() -> list[int]:
    """Clips that are wrong, the most confident first."""
    return [number for number in reversed(range(NUM_CLIPS)) if number % 3 == 0]


def test_the_worst_stand_first_and_pages_of_the_list_lead_to_the_rest(page: Path, open_page: Opener) -> None:
    opened = open_page(page, DESK, ready=True)
    choose(opened, run="A first.jsonl")
    assert status(opened).startswith(f"{NUM_CLIPS} of {2 * NUM_CLIPS} answers")
    assert [row[1].split("\n")[0] for row in rows(opened)[: len(wrong()) - 1]] == [f"own/{n:03}" for n in wrong()[:-1]]
    steps = []
    for step in ("next", "next", "next", "previous", "first", "last"):
        opened.tab.focus(f'.item-pager [data-step="{step}"]')
        opened.tab.keyboard.press("Enter")
        ordinals = [int(row[0]) for row in rows(opened)]
        steps.append((ordinals[0], ordinals[-1]))
    assert steps == [(101, 200), (201, 230), (201, 230), (101, 200), (1, 100), (201, 230)]


def test_each_filter_leaves_what_it_says(page: Path, open_page: Opener) -> None:
    opened = open_page(page, DESK, ready=True)
    numbers = range(NUM_CLIPS)
    cases: list[tuple[Mapping[str, str], Callable[[int], bool]]] = [
        ({"language": "zh"}, lambda n: n % 2 == 1),
        ({"tier": "low"}, lambda n: TIERS[n % 3 - n % 2] == "low"),
        ({"class": "Fear"}, lambda n: label_of(n) == "Fear"),
        ({"answer": "Joy"}, lambda n: answer_of(n) == "Joy"),
        ({"error": "wrong"}, lambda n: n % 3 == 0),
        ({"error": "right", "class": "Joy", "language": "en"}, lambda n: n % 3 != 0 and n % 7 == 3 and n % 2 == 0),
    ]
    for filters, passes in cases:
        opened.tab.click("#item-reset")
        choose(opened, run="A first.jsonl", **filters)
        expected = [n for n in numbers if passes(n)]
        assert 0 < len(expected) < NUM_CLIPS
        assert status(opened).startswith(f"{len(expected)} of {2 * NUM_CLIPS} answers"), filters
    opened.tab.click("#item-reset")
    opened.tab.fill("#item-search", "TEXT 17")
    found = {row[1].split("\n")[1] for row in rows(opened)}
    assert found == {f"text {n}" for n in (17, *range(170, 180))}
    choose(opened, error="missing")
    assert rows(opened) == [["No answer passes these filters."]]


def test_filters_hide_timelines_too(page: Path, open_page: Opener) -> None:
    opened = open_page(page, DESK, ready=True)

    def visible() -> list[str]:
        found: list[str] = opened.tab.evaluate(
            """[...document.querySelectorAll("#timelines [data-item-key]")]
                 .filter((each) => !each.hidden && each.getBoundingClientRect().height > 0)
                 .map((each) => each.dataset.itemKey)"""
        )
        return found

    assert visible() == ["talks/0", "talks/1"]
    choose(opened, language="zh")
    assert visible() == ["talks/1"]
    assert status(opened).endswith("1 of 2 timelines")
    opened.tab.click("#item-reset")
    choose(opened, **{"class": "Sadness"})
    assert visible() == ["talks/0"]
    choose(opened, tier="low")
    assert visible() == []
    opened.tab.click("#item-reset")
    assert visible() == ["talks/0", "talks/1"]


def test_items_of_no_language_and_of_any_key_are_found(tmp_path: Path, open_page: Opener) -> None:
    talks = [replace(talk(0), language="", key=f"talks/{HOSTILE}"), talk(1)]
    corpus = Corpus([], talks)
    found = content_of(corpus, [run_of(corpus, "first.jsonl")], frames=False)
    (tmp_path / "report.html").write_text(render_report(found, "emos report", version="").html, "utf-8")
    opened = open_page(tmp_path / "report.html", DESK, ready=True)
    assert status(opened) == "2 of 2 answers; 2 of 2 timelines"
    choose(opened, language="none")
    assert status(opened) == "1 of 2 answers; 1 of 2 timelines"
    hidden = opened.tab.evaluate(
        """[...document.querySelectorAll('#timelines [data-item-key]')].map((each) => each.hidden)"""
    )
    assert hidden == [False, True]
    opened.tab.click("#item-reset")
    assert status(opened) == "2 of 2 answers; 2 of 2 timelines"


def test_rows_of_monologues_lead_to_their_timelines(page: Path, open_page: Opener) -> None:
    opened = open_page(page, DESK, ready=True)
    choose(opened, table="basic7, monologues (2)", language="zh")
    opened.tab.click("#item-rows button >> nth=0")
    inside = """document.activeElement.closest("[data-item-key]")?.dataset.itemKey"""
    assert opened.tab.evaluate(inside) == "talks/1"
    assert opened.tab.evaluate("document.querySelector('[data-item-key=\"talks/1\"]').open")


def test_items_with_a_page_have_its_link_and_others_a_command(page: Path, open_page: Opener) -> None:
    opened = open_page(page, DESK, ready=True)
    opened.tab.fill("#item-search", "own/228")
    assert opened.tab.get_attribute("#item-rows a >> nth=0", "href") == "report_pages/basic7/own_228.html"
    opened.tab.fill("#item-search", "alert(1)")
    opened.tab.click("#item-rows summary >> nth=0")
    quoted = "'own/" + HOSTILE.replace("'", "'\"'\"'") + "@0-2'"
    code = opened.tab.locator("#item-rows code >> nth=0").text_content()
    assert code == f"emos show {quoted} corpus --media 'my media'"


def numbers(opened: OpenPage) -> list[PageNumber]:
    found: list[Any] = opened.tab.evaluate(
        """[...document.querySelectorAll("#item-rows [data-metric]")].map((each) => [each.dataset.metric, each.textContent])"""
    )
    return [PageNumber(*each) for each in found]


def test_each_number_is_that_of_the_predictions(page: Path, content: ReportContent, open_page: Opener) -> None:
    opened = open_page(page, DESK, ready=True)
    given = {(run.name, row.key): row for run in content.runs for row in run.predictions}
    of_clips = numbers(opened)
    assert len(of_clips) == 100
    for number in of_clips:
        assert (number.kind, number.of["layer"], number.of["field"]) == ("item", LAYER, "confidence")
        confidence = given[number.of["run"], number.of["key"]].confidence
        assert number.text == f"{confidence:.3f}"
    choose(opened, table="basic7, monologues (2)", run="A first.jsonl")
    texts = {(each.of["key"], each.of["field"], each.of.get("clock")): each.text for each in numbers(opened)}
    # Joy is said of 0 to 15 s, and available at 15.5 s. Of talk 0 all is wrong; of talk 1 the first 10 s are right.
    assert texts == {
        ("talks/0", "wrong_seconds", "content"): "20.000",
        ("talks/0", "wrong_seconds", "decision"): "20.000",
        ("talks/0", "labelled_seconds", None): "20.000",
        ("talks/0", "longest_start", "content"): "0.000",
        ("talks/0", "longest_end", "content"): "10.000",
        ("talks/1", "wrong_seconds", "content"): "10.000",
        ("talks/1", "wrong_seconds", "decision"): "20.000",
        ("talks/1", "labelled_seconds", None): "20.000",
        ("talks/1", "longest_start", "content"): "10.000",
        ("talks/1", "longest_end", "content"): "15.000",
    }


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_fits_and_is_used_by_keyboard(page: Path, open_page: Opener, width: int) -> None:
    opened = open_page(page, width, ready=True)
    opened.tab.evaluate(ALONE)
    opened.tab.fill("#item-search", "own/0")
    assert_layout(opened, width)
    choose(opened, table="basic7, monologues (2)")
    assert_layout(opened, width)
    assert_legible(opened)


def test_every_control_of_the_list_is_reached_by_keyboard(page: Path, open_page: Opener) -> None:
    opened = open_page(page, DESK, ready=True)
    opened.tab.evaluate(ALONE)
    assert_reached_by_keyboard(opened)
