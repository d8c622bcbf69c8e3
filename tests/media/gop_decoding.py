"""GOPs decoded by PyAV: what another program gets from the packets of the core, and from the file by itself."""

from __future__ import annotations

import functools
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from emos_io import _core
from emos_io.media.core_gops import CoreGops
from emos_io.media.gops import CodecData, GopPackets

DECODERS = {"av1": "libdav1d"}
"""FFmpeg's own decoder of AV1 needs hardware."""


@functools.lru_cache(maxsize=4)
def open_gops(path: Path) -> tuple[_core.Reader, CoreGops]:
    """The core reader of a file, and its GOPs."""
    reader = _core.Reader(("path", os.fsencode(path)), name=str(path), audio=False)
    return reader, CoreGops(lambda: reader, str(path))


def plane_hash(frame: av.VideoFrame) -> str:
    """Hash of the planes of a frame as they are stored, without the ends of lines that are no pixels."""
    digest = hashlib.md5(str(frame.format.name).encode(), usedforsecurity=False)
    for number, plane in enumerate(frame.planes):
        parts = [part for part in frame.format.components if part.plane == number]
        width, height = max(part.width for part in parts), max(part.height for part in parts)
        length = width * sum((part.bits + 7) // 8 for part in parts)
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        digest.update(np.ascontiguousarray(rows[:height, :length]).data)
    return digest.hexdigest()


def file_hashes(path: Path) -> list[str]:
    """`plane_hash` of every frame of the first video stream of a file, as PyAV demuxes and decodes it."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        return [plane_hash(frame) for frame in container.decode(stream)]


@dataclass(frozen=True)
class DemuxedPacket:
    """A packet as PyAV's demuxer gives it."""

    data: bytes
    is_key: bool
    pts: int | None


def file_packets(path: Path) -> list[DemuxedPacket]:
    """Every packet of the first video stream of a file, in decoding order."""
    with av.open(str(path)) as container:
        packets = container.demux(container.streams.video[0])
        return [DemuxedPacket(bytes(each), bool(each.is_keyframe), each.pts) for each in packets if each.size]


def decoded(packets: GopPackets, codec: CodecData) -> list[av.VideoFrame]:
    """The frames that a new decoder gives for the packets; the pts of each is the number of its packet."""
    context = av.CodecContext.create(DECODERS.get(codec.codec, codec.codec), "r")
    assert isinstance(context, av.VideoCodecContext)
    context.thread_count = 1
    if codec.extradata:
        context.extradata = codec.extradata
    context.width, context.height, context.pix_fmt = codec.width, codec.height, codec.pixel_format
    frames: list[av.VideoFrame] = []
    for number, data in enumerate(packets.packets):
        packet = av.Packet(data)
        packet.pts = packet.dts = number
        packet.is_keyframe = packets.keys[number]
        frames += context.decode(packet)
    return [*frames, *context.decode(None)]
