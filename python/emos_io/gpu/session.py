"""Answers in order: each GOP is decoded once for all of them, and dropped when they have passed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ..errors import DecodeError, TooLarge, quoted
from ..media import DeviceArray, DeviceFrames, DimensionOrder

MAX_ANSWER_BYTES = 8 << 30
"""The most bytes of the frames of an answer, as on the CPU path."""

_Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Frames of one GOP.

    Attributes:
        frames: Their indices in the track, rising.
        data: uint8 ``[n, H, W, 3]`` on the device.
        valid: bool ``[n]``.
        damaged: bool ``[n]``.
    """

    frames: _Indices
    data: DeviceArray
    valid: npt.NDArray[np.bool_]
    damaged: npt.NDArray[np.bool_]


class Chunks(Protocol):
    """Where frames of GOPs come from, all of one format."""

    @property
    def name(self) -> str:
        """The path of the source."""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the frames."""

    @property
    def most(self) -> int:
        """How many frames of a GOP are decoded at once at most."""

    def gops_of(self, indices: _Indices) -> _Indices:
        """Return the number of the GOP of each frame."""

    def decode(self, gop: int, frames: _Indices) -> Chunk:
        """Return frames of a GOP; on the CPU where the device must not, or cannot."""

    def upload(self, frames: npt.NDArray[np.uint8], dimension_order: DimensionOrder) -> DeviceArray:
        """Return frames ``[T, H, W, 3]`` on the device."""

    def gather(
        self, chunks: Sequence[DeviceArray], order: Sequence[Sequence[int]], dimension_order: DimensionOrder
    ) -> DeviceArray:
        """Return frames of chunks, one after another."""


class GopSession:
    """The `FrameSession` of a backend: answers of one format."""

    def __init__(self, chunks: Chunks, slots: Sequence[_Indices], dimension_order: DimensionOrder) -> None:
        self._chunks, self._slots, self._order = chunks, slots, dimension_order
        self._found: dict[int, tuple[Chunk, int]] = {}
        # GOPs of which one answer alone is asked at a time: a frame that another answer wants is damaged.
        self._apart: set[int] = set()
        self._gops: dict[int, _Indices] = {}
        self._black: DeviceArray | None = None

    def read(self, index: int) -> DeviceFrames:
        """Return the frames of answer `index`; indices never decrease."""
        slots = self._slots[index]
        self._check_size(len(slots))
        known = slots >= 0
        self._drop_before(index, int(slots[known].min(initial=np.iinfo(np.int64).max)) if known.any() else None)
        gops = self._gops_of(index)
        for gop in np.unique(gops[known]).tolist():
            self._decode(index, gop, np.unique(slots[gops == gop]))
        valid, damaged = known.copy(), np.zeros(len(slots), dtype=np.bool_)
        for position in np.flatnonzero(known).tolist():
            chunk, row = self._found[int(slots[position])]
            valid[position], damaged[position] = chunk.valid[row], chunk.damaged[row]
        return DeviceFrames(self._gathered(slots), valid, damaged)

    def close(self) -> None:
        """Drop decoded frames. Closing twice is fine."""
        self._found.clear()
        self._gops.clear()
        self._black = None

    def _check_size(self, count: int) -> None:
        height, width = self._chunks.size
        size = count * height * width * 3
        if size > MAX_ANSWER_BYTES:
            name = self._chunks.name
            raise TooLarge(
                f"the frames must take at most {MAX_ANSWER_BYTES} bytes, got {size} for {count} of {width} x {height}; "
                f"ask for fewer or smaller frames, or read them in windows: {quoted(name)}",
                path=name,
            )

    def _drop_before(self, index: int, first: int | None) -> None:
        for answer in [answer for answer in self._gops if answer < index]:
            del self._gops[answer]
        if first is not None:
            for frame in [frame for frame in self._found if frame < first]:
                del self._found[frame]

    def _gops_of(self, index: int) -> _Indices:
        """Return the GOP of each frame of an answer, -1 where it has none."""
        gops = self._gops.get(index)
        if gops is None:
            slots = self._slots[index]
            gops = np.full(len(slots), -1, dtype=np.int64)
            gops[slots >= 0] = self._chunks.gops_of(slots[slots >= 0])
            self._gops[index] = gops
        return gops

    def _decode(self, index: int, gop: int, wanted: _Indices) -> None:
        """Decode the frames of a GOP that an answer wants, with those that later ones do."""
        missing = [frame for frame in wanted.tolist() if frame not in self._found]
        if missing and gop not in self._apart:
            later = [frame for frame in self._wanted_from(index, gop).tolist() if frame not in self._found]
            try:
                while missing:
                    # A later answer may want frames in front of the first missing one.
                    part, later = later[: self._chunks.most], later[self._chunks.most :]
                    self._add(self._chunks.decode(gop, np.array(part, dtype=np.int64)))
                    missing = [frame for frame in missing if frame not in self._found]
            except DecodeError:
                self._apart.add(gop)
        if missing:
            self._add(self._chunks.decode(gop, np.array(missing, dtype=np.int64)))

    def _wanted_from(self, index: int, gop: int) -> _Indices:
        """Return the frames of a GOP that an answer and those after it want, rising."""
        wanted = []
        for answer in range(index, len(self._slots)):
            gops = self._gops_of(answer)
            wanted.append(self._slots[answer][gops == gop])
            known = gops[gops >= 0]
            if known.size and known.min() > gop:
                break
        return np.unique(np.concatenate(wanted))

    def _add(self, chunk: Chunk) -> None:
        self._found.update((frame, (chunk, row)) for row, frame in enumerate(chunk.frames.tolist()))

    def _gathered(self, slots: _Indices) -> DeviceArray:
        height, width = self._chunks.size
        if not len(slots):
            return self._chunks.upload(np.zeros((0, height, width, 3), dtype=np.uint8), self._order)
        located = [self._located(frame) for frame in slots.tolist()]
        runs = [list(run) for _, run in groupby(located, key=lambda each: id(each[0]))]
        return self._chunks.gather([run[0][0] for run in runs], [[row for _, row in run] for run in runs], self._order)

    def _located(self, frame: int) -> tuple[DeviceArray, int]:
        if frame >= 0:
            chunk, row = self._found[frame]
            return chunk.data, row
        if self._black is None:
            height, width = self._chunks.size
            self._black = self._chunks.upload(np.zeros((1, height, width, 3), dtype=np.uint8), "THWC")
        return self._black, 0


def at_once(size: Iterable[int], limit: int) -> int:
    """Return how many frames of the largest of these sizes in bytes fit in so many bytes; one at least.

    >>> at_once([3, 10], 25), at_once([100], 25), at_once([0], 25)
    (2, 1, 25)
    """
    return max(1, limit // max(*size, 1))
