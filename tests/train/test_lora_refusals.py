"""Before the first step of a fine-tuning: memory is estimated, and what cannot be trained is one line."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from lora_help import clips_corpus, clips_split, tiny_recipe
from run_emos import emos_here

from emos_io.corpus import Corpus
from emos_io.errors import EmosError, InvalidArgument, SourceNotFound, SourceUnreadable
from emos_io.inference.saved_model import read_saved_model
from emos_io.testing.tiny_models import save_tiny_pair
from emos_io.train import train
from emos_io.train.lora.adapter import count_weights, prepared_model
from emos_io.train.lora.memory import estimate_memory
from emos_io.train.lora.recipe import LoraRecipe
from emos_io.train.lora.saved_bytes import saved_bytes

SAVED_TOLERANCE = 0.02
"""Attention on the CPU keeps what it keeps on a GPU, but for the form of one number a row and for masks."""
TOKENS = 96


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("lora")
    clips_corpus(made)
    save_tiny_pair(made / "base", "qwen2_5_omni")
    clips_split(made)
    return made


def refusal(folder: Path, recipe: LoraRecipe, tmp_path: Path, **options: Any) -> EmosError:
    with pytest.raises(EmosError) as caught:
        train(recipe, Corpus.load(folder / "corpus"), folder / "split.json", tmp_path / "run", device="cpu", **options)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()
    return caught.value


def test_what_the_language_tower_keeps_is_what_it_keeps_on_the_cpu(folder: Path) -> None:
    base, section = read_saved_model(folder / "base"), tiny_recipe(folder / "base").model
    model: Any = base.load("float32")
    # A model is larger than its windows here: with many layers of one kind, the ends matter less.
    prepared_model(model, section)
    model.train()
    known = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    kept: dict[int, Any] = {}

    def add(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in known:
            kept[storage.data_ptr()] = storage
        return tensor

    embedded = torch.randn(1, TOKENS, model.get_input_embeddings().weight.shape[1])
    positions = torch.arange(TOKENS).expand(3, 1, TOKENS)
    with torch.autograd.graph.saved_tensors_hooks(add, lambda tensor: tensor):
        out = model.get_decoder()(inputs_embeds=embedded, position_ids=positions, use_cache=False)
    total = sum(storage.nbytes() for storage in kept.values())
    assert out.last_hidden_state.shape[1] == TOKENS
    assert saved_bytes(base, section, 1, TOKENS) == pytest.approx(total, rel=SAVED_TOLERANCE)


def test_the_estimate_counts_weights_and_states_exactly(folder: Path) -> None:
    base, recipe = read_saved_model(folder / "base"), tiny_recipe(folder / "base", model__dtype="bf16")
    counts = count_weights(base, recipe.model)
    found = estimate_memory(base, recipe, counts, TOKENS)
    model: Any = base.load("bf16")
    weights = sum(weight.nbytes for weight in model.parameters())
    adapted = prepared_model(model, recipe.model)
    learned = [weight for weight in adapted.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learned)
    for weight in learned:
        weight.grad = torch.zeros_like(weight)
    optimizer.step()
    states = [
        value for state in optimizer.state.values() for name, value in state.items() if name.startswith("exp_avg")
    ]
    assert found.weights == weights
    assert found.learned == sum(2 * weight.nbytes for weight in learned) + sum(state.nbytes for state in states)


def test_gradient_checkpointing_needs_less(folder: Path) -> None:
    base, recipe = read_saved_model(folder / "base"), tiny_recipe(folder / "base")
    other = tiny_recipe(folder / "base", training__gradient_checkpointing=True)
    counts = count_weights(base, recipe.model)
    full, less = (estimate_memory(base, each, counts, TOKENS) for each in (recipe, other))
    assert less.activations < full.activations
    assert (less.fixed, less.logits) == (full.fixed, full.logits)


def test_a_gpu_that_is_too_small_is_refused_with_what_would_fit(folder: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    error = refusal(folder, tiny_recipe(folder / "base"), tmp_path, memory_gib=0.007, announce=lines.append)
    assert isinstance(error, InvalidArgument)
    assert re.match(r"^memory of the GPU must be at least .* GiB for a step of [\d,]+ tokens \(weights ", str(error))
    assert "got 0.007 GiB; what would fit: gradient_checkpointing = true under [training]" in str(error)
    assert str(error).endswith("or a smaller base model")
    assert lines[0].startswith("trainable parameters: 32,768 of 240,384 (13.6 %), in 14 modules of the language tower")
    assert lines[1].endswith(" of 0.007 GiB")
    tiny = refusal(folder, tiny_recipe(folder / "base"), tmp_path, memory_gib=1e-6)
    assert str(tiny).endswith("what would fit: a smaller base model")


def test_a_base_that_is_none_is_one_line(folder: Path, tmp_path: Path) -> None:
    assert str(refusal(folder, tiny_recipe(""), tmp_path)).startswith(
        "model.base must be a folder or a name on the hub"
    )
    text_only = tmp_path / "text"
    text_only.mkdir()
    (text_only / "config.json").write_text(json.dumps({"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}))
    error = refusal(folder, tiny_recipe(text_only), tmp_path)
    assert isinstance(error, InvalidArgument)
    assert str(error).startswith(
        "model.base must be a model that sees, got one of the type qwen2, which reads text alone"
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    error = refusal(folder, tiny_recipe(empty), tmp_path)
    assert isinstance(error, SourceUnreadable | SourceNotFound)
    assert "model.base" in str(error)


def test_a_processor_of_no_family_is_one_line(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(folder / "base", other)
    for path in other.glob("*processor*.json"):
        path.unlink()
    error = refusal(folder, tiny_recipe(other), tmp_path)
    assert isinstance(error, InvalidArgument | SourceUnreadable)
    assert "model.base" in str(error)


def test_weights_that_were_cut_are_one_line(folder: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    shutil.copytree(folder / "base", cut)
    weights = cut / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:20_000])
    with pytest.raises(
        SourceUnreadable, match=r"^transformers reads no model from this model: SafetensorError: "
    ) as caught:
        read_saved_model(cut).load("float32")
    assert "\n" not in str(caught.value)


def test_windows_that_are_too_long_are_refused_with_what_would_fit(folder: Path, tmp_path: Path) -> None:
    error = refusal(folder, tiny_recipe(folder / "base", training__max_tokens=64), tmp_path)
    assert isinstance(error, InvalidArgument)
    assert str(error).startswith("windows of train must have at most 64 tokens, got 6 of 6 windows have more than 64")
    assert "what would fit: " in str(error)


def test_a_layer_without_labels_is_refused(folder: Path, tmp_path: Path) -> None:
    error = refusal(folder, tiny_recipe(folder / "base", prompt__layers=["basic7", "goemotions"]), tmp_path)
    assert "the side train must have items with an answer to learn, got 6 clips without a label in basic7" in str(error)


def test_memory_goes_with_kinds_that_estimate_it(folder: Path) -> None:
    common = [str(folder / "corpus"), "--split", str(folder / "split.json"), "--out", str(folder / "none")]
    for options in (["--card-memory", "4"], ["--base", "x"]):
        result = emos_here("train", "av-small.toml", *common, *options)
        assert result.returncode == 2
        assert f"{options[0]} must come with a recipe of the kind lora, got one of av-small" in result.stderr
    result = emos_here("train", "lora.toml", *common, "--card-memory", "0")
    assert result.returncode == 2
    assert "--card-memory must be a number above 0, got 0" in result.stderr


def test_the_command_line_trains_and_refuses(folder: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "own.toml"
    recipe.write_text(tiny_recipe("", training__epochs=1, training__scored_items=1).as_toml())
    common = [str(recipe), str(folder / "corpus"), "--split", str(folder / "split.json"), "--device", "cpu"]
    base = ["--base", str(folder / "base")]
    refused = emos_here("train", *common, *base, "--out", str(tmp_path / "no"), "--card-memory", "0.001")
    assert refused.returncode == 2
    assert "memory of the GPU must be at least" in refused.stderr
    done = emos_here("train", *common, *base, "--out", str(tmp_path / "run"))
    assert done.returncode == 0, done.stderr
    assert "trainable parameters: 32,768 of 240,384" in done.stderr
    assert "accuracy" in done.stdout
