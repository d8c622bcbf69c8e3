"""Links to the windows before and after: they lead to pages that are there, and none to one that is not."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from show_help import Page, clip, film, refused, run, saved, show_window

from oracle import clips

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return saved(tmp_path / "corpus", film(path=clips.counting_clip(seconds=10, rate=8_000)), clip("b"))


def links(path: Path) -> dict[str, Path]:
    """The pages before and after a page, by ``prev`` and ``next``; each is there."""
    page = Page(path.read_text("utf-8"))
    found = {}
    for each in page.root.one("nav").find("a"):
        name = os.fsdecode(unquote_to_bytes(each.attributes["href"]))
        assert "/" not in name
        found[each.attributes["rel"]] = path.parent / name
    for linked in found.values():
        assert linked.is_file()
    return found


def key(path: Path) -> str:
    """The key of the window of a page."""
    return Page(path.read_text("utf-8")).root.one("h1").text


def walk(path: Path, way: str) -> list[str]:
    """The keys of the pages that follow a page one way."""
    keys = []
    while (following := links(path).get(way)) is not None:
        path = following
        keys.append(key(path).rsplit("@", 1)[1])
    return keys


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        (["a@4-6"], ["2-4"], ["6-8"]),
        (["a@4-6", "--around", "2"], ["2-4", "0-2"], ["6-8", "8-10"]),
        (["a@4-6", "--around", "9", "--context", "1"], ["2-4", "0-2"], ["6-8", "8-10"]),
        (["a@4-6", "--around", "2", "--hop", "1/2"], ["7/2-11/2", "3-5"], ["9/2-13/2", "5-7"]),
        (["a@0-4"], [], ["4-8"]),
        (["a@4-8", "--around", "5"], ["0-4"], ["8-12"]),
        (["a@1-3"], [], ["3-5"]),
        (["a@6-10"], ["2-6"], []),
        (["a@0-10"], [], []),
        (["a@0-3", "--by", "utterance"], [], ["4-9"]),
        (["a@4-9", "--by", "utterance"], ["0-3"], []),
        (["a@3-5", "--by", "sentence", "--around", "3"], ["0-2"], ["6-8"]),
        (["c/b@0-3"], [], []),
        (["a@4-6", "--around", "0"], [], []),
    ],
)
def test_pages_lead_to_those_before_and_after(
    corpus: Path, capsys: pytest.CaptureFixture[str], words: list[str], before: list[str], after: list[str]
) -> None:
    result, _ = show_window(capsys, *words, corpus)
    path = Path(result["out"])
    assert (walk(path, "prev"), walk(path, "next")) == (before, after)
    assert len(list(Path().iterdir())) == 1 + len(before) + len(after)
    for each in Path().iterdir():
        for way, back in (("prev", "next"), ("next", "prev")):
            if way in links(each):
                assert links(links(each)[way])[back] == each


def test_a_page_at_an_end_says_so_and_one_without_its_neighbour_has_the_command(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, page = show_window(capsys, "a@0-2", corpus, "--around", 0, "--fps", 2)
    texts = [each.text for each in page.root.one("nav").find("span")]
    assert texts == ["no window before it", "after: 2 to 4 s, no page yet"]
    again = page.section("Again").find("pre")
    assert [each.text.split()[2] for each in again] == ["s/a@0-2", "s/a@2-4"]
    assert run(*shlex.split(again[1].text)[2:]) == 0
    # Now both have a link to the other, once the first is written again.
    assert show_window(capsys, "a@0-2", corpus, "--around", 0)[1].root.one("nav").find("a") != []
    assert walk(Path("s_a@2-4.html"), "prev") == ["0-2"]


def test_pages_of_an_earlier_call_are_linked(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for window in ("a@0-2", "a@4-6", "a@8-10"):
        assert run(window, corpus) == 0
    assert walk(Path("s_a@0-2.html"), "next") == ["2-4", "4-6", "6-8", "8-10"]


def test_neighbours_lie_beside_the_page_that_out_names(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("pages").mkdir()
    out = Path("pages") / "é 100% #1?.html"
    result, _ = show_window(capsys, "a@4-6", corpus, "--out", out)
    assert result["out"] == str(out)
    assert (walk(out, "prev"), walk(out, "next")) == (["2-4"], ["6-8"])
    assert links(Path("pages/s_a@2-4.html"))["next"] == out
    command = Page(Path("pages/s_a@2-4.html").read_text("utf-8")).section("Again").find("pre")[0].text
    assert shlex.split(command) == ["emos", "show", "s/a@2-4", str(corpus), "--out", "pages/s_a@2-4.html"]
    assert [each for each in Path().iterdir() if each.is_file()] == []


def test_no_other_file_is_written_over_or_linked(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("s_a@2-4.html").write_text("notes")
    assert run("a@4-6", corpus) == 0
    assert "the page of s/a@2-4 is left out, since another file has its name: s_a@2-4.html" in capsys.readouterr().err
    assert Path("s_a@2-4.html").read_text() == "notes"
    assert (walk(Path("s_a@4-6.html"), "prev"), walk(Path("s_a@4-6.html"), "next")) == ([], ["6-8"])
    # The page that is asked for has the name of its neighbour.
    assert run("a@4-6", corpus, "--out", "s_a@6-8.html") == 0
    assert key(Path("s_a@6-8.html")) == "s/a@4-6"
    assert links(Path("s_a@6-8.html")) == {}


def test_a_neighbour_that_cannot_be_read_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.counting_clip(seconds=10, rate=8_000)
    corpus = saved(tmp_path / "long", film(text=("One.", "Two."), path=path))
    Path("s_a@4-6.html").mkdir()
    assert run("a@2-4", corpus) == 0
    assert "the page of s/a@4-6 is left out" in capsys.readouterr().err
    assert walk(Path("s_a@2-4.html"), "next") == []
    assert walk(Path("s_a@2-4.html"), "prev") == ["0-2"]


def test_a_media_file_alone_has_neighbours(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("x@2-4", clips.counting_clip(seconds=5, rate=8_000), "--around", 3) == 0
    assert (walk(Path("x@2-4.html"), "prev"), walk(Path("x@2-4.html"), "next")) == (["0-2"], ["4-6"])


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--around", "-1"], "-1 is not in the range 0<=x<=100"),
        (["--around", "many"], "'many' is not a valid integer"),
        (["--hop", "0"], "hop must be above 0"),
        (["--hop", "1", "--by", "utterance"], 'hop must be None with by="utterance", got 1'),
    ],
)
def test_wrong_steps_are_refused(corpus: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str) -> None:
    code, line = refused(capsys, "a@2-4", corpus, *words)
    assert (code, text in line) == (2, True), line
    assert list(Path().iterdir()) == []


def test_a_page_without_media_has_links_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = saved(tmp_path / "corpus", film())
    assert run("a@4-6", corpus) == 0
    assert (walk(Path("s_a@4-6.html"), "prev"), walk(Path("s_a@4-6.html"), "next")) == (["2-4"], ["6-8"])
