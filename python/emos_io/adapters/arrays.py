"""Frames and waveforms of samples, checked to be what a processor is told that they are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..errors import InvalidArgument, short_repr
from ..pipes import AudioSpec, VideoSpec, WindowSample
from ..spans import exact_seconds

Frames = npt.NDArray[np.uint8]
Waveform = npt.NDArray[np.float32]
_READ = "read windows with **family.reads"


def checked_frames(sample: WindowSample, video: VideoSpec, family: str) -> Frames:
    """Return the frames of a sample.

    Raises:
        InvalidArgument: They are not uint8 ``[T, H, W, 3]`` of the size of `video`, or not as many as a grid of its frames a
            second has in the span.
    """
    frames = sample.frames
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
    return frames


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
    mono: Waveform = waveform[0]
    return mono


def _array_text(value: object) -> str:
    return f"{value.dtype} {list(value.shape)}" if isinstance(value, np.ndarray) else short_repr(value)
