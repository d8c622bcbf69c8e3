"""TRL's SFTTrainer over rows of windows: the order is the trainer's own."""

# The classes of the trainers have no types here.
# mypy: disable-error-code="misc"

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from cover_record import Recorder, collate
from cover_spec import AUDIO, VIDEO, RunSpec, cover_plan
from runs_hf_lanes import Hooks, options
from transformers import LlamaConfig, LlamaForCausalLM, LlamaModel
from trl import SFTConfig, SFTTrainer

from emos_io.adapters.rows import RowCollate, rows
from emos_io.adapters.trl import sft_args
from emos_io.pipes import WindowDataset, WindowSample
from emos_io.testing.tiny_models import tiny_processor


class SeenModel(LlamaModel):
    """Notes the windows that reach it, and reads the text alone."""

    recorder: Recorder

    def forward(self, frames: Any, waveform: Any, numbers: Any, **inputs: Any) -> Any:
        self.recorder.forward({"frames": frames, "waveform": waveform, "numbers": numbers})
        return super().forward(**inputs)


class SeenForCausalLM(LlamaForCausalLM):
    """A model of text that takes windows: TRL calls the body by itself, and not this class's forward."""

    def __init__(self, recorder: Recorder, size: int) -> None:
        config = LlamaConfig(
            vocab_size=size,
            hidden_size=8,
            intermediate_size=8,
            num_hidden_layers=1,
            num_attention_heads=1,
            num_key_value_heads=1,
        )
        super().__init__(config)
        self.model = SeenModel(config)
        self.model.recorder = recorder


def with_text(samples: Sequence[WindowSample]) -> dict[str, torch.Tensor]:
    """Return the windows and four tokens of text each."""
    text = torch.arange(4).repeat(len(samples), 1)
    return {**collate(samples), "input_ids": text, "attention_mask": torch.ones_like(text), "labels": text}


def run(spec: RunSpec) -> None:
    recorder = Recorder(spec)
    args = SFTConfig(
        **sft_args(**options(spec), activation_checkpointing=False, bf16=False),
        dataloader_num_workers=spec.workers,
        dataloader_persistent_workers=spec.workers > 0,
    )
    data = WindowDataset(cover_plan(), video=VIDEO, audio=AUDIO, transform=recorder.count)
    row_collate = RowCollate(data, with_text)
    processor = tiny_processor("qwen2_5_omni")
    trainer = SFTTrainer(
        model=SeenForCausalLM(recorder, len(processor.tokenizer)),
        args=args,
        train_dataset=rows(cover_plan()),
        data_collator=row_collate,
        processing_class=processor,
        callbacks=[Hooks(spec, recorder), row_collate.epochs()],
    )
    trainer.train(resume_from_checkpoint=spec.phase == "resumed")
