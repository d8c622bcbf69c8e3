"""The benchmark of LoRA on a GPU runs on the CPU with a tiny model; without a GPU it says so and writes nothing."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

BENCHES = Path(__file__).parents[2] / "benches"
LAYERS, HIDDEN, KEY_VALUE, INNER = 2, 64, 32, 128
"""Of the language tower of the tiny model."""


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHES))
    return import_module("gpu_train")


@pytest.mark.skipif(torch.cuda.is_available(), reason="it would run for minutes on the GPU that is here")
def test_without_a_gpu_nothing_is_written(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "gpu_train.json"
    monkeypatch.setattr(sys, "argv", ["gpu_train.py", "--out", str(out)])
    bench.main()
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("no GPU is here: nothing is timed")
    assert not out.exists()


@pytest.mark.filterwarnings("ignore:.*:FutureWarning")
def test_the_tiny_mode_runs(bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "new" / "gpu_train.json"
    monkeypatch.setattr(sys, "argv", ["gpu_train.py", "--tiny", "--steps", "1", "--out", str(out)])
    bench.main()
    report = json.loads(out.read_text())
    # Rank times the two sides of each layer: query and output, key and value, gate and up, down.
    sides = 2 * 2 * HIDDEN + 2 * (HIDDEN + KEY_VALUE) + 3 * (HIDDEN + INNER)
    assert report["model"]["trained"] == LAYERS * bench.RANK * sides
    assert report["work"]["windows"] == 4 and report["tiny"] is True
    assert report["machine"]["versions"]["torch"] == torch.__version__.partition("+")[0]
    rows = report["windows_a_second"]
    filled = {"loader_alone", "model_alone", "loader_and_model"}
    if report["usual_way"] is not None:
        filled |= {"usual_alone", "usual_and_model"}
    assert {name for name, value in rows.items() if value is not None} == filled
    assert all(rows[name] > 0 for name in filled)
    assert report["allocated_gib"] is None


def test_adapted_layers_begin_as_the_model_and_learn_alone(bench: ModuleType) -> None:
    from emos_io.testing.tiny_models import tiny_model

    model, ids = tiny_model("qwen2_5_vl"), torch.arange(8)[None]
    with torch.no_grad():
        before = model(input_ids=ids).logits
    adapted = bench.adapted(model)
    outputs = adapted(input_ids=ids, labels=ids)
    assert torch.equal(outputs.logits, before)
    outputs.loss.backward()
    learned = {name for name, weight in adapted.named_parameters() if weight.grad is not None}
    assert learned == {name for name, _ in adapted.named_parameters() if name.endswith((".up.weight", ".down.weight"))}
    assert len(learned) == 2 * 7 * LAYERS
