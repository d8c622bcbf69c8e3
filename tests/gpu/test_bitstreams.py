"""Packets in the form of Matroska: what ffmpeg itself writes there is the authority, and constructed packets."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest
from gop_files import encoded, file_of, frames_of, gops_of, made_gop, mini_file
from hypothesis import given
from hypothesis import strategies as st

from emos_io import Media
from emos_io.gpu.bitstreams import BitstreamError, facts_of, prepare
from emos_io.gpu.bitstreams.nal_units import after_lengths, between_start_codes, with_lengths
from emos_io.media import CodecData, GopPackets

HEVC_SETS = 23
"""Bytes of an hvcC before its parameter sets."""
HEVC_KNOWN = 13
"""Bytes of an hvcC that follow from the sequence parameter set, before what a writer may leave open."""
PARAMETERS = {"h264": {7, 8}, "hevc": {32, 33, 34}}
BESIDE_SLICES = {"h264": {7, 8, 9}, "hevc": {32, 33, 34, 35, 39}}
"""Parameter sets and delimiters, and the message of x265 about itself, which ffmpeg puts into the record of an MP4."""


def kind(codec: str, unit: bytes) -> int:
    """The type of a NAL unit."""
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


def gop_of(coding: str, container: str) -> tuple[GopPackets, CodecData]:
    """The second GOP of a file, and the codec data of its track."""
    found = gops_of(file_of(coding, container))
    next(found)
    return next(found)


UNITS = st.lists(
    st.binary(min_size=1, max_size=20).map(lambda data: data.replace(b"\0", b"\x7f") + b"\x80"), min_size=1, max_size=6
)
"""NAL units that hold no start code and do not end with zeros, as the standards require."""


@given(units=UNITS, zeros=st.lists(st.integers(0, 3), min_size=7, max_size=7))
def test_start_codes_of_any_length_divide_units(units: list[bytes], zeros: list[int]) -> None:
    data = b"".join(bytes(count) + b"\0\0\1" + unit for unit, count in zip(units, zeros, strict=False)) + bytes(
        zeros[6]
    )
    assert list(between_start_codes(data)) == units


@given(units=UNITS, length_bytes=st.sampled_from([1, 2, 4]))
def test_lengths_divide_units(units: list[bytes], length_bytes: int) -> None:
    assert list(after_lengths(with_lengths(units, length_bytes), length_bytes)) == units


@pytest.mark.parametrize("start", ["00000001", "000001"])
def test_start_codes_of_three_and_four_bytes_are_one(start: str) -> None:
    packets, codec = gop_of("h264", "ts")
    other = tuple(
        b"".join(bytes.fromhex(start) + unit for unit in between_start_codes(data)) + b"\0\0"
        for data in packets.packets
    )
    prepared, record = prepare(replace(packets, packets=other), codec)
    expected, expected_record = prepare(packets, codec)
    assert (prepared.packets, record.extradata) == (expected.packets, expected_record.extradata)


@pytest.mark.parametrize(("coding", "container"), [("h264", "ts"), ("h264", "avi"), ("h264-reordered", "h264")])
def test_the_record_of_h264_is_that_of_ffmpeg(coding: str, container: str) -> None:
    _, codec = prepare(*gop_of(coding, container))
    assert codec.extradata == gop_of(coding, "mp4")[1].extradata


@pytest.mark.parametrize("container", ["ts", "hevc"])
@pytest.mark.parametrize("coding", ["hevc", "hevc-reordered"])
def test_the_record_of_hevc_has_the_facts_and_the_sets_of_that_of_ffmpeg(coding: str, container: str) -> None:
    record = prepare(*gop_of(coding, container))[1].extradata
    authority = gop_of(coding, "mp4")[1].extradata
    assert record[:HEVC_KNOWN] == authority[:HEVC_KNOWN]
    assert record[16:19] == authority[16:19]
    assert record[21] & 0x3F == authority[21] & 0x3F
    assert sets_of(record) == [unit for unit in sets_of(authority) if kind("hevc", unit) in PARAMETERS["hevc"]]


def sets_of(record: bytes) -> list[bytes]:
    """The NAL units of an hvcC, read by its lengths alone."""
    units, position = [], HEVC_SETS
    for _ in range(record[HEVC_SETS - 1]):
        count = int.from_bytes(record[position + 1 : position + 3], "big")
        position += 3
        for _ in range(count):
            stop = position + 2 + int.from_bytes(record[position : position + 2], "big")
            units.append(record[position + 2 : stop])
            position = stop
    assert position == len(record)
    return units


@pytest.mark.parametrize("container", ["obu", "ivf", "avi"])
def test_av1_is_as_ffmpeg_writes_it_to_mp4(container: str) -> None:
    packets, codec = gop_of("av1", container)
    prepared, record = prepare(packets, replace(codec, extradata=b""))
    authority, authority_codec = gop_of("av1", "mp4")
    assert record.extradata == authority_codec.extradata
    assert prepared.packets == authority.packets


def test_temporal_delimiters_were_there() -> None:
    packets, _ = gop_of("av1", "obu")
    assert packets.packets[0].startswith(b"\x12\0")


@pytest.mark.parametrize(("coding", "container"), [("h264", "ts"), ("h264", "h264"), ("hevc", "ts"), ("hevc", "hevc")])
def test_slices_are_as_ffmpeg_writes_them_to_mp4(coding: str, container: str) -> None:
    prepared, _ = prepare(*gop_of(coding, container))
    authority, _ = gop_of(coding, "mp4")
    for data, expected in zip(prepared.packets, authority.packets, strict=True):
        units, wanted = (
            [unit for unit in after_lengths(each, 4) if kind(coding, unit) not in BESIDE_SLICES[coding]]
            for each in (data, expected)
        )
        assert units == wanted


@pytest.mark.parametrize(
    ("coding", "container"),
    [("h264", "mp4"), ("h264", "mkv"), ("hevc", "mkv"), ("av1", "mkv"), ("vp8", "webm"), ("vp8-hidden", "webm"),
     ("vp9", "mp4"), ("vp9-hidden", "webm"), ("mjpeg", "mov"), ("mpeg4", "mp4")],
)  # fmt: skip
def test_what_has_the_form_already_stays_as_it_is(coding: str, container: str) -> None:
    packets, codec = gop_of(coding, container)
    prepared, prepared_codec = prepare(packets, codec)
    assert prepared is packets
    assert prepared_codec is codec


@pytest.mark.parametrize(("coding", "container"), [("h264", "ts"), ("hevc", "ts"), ("av1", "ivf"), ("mpeg4", "ts")])
def test_headers_in_the_packets_alone_are_enough(coding: str, container: str) -> None:
    packets, codec = gop_of(coding, container)
    without = replace(codec, extradata=b"")
    assert prepare(packets, without)[1].extradata
    assert facts_of(packets, without).sizes == {(96, 80)}
    assert np.array_equal(frames_of(mini_file(packets, without), 3), frames_of(mini_file(packets, codec), 3))


@pytest.mark.parametrize("coding", ["h264", "hevc"])
def test_headers_in_the_private_data_alone_are_enough(coding: str) -> None:
    packets, codec = gop_of(coding, "ts")
    stripped = tuple(
        b"".join(b"\0\0\1" + unit for unit in between_start_codes(data) if kind(coding, unit) not in PARAMETERS[coding])
        for data in packets.packets
    )
    without = replace(packets, packets=stripped)
    assert without.packets != packets.packets
    assert prepare(without, codec)[1].extradata == prepare(packets, codec)[1].extradata
    assert facts_of(without, codec).sizes == {(96, 80)}
    with pytest.raises(BitstreamError, match="no parameter sets"):
        prepare(without, replace(codec, extradata=b""))
    with pytest.raises(BitstreamError, match="parameter set that is missing"):
        facts_of(without, replace(codec, extradata=b""))


@pytest.mark.parametrize("coding", ["h264", "hevc"])
def test_sets_that_change_in_mid_stream_replace_those_of_the_start(
    coding: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("changed") / f"both.{coding}"
    path.write_bytes(file_of(f"{coding}-small", coding).read_bytes() + file_of(coding, coding).read_bytes())
    found = list(gops_of(path))
    first, last = found[0], found[-1]
    assert facts_of(*first).sizes == {(64, 48)}
    assert facts_of(*last).sizes == {(96, 80)}
    with Media(path) as media:
        size = (media.metadata.video.height, media.metadata.video.width) if media.metadata.video else (0, 0)
    assert size == (48, 64)
    assert frames_of(mini_file(*last), 1).shape[1:3] == (80, 96)
    both = replace(first[0], packets=first[0].packets + last[0].packets)
    assert facts_of(both, first[1]).sizes == {(64, 48), (96, 80)}


def split_by_ffmpeg() -> tuple[GopPackets, CodecData]:
    """The first GOP of a VP9 file with hidden frames, and each of its frames a packet, by FFmpeg's own filter."""
    packets, codec = next(gops_of(file_of("vp9-hidden", "webm")))
    data: list[bytes] = []
    ranks: list[int] = []
    with av.open(str(encoded("vp9-hidden"))) as container:
        split = av.BitStreamFilterContext("vp9_superframe_split", container.streams.video[0])
        for number, each in enumerate(packets.packets):
            packet = av.Packet(each)
            packet.pts = packet.dts = number
            packet.time_base = Fraction(1, 25)
            parts = [bytes(part) for part in split.filter(packet)]
            data += parts
            ranks += [-1] * (len(parts) - 1) + [packets.ranks[number]]
    return replace(packets, packets=tuple(data), ranks=tuple(ranks), keys=(True, *[False] * (len(data) - 1))), codec


def test_hidden_packets_of_vp9_are_joined_as_the_encoder_joined_them() -> None:
    packets, codec = next(gops_of(file_of("vp9-hidden", "webm")))
    split, _ = split_by_ffmpeg()
    assert -1 in split.ranks
    prepared, _ = prepare(split, codec)
    assert (prepared.packets, prepared.ranks, prepared.keys) == (packets.packets, packets.ranks, packets.keys)
    assert prepared.count == packets.count


def test_hidden_packets_of_vp9_at_the_end_stay_hidden() -> None:
    split, codec = split_by_ffmpeg()
    last = max(index for index, rank in enumerate(split.ranks) if rank == -1)
    cut = replace(split, packets=split.packets[: last + 1], ranks=split.ranks[: last + 1], keys=split.keys[: last + 1])
    prepared, _ = prepare(cut, codec)
    assert prepared.packets[-1] == split.packets[last]
    assert prepared.ranks[-1] == -1
    assert -1 not in prepared.ranks[:-1]


def test_a_superframe_holds_eight_frames() -> None:
    packets, codec = made_gop([bytes([0x80, number]) for number in range(8)], "vp9")
    hidden = replace(packets, ranks=(*[-1] * 7, 0), frames=np.arange(1))
    (data,) = prepare(hidden, codec)[0].packets
    assert data == b"".join(packets.packets) + bytes([0xC7, *[2] * 8, 0xC7])
    packets, codec = made_gop([bytes([0x80, number]) for number in range(9)], "vp9")
    with pytest.raises(BitstreamError, match="9 frames"):
        prepare(replace(packets, ranks=(*[-1] * 8, 0), frames=np.arange(1)), codec)


def test_a_packet_of_mpeg4_with_two_frames_is_refused() -> None:
    packets, codec = gop_of("mpeg4", "mp4")
    joined = replace(
        packets, packets=(packets.packets[0] + packets.packets[1], *packets.packets[2:]), ranks=packets.ranks[1:]
    )
    with pytest.raises(BitstreamError, match="two frames"):
        prepare(joined, codec)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("data", [b"", b"\x65\0\0\1\x65", b"\0\0", bytes(50)])
def test_packets_without_a_start_code_first_are_refused(codec: str, data: bytes) -> None:
    with pytest.raises(BitstreamError, match="does not begin with a start code"):
        prepare(*made_gop([data], codec))


@pytest.mark.parametrize("cut", [1, 7])
def test_a_length_past_the_end_is_refused(cut: int) -> None:
    packets, codec = gop_of("h264", "mp4")
    cut_off = replace(packets, packets=(packets.packets[0][:-cut], *packets.packets[1:]))
    with pytest.raises(BitstreamError, match="reaches past the end"):
        facts_of(cut_off, codec)


def test_av1_without_a_sequence_header_is_refused() -> None:
    with pytest.raises(BitstreamError, match="no sequence header"):
        prepare(*made_gop([b"\x12\0"], "av1"))


def test_mpeg4_without_headers_is_refused() -> None:
    with pytest.raises(BitstreamError, match="no headers"):
        prepare(*made_gop([b"\0\0\1\xb6\x10"], "mpeg4"))
