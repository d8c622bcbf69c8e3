"""The commands of docs/fine-tune.md run as they stand, on a tiny model in a folder with the name of a large one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from run_emos import emos_here

from emos_io.corpus import Corpus, load_split
from emos_io.evaluation import read_predictions
from emos_io.testing.timed_clips import timed_clips
from emos_io.testing.tiny_models import save_tiny_pair

pytest.importorskip("transformers")
pytest.importorskip("peft")

PAGE = (Path(__file__).parents[2] / "docs" / "fine-tune.md").read_text("utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]
BASE = "Qwen/Qwen2.5-Omni-7B"
FAST = """
[data]
size = [28, 56]
pixels = [784, 50176]
accumulation = 2

[training]
epochs = 1
"""
"""What a tiny model needs beside the recipe of the page: small frames and few steps."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page takes for given: a corpus, a model, and the recipe that it prints."""
    folder = tmp_path_factory.mktemp("page")
    Corpus(timed_clips(folder / "media")).save(folder / "made")
    save_tiny_pair(folder / BASE, "qwen2_5_omni")
    (recipe,) = re.findall(r"```toml\n# own.toml\n(.*?)```", PAGE, re.DOTALL)
    (folder / "own.toml").write_text(recipe + FAST)
    return folder


@pytest.mark.filterwarnings("ignore:.*:FutureWarning")
def test_every_command_runs_in_the_order_of_the_page(folder: Path) -> None:
    assert len(COMMANDS) == 9
    for command in COMMANDS:
        first, *words = shlex.split(command)
        assert first == "emos"
        done = emos_here(*words, cwd=folder, HF_HUB_OFFLINE="1")
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        if "--forms" in words:
            assert all(f" {name} " in done.stdout for name in ("words", "letters", "json", "macro F1"))
        if "--parity" in words:
            assert "4 items of training" in done.stdout
    test = set(load_split(folder / "split.json").test)
    assert len(test) == 2
    for name in ("zero-shot", "fine-tuned", "forms-words", "forms-letters", "forms-json", "blind", "majority"):
        assert {row.key for row in read_predictions(folder / f"{name}.jsonl")} == test
