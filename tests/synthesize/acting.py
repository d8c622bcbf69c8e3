"""Performances for tests: one speaker, one label at a time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from emos_io import Span
from emos_io.synthesize.expressive.face import face_frames
from emos_io.synthesize.expressive.performance import Part, Performance
from emos_io.synthesize.expressive.speakers import speaker
from emos_io.synthesize.expressive.voice import voice_waveform

SIZE = (48, 48)


def acted(
    *labels: str | None, name: str = "a", seconds: int = 4, intensity: int = 5, seed: int = 3, spoken: bool = True
) -> Performance:
    """Labels one after another, each for some seconds, with a sentence in each."""
    parts = [Part(Span(n * seconds, (n + 1) * seconds), label, intensity) for n, label in enumerate(labels)]
    sentences = [Span(part.span.start, part.span.end - Fraction(1, 2)) for part in parts] if spoken else []
    total = Fraction(seconds * len(labels))
    return Performance(speaker(name, seed=1), total, tuple(parts), tuple(sentences), seed)


def frames(performance: Performance, times: Sequence[Fraction]) -> npt.NDArray[np.uint8]:
    """Frames, uint8 ``[T, H, W, 3]``."""
    return np.stack(list(face_frames(performance, times, SIZE)))


def waveform(performance: Performance, rate: int = 16_000) -> npt.NDArray[np.float32]:
    """All samples."""
    return np.concatenate(list(voice_waveform(performance, rate)))
