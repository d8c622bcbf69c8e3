"""The frame header of JPEG. Source: ITU-T T.81, section B.2."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import BitstreamError

_START = b"\xff\xd8"
_NO_FRAME_HEADERS = {0xC4, 0xC8, 0xCC}
_SCAN, _APP0 = 0xDA, 0xE0
_ALONE = {0x01, *range(0xD0, 0xD9)}
"""Markers without a length: temporary, restarts and the start of an image."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What a frame header says.

    Attributes:
        size: (width, height).
        bit_depth: Of a component.
        chroma: Such as ``"4:2:0"``.
        is_field: The image is one field of two.
    """

    size: tuple[int, int]
    bit_depth: int
    chroma: str
    is_field: bool


def parse_frame(data: bytes) -> Frame:
    """Read the headers of an image up to its first scan.

    Raises:
        BitstreamError: There is no frame header before the first scan.
    """
    if data[:2] != _START:
        raise BitstreamError("an image of MJPEG does not begin with a start of image")
    frame: Frame | None = None
    is_field = False
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            raise BitstreamError("an image of MJPEG has something else than a marker between its headers")
        marker = data[position + 1]
        if marker == 0xFF or marker in _ALONE:
            position += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        segment = data[position + 4 : position + 2 + length]
        if marker == _APP0 and segment[:4] == b"AVI1" and segment[4:5] not in (b"", b"\0"):
            is_field = True
        elif 0xC0 <= marker <= 0xCF and marker not in _NO_FRAME_HEADERS:
            frame = _frame_header(segment)
        elif marker == _SCAN:
            break
        position += 2 + max(length, 2)
    if frame is None:
        raise BitstreamError("an image of MJPEG has no frame header")
    is_field = is_field or data.find(_START, position) >= 0
    return Frame(frame.size, frame.bit_depth, frame.chroma, is_field)


def _frame_header(segment: bytes) -> Frame:
    components = segment[5] if len(segment) > 5 else 0
    if len(segment) < 6 + 3 * components or not 1 <= components <= 4:
        raise BitstreamError("a frame header of MJPEG ends too early")
    height, width = int.from_bytes(segment[1:3], "big"), int.from_bytes(segment[3:5], "big")
    if not width or not height:
        raise BitstreamError("a frame header of MJPEG has no pixels")
    factors = [(segment[7 + 3 * index] >> 4, segment[7 + 3 * index] & 15) for index in range(components)]
    return Frame((width, height), segment[0], _chroma(factors), is_field=False)


def _chroma(factors: list[tuple[int, int]]) -> str:
    """The usual name of sampling factors; an odd set of them gets its numbers as they are."""
    if len(factors) == 1:
        return "4:0:0"
    if len(factors) == 3 and factors[1] == factors[2] and all(all(pair) for pair in factors):
        (luma_x, luma_y), (x, y) = factors[:2]
        names = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0", (1, 2): "4:4:0", (4, 1): "4:1:1", (4, 2): "4:1:0"}
        if luma_x % x == 0 and luma_y % y == 0 and (luma_x // x, luma_y // y) in names:
            return names[luma_x // x, luma_y // y]
    return ", ".join(f"{x}x{y}" for x, y in factors)
