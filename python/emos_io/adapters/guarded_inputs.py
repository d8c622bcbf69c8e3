"""What the sync guard is called with: a family, samples, and the inputs of a model as numpy arrays; each checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from .._checks import is_sequence
from ..errors import InvalidArgument, OutOfSync, quoted, short_repr
from ..pipes import VideoSpec, WindowSample, refuse_device_frames

if TYPE_CHECKING:
    import torch
    from transformers import ProcessorMixin

Array = npt.NDArray[np.generic]
_CALL = "call guard(inputs, samples)"


class GuardedFamily(Protocol):
    """What the guard asks of a `Family`."""

    @property
    def hears(self) -> bool:
        """Whether the model takes audio."""

    @property
    def processor(self) -> ProcessorMixin:
        """The processor."""

    @property
    def video(self) -> VideoSpec:
        """How frames are read."""

    def layout(self, num_frames: int, num_samples: int | None) -> Sequence[tuple[str, int]]:
        """Return the order of the tokens of a window."""


class GuardedInputs:
    """The inputs of a model, each as an array where it is one.

    Args:
        inputs: What ``model(**inputs)`` would get.

    Raises:
        InvalidArgument: They are no dict.
    """

    def __init__(self, inputs: Mapping[str, object]) -> None:
        if not isinstance(inputs, Mapping):
            raise InvalidArgument(
                f"inputs must be a dict that model(**inputs) takes, got {short_repr(type(inputs).__name__)}; {_CALL}"
            )
        self._inputs = inputs

    def __contains__(self, name: str) -> bool:
        return self._inputs.get(name) is not None

    def value(self, name: str) -> object:
        """Return an input as it is, or None where it is missing."""
        return self._inputs.get(name)

    def tensor(self, name: str) -> torch.Tensor | None:
        """Return an input as a tensor, or None where it is missing.

        Raises:
            OutOfSync: It is no tensor, and none can be made of it.
        """
        import torch

        value = self._inputs.get(name)
        if value is None:
            return None
        try:
            return torch.as_tensor(value).detach()
        except (TypeError, ValueError, RuntimeError) as error:
            raise OutOfSync(
                f"{name} must be a tensor, got {short_repr(value)}; give rows of one length, padded"
            ) from error

    def array(self, name: str) -> Array | None:
        """Return an input as a numpy array, or None where it is missing.

        Raises:
            OutOfSync: It is no tensor, and none can be made of it.
        """
        tensor = self.tensor(name)
        if tensor is None:
            return None
        tensor = tensor.cpu()
        return (tensor.float() if tensor.is_floating_point() else tensor).numpy()


def checked_family(family: GuardedFamily) -> GuardedFamily:
    """Return a family, or raise InvalidArgument."""
    if isinstance(family, type) or not all(hasattr(family, name) for name in ("hears", "processor", "video", "layout")):
        raise InvalidArgument(
            f"family must be a family such as Qwen2_5Omni(processor, conversation), got {short_repr(family)}; make it of the "
            "processor, with the fps and size that the samples are read with"
        )
    return family


def checked_samples(samples: Sequence[WindowSample]) -> list[WindowSample]:
    """Return samples as a list, or raise InvalidArgument; frames and waveforms are checked to be arrays of their kind."""
    found = list(samples) if isinstance(samples, Sequence) and is_sequence(samples) else []
    if not found or not all(isinstance(each, WindowSample) for each in found):
        raise InvalidArgument(
            f"samples must be a list of one or more WindowSamples, got {short_repr(samples)}; {_CALL}, with the samples of the "
            "batch"
        )
    for sample in found:
        refuse_device_frames(sample.frames, "a guard", sample.key)
        _check_waveform(sample)
    return found


def check_frames(sample: WindowSample, num_frames: int, size: tuple[int, int]) -> None:
    """Raise OutOfSync where the frames of a sample are not uint8 of this number and size; without frames there is no check."""
    frames = sample.frames
    shapes = ((num_frames, *size, 3), (num_frames, 3, *size))
    if frames is None or (isinstance(frames, np.ndarray) and frames.dtype == np.uint8 and frames.shape in shapes):
        return
    raise OutOfSync(
        f"frames of a sample must be uint8 {list(shapes[0])}, got {array_text(frames)}; read samples with **family.reads, and "
        f"give the guard what was read: {sample_name(sample)}",
        key=sample.key,
    )


def _check_waveform(sample: WindowSample) -> None:
    waveform = sample.waveform
    if waveform is None or (isinstance(waveform, np.ndarray) and waveform.dtype == np.float32 and waveform.ndim == 2):
        if waveform is None or np.isfinite(waveform).all():
            return
        got = "one with infinity or no number"
    else:
        got = array_text(waveform)
    raise OutOfSync(
        f"waveform of a sample must be float32 [C, N] of finite numbers, got {got}; read samples with **family.reads, and "
        f"leave a broken file out of the plan: {sample_name(sample)}",
        key=sample.key,
    )


def array_text(value: object) -> str:
    """Return the type and shape of an array, or what there is in its place."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {list(value.shape)}"
    return short_repr(value)


def shape_text(array: Array | None) -> str:
    """Return the shape of an array, or None."""
    return "None" if array is None else str(list(array.shape))


def sample_name(sample: WindowSample) -> str:
    """Return the key of a sample for the end of an error text."""
    return "an empty slot" if sample.key is None else quoted(sample.key)
