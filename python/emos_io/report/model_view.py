"""What a model is given of a window, as plain values that a page and JSON can display."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..media.metadata import time_text
from ..spans import Span


@dataclass(frozen=True, slots=True)
class TokenSpan:
    """Tokens of one kind, one after another.

    Attributes:
        kind: ``"video"`` or ``"audio"``.
        first: Index of the first one in the prompt.
        size: How many.
        span: The media time that they are about, on the clock of the model.
    """

    kind: Literal["video", "audio"]
    first: int
    size: int
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ModelFrame:
    """One frame as the model gets it.

    Attributes:
        data: uint8 RGB ``[H, W, 3]``.
        time: The media time at which it was asked for.
        tokens: The tokens ``[first, end)`` that it is in, together with its neighbour.
        is_repeated: It is the last frame again, since frames go in pairs.
    """

    data: npt.NDArray[np.uint8]
    time: Fraction
    tokens: tuple[int, int]
    is_repeated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class ModelAudio:
    """What the model hears.

    Attributes:
        waveform: float32 ``[1, N]``, full scale [-1, 1], as far as the features cover it.
        sample_rate: Samples a second.
        features: float32 ``[M, L]``, a row for each band, low ones first.
        span: The media time that the features cover.
    """

    waveform: npt.NDArray[np.float32]
    sample_rate: int
    features: npt.NDArray[np.float32]
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ModelView:
    """What a model is given of a window.

    Attributes:
        processor: Name of the processor, as it was given.
        class_name: Its class.
        family: The family that made the inputs.
        versions: The version of each library that made them.
        fps: Frames a second.
        size: (height, width) of the frames in pixels.
        pixels: Least and most pixels that a frame may have, of which the size follows.
        missing_audio: What a file without audio gives.
        missing_frames: What stands where the media have no frame.
        odd_frames: What an odd number of frames gives.
        frames: The frames, in order.
        audio: What is heard; None where the model gets no audio of the window.
        prompt: The tokens as text, with runs of placeholders counted.
        unmasked: Text of the labels, a text for each run of them; empty where nothing is learnt.
        tokens: Tokens of video and audio, in order.
        num_tokens: All tokens, those of text among them.
        num_labels: How many of them are labels.
        notes: What is odd, in words.
    """

    processor: str
    class_name: str
    family: str
    versions: Mapping[str, str]
    fps: Fraction
    size: tuple[int, int]
    pixels: tuple[int, int]
    missing_audio: str
    missing_frames: str
    odd_frames: str
    frames: tuple[ModelFrame, ...]
    audio: ModelAudio | None
    prompt: str
    unmasked: tuple[str, ...]
    tokens: tuple[TokenSpan, ...]
    num_tokens: int
    num_labels: int
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the family and counts, without data."""
        return (
            f"ModelView({self.family!r}, {self.num_tokens} tokens, {len(self.frames)} frames of {self.size}, "
            f"unmasked={self.unmasked!r})"
        )

    def as_dict(self) -> dict[str, object]:
        """Return what ``emos show --json`` prints of it under ``model``."""
        audio = self.audio
        return {
            "processor": self.processor,
            "class": self.class_name,
            "family": self.family,
            "versions": dict(self.versions),
            "fps": time_text(self.fps),
            "size": list(self.size),
            "pixels": list(self.pixels),
            "missing_audio": self.missing_audio,
            "missing_frames": self.missing_frames,
            "odd_frames": self.odd_frames,
            "frames": len(self.frames),
            "frame_times": [time_text(each.time) for each in self.frames],
            "frame_tokens": [list(each.tokens) for each in self.frames],
            "repeated_frames": sum(each.is_repeated for each in self.frames),
            "heard": None if audio is None else [time_text(audio.span.start), time_text(audio.span.end)],
            "samples": None if audio is None else audio.waveform.shape[1],
            "sample_rate": None if audio is None else audio.sample_rate,
            "features": None if audio is None else list(audio.features.shape),
            "prompt": self.prompt,
            "unmasked": list(self.unmasked),
            "tokens": [
                {
                    "kind": each.kind,
                    "first": each.first,
                    "size": each.size,
                    "start": time_text(each.span.start),
                    "end": time_text(each.span.end),
                }
                for each in self.tokens
            ],
            "num_tokens": self.num_tokens,
            "num_labels": self.num_labels,
            "notes": list(self.notes),
        }
