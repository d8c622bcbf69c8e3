"""Boxes of MP4 family files: found, replaced and damaged."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf", b"mvex"})
"""Boxes that hold nothing but boxes."""
SPARED = CONTAINERS | {b"mdat", b"free", b"udta", b"stsd", b"mfra"}
"""Boxes that `damaged` leaves alone: they say nothing of where and when samples are."""


class Box(NamedTuple):
    """A box: its four characters and where it stands, header included."""

    kind: bytes
    start: int
    end: int


def walk(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """Every box of a file, each before those within it."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        if size < 8:
            return
        yield Box(kind, start, start + size)
        if kind in CONTAINERS:
            yield from walk(data, start + 8, start + size)
        start += size


def find(data: bytes, kind: bytes, number: int = 0) -> Box:
    """The box of a kind, counted from 0 in the order of the file."""
    return [box for box in walk(data) if box.kind == kind][number]


def composition(data: bytes, track: int) -> list[tuple[int, int]]:
    """(composition time, duration) of every sample of a track, from ``stts`` and ``ctts``, by time."""
    (trak,) = [box for number, box in enumerate(box for box in walk(data) if box.kind == b"trak") if number == track]
    tables = {box.kind: box for box in walk(data, trak.start, trak.end)}

    def runs(kind: bytes) -> Iterator[int]:
        at = tables[kind].start + 16
        for count, value in struct.iter_unpack(">Ii", data[at : tables[kind].end]):
            yield from [value] * count

    durations = list(runs(b"stts"))
    later = list(runs(b"ctts")) if b"ctts" in tables else [0] * len(durations)
    decoded = [0, *accumulate(durations)][: len(durations)]
    return sorted((at + offset, length) for at, offset, length in zip(decoded, later, durations, strict=True))


def set_word(data: bytes, at: int, word: int) -> bytes:
    """Write a 32-bit number."""
    return data[:at] + struct.pack(">I", word) + data[at + 4 :]


def replaced(data: bytes, old: Box, new: bytes) -> bytes:
    """Put `new` in the place of a box of a `moov` box that ends the file, so that no sample moves."""
    grown = bytearray(data)
    more = len(new) - (old.end - old.start)
    for box in walk(data):
        if box.kind in CONTAINERS and box.start < old.start and old.end <= box.end:
            struct.pack_into(">I", grown, box.start, box.end - box.start + more)
    grown[old.start : old.end] = new
    return bytes(grown)


def edit_list(edits: Sequence[tuple[int, int]]) -> bytes:
    """An ``elst`` box of (duration in ticks of the movie, first media time in ticks of the track, or -1 for nothing)."""
    entries = b"".join(struct.pack(">IiI", duration, time, 1 << 16) for duration, time in edits)
    return struct.pack(">I4sII", 16 + len(entries), b"elst", 0, len(edits)) + entries


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Change one or two bytes or numbers of the tables; one file in eight is cut off as well."""
    changed = bytearray(data)
    tables = [box for box in walk(data) if box.kind not in SPARED and box.end - box.start > 12]
    for _ in range(chance.randint(1, 2)):
        box = chance.choice(tables)
        at = chance.randrange(box.start, box.end)
        if chance.random() < 0.5:
            changed[at] = chance.choice([0, 1, 2, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        else:
            at = box.start + 8 + (max(at - box.start - 8, 0) // 4) * 4
            at = min(at, box.end - 4)
            (word,) = struct.unpack_from(">I", changed, at)
            words = [0, 1, 100, word + 1, word - 1, word * 2, word // 2, 0xFFFFFFFF, 0xFFFFFF00, 0x7FFFFFFF]
            struct.pack_into(">I", changed, at, chance.choice(words) & 0xFFFFFFFF)
    if chance.random() < 1 / 8:
        del changed[chance.randrange(len(changed) // 2, len(changed)) :]
    return bytes(changed)
