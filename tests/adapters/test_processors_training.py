"""Tiny models of each family train on what a family makes: forward, backward, LoRA on the language tower, adapters reloaded."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from emos_io import InvalidArgument
from emos_io.adapters import language_modules
from emos_io.testing.tiny_models import TinyFamily, tiny_model

pytest.importorskip("transformers")

import torch
import transformers
from processors_help import FAMILIES, counting_samples, made_sample, make_family, pair

STEPS, RATE = 20, 5e-3
FALL = 0.9
"""Of the loss on one batch after `STEPS` steps, at most."""
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
"""What recipes name: they stand in other towers too."""
LAYERS = {"qwen2_5_omni": 14, "qwen3_omni": 8, "qwen2_5_vl": 14}
"""Of two layers of language: four of attention in each, and three of the MLP where it has no experts."""


@pytest.fixture(scope="module", params=FAMILIES)
def name(request: pytest.FixtureRequest) -> TinyFamily:
    family: TinyFamily = request.param
    return family


@pytest.fixture(scope="module")
def batch(name: TinyFamily, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two windows of a counting clip, with video, audio and text."""
    family = make_family(name)
    return family(counting_samples(family, tmp_path_factory.mktemp("counting"))[1:3])


def test_forward_and_backward_reach_every_tower(name: TinyFamily, batch: Any) -> None:
    family = FAMILIES[name]
    assert type(pair(name).model).__name__ == family.model_class
    model = tiny_model(name)
    loss = model(**batch).loss
    loss.backward()
    towers = {"visual", "language_model", *(["audio_tower"] if family.hears else [])}
    assert {child for child, _ in model.model.named_children()} == towers
    for tower in towers:
        gradients = [weight.grad for weight in getattr(model.model, tower).parameters() if weight.grad is not None]
        assert gradients and any(float(gradient.abs().max()) > 0 for gradient in gradients), tower


def test_the_loss_is_the_mean_over_labels(name: TinyFamily, batch: Any) -> None:
    """By hand, in float64: the token before a label says it."""
    with torch.no_grad():
        outputs = pair(name).model(**batch)
    scores = torch.log_softmax(outputs.logits[:, :-1].double(), dim=-1)
    labels = batch["labels"][:, 1:]
    expected = labels != -100
    chosen = scores.gather(2, labels.clamp(min=0)[..., None])[..., 0][expected]
    assert int(expected.sum()) == batch["num_items_in_batch"]
    assert float(outputs.loss) == pytest.approx(float(-chosen.mean()), abs=1e-5)  # float32 sums


def test_the_inputs_reach_the_loss(name: TinyFamily, batch: Any) -> None:
    """Other pixels, other sound, another flag: the model's answer is another one."""
    changes: dict[str, Any] = {"pixel_values_videos": batch["pixel_values_videos"].flip(0)}
    if FAMILIES[name].hears:
        changes["input_features"] = batch["input_features"].flip(0)
        changes["use_audio_in_video"] = False
    with torch.no_grad():
        logits = pair(name).model(**batch).logits
        for key, value in changes.items():
            assert not torch.equal(pair(name).model(**{**batch, key: value}).logits, logits), key


def test_language_modules_are_those_of_the_language_tower(name: TinyFamily) -> None:
    model = pair(name).model
    names = language_modules(model)
    assert len(names) == len(set(names)) == LAYERS[name]
    linear = {key for key, module in model.named_modules() if isinstance(module, torch.nn.Linear)}
    assert set(names) == {key for key in linear if key.startswith("model.language_model.layers.")}
    others = {key for key in linear if "audio_tower" in key or "visual" in key}
    assert others and not set(names) & others


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
def test_lora_learns_one_batch_and_reloads(name: TinyFamily, batch: Any, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    base = tiny_model(name)
    config = peft.LoraConfig(r=16, lora_alpha=32, target_modules=language_modules(base))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = peft.get_peft_model(base, config)
    trained = [key for key, weight in model.named_parameters() if weight.requires_grad]
    assert len(trained) == 2 * LAYERS[name]
    assert all(".language_model.layers." in key and "lora_" in key for key in trained)
    optimizer = torch.optim.AdamW([weight for weight in model.parameters() if weight.requires_grad], lr=RATE)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss = model(**batch).loss
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        trained_outputs = model(**batch)
    assert trained_outputs.loss.item() <= FALL * losses[0]
    model.save_pretrained(tmp_path)
    again = peft.PeftModel.from_pretrained(tiny_model(name), tmp_path).eval()
    with torch.no_grad():
        logits = again(**batch).logits
        untrained = pair(name).model(**batch).logits
    assert float((logits - trained_outputs.logits).abs().max()) == 0.0
    assert float((logits - untrained).abs().max()) > 0


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")
@pytest.mark.filterwarnings("ignore:The following .*_pattern keys:RuntimeWarning")
def test_a_list_of_names_adapts_other_towers() -> None:
    """Six layers that see and hear, in Qwen2.5-Omni; and in Qwen3-Omni the experts, without a word."""
    peft = pytest.importorskip("peft")
    adapted = {}
    for name in ("qwen2_5_omni", "qwen3_omni"):
        model = peft.get_peft_model(tiny_model(name), peft.LoraConfig(r=16, lora_alpha=32, target_modules=PROJECTIONS))
        adapted[name] = {key for key, _ in model.named_parameters() if "lora_A" in key}
    elsewhere = [key for key in adapted["qwen2_5_omni"] if "audio_tower" in key or "visual" in key]
    assert sum("audio_tower" in key for key in elsewhere) == 3 and len(elsewhere) == 6
    assert any("experts" in key for key in adapted["qwen3_omni"])


def test_a_model_that_does_not_train_is_refused() -> None:
    """The full model has no forward."""
    config = transformers.Qwen2_5OmniConfig(enable_audio_output=False)
    with torch.device("meta"):
        full = transformers.Qwen2_5OmniForConditionalGeneration(config)
    with pytest.raises(TypeError, match="_forward_unimplemented"):
        full(input_ids=torch.zeros(1, 1, dtype=torch.long))
    with pytest.raises(InvalidArgument) as caught:
        language_modules(full)
    assert str(caught.value) == (
        "model must be of a class that trains, got Qwen2_5OmniForConditionalGeneration, which has no forward; pass "
        "model.thinker, or load it with Qwen2_5OmniThinkerForConditionalGeneration.from_pretrained"
    )
    assert len(language_modules(full.thinker)) == 7 * config.thinker_config.text_config.num_hidden_layers


def test_a_model_without_a_language_tower_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="model must have a language tower with layers of attention and MLP"):
        language_modules(torch.nn.Linear(1, 1))


def test_masked_windows_leave_the_loss_of_others_as_it_is(name: TinyFamily) -> None:
    """A row without labels beside a row with labels: the loss is that of the row with labels."""
    family = make_family(name)
    sample = made_sample(family)
    unread = copy.copy(made_sample(family, seed=1, key=None, valid=False))
    model = pair(name).model
    with torch.no_grad():
        alone, together = model(**family([sample])).loss, model(**family([sample, unread])).loss
    assert float(alone) == pytest.approx(float(together), abs=1e-4)  # a batch of two sums in another order
