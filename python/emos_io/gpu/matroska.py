"""Packets of one GOP as a Matroska file in memory: what a decoder that only opens files can read.

Source: RFC 8794 (EBML), RFC 9559 (Matroska), and the codec mappings of the Matroska project.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ..media import CodecData, GopPackets
from .bitstreams import BitstreamError

FRAME_MS = 40
"""Milliseconds from one frame to the next: a constant, since times of the source stay with the caller."""

_CODEC_IDS = {
    "av1": "V_AV1",
    "h264": "V_MPEG4/ISO/AVC",
    "hevc": "V_MPEGH/ISO/HEVC",
    "mjpeg": "V_MJPEG",
    "mpeg4": "V_MPEG4/ISO/ASP",
    "vp8": "V_VP8",
    "vp9": "V_VP9",
}
_WITHOUT_PRIVATE = {"vp8", "vp9"}
"""Codecs whose headers are in every keyframe; private data of VP9 differs between containers."""

_MATRICES = {
    "gbr": 0,
    "bt709": 1,
    "fcc": 4,
    "bt470bg": 5,
    "smpte170m": 6,
    "smpte240m": 7,
    "ycgco": 8,
    "bt2020nc": 9,
    "bt2020c": 10,
    "smpte2085": 11,
    "chroma-derived-nc": 12,
    "chroma-derived-c": 13,
    "ictcp": 14,
}
"""ITU-T H.273, table 4, by FFmpeg's names."""
_RANGES = {"tv": 1, "pc": 2}
_FIELD_ORDERS = {"interlaced": 1, "progressive": 2}

_KEY = 0x80
_INVISIBLE = 0x08
_FIRST_RELATIVE = -0x8000
_LAST_RELATIVE = 0x7FFF
_CLUSTER_BYTES = 4 << 20
"""A cluster ends after this many bytes, as writers of files do; readers take longer ones too."""


def write_matroska(packets: GopPackets, codec: CodecData) -> bytes:
    """Return a Matroska file that has the packets as they are, and nothing else.

    The time of a frame is its rank times `FRAME_MS`. A packet without a frame has the time of the next packet with one, and is
    marked invisible. Packets must be in the form that Matroska holds: see `bitstreams.prepare`.

    Args:
        packets: The GOP.
        codec: Of its track.

    Returns:
        The file: less than 200 bytes and the private data, 6 to 9 bytes for each packet, and 20 for each 4 MiB or 32 s, more
        than the packets.

    Raises:
        BitstreamError: Matroska has no name for the codec, or the GOP has no packets.
    """
    if codec.codec not in _CODEC_IDS:
        raise BitstreamError(f"packets of {codec.codec} are not written to Matroska")
    if not packets.packets:
        raise BitstreamError("the GOP has no packets")
    header = _element(
        0x1A45DFA3,
        _number(0x4286, 1),  # EBMLVersion
        _number(0x42F7, 1),  # EBMLReadVersion
        _number(0x42F2, 4),  # EBMLMaxIDLength
        _number(0x42F3, 8),  # EBMLMaxSizeLength
        _text(0x4282, "matroska"),  # DocType
        _number(0x4287, 4),  # DocTypeVersion
        _number(0x4285, 2),  # DocTypeReadVersion
    )
    info = _element(
        0x1549A966,
        _number(0x2AD7B1, 1_000_000),  # TimestampScale: 1 ms
        _element(0x4489, struct.pack(">d", packets.count * FRAME_MS)),  # Duration
        _text(0x4D80, "emos_io"),  # MuxingApp
        _text(0x5741, "emos_io"),  # WritingApp
    )
    tracks = _element(0x1654AE6B, _track(codec))
    return header + _element(0x18538067, info, tracks, *_clusters(packets))


def _track(codec: CodecData) -> bytes:
    has_private = bool(codec.extradata) and codec.codec not in _WITHOUT_PRIVATE
    return _element(
        0xAE,
        _number(0xD7, 1),  # TrackNumber
        _number(0x73C5, 1),  # TrackUID
        _number(0x83, 1),  # TrackType: video
        _number(0x9C, 0),  # FlagLacing
        _number(0x23E383, FRAME_MS * 1_000_000),  # DefaultDuration, ns
        _text(0x86, _CODEC_IDS[codec.codec]),  # CodecID
        _element(0x63A2, codec.extradata) if has_private else b"",  # CodecPrivate
        _video(codec),
    )


def _video(codec: CodecData) -> bytes:
    colour = [(0x55B1, _MATRICES.get(codec.color_matrix or "")), (0x55B9, _RANGES.get(codec.color_range or ""))]
    tags = [_number(tag, value) for tag, value in colour if value is not None]
    field_order = _FIELD_ORDERS.get(codec.field_order or "")
    return _element(
        0xE0,
        b"" if field_order is None else _number(0x9A, field_order),  # FlagInterlaced
        _number(0xB0, codec.width),  # PixelWidth
        _number(0xBA, codec.height),  # PixelHeight
        _element(0x55B0, *tags) if tags else b"",  # Colour: MatrixCoefficients, Range
    )


def _clusters(packets: GopPackets) -> Iterator[bytes]:
    blocks: list[bytes] = []
    start = num_bytes = 0
    for data, key, rank, time in zip(packets.packets, packets.keys, packets.ranks, _times(packets), strict=True):
        if blocks and (not _FIRST_RELATIVE <= time - start <= _LAST_RELATIVE or num_bytes > _CLUSTER_BYTES):
            yield _cluster(start, blocks)
            blocks = []
        if not blocks:
            start, num_bytes = time, 0
        flags = _KEY * key | _INVISIBLE * (rank < 0)
        blocks.append(_element(0xA3, struct.pack(">BhB", 0x81, time - start, flags), data))  # SimpleBlock of track 1
        num_bytes += len(data)
    yield _cluster(start, blocks)


def _cluster(start: int, blocks: list[bytes]) -> bytes:
    return _element(0x1F43B675, _number(0xE7, start), *blocks)


def _times(packets: GopPackets) -> list[int]:
    """The time of each packet, ms."""
    times = []
    following = max(packets.count - 1, 0)
    for rank in reversed(packets.ranks):
        following = rank if rank >= 0 else following
        times.append(following * FRAME_MS)
    return times[::-1]


def _element(identifier: int, *content: bytes) -> bytes:
    size = sum(map(len, content))
    return b"".join((identifier.to_bytes((identifier.bit_length() + 7) // 8, "big"), _size(size), *content))


def _size(size: int) -> bytes:
    """A length as EBML writes it: the bytes of it in unary, then the number; all ones would mean an unknown length."""
    length = 1
    while size >= (1 << 7 * length) - 1:
        length += 1
    return (size | 1 << 7 * length).to_bytes(length, "big")


def _number(identifier: int, value: int) -> bytes:
    return _element(identifier, value.to_bytes(max((value.bit_length() + 7) // 8, 1), "big"))


def _text(identifier: int, value: str) -> bytes:
    return _element(identifier, value.encode("ascii"))
