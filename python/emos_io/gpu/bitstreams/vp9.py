"""Superframes and headers of frames of VP9.

Source: VP9 Bitstream & Decoding Process Specification, sections 6.2, 7.2 and Annex B.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .bits import Bits
from .errors import BitstreamError

_SYNC_CODE = 0x498342
_SLOTS = 8
_REFERENCES = 3
_RGB = 7
_MOST_FRAMES = 8
_ALL_SLOTS = 0xFF
_CHROMA = {(0, 0): "4:4:4", (1, 0): "4:2:2", (0, 1): "4:4:0", (1, 1): "4:2:0"}


@dataclass(frozen=True, slots=True)
class Format:
    """Bit depth and chroma, such as ``"4:2:0"``."""

    bit_depth: int
    chroma: str


def frames_of(data: bytes) -> list[bytes]:
    """Return the frames of a packet: those of a superframe, without its index, or the packet itself."""
    if not data:
        raise BitstreamError("a packet is empty")
    marker = data[-1]
    if marker & 0xE0 != 0xC0:
        return [data]
    count, size_bytes = (marker & 7) + 1, (marker >> 3 & 3) + 1
    index_bytes = 2 + count * size_bytes
    if index_bytes > len(data) or data[-index_bytes] != marker:
        return [data]
    frames = []
    position, index = 0, data[1 - index_bytes : -1]
    for number in range(count):
        size = int.from_bytes(index[number * size_bytes : (number + 1) * size_bytes], "little")
        frames.append(data[position : position + size])
        position += size
    if position > len(data) - index_bytes:
        raise BitstreamError("a superframe of VP9 has frames that reach past its end")
    return [frame for frame in frames if frame]


def superframe(frames: Sequence[bytes]) -> bytes:
    """Return one packet of frames, of which one is presented; a single frame stays as it is."""
    if len(frames) == 1:
        return frames[0]
    if len(frames) > _MOST_FRAMES:
        raise BitstreamError(f"{len(frames)} frames of VP9 are presented as one, and a superframe holds {_MOST_FRAMES}")
    size_bytes = (max(map(len, frames)).bit_length() + 7) // 8
    if size_bytes > 4:
        raise BitstreamError("a frame of VP9 is too long for a superframe")
    marker = bytes([0xC0 | size_bytes - 1 << 3 | len(frames) - 1])
    sizes = b"".join(len(frame).to_bytes(size_bytes, "little") for frame in frames)
    return b"".join((*frames, marker, sizes, marker))


class FrameSizes:
    """Sizes of frames, packet by packet from a keyframe on: a frame may have the size of one that it refers to.

    Attributes:
        formats: All formats that were seen.
    """

    def __init__(self) -> None:
        self.formats: set[Format] = set()
        self._slots: list[tuple[int, int] | None] = [None] * _SLOTS

    def of_packet(self, data: bytes) -> list[tuple[int, int]]:
        """Return the (width, height) of each frame of a packet, hidden ones too."""
        return [self._of_frame(frame) for frame in frames_of(data)]

    def _of_frame(self, frame: bytes) -> tuple[int, int]:
        bits = Bits(frame)
        if bits.read(2) != 2:
            raise BitstreamError("a frame of VP9 has no frame marker")
        profile = bits.read(1) | bits.read(1) << 1
        if profile == 3 and bits.flag():
            raise BitstreamError("a frame of VP9 has a reserved profile")
        if bits.flag():
            return self._kept(bits.read(3))
        is_inter, is_presented, is_resilient = bits.flag(), bits.flag(), bits.flag()
        refreshed = _ALL_SLOTS
        if not is_inter:
            self._read_format(bits, profile)
            size = _own_size(bits)
        else:
            is_intra_only = not is_presented and bits.flag()
            bits.skip(0 if is_resilient else 2)
            if is_intra_only:
                self._read_format(bits, profile, has_format=profile > 0)
                refreshed = bits.read(8)
                size = _own_size(bits)
            else:
                refreshed = bits.read(8)
                slots = [bits.read(4) >> 1 for _ in range(_REFERENCES)]
                chosen = next((slot for slot in slots if bits.flag()), None)
                size = _own_size(bits) if chosen is None else self._kept(chosen)
        for slot in range(_SLOTS):
            if refreshed >> slot & 1:
                self._slots[slot] = size
        return size

    def _kept(self, slot: int) -> tuple[int, int]:
        if (size := self._slots[slot]) is None:
            raise BitstreamError("a frame of VP9 refers to one that was not decoded")
        return size

    def _read_format(self, bits: Bits, profile: int, *, has_format: bool = True) -> None:
        """Read the sync code, and color_config where a frame has it."""
        if bits.read(24) != _SYNC_CODE:
            raise BitstreamError("a frame of VP9 has no sync code")
        if not has_format:
            self.formats.add(Format(8, "4:2:0"))
            return
        bit_depth = 8 if profile < 2 else 12 if bits.flag() else 10
        is_rgb = bits.read(3) == _RGB
        subsampling = (0, 0) if is_rgb else (1, 1)
        if not is_rgb:
            bits.skip(1)
        if profile in (1, 3):
            if not is_rgb:
                subsampling = (bits.read(1), bits.read(1))
            bits.skip(1)
        self.formats.add(Format(bit_depth, _CHROMA[subsampling]))


def _own_size(bits: Bits) -> tuple[int, int]:
    return bits.read(16) + 1, bits.read(16) + 1
