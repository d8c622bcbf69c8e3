"""``emos leaks``: what the sides of a split share, and exit codes that follow."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from emos_io.cli.app import guarded
from emos_io.cli.verbs import app
from emos_io.corpus import Clip, Corpus
from emos_io.corpus.division.values import folds_sha256, sides_sha256
from oracle import clips

LONG = "I have never seen him before in all my life"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A corpus of six clips of three speakers; two of different speakers have one text."""
    several = [
        Clip(key=f"own/{n}", source="own", language="en", text=LONG if n in (0, 5) else str(n), speaker=f"s{n // 2}")
        for n in range(6)
    ]
    Corpus(several).save(tmp_path / "saved")
    return tmp_path / "saved"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def emos(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = guarded(lambda: app([*map(str, words)], standalone_mode=False))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return emos


def write(path: Path, **values: Any) -> Path:
    """A file of a split or of folds, with the sha256 of its lists."""
    if "folds" in values:
        digest = folds_sha256(values["folds"])
    else:
        digest = sides_sha256(values["train"], values.get("validation"), values["test"])
    path.write_text(json.dumps({"seed": 1, "by": [], **values, "sha256": digest}))
    return path


def test_counts_findings_and_leaks_are_lines_of_json(saved: Path, tmp_path: Path, run: Any) -> None:
    split = write(tmp_path / "split.json", train=["own/0", "own/1", "own/2"], test=["own/3", "own/5", "own/9"])
    code, out, err = run("leaks", saved, "--split", split, "--json")
    counts, *lines = map(json.loads, out.splitlines())
    assert (code, err) == (1, "")
    assert counts == {
        "sides": {"train": 3, "test": 3},
        "items": 5,
        "texts": 2,
        "media": 0,
        "fitted": 0,
        "unknown_fits": 0,
        "unknown": 1,
        "unassigned": 1,
        "leaks": 2,
        "findings": {"divided_group": 1, "equal_text": 1, "item_without_side": 1, "unknown_item": 1},
    }
    assert [line["code"] for line in lines[:4]] == ["divided_group", "equal_text", "unknown_item", "item_without_side"]
    assert lines[4:] == [
        {
            "kind": "group",
            "group": "speaker",
            "names": ["s1"],
            "sides": {"train": ["own/2"], "test": ["own/3"]},
            "similarity": None,
            "severity": "fault",
        },
        {
            "kind": "equal_text",
            "group": None,
            "names": [LONG],
            "sides": {"train": ["own/0"], "test": ["own/5"]},
            "similarity": 1.0,
            "severity": "fault",
        },
    ]
    code, out, _ = run("leaks", saved, "--split", split)
    assert code == 1 and "1 group of speaker is on both sides" in out and "--json prints every leak" in out


def test_notes_alone_are_no_failure(saved: Path, tmp_path: Path, run: Any) -> None:
    split = write(tmp_path / "split.json", train=["own/0", "own/1"], test=["own/2", "own/3"])
    code, out, _ = run("leaks", saved, "--split", split, "--json")
    assert code == 0 and json.loads(out.splitlines()[0])["findings"] == {"item_without_side": 1}
    code, out, _ = run("leaks", saved, "--split", split)
    assert code == 0 and "note" in out


def test_folds_are_read_too(saved: Path, tmp_path: Path, run: Any) -> None:
    folds = write(tmp_path / "folds.json", folds=[[f"own/{n}", f"own/{n + 1}"] for n in (0, 2, 4)])
    code, out, _ = run("leaks", saved, "--split", folds, "--json")
    counts, finding, *_ = map(json.loads, out.splitlines())
    assert (code, counts["sides"], counts["leaks"]) == (1, {"0": 2, "1": 2, "2": 2}, 1)
    assert (finding["code"], finding["where"]) == ("equal_text", "folds")


def test_folds_of_the_package_are_named(saved: Path, run: Any) -> None:
    code, out, _ = run("leaks", saved, "--split", "streams", "--json")
    counts = json.loads(out.splitlines()[0])
    assert (len(counts["sides"]), counts["unassigned"]) == (46, 6)
    assert code == 1 and "unknown_item" in counts["findings"]


def test_equal_media_of_own_data_under_other_names(tmp_path: Path, run: Any) -> None:
    media = tmp_path / "clips"
    media.mkdir()
    for name, seconds in (("a", 6), ("b", 6), ("c", 3)):
        shutil.copy(clips.counting_clip(seconds=seconds, rate=8_000), media / f"{name}.mov")
    table = tmp_path / "labels.csv"
    table.write_text("item,label\na,Joy\nb,Joy\nc,Anger\n")
    own = ("--annotations", table)
    split = write(tmp_path / "split.json", train=["folder/a", "folder/c"], test=["folder/b"])
    code, out, err = run("leaks", media, *own, "--split", split, "--json")
    counts, finding, leak = map(json.loads, out.splitlines())
    assert (code, err, counts["media"], finding["code"]) == (1, "", 3, "equal_media")
    assert leak["sides"] == {"train": ["folder/a"], "test": ["folder/b"]} and len(leak["names"][0]) == 32
    split = write(tmp_path / "split.json", train=["folder/a", "folder/b"], test=["folder/c"])
    assert run("leaks", media, *own, "--split", split)[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((), 2, "Missing option '--split'"),
        (("--split", "none.json"), 3, "there is no such file; save a split there first"),
        (("--split", "odd.json"), 3, "the file of a split has no train"),
        (("--split", "twice.json"), 3, "the file of a split has 1 keys twice, such as 'own/0'"),
        (("--split", "split.json", "--near", "2"), 2, "--near must be above 0 and at most 1, got 2.0"),
        (("--split", "split.json", "--layer", "basic7"), 2, "--layer must come with --annotations"),
    ],
    ids=["no split", "no file", "no lists", "twice", "near", "layer"],
)
def test_wrong_words_are_one_line(
    saved: Path, tmp_path: Path, run: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "split.json", train=["own/0"], test=["own/2"])
    write(tmp_path / "twice.json", train=["own/0"], test=["own/0"])
    (tmp_path / "odd.json").write_text("{}")
    got, out, err = run("leaks", saved, *words)
    assert (got, out) == (code, "") and text in err and err.count("\n") == 1
