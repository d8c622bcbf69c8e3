"""What tells one media file from another: its size, its packets, its first and last bytes; never its path or its times."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass

from ..errors import EmosError
from .opening import OpenOptions, OpenSource

EDGE_BYTES = 65_536
"""How many bytes of the beginning and of the end of a file are part of its digest."""

_FORMAT = b"emos media 1\n"
"""Another format gives other digests."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What a file holds.

    Attributes:
        size: Bytes.
        digest: 32 hex digits of a sha256 over the size, the packets of all tracks (pts, size, flags), and the first and the
            last 64 KiB.
    """

    size: int
    digest: str


def file_digest(path: str) -> FileDigest | None:
    """Return the digest of a file, which is the same wherever it lies; None where it cannot be read.

    A file in which FFmpeg finds no media has a digest without packets.

    Cost: that of opening the file. mp4 and mov have their packets in tables, other containers are read through once.
    """
    try:
        # Opening a pipe would wait for its writer.
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a path of any encoding
            return None
        with open(path, "rb") as file:  # noqa: PTH123 - a path of any encoding
            size = os.fstat(file.fileno()).st_size
            first = file.read(EDGE_BYTES)
            file.seek(max(0, size - EDGE_BYTES))
            last = file.read(EDGE_BYTES)
    except (OSError, ValueError):
        # A name with a zero byte is no path.
        return None
    total = hashlib.sha256(_FORMAT)
    for part in (str(size).encode(), _packets(path), first, last):
        total.update(b"%d\n" % len(part))
        total.update(part)
    return FileDigest(size, total.hexdigest()[:32])


def _packets(path: str) -> bytes:
    try:
        opened = OpenSource(path, OpenOptions(num_threads=1), None)
        packets = opened.reader().packet_bytes()
    except EmosError:
        return b""
    opened.close()
    return packets
