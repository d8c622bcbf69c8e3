"""What the inputs of a model hold, read back from them: frames, features, prompt, labels, and the times of the tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import InvalidArgument
from ..spans import exact_seconds
from .family import Family, ModelInputs

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, ProcessorMixin

IGNORED = -100
"""The label of a token that is not learnt."""
_SAME_SECONDS = 1e-6
"""Relative difference up to which seconds in float32 are the exact ones: eight times the spacing of float32."""
_MAX_DENOMINATOR = 1_000_000

Floats: TypeAlias = npt.NDArray[np.float32]
Integers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TokenRun:
    """Tokens of one kind, one after another, and the time that they are about.

    Attributes:
        kind: ``"video"`` or ``"audio"``.
        first: Index of the first one in the prompt, without padding.
        size: How many.
        start, end: Seconds from the start of the window, half-open, on the clock of the model.
    """

    kind: Literal["video", "audio"]
    first: int
    size: int
    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True, eq=False)
class ReadBack:
    """What the inputs of one window hold.

    Attributes:
        frames: uint8 RGB ``[T, H, W, 3]``, made of the pixel values; T is even, since a last odd frame is given twice.
        off: The most by which a pixel value was no integer from 0 to 255; about 3e-5 for frames that were uint8.
        frame_tokens: For each frame the tokens ``[first, end)`` of the prompt that it is in.
        features: float32 ``[M, L]``, the audio features that the mask counts; None without audio.
        seconds_heard: Seconds that these features cover; None without audio.
        prompt: The tokens as text, padding left out; a run of a placeholder is ``<|VIDEO|> x 144``.
        unmasked: Text of the labels, a text for each run of labels; empty without labels.
        runs: The tokens of video and audio, in the order of the prompt.
        num_tokens: Tokens without padding.
        num_labels: How many of them are labels.
    """

    frames: npt.NDArray[np.uint8]
    off: float
    frame_tokens: tuple[tuple[int, int], ...]
    features: Floats | None
    seconds_heard: Fraction | None
    prompt: str
    unmasked: tuple[str, ...]
    runs: tuple[TokenRun, ...]
    num_tokens: int
    num_labels: int

    def __repr__(self) -> str:
        """Return counts, without data."""
        return f"ReadBack({self.num_tokens} tokens, frames={self.frames.shape}, unmasked={self.unmasked!r})"


def read_back(inputs: ModelInputs, family: Family) -> ReadBack:
    """Return what the inputs of one window hold: what the model sees, hears and learns.

    Nothing is taken from the window itself. Frames are made of the pixel values, against the order of patches and the
    normalisation of the video processor. Times are those of the model: a pair of frames lasts ``video_second_per_grid``
    (``second_per_grid_ts`` with Qwen2.5-VL), an audio token a second divided by ``position_id_per_seconds``, and none ends
    after the features.

    Args:
        inputs: What `family` made of a list of one sample, on the CPU.
        family: The family that made them.

    Raises:
        InvalidArgument: The inputs are of several windows.
    """
    processor = family.processor
    grids = _integers(inputs, "video_grid_thw").reshape(-1, 3)
    if len(grids) != 1:
        raise InvalidArgument(f"inputs must be those of one window, got {len(grids)}; call the family with one sample")
    keep = _integers(inputs, "attention_mask")[0] != 0
    ids = _integers(inputs, "input_ids")[0][keep]
    labels = _integers(inputs, "labels")[0][keep] if "labels" in inputs else np.full(len(ids), IGNORED)
    frames, off = _frames(_floats(inputs, "pixel_values_videos"), grids[0].tolist(), processor)
    features, heard = _features(inputs, processor)
    is_video, is_audio = ids == processor.video_token_id, ids == getattr(processor, "audio_token_id", -1)
    tokens_of_pair = int(is_video.sum()) // int(grids[0][0])
    seconds_of_pair = _pair_seconds(inputs, family)
    runs = tuple(_runs(is_video, is_audio, tokens_of_pair, seconds_of_pair, processor, heard))
    positions = np.flatnonzero(is_video)
    pairs = [positions[n : n + tokens_of_pair] for n in range(0, len(positions), tokens_of_pair)]
    repeats = int(processor.video_processor.temporal_patch_size)
    placeholders = [
        int(token)
        for name in ("video_token_id", "audio_token_id", "image_token_id")
        if (token := getattr(processor, name, None)) is not None
    ]
    return ReadBack(
        frames=frames,
        off=off,
        frame_tokens=tuple((int(pair[0]), int(pair[-1]) + 1) for pair in pairs for _ in range(repeats)),
        features=features,
        seconds_heard=heard,
        prompt=prompt_text(ids, placeholders, processor.tokenizer),
        unmasked=tuple(_unmasked(labels, processor.tokenizer)),
        runs=runs,
        num_tokens=len(ids),
        num_labels=int((labels != IGNORED).sum()),
    )


def prompt_text(ids: Integers, placeholders: Sequence[int], tokenizer: PreTrainedTokenizerBase) -> str:
    """Return tokens as text, special ones as they are written, and each run of a placeholder as ``<|VIDEO|> x 144``."""
    parts = []
    for placeholder, run in groupby(ids.tolist(), key=lambda token: token if token in placeholders else None):
        run_ids = list(run)
        text = _text(run_ids if placeholder is None else run_ids[:1], tokenizer)
        parts.append(text if placeholder is None else f"{text} x {len(run_ids)}")
    return "".join(parts)


def unpatched(
    patches: Floats, grid: Sequence[int], *, patch_size: int, merge_size: int, temporal_patch_size: int
) -> Floats:
    """Return the frames of the patches of a video, ``[T, H, W, C]``: against the order in which the video processor has them.

    Args:
        patches: ``[N, C * temporal_patch_size * patch_size**2]``, those that are merged into a token one after another.
        grid: Pairs of frames, rows and columns of patches.
        patch_size: Pixels of a side of a patch.
        merge_size: Patches of a side of a token.
        temporal_patch_size: Frames of a patch.
    """
    pairs, rows, columns = map(int, grid)
    blocks = patches.reshape(
        (
            pairs,
            rows // merge_size,
            columns // merge_size,
            merge_size,
            merge_size,
            -1,
            temporal_patch_size,
            patch_size,
            patch_size,
        )
    )
    return blocks.transpose(0, 6, 1, 3, 7, 2, 4, 8, 5).reshape(
        pairs * temporal_patch_size, rows * patch_size, columns * patch_size, -1
    )


def _frames(values: Floats, grid: Sequence[int], processor: ProcessorMixin) -> tuple[npt.NDArray[np.uint8], float]:
    settings = processor.video_processor
    frames = unpatched(
        values,
        grid,
        patch_size=settings.patch_size,
        merge_size=settings.merge_size,
        temporal_patch_size=settings.temporal_patch_size,
    ).astype(np.float64)
    if settings.do_normalize:
        frames = frames * np.asarray(settings.image_std) + np.asarray(settings.image_mean)
    if settings.do_rescale:
        frames = frames / settings.rescale_factor
    pixels = np.clip(np.rint(frames), 0, 255)
    return pixels.astype(np.uint8), float(np.abs(frames - pixels).max(initial=0.0))


def _features(inputs: ModelInputs, processor: ProcessorMixin) -> tuple[Floats | None, Fraction | None]:
    if "input_features" not in inputs:
        return None, None
    features, mask = _floats(inputs, "input_features")[0], _integers(inputs, "feature_attention_mask")[0] != 0
    extractor = processor.feature_extractor
    return features[:, mask], Fraction(int(mask.sum()) * extractor.hop_length, extractor.sampling_rate)


def _pair_seconds(inputs: ModelInputs, family: Family) -> Fraction:
    """Return the seconds of a pair of frames in the inputs; exact where they are those of the family's fps in float32."""
    name = "second_per_grid_ts" if "second_per_grid_ts" in inputs else "video_second_per_grid"
    given = float(np.ravel(np.asarray(inputs[name]))[0])
    exact = Fraction(int(family.processor.video_processor.temporal_patch_size)) / exact_seconds(family.video.fps)
    if abs(given - exact) <= _SAME_SECONDS * exact:
        return exact
    return Fraction(given).limit_denominator(_MAX_DENOMINATOR)


def _runs(
    is_video: npt.NDArray[np.bool_],
    is_audio: npt.NDArray[np.bool_],
    tokens_of_pair: int,
    seconds_of_pair: Fraction,
    processor: ProcessorMixin,
    heard: Fraction | None,
) -> Iterator[TokenRun]:
    first, num_video, num_audio = 0, 0, 0
    for (video, audio), run in groupby(zip(is_video.tolist(), is_audio.tolist(), strict=True)):
        size = len(list(run))
        if video:
            pairs = num_video // tokens_of_pair, -(-(num_video + size) // tokens_of_pair)
            yield TokenRun("video", first, size, pairs[0] * seconds_of_pair, pairs[1] * seconds_of_pair)
            num_video += size
        elif audio:
            rate = exact_seconds(processor.position_id_per_seconds)
            end = (num_audio + size) / rate
            yield TokenRun("audio", first, size, num_audio / rate, end if heard is None else min(end, heard))
            num_audio += size
        first += size


def _unmasked(labels: Integers, tokenizer: PreTrainedTokenizerBase) -> Iterator[str]:
    for learnable, run in groupby(labels.tolist(), key=lambda label: label != IGNORED):
        if learnable:
            yield _text(list(run), tokenizer)


def _text(ids: list[int], tokenizer: PreTrainedTokenizerBase) -> str:
    return str(tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))


def _integers(inputs: ModelInputs, name: str) -> Integers:
    return np.asarray(inputs[name]).astype(np.int64)


def _floats(inputs: ModelInputs, name: str) -> Floats:
    return np.asarray(inputs[name]).astype(np.float32)
