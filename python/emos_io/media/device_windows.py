"""Windows on a device: frames of a backend and samples of the core, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import overload

import numpy as np
import numpy.typing as npt

from .. import _core
from ..errors import EmosError, NoSuchTrack
from .arguments import DimensionOrder
from .backend import FrameBackend, FrameSession
from .device_arrays import DeviceArray
from .frames import FrameFormat, VideoFrames, timing_of
from .samples import AudioSamples, wrap_samples
from .windows import CoreWindows, WindowMemories, WindowShapes

_Time = tuple[int, int]


class DeviceWindows:
    """Windows of spans, from `first` on, that one process reads on a device.

    Where the backend refuses the file or the format, the core reads the windows, and their frames are copied to the device.
    """

    def __init__(
        self,
        reader: _core.Reader,
        backend: FrameBackend,
        shaped: FrameFormat,
        path: str,
        spans: list[tuple[_Time, _Time]],
        sampling: _core.Sampling,
        audio: tuple[int | None, int | None],
        first: int,
    ) -> None:
        self._reader, self._backend, self._format, self._path = reader, backend, shaped, path
        self._spans, self._sampling, self._audio = spans, sampling, audio
        self._index = first
        self._slots = _SlotsOfWindows(reader, spans, sampling)
        self._last_gop = -1
        self._session: FrameSession | None = None
        self._core: CoreWindows | None = None

    @property
    def index(self) -> int:
        """How many windows were read, or ended with an error."""
        return self._index

    def next_shapes(self) -> WindowShapes | None:
        """Return no shapes: nobody gives memory for a device."""
        return None

    def read(self, memory: WindowMemories) -> tuple[VideoFrames[DeviceArray] | None, AudioSamples | None]:
        """Return the next window."""
        assert memory == (None, None), "memory of the caller is refused where a stream begins"
        try:
            window = self._read(self._index)
        except KeyboardInterrupt:
            # It came in the middle of anything: the window is read again by a new session.
            self._drop()
            raise
        except BaseException:
            self._index += 1
            raise
        self._index += 1
        if self._index == len(self._spans):
            self._drop()
        return window

    def _read(self, index: int) -> tuple[VideoFrames[DeviceArray] | None, AudioSamples | None]:
        self._slots.drop_before(index)
        try:
            slots = self._slots.of(index)
        except NoSuchTrack:
            return None, self._samples(index)
        if self._session is None and self._core is None:
            self._begin(index)
        if self._core is not None:
            return self._of_core(self._core, slots)
        assert self._session is not None, "the core or a session reads"
        frames = self._session.read(index)
        timing = timing_of(slots, self._path, frames.valid)
        return VideoFrames(frames.data, timing, frames.valid, frames.damaged), self._samples(index)

    def _begin(self, index: int) -> None:
        if self._backend.refusal(self._format) is None:
            self._session = self._backend.session(self._slots, self._format, axes_of(self._format))
            return
        stream = self._reader.windows(self._spans, self._sampling, self._format.geometry, *self._audio, index)
        self._core = CoreWindows(stream, replace(self._format, moves_channels=False), self._path)

    def _of_core(
        self, core: CoreWindows, slots: _core.FrameSlots
    ) -> tuple[VideoFrames[DeviceArray] | None, AudioSamples | None]:
        video, audio = core.read((None, None))
        reason = self._backend.refusal(self._format)
        assert reason is not None, "what was refused stays so"
        # GOPs that several windows share are decoded, and count, once.
        gops = [gop for gop in self._backend.gops_of(indices_of(slots)) if gop > self._last_gop]
        self._last_gop = max(gops, default=self._last_gop)
        self._backend.count_core_read(reason, len(gops))
        return (None if video is None else uploaded(video, self._backend, self._format)), audio

    def _samples(self, index: int) -> AudioSamples | None:
        start, end = self._spans[index]
        try:
            return wrap_samples(self._reader.samples_in(start, end, *self._audio))
        except NoSuchTrack:
            return None

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = self._core = None


class _SlotsOfWindows(Sequence[npt.NDArray[np.int64]]):
    """The indices of the frames of each window, found when they are first asked for."""

    def __init__(self, reader: _core.Reader, spans: list[tuple[_Time, _Time]], sampling: _core.Sampling) -> None:
        self._reader, self._spans, self._sampling = reader, spans, sampling
        self._found: dict[int, _core.FrameSlots] = {}

    def __len__(self) -> int:
        return len(self._spans)

    @overload
    def __getitem__(self, index: int) -> npt.NDArray[np.int64]: ...

    @overload
    def __getitem__(self, index: slice) -> list[npt.NDArray[np.int64]]: ...

    def __getitem__(self, index: int | slice) -> npt.NDArray[np.int64] | list[npt.NDArray[np.int64]]:
        if isinstance(index, slice):
            return [self[each] for each in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        try:
            return indices_of(self.of(index))
        except EmosError:
            # Its own read has the error.
            return np.zeros(0, dtype=np.int64)

    def of(self, index: int) -> _core.FrameSlots:
        """Return the slots of a window."""
        slots = self._found.get(index)
        if slots is None:
            slots = self._found[index] = self._reader.slots_in(self._spans[index], self._sampling)
        return slots

    def drop_before(self, index: int) -> None:
        """Drop what was found for windows that were read."""
        for before in [each for each in self._found if each < index]:
            del self._found[before]


def axes_of(shaped: FrameFormat) -> DimensionOrder:
    """Return the order of axes that the caller asked for."""
    return "TCHW" if shaped.moves_channels else "THWC"


def indices_of(slots: _core.FrameSlots) -> npt.NDArray[np.int64]:
    """Return the index of the frame at each position of an answer, -1 where there is none."""
    return np.frombuffer(memoryview(slots.indices), dtype=np.int64)


def uploaded(frames: VideoFrames, backend: FrameBackend, shaped: FrameFormat) -> VideoFrames[DeviceArray]:
    """Return frames of the CPU, ``[T, H, W, 3]``, with their data on the device."""
    data = backend.upload(frames.data, axes_of(shaped))
    return VideoFrames(data, frames.timing, frames.valid, frames.damaged)
