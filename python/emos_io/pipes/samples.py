"""Samples: one window as arrays, with its labels, text and what is missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..corpus import Sentence
from ..errors import InvalidArgument
from ..media import Window
from ..plan import PlannedWindow
from ..spans import Seconds, Span, exact_seconds, sample_at

DimensionOrder = Literal["THWC", "TCHW"]
MissingAudio = Literal["silence", "omit", "raise"]
OnError = Literal["raise", "mask"]
Transform = Callable[["WindowSample", np.random.Generator], Any]
"""Gets a sample and a generator of its own; with threads, several calls run at the same time."""


@dataclass(frozen=True, slots=True)
class VideoSpec:
    """How the frames of a window are read.

    Attributes:
        fps: Frames a second; a window has those on screen at ``start + k / fps < end``.
        size: (height, width) in pixels.
        dimension_order: ``"THWC"`` or ``"TCHW"``.

    Raises:
        InvalidArgument: An attribute is not allowed. `fps` and a whole `size` are needed, since a window that cannot be
            read keeps its shape.
    """

    fps: Seconds = 4
    size: tuple[int, int] = (224, 224)
    dimension_order: DimensionOrder = "THWC"

    def __post_init__(self) -> None:
        if exact_seconds(self.fps, name="fps") <= 0:
            raise InvalidArgument(f"fps {self.fps!r} was given; it is above zero")
        if not (isinstance(self.size, tuple) and len(self.size) == 2 and all(_is_count(side) for side in self.size)):
            raise InvalidArgument(f"size {self.size!r} was given; it is (height, width), each at least 1")
        if self.dimension_order not in ("THWC", "TCHW"):
            raise InvalidArgument(
                f'dimension_order must be "THWC" or "TCHW", got {self.dimension_order!r}; "TCHW" has channels first'
            )

    def num_frames(self, span: Span) -> int:
        """Return how many frames a window of this span has, T, without decoding."""
        return math.ceil(span.duration * exact_seconds(self.fps, name="fps"))

    def frame_shape(self) -> tuple[int, int, int]:
        """Return the shape of one frame."""
        height, width = self.size
        return (3, height, width) if self.dimension_order == "TCHW" else (height, width, 3)


@dataclass(frozen=True, slots=True)
class AudioSpec:
    """How the sound of a window is read: mono, float32.

    Attributes:
        sample_rate: Samples a second.
    """

    sample_rate: int = 16_000

    def __post_init__(self) -> None:
        if not _is_count(self.sample_rate):
            raise InvalidArgument(f"sample_rate {self.sample_rate!r} was given; it is at least 1")

    def num_samples(self, span: Span) -> int:
        """Return how many samples a window of this span has, N, without decoding."""
        return sample_at(span.end, self.sample_rate) - sample_at(span.start, self.sample_rate)


@dataclass(frozen=True, slots=True)
class Form:
    """What a sample holds: `video` or `audio` is None where it is not asked for."""

    video: VideoSpec | None
    audio: AudioSpec | None

    def __post_init__(self) -> None:
        if self.video is None and self.audio is None:
            raise InvalidArgument(
                "neither video nor audio was asked for; give video=VideoSpec(...), audio=AudioSpec(...) or both"
            )

    def widths(self, span: Span, label_span: Span) -> Widths:
        """Return how long a window is, without decoding."""
        return Widths(
            0 if self.video is None else self.video.num_frames(span),
            0 if self.audio is None else self.audio.num_samples(span),
            label_span.duration,
        )


@dataclass(frozen=True, slots=True)
class Widths:
    """Frames, samples and seconds of label span of a window, or the most of several."""

    num_frames: int = 0
    num_samples: int = 0
    label_seconds: Fraction = Fraction(0)

    def __or__(self, other: Widths) -> Widths:
        """Return what holds both."""
        return Widths(
            max(self.num_frames, other.num_frames),
            max(self.num_samples, other.num_samples),
            max(self.label_seconds, other.label_seconds),
        )


@dataclass(frozen=True, slots=True, eq=False)
class WindowSample:
    """One window, as numpy arrays that belong to the caller.

    Attributes:
        key: The window's key; None where a lane has run out and the slot holds no window.
        number: The window's number in the plan, or None.
        frames: uint8 RGB in [0, 255], ``[T, H, W, 3]`` or ``[T, 3, H, W]``; black where not valid. None where no
            video was asked for.
        frame_valid: bool ``[T]``: there is a frame.
        damaged: bool ``[T]``: the frame is damaged.
        waveform: float32 ``[N]``, mono, full scale [-1, 1]; zeros where not valid. None where no audio was asked for, or
            the file has none and ``missing_audio="omit"``.
        waveform_valid: bool ``[N]``: the track has the sample.
        labels: float32 ``[K]``, one a class, of sum 1; zeros where masked.
        label_valid: There is a label and it counts.
        confidence: Of the label, 0 to 1.
        weight: Of the window, by its class and tier.
        text: Sentences that may be known at this window.
        span: What was read, context and lookahead included; None in an empty slot.
        label_span: What is asked about; None in an empty slot.
        timeline: Labels within `label_span`: (span, weight of each class that has one).
        classes: Names of the K classes.
        is_start: The window begins a sequence in its lane: state that was carried is to be cleared.
        masked: The slot has no window, or it could not be read; its labels are masked too.
    """

    key: str | None
    number: int | None
    frames: npt.NDArray[np.uint8] | None
    frame_valid: npt.NDArray[np.bool_]
    damaged: npt.NDArray[np.bool_]
    waveform: npt.NDArray[np.float32] | None
    waveform_valid: npt.NDArray[np.bool_]
    labels: npt.NDArray[np.float32]
    label_valid: bool
    confidence: float
    weight: float
    text: tuple[Sentence, ...]
    span: Span | None
    label_span: Span | None
    timeline: tuple[tuple[Span, Mapping[str, float]], ...]
    classes: tuple[str, ...]
    is_start: bool
    masked: bool


class StepSamples(list[Any]):
    """One rank's samples of a step, lane by lane: what `transform` made of each `WindowSample`.

    Attributes:
        epoch, step: Which step of the plan it is.
        widths: The most frames, samples and seconds of any window of the step, over all ranks: who pads to them has the
            same shapes on every rank.
    """

    def __init__(self, samples: Iterable[Any], *, epoch: int, step: int, widths: Widths) -> None:
        super().__init__(samples)
        self.epoch, self.step, self.widths = epoch, step, widths


def read_sample(
    planned: PlannedWindow, window: Window, form: Form, missing_audio: MissingAudio, is_start: bool
) -> WindowSample:
    """Put what was decoded and what is known of a window together; pixels and samples are not copied."""
    blank = masked_sample(planned, form, is_start)
    frames, frame_valid, damaged = blank.frames, blank.frame_valid, blank.damaged
    waveform, waveform_valid = blank.waveform, blank.waveform_valid
    if window.video is not None and form.video is not None:
        frames, frame_valid, damaged = window.video.data, window.video.valid, window.video.damaged
    if form.audio is not None:
        if window.audio is not None:
            waveform, waveform_valid = window.audio.data[0], window.audio.valid
        elif missing_audio == "omit":
            waveform, waveform_valid = None, np.zeros(0, np.bool_)
    labels = planned.labels
    return WindowSample(
        key=planned.key,
        number=planned.number,
        frames=frames,
        frame_valid=frame_valid,
        damaged=damaged,
        waveform=waveform,
        waveform_valid=waveform_valid,
        # A transform may write into it.
        labels=np.array(labels.soft, dtype=np.float32),
        label_valid=bool(labels.valid),
        confidence=float(labels.confidence),
        weight=float(planned.weight),
        text=planned.text,
        span=planned.span,
        label_span=planned.label_span,
        timeline=tuple(labels.timeline),
        classes=tuple(labels.classes),
        is_start=is_start,
        masked=False,
    )


def masked_sample(planned: PlannedWindow, form: Form, is_start: bool) -> WindowSample:
    """Return a window that could not be read: black, silent, its labels ignored, its shapes kept."""
    return _blank(
        form,
        form.widths(planned.span, planned.label_span),
        tuple(planned.labels.classes),
        key=planned.key,
        number=planned.number,
        text=planned.text,
        span=planned.span,
        label_span=planned.label_span,
        is_start=is_start,
    )


def empty_sample(form: Form, widths: Widths, classes: tuple[str, ...]) -> WindowSample:
    """Return the slot of a lane that has run out."""
    return _blank(form, widths, classes, key=None, number=None, text=(), span=None, label_span=None, is_start=False)


def _blank(
    form: Form,
    widths: Widths,
    classes: tuple[str, ...],
    *,
    key: str | None,
    number: int | None,
    text: tuple[Sentence, ...],
    span: Span | None,
    label_span: Span | None,
    is_start: bool,
) -> WindowSample:
    frames, waveform = None, None
    if form.video is not None:
        frames = np.zeros((widths.num_frames, *form.video.frame_shape()), np.uint8)
    if form.audio is not None:
        waveform = np.zeros(widths.num_samples, np.float32)
    return WindowSample(
        key=key,
        number=number,
        frames=frames,
        frame_valid=np.zeros(widths.num_frames, np.bool_),
        damaged=np.zeros(widths.num_frames, np.bool_),
        waveform=waveform,
        waveform_valid=np.zeros(widths.num_samples, np.bool_),
        labels=np.zeros(len(classes), np.float32),
        label_valid=False,
        confidence=0.0,
        weight=0.0,
        text=text,
        span=span,
        label_span=label_span,
        timeline=(),
        classes=classes,
        is_start=is_start,
        masked=True,
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1
