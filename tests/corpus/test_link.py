"""Media matched with items."""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from emos_io.corpus import Clip, Corpus, Monologue, attach, match
from emos_io.errors import InvalidArgument, SourceNotFound
from emos_io.spans import Seconds
from oracle import synthetic_release as made


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus.from_release(made.make(tmp_path / "release"))


def put(folder: Path, name: str, size: int = 1) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    return path


def test_by_folder_and_name(corpus: Corpus, tmp_path: Path) -> None:
    own = put(tmp_path / "m", "Raw/video_0001/0001.mp4")
    put(tmp_path / "m", "Raw/aqgy4_0009/0001.mp4")
    found = match(corpus.items, tmp_path / "m")
    assert found.paths == {"chsims/video_0001/0001": str(own)}
    assert found.how == {"chsims/video_0001/0001": "name"}
    assert len(found.missing) == 8
    assert found.unused == ["Raw/aqgy4_0009/0001.mp4"]


def test_by_name_alone_where_it_is_the_only_one(corpus: Corpus, tmp_path: Path) -> None:
    own = put(tmp_path / "m", "anywhere/dia0_utt3.mp4")
    assert match(corpus.items, tmp_path / "m").paths == {"meld/dia0_utt3": str(own)}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_by_the_films_own_title_in_any_unicode_form(tmp_path: Path, form: str) -> None:
    root = made.make(tmp_path / "release")
    labels, sentences = made.film("Café", "en", "Café Müller")
    made.write_film(root, "Café", labels, sentences)
    corpus = Corpus.from_release(root)
    own = put(tmp_path / "m", unicodedata.normalize(form, "Café Müller.mp4"))  # type: ignore[arg-type]
    chinese = put(tmp_path / "m", "黑冰.mp4")
    found = match(corpus.items, tmp_path / "m")
    assert found.paths == {"streaming/Café": str(own), "streaming/Black Ice": str(chinese)}
    assert set(found.how.values()) == {"alias"}


def test_an_original_never_stands_for_a_clip(corpus: Corpus, tmp_path: Path) -> None:
    put(tmp_path / "m", "Black Ice/Black Ice.original.mp4")
    assert match(corpus.items, tmp_path / "m").paths == {}


def test_an_item_without_a_published_path_is_named_by_its_key(tmp_path: Path) -> None:
    clips = [Clip(key=f"own/{name}", source="own", language="en") for name in ("one", "two")]
    own = put(tmp_path / "m", "anywhere/one.mp4")
    assert match(Corpus(clips).items, tmp_path / "m").paths == {"own/one": str(own)}
    again = [*clips, Clip(key="other/one", source="other", language="en")]
    assert match(Corpus(again).items, tmp_path / "m").paths == {}, "either of two items could have it"


def test_of_two_files_the_one_of_the_published_size(corpus: Corpus, tmp_path: Path) -> None:
    own = put(tmp_path / "m", "a/dia0_utt1.mp4", 200)
    put(tmp_path / "m", "b/dia0_utt1.mp4", 150)
    sizes = {"data-final/English/train_splits/dia0_utt1.mp4": 200}
    assert match(corpus.items, tmp_path / "m", sizes=sizes).paths == {"meld/dia0_utt1": str(own)}
    found = match(corpus.items, tmp_path / "m")
    assert found.paths == {}
    assert [finding.code for finding in found.findings] == ["ambiguous_media"]


def test_by_size_last_with_a_finding(corpus: Corpus, tmp_path: Path) -> None:
    own = put(tmp_path / "m", "whatever.mp4", 321)
    found = match(corpus.items, tmp_path / "m", sizes={"streaming-finalsplit/Black Ice/Black Ice.mp4": 321})
    assert found.paths == {"streaming/Black Ice": str(own)}
    assert [finding.code for finding in found.findings] == ["matched_by_size"]


def test_durations_are_compared_with_the_labels(corpus: Corpus, tmp_path: Path) -> None:
    put(tmp_path / "m", "Black Ice.mp4")
    put(tmp_path / "m", "Good Morning, Vietnam.mp4")
    lengths = {"Black Ice.mp4": 12.4, "Good Morning, Vietnam.mp4": 120.0}
    found = match(corpus.items, tmp_path / "m", probe=lambda path: lengths[Path(path).name])
    (finding,) = list(found.findings)
    assert (finding.code, finding.where) == ("duration_differs", "streaming/Good Morning, Vietnam")
    assert finding.what == "the media lasts 120.00 s, the labels say 12.50 s"


@pytest.mark.parametrize(
    ("length", "found"),
    [
        (Fraction(27, 2), 0),
        (Fraction(27, 2) + Fraction(1, 10**9), 1),
        ("13.5", 0),
        ("13.500000001", 1),
        (Fraction(23, 2), 0),
        (Fraction(23, 2) - Fraction(1, 10**9), 1),
    ],
)
def test_durations_are_compared_exactly(corpus: Corpus, tmp_path: Path, length: Seconds, found: int) -> None:
    put(tmp_path / "m", "Good Morning, Vietnam.mp4")
    findings = match(corpus.items, tmp_path / "m", probe=lambda _: length).findings
    assert len(findings) == found, "labels last 12.5 s, a second more or less is none"
    attached = attach(corpus, {"streaming": tmp_path / "m"})
    examined = attached.doctor(lambda _: length).findings[len(attached.findings) :]
    assert examined == findings


@pytest.mark.parametrize(
    ("folders", "text"),
    [
        (
            {"films": "m"},
            "folders must be folders by part, of chsims, meld, streaming, got films; correct the name of the part",
        ),
        ({"meld": 3}, "folders['meld'] must be a path, got 3; give a str or a pathlib.Path"),
        (
            "m",
            "folders must be folders by part, of chsims, meld, streaming, got 'm'; give a mapping such as {'meld': 'folder'}",
        ),
    ],
)
def test_folders_to_attach_that_are_none(corpus: Corpus, folders: Any, text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        attach(corpus, folders)
    assert str(caught.value) == text


@pytest.mark.parametrize("given", [None, "soon", float("nan")])
def test_a_probe_that_gives_no_time_is_refused(corpus: Corpus, tmp_path: Path, given: Any) -> None:
    put(tmp_path / "m", "Black Ice.mp4")
    with pytest.raises(InvalidArgument, match="what probe returns must be a finite number, got"):
        match(corpus.items, tmp_path / "m", probe=lambda _: given)


def test_media_that_cannot_be_read(corpus: Corpus, tmp_path: Path) -> None:
    put(tmp_path / "m", "Black Ice.mp4")

    def fail(path: str) -> float:
        raise OSError("it is no film")

    (finding,) = list(match(corpus.items, tmp_path / "m", probe=fail).findings)
    assert finding.code == "unreadable_media" and "it is no film" in finding.what


def test_a_folder_that_is_not_there(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="no folder of media"):
        match(corpus.items, tmp_path / "nowhere")


def test_an_alias_that_fits_two_files_is_of_neither(tmp_path: Path) -> None:
    root = made.make(tmp_path / "release")
    put(tmp_path / "m", "x/黑冰.mp4")
    put(tmp_path / "m", "y/黑冰.mp4")
    found = match(Corpus.from_release(root).items, tmp_path / "m")
    assert found.paths == {} and [(each.code, each.where) for each in found.findings] == [
        ("ambiguous_media", "streaming/Black Ice")
    ]
    assert found.unused == ["x/黑冰.mp4", "y/黑冰.mp4"]


def test_two_aliases_of_one_film_with_a_file_each(tmp_path: Path) -> None:
    root = made.make(tmp_path / "release")
    put(tmp_path / "m", "黑冰.mp4")
    put(tmp_path / "m", "elsewhere/Black Ice.mp4")
    found = match(Corpus.from_release(root).items, tmp_path / "m")
    assert found.how == {"streaming/Black Ice": "name"}, "the published name comes before any alias"


def test_a_file_that_fits_two_items_is_of_neither(tmp_path: Path) -> None:
    films = [
        Monologue(key=f"own/{name}", name=name, title="Heat", language="en", duration=Fraction(3), utterances=())
        for name in ("one", "two")
    ]
    put(tmp_path / "m", "Heat.mp4")
    found = match(films, tmp_path / "m")
    assert found.paths == {} and [each.code for each in found.findings] == ["ambiguous_media"] * 2
    clips = [
        Clip(key=f"own/{name}", source="own", language="en", published_path=f"x/{name}.mp4") for name in ("one", "two")
    ]
    put(tmp_path / "n", "other.mp4", 77)
    found = match(clips, tmp_path / "n", sizes={"x/one.mp4": 77, "x/two.mp4": 77})
    assert found.paths == {} and [each.code for each in found.findings] == ["ambiguous_media"] * 2


def test_a_clip_of_another_part_never_stands_for_a_missing_one(corpus: Corpus, tmp_path: Path) -> None:
    own = put(tmp_path / "m", "train_splits/dia0_utt1.mp4")
    put(tmp_path / "m", "dev_splits_complete/dia0_utt3.mp4")
    assert match(corpus.items, tmp_path / "m").paths == {"meld/dia0_utt1": str(own)}


def test_hidden_files_are_no_media_and_links_to_nothing_stop_nothing(corpus: Corpus, tmp_path: Path) -> None:
    put(tmp_path / "m", "._dia0_utt3.mp4")
    put(tmp_path / "m", "__MACOSX/dia0_utt3.mp4")
    (tmp_path / "m" / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    found = match(corpus.items, tmp_path / "m", sizes={"streaming-finalsplit/Black Ice/Black Ice.mp4": 321})
    assert found.paths == {} and found.unused == ["gone.mp4"]
