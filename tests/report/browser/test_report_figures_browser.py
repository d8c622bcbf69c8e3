"""Figures of a report in a headless Chromium: nothing over something else at any width, all in the dark and on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser_help import DESK, PHONE, OpenPage, assert_layout, assert_legible, assert_printable
from figure_contents import content_of, made_corpus, predicted

from emos_io.report.comparison import TrainingRun, render_report

pytestmark = pytest.mark.command

LONG = "a/folder/of/runs/<script>alert(1)</script>_with_a_name_without_spaces_" + "W" * 80 + ".jsonl"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two runs, one with a long name, and of two trainings."""
    folder = tmp_path_factory.mktemp("report")
    trained = folder / "run"
    for seed in range(3):
        (trained / f"seed-{seed}").mkdir(parents=True)
        steps = [f"train,{step // 5},{step},{3 / (step + 1) + seed / 9},8,0.1,1.0,," for step in range(20)]
        after = [f"validation,{epoch},{5 * epoch + 5},{1.5 - epoch / 9},40,,,{epoch / 9},0.5" for epoch in range(4)]
        head = "phase,epoch,step,loss,counted,learning_rate,gradient_norm,macro_f1,accuracy"
        (trained / f"seed-{seed}" / "log.csv").write_text("\n".join([head, *steps, *after]) + "\n")
    (trained / "run.json").write_text("{}")
    corpus = made_corpus(20)
    runs = (
        predicted(corpus, "first.jsonl", 3, streams=False),
        predicted(corpus, LONG, 2, {"ablate": "video"}, streams=False),
    )
    content = content_of(corpus, *runs, training=[TrainingRun(name="trained " + "x" * 90, folder=trained)])
    page = folder / "report.html"
    page.write_text(render_report(content, "emos report", "0").html, "utf-8")
    return page


def opened(page: OpenPage) -> OpenPage:
    """The page with its figures alone, their numbers unfolded."""
    page.tab.evaluate(
        "const figures = document.querySelector('#figures'); document.body.replaceChildren(figures);"
        "for (const each of figures.querySelectorAll('details')) each.open = true"
    )
    assert page.tab.locator("svg.drawing").count() > 10
    return page


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_figures_fit_unscaled(report: Path, open_page: Callable[..., OpenPage], width: int) -> None:
    page = opened(open_page(report, width, ready=True))
    assert_layout(page, width)
    sizes = page.tab.evaluate(
        "[...document.querySelectorAll('svg.drawing')].map("
        "(svg) => [svg.getBoundingClientRect().width, svg.viewBox.baseVal.width])"
    )
    # Else letters would be smaller than anybody can read.
    assert all(drawn == pytest.approx(own) for drawn, own in sizes)


def test_figures_are_legible_in_the_dark_and_on_paper(report: Path, open_page: Callable[..., OpenPage]) -> None:
    page = opened(open_page(report, DESK, ready=True))
    assert_legible(page)
    fill = "getComputedStyle(document.querySelector('svg.drawing rect.bar')).fill"
    page.tab.emulate_media(color_scheme="dark")
    dark = page.tab.evaluate(fill)
    page.tab.emulate_media(color_scheme="light")
    assert dark != page.tab.evaluate(fill) == "rgb(31, 95, 174)"
    assert_printable(page)
