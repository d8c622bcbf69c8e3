"""Keys, file names, and the errors of wrong use."""

from __future__ import annotations

from pathlib import Path

import pytest
from show_help import clip, film, refused, run, saved, show_window

from emos_io.corpus import Clip
from emos_io.errors import quoted
from oracle import clips

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return saved(tmp_path / "corpus", film(), clip("b"))


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["a@10-12"], "window [10, 12) of 's/a' lies outside of the item, which lasts from 0 to 10; give times inside"),
        (["a@-3-0"], "window [-3, 0) of 's/a' lies outside of the item, which lasts from 0 to 10; give times inside"),
        (["nobody@0-4"], "there is no item 'nobody' among 2; give one of them, such as 's/a', 'c/b'"),
        (
            ["a@0-4", "--by", "clip"],
            'by must be "utterance", "sentence" or "change" for \'s/a\', a monologue, got "clip"; leave it out for a hop',
        ),
        (
            ["c/b@0-3", "--by", "sentence"],
            'by must be "clip" for \'c/b\', a static clip, got "sentence"; leave it out',
        ),
        (["a", "--fps", "3"], "--fps must come with a window, got the item 'a'; leave it out, or write item@start-end"),
        (["nobody"], "there is no item 'nobody' among 2; give one of them, such as 's/a', 'c/b'"),
        (
            ["a@4"],
            "key must be item@start-end in seconds, got 'a@4'; write it as 'streaming/Any Given Sunday@25/2-33/2'",
        ),
        (
            ["a@1-x"],
            "key must be item@start-end in seconds, got 'a@1-x'; write it as 'streaming/Any Given Sunday@25/2-33/2'",
        ),
        (
            ["a@1/0-2"],
            "the start of the key must be a finite number, got '1/0'; give an int, a float, a Fraction or a str such as "
            "'1.25' or '1001/30000'",
        ),
        (["a@4-4"], "span must end after its start, got [4, 4); give a later end, or swap the two"),
        (["a@4-2"], "span must end after its start, got [4, 2); give a later end, or swap the two"),
        (
            ["a@0-4", "--labels", "valence"],
            "labels must be a layer of the items, basic7 or goemotions, got 'valence'; give one of these, or None",
        ),
        (
            ["a@0-4", "--context", "-1"],
            "context must be 0 or more, got '-1'; give the seconds decoded before the label span",
        ),
        (
            ["a@0-4", "--collar", "x"],
            "collar must be a finite number, got 'x'; give an int, a float, a Fraction or a str such as "
            "'1.25' or '1001/30000'",
        ),
        (["a@0-4", "--size", "224"], "--size must be height,width in pixels, got 224; write it as 224,224"),
        (
            ["a@0-4", "--label-at", "middle"],
            "Invalid value for '--label-at': 'middle' is not one of 'end', 'majority', 'overlap'.",
        ),
    ],
)
def test_wrong_use_is_one_line_and_two(
    corpus: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str
) -> None:
    assert refused(capsys, *words, corpus) == (2, f"emos: {text}\n")
    assert list(Path().iterdir()) == []


def test_a_key_outside_of_a_file_names_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.counting_clip(seconds=10, rate=8_000)
    code, line = refused(capsys, "x@12-14", path)
    assert code == 2
    assert f"lies outside of the media, which last from 0 to 10; give times inside: {quoted(path)}" in line
    assert refused(capsys, "x@0-4", path, "--fps", "0")[0] == 2
    code, line = refused(capsys, "x@0-4", path, "--by", "utterance")
    assert (code, 'by must be left out for a media file alone, got "utterance"; give a corpus' in line) == (2, True)


def test_what_cannot_be_read_is_three(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = tmp_path / "nothing.mp4"
    assert refused(capsys, "x@0-4", nothing) == (
        3,
        f"emos: there is no such file or folder; give a corpus or a media file: {quoted(nothing)}\n",
    )
    nothing.write_bytes(b"no media" * 100)
    assert refused(capsys, "x@0-4", nothing)[0] == 3
    assert refused(capsys, "a@0-4", corpus, "--media", tmp_path / "absent")[0] == 3
    assert refused(capsys, "a@0-4", corpus, "--out", tmp_path / "absent" / "page.html")[0] == 3


def test_media_without_a_corpus_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.counting_clip(seconds=10, rate=8_000)
    code, line = refused(capsys, "x@0-4", path, "--media", tmp_path)
    assert (code, "--media must come with a corpus, got media files alone" in line) == (2, True)


def test_an_item_in_two_sources_is_refused(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, line = refused(capsys, "a@0-4", corpus, corpus)
    assert (code, "item must be in one source, got 'a' in 2" in line) == (2, True)


def test_of_several_files_the_one_that_is_named_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (clips.counting_clip(seconds=seconds, rate=8_000) for seconds in (10, 5))
    result, _ = show_window(capsys, f"{second.name}@0-2", first, second)
    assert result["path"] == str(second)
    code, line = refused(capsys, "x@0-2", first, second)
    assert (code, f"such as {first.name!r}" in line) == (2, True)


def test_media_of_a_release_are_found_in_their_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.counting_clip(seconds=10, rate=8_000)
    media = tmp_path / "media"
    (media / "meld").mkdir(parents=True)
    (media / "meld" / "b.mp4").symlink_to(path)
    corpus = saved(
        tmp_path / "clips",
        Clip(key="meld/b", source="meld", language="en", text="Hello.", decisions=clip("b").decisions),
    )
    result, _ = show_window(capsys, "meld/b@0-2", corpus, "--media", media)
    assert (result["path"], result["frames"]) == (str(media / "meld" / "b.mp4"), 8)


def test_media_that_could_be_two_files_are_not_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder / "meld").mkdir(parents=True)
        (tmp_path / folder / "meld" / "b.mp4").write_bytes(b"")
    corpus = saved(
        tmp_path / "clips",
        Clip(key="meld/b", source="meld", language="en", text="Hello.", decisions=clip("b").decisions),
    )
    assert run("meld/b@0-2", corpus, "--media", tmp_path) == 0
    assert "2 files could be meld/b" in capsys.readouterr().err


def test_the_page_gets_a_name_from_its_key_in_this_folder(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("s/a@1/2-4", corpus) == 0
    assert capsys.readouterr() == ("s_a@1_2-4.html\n", "with links to s_a@4-15_2.html\n")
    assert sorted(each.name for each in Path().iterdir()) == ["s_a@1_2-4.html", "s_a@4-15_2.html"]
    assert run("s/a@1-4", corpus, "--around", 0) == 0
    assert capsys.readouterr() == ("s_a@1-4.html\n", "")
    assert len(list(Path().iterdir())) == 3


@pytest.mark.parametrize("name", ["../../up", "/etc/passwd", ".hidden", "-rf", "字" * 200, "a\nb", "con\\c:d"])
def test_no_key_leaves_the_folder(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = saved(tmp_path / "corpus", film(name))
    result, _ = show_window(capsys, f"s/{name}@0-4", corpus)
    pages = [each.name for each in Path().iterdir()]
    assert len(pages) == 2 and result["out"] in pages
    assert all(len(page.encode()) <= 185 and page[0] not in ".-" for page in pages)


def test_only_the_page_of_the_same_window_is_written_over(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = show_window(capsys, "a@1/2-4", corpus)
    second, _ = show_window(capsys, "a@1/2-4", corpus, "--label-at", "overlap")
    assert first["out"] == second["out"]
    page = Path(first["out"])
    before = page.read_text("utf-8")
    page.write_text(before.replace('content="s/a@1/2-4"', 'content="s_a@1/2-4"'), "utf-8")
    code, line = refused(capsys, "a@1/2-4", corpus)
    assert (code, "got none and the page of window 's_a@1/2-4'" in line) == (2, True)
    page.write_text("notes", "utf-8")
    assert refused(capsys, "a@1/2-4", corpus)[0] == 2
    assert refused(capsys, "a@1/2-4", corpus, "--out", page)[0] == 2
    assert page.read_text("utf-8") == "notes"


def test_another_window_may_go_where_out_says(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("a@0-4", "a@2-6"):
        result, page = show_window(capsys, key, corpus, "--out", "mine.html", "--around", 0)
        assert (result["out"], page.root.one("h1").text) == ("mine.html", f"s/{key}")
    assert [each.name for each in Path().iterdir()] == ["mine.html"]
    code, line = refused(capsys, "a@0-4", corpus, "--out", ".")
    assert (code, "out must be a file, got a folder; name a file in it" in line) == (2, True)
