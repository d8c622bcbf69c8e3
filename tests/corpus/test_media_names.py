"""Which media file a name means: what agrees, what contradicts, and what is told."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emos_io.corpus import FindingCollector, Findings
from emos_io.corpus.media_names import MediaNames, fold_name, media_files


def names_of(folder: Path, files: Iterable[str]) -> tuple[MediaNames, FindingCollector]:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"")
    findings = FindingCollector()
    return MediaNames(folder, findings), findings


def find(
    folder: Path, files: Iterable[str], *names: str, near: Path | None = None
) -> tuple[list[str | None], Findings]:
    """Return the files, by path within the folder, that names of one table mean, and what was found."""
    media, findings = names_of(folder, files)
    matches = media.match_all(names, near=near)
    keys = [media.accept(matches[name], "labels.csv", "the row is left out") for name in names]
    return [None if key is None else media.path(key).relative_to(folder).as_posix() for key in keys], findings.collected


def codes(findings: Findings) -> list[str]:
    return [finding.code for finding in findings]


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    (tmp_path / "clips").mkdir()
    return tmp_path / "clips"


@pytest.mark.parametrize(
    "name",
    ["spk1/a.mp4", "spk1/a", "a.mp4", "a", "SPK1/A.MP4", r"spk1\a.mp4", "./spk1/a.mp4", "../clips/spk1/a.mp4",
     "clips/spk1/a.mp4", "/home/me/clips/spk1/a.mp4", "~/clips/spk1/a.mp4", r"C:\data\spk1\a.mp4", "C:/data/spk1/a.mp4",
     r"\\server\share\spk1\a.mp4",
     "file:///home/me/spk1/a.mp4", "file:///C:/data/spk1/a.mp4", "file://localhost/data/spk1/a.mp4", "file:spk1/a.mp4",
     "https://host/x/spk1/a.mp4?token=1", "http://host/spk1/a.mp4#t=1,2", "s3://bucket/spk1/a.mp4?X-Amz-Date=1", "gs://b/spk1/a.mp4",
     "/data/local-files/?d=spk1/a.mp4", "/data/local-files/?d=spk1%2Fa.mp4", "http://host/data/local-files/?d=all/spk1/a.mp4",
     "/data/upload/2/0d93a737-a.mp4", "/data/upload/0d93a737-a.mp4", "upload/2/0d93a737-a.mp4", "0d93a737-a.mp4", " a.mp4 ",
     "spk1//a.mp4", "x/../spk1/a.mp4", "sub/x/../../spk1/a.mp4"],
)  # fmt: skip
def test_spellings_of_one_file(clips: Path, name: str) -> None:
    found, findings = find(clips, ["spk1/a.mp4", "spk1/b.mp4"], name)
    assert found == ["spk1/a.mp4"] and not findings


@pytest.mark.parametrize(
    "name",
    ["spk2/a.mp4", "spk2/a", r"spk2\a.mp4", "/home/me/spk2/a.mp4", "/home/me/a.mp4", "file:///C:/data/a.mp4", "x/spk2/a.mp4",
     "spk1/x/a.mp4", "https://host/spk2/a.mp4", "/data/local-files/?d=spk2/a.mp4", "clips/a.mp4", "spk2/0d93a737-a.mp4",
     "spk2/a.wav", "aa.mp4", "b", "", "a.mp4/", "a.mp4x", "0D93A737-a.mp4", "0d93a73-a.mp4", "spk", "mp4", ".mp4"],
)  # fmt: skip
def test_names_that_are_of_no_file(clips: Path, name: str) -> None:
    found, findings = find(clips, ["spk1/a.mp4"], name)
    assert found == [None] and codes(findings) == ["unknown_media"]
    assert findings[0].severity == "fault" and findings[0].where == "labels.csv"


def test_every_spelling_can_stand_in_one_table(clips: Path) -> None:
    names = [
        "a.mp4",
        "/home/me/clips/spk1/a.mp4",
        r"D:\spk1\a.mp4",
        "../media/spk1/a.mp4",
        "clips/spk1/a.mp4",
        "./spk1/a.mp4",
    ]
    found, findings = find(clips, ["spk1/a.mp4"], *names)
    assert found == ["spk1/a.mp4"] * len(names) and not findings


def test_an_absolute_path_of_the_folder_itself(clips: Path) -> None:
    files = ["a.mp4", "x/a.mp4", "x/y/a.mp4"]
    found, findings = find(clips, files, *(str(clips / file) for file in files), (clips / "x/y/a.mp4").as_uri())
    assert found == [*files, "x/y/a.mp4"] and not findings


def test_a_path_may_say_more_than_the_folder_has(clips: Path) -> None:
    found, findings = find(clips, ["a.mp4"], "/home/me/x/a.mp4")
    assert found == ["a.mp4"] and not findings


def test_the_most_folders_in_common_win(clips: Path) -> None:
    found, findings = find(
        clips, ["a.mp4", "spk1/a.mp4", "x/spk1/a.mp4"], "/d/spk1/a.mp4", "/d/x/spk1/a.mp4", "/d/a.mp4", "a"
    )
    assert found == ["spk1/a.mp4", "x/spk1/a.mp4", "a.mp4", "a.mp4"] and not findings


def test_an_unknown_name_says_what_is_near(clips: Path) -> None:
    _, findings = find(clips, ["spk2/clip1.mp4"], "spk1/clip1.mp4", "clip7.mp4", "something else")
    assert [str(finding) for finding in findings] == [
        "unknown_media: 'spk1/clip1.mp4' is no media file of the folder, and spk2/clip1.mp4 lies in another folder; "
        "the row is left out; correct the name: labels.csv",
        "unknown_media: 'clip7.mp4' is no media file of the folder, the nearest name is 'spk2/clip1.mp4'; "
        "the row is left out; correct the name: labels.csv",
        "unknown_media: 'something else' is no media file of the folder; the row is left out; correct the name: labels.csv",
    ]


def test_files_that_fit_equally_are_a_finding(clips: Path) -> None:
    found, findings = find(clips, ["x/a.mp4", "y/a.mp4"], "a.mp4", "a", "x/a")
    assert found == [None, None, "x/a.mp4"] and codes(findings) == ["ambiguous_media"] * 2
    assert findings[0].what == "'a.mp4' fits 2 media files: x/a.mp4, y/a.mp4"
    assert findings[0].fix == "the row is left out; name the folder and the suffix"


@pytest.mark.parametrize("other", ["a.m4a", "a.flac", "a.wav", "a.ogg", "a.MP3"])
def test_of_one_name_the_file_with_frames_wins(clips: Path, other: str) -> None:
    found, findings = find(clips, [other, "a.mp4"], "a", "a.mp4", other, other.upper())
    assert found == ["a.mp4", "a.mp4", other, other] and codes(findings) == ["same_name"]
    assert findings[0].severity == "repair"
    media, _ = names_of(clips, [])
    assert media.all() == ["a"] and media.path("a") == clips / "a.mp4" and media.path(other) == clips / other


def test_two_videos_of_one_name(clips: Path) -> None:
    found, findings = find(clips, ["a.mov", "a.mp4", "a.wav"], "a", "a.mp4", "a.mov", "a.wav")
    assert found == [None, "a.mp4", "a.mov", "a.wav"] and codes(findings) == ["ambiguous_media"]
    media, _ = names_of(clips, [])
    assert sorted(media.all()) == ["a.mov", "a.mp4", "a.wav"]


def test_two_audio_files_of_one_name(clips: Path) -> None:
    found, findings = find(clips, ["a.mp3", "a.wav"], "a", "a.wav", "a.mp3")
    assert found == [None, "a.wav", "a.mp3"] and codes(findings) == ["ambiguous_media"]


def test_a_video_wins_over_audio_of_another_folder_and_says_so(clips: Path) -> None:
    files = ["audio/a.wav", "video/a.mp4", "audio/b.wav", "s1/b.mp4", "s2/b.mp4"]
    found, findings = find(clips, files, "a", "a", "a.wav", "a.mp4", "audio/a", "b", "a.flac")
    assert found == ["video/a.mp4", "video/a.mp4", "audio/a.wav", "video/a.mp4", "audio/a.wav", None, None]
    assert codes(findings) == ["same_name", "ambiguous_media", "ambiguous_media"]
    assert findings[0].what == "'a' is video/a.mp4, and the name of audio/a.wav too"
    near, findings = find(clips, files, "a", near=clips / "audio" / "labels.csv")
    assert near == ["audio/a.wav"] and not findings, "a table beside the audio means the audio"


def test_keys_never_collide(clips: Path) -> None:
    media, _ = names_of(clips, ["a.m4a", "a.mp4", "a.m4a.mov", "a.m4a.mov.wav", "deep/a.mp4"])
    assert {key: media.path(key).relative_to(clips).as_posix() for key in ("a", "a.m4a", "a.m4a.mov", "deep/a")} == {
        "a": "a.mp4", "a.m4a": "a.m4a", "a.m4a.mov": "a.m4a.mov", "deep/a": "deep/a.mp4",
    }  # fmt: skip


def test_another_suffix_is_taken_once_it_is_the_only_one(clips: Path) -> None:
    found, findings = find(
        clips, ["a.mp4", "b.mp4", "b.flac", "x/c.mp4"], "a.wav", "b.wav", "x/c.wav", "y/c.wav", "a.wav"
    )
    assert found == ["a.mp4", None, "x/c.mp4", None, "a.mp4"]
    assert codes(findings) == ["same_name", "other_suffix", "ambiguous_media", "other_suffix", "unknown_media"]
    assert findings[1].severity == "repair"


@pytest.mark.parametrize(
    ("file", "names", "others"),
    [("dr.mp4", ["dr", "dr.mp4"], ["dr.smith", "dr.smith.mp4"]), ("v1.mp4", ["v1"], ["v1.2", "v1.2.mp4"]),
     ("talk.final.mp4", ["talk.final", "talk.final.mp4", "TALK.FINAL"], ["talk", "talk.mp4", "talk.fin"]),
     ("a.b.c.wav", ["a.b.c"], ["a.b", "a"]), ("clip1.mp4.mov", ["clip1.mp4", "clip1.mp4.mov"], ["clip1"]),
     ("a.eaf.mp4", ["a.eaf"], ["a", "a.TextGrid"])],
)  # fmt: skip
def test_only_a_suffix_of_media_is_cut(clips: Path, file: str, names: list[str], others: list[str]) -> None:
    found, findings = find(clips, [file], *names, *others)
    assert found == [file] * len(names) + [None] * len(others)
    assert codes(findings) == ["unknown_media"] * len(others)


def test_letter_case_and_unicode_forms(clips: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "Café é.mp4") for form in ("NFC", "NFD"))
    found, findings = find(clips, [composed], apart, apart.upper(), composed, apart.removesuffix(".mp4"))
    assert found == [composed] * 4 and not findings


def test_names_that_differ_in_case_or_form_alone(clips: Path) -> None:
    files = ["A.mp4", "a.mp4", unicodedata.normalize("NFC", "é.mp4"), unicodedata.normalize("NFD", "é.mp4")]
    found, findings = find(clips, files, *files, "A", "a", "a.MP4")
    assert found == [*files, "A.mp4", "a.mp4", None] and codes(findings) == ["ambiguous_media"]


def test_uploads_of_label_studio(clips: Path) -> None:
    files = ["my clip (1).mp4", "中文 视频.mp4", "0d93a737-real.mp4", "real.mp4", "deep/b c.mp4"]
    names = ["/data/upload/2/0d93a737-my_clip_1.mp4", "11111111-中文_视频.mp4", "0d93a737-real.mp4", "22222222-real.mp4",
             "/data/upload/2/33333333-b_c.mp4", "/data/upload/2/0d93a737-real.mp4"]  # fmt: skip
    found, findings = find(clips, files, *names)
    assert found == [files[0], files[1], files[2], files[3], files[4], files[2]] and not findings


def test_two_uploads_are_two_files(clips: Path) -> None:
    names = ["/data/upload/2/0d93a737-a.mp4", "/data/upload/2/1e84b848-a.mp4"]
    found, findings = find(clips, ["a.mp4"], *names)
    assert found == [None, None] and codes(findings) == ["ambiguous_media"] * 2
    found, findings = find(clips, ["x y.mp4", "x_y.mp4", "x (y).mp4"], "0d93a737-x_y.mp4")
    assert found == ["x_y.mp4"] and not findings, "a name that is written so wins over one that would be"
    found, findings = find(clips, ["p q.mp4", "(p) q.mp4"], "0d93a737-p_q.mp4")
    assert found == [None] and codes(findings) == ["ambiguous_media"]


def test_escapes_and_signs_of_urls_can_be_names(clips: Path) -> None:
    files = ["a%20b.mp4", "a b.mp4", "take#1.mp4", "take.mp4", "what?.mp4", "100%.mp4"]
    found, findings = find(clips, files, *files, "take#2.mp4", "take?x", "a%20b")
    assert found == [*files, None, None, "a%20b.mp4"] and codes(findings) == ["unknown_media"] * 2
    found, findings = find(clips, ["c d/e.mp4"], "c%20d/e.mp4", "c+d/e.mp4", "%FF%FE")
    assert found == ["c d/e.mp4", None, None] and codes(findings) == ["unknown_media"] * 2


@pytest.mark.parametrize(
    "names",
    [["spk1/a.mp4", "spk2/a.mp4"], ["x/spk1/a.mp4", "x/spk2/a.mp4"], ["/data/spk1/a.mp4", "/data/spk2/a.mp4"],
     [r"C:\v\spk1\a.mp4", r"C:\v\spk2\a.mp4"], ["s3://b/spk1/a.mp4", "s3://b/spk2/a.mp4"]],
)  # fmt: skip
def test_names_of_one_table_that_contradict_each_other(clips: Path, names: list[str]) -> None:
    found, findings = find(clips, ["a.mp4"], *names, "a.mp4")
    assert found == [None, None, "a.mp4"] and codes(findings) == ["ambiguous_media"] * 2
    assert "contradict each other" in findings[0].what


@pytest.mark.parametrize(
    "names",
    [["a.mp4", "spk1/a.mp4"], ["/home/ann/clips/a.mp4", "/home/bob/clips/a.mp4"], ["clips/a.mp4", "media/a.mp4"],
     ["a.mp4", "a", "A.MP4", "./a.mp4"], ["/home/me/a.mp4", r"C:\data\a.mp4"], ["x/a.mp4", "y/x/a.mp4"]],
)  # fmt: skip
def test_names_that_can_be_of_one_file(clips: Path, names: list[str]) -> None:
    found, findings = find(clips, ["a.mp4"], *names)
    assert found == ["a.mp4"] * len(names) and not findings


def test_of_files_that_fit_equally_the_one_beside_the_table_is_meant(clips: Path) -> None:
    files = ["s1/a.mp4", "s2/a.mp4", "s1/video/b.mp4", "s2/video/b.mp4"]
    found, findings = find(clips, files, "a.mp4", "b", "s1/a.mp4", near=clips / "s2" / "labels.csv")
    assert found == ["s2/a.mp4", "s2/video/b.mp4", "s1/a.mp4"] and not findings


def test_a_name_that_is_exact_from_two_folders_is_of_neither(clips: Path) -> None:
    found, findings = find(clips, ["a.mp4", "s1/a.mp4"], "a.mp4", "s1/a", near=clips / "s1" / "labels.csv")
    assert found == [None, "s1/a.mp4"] and codes(findings) == ["ambiguous_media"]


def test_hidden_files_and_those_of_systems_are_left_out(clips: Path) -> None:
    files = [
        ".a.mp4",
        "._b.mp4",
        "__MACOSX/c.mp4",
        ".trash/d.mp4",
        "x/__MACOSX/e.mp4",
        "@eaDir/f.mp4",
        "g.mp4",
        "h.mp4/i.mp4",
    ]
    media, findings = names_of(clips, files)
    assert media.all() == ["g", "h.mp4/i"] and not findings.collected


def test_a_hidden_folder_can_be_given(tmp_path: Path) -> None:
    media, _ = names_of(tmp_path / ".hidden", ["a.mp4"])
    assert media.all() == ["a"]


def test_links_are_followed_and_never_in_a_circle(tmp_path: Path) -> None:
    clips, elsewhere = tmp_path / "clips", tmp_path / "elsewhere"
    for file in (clips / "deep" / "a.mp4", elsewhere / "b.mp4"):
        file.parent.mkdir(parents=True)
        file.write_bytes(b"")
    (clips / "deep" / "circle").symlink_to(clips)
    (clips / "again").symlink_to(clips / "deep")
    (clips / "linked").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(clips)
    (clips / "c.mp4").symlink_to(elsewhere / "b.mp4")
    (clips / "nowhere.mp4").symlink_to(tmp_path / "nothing.mp4")
    (clips / "itself.mp4").symlink_to(clips / "itself.mp4")
    findings = FindingCollector()
    found = [path.relative_to(clips).as_posix() for path in media_files(clips, findings)]
    assert found == ["c.mp4", "itself.mp4", "nowhere.mp4", "deep/a.mp4", "linked/b.mp4"]
    os.mkfifo(clips / "pipe.mp4")
    assert "pipe.mp4" not in {path.name for path in media_files(clips, findings)}
    assert not findings.collected


def test_a_folder_that_cannot_be_searched_is_a_finding(clips: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    media, _ = names_of(clips, ["a.mp4", "locked/b.mp4"])
    assert media.all() == ["a", "locked/b"]
    scandir = os.scandir

    # A folder without permissions is open to root, under whom tests may run.
    def refuse(path: Path) -> object:
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    media, findings = names_of(clips, [])
    assert media.all() == ["a"] and codes(findings.collected) == ["unreadable_file"]


PARTS = st.text(st.sampled_from("abAB1 .-_%é中"), min_size=1, max_size=4).filter(
    lambda part: part.strip(" ") == part and not part.startswith(".") and part.strip(".")
)
FOLDERS = st.lists(PARTS, max_size=3)
SUFFIXES = st.sampled_from([".mp4", ".MOV", ".wav", ".m4a"])
FILES = st.builds(lambda folders, stem, suffix: "/".join([*folders, stem + suffix]), FOLDERS, PARTS, SUFFIXES)


def fitting(files: list[str]) -> list[str]:
    """Return the files that can lie in one folder: none has the name of a folder of another."""
    folders = {"/".join(file.split("/")[:number]) for file in files for number in range(1, file.count("/") + 1)}
    return [file for file in dict.fromkeys(files) if file not in folders]


@given(st.lists(FILES, min_size=1, max_size=8))
@example(["a.mp4", "a.wav", "A.mp4", "b/a.mp4", "a.wav.mp4"])
def test_a_files_own_path_is_of_that_file_alone(tmp_path_factory: pytest.TempPathFactory, files: list[str]) -> None:
    folder = tmp_path_factory.mktemp("media") / "clips"
    files = fitting(files)
    media, _ = names_of(folder, files)
    for file in files:
        for name in (file, f"./{file}", file.replace("/", "\\"), str(folder / file)):
            match = media.match(name)
            assert match.file is not None and match.file.within == file, name
        # Where no other file has the name in another case, or in another form, those spellings are of it too.
        if sum(fold_name(file) == fold_name(other) for other in files) == 1:
            for name in (unicodedata.normalize("NFD", file), file.swapcase(), file.casefold()):
                match = media.match(name)
                assert match.file is not None and match.file.within == file, name


@given(st.lists(FILES, min_size=1, max_size=8), st.lists(PARTS, min_size=1, max_size=4), SUFFIXES | st.just(""))
@example(["spk2/a.mp4"], ["spk1", "a"], ".mp4")
def test_no_name_is_of_a_file_whose_folder_contradicts_it(
    tmp_path_factory: pytest.TempPathFactory, files: list[str], parts: list[str], suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("media") / "clips"
    media, findings = names_of(folder, fitting(files))
    name = "/".join(parts) + suffix
    match = media.match(name)
    key = media.accept(match, "labels.csv", "the row is left out")
    assert (key is None) == (match.file is None)
    if match.file is None:
        assert codes(findings.collected)[-1] in {"ambiguous_media", "unknown_media"}, "nothing is left out silently"
        return
    # "%" escapes nothing here that is a slash, so the folders of the name are those written.
    assert match.spelling is not None
    named, own = [[fold_name(part) for part in each] for each in (match.spelling.folders, match.file.folders)]
    number = min(len(named), len(own))
    assert number == 0 or named[-number:] == own[-number:]
    stem = fold_name(match.file.name).rsplit(".", 1)[0]
    assert fold_name(match.spelling.name) in {fold_name(match.file.name), stem} or match.other_suffix
