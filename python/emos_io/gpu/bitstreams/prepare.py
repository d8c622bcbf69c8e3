"""Packets and codec private data in the form that Matroska holds, from any container."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ...media import CodecData, GopPackets
from . import av1, h264, hevc, mpeg4, vp9
from .errors import BitstreamError
from .nal_units import between_start_codes, with_lengths
from .parameter_sets import NalCodec

NAL_CODECS: Final[dict[str, NalCodec]] = {"h264": h264, "hevc": hevc}
_LENGTH_BYTES = 4
_WITHOUT_REORDERING: Final = frozenset({"av1", "mjpeg", "vp8", "vp9"})
"""Codecs whose decoders give frames in the order of their packets, whatever their times are."""


def prepare(packets: GopPackets, codec: CodecData) -> tuple[GopPackets, CodecData]:
    """Return the same GOP as Matroska holds it; what has that form already is returned as it is.

    H.264 and HEVC between start codes, as in TS, AVI and raw streams, get lengths, and a record (avcC, hvcC) of the parameter
    sets of their private data and packets; those stay in the packets too, since they may change. AV1 loses its temporal
    delimiters and gets a record (av1C) of its sequence header. Hidden packets of VP9 are joined with the next into superframes;
    those of VP8 stay packets of their own, as WebM has them. MPEG-4 gets the headers before its first frame as private data.
    Where a file's times put frames of AV1, MJPEG, VP8 or VP9 into another order than that of their packets, the ranks become
    those of the packets, and `frames` says which frame of the track each one is.

    Args:
        packets: The GOP.
        codec: Of its track.

    Returns:
        The GOP and the codec data that belong together. The count of frames is the same.

    Raises:
        BitstreamError: Packets are damaged or empty, parameter sets are missing, or two frames share a packet.

    Cost: one pass over the bytes where they change.

    Example:
        >>> import numpy as np
        >>> from emos_io.media import CodecData, GopPackets
        >>> gop = GopPackets((bytes([0x10]), bytes([0x12])), ranks=(-1, 0), keys=(True, False), frames=np.arange(1))
        >>> prepare(gop, CodecData("vp9", b"", 64, 64, "yuv420p", 8, (1, 1)))[0].ranks
        (0,)
    """
    if codec.codec in _WITHOUT_REORDERING:
        packets = _in_packet_order(packets)
    if nal_codec := NAL_CODECS.get(codec.codec):
        return _with_record(packets, codec, nal_codec)
    if codec.codec == "av1":
        return _without_delimiters(packets, codec)
    if codec.codec == "vp9":
        return _in_superframes(packets), codec
    if codec.codec == "mpeg4":
        return packets, _with_headers(packets, codec)
    return packets, codec


def _in_packet_order(packets: GopPackets) -> GopPackets:
    presented = [rank for rank in packets.ranks if rank >= 0]
    if presented == sorted(presented):
        return packets
    rank_of = {rank: position for position, rank in enumerate(presented)}
    ranks = tuple(rank_of.get(rank, -1) for rank in packets.ranks)
    return replace(packets, ranks=ranks, frames=packets.frames[presented])


def _with_record(packets: GopPackets, codec: CodecData, nal_codec: NalCodec) -> tuple[GopPackets, CodecData]:
    if nal_codec.is_record(codec.extradata):
        return packets, codec
    in_packets = [list(between_start_codes(data)) for data in packets.packets]
    sets: dict[tuple[int, int], bytes] = {}
    if codec.extradata:
        sets.update(_sets(between_start_codes(codec.extradata), nal_codec))
    for index, units in enumerate(in_packets):
        found = _sets(units, nal_codec)
        # Those of the first packet replace those of the file's start; later ones come with their packets.
        sets = {**sets, **found} if index == 0 else {**found, **sets}
    record = nal_codec.make_record(list(sets.values()))
    data = tuple(with_lengths(units, _LENGTH_BYTES) for units in in_packets)
    return replace(packets, packets=data), replace(codec, extradata=record)


def _sets(units: Iterable[bytes], nal_codec: NalCodec) -> dict[tuple[int, int], bytes]:
    return {nal_codec.set_key(unit): unit for unit in units if nal_codec.is_parameter_set(unit)}


def _without_delimiters(packets: GopPackets, codec: CodecData) -> tuple[GopPackets, CodecData]:
    data = tuple(_without_delimiter(each) for each in packets.packets)
    if any(new is not old for new, old in zip(data, packets.packets, strict=True)):
        packets = replace(packets, packets=data)
    if av1.is_record(codec.extradata):
        return packets, codec
    for source in (*data[:1], codec.extradata):
        for unit in av1.units_of(source):
            if unit.kind == av1.SEQUENCE_HEADER:
                return packets, replace(codec, extradata=av1.make_record(unit))
    raise BitstreamError("the stream has no sequence header")


def _without_delimiter(data: bytes) -> bytes:
    units = list(av1.units_of(data))
    if not any(unit.kind == av1.TEMPORAL_DELIMITER for unit in units):
        return data
    return b"".join(unit.data for unit in units if unit.kind != av1.TEMPORAL_DELIMITER)


def _in_superframes(packets: GopPackets) -> GopPackets:
    if -1 not in packets.ranks:
        return packets
    data: list[bytes] = []
    ranks: list[int] = []
    keys: list[bool] = []
    hidden: list[bytes] = []
    is_key = False
    for packet, rank, key in zip(packets.packets, packets.ranks, packets.keys, strict=True):
        hidden += vp9.frames_of(packet)
        is_key = is_key or key
        if rank >= 0:
            data.append(vp9.superframe(hidden))
            ranks.append(rank)
            keys.append(is_key)
            hidden, is_key = [], False
    if hidden:
        # Nothing is presented after them: they stay hidden.
        data.append(vp9.superframe(hidden))
        ranks.append(-1)
        keys.append(is_key)
    return replace(packets, packets=tuple(data), ranks=tuple(ranks), keys=tuple(keys))


def _with_headers(packets: GopPackets, codec: CodecData) -> CodecData:
    if any(mpeg4.num_frames(data) > 1 for data in packets.packets):
        raise BitstreamError("a packet of MPEG-4 has two frames")
    if codec.extradata:
        return codec
    headers = mpeg4.headers_of(packets.packets[0]) if packets.packets else b""
    if not headers:
        raise BitstreamError("the stream has no headers of MPEG-4 before its first frame")
    return replace(codec, extradata=headers)
