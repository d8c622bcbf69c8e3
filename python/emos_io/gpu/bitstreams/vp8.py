"""The size in keyframes of VP8. Source: RFC 6386, section 9.1."""

from __future__ import annotations

from .errors import BitstreamError

_START = b"\x9d\x01\x2a"


def size_of(data: bytes) -> tuple[int, int] | None:
    """Return the (width, height) that a packet says; None for a packet that is no keyframe."""
    if not data:
        raise BitstreamError("a packet is empty")
    if data[0] & 1:
        return None
    if len(data) < 10 or data[3:6] != _START:
        raise BitstreamError("a keyframe of VP8 has no start code")
    width, height = (int.from_bytes(data[start : start + 2], "little") & 0x3FFF for start in (6, 8))
    if not width or not height:
        raise BitstreamError("a keyframe of VP8 has no pixels")
    return width, height
