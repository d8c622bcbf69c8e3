"""Families over tiny processors, samples of counting clips, and what the tensors of a batch say of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from emos_io import Span, WindowPlan
from emos_io.adapters import Conversation, Family, Message, Qwen2_5Omni, Qwen2_5VL, Qwen3Omni, ask
from emos_io.pipes import WindowDataset, WindowSample
from emos_io.testing import counting_clip, make_monologue
from emos_io.testing.tiny_models import TINY_FAMILIES, TinyFamily, TinyPair, tiny_pair

FAMILIES: dict[TinyFamily, type[Family]] = {
    "qwen2_5_omni": Qwen2_5Omni,
    "qwen3_omni": Qwen3Omni,
    "qwen2_5_vl": Qwen2_5VL,
}
HEARING: tuple[TinyFamily, ...] = ("qwen2_5_omni", "qwen3_omni")
assert set(FAMILIES) == set(TINY_FAMILIES)

RATE = 16_000
CLIP_FPS = 25
CLIP_SECONDS = 8
LENGTH = 2
"""Seconds of a window."""
SIZES: dict[TinyFamily, tuple[int, int]] = {
    "qwen2_5_omni": (112, 448),
    "qwen3_omni": (32, 128),
    "qwen2_5_vl": (112, 448),
}
"""Multiples of a token's side and of the 16 x 64 pixels of a counting clip, so that bars stay where they are."""
TINY_PIXELS = (28 * 28, 112 * 448)
"""Low enough that processors leave these sizes as they are."""
SMALL = (28, 56)
"""The least that holds two tokens of 14-pixel patches; 16-pixel patches make it 32 x 64."""
ANSWERS = ("Joy", "Sadness", "Fear", "Anger")


@cache
def pair(family: TinyFamily) -> TinyPair:
    """The model and processor of a family, made once for all tests: they must leave it as it is."""
    return tiny_pair(family)


def make_family(family: TinyFamily, conversation: Conversation | None = None, **options: Any) -> Family:
    """A family at the size of counting clips, which asks for the answer of a window's number."""
    options = {"fps": 2, "size": SIZES[family], "pixels": TINY_PIXELS, **options}
    return FAMILIES[family](pair(family).processor, conversation or ask("Which?", number_answer), **options)


def number_answer(sample: WindowSample) -> str | None:
    """An answer that tells windows apart."""
    return None if sample.number is None else ANSWERS[sample.number % len(ANSWERS)]


def talk(*texts: str, ends_with_question: bool = False) -> Conversation:
    """A conversation of these answers, each after a question; with or without a question at the end."""
    return _Talk(texts, ends_with_question)


@dataclasses.dataclass(frozen=True)
class _Talk:
    texts: tuple[str, ...]
    ends_with_question: bool

    def __call__(self, sample: WindowSample) -> Sequence[Message]:
        turns: list[Message] = []
        for index, text in enumerate(self.texts):
            turns += [Message("user", f"Question {index}?", window=index == 0), Message("assistant", text)]
        if self.ends_with_question or not turns:
            turns.append(Message("user", "And now?", window=not turns))
        return turns


@cache
def counting_plan(folder: Path) -> WindowPlan:
    """Windows of 2 s of one counting clip of 8 s."""
    path = counting_clip(folder, fps=CLIP_FPS, sample_rate=RATE, seconds=CLIP_SECONDS, codec="raw")
    return WindowPlan(
        [make_monologue("own/count", CLIP_SECONDS, [(0, CLIP_SECONDS, "Joy")], path=path)],
        LENGTH,
        LENGTH,
        order="sequential",
    )


def counting_samples(family: Family, folder: Path) -> list[WindowSample]:
    """All windows of the counting clip, as the family reads them."""
    with WindowDataset(counting_plan(folder), **family.reads) as dataset:
        return [dataset[number] for number in range(len(dataset))]


def made_sample(
    family: Family,
    seconds: Any = 2,
    *,
    seed: int = 0,
    hears: bool = True,
    key: str | None = "own/made@0-2",
    valid: bool = True,
) -> WindowSample:
    """A sample of noise as the family reads it, without any media."""
    random = np.random.default_rng(seed)
    span = Span(0, seconds)
    num_frames = family.video.num_frames(span)
    frames = random.integers(0, 256, (num_frames, *family.video.frame_shape()), dtype=np.uint8)
    waveform, waveform_valid = None, np.zeros(0, np.bool_)
    if family.audio is not None and hears:
        num_samples = family.audio.num_samples(span)
        waveform = random.uniform(-0.5, 0.5, (1, num_samples)).astype(np.float32)
        waveform_valid = np.full(num_samples, valid)
    return WindowSample(
        key=key,
        number=None if key is None else seed,
        frames=frames,
        frame_valid=np.full(num_frames, valid),
        damaged=np.zeros(num_frames, np.bool_),
        waveform=waveform,
        waveform_valid=waveform_valid,
        labels=np.array([1, 0], np.float32),
        label_valid=valid,
        confidence=1.0,
        weight=1.0,
        text=(),
        span=None if key is None else span,
        label_span=None if key is None else span,
        timeline=(),
        classes=("Joy", "Sadness"),
        is_start=False,
        valid=valid,
    )


def pixels_of(batch: Any, family: Family) -> list[npt.NDArray[np.float64]]:
    """The frames in a batch, ``[T, H, W, 3]`` in levels of 0 to 255 as they come out, by the meaning of a patch.

    A video is rows of patches: grid, token row, token column, patch row and column in the token; in a patch: channel, frame,
    row, column. Values are ``(level / 255 - mean) / std``.
    """
    video = family.processor.video_processor
    patch, merge, temporal = video.patch_size, video.merge_size, video.temporal_patch_size
    values = batch["pixel_values_videos"].double().numpy()
    frames, first = [], 0
    for grids, rows, columns in batch["video_grid_thw"].tolist():
        count = grids * rows * columns
        block = values[first : first + count].reshape(
            grids, rows // merge, columns // merge, merge, merge, 3, temporal, patch, patch
        )
        first += count
        # To grid, frame, (token row, patch row, row), (token column, patch column, column), channel.
        pixels = block.transpose(0, 6, 1, 3, 7, 2, 4, 8, 5).reshape(grids * temporal, rows * patch, columns * patch, 3)
        frames.append((pixels * np.array(video.image_std) + np.array(video.image_mean)) * 255)
    assert first == len(values)
    return frames


def groups_of(ids: Sequence[int], family: Family) -> list[tuple[Literal["video", "audio"], int]]:
    """The runs of video and audio tokens in a row of ids."""
    kinds = {family.processor.video_token_id: "video", getattr(family.processor, "audio_token_id", None): "audio"}
    groups: list[Any] = []
    for token in ids:
        kind = kinds.get(token)
        if kind is None:
            continue
        if groups and groups[-1][0] == kind:
            groups[-1] = (kind, groups[-1][1] + 1)
        else:
            groups.append((kind, 1))
    return groups


def unmasked_texts(batch: Any, family: Family) -> list[str]:
    """What the unmasked ids of each row decode to."""
    tokenizer = family.processor.tokenizer
    return [tokenizer.decode([token for token in row if token != -100]) for row in batch["labels"].tolist()]
