"""Batches: samples of any length side by side, with what is padding marked."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ..corpus import Sentence
from ..errors import InvalidArgument
from ..spans import Seconds, Span, exact_seconds
from .samples import StepSamples, Widths, WindowSample

Array = Any
"""A torch tensor, or a numpy array with ``tensors="numpy"``."""


@dataclass(frozen=True, slots=True, eq=False)
class WindowBatch:
    """B windows. Rows are slots, lane by lane; what is past a row's length is zeros and not valid.

    Attributes:
        frames: uint8 ``[B, T, H, W, 3]`` or ``[B, T, 3, H, W]``; None where no video was asked for.
        frame_valid, damaged: bool ``[B, T]``.
        num_frames: int64 ``[B]``: places of each row; further ones are padding.
        waveform: float32 ``[B, N]``, mono; None where no audio was asked for.
        waveform_valid: bool ``[B, N]``.
        num_samples: int64 ``[B]``: samples of each row; 0 where the file has no sound and ``missing_audio="omit"``.
        labels: float32 ``[B, K]``, sum 1 or, where masked, zeros.
        label_valid: bool ``[B]``: the label counts.
        confidence, weights: float32 ``[B]``.
        timeline: float32 ``[B, G, K]``: labels at ``label_span.start + g / label_rate``, zeros where there is none; None
            without a `label_rate`.
        timeline_valid: bool ``[B, G]``: there is a label at this time.
        is_start: bool ``[B]``: clear the state that the row carried.
        masked: bool ``[B]``: the slot has no window, or it could not be read.
        keys: Of the windows; None in empty slots.
        spans, label_spans, texts: As in the samples.
        classes: Names of the K classes.
    """

    frames: Array | None
    frame_valid: Array
    damaged: Array
    num_frames: Array
    waveform: Array | None
    waveform_valid: Array
    num_samples: Array
    labels: Array
    label_valid: Array
    confidence: Array
    weights: Array
    timeline: Array | None
    timeline_valid: Array | None
    is_start: Array
    masked: Array
    keys: tuple[str | None, ...]
    spans: tuple[Span | None, ...]
    label_spans: tuple[Span | None, ...]
    texts: tuple[tuple[Sentence, ...], ...]
    classes: tuple[str, ...]

    def __len__(self) -> int:
        """The number of rows, B."""
        return len(self.keys)

    def map(self, change: Callable[[Array], Array]) -> WindowBatch:
        """Return the batch with each array as `change` gives it, such as ``lambda tensor: tensor.to("cuda")``."""
        arrays = {name: getattr(self, name) for name in self.__slots__ if name not in _PLAIN}
        return replace(self, **{name: change(array) for name, array in arrays.items() if array is not None})

    def pin_memory(self) -> WindowBatch:
        """Return the batch in pinned memory; torch calls this where it pins."""
        return self.map(lambda tensor: tensor.pin_memory())


_PLAIN = {"keys", "spans", "label_spans", "texts", "classes"}


@dataclass(frozen=True, slots=True)
class Collate:
    """Makes a `WindowBatch` of samples; for `WindowLoader`, for ``DataLoader(collate_fn=)`` and for nodes.

    Attributes:
        tensors: ``"torch"``, or ``"numpy"``, which needs no torch.
        label_rate: Places a second of the label timeline; None leaves it out.

    Raises:
        InvalidArgument: An attribute is not allowed.
    """

    tensors: Literal["torch", "numpy"] = "torch"
    label_rate: Seconds | None = None

    def __post_init__(self) -> None:
        if self.tensors not in ("torch", "numpy"):
            raise InvalidArgument(f'tensors {self.tensors!r} was given; it is "torch" or "numpy"')
        if self.label_rate is not None and exact_seconds(self.label_rate, name="label_rate") <= 0:
            raise InvalidArgument(f"label_rate {self.label_rate!r} was given; it is above zero, or None")
        if self.tensors == "torch":
            torch_or_extra()

    def __call__(self, samples: Sequence[WindowSample]) -> WindowBatch:
        """Return one batch.

        Args:
            samples: At least one, all with the same frames' size and classes. `StepSamples` are padded to the longest
                window of all ranks, so that every rank has the same shapes; others to the longest of them.

        Raises:
            InvalidArgument: There are no samples, or they do not fit together.

        Cost: one copy of the pixels and samples.
        """
        if not samples:
            raise InvalidArgument("no samples were given; a batch has at least one")
        if len({sample.classes for sample in samples}) > 1:
            raise InvalidArgument("samples of different classes were given; a batch is of one plan")
        most = samples.widths if isinstance(samples, StepSamples) else Widths()
        for sample in samples:
            most |= Widths(len(sample.frame_valid), len(sample.waveform_valid))
        arrays: dict[str, Any] = {
            "frame_valid": _padded([sample.frame_valid for sample in samples], most.num_frames),
            "damaged": _padded([sample.damaged for sample in samples], most.num_frames),
            "num_frames": np.array([len(sample.frame_valid) for sample in samples], np.int64),
            "waveform_valid": _padded([sample.waveform_valid for sample in samples], most.num_samples),
            "num_samples": np.array([len(sample.waveform_valid) for sample in samples], np.int64),
            "labels": np.stack([sample.labels for sample in samples]),
            "label_valid": np.array([sample.label_valid for sample in samples]),
            "confidence": np.array([sample.confidence for sample in samples], np.float32),
            "weights": np.array([sample.weight for sample in samples], np.float32),
            "is_start": np.array([sample.is_start for sample in samples]),
            "masked": np.array([sample.masked for sample in samples]),
            "frames": _frames(samples, most.num_frames),
            "waveform": _waveforms(samples, most.num_samples),
            "timeline": None,
            "timeline_valid": None,
        }
        if self.label_rate is not None:
            grids = [label_grid(sample, self.label_rate) for sample in samples]
            most_places = math.ceil(most.label_seconds * exact_seconds(self.label_rate))
            length = max(most_places, *(len(mask) for _, mask in grids))
            arrays["timeline"] = _padded([soft for soft, _ in grids], length)
            arrays["timeline_valid"] = _padded([mask for _, mask in grids], length)
        if self.tensors == "torch":
            torch = torch_or_extra()
            arrays = {name: None if array is None else torch.from_numpy(array) for name, array in arrays.items()}
        return WindowBatch(
            **arrays,
            keys=tuple(sample.key for sample in samples),
            spans=tuple(sample.span for sample in samples),
            label_spans=tuple(sample.label_span for sample in samples),
            texts=tuple(sample.text for sample in samples),
            classes=samples[0].classes,
        )


def label_grid(sample: WindowSample, rate: Seconds) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return labels at ``label_span.start + g / rate < label_span.end``: float32 ``[G, K]``, and bool ``[G]``: there is one.

    Weights at a time are made to sum 1. An empty slot has G = 0; a masked window has its G, all without label.
    """
    exact = exact_seconds(rate, name="label_rate")
    count = 0 if sample.label_span is None else math.ceil(sample.label_span.duration * exact)
    soft = np.zeros((count, len(sample.classes)), np.float32)
    place = {name: number for number, name in enumerate(sample.classes)}
    for span, weights in sample.timeline:
        assert sample.label_span is not None, "a timeline lies in a label span"
        first = max(0, math.ceil((span.start - sample.label_span.start) * exact))
        end = min(count, math.ceil((span.end - sample.label_span.start) * exact))
        for name, weight in weights.items():
            if name in place:
                soft[first:end, place[name]] += weight
    total = soft.sum(axis=1, keepdims=True)
    mask = total[:, 0] > 0
    np.divide(soft, total, out=soft, where=total > 0)
    return soft, mask


def torch_or_extra() -> Any:
    """Return the torch module.

    Raises:
        ImportError: It is not installed; the text names the extra.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError("torch is not installed; pip install 'emos-io[torch]', or take tensors=\"numpy\"") from error
    return torch


def _frames(samples: Sequence[WindowSample], length: int) -> npt.NDArray[np.uint8] | None:
    shapes = {None if sample.frames is None else sample.frames.shape[1:] for sample in samples}
    if shapes == {None}:
        return None
    if len(shapes) > 1:
        raise InvalidArgument(f"frames of shapes {sorted(map(str, shapes))} were given; a transform must leave one")
    return _padded([sample.frames for sample in samples if sample.frames is not None], length)


def _waveforms(samples: Sequence[WindowSample], length: int) -> npt.NDArray[np.float32] | None:
    if not length and all(sample.waveform is None for sample in samples):
        return None
    return _padded(
        [np.zeros(0, np.float32) if sample.waveform is None else sample.waveform for sample in samples], length
    )


def _padded(rows: Sequence[npt.NDArray[Any]], length: int) -> npt.NDArray[Any]:
    answer = np.zeros((len(rows), length, *rows[0].shape[1:]), rows[0].dtype)
    for place, row in enumerate(rows):
        answer[place, : len(row)] = row
    return answer
