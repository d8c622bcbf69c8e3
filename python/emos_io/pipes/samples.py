"""Samples: one window as arrays, with its labels, its text and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt

from ..corpus import Sentence
from ..media import DeviceArray, Window
from ..plan import PlannedWindow
from ..spans import Span
from .describe import array_text, span_text
from .device_frames import FrameArray, blank_frames
from .open_media import AnyData
from .specs import MissingAudio, PaddedSize, SampleSpec
from .step_memory import StepMemory

if TYPE_CHECKING:
    # Type checkers bring it along; where the package runs it need not be installed.
    from typing_extensions import TypeVar as TypeVarWithDefault

    Frames = TypeVarWithDefault("Frames", covariant=True, default=npt.NDArray[np.uint8])
else:
    Frames = TypeVar("Frames", covariant=True)

Item = TypeVar("Item")
"""What a transform makes of a sample; a `WindowSample` without a transform."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WindowSample(Generic[Frames]):
    """One window, as numpy arrays that belong to the caller; with ``device=`` its frames are an array on that device.

    A `WindowSample` without parameters has numpy frames, a `DeviceSample` has a `DeviceArray`: torch reads it without a copy
    by ``torch.from_dlpack(sample.frames)``. What is black because nothing could be read is then zeros that are made when they
    are read by DLPack.

    Attributes:
        key: The window's key; None where a lane has run out and the slot holds no window.
        number: The window's number in the plan, or None.
        frames: uint8 RGB in [0, 255], ``[T, H, W, 3]`` or ``[T, 3, H, W]``; black where not valid. None with ``video=None``.
            Channels first may be a view that is not contiguous, as in `VideoFrames.data`.
        frame_valid: bool ``[T]``: there is a frame.
        damaged: bool ``[T]``: the frame is damaged.
        waveform: float32 ``[C, N]``, full scale [-1, 1]; zeros where not valid. None with ``audio=None``, and where the file
            has no audio and ``missing_audio="omit"``.
        waveform_valid: bool ``[N]``: the track has the sample.
        labels: float32 ``[K]``, one per class, with sum 1; zeros without a valid label.
        label_valid: There is a label, and it counts.
        confidence: The label's confidence, 0 to 1.
        weight: The window's weight, by its class and confidence tier.
        text: Sentences that may be known at this window.
        span: The time that was read, with context and lookahead; None in an empty slot.
        label_span: The time that the label is about; None in an empty slot.
        timeline: Labels within `label_span`: (span, weight of each class that has one).
        classes: Names of the K classes.
        is_start: The window begins a sequence in its lane: state that was carried must be cleared.
        valid: The slot has a window, and it was read. Where False, frames, audio and label are blank.
    """

    key: str | None
    number: int | None
    frames: Frames | None
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
    valid: bool

    def __repr__(self) -> str:
        label = self.classes[int(self.labels.argmax())] if self.label_valid else None
        parts = (
            repr(self.key),
            f"span={span_text(self.span)}",
            f"frames={_frames_text(cast('FrameArray | None', self.frames), self.frame_valid)}",
            f"waveform={array_text(self.waveform, self.waveform_valid)}",
            f"label={label!r} of {len(self.classes)}",
            f"{len(self.text)} sentences",
            f"valid={self.valid}",
        )
        return f"WindowSample({', '.join(parts)})"


DeviceSample: TypeAlias = "WindowSample[DeviceArray]"
"""A sample of which the frames are on a device."""

Transform = Callable[[WindowSample, np.random.Generator], Item]
"""Gets a sample and a generator of its own; with threads, several calls run at the same time."""

DeviceTransform: TypeAlias = "Callable[[DeviceSample, np.random.Generator], Item]"
"""The same, where frames are decoded on a device. It may give tensors of torch as frames."""


class StepSamples(list[Item]):
    """One rank's samples of a step, lane by lane: what `transform` made of each `WindowSample`.

    Attributes:
        epoch: The epoch's number.
        step: The step's number in the epoch.
        padded_size: The most frames, samples and seconds of any window of the step, over all ranks. Rows that are padded to
            it have the same shapes on every rank.
        memory: The arrays into whose rows the samples were decoded, of which `Collate` makes the batch; None where samples
            have memory of their own, as those that a transform or another `collate` gets.
    """

    def __init__(
        self,
        samples: Iterable[Item],
        *,
        epoch: int,
        step: int,
        padded_size: PaddedSize,
        memory: StepMemory | None = None,
    ) -> None:
        super().__init__(samples)
        self.epoch, self.step, self.padded_size, self.memory = epoch, step, padded_size, memory

    def __repr__(self) -> str:
        size = self.padded_size
        return (
            f"StepSamples({len(self)} samples, epoch={self.epoch}, step={self.step}, "
            f"padded to {size.num_frames} frames and {size.num_samples} audio samples)"
        )


def read_sample(
    planned: PlannedWindow,
    window: Window[AnyData],
    spec: SampleSpec,
    missing_audio: MissingAudio,
    is_start: bool,
    device: str | None = None,
) -> WindowSample[FrameArray]:
    """Put what was decoded and what is known of a window together; pixels and audio samples are not copied."""
    blank = masked_sample(planned, spec, is_start, device)
    frames, frame_valid, damaged = blank.frames, blank.frame_valid, blank.damaged
    waveform, waveform_valid = blank.waveform, blank.waveform_valid
    if window.video is not None and spec.video is not None:
        frames, frame_valid, damaged = window.video.data, window.video.valid, window.video.damaged
    if spec.audio is not None:
        if window.audio is not None:
            waveform, waveform_valid = window.audio.data, window.audio.valid
        elif missing_audio == "omit":
            waveform, waveform_valid = None, np.zeros(0, np.bool_)
    return _labelled(planned, is_start, frames, frame_valid, damaged, waveform, waveform_valid)


def undecoded_sample(planned: PlannedWindow, spec: SampleSpec, *, is_start: bool = True) -> WindowSample:
    """Return what is known of a window before it is decoded: no frames, no waveform, all else as `WindowDataset` gives it.

    Its `frame_valid` and `waveform_valid` have the lengths that its frames and its waveform will have, and are False. Nobody
    has opened the file: it may turn out to have no audio.
    """
    size = spec.size_of(planned.span, planned.label_span)
    no_frames, no_samples = np.zeros(size.num_frames, np.bool_), np.zeros(size.num_samples, np.bool_)
    return _labelled(planned, is_start, None, no_frames, no_frames.copy(), None, no_samples)


def _labelled(
    planned: PlannedWindow,
    is_start: bool,
    frames: Frames | None,
    frame_valid: npt.NDArray[np.bool_],
    damaged: npt.NDArray[np.bool_],
    waveform: npt.NDArray[np.float32] | None,
    waveform_valid: npt.NDArray[np.bool_],
) -> WindowSample[Frames]:
    """Return the sample of a window that is not masked."""
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
        valid=True,
    )


def masked_sample(
    planned: PlannedWindow, spec: SampleSpec, is_start: bool, device: str | None = None
) -> WindowSample[FrameArray]:
    """Return a window that could not be read: black, silent, without label; its shapes are kept."""
    return _blank(
        spec,
        spec.size_of(planned.span, planned.label_span),
        tuple(planned.labels.classes),
        device,
        key=planned.key,
        number=planned.number,
        text=planned.text,
        span=planned.span,
        label_span=planned.label_span,
        is_start=is_start,
    )


def empty_sample(
    spec: SampleSpec, size: PaddedSize, classes: tuple[str, ...], device: str | None = None
) -> WindowSample[FrameArray]:
    """Return the slot of a lane that has run out."""
    return _blank(
        spec, size, classes, device, key=None, number=None, text=(), span=None, label_span=None, is_start=False
    )


def _blank(
    spec: SampleSpec,
    size: PaddedSize,
    classes: tuple[str, ...],
    device: str | None,
    *,
    key: str | None,
    number: int | None,
    text: tuple[Sentence, ...],
    span: Span | None,
    label_span: Span | None,
    is_start: bool,
) -> WindowSample[FrameArray]:
    frames: FrameArray | None = None
    waveform = None
    if spec.video is not None:
        frames = blank_frames((size.num_frames, *spec.video.frame_shape()), device)
    if spec.audio is not None:
        waveform = np.zeros((spec.audio.num_channels, size.num_samples), np.float32)
    return WindowSample(
        key=key,
        number=number,
        frames=frames,
        frame_valid=np.zeros(size.num_frames, np.bool_),
        damaged=np.zeros(size.num_frames, np.bool_),
        waveform=waveform,
        waveform_valid=np.zeros(size.num_samples, np.bool_),
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
        valid=False,
    )


def _frames_text(frames: FrameArray | None, valid: npt.NDArray[np.bool_]) -> str:
    """Return the type, the shape and the device of frames, and how many are valid."""
    if frames is None or isinstance(frames, np.ndarray):
        return array_text(frames, valid)
    text = array_text(frames, valid)
    return f"{text} on {getattr(frames, 'device', 'a device')}"
