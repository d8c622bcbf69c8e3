"""A training that was killed and goes on is the one that was not: the same losses, weights and log, bit for bit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from loop_help import make_media

from emos_io.train.checkpoints import BEST, CHECKPOINT, load
from emos_io.train.logs import LOG
from emos_io.train.results import RESULT, SeedResult, read_result

HERE = Path(__file__).parent
STEPS = 8
"""Steps of an epoch of `tiny_recipe`; checkpoints come after steps 3 and 6, and before and after each validation."""

CHAINS: dict[str, list[tuple[str, int, int]]] = {
    "before the first checkpoint": [("train", 0, 2)],
    "in the middle of an epoch": [("train", 0, 5)],
    "in the validation": [("validation", 0, 2)],
    "between two epochs": [("after checkpoint.pt", 3, 0)],
    "before a checkpoint has its name": [("before checkpoint.pt", 1, 0)],
    "before the best model has its name": [("before best.pt", 0, 0)],
    "between the best model and its checkpoint": [("after best.pt", 0, 0)],
    "before the last file has its name": [("before result.json", 0, 0)],
    "again and again": [("train", 0, 4), ("train", 0, STEPS), ("validation", 0, 1), ("train", 1, 2), ("train", 1, 7)],
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[int]]]:
    """The folder of all runs, and how their processes ended."""
    folder = tmp_path_factory.mktemp("resume")
    make_media(folder / "corpus")
    chains = {"undisturbed": [], **CHAINS}
    done = subprocess.run(
        [sys.executable, str(HERE / "resume_runs.py"), str(folder / "corpus"), str(folder), json.dumps(chains)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    statuses: dict[str, list[int]] = json.loads(done.stdout)
    assert statuses["undisturbed"] == [0], done.stderr
    return folder, statuses


def result_of(folder: Path) -> SeedResult:
    """The result without the seconds that it took."""
    result = read_result(folder)
    assert result is not None
    return replace(result, cpu_seconds=0.0)


def tensors(values: object, name: str = "") -> dict[str, torch.Tensor]:
    """Every tensor in nested dicts, by its way."""
    if isinstance(values, torch.Tensor):
        return {name: values}
    found: dict[str, torch.Tensor] = {}
    for key, value in values.items() if isinstance(values, dict) else []:
        found |= tensors(value, f"{name}/{key}")
    return found


@pytest.mark.parametrize("name", CHAINS)
def test_it_goes_on_bit_for_bit(runs: tuple[Path, dict[str, list[int]]], name: str) -> None:
    folder, statuses = runs
    assert statuses[name] == [-signal.SIGKILL] * len(CHAINS[name]) + [0]
    own, other = folder / name, folder / "undisturbed"
    assert (own / LOG).read_bytes() == (other / LOG).read_bytes()
    assert result_of(own) == result_of(other)
    for file in (BEST, CHECKPOINT):
        mine, theirs = load(own / file), load(other / file)
        assert set(mine) == set(theirs)
        left, right = tensors(mine), tensors(theirs)
        assert left.keys() == right.keys()
        assert len(left) > 10
        assert all(torch.equal(left[each], right[each]) for each in left)
    left_there = {each.name for each in own.iterdir()} - {"tensorboard"}
    assert left_there == {LOG, CHECKPOINT, BEST, RESULT}


def test_the_log_has_every_step_once(runs: tuple[Path, dict[str, list[int]]]) -> None:
    rows = [line.split(",")[:3] for line in (runs[0] / "again and again" / LOG).read_text().splitlines()[1:]]
    expected = [
        *(["train", "0", str(step)] for step in range(STEPS)),
        ["validation", "0", str(STEPS)],
        *(["train", "1", str(step)] for step in range(STEPS, 2 * STEPS)),
        ["validation", "1", str(2 * STEPS)],
    ]
    assert rows == expected
