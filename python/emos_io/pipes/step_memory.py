"""Memory of a batch before it is one: windows are decoded straight into its rows."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..media import WindowMemory
from .specs import PaddedSize, SampleSpec


class StepMemory:
    """The frames and the waveform of a batch, zeros at first.

    Rows do not overlap, so that several threads fill them at once. The batch is made of these arrays.

    Attributes:
        frames: uint8 ``[B, T, H, W, 3]`` or ``[B, T, 3, H, W]``; None without video.
        waveform: float32 ``[B, C, N]``; None without audio.
        is_abandoned: A read that was given up may still write to a row. The batch must be made of other arrays.
    """

    def __init__(self, spec: SampleSpec, num_rows: int, size: PaddedSize) -> None:
        self.frames: npt.NDArray[np.uint8] | None = None
        self.waveform: npt.NDArray[np.float32] | None = None
        self.is_abandoned = False
        if spec.video is not None:
            self.frames = np.zeros((num_rows, size.num_frames, *spec.video.frame_shape()), np.uint8)
        if spec.audio is not None:
            self.waveform = np.zeros((num_rows, spec.audio.num_channels, size.num_samples), np.float32)


@dataclass(frozen=True, slots=True)
class RowMemory:
    """One row of a step's memory.

    Attributes:
        step: The memory of all rows.
        row: The index of the row.
    """

    step: StepMemory
    row: int

    def window(self, size: PaddedSize) -> WindowMemory:
        """Return the memory of a window of this size: the start of the row.

        A shorter waveform of several channels is not contiguous in its row. Its reader makes memory, and it is copied.
        """
        frames = None if self.step.frames is None else self.step.frames[self.row, : size.num_frames]
        samples = None if self.step.waveform is None else self.step.waveform[self.row, :, : size.num_samples]
        return WindowMemory(frames, samples if samples is not None and samples.flags.c_contiguous else None)

    def abandon(self) -> None:
        """Let no batch be made of this memory: a read that was given up may still write to the row."""
        self.step.is_abandoned = True


class StepMemories:
    """The memory of the steps that are being read, which several threads may ask for.

    A step's memory is made when its first row is asked for.

    Args:
        spec: What a sample holds.
        lanes: The lanes of each step.
        windows_per_lane: Rows of each lane.
        size_of: Gets a step, gives the size to which its rows are padded.
    """

    def __init__(
        self, spec: SampleSpec, lanes: range, windows_per_lane: int, size_of: Callable[[int], PaddedSize]
    ) -> None:
        self._spec, self._lanes, self._windows_per_lane, self._size_of = spec, lanes, windows_per_lane, size_of
        self._lock = threading.Lock()
        self._steps: dict[int, StepMemory] = {}

    def rows(self, step: int, lane: int) -> list[RowMemory]:
        """Return the rows of a lane in a step."""
        with self._lock:
            memory = self._steps.get(step)
            if memory is None:
                num_rows = len(self._lanes) * self._windows_per_lane
                memory = self._steps[step] = StepMemory(self._spec, num_rows, self._size_of(step))
        first = self._lanes.index(lane) * self._windows_per_lane
        return [RowMemory(memory, row) for row in range(first, first + self._windows_per_lane)]

    def take(self, step: int) -> StepMemory:
        """Return the memory of a step whose rows were all read; it is no longer kept here."""
        with self._lock:
            return self._steps.pop(step)
