"""What a model is given of a window, as the values of a section of its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .encode import data_uri, png, wav
from .formatting import count_text, decimal_text, fraction_text, seconds_text, span_text
from .model_view import ModelAudio, ModelView
from .waveform import peak


@dataclass(frozen=True, slots=True)
class _Frame:
    index: int
    uri: str
    time: str
    tokens: str
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class _Audio:
    uri: str
    features: str
    facts: str


@dataclass(frozen=True, slots=True)
class ModelSection:
    """The values of the section's template; every one is text or a number, and is escaped there.

    Attributes:
        notes: What is odd.
        settings: Rows of a table: name and value.
        unmasked: Texts that are learnt.
        prompt: The prompt.
        tokens: Rows of a table: kind, tokens, time.
        audio: What is heard, or None.
        frames: The frames.
        width, height: Of a frame, in pixels.
    """

    notes: tuple[str, ...]
    settings: Sequence[tuple[str, str]]
    unmasked: tuple[str, ...]
    prompt: str
    tokens: Sequence[tuple[str, str, str]]
    audio: _Audio | None
    frames: Sequence[_Frame]
    width: int
    height: int


def model_section(view: ModelView) -> ModelSection:
    """Return the values of the section about what a model is given."""
    height, width = view.size
    frames = [
        _Frame(
            index,
            data_uri("image/png", png(frame.data)),
            f"{fraction_text(frame.time)} = {decimal_text(frame.time)} s",
            _tokens(frame.tokens[0], frame.tokens[1]),
            frame.is_repeated,
        )
        for index, frame in enumerate(view.frames)
    ]
    rows = [(each.kind, _tokens(each.first, each.first + each.size), span_text(each.span)) for each in view.tokens]
    audio = None if view.audio is None else _audio(view.audio)
    return ModelSection(view.notes, _settings(view), view.unmasked, view.prompt, rows, audio, frames, width, height)


def _settings(view: ModelView) -> list[tuple[str, str]]:
    height, width = view.size
    return [
        ("processor", view.processor),
        ("class", f"{view.class_name}, family {view.family}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in view.versions.items())),
        ("frames", f"{decimal_text(view.fps)} a second, {height} x {width} pixels (height x width)"),
        ("pixels", f"{view.pixels[0]} to {view.pixels[1]} a frame"),
        ("missing audio", view.missing_audio),
        ("missing frames", view.missing_frames),
        ("odd frames", view.odd_frames),
        ("tokens", f"{count_text(view.num_tokens, 'token')}, {count_text(view.num_labels, 'label')} among them"),
    ]


def _tokens(first: int, end: int) -> str:
    return f"{count_text(end - first, 'token')} [{first}, {end})"


def _audio(audio: ModelAudio) -> _Audio:
    bands, steps = audio.features.shape
    facts = [
        count_text(audio.waveform.shape[1], "sample"),
        f"{audio.sample_rate} Hz",
        f"heard {span_text(audio.span)}, {seconds_text(audio.span.duration)}",
        f"features {bands} x {steps}",
        f"peak {peak(audio.waveform):.4f} of full scale",
    ]
    features = data_uri("image/png", png(grey(audio.features)))
    return _Audio(data_uri("audio/wav", wav(audio.waveform, audio.sample_rate)), features, "; ".join(facts))


def grey(features: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return features ``[M, L]`` as a grey image ``[M, L, 3]``, low bands at the bottom: the least is black, the most white."""
    least, most = (float(features.min()), float(features.max())) if features.size else (0.0, 0.0)
    scale = 255 / (most - least) if most > least else 0.0
    shades = np.rint((features[::-1].astype(np.float64) - least) * scale).astype(np.uint8)
    return np.repeat(shades[:, :, None], 3, axis=2)
