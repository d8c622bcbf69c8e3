"""The splits that ship are those that the release gives, and what is said of them is so."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import shipped_splits as script
from emos_io.corpus import Corpus, Folds, folds, leaks
from emos_io.errors import CorpusError, InvalidArgument, SourceNotFound
from emos_io.evaluation import SHIPPED_SPLITS, read_split, shipped_split

SHA256 = {
    "static": "28aaa9966dce2732",
    "streams": "39bed8fbceccef1f",
}
"""How the checksums of the lists begin: numbers that are published name them, so they never change."""
SIX = {"Ross", "Joey", "Rachel", "Phoebe", "Chandler", "Monica"}


def test_the_release_gives_the_files_that_ship_byte_for_byte(release: Corpus) -> None:
    shipped = {path.name: path.read_bytes() for path in script.FOLDER.glob("*.json")}
    assert script.files(release) == shipped


@pytest.mark.parametrize("name", SHIPPED_SPLITS)
def test_checksums_are_those_published(name: str) -> None:
    found = read_split(name)
    assert isinstance(found, Folds)
    assert found.sha256.startswith(SHA256[name])
    assert found == shipped_split("static" if name == "static" else "streams")


def test_static_folds_hold_every_clip_once(release: Corpus) -> None:
    static = shipped_split("static")
    keys = [key for fold in static.folds for key in fold]
    assert len(static) == 5
    assert sorted(keys) == sorted(release.clips.keys())
    assert len(keys) == 9403
    assert len({item.group["dialogue"] for item in release.clips if "dialogue" in item.group}) == 977
    assert len({item.group["video"] for item in release.clips if "video" in item.group}) == 145


def test_each_stratum_is_spread_over_the_static_folds() -> None:
    static = shipped_split("static")
    large = {name: counts for name, counts in static.strata.items() if sum(counts) >= 500}
    assert len(large) >= 4
    for name, counts in large.items():
        assert max(counts) - min(counts) <= 0.1 * sum(counts) / 5, (name, counts)


def test_nothing_leaks_between_static_folds_but_speakers_of_dialogues(release: Corpus) -> None:
    report = leaks(release.with_items(monologues=()), shipped_split("static"))
    assert {(leak.kind, leak.group, leak.severity) for leak in report.leaks} == {("group", "speaker", "note")}
    assert {finding.code for finding in report.findings} == {"divided_group", "fitted_with_test"}
    assert not report.findings.at_least("fault")


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_no_seed_alone_keeps_the_one_text_of_two_large_videos_together(release: Corpus, seed: int) -> None:
    clips = release.with_items(monologues=())
    found = folds(clips, k=5, seed=seed, stratify=script.STRATA)
    where = {key: index for index, keys in enumerate(found.folds) for key in keys}
    pair = ("chsims/video_0053/0039", "chsims/video_0054/0187")
    # The texts differ in signs alone.
    first, second = ("".join(filter(str.isalnum, release.clips[key].text)) for key in pair)
    assert first == second
    assert where[pair[0]] != where[pair[1]]
    static = shipped_split("static")
    assert len({index for index, keys in enumerate(static.folds) for key in keys if key in pair}) == 1


def test_streams_are_left_out_film_by_film(release: Corpus) -> None:
    streams = shipped_split("streams")
    assert [len(keys) for keys in streams.folds] == [1] * 46
    assert {key for keys in streams.folds for key in keys} == set(release.monologues.keys())
    assert list(streams.names) == sorted(each.title for each in release.monologues)
    assert Counter(each.language for each in release.monologues) == {"en": 39, "zh": 7}


def test_six_people_speak_most_of_meld_and_chsims_names_nobody(release: Corpus) -> None:
    meld = [clip for clip in release.clips if clip.source == "meld"]
    speakers = Counter(clip.speaker for clip in meld)
    assert {name for name, _ in speakers.most_common(6)} == SIX
    assert sum(speakers[name] for name in SIX) == 4146
    assert round(4146 / len(meld), 2) == 0.83
    assert {clip.speaker for clip in release.clips if clip.source == "chsims"} == {None}


def test_names_win_over_files_of_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    streams = shipped_split("streams")
    streams.save("static")
    assert read_split("static") == shipped_split("static")
    assert read_split("./static") == read_split(Path("static")) == read_split(tmp_path / "static") == streams


def test_files_of_splits_are_read_as_they_are(tmp_path: Path) -> None:
    one = shipped_split("streams").split("Heat")
    one.save(tmp_path / "one.json")
    assert read_split(tmp_path / "one.json") == one
    assert read_split(str(tmp_path / "one.json")) == one


def test_unknown_names_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        InvalidArgument, match=r'^name must be "static" or "streams", got .dynamic.; choose one of them$'
    ):
        shipped_split("dynamic")  # type: ignore[arg-type]
    with pytest.raises(SourceNotFound, match="there is no such file"):
        read_split("Static")
    with pytest.raises(InvalidArgument, match=r"^path must be a path, got 5"):
        read_split(5)  # type: ignore[arg-type]


def test_a_shipped_file_that_was_changed_would_be_refused(tmp_path: Path) -> None:
    values = json.loads((script.FOLDER / "streams.json").read_text("utf-8"))
    values["folds"][0], values["folds"][1] = values["folds"][1], values["folds"][0]
    (tmp_path / "streams.json").write_text(json.dumps(values), "utf-8")
    with pytest.raises(CorpusError, match="has other lists than its sha256 says"):
        read_split(tmp_path / "streams.json")
