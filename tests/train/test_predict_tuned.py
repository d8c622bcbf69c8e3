"""A fine-tuned run on the command line: it is asked as it was trained, and options that would change that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lora_help import TEST, TRAIN, VALIDATION, clips_corpus, clips_split, tiny_recipe
from run_emos import emos_here

from emos_io.corpus import load_split
from emos_io.evaluation import read_predictions
from emos_io.testing.tiny_models import save_tiny_pair
from emos_io.train import train

pytestmark = pytest.mark.slow


def test_a_tuned_run_predicts_as_it_was_trained(tmp_path: Path) -> None:
    base = save_tiny_pair(tmp_path / "base", "qwen2_5_omni")
    corpus, split = clips_corpus(tmp_path), clips_split(tmp_path)
    run = tmp_path / "run"
    train(tiny_recipe(base, training__epochs=1), corpus, load_split(split), run, seeds=[0])
    words = ("predict", run, tmp_path / "corpus", "--split", split)
    found = emos_here(*words, "--side", "all", "--out", tmp_path / "all.jsonl", "--json")
    assert found.returncode == 0, found.stderr
    counts = json.loads(found.stdout)
    assert (counts["answered"], counts["predictions"]) == (9, 9)
    assert counts["trained_on"] == len(TRAIN) + len(VALIDATION)
    header = read_predictions(tmp_path / "all.jsonl").header
    expected = {"prompt": "clip-words-1", "language": "en", "layers": "basic7", "fps": "4", "size": "56,56"}
    assert {name: header[name] for name in expected} == expected
    assert (header["max_new_tokens"], header["pixels"], header["model_seed"]) == (4, "3136,3136", 0)
    assert emos_here(*words, "--out", tmp_path / "test.jsonl").returncode == 0
    assert {row.key for row in read_predictions(tmp_path / "test.jsonl")} == set(TEST)
    refused = emos_here(*words, "--out", tmp_path / "fps.jsonl", "--fps", "1")
    assert refused.returncode == 2
    assert "--fps must be left out for a run of the kind lora, got 1" in refused.stderr
    refused = emos_here(*words, "--out", tmp_path / "form.jsonl", "--form", "streaming")
    assert "--form must be left out for a run of the kind lora, got streaming" in refused.stderr
    assert not (tmp_path / "fps.jsonl").exists()
