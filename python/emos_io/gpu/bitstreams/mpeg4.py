"""Headers of MPEG-4 part 2. Source: ISO/IEC 14496-2, sections 6.2.2 and 6.2.3."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .bits import Bits
from .errors import BitstreamError

_LAYER = re.compile(rb"\x00\x00\x01[\x20-\x2f]")
_FRAME_OR_GROUP = re.compile(rb"\x00\x00\x01[\xb3\xb6]")
_FRAME = b"\0\0\1\xb6"
_EXTENDED_ASPECT = 15
_RECTANGULAR = 0
_INTRA = 0
"""vop_coding_type of a frame that refers to no other."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What a video object layer says: (width, height), and whether its frames may be interlaced."""

    size: tuple[int, int]
    is_interlaced: bool


def layer_of(data: bytes) -> Layer | None:
    """Return what the first video object layer in data says; None where there is none."""
    found = _LAYER.search(data)
    if not found:
        return None
    bits = Bits(data[found.end() : found.end() + 64])
    bits.skip(9)
    bits.skip(7 if bits.flag() else 0)
    bits.skip(16 if bits.read(4) == _EXTENDED_ASPECT else 0)
    if bits.flag():
        bits.skip(3)
        bits.skip(79 if bits.flag() else 0)
    if bits.read(2) != _RECTANGULAR:
        raise BitstreamError("frames of MPEG-4 have a shape other than a rectangle")
    bits.skip(1)
    resolution = bits.read(16)
    bits.skip(1)
    if bits.flag():
        bits.skip(max((resolution - 1).bit_length(), 1))
    bits.skip(1)
    width = bits.read(13)
    bits.skip(1)
    height = bits.read(13)
    bits.skip(1)
    if not width or not height:
        raise BitstreamError("a layer of MPEG-4 has no pixels")
    return Layer((width, height), bits.flag())


def headers_of(data: bytes) -> bytes:
    """Return what stands before the first frame of a packet, if there is a layer among it."""
    found = _FRAME_OR_GROUP.search(data)
    headers = data[: found.start()] if found else data
    return headers if _LAYER.search(headers) else b""


def begins_right(data: bytes) -> bool:
    """Return whether the first frame of a packet refers to no other: AVI files that hold two frames in a packet mark both."""
    start = data.find(_FRAME) + len(_FRAME)
    return start >= len(_FRAME) and Bits(data[start:]).read(2) == _INTRA


def num_frames(data: bytes) -> int:
    """Return how many frames a packet has: AVI files may hold a reordered frame beside the one before it."""
    return data.count(_FRAME)
