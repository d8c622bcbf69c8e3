"""``emos report --pages``: pages of the worst items beside a report, and the command of all others."""

from __future__ import annotations

import json
import re
import shlex
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from run_emos import emos_here

from emos_io import Span
from emos_io.corpus import Corpus, Monologue, Utterance
from emos_io.evaluation import Prediction, write_predictions
from emos_io.plan import WindowKey
from emos_io.report import is_page_of
from emos_io.testing import tiny_corpus

PAGES = 5


class Made(NamedTuple):
    """A report, the folder that it lies in, its corpus, media and predictions."""

    folder: Path
    corpus: Path
    media: Path
    predictions: Path


def long_monologue() -> Monologue:
    """40 s without media, of which the longest part with one label is from 12 to 24 s."""
    parts = [((0, 10), "Joy"), ((12, 24), "Fear"), ((24, 34), "Joy")]
    utterances = [
        Utterance(index=n, span=Span(*span), labels={"basic7": (label,)}) for n, (span, label) in enumerate(parts)
    ]
    return Monologue(
        key="own/long", name="long", title="Long", language="en", duration=Fraction(40), utterances=tuple(utterances)
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A report of predictions that say Disgust of everything, which is always wrong."""
    folder = tmp_path_factory.mktemp("pages")
    corpus, media, predictions = folder / "corpus", folder / "media", folder / "one.jsonl"
    given = tiny_corpus(media)
    tiny = Corpus([*given.clips], [*given.monologues, long_monologue()])
    tiny.save(corpus)
    rows = [Prediction(key=clip.key, layer="basic7", label="Disgust", confidence=0.5) for clip in tiny.clips]
    rows += [
        Prediction(key=each.key, layer="basic7", span=Span(0, each.duration), label="Disgust")
        for each in tiny.monologues
    ]
    rows += [Prediction(key=clip.key, layer="goemotions", labels=("grief",)) for clip in tiny.clips]
    write_predictions(predictions, rows, header={"form": "segments"})
    done = run(Made(folder, corpus, media, predictions), "--pages", PAGES, "--out", "report.html")
    assert done.returncode == 0, done.stderr
    return Made(folder, corpus, media, predictions)


def run(made: Made, *words: object) -> Any:
    options = ["--corpus", "corpus", "--media", "media", "--draws", "10", "--by", "none", "--no-frames"]
    return emos_here("report", made.predictions.name, *options, *map(str, words), cwd=made.folder)


def data_of(page: Path) -> Any:
    found = re.search(r'<script type="application/json" id="items-data">(.*?)</script>', page.read_text("utf-8"))
    assert found is not None
    return json.loads(found.group(1))


def windows_of(data: Any) -> dict[tuple[str, str], str | None]:
    """The address of the page of each window, by layer and key; None where there is only a command."""
    found = {}
    for table in data["tables"]:
        for number, index in enumerate(table["items"]):
            key = data["items"]["keys"][index]
            (of,) = table["runs"]
            start, end = of["windows"][str(number)] if table["kind"] == "streams" else ("0", table["ends"][number])
            found[table["layer"], f"{key}@{start}-{end}"] = of["pages"].get(str(number))
    return found


def links(page: Path) -> dict[str, str]:
    text = page.read_text("utf-8")
    return {rel: unescape(href) for rel, href in re.findall(r'<a rel="(prev|next)" href="([^"]+)"', text)}


def test_each_address_is_the_page_of_its_window(made: Made) -> None:
    windows = windows_of(data_of(made.folder / "report.html"))
    pages = {each: href for each, href in windows.items() if href is not None}
    assert len(pages) == PAGES
    for (layer, key), href in pages.items():
        path = made.folder / unquote(href)
        assert is_page_of(path, key)
        assert path.parent == made.folder / "report_pages" / layer


def test_pages_of_monologues_have_the_windows_before_and_after_and_clips_say_that_there_is_none(made: Made) -> None:
    windows = windows_of(data_of(made.folder / "report.html"))
    pages = {key: made.folder / unquote(href) for (_, key), href in windows.items() if href is not None}
    stream = pages["own/long@12-24"]
    found = links(stream)
    for rel, back, key in (("prev", "next", "own/long@0-12"), ("next", "prev", "own/long@24-36")):
        other = stream.parent / unquote(found[rel])
        assert is_page_of(other, key)
        assert unquote(links(other)[back]) == stream.name
    clips = [path for key, path in pages.items() if not key.startswith(("own/", "tiny/monologue"))]
    assert clips
    for path in clips:
        text = path.read_text("utf-8")
        assert links(path) == {}
        assert "no window before it" in text
        assert "no window after it" in text


def test_the_command_of_an_item_without_a_page_writes_its_page(made: Made, tmp_path: Path) -> None:
    data = data_of(made.folder / "report.html")
    without = [each for each, href in windows_of(data).items() if href is None]
    assert without
    for number, (layer, key) in enumerate(without):
        table = next(each for each in data["tables"] if each["layer"] == layer)
        before, after = table["show"]
        words = shlex.split(f"{before}{shlex.quote(key)}{after}")
        out = tmp_path / f"{number}.html"
        done = emos_here(*words[1:], "--around", "0", "--out", out, cwd=made.folder)
        assert (words[0], done.returncode) == ("emos", 0), done.stderr
        assert is_page_of(out, key)
        assert f"{layer}, " in out.read_text("utf-8")


def test_no_pages_are_written_unless_asked(made: Made) -> None:
    assert run(made, "--out", "plain.html").returncode == 0
    assert not (made.folder / "plain_pages").exists()
    assert set(windows_of(data_of(made.folder / "plain.html")).values()) == {None}


def test_a_page_that_cannot_be_made_has_no_link(made: Made) -> None:
    key = str(WindowKey("tiny/monologue-en", Span(0, 10)))
    folder = made.folder / "blocked_pages" / "basic7"
    folder.mkdir(parents=True)
    windows = windows_of(data_of(made.folder / "report.html"))
    href = windows["basic7", key]
    assert href is not None
    (folder / Path(unquote(href)).name).write_text("not a page")
    done = run(made, "--pages", PAGES, "--out", "blocked.html")
    assert done.returncode == 0
    assert f"the page of {key} is left out" in done.stderr
    assert windows_of(data_of(made.folder / "blocked.html"))["basic7", key] is None
    assert (folder / Path(unquote(href)).name).read_text() == "not a page"
