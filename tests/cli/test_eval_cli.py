"""``emos eval`` is ``emos predict`` and ``emos score``; forms side by side are counted as the files say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from run_emos import emos_here

from emos_io.cli.eval_forms import form_rows, spread_lines
from emos_io.corpus import Corpus
from emos_io.evaluation import Prediction, read_predictions, score
from emos_io.evaluation.prediction_writer import PredictionWriter
from emos_io.testing.timed_clips import timed_clips
from emos_io.testing.tiny_models import save_tiny_pair

pytest.importorskip("transformers")
ASKED = ("--ask-layer", "basic7", "--size", "28,56", "--pixels", "784,50176", "--max-new-tokens", "4")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("eval")
    Corpus(timed_clips(folder / "media")[:2]).save(folder / "made")
    save_tiny_pair(folder / "tiny", "qwen2_5_vl")
    return folder


def test_it_prints_what_both_verbs_print(folder: Path) -> None:
    options = ("tiny", "made", *ASKED, "--out", "one.jsonl", "--json")
    both = emos_here("eval", *options, "--draws", "10", cwd=folder)
    assert both.returncode == 0, both.stderr
    again = emos_here("predict", *options, cwd=folder)
    scored = emos_here("score", "one.jsonl", "--corpus", "made", "--draws", "10", "--json", cwd=folder)
    counts, *scores = both.stdout.splitlines()
    assert scores == scored.stdout.splitlines()
    # The same command line: emos predict goes on with the file, and has nothing to add.
    assert json.loads(again.stdout)["written"] == 0
    assert json.loads(counts)["written"] == 2
    assert json.loads(counts)["predictions_sha256"] == json.loads(again.stdout)["predictions_sha256"]


def test_forms_stand_side_by_side(folder: Path) -> None:
    done = emos_here("eval", "tiny", "made", *ASKED, "--forms", "all", "--out", "f.jsonl", "--json", cwd=folder)
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert [row["form"] for row in last["forms"]] == ["words", "letters", "json"]
    assert last["files"] == {form: f"f-{form}.jsonl" for form in ("words", "letters", "json")}
    for row in last["forms"]:
        predictions = read_predictions(folder / last["files"][row["form"]])
        assert predictions.header["prompt"] == f"clip-{row['form']}-1"
        invalid = sum(each.error != "" for each in predictions)
        assert (row["rows"], row["invalid"], row["share_invalid"]) == (2, invalid, invalid / 2)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--forms", "all", "--prompt", "clip-json-1"), "--forms must be without --prompt, got both"),
        (("--forms", "all", "--paper"), "--forms must be without --paper, got both"),
        (("--parity", "4"), "--parity must be with a run of emos train of the kind lora, got no run"),
        (("--by", "speaker"), "--by must be none, or some of"),
        (("--paper", "--by", "none"), "--paper must be with --by language,confidence_tier,source, got none"),
    ],
)
def test_what_does_not_go_together_is_refused_before_a_model_is_read(
    words: tuple[str, ...], text: str, folder: Path
) -> None:
    done = emos_here("eval", "tiny", "made", *words, "--out", "refused.jsonl", cwd=folder)
    assert done.returncode == 2 and text in done.stderr
    assert not list(folder.glob("refused*"))


def test_rows_of_forms_count_what_is_invalid(tmp_path: Path) -> None:
    corpus = Corpus(timed_clips(tmp_path)[:4])
    labels: dict[str, list[str | None]] = {
        "words": ["Joy", "Sadness", "Fear", "Anger"],
        "json": ["Joy", "Joy", None, None],
    }
    scores = []
    for form, answers in labels.items():
        path = tmp_path / f"{form}.jsonl"
        with PredictionWriter(path, header={}) as writer:
            for number, label in enumerate(answers):
                error = "" if label else "no label"
                writer.write(Prediction(key=f"timed/{number}", layer="basic7", label=label, error=error))
        run = read_predictions(path)
        scores.append(score(run, corpus, by=(), draws=10))
    rows = form_rows(scores)
    # By hand: 4 of 4; 1 of 4, two of them invalid. Macro F1 over four labels: 1; 2/3 of Joy, 0 of others.
    values = [(row.accuracy and row.accuracy.value, row.invalid, row.rows) for row in rows]
    assert values == [(1.0, 0, 4), (0.25, 2, 4)]
    assert rows[1].macro_f1 is not None and rows[1].macro_f1.value == pytest.approx(2 / 3 / 4)
    (line,) = spread_lines(rows)
    assert line.startswith("basic7, clips: macro F1 hangs on the form by 0.833, from ")
