"""A saved tiny pair is read back as models of the hub are: processor and weights the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from emos_io.adapters.saved_processor import load_processor
from emos_io.errors import InvalidArgument
from emos_io.testing.tiny_models import TINY_FAMILIES, TinyFamily, save_tiny_pair, tiny_model, tiny_processor

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


@pytest.mark.parametrize("name", TINY_FAMILIES)
def test_what_is_saved_is_read_back(name: TinyFamily, tmp_path: Path) -> None:
    folder = save_tiny_pair(tmp_path / "deep" / "tiny", name)
    model, processor = tiny_model(name), tiny_processor(name)
    again = load_processor(folder)
    assert type(again) is type(processor)
    text = "<|im_start|>user\nÄrger 愤怒" + processor.tokenizer.video_token
    assert again.tokenizer.encode(text) == processor.tokenizer.encode(text)
    assert again.chat_template == processor.chat_template
    read = type(model).from_pretrained(folder)
    weights = read.state_dict()
    assert weights.keys() == model.state_dict().keys()
    assert all(torch.equal(weights[key], value) for key, value in model.state_dict().items())


def test_the_seed_makes_the_weights(tmp_path: Path) -> None:
    first, other = (save_tiny_pair(tmp_path / str(seed), "qwen2_5_vl", seed=seed) for seed in (0, 1))
    assert (first / "model.safetensors").read_bytes() != (other / "model.safetensors").read_bytes()
    assert (first / "config.json").read_bytes() == (other / "config.json").read_bytes()


def test_an_unknown_family_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="family must be"):
        save_tiny_pair(tmp_path / "x", "llava")  # type: ignore[arg-type]
    assert not (tmp_path / "x").exists()
