"""Frames as numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from .. import _core


@dataclass(frozen=True, eq=False)
class VideoFrames:
    """T frames.

    Attributes:
        data: uint8 RGB in [0, 255], ``[T, H, W, 3]`` (``[T, 3, H, W]`` with ``dimension_order="TCHW"``), C order,
            writable; zeros where not valid. `torch.from_numpy` and `from_dlpack` share its memory, which outlives the
            reader. Where ``out=`` was given, this is that array.
        pts: When each frame appears: T exact seconds of media time, None where not valid.
        duration: How long each stays on screen: T exact seconds, None where not valid.
        valid: bool ``[T]``: there is a frame at this place.
        damaged: bool ``[T]``: the frame comes after a decode error, a lost packet or a mark of damage, with no clean
            random access point between. A damaged frame may be valid, with what the decoder made of it.
    """

    data: npt.NDArray[np.uint8]
    pts: tuple[Fraction | None, ...]
    duration: tuple[Fraction | None, ...]
    valid: npt.NDArray[np.bool_]
    damaged: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """The number of frames, T."""
        return len(self.pts)

    @property
    def pts_seconds(self) -> npt.NDArray[np.float64]:
        """float64 ``[T]``: `pts` in seconds, rounded; NaN where not valid."""
        return np.array([np.nan if pts is None else float(pts) for pts in self.pts], dtype=np.float64)

    @property
    def duration_seconds(self) -> npt.NDArray[np.float64]:
        """float64 ``[T]``: `duration` in seconds, rounded; NaN where not valid."""
        return np.array([np.nan if d is None else float(d) for d in self.duration], dtype=np.float64)


def wrap_frames(core: _core.Frames, out: npt.NDArray[np.uint8] | None = None) -> VideoFrames:
    """Give the core's answer its public form, without copying pixels."""
    if core.data is not None:
        data = np.frombuffer(memoryview(core.data), dtype=np.uint8).reshape(core.shape)
    else:
        assert out is not None, "the core fills out= or makes memory of its own"
        data = out
    return VideoFrames(
        data=data,
        pts=_times(core.pts),
        duration=_times(core.duration),
        valid=np.frombuffer(bytearray(core.valid), dtype=np.bool_),
        damaged=np.frombuffer(bytearray(core.damaged), dtype=np.bool_),
    )


def _times(pairs: list[tuple[int, int] | None]) -> tuple[Fraction | None, ...]:
    return tuple(None if pair is None else Fraction(*pair) for pair in pairs)
