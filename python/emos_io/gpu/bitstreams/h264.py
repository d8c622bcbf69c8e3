"""Headers of H.264 and the record of its parameter sets.

Source: ITU-T H.264, sections 7.3 and E.1; ISO/IEC 14496-15, section 5.3.3.1 (avcC).
"""

from __future__ import annotations

from collections.abc import Sequence

from .bits import Bits
from .errors import BitstreamError
from .nal_units import after_lengths, payload, sei_messages, slice_start, with_lengths
from .parameter_sets import CROP_UNITS, ParameterSet

_IDR, _SEI, _SPS, _PPS, _SPS_EXTENSION = 5, 6, 7, 8, 13
_INTRA_SLICES = {2, 4}
"""I and SI, as slice_type modulo 5."""
_HEADER_BYTES = 1
_WITH_CHROMA_FORMAT = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
_WITH_DEPTH_IN_RECORD = {100, 110, 122, 144, 244, 44}
_RECOVERY_POINT = 6
_MOST_SPS, _MOST_PPS = 31, 255
_RECORD_BYTES = 7


def is_sps(unit: bytes) -> bool:
    """Return whether a unit is a sequence parameter set."""
    return _kind(unit) == _SPS


def is_pps(unit: bytes) -> bool:
    """Return whether a unit is a PPS."""
    return _kind(unit) == _PPS


def is_slice(unit: bytes) -> bool:
    """Return whether a unit is a slice, or the first partition of one."""
    return _kind(unit) in (1, 2, 5)


def is_parameter_set(unit: bytes) -> bool:
    """Return whether a unit belongs into the record of parameter sets."""
    return _kind(unit) in (_SPS, _PPS, _SPS_EXTENSION)


def set_key(unit: bytes) -> tuple[int, int]:
    """Return the kind and the number of a parameter set: a later one with the same replaces it."""
    skipped = 3 if _kind(unit) == _SPS else 0
    return _kind(unit), Bits(payload(unit[:64], _HEADER_BYTES)[skipped:]).at_most(255, "the number of a parameter set")


def parse_sps(unit: bytes) -> ParameterSet:
    """Read a sequence parameter set up to its cropping."""
    bits = Bits(payload(unit, _HEADER_BYTES))
    profile = bits.read(8)
    bits.skip(16)
    number = bits.at_most(31, "the number of a sequence parameter set")
    chroma_format, depths = 1, (8, 8)
    if profile in _WITH_CHROMA_FORMAT:
        chroma_format = bits.at_most(3, "chroma_format_idc")
        if chroma_format == 3:
            bits.skip(1)
        depths = (8 + bits.at_most(6, "bit_depth_luma_minus8"), 8 + bits.at_most(6, "bit_depth_chroma_minus8"))
        bits.skip(1)
        if bits.flag():
            for index in range(12 if chroma_format == 3 else 8):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    bits.unsigned()
    order_type = bits.at_most(2, "pic_order_cnt_type")
    if order_type == 0:
        bits.unsigned()
    elif order_type == 1:
        bits.skip(1)
        bits.signed()
        bits.signed()
        for _ in range(bits.at_most(255, "num_ref_frames_in_pic_order_cnt_cycle")):
            bits.signed()
    bits.unsigned()
    bits.skip(1)
    columns, rows = bits.unsigned() + 1, bits.unsigned() + 1
    is_interlaced = not bits.flag()
    if is_interlaced:
        bits.skip(1)
    bits.skip(1)
    left = right = top = bottom = 0
    if bits.flag():
        left, right, top, bottom = (bits.unsigned() for _ in range(4))
    fields = 1 + is_interlaced
    unit_x, unit_y = CROP_UNITS[chroma_format]
    width = 16 * columns - unit_x * (left + right)
    height = 16 * rows * fields - unit_y * fields * (top + bottom)
    if width <= 0 or height <= 0:
        raise BitstreamError("a sequence parameter set crops all pixels away")
    return ParameterSet(number, (width, height), chroma_format, depths, is_interlaced)


def parse_pps(unit: bytes) -> tuple[int, int]:
    """Return the number of a PPS, and the number of the SPS that it names."""
    bits = Bits(slice_start(unit, _HEADER_BYTES))
    return (
        bits.at_most(255, "the number of a PPS"),
        bits.at_most(31, "the number of a sequence parameter set"),
    )


def pps_of_slice(unit: bytes) -> int:
    """Return the number of the PPS that a slice names."""
    bits = Bits(slice_start(unit, _HEADER_BYTES))
    bits.unsigned()
    bits.unsigned()
    return bits.at_most(255, "the number of a PPS")


def begins_right(units: Sequence[bytes]) -> bool:
    """Return whether frames are right from the first on if decoding begins at a packet.

    They are not where a recovery point says that it takes frames, and where the first slice refers to other frames.
    """
    for unit in units:
        if _kind(unit) == _SEI:
            for message, content in sei_messages(payload(unit, _HEADER_BYTES)):
                if message == _RECOVERY_POINT and Bits(content).unsigned():
                    return False
    first = next((unit for unit in units if is_slice(unit)), b"")
    if not first or _kind(first) == _IDR:
        return True
    bits = Bits(slice_start(first, _HEADER_BYTES))
    bits.unsigned()
    return bits.unsigned() % 5 in _INTRA_SLICES


def make_record(sets: Sequence[bytes]) -> bytes:
    """Return the AVCDecoderConfigurationRecord of parameter sets."""
    sequences = [unit for unit in sets if _kind(unit) == _SPS]
    frames = [unit for unit in sets if _kind(unit) == _PPS]
    if not sequences or not frames:
        raise BitstreamError("the stream has no parameter sets")
    if len(sequences) > _MOST_SPS or len(frames) > _MOST_PPS or max(map(len, sets)) > 0xFFFF:
        raise BitstreamError("the stream has more parameter sets than a record holds")
    facts, start = parse_sps(sequences[0]), sequences[0][1:4]
    record = bytes([1, *start, 0xFF, 0xE0 | len(sequences)]) + with_lengths(sequences, 2)
    record += bytes([len(frames)]) + with_lengths(frames, 2)
    if start[0] in _WITH_DEPTH_IN_RECORD:
        extensions = [unit for unit in sets if _kind(unit) == _SPS_EXTENSION]
        luma, chroma = facts.depths
        record += bytes([0xFC | facts.chroma_format, 0xF8 | luma - 8, 0xF8 | chroma - 8, len(extensions)])
        record += with_lengths(extensions, 2)
    return record


def is_record(extradata: bytes) -> bool:
    """Return whether codec private data are a record of parameter sets, after which packets have lengths."""
    return len(extradata) >= _RECORD_BYTES and extradata[0] == 1


def parse_record(record: bytes) -> tuple[int, list[bytes]]:
    """Return how many bytes a length in packets has, and the parameter sets."""
    units: list[bytes] = []
    position = 5
    for counted_by in (0x1F, 0xFF):
        if position >= len(record):
            raise BitstreamError("the record of parameter sets ends too early")
        count, position = record[position] & counted_by, position + 1
        for _ in range(count):
            stop = position + 2 + int.from_bytes(record[position : position + 2], "big")
            units += after_lengths(record[position:stop], 2)
            position = stop
    return (record[4] & 3) + 1, units


def is_field(units: Sequence[bytes]) -> bool:
    """Return False: sequence parameter sets say whether there may be fields."""
    return False


def _kind(unit: bytes) -> int:
    return unit[0] & 31


def _skip_scaling_list(bits: Bits, size: int) -> None:
    if not bits.flag():
        return
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last
