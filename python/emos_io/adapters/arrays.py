"""Frames and waveforms of samples, checked to be what a processor is told that they are."""

from __future__ import annotations

from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from ..errors import InvalidArgument, short_repr
from ..pipes import AudioSpec, VideoSpec, WindowSample, refuse_device_frames
from ..spans import exact_seconds

Frames = npt.NDArray[np.uint8]
Waveform = npt.NDArray[np.float32]
MissingFrames = Literal["black", "hold", "raise"]
Array = TypeVar("Array", Frames, Waveform)
_READ = "read windows with **family.reads"


def checked_frames(sample: WindowSample, video: VideoSpec, family: str) -> Frames:
    """Return the frames of a sample.

    Raises:
        InvalidArgument: They are not uint8 ``[T, H, W, 3]`` of the size of `video`, or not as many as a grid of its frames a
            second has in the span.
    """
    frames = sample.frames
    refuse_device_frames(frames, family, sample.key)
    shape = ", ".join(map(str, video.frame_shape()))
    if (
        not isinstance(frames, np.ndarray)
        or frames.dtype != np.uint8
        or frames.ndim != 4
        or frames.shape[1:] != video.frame_shape()
    ):
        raise InvalidArgument(
            f"frames must be uint8 [T, {shape}] for {family}, got {_array_text(frames)}; {_READ}", key=sample.key
        )
    if sample.span is not None and len(frames) != (count := video.num_frames(sample.span)):
        raise InvalidArgument(
            f"frames must be {count}, those of {float(exact_seconds(video.fps)):g} a second in "
            f"{float(sample.span.duration):g} s, got {len(frames)}; {_READ}",
            key=sample.key,
        )
    if not len(frames):
        raise InvalidArgument(f"frames must be at least 1, got 0; {_READ}", key=sample.key)
    _check_valid(sample.frame_valid, len(frames), "frame_valid", sample.key)
    return _for_torch(frames)


def frames_for_model(sample: WindowSample, frames: Frames, policy: MissingFrames) -> tuple[Frames, int]:
    """Return the frames that a model is shown, and how many of them are black since they are not there.

    A window that was not read, and an empty slot, are black whatever the policy.

    Args:
        sample: Whose frames they are.
        frames: uint8 ``[T, H, W, 3]``.
        policy: What stands where no frame is.

    Raises:
        InvalidArgument: The window was read and has no frame at all, or lacks one with ``"raise"``.
    """
    valid = sample.frame_valid
    num_missing = int((~valid).sum())
    if not sample.valid or not num_missing:
        return frames, 0
    if num_missing == len(valid):
        raise InvalidArgument(
            f"frames must be there in a part of the window at least, got none of {len(valid)}: the video ends before it, "
            "begins after it, or there is none; leave the window out of the plan",
            key=sample.key,
        )
    if policy == "raise":
        raise InvalidArgument(
            f"frames must all be there with missing_frames='raise', got {len(valid) - num_missing} of {len(valid)}; leave the "
            "window out of the plan, or use missing_frames='hold'",
            key=sample.key,
        )
    if policy == "black":
        return frames, num_missing
    there = np.flatnonzero(valid)
    # The earlier one of two at the same distance.
    nearest = np.abs(there[None, :] - np.arange(len(valid))[:, None]).argmin(axis=1)
    return frames[there[nearest]], 0


def checked_waveform(sample: WindowSample, audio: AudioSpec, family: str) -> Waveform | None:
    """Return the waveform of a sample ``[N]``, or None where it has none.

    Raises:
        InvalidArgument: It is not float32 ``[1, N]``, or N is not what `audio` has in the span.
    """
    waveform = sample.waveform
    if waveform is None:
        return None
    if (
        not isinstance(waveform, np.ndarray)
        or waveform.dtype != np.float32
        or waveform.ndim != 2
        or len(waveform) != audio.num_channels
    ):
        raise InvalidArgument(
            f"waveform must be float32 [{audio.num_channels}, N] for {family}, got {_array_text(waveform)}; {_READ}",
            key=sample.key,
        )
    if sample.span is not None and waveform.shape[1] != (count := audio.num_samples(sample.span)):
        raise InvalidArgument(
            f"waveform must be {count} samples, those of {audio.sample_rate} Hz in {float(sample.span.duration):g} s, got "
            f"{waveform.shape[1]}; {_READ}",
            key=sample.key,
        )
    _check_valid(sample.waveform_valid, waveform.shape[1], "waveform_valid", sample.key)
    mono: Waveform = waveform[0]
    finite = np.isfinite(mono)
    if not finite.all():
        index = int(finite.argmin())
        raise InvalidArgument(
            f"waveform must be finite, got {mono[index]} at sample {index}; mend the file, or the transform that made it",
            key=sample.key,
        )
    return _for_torch(mono)


def _check_valid(valid: object, length: int, name: str, key: str | None) -> None:
    """Refuse what does not say of each frame or sample whether it is there."""
    if not isinstance(valid, np.ndarray) or valid.dtype != np.bool_ or valid.shape != (length,):
        raise InvalidArgument(
            f"{name} must be bool [{length}], got {_array_text(valid)}; a transform that makes others of it must change both",
            key=key,
        )


def _for_torch(array: Array) -> Array:
    """Return the array, or a copy where torch takes none: strides below 0, or memory that is not to be written."""
    return array if array.flags.writeable and min(array.strides) >= 0 else array.copy(order="C")


def _array_text(value: object) -> str:
    return f"{value.dtype} {list(value.shape)}" if isinstance(value, np.ndarray) else short_repr(value)
