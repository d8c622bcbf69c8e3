"""``emos splits``: sides and folds of a release and of own data, with what is to be known of their groups."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from emos_io.cli.app import guarded
from emos_io.cli.verbs import app
from emos_io.corpus import Clip, Corpus, load_folds, load_split
from emos_io.testing import make_clip


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A corpus of ten clips of five speakers, who are in two rooms, with sides of their own."""
    sides = ("train", "train", "train", "dev", "test")
    clips = [
        make_clip(f"own/{n}", 2, group={"speaker": f"s{n // 2}", "room": f"r{n // 6}", "split": sides[n // 2]})
        for n in range(10)
    ]
    Corpus(clips).save(tmp_path / "saved")
    return tmp_path / "saved"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A corpus as a folder without a column of groups gives it."""
    clips = [Clip(key=f"folder/{n}", source="folder", language="", group={"video": n}) for n in "abcd"]
    Corpus(clips).save(tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def emos(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = guarded(lambda: app(["splits", *map(str, words)], standalone_mode=False))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return emos


def test_three_sides_are_those_of_python_and_are_written(saved: Path, tmp_path: Path, run: Any) -> None:
    out = tmp_path / "split.json"
    words = ("--seed", 7, "--test", 0.2, "--validation", 0.2, "--by", "speaker", "--stratify", "", "--out", out)
    code, printed, err = run(saved, *words, "--json")
    ours = Corpus.load(saved).split(seed=7, test=0.2, validation=0.2, by=["speaker"])
    value = json.loads(printed)
    assert (code, err, value["sha256"], value["validation"]) == (0, "", ours.sha256, list(ours.validation))
    assert value["disjoint"] == ["speaker"] and value["divided"]
    assert load_split(out) == ours
    code, printed, err = run(saved, *words)
    assert (code, err) == (0, "")
    assert "share of validation" in printed and "on one side each: speaker" in printed and ours.sha256 in printed


def test_folds_are_those_of_python_and_are_written(saved: Path, tmp_path: Path, run: Any) -> None:
    out = tmp_path / "folds.json"
    code, printed, err = run(saved, "--seed", 7, "--folds", 2, "--json", "--out", out)
    ours = Corpus.load(saved).folds(k=2, seed=7, stratify=["confidence_tier", "language"])
    assert (code, err, json.loads(printed)["folds"]) == (0, "", [list(keys) for keys in ours.folds])
    assert load_folds(out) == ours
    code, printed, _ = run(saved, "--seed", 7, "--folds", 2)
    assert code == 0 and "fold 1" in printed and ours.sha256 in printed


def test_groups_and_columns_need_no_seed(saved: Path, run: Any) -> None:
    code, printed, err = run(saved, "--leave-one-out", "speaker", "--json")
    value = json.loads(printed)
    assert (code, err, value["names"], value["seed"]) == (0, "", ["s0", "s1", "s2", "s3", "s4"], None)
    code, printed, _ = run(saved, "--leave-one-out", "room")
    assert code == 0 and "r1" in printed and "on one side each: room, speaker" in printed
    code, printed, _ = run(saved, "--predefined", "split", "--json")
    value = json.loads(printed)
    assert (code, len(value["train"]), value["validation"], value["test"]) == (
        0,
        6,
        ["own/6", "own/7"],
        ["own/8", "own/9"],
    )


def test_a_split_by_files_says_that_speakers_may_be_on_both_sides(files: Path, run: Any) -> None:
    code, printed, err = run(files, "--seed", 1, "--test", 0.5)
    assert (code, err) == (0, "")
    assert "there is no group but the file: one speaker may be on several sides" in printed
    assert json.loads(run(files, "--seed", 1, "--json")[1])["ungrouped"] == 4


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], "--seed must be an integer, got none; give any"),
        (["--folds", "2"], "--seed must be an integer, got none; give any"),
        (
            ["--folds", "2", "--leave-one-out", "speaker"],
            "--folds must be the only division, got --folds and --leave-one",
        ),
        (["--folds", "2", "--seed", "1", "--test", "0.2"], "--test must be left out with --folds, got both"),
        (["--leave-one-out", "speaker", "--seed", "1"], "--seed must be left out with --leave-one-out, got both"),
        (["--predefined", "split", "--by", "speaker"], "--by must be left out with --predefined, got both"),
        (
            ["--seed", "1", "--by", "mood"],
            "emos: --by must be of film, dialogue, video, room, speaker, split, got 'mood'; correct or",
        ),
        (
            ["--leave-one-out", "mood"],
            "emos: --leave-one-out must be of room, speaker, split, got 'mood'; correct or remove it, the items have",
        ),
        (
            ["--predefined", "mood"],
            "emos: --predefined must be of room, speaker, split, got 'mood'; correct or remove it",
        ),
        (["--leave-one-out", "dialogue"], "emos: --leave-one-out must be "),
        (["--predefined", "room"], "room of 'own/0' must be train, validation or test, got 'r0'"),
        (["--folds", "9", "--seed", "1"], "must have 9 or more groups of items for 9 folds, got "),
        (["--seed", "1", "--validation", "0.9"], "validation must be below 0.8 beside test 0.2, got 0.9"),
    ],
    ids=lambda value: " ".join(value) or "none" if isinstance(value, list) else "",
)
def test_wrong_use_is_one_line(saved: Path, run: Any, words: list[str], text: str) -> None:
    code, out, err = run(saved, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert text in err


@pytest.mark.parametrize("words", [["--seed", "1"], ["--seed", "1", "--folds", "2"], ["--leave-one-out", "speaker"]])
def test_a_file_that_cannot_be_written_is_named_with_what_to_do(
    saved: Path, tmp_path: Path, run: Any, words: list[str]
) -> None:
    out = tmp_path / "none" / "x.json"
    text = f'emos: the file cannot be written (No such file or directory); make its folder first: "{out}"\n'
    assert run(saved, *words, "--out", out) == (3, "", text)
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "x.json"
    text = f'emos: the file cannot be written (Not a directory); name another file: "{out}"\n'
    assert run(saved, *words, "--out", out) == (3, "", text)
