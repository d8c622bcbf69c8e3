"""Open bitstream units of AV1, its sequence header, and the record of it.

Source: AV1 Bitstream & Decoding Process Specification, sections 4.10, 5.3 and 5.5; AV1 Codec ISO Media File Format Binding,
section 2.3 (av1C).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .bits import Bits
from .errors import BitstreamError

SEQUENCE_HEADER, TEMPORAL_DELIMITER, FRAME_HEADER, FRAME = 1, 2, 3, 6
SELECT = 2
"""SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV: each frame says it."""
_SRGB = (1, 13, 0)
"""Colour primaries, transfer and matrix of RGB, which is never subsampled."""
_LEB128_BYTES = 8
RECORD_BYTES = 4
"""Of an av1C before its units."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One open bitstream unit.

    Attributes:
        kind: obu_type.
        data: All of it, header and size too.
        content: What follows the header and the size.
        temporal_layer: temporal_id.
        spatial_layer: spatial_id.
    """

    kind: int
    data: bytes
    content: bytes
    temporal_layer: int = 0
    spatial_layer: int = 0


@dataclass(frozen=True, slots=True)
class Sequence:
    """What headers of frames need of the sequence header, and facts.

    Attributes:
        profile: seq_profile.
        level: seq_level_idx of the first operating point.
        tier: seq_tier of the first operating point.
        size: The largest (width, height).
        size_bits: Bits of width and height where a frame says its own.
        bit_depth: Of a component.
        is_monochrome: There is no chroma.
        subsampling: (x, y), each 0 or 1.
        sample_position: chroma_sample_position.
        is_reduced: The header is that of a still image.
        frame_id_bits: Bits of a frame's number, and of a difference of two; None where frames have none.
        order_bits: OrderHintBits.
        screen_tools: seq_force_screen_content_tools.
        integer_motion: seq_force_integer_mv.
        has_superres: Frames may be scaled up.
        time_bits: Bits of the time at which a frame is presented; 0 where frames have none.
        removal_bits: Bits of the time at which a frame leaves the buffer; 0 where frames have none.
        operating_points: For each, operating_point_idc, and whether its decoder model is there.
    """

    profile: int
    level: int
    tier: int
    size: tuple[int, int]
    size_bits: tuple[int, int]
    bit_depth: int
    is_monochrome: bool
    subsampling: tuple[int, int]
    sample_position: int
    is_reduced: bool
    frame_id_bits: tuple[int, int] | None
    order_bits: int
    screen_tools: int
    integer_motion: int
    has_superres: bool
    time_bits: int
    removal_bits: int
    operating_points: tuple[tuple[int, bool], ...]

    @property
    def chroma(self) -> str:
        """Such as ``"4:2:0"``."""
        if self.is_monochrome:
            return "4:0:0"
        return {(1, 1): "4:2:0", (1, 0): "4:2:2"}.get(self.subsampling, "4:4:4")


def units_of(data: bytes) -> Iterator[Unit]:
    """Yield the units of a temporal unit; the last one may have no size.

    Raises:
        BitstreamError: A size reaches past the end.
    """
    position = 0
    while position < len(data):
        header = data[position]
        if header & 0x80:
            raise BitstreamError("an open bitstream unit has its forbidden bit set")
        start = position + (2 if header & 4 else 1)
        stop = len(data)
        if header & 2:
            size, start = _leb128(data, start)
            stop = start + size
        if stop > len(data) or start > len(data):
            raise BitstreamError("the size of an open bitstream unit reaches past the end of its packet")
        layers = data[position + 1] if header & 4 else 0
        yield Unit(header >> 3 & 15, data[position:stop], data[start:stop], layers >> 5, layers >> 3 & 3)
        position = stop


def make_record(unit: Unit) -> bytes:
    """Return the AV1CodecConfigurationRecord of a sequence header."""
    facts = parse_sequence(unit.content)
    x, y = facts.subsampling
    flags = facts.tier << 7 | (facts.bit_depth > 8) << 6 | (facts.bit_depth == 12) << 5 | facts.is_monochrome << 4
    flags |= x << 3 | y << 2 | facts.sample_position
    header = bytes([SEQUENCE_HEADER << 3 | 2]) + _leb128_bytes(len(unit.content))
    return bytes([0x81, facts.profile << 5 | facts.level, flags, 0]) + header + unit.content


def is_record(extradata: bytes) -> bool:
    """Return whether codec private data are such a record."""
    return len(extradata) >= RECORD_BYTES and extradata[0] == 0x81


def parse_sequence(content: bytes) -> Sequence:
    """Read a sequence header."""
    bits = Bits(content)
    profile = bits.read(3)
    bits.skip(1)
    is_reduced = bits.flag()
    level = tier = time_bits = removal_bits = 0
    points: list[tuple[int, bool]] = []
    if is_reduced:
        level = bits.read(5)
        points.append((0, False))
    else:
        has_timing = bits.flag()
        has_model, is_equal, delay_bits = False, False, 0
        if has_timing:
            bits.skip(64)
            is_equal = bits.flag()
            if is_equal:
                bits.unsigned()
            has_model = bits.flag()
            if has_model:
                delay_bits = bits.read(5) + 1
                bits.skip(32)
                removal_bits = bits.read(5) + 1
                time_bits = 0 if is_equal else bits.read(5) + 1
                if is_equal:
                    bits.skip(5)
        has_display_delay = bits.flag()
        for index in range(bits.read(5) + 1):
            point = bits.read(12)
            point_level = bits.read(5)
            point_tier = bits.read(1) if point_level > 7 else 0
            if index == 0:
                level, tier = point_level, point_tier
            point_has_model = has_model and bits.flag()
            if point_has_model:
                bits.skip(2 * delay_bits + 1)
            if has_display_delay and bits.flag():
                bits.skip(4)
            points.append((point, point_has_model))
    size_bits = (bits.read(4) + 1, bits.read(4) + 1)
    size = (bits.read(size_bits[0]) + 1, bits.read(size_bits[1]) + 1)
    frame_id_bits = None
    if not is_reduced and bits.flag():
        difference_bits = bits.read(4) + 2
        frame_id_bits = (difference_bits + bits.read(3) + 1, difference_bits)
    bits.skip(3)
    order_bits, screen_tools, integer_motion = 0, SELECT, SELECT
    if not is_reduced:
        bits.skip(4)
        has_order = bits.flag()
        bits.skip(2 * has_order)
        screen_tools = SELECT if bits.flag() else bits.read(1)
        if screen_tools:
            integer_motion = SELECT if bits.flag() else bits.read(1)
        order_bits = bits.read(3) + 1 if has_order else 0
    has_superres = bits.flag()
    bits.skip(2)
    bit_depth, is_monochrome, subsampling, sample_position = _colours(bits, profile)
    return Sequence(
        profile=profile,
        level=level,
        tier=tier,
        size=size,
        size_bits=size_bits,
        bit_depth=bit_depth,
        is_monochrome=is_monochrome,
        subsampling=subsampling,
        sample_position=sample_position,
        is_reduced=is_reduced,
        frame_id_bits=frame_id_bits,
        order_bits=order_bits,
        screen_tools=screen_tools,
        integer_motion=integer_motion,
        has_superres=has_superres,
        time_bits=time_bits,
        removal_bits=removal_bits,
        operating_points=tuple(points),
    )


def _colours(bits: Bits, profile: int) -> tuple[int, bool, tuple[int, int], int]:
    """Return bit depth, whether it is monochrome, subsampling and the position of chroma samples."""
    bit_depth = 10 if bits.flag() else 8
    if profile == 2 and bit_depth == 10 and bits.flag():
        bit_depth = 12
    is_monochrome = profile != 1 and bits.flag()
    description = (bits.read(8), bits.read(8), bits.read(8)) if bits.flag() else (2, 2, 2)
    if is_monochrome:
        return bit_depth, True, (1, 1), 0
    if description == _SRGB:
        return bit_depth, False, (0, 0), 0
    bits.skip(1)
    if profile == 0:
        subsampling = (1, 1)
    elif profile == 1:
        subsampling = (0, 0)
    elif bit_depth == 12:
        x = bits.read(1)
        subsampling = (x, bits.read(1) if x else 0)
    else:
        subsampling = (1, 0)
    return bit_depth, False, subsampling, bits.read(2) if subsampling == (1, 1) else 0


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    """Return a number of 7 bits a byte, lowest first, and where it ends."""
    number = 0
    for index, byte in enumerate(data[position : position + _LEB128_BYTES]):
        number |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return number, position + index + 1
    raise BitstreamError("the size of an open bitstream unit does not end")


def _leb128_bytes(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
