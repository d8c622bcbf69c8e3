"""Keys, file names, and what wrong use says."""

from __future__ import annotations

from pathlib import Path

import pytest
from show_help import clip, film, refused, run, saved, shown

from emos_io.corpus import Clip
from oracle import clips


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return saved(tmp_path / "corpus", film(), clip("b"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a"], "key must be item@start-end in seconds, got 'a'"),
        (["a@4"], "key must be item@start-end in seconds, got 'a@4'"),
        (["a@1-x"], "key must be item@start-end in seconds, got 'a@1-x'"),
        (["a@1/0-2"], "the start of the key '1/0' was given"),
        (["a@4-4"], "span [4, 4) was given; its end must come after its start"),
        (["a@4-2"], "span [4, 2) was given; its end must come after its start"),
        (["a@10-12"], "window [10, 12) of 's/a' was asked for; the item lasts from 0 to 10, give times inside"),
        (["a@-3-0"], "window [-3, 0) of 's/a' was asked for"),
        (["nobody@0-4"], "item 'nobody' was asked for; there are 2, such as 's/a', 'c/b'"),
        (["a@0-4", "--labels", "valence"], "labels must be a layer of the items, basic7 or goemotions, got 'valence'"),
        (["a@0-4", "--context", "-1"], "context must be 0 or more, got '-1'"),
        (["a@0-4", "--collar", "x"], "collar 'x' was given"),
        (["a@0-4", "--by", "clip"], "by must not be \"clip\" for monologues such as 's/a', got"),
        (["c/b@0-3", "--by", "sentence"], "by must be \"clip\" for static clips such as 'c/b', got"),
        (["a@0-4", "--size", "224"], "--size must be height,width in pixels, got 224; write it as 224,224"),
        (["a@0-4", "--label-at", "middle"], "Invalid value for '--label-at'"),
    ],
)
def test_wrong_use_is_one_line_and_two(
    corpus: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    code, told = refused(capsys, *words, corpus)
    assert code == 2
    assert said in told
    assert list(Path().iterdir()) == []


def test_a_key_outside_of_a_file_names_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.counting_clip(seconds=10, rate=8_000)
    code, told = refused(capsys, "x@12-14", path)
    assert code == 2
    assert f"the media last from 0 to 10, give times inside: {str(path)!r}" in told
    assert refused(capsys, "x@0-4", path, "--fps", "0")[0] == 2
    code, told = refused(capsys, "x@0-4", path, "--by", "utterance")
    assert (code, 'by must be left out or "clip" for a file without labels, got "utterance"' in told) == (2, True)


def test_what_cannot_be_read_is_three(corpus: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = tmp_path / "nothing.mp4"
    assert refused(capsys, "x@0-4", nothing) == (
        3,
        f"emos: there is no such file or folder; give a corpus or a media file: {str(nothing)!r}\n",
    )
    nothing.write_bytes(b"no media" * 100)
    assert refused(capsys, "x@0-4", nothing)[0] == 3
    assert refused(capsys, "a@0-4", corpus, "--media", tmp_path / "absent")[0] == 3
    assert refused(capsys, "a@0-4", corpus, "--out", tmp_path / "absent" / "page.html")[0] == 3


def test_media_without_a_corpus_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.counting_clip(seconds=10, rate=8_000)
    code, told = refused(capsys, "x@0-4", path, "--media", tmp_path)
    assert (code, "--media was given without a corpus" in told) == (2, True)


def test_an_item_of_two_sources_must_be_told_apart(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = refused(capsys, "a@0-4", corpus, corpus)
    assert (code, "item 'a' is in the sources 2 times" in told) == (2, True)


def test_of_several_files_the_one_that_is_named_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (clips.counting_clip(seconds=seconds, rate=8_000) for seconds in (10, 5))
    told, _ = shown(capsys, f"{second.name}@0-2", first, second)
    assert told["path"] == str(second)
    code, line = refused(capsys, "x@0-2", first, second)
    assert (code, f"such as {first.name!r}" in line) == (2, True)


def test_media_of_a_release_are_found_in_their_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = clips.counting_clip(seconds=10, rate=8_000)
    media = tmp_path / "media"
    (media / "meld").mkdir(parents=True)
    (media / "meld" / "b.mp4").symlink_to(path)
    corpus = saved(tmp_path / "clips", Clip("meld/b", "meld", "en", "Hello.", {}, decisions=clip("b").decisions))
    told, _ = shown(capsys, "meld/b@0-2", corpus, "--media", media)
    assert (told["path"], told["frames"]) == (str(media / "meld" / "b.mp4"), 8)


def test_media_that_could_be_two_files_are_not_guessed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder / "meld").mkdir(parents=True)
        (tmp_path / folder / "meld" / "b.mp4").write_bytes(b"")
    corpus = saved(tmp_path / "clips", Clip("meld/b", "meld", "en", "Hello.", {}, decisions=clip("b").decisions))
    assert run("meld/b@0-2", corpus, "--media", tmp_path) == 0
    assert "2 files could be meld/b" in capsys.readouterr().err


def test_the_page_gets_a_name_from_its_key_in_this_folder(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("s/a@1/2-4", corpus) == 0
    assert capsys.readouterr().out == "s_a@1_2-4.html\n"
    assert [each.name for each in Path().iterdir()] == ["s_a@1_2-4.html"]


@pytest.mark.parametrize("name", ["../../up", "/etc/passwd", ".hidden", "-rf", "字" * 200, "a\nb", "con\\c:d"])
def test_no_key_leaves_the_folder(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = saved(tmp_path / "corpus", film(name))
    told, _ = shown(capsys, f"s/{name}@0-4", corpus)
    assert [each.name for each in Path().iterdir()] == [told["out"]]
    assert len(told["out"].encode()) <= 185
    assert told["out"][0] not in ".-"


def test_only_the_page_of_the_same_window_is_written_over(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, _ = shown(capsys, "a@1/2-4", corpus)
    second, _ = shown(capsys, "a@1/2-4", corpus, "--label-at", "overlap")
    assert first["out"] == second["out"]
    page = Path(first["out"])
    before = page.read_text("utf-8")
    page.write_text(before.replace('content="s/a@1/2-4"', 'content="s_a@1/2-4"'), "utf-8")
    code, told = refused(capsys, "a@1/2-4", corpus)
    assert (code, "there is the page of window 's_a@1/2-4'" in told) == (2, True)
    page.write_text("notes", "utf-8")
    assert refused(capsys, "a@1/2-4", corpus)[0] == 2
    assert refused(capsys, "a@1/2-4", corpus, "--out", page)[0] == 2
    assert page.read_text("utf-8") == "notes"


def test_another_window_may_go_where_out_says(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in ("a@0-4", "a@2-6"):
        told, page = shown(capsys, key, corpus, "--out", "mine.html")
        assert (told["out"], page.root.one("h1").text) == ("mine.html", f"s/{key}")
    assert [each.name for each in Path().iterdir()] == ["mine.html"]
    code, line = refused(capsys, "a@0-4", corpus, "--out", ".")
    assert (code, "out is a folder; name a file" in line) == (2, True)
