"""Damaged and invented packets: each call answers or raises the one error of bitstreams."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from gop_files import file_of, gops_of, made_gop
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io.gpu.bitstreams import BitstreamError, StreamFacts, facts_of, prepare
from emos_io.gpu.matroska import write_matroska
from emos_io.media import CodecData, GopPackets

GOLDEN = Path(__file__).parents[1] / "golden"
FILES = {
    "h264": ("h264-reordered", "ts"),
    "h264 with lengths": ("h264", "mp4"),
    "hevc": ("hevc-reordered", "ts"),
    "hevc with lengths": ("hevc", "mp4"),
    "av1": ("av1", "obu"),
    "vp8": ("vp8-hidden", "webm"),
    "vp9": ("vp9-hidden", "webm"),
    "mjpeg": ("mjpeg", "avi"),
    "mpeg4": ("mpeg4", "ts"),
}
CODECS = ["av1", "h264", "hevc", "mjpeg", "mpeg4", "vp8", "vp9"]
FEW_PACKETS = 6
HEADER_BYTES = 200
"""Most damage is where headers are; pixels are not looked into."""


@cache
def real_gop(name: str) -> tuple[GopPackets, CodecData]:
    """The first packets of a file that does decode."""
    path = GOLDEN / name if name.endswith(".ivf") else file_of(*FILES[name])
    packets, codec = next(gops_of(path))
    first = slice(FEW_PACKETS)
    few = replace(packets, packets=packets.packets[first], ranks=packets.ranks[first], keys=packets.keys[first])
    return few, codec


def answer_or_error(packets: GopPackets, codec: CodecData) -> bool:
    """Call all that callers call; return whether all answered."""
    answered = True
    try:
        assert isinstance(facts_of(packets, codec), StreamFacts)
    except BitstreamError as error:
        assert str(error)
        answered = False
    try:
        prepared = prepare(packets, codec)
    except BitstreamError as error:
        assert str(error)
        return False
    assert prepared[0].count == packets.count
    assert [rank for rank in prepared[0].ranks if rank >= 0] == [rank for rank in packets.ranks if rank >= 0]
    assert write_matroska(*prepared)
    return answered


@pytest.mark.parametrize("name", [*FILES, "vp9_resized.ivf", "av1_resized.ivf"])
def test_what_is_not_damaged_is_answered(name: str) -> None:
    assert answer_or_error(*real_gop(name))


@pytest.mark.parametrize("name", [*FILES, "vp9_resized.ivf", "av1_resized.ivf"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_damaged_packets_are_answered_or_refused(name: str, data: st.DataObject) -> None:
    packets, codec = real_gop(name)
    coded = [bytearray(each) for each in (codec.extradata, *packets.packets)]
    for _ in range(data.draw(st.integers(1, 4))):
        damaged = data.draw(st.sampled_from([each for each in coded if each] or coded))
        position = data.draw(st.integers(0, min(len(damaged), HEADER_BYTES)))
        match data.draw(st.sampled_from(["change", "cut", "add", "remove"])):
            case "change":
                damaged[position : position + 1] = data.draw(st.binary(min_size=1, max_size=1))
            case "cut":
                del damaged[position:]
            case "add":
                damaged[position:position] = data.draw(st.binary(max_size=8))
            case _:
                del damaged[position : position + data.draw(st.integers(1, 8))]
    extradata, *changed = map(bytes, coded)
    answer_or_error(replace(packets, packets=tuple(changed)), replace(codec, extradata=extradata))


STARTS = [
    b"",
    b"\0\0\1",
    b"\0\0\0\1",
    b"\xff\xd8",
    b"\x82I\x83B",
    b"\x10\0\0\x9d\x01\x2a",
    b"\x12\0\x0a",
    b"\1",
    b"\x81\0\0\0",
]
"""How packets and private data of the codecs begin."""


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=40, deadline=None)
@given(
    packets=st.lists(st.tuples(st.sampled_from(STARTS), st.binary(max_size=60)).map(b"".join), min_size=1, max_size=4),
    extradata=st.tuples(st.sampled_from(STARTS), st.binary(max_size=60)).map(b"".join),
    hidden=st.booleans(),
)
def test_invented_packets_are_answered_or_refused(
    codec: str, packets: list[bytes], extradata: bytes, hidden: bool
) -> None:
    gop, track = made_gop(packets, codec, extradata=extradata)
    if hidden and len(packets) > 1:
        gop = replace(gop, ranks=(-1, *range(len(packets) - 1)), frames=gop.frames[1:] - 1)
    answer_or_error(gop, track)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    "data", [bytes(1 << 20), b"\xff" * (1 << 20), b"\0\0\1" * (1 << 18)], ids=["zeros", "ones", "starts"]
)
def test_long_noise_ends(codec: str, data: bytes) -> None:
    answer_or_error(*made_gop([data, data], codec, extradata=data[: 1 << 10]))
