"""Facts of a GOP that its headers say, without decoding: what a device cannot decode, or would decode wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ...media import CodecData, GopPackets
from . import av1, av1_frames, jpeg, mpeg4, vp8, vp9
from .errors import BitstreamError
from .nal_units import after_lengths, between_start_codes
from .parameter_sets import CHROMA_FORMATS, NalCodec, ParameterSet
from .prepare import NAL_CODECS


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What the headers of a GOP say.

    Attributes:
        sizes: The (width, height) of all frames, after cropping and before `CodecData.orientation`; frames that are never
            presented count too. Empty where no header says it.
        is_interlaced: Frames are, or may be, coded as fields.
        has_intra_refresh: The first frames are not right if decoding begins at the GOP.
        bit_depth: Most bits of a component; None where no header says it.
        chroma: ``"4:0:0"`` (grey), ``"4:2:0"``, ``"4:2:2"``, ``"4:4:0"``, ``"4:4:4"``; other sampling of JPEG by its name or
            its factors; None where no header says it.
    """

    sizes: frozenset[tuple[int, int]]
    is_interlaced: bool = False
    has_intra_refresh: bool = False
    bit_depth: int | None = None
    chroma: str | None = None


def facts_of(packets: GopPackets, codec: CodecData) -> StreamFacts:
    """Return what the headers of a GOP say; its packets may be in the form of any container.

    H.264 counts as interlaced where its parameter sets allow fields (``frame_mbs_only_flag`` is 0), whether or not a frame uses
    them.

    Args:
        packets: The GOP, from its keyframe on.
        codec: Of its track.

    Raises:
        BitstreamError: A header is damaged, or a codec is none of H.264, HEVC, AV1, VP8, VP9, MJPEG and MPEG-4, or bit depth or
            chroma change within the GOP.

    Cost: some microseconds for each packet; H.264 and HEVC between start codes are searched for them.

    Example:
        >>> import numpy as np
        >>> from emos_io.media import CodecData, GopPackets
        >>> keyframe = bytes.fromhex("1000009d012a40003000")
        >>> gop = GopPackets((keyframe,), ranks=(0,), keys=(True,), frames=np.arange(1))
        >>> sorted(facts_of(gop, CodecData("vp8", b"", 64, 48, "yuv420p", 8, (1, 1))).sizes)
        [(64, 48)]
    """
    if nal_codec := NAL_CODECS.get(codec.codec):
        return _nal_facts(packets, codec, nal_codec)
    if codec.codec not in _READERS:
        raise BitstreamError(f"headers of {codec.codec} are not read")
    return _READERS[codec.codec](packets, codec)


@dataclass(slots=True)
class _Seen:
    """Facts of the frames so far."""

    sizes: set[tuple[int, int]] = field(default_factory=set)
    formats: set[tuple[int, str]] = field(default_factory=set)
    is_interlaced: bool = False

    def facts(self, *, has_intra_refresh: bool = False) -> StreamFacts:
        if len(self.formats) > 1:
            raise BitstreamError("bit depth or chroma change within a GOP")
        bit_depth, chroma = next(iter(self.formats), (None, None))
        return StreamFacts(frozenset(self.sizes), self.is_interlaced, has_intra_refresh, bit_depth, chroma)


class _ActiveSets:
    """Parameter sets by their numbers, and the one that a slice refers to."""

    def __init__(self, nal_codec: NalCodec) -> None:
        self._nal_codec = nal_codec
        self._sequences: dict[int, ParameterSet] = {}
        self._frames: dict[int, int] = {}

    def take(self, unit: bytes) -> None:
        if self._nal_codec.is_sps(unit):
            facts = self._nal_codec.parse_sps(unit)
            self._sequences[facts.number] = facts
        elif self._nal_codec.is_pps(unit):
            number, sequence = self._nal_codec.parse_pps(unit)
            self._frames[number] = sequence

    def of_slice(self, unit: bytes) -> ParameterSet:
        sequence = self._frames.get(self._nal_codec.pps_of_slice(unit), -1)
        if sequence not in self._sequences:
            raise BitstreamError("a slice refers to a parameter set that is missing")
        return self._sequences[sequence]


def _nal_facts(packets: GopPackets, codec: CodecData, nal_codec: NalCodec) -> StreamFacts:
    split, units = _splitter(codec, nal_codec)
    sets, seen = _ActiveSets(nal_codec), _Seen()
    for unit in units:
        sets.take(unit)
    begins_right = True
    for index, data in enumerate(packets.packets):
        units = split(data)
        for unit in units:
            sets.take(unit)
        coded = next((unit for unit in units if nal_codec.is_slice(unit)), None)
        if coded is None:
            continue
        active = sets.of_slice(coded)
        seen.sizes.add(active.size)
        seen.formats.add((max(active.depths), CHROMA_FORMATS[active.chroma_format]))
        is_field = active.has_field_info and nal_codec.is_field(units)
        seen.is_interlaced = seen.is_interlaced or active.is_interlaced or is_field
        if index == 0:
            begins_right = nal_codec.begins_right(units)
    return seen.facts(has_intra_refresh=not begins_right)


def _splitter(codec: CodecData, nal_codec: NalCodec) -> tuple[Callable[[bytes], Sequence[bytes]], Sequence[bytes]]:
    """Return what splits packets into NAL units, and those of the codec private data."""
    if nal_codec.is_record(codec.extradata):
        length_bytes, units = nal_codec.parse_record(codec.extradata)
        return (lambda data: list(after_lengths(data, length_bytes))), units
    before = list(between_start_codes(codec.extradata)) if codec.extradata else []
    return (lambda data: list(between_start_codes(data))), before


def _av1_facts(packets: GopPackets, codec: CodecData) -> StreamFacts:
    frames, seen = av1_frames.FrameSizes(), _Seen()
    before = codec.extradata[av1.RECORD_BYTES :] if av1.is_record(codec.extradata) else codec.extradata
    for data in (before, *packets.packets):
        seen.sizes.update(frames.of_packet(data))
        if frames.sequence and data is not before:
            seen.formats.add((frames.sequence.bit_depth, frames.sequence.chroma))
    return seen.facts()


def _vp8_facts(packets: GopPackets, codec: CodecData) -> StreamFacts:
    sizes = {size for data in packets.packets if (size := vp8.size_of(data))}
    return StreamFacts(frozenset(sizes), bit_depth=8, chroma="4:2:0")


def _vp9_facts(packets: GopPackets, codec: CodecData) -> StreamFacts:
    frames, seen = vp9.FrameSizes(), _Seen()
    for data in packets.packets:
        seen.sizes.update(frames.of_packet(data))
    seen.formats = {(each.bit_depth, each.chroma) for each in frames.formats}
    return seen.facts()


def _mjpeg_facts(packets: GopPackets, codec: CodecData) -> StreamFacts:
    seen = _Seen()
    for data in packets.packets:
        frame = jpeg.parse_frame(data)
        seen.sizes.add(frame.size)
        seen.formats.add((frame.bit_depth, frame.chroma))
        seen.is_interlaced = seen.is_interlaced or frame.is_field
    return seen.facts()


def _mpeg4_facts(packets: GopPackets, codec: CodecData) -> StreamFacts:
    in_packets = [layer for data in packets.packets if (layer := mpeg4.layer_of(data))]
    # The first packet's own headers replace those of the file's start.
    before = None if packets.packets and mpeg4.layer_of(packets.packets[0]) else mpeg4.layer_of(codec.extradata)
    layers = [*in_packets, *([before] if before else [])]
    return StreamFacts(
        frozenset(layer.size for layer in layers),
        is_interlaced=any(layer.is_interlaced for layer in layers),
        has_intra_refresh=bool(packets.packets) and not mpeg4.begins_right(packets.packets[0]),
        bit_depth=8,
        chroma="4:2:0",
    )


_READERS = {"av1": _av1_facts, "mjpeg": _mjpeg_facts, "mpeg4": _mpeg4_facts, "vp8": _vp8_facts, "vp9": _vp9_facts}
