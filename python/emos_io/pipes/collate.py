"""Collating: samples of any length become one batch, padded to one size."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Generic, Literal, Never, TypeVar, cast, overload

import numpy as np
import numpy.typing as npt

from .._checks import choice
from .._install import install
from ..errors import InvalidArgument, short_repr
from ..plan.arguments import number_text
from ..spans import Seconds, exact_seconds, grid_index
from .arguments import optional_callable
from .batch import NumpyArray, WindowBatch
from .batch_dict import DictNames, batch_dict, dict_names
from .device_batch import audio_event, frames_tensor, waveform_tensor
from .device_frames import KDL_CPU, KDL_CUDA, FrameArray, device_of, device_text, numpy_of
from .samples import StepSamples, WindowSample
from .specs import PaddedSize

if TYPE_CHECKING:
    import torch

Scalar = TypeVar("Scalar", bound=np.generic)
Made = TypeVar("Made")
"""What a `Collate` makes: a `WindowBatch`, or a dict, of tensors or numpy arrays."""


@dataclass(frozen=True, slots=True, init=False, repr=False)
class Collate(Generic[Made]):
    """Makes a batch of samples; for `WindowLoader`, for ``DataLoader(collate_fn=)`` and for nodes.

    Attributes:
        tensors: ``"torch"``, or ``"numpy"``, which needs no torch, and takes no frames on a CUDA device.
        label_rate: Points per second of the label timeline, kept as an exact fraction; None leaves the timeline out.
        as_dict: False gives a `WindowBatch`; else a plain dict of its arrays, as trainers want it. True gives all by our names
            but those that are None; names give those; a mapping ``{their name: name in WindowBatch}`` gives them renamed.

    With ``missing_audio="omit"`` the `waveform` of a batch is None where every sample of that batch lacks audio, as a
    `WindowDataset` gives them; a `WindowLoader` knows the step's size and gives zeros that are not valid.

    Frames on a CUDA device make a batch there: they are copied once, to a contiguous tensor in the order of axes that they
    have, and the waveforms follow through pinned memory on a stream of their own, while other streams compute. The stream that
    is current for the calling thread waits for both, and `WindowBatch.wait` is for other streams. Frames that ``"dali-cpu"``
    decoded are memory of the CPU: nothing is to be waited for, and the tensor of a single row without padding is the sample's
    own memory. What is done for CUDA has not run on a GPU yet.

    Raises:
        InvalidArgument: An attribute is not allowed.
        ImportError: `tensors` is ``"torch"``, and it is not installed.

    Example:
        >>> from fractions import Fraction
        >>> from emos_io import WindowDataset, WindowPlan
        >>> from emos_io.corpus import Monologue
        >>> item = Monologue(key="streaming/a", name="a", title="A", language="en", duration=Fraction(10))
        >>> dataset = WindowDataset(WindowPlan([item], 4, 2, order="sequential"), on_error="mask")
        >>> samples = [dataset[0], dataset[1]]  # of an item without media: nothing is valid, shapes are kept
        >>> batch = Collate(tensors="numpy", label_rate=2)(samples)
        >>> batch.frames.shape, batch.waveform.shape, batch.timeline.shape
        ((2, 16, 224, 224, 3), (2, 1, 64000), (2, 8, 7))
        >>> Collate(tensors="numpy", as_dict={"ids": "numbers"})(samples)
        {'ids': array([0, 1])}
    """

    tensors: Literal["torch", "numpy"] = field(default="torch")
    label_rate: Seconds | None = field(default=None)

    as_dict: bool | Mapping[str, str] = field(default=False, hash=False)

    @overload
    def __init__(
        self: Collate[WindowBatch[torch.Tensor]],
        tensors: Literal["torch"] = "torch",
        label_rate: Seconds | None = None,
        *,
        as_dict: Literal[False] = False,
    ) -> None: ...
    @overload
    def __init__(
        self: Collate[WindowBatch[NumpyArray]],
        tensors: Literal["numpy"],
        label_rate: Seconds | None = None,
        *,
        as_dict: Literal[False] = False,
    ) -> None: ...
    @overload
    def __init__(
        self: Collate[dict[str, torch.Tensor]],
        tensors: Literal["torch"] = "torch",
        label_rate: Seconds | None = None,
        *,
        as_dict: DictNames,
    ) -> None: ...
    @overload
    def __init__(
        self: Collate[dict[str, NumpyArray]],
        tensors: Literal["numpy"],
        label_rate: Seconds | None = None,
        *,
        as_dict: DictNames,
    ) -> None: ...
    def __init__(
        self,
        tensors: Literal["torch", "numpy"] = "torch",
        label_rate: Seconds | None = None,
        *,
        as_dict: Literal[False] | DictNames = False,
    ) -> None:
        """Check the attributes."""
        choice(tensors, ("torch", "numpy"), "tensors", '"numpy" needs no torch')
        rate = None if label_rate is None else exact_seconds(label_rate, name="label_rate")
        if rate is not None and rate <= 0:
            raise InvalidArgument(
                f"label_rate must be above 0 or None, got {short_repr(label_rate)}; give labels per second, "
                "or None for no label timeline"
            )
        names = dict_names(as_dict, has_timeline=rate is not None)
        if tensors == "torch":
            torch_or_extra()
        object.__setattr__(self, "tensors", tensors)
        object.__setattr__(self, "label_rate", rate)
        object.__setattr__(self, "as_dict", names)

    def __repr__(self) -> str:
        rate = None if self.label_rate is None else number_text(exact_seconds(self.label_rate))
        names = "" if self.as_dict is False else f", as_dict={self.as_dict}"
        return f"Collate(tensors={self.tensors!r}, label_rate={rate}{names})"

    def __call__(self, samples: Sequence[WindowSample[FrameArray]]) -> Made:
        """Return one batch: a `WindowBatch`, or with `as_dict` a dict.

        Args:
            samples: At least one, all with frames of one shape, on one device, and the same classes. `StepSamples` are padded
                to the longest window of all ranks, so that every rank has the same shapes; others to the longest of them.

        Raises:
            InvalidArgument: There are no samples, they do not fit together, `as_dict` names an array that is None, or frames
                are on a CUDA device and `tensors` is ``"numpy"``.

        Cost: one copy of the pixels and audio samples. A `WindowLoader` that has this class itself as `collate`, and no
        transform, decodes into the rows of the batch, and copies only what could not be read.
        """
        if not isinstance(samples, Sequence) or not all(isinstance(sample, WindowSample) for sample in samples):
            raise InvalidArgument(
                f"samples must be a list of WindowSample, got {_samples_text(samples)}; where transform gives something "
                "else, pass your own function as collate"
            )
        if not samples:
            raise InvalidArgument("samples must be one or more, got none; leave out steps without samples")
        if len({sample.classes for sample in samples}) > 1:
            raise InvalidArgument("samples must have the same classes, got several lists of classes; batch one plan's")
        size, memory = PaddedSize(), None
        if isinstance(samples, StepSamples):
            size = samples.padded_size
            memory = None if samples.memory is None or samples.memory.is_abandoned else samples.memory
        for sample in samples:
            size |= PaddedSize(len(sample.frame_valid), len(sample.waveform_valid))
        frames, device = batch_frames(samples, size.num_frames, None if memory is None else memory.frames, self.tensors)
        waveform = _waveforms(samples, size, None if memory is None else memory.waveform)
        on_device = {} if waveform is None or device[0] == KDL_CPU else {"waveform": waveform_tensor(waveform, device)}
        arrays: dict[str, NumpyArray | torch.Tensor | None] = {
            "frame_valid": _padded([sample.frame_valid for sample in samples], size.num_frames),
            "damaged": _padded([sample.damaged for sample in samples], size.num_frames),
            "num_frames": np.array([len(sample.frame_valid) for sample in samples], np.int64),
            "waveform_valid": _padded([sample.waveform_valid for sample in samples], size.num_samples),
            "num_samples": np.array([len(sample.waveform_valid) for sample in samples], np.int64),
            "labels": np.stack([sample.labels for sample in samples]),
            "label_valid": np.array([sample.label_valid for sample in samples]),
            "confidence": np.array([sample.confidence for sample in samples], np.float32),
            "weights": np.array([sample.weight for sample in samples], np.float32),
            "is_start": np.array([sample.is_start for sample in samples]),
            "valid": np.array([sample.valid for sample in samples]),
            "numbers": np.array([-1 if sample.number is None else sample.number for sample in samples], np.int64),
            "frames": frames,
            "waveform": waveform,
            "timeline": None,
            "timeline_valid": None,
        }
        if self.label_rate is not None:
            grids = [label_grid(sample, self.label_rate) for sample in samples]
            longest = grid_index(size.label_seconds, exact_seconds(self.label_rate))
            length = max(longest, *(len(valid) for _, valid in grids))
            arrays["timeline"] = _padded([soft for soft, _ in grids], length)
            arrays["timeline_valid"] = _padded([valid for _, valid in grids], length)
        converted: dict[str, object] = {**arrays, **on_device}
        if self.tensors == "torch":
            from_numpy = torch_or_extra().from_numpy
            numpy_arrays = {name: array for name, array in converted.items() if isinstance(array, np.ndarray)}
            converted |= {name: from_numpy(array) for name, array in numpy_arrays.items()}
        batch: WindowBatch[NumpyArray] = WindowBatch(
            **converted,  # type: ignore[arg-type]
            keys=tuple(sample.key for sample in samples),
            spans=tuple(sample.span for sample in samples),
            label_spans=tuple(sample.label_span for sample in samples),
            texts=tuple(sample.text for sample in samples),
            classes=samples[0].classes,
            ready=audio_event(device),
        )
        batch.wait()
        made = (
            batch if self.as_dict is False else batch_dict(batch, cast("Literal[True] | dict[str, str]", self.as_dict))
        )
        # The overloads of __init__ say which it is.
        return cast("Made", made)


def label_grid(
    sample: WindowSample[FrameArray], rate: Seconds
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Return labels at ``label_span.start + g / rate < label_span.end``: float32 ``[G, K]``, and bool ``[G]``: there is one.

    Weights at a time are scaled to sum 1. An empty slot has G = 0; a window that was not read has its G, without labels.
    """
    exact = exact_seconds(rate, name="label_rate")
    count = 0 if sample.label_span is None else grid_index(sample.label_span.duration, exact)
    soft = np.zeros((count, len(sample.classes)), np.float32)
    column = {name: index for index, name in enumerate(sample.classes)}
    for span, weights in sample.timeline:
        assert sample.label_span is not None, "a timeline lies in a label span"
        first = max(0, grid_index(span.start - sample.label_span.start, exact))
        end = min(count, grid_index(span.end - sample.label_span.start, exact))
        for name, weight in weights.items():
            if name in column:
                soft[first:end, column[name]] += weight
    total = soft.sum(axis=1, keepdims=True)
    valid = total[:, 0] > 0
    np.divide(soft, total, out=soft, where=total > 0)
    return soft, valid


def optional_collate(value: object) -> None:
    """Check that a value is a function of the samples of a step, or None.

    Raises:
        InvalidArgument: It is not.
    """
    advice = 'pass Collate(tensors="numpy"), or leave it out'
    if isinstance(value, type) and issubclass(value, Collate):
        raise InvalidArgument(
            f"collate must be a function of the samples of a step or None, got the class {value.__name__}; {advice}"
        )
    optional_callable(value, "collate", "the samples of a step", advice)


def takes_device(collate: object, device: str | None) -> None:
    """Check, before anything is read, that a `Collate` takes the frames of a device.

    Raises:
        InvalidArgument: It makes numpy arrays, and the device is CUDA.
    """
    if isinstance(collate, Collate) and collate.tensors == "numpy" and device is not None and device != "dali-cpu":
        raise _not_numpy(device)


def _not_numpy(device: str) -> InvalidArgument:
    return InvalidArgument(
        f'tensors must be "torch" for frames on {device}, got "numpy"; take Collate(), or read them on the CPU'
    )


def refuse_default_collate() -> None:
    """Let torch's own collating function, where torch is loaded, refuse windows with an error that names `Collate`."""
    collating = sys.modules.get("torch.utils.data._utils.collate")
    by_type = getattr(collating, "default_collate_fn_map", None)
    if isinstance(by_type, dict):
        by_type.setdefault(WindowSample, _needs_collate)


def _needs_collate(samples: object, **_: object) -> Never:
    raise InvalidArgument(
        "collate_fn must be a function of WindowSamples, got torch's default_collate; pass "
        "DataLoader(..., collate_fn=Collate()), or a transform that gives tensors"
    )


def _samples_text(samples: object) -> str:
    if isinstance(samples, list | tuple):
        wrong = next(sample for sample in samples if not isinstance(sample, WindowSample))
        return f"{short_repr(wrong)} in it"
    return short_repr(samples)


def torch_or_extra() -> ModuleType:
    """Return the torch module.

    Raises:
        ImportError: It is not installed; the text names the extra.
    """
    try:
        import torch
    except ImportError as error:
        raise ImportError(f'torch is not installed; {install("torch")}, or take tensors="numpy"') from error
    return torch


def batch_frames(
    samples: Sequence[WindowSample[FrameArray]],
    length: int,
    memory: npt.NDArray[np.uint8] | None,
    tensors: Literal["torch", "numpy"],
) -> tuple[npt.NDArray[np.uint8] | torch.Tensor | None, tuple[int, int]]:
    """Return the frames of a batch, and DLPack's numbers of the device where they are.

    Raises:
        InvalidArgument: Frames do not fit together, or are on CUDA where numpy arrays are wanted.
    """
    shapes = {None if sample.frames is None else sample.frames.shape[1:] for sample in samples}
    if shapes == {None}:
        return None, (KDL_CPU, 0)
    if len(shapes) > 1:
        raise InvalidArgument(
            f"frames of a batch must have one shape, got {', '.join(sorted(map(str, shapes)))}; "
            "let the transform leave them all with one"
        )
    rows = [sample.frames for sample in samples if sample.frames is not None]
    like = _typed(samples)
    arrays = [row for row in rows if isinstance(row, np.ndarray)]
    if len(arrays) == len(rows):
        return _padded(arrays, length, memory, numpy_of(like).dtype), (KDL_CPU, 0)
    devices = {device_of(row) for row in rows}
    if len(devices) > 1:
        raise InvalidArgument(
            f"frames of a batch must be on one device, got {' and '.join(sorted(map(device_text, devices)))}; "
            "let the transform leave them all on one"
        )
    device = devices.pop()
    if tensors == "torch":
        return frames_tensor(rows, length, like), device
    if device[0] == KDL_CUDA:
        raise _not_numpy(device_text(device))
    return _padded([numpy_of(row) for row in rows], length, dtype=numpy_of(like).dtype), device


def _typed(samples: Sequence[WindowSample[FrameArray]]) -> FrameArray:
    """Return frames of the type of the batch. Black bytes of a sample without a frame, which a transform left, fit any type.

    Raises:
        InvalidArgument: There are several types: numbers would be cut off.
    """
    types: dict[str, FrameArray] = {}
    black: list[FrameArray] = []
    for sample in samples:
        if sample.frames is not None:
            name = str(sample.frames.dtype).removeprefix("torch.")
            if name == "uint8" and not sample.frame_valid.any():
                black.append(sample.frames)
            else:
                types.setdefault(name, sample.frames)
    if len(types) > 1:
        raise InvalidArgument(
            f"frames of a batch must have one type, got {' and '.join(sorted(types))}; let the transform leave all with one"
        )
    return next(iter([*types.values(), *black]))


def _waveforms(
    samples: Sequence[WindowSample[FrameArray]], size: PaddedSize, memory: npt.NDArray[np.float32] | None
) -> npt.NDArray[np.float32] | None:
    waveforms = [sample.waveform for sample in samples]
    channels = {waveform.shape[0] for waveform in waveforms if waveform is not None}
    if not channels and not size.num_samples:
        return None
    if len(channels) > 1:
        raise InvalidArgument(
            f"waveforms of a batch must have one number of channels, got {', '.join(map(str, sorted(channels)))}; "
            "let the transform leave them all with one"
        )
    shape = (len(waveforms), *(channels or {size.num_channels}), size.num_samples)
    padded = np.zeros(shape, np.float32) if memory is None else memory
    for index, waveform in enumerate(waveforms):
        if waveform is not None:
            _put(padded[index, :, : waveform.shape[1]], waveform)
    return padded


def _padded(
    rows: Sequence[npt.NDArray[Scalar]],
    length: int,
    memory: npt.NDArray[Scalar] | None = None,
    dtype: np.dtype[Scalar] | None = None,
) -> npt.NDArray[Scalar]:
    padded = np.zeros((len(rows), length, *rows[0].shape[1:]), dtype or rows[0].dtype) if memory is None else memory
    for index, row in enumerate(rows):
        _put(padded[index, : len(row)], row)
    return padded


def _put(row: npt.NDArray[Scalar], values: npt.NDArray[Scalar]) -> None:
    """Write values to their row, unless they were decoded there."""
    if row.ctypes.data != values.ctypes.data:
        row[...] = values
