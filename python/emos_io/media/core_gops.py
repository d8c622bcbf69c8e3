"""GOPs of a source that the core opened: its packets, what a decoder must know, and frames as the CPU path gives them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .. import _core
from .frames import FrameFormat
from .gops import CodecData, FrameLayout, GopAmounts, GopPackets, Orientation


class CoreGops:
    """The `GopSource` of one opened source. Safe with threads.

    Args:
        reader: Returns the core reader of this process; it is asked at each call, since a fork has another one.
        name: The path of the source, for errors and the log.

    Raises:
        NoSuchTrack: A call or a property is asked for, and there is no video track.
        SourceChanged: Packets or frames are asked for, and the file is not the one that was opened.
        SourceUnreadable: The file can no longer be read.
        UnsupportedCodec: FFmpeg has no decoder for the track, or it is encrypted, and `on_error` is ``"raise"``.

    Cost: nothing is read before it is asked for. The numbers come from the index; packets are read from the source, and
    nothing is decoded but by `cpu_frames`.
    """

    def __init__(self, reader: Callable[[], _core.Reader], name: str) -> None:
        self._reader, self._name = reader, name

    def __repr__(self) -> str:
        return f"CoreGops({self._name!r})"

    @property
    def name(self) -> str:
        """The path of the source."""
        return self._name

    @cached_property
    def codec_data(self) -> CodecData:
        """What a decoder must know of the video track, by its headers."""
        core = self._reader().codec_data()
        is_interlaced = core["is_interlaced"]
        transpose, flip_horizontal, flip_vertical = core["orientation"]
        return CodecData(
            codec=core["codec"],
            extradata=core["extradata"],
            width=core["width"],
            height=core["height"],
            pixel_format=core["pixel_format"] or "",
            bit_depth=core["bit_depth"],
            chroma_shift=core["chroma_shift"],
            has_alpha=core["has_alpha"],
            color_range=core["color_range"],
            color_matrix=core["color_matrix"],
            field_order=None if is_interlaced is None else "interlaced" if is_interlaced else "progressive",
            has_palette=core["has_palette"],
            orientation=Orientation(transpose, flip_horizontal, flip_vertical),
        )

    @cached_property
    def amounts(self) -> GopAmounts:
        """How much each GOP of the video track has.

        Cost: a pass over the index of the track.
        """
        return GopAmounts(*(_int64(column) for column in self._reader().gop_amounts()))

    def gops_of(self, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the number of the GOP of each frame.

        Args:
            indices: Frames by index in display order, from 0; they do not count from the end.

        Raises:
            FrameIndexError: There is no frame of that index; `index` of the error has it.
        """
        return _int64(self._reader().gop_numbers(indices.tolist()))

    def packets(self, gop: int) -> GopPackets:
        """Return the packets of a GOP, read from the source.

        A GOP without frames, one that an edit list leaves out, has no packets.

        Raises:
            InvalidArgument: There is no such GOP.
            TooLarge: They are more than 8 GiB.

        Cost: its bytes are read once and copied once. Where the index came from a scan, a seek.
        """
        core = self._reader().gop_packets(gop)
        return GopPackets(
            packets=core.packets,
            ranks=tuple(_int64(core.ranks).tolist()),
            keys=tuple(_flags(core.keys).tolist()),
            frames=_int64(core.frames),
            starts_clean=core.starts_clean,
            is_damaged=core.is_damaged,
            has_fields=core.has_fields,
        )

    def layout(self, format: FrameFormat) -> FrameLayout | None:
        """Return how frames are cropped and scaled, for frames of the size that the headers say.

        None where boxes of the region of interest change over time.

        Raises:
            InvalidArgument: A box is not inside the frame, or the size does not suit it.
        """
        core = self._reader().frame_layout(format.geometry)
        return None if core is None else FrameLayout(*core)

    def cpu_frames(
        self, indices: npt.NDArray[np.int64], format: FrameFormat
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Return frames as the CPU path gives them: data ``[n, H, W, 3]``, valid and damaged.

        Args:
            indices: Frames by index in display order.
            format: That of frames without ``out=``.

        Raises:
            FrameIndexError: There is no frame of that index.
            DecodeError: A frame is damaged and `on_error` is ``"raise"``.
            TooLarge: The result would be over 8 GiB.

        Cost: that of `Media.frames_by_index`.
        """
        core = self._reader().frames_by_index(indices.tolist(), format.geometry)
        assert core.data is not None, "the core makes memory of its own where none is given"
        data = np.frombuffer(memoryview(core.data), dtype=np.uint8).reshape(core.shape)
        return data, _flags(core.valid), _flags(core.damaged)


def _int64(array: _core.Array) -> npt.NDArray[np.int64]:
    return np.frombuffer(memoryview(array), dtype=np.int64)


def _flags(array: _core.Array) -> npt.NDArray[np.bool_]:
    return np.frombuffer(memoryview(array), dtype=np.bool_)
