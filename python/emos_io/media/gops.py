"""GOPs as packets: what a decoder outside of the core needs, and how the core would convert their frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

FieldOrder = Literal["progressive", "interlaced"]


@dataclass(frozen=True, slots=True)
class Orientation:
    """How stored frames become displayed ones: the axes are exchanged first, then mirrored.

    Attributes:
        transpose: Rows become columns.
        flip_horizontal: Columns are reversed, after `transpose`.
        flip_vertical: Rows are reversed, after `transpose`.
    """

    transpose: bool = False
    flip_horizontal: bool = False
    flip_vertical: bool = False


@dataclass(frozen=True, slots=True)
class CodecData:
    """What a decoder must know of a video track before its first packet.

    Attributes:
        codec: FFmpeg's name, such as ``"h264"``, ``"hevc"``, ``"av1"``, ``"vp8"``, ``"vp9"``, ``"mjpeg"``.
        extradata: Codec private data as the container holds them; may be empty.
        width: Stored pixels of a row, before `orientation`.
        height: Stored rows.
        pixel_format: FFmpeg's name, such as ``"yuv420p"``; empty where nothing says it before a frame is decoded.
        bit_depth: Bits of a component; 0 where `pixel_format` is empty.
        chroma_shift: (x, y): chroma samples are ``1 << shift`` pixels apart; (0, 0) for 4:4:4.
        has_alpha: The frames have an alpha plane, or the track says that it has one.
        color_range: FFmpeg's name, ``"tv"`` or ``"pc"``; None where nothing says it.
        color_matrix: FFmpeg's name, such as ``"bt709"``; None where nothing says it.
        field_order: What the container or the parameters say; None where nothing does.
        has_palette: Palettes come beside the packets.
        orientation: How stored frames become displayed ones.
    """

    codec: str
    extradata: bytes
    width: int
    height: int
    pixel_format: str
    bit_depth: int
    chroma_shift: tuple[int, int]
    has_alpha: bool = False
    color_range: str | None = None
    color_matrix: str | None = None
    field_order: FieldOrder | None = None
    has_palette: bool = False
    orientation: Orientation = Orientation()


@dataclass(frozen=True, slots=True, eq=False)
class GopPackets:
    """The packets of one GOP, from its keyframe to the last packet that a frame of it needs, in decoding order.

    Where frames of the GOP come after the next keyframe in decoding order (an open GOP), that keyframe and they are in it too.
    Frames before the first keyframe in display order (leading frames) are left out: they belong to the GOP before.

    Attributes:
        packets: The coded data.
        ranks: For each packet, the rank of its frame among all frames that a decoder gives for these packets, in display
            order, from 0; -1 for a packet without a frame (hidden ones).
        keys: For each packet, whether it is a keyframe.
        frames: int64 ``[count]``: for each rank, the index of the frame in display order of the track; -1 for a frame that is
            not of this GOP (the next keyframe), or not presented (before the start of an edit list).
        starts_clean: The first packet is a keyframe, and no frame needs a packet before it, as far as the container says.
        is_damaged: The container marks a packet as damaged, a packet is empty, the file ends within one, or nothing of the
            track can be decoded.
        has_fields: A packet holds one field.
    """

    packets: tuple[bytes, ...]
    ranks: tuple[int, ...]
    keys: tuple[bool, ...]
    frames: npt.NDArray[np.int64]
    starts_clean: bool = True
    is_damaged: bool = False
    has_fields: bool = False

    @property
    def count(self) -> int:
        """How many frames a decoder gives for these packets."""
        return len(self.frames)


@dataclass(frozen=True, slots=True)
class FrameLayout:
    """Where the pixels of an answer come from, in displayed pixels: crop `area`, scale it to `scaled`, cut `output` from it.

    Attributes:
        area: (left, top, right, bottom) of the displayed frame; all of it without a region of interest.
        scaled: (height, width) to which the area is scaled.
        offset: (top, left) of the output in the scaled area; negative where the output is wider, and has black beside it.
        output: (height, width) of the answer.
    """

    area: tuple[int, int, int, int]
    scaled: tuple[int, int]
    offset: tuple[int, int]
    output: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class GopAmounts:
    """How much each GOP of a track has, in order; arrays ``[number of GOPs]``.

    Attributes:
        num_frames: int64: frames of the track in the GOP.
        num_packets: int64: packets that `GopPackets` would hold.
        num_bytes: int64: bytes of these packets.
    """

    num_frames: npt.NDArray[np.int64]
    num_packets: npt.NDArray[np.int64]
    num_bytes: npt.NDArray[np.int64]
