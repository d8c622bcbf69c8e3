"""The order of the tokens of a window, by formula: exact, from what the window holds, and not by the code of a processor.

A *grid* is what the vision tower makes of `temporal` frames: ``tokens_per_grid`` tokens at one time. Grid ``g`` begins at
``g * temporal / fps`` seconds of the window. Audio token ``i`` stands at ``i / position_id_per_seconds`` seconds.

```text
 4 fps, 2 frames a grid: a grid every 0.5 s, at positions 0, 6.5, 13, 19.5 of Qwen3-Omni
 Qwen2.5-Omni, chunks of 2 s   V V V V AAAA...A (50) | V V V V AAAA...A (50)
 Qwen3-Omni, by position       V AAAAAAA V AAAAAA V AAAAAAA V AAAAAA ...
```

Processors reckon in float64. That differs from exact numbers only where a grid begins exactly on a border: a chunk's of
Qwen2.5-Omni, any position of Qwen3-Omni. There the formula takes the side that float64 takes. Of whole fps up to 60 this is 49
for Qwen2.5-Omni, and 13, 26 and 52 for Qwen3-Omni; 30000/1001, 24000/1001 and their like are not among them. The models reckon
the positions once more, in float32: at such a border their side may be the other one. Qwen2.5-Omni has this at 41, 47, 49 and
55 fps (a chunk of audio changes places with a grid); Qwen3-Omni at 7, 13, 14, 15, 26, 28, 30 and 39 (one audio token does).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal, NamedTuple

from ..errors import OutOfSync

HOP = 160
"""Samples from one feature frame to the next: 10 ms at 16 kHz."""
_FRAMES_PER_TOKEN = 8
"""Of Qwen3-Omni: three convolutions of stride 2."""


class TokenGroup(NamedTuple):
    """Tokens of one kind, one after another.

    Attributes:
        kind: ``"video"`` or ``"audio"``.
        size: How many.
    """

    kind: Literal["video", "audio"]
    size: int


def video_grids(
    num_frames: int, height: int, width: int, *, patch: int, merge: int = 2, temporal: int = 2
) -> tuple[int, int]:
    """Return the grids of a video and the tokens of each of them.

    Args:
        num_frames: Frames, T; where `temporal` does not divide it, processors repeat the last frame.
        height: Pixels of a frame that the processor has resized.
        width: As `height`; both are multiples of ``patch * merge``.
        patch: Pixels of a side of a patch: 14, or 16 for Qwen3-Omni.
        merge: Patches of a side of a token.
        temporal: Frames of a grid.
    """
    return -(-num_frames // temporal), (height // (patch * merge)) * (width // (patch * merge))


def feature_frames(num_samples: int, *, hop: int = HOP, padded_samples: int | None = None) -> int:
    """Return how many feature frames Whisper's extractor marks as valid.

    Args:
        num_samples: Samples of the waveform.
        hop: Samples from one feature frame to the next.
        padded_samples: Samples to which the rows of the batch are padded; None for a multiple of `hop`, as Qwen2.5-Omni pads
            (to its `chunk_length`). Where it is no multiple, the last feature frame of the batch is dropped: the longest row
            then has ``floor(num_samples / hop)`` frames, others ``ceil(num_samples / hop)``.
    """
    frames = -(-num_samples // hop)
    return frames if padded_samples is None or padded_samples % hop == 0 else min(frames, padded_samples // hop)


def qwen2_5_audio_tokens(num_samples: int, *, hop: int = HOP) -> int:
    """Return the audio tokens of a waveform, 25 a second: none below 20 ms and a sample.

    Args:
        num_samples: Samples of the waveform.
        hop: Samples from one feature frame to the next.
    """
    # A convolution of stride 2 with padding, then the mean of pairs.
    return -(-feature_frames(num_samples, hop=hop) // 2) // 2


def qwen3_audio_tokens(
    num_samples: int, *, hop: int = HOP, n_window: int = 50, padded_samples: int | None = None
) -> int:
    """Return the audio tokens of a waveform, 13 a second.

    Args:
        num_samples: Samples of the waveform.
        hop: Samples from one feature frame to the next.
        n_window: Half of the feature frames that the audio tower takes at once.
        padded_samples: As in `feature_frames`. Qwen3-Omni pads to the longest row of the batch.
    """
    chunks, rest = divmod(feature_frames(num_samples, hop=hop, padded_samples=padded_samples), 2 * n_window)
    return chunks * -(-2 * n_window // _FRAMES_PER_TOKEN) + -(-rest // _FRAMES_PER_TOKEN)


def qwen2_5_omni(
    grids: int,
    tokens_per_grid: int,
    *,
    fps: Fraction,
    num_audio_tokens: int | None,
    position_id_per_seconds: float | Fraction = 25,
    seconds_per_chunk: float | Fraction = 2,
    temporal: int = 2,
) -> list[TokenGroup]:
    """Return the order of Qwen2.5-Omni: for each chunk of seconds its video tokens, then its audio tokens.

    Args:
        grids: Grids of the video.
        tokens_per_grid: Tokens of each.
        fps: Frames a second.
        num_audio_tokens: Audio tokens; None for a window without audio.
        position_id_per_seconds: Audio tokens of a second.
        seconds_per_chunk: Seconds of a chunk.
        temporal: Frames of a grid.

    Raises:
        OutOfSync: A chunk between two grids has no grid: the processor would split the second one, and put the rest of it
            behind audio of a later time.
    """
    if num_audio_tokens is None:
        return merged([TokenGroup("video", grids * tokens_per_grid)])
    # Positions of a chunk, a whole number as in the processor.
    positions = int(Fraction(position_id_per_seconds) * Fraction(seconds_per_chunk))
    starts = _starts(grids, fps, temporal, position_id_per_seconds, positions)
    # A start on a border is in the chunk before where float64 comes out below it.
    chunk_of_grid = [start.border - (start.rest == 0 and start.side < 0) for start in starts]
    for grid in range(1, grids):
        if chunk_of_grid[grid] - chunk_of_grid[grid - 1] > 1:
            raise OutOfSync(
                f"fps must be at least {temporal / float(seconds_per_chunk):g} for Qwen2.5-Omni, got {float(fps):g}; "
                f"grid {grid} would be split, with audio of a later time between its parts, use more frames a second"
            )
    num_chunks = max([*(chunk + 1 for chunk in chunk_of_grid[-1:]), -(-num_audio_tokens // positions)], default=0)
    groups, grid = [], 0
    for chunk in range(num_chunks):
        first = grid
        while grid < grids and chunk_of_grid[grid] == chunk:
            grid += 1
        groups.append(TokenGroup("video", (grid - first) * tokens_per_grid))
        groups.append(TokenGroup("audio", max(0, min(positions, num_audio_tokens - chunk * positions))))
    return merged(groups)


def qwen3_omni(
    grids: int,
    tokens_per_grid: int,
    *,
    fps: Fraction,
    num_audio_tokens: int | None,
    position_id_per_seconds: float | Fraction = 13,
    temporal: int = 2,
) -> list[TokenGroup]:
    """Return the order of Qwen3-Omni: tokens by their position in time, video first where two are equal.

    Args:
        grids: Grids of the video.
        tokens_per_grid: Tokens of each.
        fps: Frames a second.
        num_audio_tokens: Audio tokens; None for a window without audio.
        position_id_per_seconds: Audio tokens of a second.
        temporal: Frames of a grid.
    """
    groups, num_before = [], 0
    for start in _starts(grids, fps, temporal, position_id_per_seconds, 1):
        # Audio tokens at 0, 1, ... below the grid's position come before it; an equal one does where float64 comes out above.
        is_later = start.rest != 0 or start.side > 0
        num_until = min(num_audio_tokens or 0, start.border + is_later)
        groups.append(TokenGroup("audio", num_until - num_before))
        groups.append(TokenGroup("video", tokens_per_grid))
        num_before = num_until
    return merged([*groups, TokenGroup("audio", (num_audio_tokens or 0) - num_before)])


def qwen2_5_vl(grids: int, tokens_per_grid: int) -> list[TokenGroup]:
    """Return the order of Qwen2.5-VL, which hears nothing: all tokens of the video.

    Args:
        grids: Grids of the video.
        tokens_per_grid: Tokens of each.
    """
    return merged([TokenGroup("video", grids * tokens_per_grid)])


class _Start(NamedTuple):
    """Where a grid begins: the last border before it, or at it, what is left from there, and on which side float64 puts it.

    `side` is below 0, 0 or above 0, where nothing is left.
    """

    border: int
    rest: int
    side: float


def _starts(grids: int, fps: Fraction, temporal: int, per_second: float | Fraction, positions: int) -> Iterator[_Start]:
    """Yield where grids begin, among borders that are `positions` audio tokens apart."""
    step = temporal / fps * Fraction(per_second) / positions
    seconds, rate = temporal / float(fps), float(per_second)
    for grid in range(grids):
        border, rest = divmod(grid * step.numerator, step.denominator)
        yield _Start(border, rest, 0.0 if rest else grid * seconds * rate - border * positions)


def merged(groups: Iterable[TokenGroup]) -> list[TokenGroup]:
    """Return groups without empty ones, neighbours of one kind as one.

    >>> merged([TokenGroup("video", 2), TokenGroup("audio", 0), TokenGroup("video", 3)])
    [TokenGroup(kind='video', size=5)]
    """
    result: list[TokenGroup] = []
    for group in groups:
        if group.size == 0:
            continue
        if result and result[-1].kind == group.kind:
            result[-1] = TokenGroup(group.kind, result[-1].size + group.size)
        else:
            result.append(group)
    return result
