"""How many tokens windows take in a model, from their lengths alone."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from ..errors import InvalidArgument
from .content import Chunk

Shapes = Counter[tuple[int, int]]
"""How many windows have (frames, samples)."""

_LIMIT = 2**62


def count_shapes(chunk: Chunk, fps: Fraction, sample_rate: int, shapes: Shapes) -> None:
    """Count windows of a chunk by their frames, ``ceil(seconds * fps)``, and their samples on the grid of the rate."""
    ticks = chunk.span_ends - chunk.span_starts
    frames = -((-ticks * fps.numerator) // (chunk.unit * fps.denominator))
    samples = _sample_at(chunk.span_ends, chunk.unit, sample_rate) - _sample_at(
        chunk.span_starts, chunk.unit, sample_rate
    )
    pairs, counts = np.unique(np.stack([frames, samples]), axis=1, return_counts=True)
    for (num_frames, num_samples), count in zip(pairs.T.tolist(), counts.tolist(), strict=True):
        shapes[num_frames, num_samples] += count


def count_tokens(processor: Any, shapes: Shapes, size: Sequence[int]) -> tuple[float, int]:
    """Return tokens of frames and sound of a window: the mean, and the most.

    Args:
        processor: A processor of transformers that counts without data (`_get_num_multimodal_tokens`: those of Qwen, GLM,
            Gemma and LLaVA-OneVision do), or a function from (frames, height, width, samples) to tokens.
        shapes: Of the windows.
        size: (height, width) of the frames in pixels.

    Raises:
        InvalidArgument: It cannot count.
    """
    each = _of_processor(processor, list(shapes), size)
    total = sum(shapes.values())
    mean = sum(tokens * count for tokens, count in zip(each, shapes.values(), strict=True)) / max(total, 1)
    return mean, max(each, default=0)


def _of_processor(processor: Any, shapes: list[tuple[int, int]], size: Sequence[int]) -> list[int]:
    count = getattr(processor, "_get_num_multimodal_tokens", None)
    if count is None:
        if callable(processor) and not hasattr(processor, "tokenizer"):
            return [int(processor(frames, size[0], size[1], samples)) for frames, samples in shapes]
        raise InvalidArgument(
            f"processor {type(processor).__name__} cannot count tokens without data; give one with "
            "_get_num_multimodal_tokens, or a function from (frames, height, width, samples) to tokens"
        )
    takes = inspect.signature(count).parameters
    if "video_sizes" not in takes:
        raise InvalidArgument(
            f"processor {type(processor).__name__} takes no video; give a function that counts tokens"
        )
    asked: dict[str, Any] = {"video_sizes": [[frames, size[0], size[1]] for frames, _ in shapes]}
    if "audio_lengths" in takes:
        asked["audio_lengths"] = [samples for _, samples in shapes]
    told = count(**asked)
    each = [int(tokens) for tokens in told.num_video_tokens]
    if "audio_lengths" in takes:
        each = [video + int(audio) for video, audio in zip(each, told.num_audio_tokens, strict=True)]
    return each


def _sample_at(ticks: Any, unit: int, rate: int) -> Any:
    # floor(t * rate + 1/2), whole.
    if max(int(np.abs(ticks).max(initial=0)), 1) * 2 * rate + unit >= _LIMIT:
        ticks = ticks.astype(object)
    return (ticks * (2 * rate) + unit) // (2 * unit)
