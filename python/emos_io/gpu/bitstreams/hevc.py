"""Headers of HEVC and the record of its parameter sets. Only the base layer counts.

Source: ITU-T H.265, sections 7.3 and E.2.1; ISO/IEC 14496-15, section 8.3.3.1 (hvcC).
"""

from __future__ import annotations

from collections.abc import Sequence

from .bits import Bits
from .errors import BitstreamError
from .hevc_sps import parse_sps as parse_sps
from .nal_units import after_lengths, payload, sei_messages, slice_start, with_lengths

_FIRST_IRAP, _LAST_IRAP = 16, 23
_LAST_LEADING, _LAST_CODED = 9, 21
_VPS, _SPS, _PPS, _SEI = 32, 33, 34, 39
_HEADER_BYTES = 2
_TIMING = 1
_FIELDS = {1, 2, 9, 10, 11, 12}
"""Values of pic_struct, table D.2."""
_RECORD_BYTES = 23


def is_sps(unit: bytes) -> bool:
    """Return whether a unit is a sequence parameter set."""
    return _kind(unit) == _SPS


def is_pps(unit: bytes) -> bool:
    """Return whether a unit is a PPS."""
    return _kind(unit) == _PPS


def is_slice(unit: bytes) -> bool:
    """Return whether a unit is a slice segment."""
    kind = _kind(unit)
    return 0 <= kind <= _LAST_LEADING or _FIRST_IRAP <= kind <= _LAST_CODED


def is_parameter_set(unit: bytes) -> bool:
    """Return whether a unit belongs into the record of parameter sets."""
    return _kind(unit) in (_VPS, _SPS, _PPS)


def set_key(unit: bytes) -> tuple[int, int]:
    """Return the kind and the number of a parameter set: a later one with the same replaces it."""
    kind = _kind(unit)
    if kind == _SPS:
        return kind, parse_sps(unit).number
    bits = Bits(slice_start(unit, _HEADER_BYTES))
    return kind, bits.read(4) if kind == _VPS else bits.unsigned()


def parse_pps(unit: bytes) -> tuple[int, int]:
    """Return the number of a PPS, and the number of the SPS that it names."""
    bits = Bits(slice_start(unit, _HEADER_BYTES))
    return (
        bits.at_most(63, "the number of a PPS"),
        bits.at_most(15, "the number of a sequence parameter set"),
    )


def pps_of_slice(unit: bytes) -> int:
    """Return the number of the PPS that a slice segment names."""
    bits = Bits(slice_start(unit, _HEADER_BYTES))
    bits.skip(2 if _FIRST_IRAP <= _kind(unit) <= _LAST_IRAP else 1)
    return bits.at_most(63, "the number of a PPS")


def begins_right(units: Sequence[bytes]) -> bool:
    """Return whether frames are right from the first on if decoding begins at a packet.

    They are where it is an intra random access point (IRAP). Other packets at which decoding may begin refresh the frame
    part by part.
    """
    return all(_FIRST_IRAP <= _kind(unit) <= _LAST_IRAP for unit in units if is_slice(unit))


def is_field(units: Sequence[bytes]) -> bool:
    """Return whether the timing of a packet, which begins with pic_struct, says that it is a field."""
    return any(kind == _TIMING and Bits(content).read(4) in _FIELDS for kind, content in _messages(units))


def make_record(sets: Sequence[bytes]) -> bytes:
    """Return the HEVCDecoderConfigurationRecord of parameter sets; frame rate and parallelism are left open."""
    kinds = {kind: [unit for unit in sets if _kind(unit) == kind] for kind in (_VPS, _SPS, _PPS)}
    if not all(kinds.values()):
        raise BitstreamError("the stream has no parameter sets")
    if max(map(len, sets)) > 0xFFFF:
        raise BitstreamError("the stream has a longer parameter set than a record holds")
    first = kinds[_SPS][0]
    facts, start = parse_sps(first), payload(first, _HEADER_BYTES)[:13]
    luma, chroma = facts.depths
    layers, is_nested = (start[0] >> 1 & 7) + 1, start[0] & 1
    record = b"\1" + start[1:13] + b"\xf0\0\xfc"
    record += bytes(
        [0xFC | facts.chroma_format, 0xF8 | luma - 8, 0xF8 | chroma - 8, 0, 0, layers << 3 | is_nested << 2 | 3]
    )
    record += bytes([len(kinds)])
    for kind, units in kinds.items():
        record += bytes([kind]) + len(units).to_bytes(2, "big") + with_lengths(units, 2)
    return record


def is_record(extradata: bytes) -> bool:
    """Return whether codec private data are a record of parameter sets, after which packets have lengths."""
    return len(extradata) >= _RECORD_BYTES and extradata[:3] not in (b"\0\0\0", b"\0\0\1")


def parse_record(record: bytes) -> tuple[int, list[bytes]]:
    """Return how many bytes a length in packets has, and the parameter sets."""
    units: list[bytes] = []
    position = _RECORD_BYTES
    for _ in range(record[position - 1]):
        count, position = int.from_bytes(record[position + 1 : position + 3], "big"), position + 3
        for _ in range(count):
            if position >= len(record):
                raise BitstreamError("the record of parameter sets ends too early")
            stop = position + 2 + int.from_bytes(record[position : position + 2], "big")
            units += after_lengths(record[position:stop], 2)
            position = stop
    return (record[_RECORD_BYTES - 2] & 3) + 1, [unit for unit in units if is_parameter_set(unit)]


def _kind(unit: bytes) -> int:
    """nal_unit_type, -1 for other layers than the base."""
    if len(unit) < _HEADER_BYTES or unit[0] & 1 or unit[1] >> 3:
        return -1
    return unit[0] >> 1


def _messages(units: Sequence[bytes]) -> list[tuple[int, bytes]]:
    return [each for unit in units if _kind(unit) == _SEI for each in sei_messages(payload(unit, _HEADER_BYTES))]
