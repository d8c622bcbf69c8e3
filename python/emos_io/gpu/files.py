"""Whether a device may decode a file, by what its container and its index say."""

from __future__ import annotations

from ..media import CodecData, GopAmounts
from .fallback import Reason

MAX_GOP_FRAMES = 1_000
"""The most frames of a GOP that a device decodes: every read begins at the keyframe."""
MAX_GOP_BYTES = 64 << 20
"""The most bytes of the packets of a GOP that a device decodes: they are copied as a whole."""

_FULL_CHROMA_SHIFT = (1, 1)


def refusal_of(codec: CodecData, amounts: GopAmounts, device: str, codecs: frozenset[str]) -> Reason | None:
    """Return why no GOP of a file goes to a device; None where they may.

    Args:
        codec: What the container says of the track.
        amounts: How much its GOPs have.
        device: ``"cuda:0"``, ``"dali-cpu"``. NVIDIA's decoders give 4:2:0 alone in 8 bits on every device.
        codecs: FFmpeg's names of those that the device may decode.
    """
    if codec.codec not in codecs:
        return Reason.CODEC
    if codec.bit_depth > 8:
        return Reason.DEPTH
    if codec.has_alpha:
        return Reason.ALPHA
    if device.startswith("cuda") and codec.chroma_shift != _FULL_CHROMA_SHIFT:
        return Reason.CHROMA
    if codec.field_order == "interlaced":
        return Reason.INTERLACED
    if codec.has_palette:
        return Reason.PALETTE
    frames, size = (int(each.max(initial=0)) for each in (amounts.num_frames, amounts.num_bytes))
    if frames > MAX_GOP_FRAMES or size > MAX_GOP_BYTES:
        return Reason.LONG_GOP
    return None
