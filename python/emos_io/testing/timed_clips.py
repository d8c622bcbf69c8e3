"""Clips whose labels hang on when something flashes and when something sounds: what a model must be given in time to learn."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from .._checks import choice
from ..corpus import Clip
from ..synthesize import RawAudio, RawVideo, write_mov
from .items import make_clip

TimedChannels = Literal["both", "video"]
TIMED_LABELS = ("Joy", "Sadness", "Fear", "Anger")
"""Labels of Basic-7, each of two clips."""
NUM_TIMED = 8
TIMED_SECONDS = 2
TIMED_FPS = 4
"""At less, no two frames are alike in a flash, and models take frames in pairs."""
TIMED_SIZE = (28, 56)
"""The least (height, width) that holds two tokens of 14-pixel patches."""

_RATE, _HERTZ, _LEVEL = 16_000, 600, 0.4
_DARK, _WHITE, _RED = (20, 20, 20), (230, 230, 230), (230, 20, 20)


def timed_clips(folder: str | os.PathLike[str], *, channels: TimedChannels = "both") -> list[Clip]:
    """Write eight clips of two seconds and return them, with labels that neither frames nor audio give away alone.

    In clip ``i`` a flash of half a second begins at ``i % 4 / 2`` s, and a tone of a second at ``i // 4`` s; the label is
    number ``(i % 4 + i // 4) % 4`` of `TIMED_LABELS`. All else is the same: a model has to know when frames and audio are.
    It learns the eight in a hundred or two steps of all weights, and loses them where frames or audio are those of another
    clip, or where they are given at other times than in training.

    Args:
        folder: Where to write ``timed-0.mov`` to ``timed-7.mov``, uncompressed: 28 x 56 pixels, 4 frames a second, and 16-bit
            samples at 16 kHz. Made where it is not there; files of these names are replaced.
        channels: ``"both"``, or ``"video"`` for models that hear nothing: the flash is white, or red in place of the later
            tone; the tone is always the first.

    Returns:
        Clips with the paths of their media, no text, and a speaker each.

    Raises:
        InvalidArgument: `channels` is not allowed.
        OSError: A file cannot be written.

    Cost: a few milliseconds; 0.7 MB of disk.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     print([clip.decisions["basic7"].label for clip in timed_clips(folder)])
        ['Joy', 'Sadness', 'Fear', 'Anger', 'Sadness', 'Fear', 'Anger', 'Joy']
    """
    choice(channels, get_args(TimedChannels), "channels")
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    clips = []
    for number in range(NUM_TIMED):
        late, first = divmod(number, 4)
        path = out / f"timed-{number}.mov"
        _write(path, first, _RED if late and channels == "video" else _WHITE, late if channels == "both" else 0)
        label = TIMED_LABELS[(first + late) % 4]
        clips.append(
            make_clip(f"timed/{number}", TIMED_SECONDS, label, speaker=f"speaker {number}", path=path),
        )
    return clips


def _write(path: Path, flash: int, colour: tuple[int, int, int], tone: int) -> None:
    """Write a file whose flash is in the half second `flash`, and whose tone in the second `tone`."""
    count, pair = TIMED_SECONDS * TIMED_FPS, TIMED_FPS // 2
    frames = np.empty((count, *TIMED_SIZE, 3), np.uint8)
    frames[:] = _DARK
    frames[flash * pair : (flash + 1) * pair] = colour
    times = np.arange(TIMED_SECONDS * _RATE) / _RATE
    waveform = _LEVEL * np.sin(2 * np.pi * _HERTZ * times) * ((times >= tone) & (times < tone + 1))
    samples = np.round(waveform * 32_767).astype("<i2").tobytes()
    video = RawVideo("rgb24", TIMED_SIZE, TIMED_FPS, [1] * count)
    write_mov(path, video, iter([frames.tobytes()]), RawAudio(_RATE, 1), iter([samples]))
