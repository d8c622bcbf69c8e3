"""One opened source on one device."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from ..errors import DecodeError
from ..media import DeviceArray, DimensionOrder, FrameFormat, FrameLayout, FrameSession, GopSource
from .color_probe import Colors, probed_colors
from .decoder import ColorChange, DeviceDecoder
from .decoders import open_decoder
from .devices import check_device as check_name
from .fallback import Reason, log_once
from .files import refusal_of
from .gop_reading import ReadyGop, Refused, ready_gop
from .session import Chunk, GopSession, at_once

PART_BYTES = 512 << 20
"""The most bytes that the frames of a GOP take at once in a device's memory, of the stored size or of the answer's. Of a GOP
with more wanted frames, parts are decoded, each from the keyframe on."""


def check_device(device: object) -> str:
    """Return the name of a device that can be used in this process, with its number; see `emos_io.media.check_device`."""
    return open_decoder(check_name(device)).device


def open_frames(device: str, source: GopSource) -> FileFrames:
    """Return the backend of a device for one source."""
    return FileFrames(open_decoder(device), source)


class FileFrames:
    """The `FrameBackend` of one source: which GOPs the device decodes, and why not the others. Safe with threads.

    Nothing is read before the first call of `refusal` or of a session. The decoder is the one of the process.
    """

    def __init__(self, decoder: DeviceDecoder, source: GopSource) -> None:
        self._decoder, self._source = decoder, source
        self._lock = threading.Lock()
        self._probing = threading.Lock()
        self._colors: Colors | None = None
        self._fallback: Counter[str] = Counter()
        self._num_gops = 0

    @property
    def device(self) -> str:
        """The device with its number."""
        return self._decoder.device

    @property
    def fallback(self) -> Mapping[str, int]:
        """GOPs that were decoded on the CPU, by reason."""
        with self._lock:
            return {str(reason): count for reason, count in self._fallback.items()}

    @property
    def num_gops(self) -> int:
        """GOPs that the device decoded."""
        with self._lock:
            return self._num_gops

    def refusal(self, format: FrameFormat) -> Reason | None:
        """Return why the core must read all frames of a format; None where the device decodes.

        Cost: the first call for a file that is not refused by its facts decodes a frame of it on the device and on the CPU.
        """
        source = self._source
        refused = refusal_of(source.codec_data, source.amounts, self.device, self._decoder.codecs)
        if refused is None and source.layout(format) is None:
            refused = Reason.ROI
        return refused or self._probed().refusal

    def gops_of(self, indices: npt.NDArray[np.int64]) -> set[int]:
        """Return the numbers of the GOPs that have these frames; -1 is none."""
        return set(self._source.gops_of(indices[indices >= 0]).tolist())

    def count_core_read(self, reason: str, gops: int) -> None:
        """Count GOPs that the core read because of a refusal, and log the reason once."""
        if gops:
            colors = self._colors
            self.count_fallback(Reason(reason), colors.detail if colors and colors.refusal == reason else "", gops)

    def session(
        self, slots: Sequence[npt.NDArray[np.int64]], format: FrameFormat, dimension_order: DimensionOrder
    ) -> FrameSession:
        """Begin to read answers of a format that is not refused."""
        layout = self._source.layout(format)
        assert layout is not None, "a format whose boxes change over time is refused"
        return GopSession(_Formatted(self, format, layout), slots, dimension_order)

    def upload(self, frames: npt.NDArray[np.uint8], dimension_order: DimensionOrder) -> DeviceArray:
        """Return frames of the CPU, ``[T, H, W, 3]``, on the device in an order of axes."""
        uploaded = self._decoder.upload(frames)
        if dimension_order == "THWC":
            return uploaded
        return self._decoder.gather([uploaded], [range(len(frames))], dimension_order)

    def close(self) -> None:
        """Keep nothing: the decoder is that of the process."""

    @property
    def source(self) -> GopSource:
        """The source."""
        return self._source

    @property
    def decoder(self) -> DeviceDecoder:
        """The decoder of the process."""
        return self._decoder

    def color(self) -> ColorChange | None:
        """Return how the colours of the device's frames are changed."""
        return self._probed().change

    def count_device(self) -> None:
        """Count a GOP that the device decoded."""
        with self._lock:
            self._num_gops += 1

    def count_fallback(self, reason: Reason, detail: str, gops: int = 1) -> None:
        """Count GOPs that the CPU decoded."""
        with self._lock:
            self._fallback[reason] += gops
        log_once(self._source.name, reason, detail)

    def _probed(self) -> Colors:
        with self._probing:
            if self._colors is None:
                self._colors = probed_colors(self._decoder, self._source)
            return self._colors


class _Formatted:
    """Frames of GOPs of a file in one format."""

    def __init__(self, file: FileFrames, format: FrameFormat, layout: FrameLayout) -> None:
        self._file, self._format, self._layout = file, format, layout
        self._ready: ReadyGop | None = None
        self._counted: tuple[int, bool] | None = None
        codec = file.source.codec_data
        pixels = (codec.width * codec.height, layout.output[0] * layout.output[1])
        self._most = at_once((3 * each for each in pixels), PART_BYTES)

    @property
    def name(self) -> str:
        return self._file.source.name

    @property
    def size(self) -> tuple[int, int]:
        return self._layout.output

    @property
    def most(self) -> int:
        return self._most

    def gops_of(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return self._file.source.gops_of(indices)

    def decode(self, gop: int, frames: npt.NDArray[np.int64]) -> Chunk:
        try:
            data = self._on_device(gop, frames)
        except Refused as refused:
            return self._on_cpu(gop, frames, refused)
        if self._is_new(gop, on_device=True):
            self._file.count_device()
        full = np.ones(len(frames), dtype=np.bool_)
        return Chunk(frames, data, full, ~full)

    def upload(self, frames: npt.NDArray[np.uint8], dimension_order: DimensionOrder) -> DeviceArray:
        return self._file.upload(frames, dimension_order)

    def gather(
        self, chunks: Sequence[DeviceArray], order: Sequence[Sequence[int]], dimension_order: DimensionOrder
    ) -> DeviceArray:
        return self._file.decoder.gather(chunks, order, dimension_order)

    def _on_device(self, gop: int, frames: npt.NDArray[np.int64]) -> DeviceArray:
        file, ready = self._file, self._ready
        if ready is None or ready.number != gop:
            # Parts of a GOP follow each other: its packets are read once.
            ready = self._ready = ready_gop(file.source, gop, file.device)
        try:
            ranks = [ready.ranks[frame] for frame in frames.tolist()]
        except KeyError as error:
            raise Refused(Reason.DAMAGE, f"frame {error} is in no packet") from error
        try:
            return file.decoder.frames(
                ready.packets, ready.codec, ready.packets.count, ranks, self._layout, file.color()
            )
        except DecodeError as error:
            raise Refused(Reason.DECODER, str(error)) from error

    def _on_cpu(self, gop: int, frames: npt.NDArray[np.int64], refused: Refused) -> Chunk:
        file = self._file
        if self._is_new(gop, on_device=False):
            file.count_fallback(refused.reason, refused.detail)
        data, valid, damaged = file.source.cpu_frames(frames, self._format)
        return Chunk(frames, file.decoder.upload(data), valid, damaged)

    def _is_new(self, gop: int, *, on_device: bool) -> bool:
        """Whether a GOP was not counted yet: its parts follow each other, and count as one."""
        before, self._counted = self._counted, (gop, on_device)
        return before != self._counted
