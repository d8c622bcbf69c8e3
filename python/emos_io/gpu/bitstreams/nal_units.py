"""NAL units of H.264 and HEVC.

Source: ITU-T H.264 and H.265, section 7.3.1 and Annex B (start codes); ISO/IEC 14496-15, section 4.3 (lengths).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .errors import BitstreamError

_START = b"\0\0\1"


def has_start_code(data: bytes) -> bool:
    """Return whether data begin with a start code, after any zeros."""
    first = data.find(_START)
    return first >= 0 and not any(data[:first])


def between_start_codes(data: bytes) -> Iterator[bytes]:
    """Yield the NAL units of a byte stream; zeros before a start code, and at the end, belong to no unit.

    Raises:
        BitstreamError: Something else than a start code comes first.
    """
    if not has_start_code(data):
        raise BitstreamError("a packet does not begin with a start code")
    start = data.find(_START) + len(_START)
    while start >= len(_START):
        stop = data.find(_START, start)
        if unit := data[start : stop if stop >= 0 else len(data)].rstrip(b"\0"):
            yield unit
        start = stop + len(_START) if stop >= 0 else -1


def after_lengths(data: bytes, length_bytes: int) -> Iterator[bytes]:
    """Yield the NAL units of a sample of MP4.

    Raises:
        BitstreamError: A length reaches past the end.
    """
    position = 0
    while position < len(data):
        start = position + length_bytes
        position = start + int.from_bytes(data[position:start], "big")
        if position > len(data):
            raise BitstreamError("the length of a NAL unit reaches past the end of its packet")
        if position > start:
            yield data[start:position]


def with_lengths(units: Sequence[bytes], length_bytes: int) -> bytes:
    """Return NAL units, each after its length."""
    return b"".join(part for unit in units for part in (len(unit).to_bytes(length_bytes, "big"), unit))


def payload(unit: bytes, header_bytes: int) -> bytes:
    """Return what a unit holds after its header, without the bytes that keep start codes out of it."""
    return unit[header_bytes:].replace(b"\0\0\3", b"\0\0")


def slice_start(unit: bytes, header_bytes: int) -> bytes:
    """Return the first bytes of the payload: enough for the first numbers of a slice header."""
    return payload(unit[: header_bytes + 32], header_bytes)


def sei_messages(rbsp: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and payload of the messages of an SEI: H.264 section 7.3.2.3.1, HEVC section 7.3.2.4."""
    position = 0
    while position + 2 < len(rbsp):
        numbers = []
        for _ in range(2):
            number = 0
            while position < len(rbsp) and rbsp[position] == 0xFF:
                number += 0xFF
                position += 1
            if position == len(rbsp):
                raise BitstreamError("an SEI ends within a number")
            numbers.append(number + rbsp[position])
            position += 1
        kind, length = numbers
        yield kind, rbsp[position : position + length]
        position += length
