"""An AVI of 8 bits with run lengths (BI_RLE8), whose palette changes between frames: no encoder here writes it."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .remember import build_folder

WIDTH, HEIGHT = 32, 24
_KEY = 0x10

Palette = npt.NDArray[np.uint8]
"""``[256, 3]``: red, green, blue."""


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _list(kind: bytes, data: bytes) -> bytes:
    return _chunk(b"LIST", kind + data)


def _key_frame(indices: npt.NDArray[np.uint8]) -> bytes:
    rows = [b"".join(bytes([1, index]) for index in row) + b"\0\0" for row in indices[::-1].tolist()]
    return b"".join(rows) + b"\0\1"


def _change(row: int, index: int) -> bytes:
    """A frame in which one row has one index and the rest is that of the frame before."""
    down = HEIGHT - 1 - row
    skip = bytes([0, 2, 0, down]) if down else b""
    return skip + bytes([WIDTH, index]) + b"\0\0\0\1"


def _palette_change(palette: Palette) -> bytes:
    entries = b"".join(bytes([*color, 0]) for color in palette.tolist())
    return bytes([0, 0, 0, 0]) + entries


def write(palettes: Sequence[Palette], frames: int, *, group: int, every: int) -> Path:
    """Frames of which each ``group``-th is a key frame; the palette changes each ``every`` frames."""
    first = b"".join(bytes([blue, green, red, 0]) for red, green, blue in palettes[0].tolist())
    bitmap = struct.pack("<IiiHHIIiiII", 40, WIDTH, HEIGHT, 1, 8, 1, WIDTH * HEIGHT, 0, 0, 256, 256) + first
    stream = struct.pack(
        "<4s4sIHHIIIIIIIIHHHH", b"vids", b"mrle", 0, 0, 0, 0, 1, 10, 0, frames, 0, 0, 0, 0, 0, WIDTH, HEIGHT
    )
    main = struct.pack("<IIIIIIIIII16x", 100_000, 0, 0, _KEY, frames, 0, 1, 0, WIDTH, HEIGHT)
    header = _list(b"hdrl", _chunk(b"avih", main) + _list(b"strl", _chunk(b"strh", stream) + _chunk(b"strf", bitmap)))
    body, index = b"", b""

    def add(name: bytes, data: bytes, flags: int) -> None:
        nonlocal body, index
        index += struct.pack("<4sIII", name, flags, 4 + len(body), len(data))
        body += _chunk(name, data)

    for at in range(frames):
        if at and at % every == 0:
            add(b"00pc", _palette_change(palettes[at // every % len(palettes)]), 0x100)
        if at % group == 0:
            shades = (np.arange(WIDTH)[None] * 7 + np.arange(HEIGHT)[:, None] * 3 + at) % 256
            add(b"00dc", _key_frame(shades.astype(np.uint8)), _KEY)
        else:
            add(b"00dc", _change(at % HEIGHT, at * 5 % 256), 0)
    data = b"AVI " + header + _list(b"movi", body) + _chunk(b"idx1", index)
    folder = build_folder() / "clips"
    folder.mkdir(parents=True, exist_ok=True)
    riff = _chunk(b"RIFF", data)
    path = folder / f"{hashlib.sha256(riff).hexdigest()[:24]}.avi"
    part = path.with_suffix(".part")
    part.write_bytes(riff)
    part.replace(path)
    return path
