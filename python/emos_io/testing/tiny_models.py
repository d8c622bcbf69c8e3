"""Tiny models and processors of the families that the adapters know, made from configurations: nothing is downloaded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from .._checks import choice
from .._install import install

if TYPE_CHECKING:
    from types import ModuleType

    from transformers import PreTrainedModel, PreTrainedTokenizerFast, ProcessorMixin

TinyFamily = Literal["qwen2_5_omni", "qwen3_omni", "qwen2_5_vl"]
TINY_FAMILIES: tuple[TinyFamily, ...] = get_args(TinyFamily)

_TOKENS = {
    "image_token": "<|IMAGE|>",
    "audio_token": "<|AUDIO|>",
    "video_token": "<|VIDEO|>",
    "vision_bos_token": "<|vision_bos|>",
    "vision_eos_token": "<|vision_eos|>",
    "audio_bos_token": "<|audio_bos|>",
    "audio_eos_token": "<|audio_eos|>",
}
_VL_TOKENS = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_bos_token": "<|vision_start|>",
    "vision_eos_token": "<|vision_end|>",
}
_MARKERS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_CHAT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'video' %}VIDEO{% elif part['type'] == 'text' %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_HIDDEN = 64
_TEXT = {
    "hidden_size": _HIDDEN,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    # The sections of the rotary embedding sum to half of the size of a head.
    "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]},
}


@dataclass(frozen=True, slots=True)
class TinyPair:
    """A model and its processor.

    Attributes:
        family: The name of the family.
        model: The class that trains, on the CPU, in float32.
        processor: The processor, with a tokenizer of 256 bytes and a chat template.
    """

    family: TinyFamily
    model: PreTrainedModel
    processor: ProcessorMixin


def tiny_pair(family: TinyFamily, *, seed: int = 0) -> TinyPair:
    """Return a model of about 0.2 million weights and its processor, the same for the same seed.

    Args:
        family: ``"qwen2_5_omni"``, ``"qwen3_omni"`` or ``"qwen2_5_vl"``.
        seed: Of the weights; torch's generator is left as it was.

    Raises:
        InvalidArgument: There is no such family.
        ImportError: transformers is not installed.

    Cost: importing transformers, 10 s and more; then a second.
    """
    choice(family, TINY_FAMILIES, "family")
    return TinyPair(family, tiny_model(family, seed=seed), tiny_processor(family))


def save_tiny_pair(folder: str | os.PathLike[str], family: TinyFamily, *, seed: int = 0) -> Path:
    """Save a model and its processor to a folder, as those of the hub are laid out: the stand-in for one in tests.

    ``AutoProcessor.from_pretrained`` reads the processor, and ``from_pretrained`` of the class that trains reads the model,
    with the same weights; its name stands in ``config.json`` under ``architectures``.

    Args:
        folder: Where to write; made where it is not there, files of the same names are replaced.
        family: ``"qwen2_5_omni"``, ``"qwen3_omni"`` or ``"qwen2_5_vl"``.
        seed: Of the weights, as in `tiny_pair`.

    Returns:
        The folder.

    Raises:
        InvalidArgument: There is no such family.
        ImportError: transformers is not installed.
        OSError: The folder cannot be written.

    Cost: that of `tiny_pair`, and 1 MB of disk.

    Example:
        >>> folder = save_tiny_pair("/tmp/emos-tiny", "qwen2_5_vl")  # doctest: +SKIP
        >>> sorted(each.name for each in folder.iterdir())[:2]  # doctest: +SKIP
        ['chat_template.jinja', 'config.json']
    """
    pair, out = tiny_pair(family, seed=seed), Path(folder)
    pair.model.save_pretrained(out)
    pair.processor.save_pretrained(out)
    return out


def tiny_processor(family: TinyFamily) -> ProcessorMixin:
    """Return a processor of a family, with a tokenizer of 256 bytes; see `tiny_pair`."""
    choice(family, TINY_FAMILIES, "family")
    transformers = _transformers()
    tokenizer = _tokenizer(family)
    if family == "qwen2_5_vl":
        pad = "<|vision_start|><|video_pad|><|vision_end|>"
        return transformers.Qwen2_5_VLProcessor(
            image_processor=transformers.Qwen2VLImageProcessor(),
            video_processor=transformers.Qwen2VLVideoProcessor(),
            tokenizer=tokenizer,
            chat_template=_CHAT.replace("VIDEO", pad),
        )
    patch = 16 if family == "qwen3_omni" else 14
    made = transformers.Qwen3OmniMoeProcessor if family == "qwen3_omni" else transformers.Qwen2_5OmniProcessor
    return made(
        image_processor=transformers.Qwen2VLImageProcessor(patch_size=patch),
        video_processor=transformers.Qwen2VLVideoProcessor(patch_size=patch),
        feature_extractor=transformers.WhisperFeatureExtractor(feature_size=128),
        tokenizer=tokenizer,
        chat_template=_CHAT.replace("VIDEO", "<|vision_bos|><|VIDEO|><|vision_eos|>"),
    )


def tiny_model(family: TinyFamily, *, seed: int = 0) -> PreTrainedModel:
    """Return a model of a family, of the class that trains; see `tiny_pair`."""
    choice(family, TINY_FAMILIES, "family")
    transformers = _transformers()
    import torch

    make = {"qwen2_5_omni": _qwen2_5_omni, "qwen3_omni": _qwen3_omni, "qwen2_5_vl": _qwen2_5_vl}[family]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make(transformers, _tokenizer(family))


def _transformers() -> ModuleType:
    try:
        return import_module("transformers")
    except ImportError as error:
        raise ImportError(f"transformers is not installed; {install('transformers')}") from error


def _tokenizer(family: TinyFamily) -> PreTrainedTokenizerFast:
    """Return a tokenizer whose tokens are the 256 bytes and the markers of the family."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    markers = _VL_TOKENS if family == "qwen2_5_vl" else _TOKENS
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    bytes_only = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(alphabet)}, merges=[]))
    bytes_only.pre_tokenizer, bytes_only.decoder = (
        pre_tokenizers.ByteLevel(add_prefix_space=False),
        decoders.ByteLevel(),
    )
    bytes_only.add_special_tokens([*_MARKERS, *markers.values()])
    return _transformers().PreTrainedTokenizerFast(
        tokenizer_object=bytes_only,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        extra_special_tokens=markers,
    )


def _vision(patch_size: int) -> dict[str, object]:
    return {
        "depth": 1,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_heads": 2,
        "patch_size": patch_size,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
        "out_hidden_size": _HIDDEN,
    }


_AUDIO = {
    "num_mel_bins": 128,
    "encoder_layers": 1,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "d_model": 32,
    "output_dim": _HIDDEN,
    "max_source_positions": 1500,
}


def _text(tokenizer: PreTrainedTokenizerFast) -> dict[str, object]:
    ends = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    return {**_TEXT, "vocab_size": len(tokenizer), **ends}


def _ids(tokenizer: PreTrainedTokenizerFast, markers: dict[str, str], names: dict[str, str]) -> dict[str, int]:
    return {name: tokenizer.convert_tokens_to_ids(markers[token]) for name, token in names.items()}


def _qwen2_5_omni(transformers: ModuleType, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    names = {
        "audio_token_index": "audio_token",
        "image_token_index": "image_token",
        "video_token_index": "video_token",
        "audio_start_token_id": "audio_bos_token",
        "audio_end_token_id": "audio_eos_token",
        "vision_start_token_id": "vision_bos_token",
        "vision_end_token_id": "vision_eos_token",
    }
    config = transformers.Qwen2_5OmniThinkerConfig(
        audio_config={**_AUDIO, "n_window": 100},
        vision_config={**_vision(14), "window_size": 112, "fullatt_block_indexes": [0]},
        text_config=_text(tokenizer),
        position_id_per_seconds=25,
        seconds_per_chunk=2,
        **_ids(tokenizer, _TOKENS, names),
    )
    return transformers.Qwen2_5OmniThinkerForConditionalGeneration(config)


def _qwen3_omni(transformers: ModuleType, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    from transformers.models.qwen3_omni_moe.configuration_qwen3_omni_moe import Qwen3OmniMoeThinkerConfig

    names = {
        "audio_token_id": "audio_token",
        "image_token_id": "image_token",
        "video_token_id": "video_token",
        "audio_start_token_id": "audio_bos_token",
        "vision_start_token_id": "vision_bos_token",
        "vision_end_token_id": "vision_eos_token",
    }
    audio = {**_AUDIO, "n_window": 50, "n_window_infer": 200, "downsample_hidden_size": 16, "conv_chunksize": 500}
    vision = {**_vision(16), "num_position_embeddings": 64, "deepstack_visual_indexes": [0]}
    experts = {"head_dim": 16, "moe_intermediate_size": 32, "num_experts": 4, "num_experts_per_tok": 2}
    config = Qwen3OmniMoeThinkerConfig(
        audio_config=audio,
        vision_config=vision,
        text_config={**_text(tokenizer), **experts},
        position_id_per_seconds=13,
        **_ids(tokenizer, _TOKENS, names),
    )
    return transformers.Qwen3OmniMoeThinkerForConditionalGeneration(config)


def _qwen2_5_vl(transformers: ModuleType, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
    names = {
        "image_token_id": "image_token",
        "video_token_id": "video_token",
        "vision_start_token_id": "vision_bos_token",
        "vision_end_token_id": "vision_eos_token",
    }
    config = transformers.Qwen2_5_VLConfig(
        text_config=_text(tokenizer),
        vision_config={**_vision(14), "window_size": 112, "fullatt_block_indexes": [0]},
        **_ids(tokenizer, _VL_TOKENS, names),
    )
    return transformers.Qwen2_5_VLForConditionalGeneration(config)
