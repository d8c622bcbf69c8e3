"""How many tokens windows take in a model, from their lengths alone."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Protocol, SupportsInt, runtime_checkable

import numpy as np

from .._arrays import Int64Array
from ..errors import InvalidArgument, short_repr
from ..spans import grid_index_ticks, sample_at_ticks
from .content import Chunk

Shapes = Counter[tuple[int, int]]
"""The number of windows with (frames, samples)."""


class TokenCounts(Protocol):
    """What a processor of transformers answers."""

    @property
    def num_video_tokens(self) -> Iterable[int]:
        """Tokens of each video."""
        ...

    @property
    def num_audio_tokens(self) -> Iterable[int]:
        """Tokens of each audio; read only where the processor takes ``audio_lengths``."""
        ...


@runtime_checkable
class TokenProcessor(Protocol):
    """A processor of transformers that counts tokens from sizes alone."""

    @property
    def _get_num_multimodal_tokens(self) -> Callable[..., TokenCounts]: ...


Processor = TokenProcessor | Callable[[int, int, int, int], int]
"""Counts tokens: a processor of transformers, or a function from (frames, height, width, samples) to tokens."""

_LIMIT = 2**62


def count_shapes(chunk: Chunk, fps: Fraction, sample_rate: int, shapes: Shapes) -> None:
    """Count windows of a chunk by their frames, ``ceil(seconds * fps)``, and their samples on the grid of the rate."""
    ticks = chunk.span_ends - chunk.span_starts
    frames = grid_index_ticks(ticks, chunk.unit, fps)
    samples = _sample_at(chunk.span_ends, chunk.unit, sample_rate) - _sample_at(
        chunk.span_starts, chunk.unit, sample_rate
    )
    pairs, counts = np.unique(np.stack([frames, samples]), axis=1, return_counts=True)
    for (num_frames, num_samples), count in zip(pairs.T.tolist(), counts.tolist(), strict=True):
        shapes[num_frames, num_samples] += count


def count_tokens(processor: Processor, shapes: Shapes, size: Sequence[int]) -> tuple[float, int]:
    """Return the tokens of a window's frames and audio: the mean, and the most.

    Args:
        processor: A processor of transformers that counts without data (it has `_get_num_multimodal_tokens`, as those of
            Qwen, GLM, Gemma and LLaVA-OneVision have), or a function from (frames, height, width, samples) to tokens.
        shapes: How many windows have which frames and samples.
        size: (height, width) of the frames in pixels.

    Raises:
        InvalidArgument: The processor cannot count.
    """
    each = _of_processor(processor, list(shapes), size)
    total = sum(shapes.values())
    mean = sum(tokens * count for tokens, count in zip(each, shapes.values(), strict=True)) / max(total, 1)
    return mean, max(each, default=0)


def _of_processor(processor: Processor, shapes: list[tuple[int, int]], size: Sequence[int]) -> list[int]:
    if not isinstance(processor, TokenProcessor):
        if callable(processor) and not hasattr(processor, "tokenizer"):
            return [_checked(processor(frames, size[0], size[1], samples)) for frames, samples in shapes]
        raise InvalidArgument(
            f"processor must have _get_num_multimodal_tokens or be a function, got {type(processor).__name__}; give a function "
            "from (frames, height, width, samples) to tokens"
        )
    count = processor._get_num_multimodal_tokens
    takes = inspect.signature(count).parameters
    if "video_sizes" not in takes:
        raise InvalidArgument(
            f"processor must take video_sizes, got {type(processor).__name__}, which takes none; give a function from (frames, "
            "height, width, samples) to tokens"
        )
    sizes: dict[str, object] = {"video_sizes": [[frames, size[0], size[1]] for frames, _ in shapes]}
    if "audio_lengths" in takes:
        sizes["audio_lengths"] = [samples for _, samples in shapes]
    counts = count(**sizes)
    tokens = [_checked(each) for each in counts.num_video_tokens]
    if "audio_lengths" in takes:
        tokens = [video + _checked(audio) for video, audio in zip(tokens, counts.num_audio_tokens, strict=True)]
    return tokens


def _checked(tokens: object) -> int:
    number: int | None = None
    if isinstance(tokens, SupportsInt) and not isinstance(tokens, bool):
        # NaN, infinity and arrays have the method too.
        with suppress(TypeError, ValueError, OverflowError):
            number = int(tokens)
    if number is None or number < 0:
        raise InvalidArgument(
            f"processor must return a number of tokens, got {short_repr(tokens)}; return an integer from 0"
        )
    return number


def _sample_at(ticks: Int64Array, unit: int, rate: int) -> Int64Array:
    if max(int(np.abs(ticks).max(initial=0)), 1) * 2 * rate + unit < _LIMIT:
        return sample_at_ticks(ticks, unit, rate)
    return np.array([sample_at_ticks(tick, unit, rate) for tick in ticks.tolist()], dtype=np.int64)
