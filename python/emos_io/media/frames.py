"""Frames as numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Generic

import numpy as np
import numpy.typing as npt

from .. import _core
from .arguments import DimensionOrder, Fit, Roi, Size, geometry
from .device_arrays import Data, DeviceArray
from .timing import NOPTS, FrameTicks, FrameTimes


@dataclass(frozen=True, eq=False, repr=False)
class VideoFrames(Generic[Data]):
    """T frames.

    For type checkers, `VideoFrames` alone has a numpy array; of a Media with a `device` it is ``VideoFrames[DeviceArray]``.

    Attributes:
        data: uint8 RGB in [0, 255], ``[T, H, W, 3]`` (``[T, 3, H, W]`` with ``dimension_order="TCHW"``), writable; zeros
            where not valid. `torch.from_numpy` and `from_dlpack` share its memory, which outlives the reader. THWC is in
            C order. TCHW is a view of THWC memory with its axes moved: it costs no copy, and is not contiguous. Where
            ``out=`` was given, this is that array, contiguous in either order. A numpy array, or a `DeviceArray` where the
            Media has a `device`, which is contiguous in either order and not to be written to.
        timing: When the frames appear, and how long they stay; `pts`, `duration`, `times` and the others read it. A
            `FrameTicks` where the ticks of all these frames fit in 64 bits, a `FrameTimes` where one does not.
        valid: bool ``[T]``: there is a frame at this index.
        damaged: bool ``[T]``: the frame comes after a decode error, a lost packet or a flag of corruption, with no clean
            random access point between. A damaged frame may be valid, with what the decoder made of it.
    """

    data: Data
    timing: FrameTicks | FrameTimes
    valid: npt.NDArray[np.bool_]
    damaged: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        """The number of frames, T."""
        return len(self.valid)

    def __repr__(self) -> str:
        outermost = self.timing.outermost()
        times = "none" if outermost is None else f"{outermost[0]} to {outermost[1]} s"
        return (
            f"VideoFrames({array_repr(self.data)}, pts={times}, valid={int(self.valid.sum())}, "
            f"damaged={int(self.damaged.sum())})"
        )

    @property
    def pts(self) -> npt.NDArray[np.int64]:
        """int64 ``[T]``: when each frame appears, in ticks of `time_base`; `NOPTS` where not valid.

        The ticks are those of `Media.timeline`.

        Raises:
            TooLarge: The ticks of these frames do not fit in 64 bits; `times` has the exact values.
        """
        return self.timing.pts

    @property
    def duration(self) -> npt.NDArray[np.int64]:
        """int64 ``[T]``: how long each frame stays on screen, in ticks of `time_base`; `NOPTS` where not valid.

        Raises:
            TooLarge: As for `pts`.
        """
        return self.timing.duration

    @property
    def time_base(self) -> Fraction:
        """Exact seconds of one tick.

        Raises:
            TooLarge: As for `pts`.
        """
        return self.timing.time_base

    @property
    def times(self) -> tuple[Fraction | None, ...]:
        """When each frame appears: T exact seconds of media time, None where not valid. Made anew by each use."""
        return self.timing.times

    @property
    def durations(self) -> tuple[Fraction | None, ...]:
        """How long each frame stays on screen: T exact seconds, None where not valid. Made anew by each use."""
        return self.timing.durations

    @property
    def pts_seconds(self) -> npt.NDArray[np.float64]:
        """float64 ``[T]``: when each frame appears, in seconds, rounded; NaN where not valid."""
        return self.timing.pts_seconds

    @property
    def duration_seconds(self) -> npt.NDArray[np.float64]:
        """float64 ``[T]``: how long each frame stays on screen, in seconds, rounded; NaN where not valid."""
        return self.timing.duration_seconds


@dataclass(frozen=True)
class FrameFormat:
    """How the core writes frames, and how they are handed out.

    Attributes:
        geometry: How frames are cropped and scaled, in the order of axes that the core writes.
        moves_channels: The core writes THWC, and the caller gets a TCHW view of it.
    """

    geometry: _core.Geometry
    moves_channels: bool

    @classmethod
    def checked(
        cls, size: Size | None, fit: Fit, roi: Roi | None, dimension_order: DimensionOrder, *, has_out: bool
    ) -> FrameFormat:
        """Return the format of frames that the core writes to memory of its own, or to that of the caller.

        Raises:
            InvalidArgument: An argument is not allowed.
        """
        # What is no text is refused below; an array must not be compared.
        moves = isinstance(dimension_order, str) and dimension_order == "TCHW" and not has_out
        return cls(geometry(size, fit, roi, "THWC" if moves else dimension_order), moves)

    def wrap(self, core: _core.Frames, path: str, out: npt.NDArray[np.uint8] | None = None) -> VideoFrames:
        """Return the core's frames in their public form, without copying pixels."""
        if core.data is not None:
            data = np.frombuffer(memoryview(core.data), dtype=np.uint8).reshape(core.shape)
            data = np.moveaxis(data, 3, 1) if self.moves_channels else data
        else:
            assert out is not None, "the core fills out= or makes memory of its own"
            data = out
        return VideoFrames(
            data=data,
            timing=timing_of(core, path),
            valid=np.frombuffer(memoryview(core.valid), dtype=np.bool_),
            damaged=np.frombuffer(memoryview(core.damaged), dtype=np.bool_),
        )


def array_repr(array: npt.NDArray[np.generic] | DeviceArray) -> str:
    """Return the type and the shape of an array, ``uint8[4, 8, 8, 3]``, and the device that it is on."""
    text = f"{array.dtype}{list(array.shape)}"
    return text if isinstance(array, np.ndarray) else f"{text} on {array.device}"


def timing_of(
    core: _core.Frames | _core.FrameSlots, path: str, valid: npt.NDArray[np.bool_] | None = None
) -> FrameTicks | FrameTimes:
    """Return when the core's frames appear and how long they stay; where `valid` is given, of no others."""
    if core.ticks is None:
        times, durations = (_fractions(pairs, valid) for pairs in core.exact())
        return FrameTimes(times, durations, path)
    *columns, time_base = core.ticks
    pts, duration = (np.frombuffer(memoryview(column), dtype=np.int64) for column in columns)
    if valid is not None:
        pts, duration = (np.where(valid, column, NOPTS) for column in (pts, duration))
    return FrameTicks(pts=pts, duration=duration, time_base=Fraction(*time_base))


def _fractions(pairs: list[tuple[int, int] | None], valid: npt.NDArray[np.bool_] | None) -> tuple[Fraction | None, ...]:
    exact = (None if pair is None else Fraction(*pair) for pair in pairs)
    return tuple(exact if valid is None else (time if has else None for time, has in zip(exact, valid, strict=True)))
