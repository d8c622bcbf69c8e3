"""H.264 whose frames are coded as two fields, each in a packet of its own: no encoder here writes it.

All blocks are PCM, so that no entropy coding is needed. Parameters are as small as ITU-T H.264, clause 7.3, allows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from .remember import build_folder

COLUMNS, ROWS = 4, 4
"""Blocks of 16 x 16 pixels of a frame."""

Structure = Literal["frame", "top", "bottom"]


@dataclass
class _Bits:
    bits: list[int] = field(default_factory=list)

    def put(self, count: int, value: int) -> None:
        self.bits += [value >> at & 1 for at in range(count - 1, -1, -1)]

    def number(self, *values: int) -> None:
        for value in values:
            self.put(2 * (value + 1).bit_length() - 1, value + 1)

    def align(self) -> None:
        self.bits += [0] * (-len(self.bits) % 8)

    def unit(self, header: int) -> bytes:
        self.bits.append(1)
        self.align()
        out, zeros = bytearray(b"\0\0\0\1") + bytes([header]), 0
        for at in range(0, len(self.bits), 8):
            byte = int("".join(map(str, self.bits[at : at + 8])), 2)
            if zeros >= 2 and byte <= 3:
                out.append(3)
                zeros = 0
            out.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return bytes(out)


def _parameter_sets() -> bytes:
    sequence = _Bits()
    sequence.put(24, 77 << 16 | 30)
    sequence.number(0, 0, 0, 2, 2)
    sequence.put(1, 0)
    sequence.number(COLUMNS - 1, ROWS // 2 - 1)
    # Fields are allowed, and 25 frames a second are stated.
    sequence.put(5, 0b00101)
    sequence.put(6, 0b000010)
    sequence.put(32, 1)
    sequence.put(32, 50)
    sequence.put(5, 0b10000)
    frame_set = _Bits()
    frame_set.number(0, 0)
    frame_set.put(2, 0)
    frame_set.number(0, 0, 0)
    frame_set.put(3, 0)
    frame_set.number(0, 0, 0)
    frame_set.put(3, 0)
    return sequence.unit(0x67) + frame_set.unit(0x68)


@dataclass(frozen=True)
class CodedUnit:
    """A frame, or one of its fields. ``number`` is that of its frame in the stream."""

    structure: Structure
    number: int
    is_start: bool = False

    def coded(self) -> bytes:
        """The bytes of an access unit."""
        is_idr = self.is_start
        slice_ = _Bits()
        slice_.number(0, 7 if is_idr else 5, 0)
        slice_.put(4, self.number % 8)
        slice_.put(1, self.structure != "frame")
        if self.structure != "frame":
            slice_.put(1, self.structure == "bottom")
        if is_idr:
            slice_.number(0)
        slice_.put(6, (2 * (self.number % 8) + (self.structure == "bottom")) % 64)
        slice_.put(2, 0)
        if not is_idr:
            slice_.put(1, 0)
        slice_.number(0)
        for block in range(COLUMNS * ROWS // (1 if self.structure == "frame" else 2)):
            if not is_idr:
                slice_.number(0)
            slice_.number(25 if is_idr else 30)
            slice_.align()
            shade = 7 * self.number + 5 * block + 40 * (self.structure == "bottom")
            for at in range(256):
                slice_.put(8, 16 + (shade + at) % 200)
            slice_.put(128 * 8, int.from_bytes(b"\x80" * 128, "big"))
        start = b"\0\0\0\1\x09\xf0"
        sets = _parameter_sets() if is_idr else b""
        return start + sets + slice_.unit(0x65 if is_idr else 0x61)


def pairs(frames: int, *, group: int = 8, first: Structure = "top") -> list[CodedUnit]:
    """Frames of two fields each, in groups of ``group`` frames."""
    second: Structure = "bottom" if first == "top" else "top"
    return [
        CodedUnit(structure, number, is_start=number % group == 0 and structure == first)
        for number in range(frames)
        for structure in (first, second)
    ]


def write(units: Sequence[CodedUnit]) -> Path:
    """A raw stream of the units in decoding order, named by what it holds."""
    data = b"".join(unit.coded() for unit in units)
    folder = build_folder() / "clips"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(data).hexdigest()[:24]}.264"
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)
    return path
