"""``emos baseline`` as people run it: files that can be scored, one line of counts, one line of what is wrong."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from pathlib import Path

import pytest
from run_emos import ESCAPE, emos_here

from emos_io.cli.app import run
from emos_io.corpus import Corpus, folds, leave_one_out, split
from emos_io.evaluation import BASELINES, match, read_predictions, read_split
from oracle import baseline_corpora as made

pytestmark = pytest.mark.command


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A folder with a saved corpus, folds of its clips and of its monologues, and a split of all."""
    corpus = made.corpus()
    corpus.save(tmp_path / "corpus")
    folds(corpus.with_items(monologues=()), k=4, seed=3).save(tmp_path / "clips.json")
    leave_one_out(corpus.with_items(clips=()), "film").save(tmp_path / "films.json")
    split(corpus, seed=2, test=0.4).save(tmp_path / "mixed.json")
    return tmp_path


class Terminal(io.StringIO):
    """A terminal, as far as a program can see."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("name", "models"), [("text", 8), ("text-stream", 1)])
def test_models_that_are_fitted_are_a_bar_in_a_terminal(
    name: str, models: int, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From before the first is fitted, which may last a minute."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    of, out = "films.json" if name == "text-stream" else "clips.json", saved / "out.jsonl"
    with contextlib.redirect_stderr(Terminal()) as printed, contextlib.redirect_stdout(io.StringIO()):
        code = run(["baseline", name, str(saved / "corpus"), "--split", str(saved / of), "--out", str(out)])
    assert code == 0
    text = ESCAPE.sub("", printed.getvalue())
    assert "fitting" in text and f"0/{models}" in text and f"{models}/{models}" in text


@pytest.mark.parametrize("name", BASELINES)
def test_predictions_can_be_scored_and_counts_are_true(name: str, saved: Path) -> None:
    of = "films.json" if name == "text-stream" else "clips.json"
    out = saved / "out.jsonl"
    run = emos_here("baseline", name, saved / "corpus", "--split", saved / of, "--out", out, "--seed", "7", "--json")
    assert (run.returncode, run.stderr) == (0, "")
    counts = json.loads(run.stdout)
    found = read_predictions(out, strict=True)
    corpus, division = Corpus.load(saved / "corpus"), read_split(saved / of)
    assert not match(found, corpus, layer="basic7", split=division).findings
    assert counts == {
        "baseline": name,
        "layer": "basic7",
        "predictions": len(found),
        "clips": 0 if name == "text-stream" else 40,
        "monologues": 3 if name == "text-stream" else 0,
        "folds": 3 if name == "text-stream" else 4,
        "without_answer": 0,
        "not_predicted": 0,
        "split_sha256": division.sha256,
        "predictions_sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "out": str(out),
    }
    assert found.header["command"] == f"emos baseline {name} corpus --split {of} --seed 7"


def test_what_is_written_depends_on_no_folder(saved: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    for out in (saved / "a.jsonl", other / "b.jsonl"):
        assert (
            emos_here("baseline", "prior", saved / "corpus", "--split", saved / "clips.json", "--out", out).returncode
            == 0
        )
    assert (saved / "a.jsonl").read_bytes() == (other / "b.jsonl").read_bytes()


def test_the_last_line_counts_and_says_what_is_not_predicted(saved: Path) -> None:
    out = saved / "out.jsonl"
    run = emos_here("baseline", "text", saved / "corpus", "--split", saved / "mixed.json", "--out", out)
    division = read_split(saved / "mixed.json")
    keys = {row.key for row in read_predictions(out)}
    assert not hasattr(division, "folds")
    line, checksum = run.stdout.splitlines()
    assert line.startswith(f"{len(keys)} predictions of {len(keys)} clips, 0 without an answer, ")
    assert line.endswith(f" monologues of test not predicted, which text-stream does; text, basic7: {out}")
    assert checksum == f"sha256 {hashlib.sha256(out.read_bytes()).hexdigest()}"


def test_a_file_that_is_there_needs_overwrite(saved: Path) -> None:
    out = saved / "out.jsonl"
    out.write_text("mine")
    words = ("baseline", "majority", saved / "corpus", "--split", saved / "clips.json", "--out", out)
    run = emos_here(*words)
    assert (run.returncode, run.stdout, out.read_text()) == (2, "", "mine")
    assert run.stderr == (
        f'emos: --out must be a new file, got one that is there; name another, or add --overwrite: "{out}"\n'
    )
    assert emos_here(*words, "--overwrite").returncode == 0
    assert len(read_predictions(out, strict=True)) == 40


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (
            ("majority", "--split", "static"),
            2,
            "emos: --split must be of items of the corpus, got 9403 of 9403 keys",
        ),
        (("majority", "--split", "none.json"), 3, "emos: there is no such file; save a split there first"),
        (
            ("majority", "--split", "clips.json", "--layer", "mer6"),
            2,
            "emos: --layer must be one in which items of train have",
        ),
        (
            ("majority", "--split", "clips.json", "--layer", "goemotions"),
            2,
            "emos: --layer must take one label at once",
        ),
        (("majority", "--split", "clips.json", "--layer", "moods"), 2, "emos: --layer must be one of basic7, "),
        (
            ("text", "--split", "films.json"),
            2,
            "emos: --split must have clips to test with 'text', got monologues alone",
        ),
        (
            ("text-stream", "--split", "clips.json"),
            2,
            "emos: --split must have monologues to test with 'text-stream', got clips",
        ),
        (
            ("prior", "--split", "clips.json", "--train", "clips"),
            2,
            "emos: --train must be left out with 'prior', got 'clips'",
        ),
        (("random", "--split", "clips.json"), 2, "emos: "),
        (("prior", "--split", "clips.json", "--seed", "x"), 2, "emos: "),
        (("prior",), 2, "emos: "),
    ],
)
def test_wrong_use_is_one_line_and_writes_nothing(words: tuple[str, ...], code: int, text: str, saved: Path) -> None:
    name, *options = words
    run = emos_here("baseline", name, "corpus", *options, "--out", "out.jsonl", cwd=saved)
    assert (run.returncode, run.stdout) == (code, "")
    (line,) = run.stderr.splitlines()
    assert line.startswith(text)
    assert not (saved / "out.jsonl").exists()
