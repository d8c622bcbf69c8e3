"""The writer of Matroska: what ffprobe, PyAV and our own reader find in its files, over random GOPs."""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest
from gop_files import file_of, gops_of, made_gop
from hypothesis import given, settings
from hypothesis import strategies as st

from emos_io.gpu.bitstreams import BitstreamError
from emos_io.gpu.matroska import FRAME_MS, write_matroska
from emos_io.media import CodecData, FieldOrder, GopPackets
from emos_io.media.core_gops import CoreGops
from emos_io.media.opening import OpenOptions, OpenSource

LONG = 900
"""Frames whose times do not fit into one cluster: 36 s."""
FIXED_BYTES = 200
PACKET_BYTES = 9
CLUSTER_BYTES = 24
SOME_FILES = settings(max_examples=8, deadline=None)
"""Each is read by a command and two libraries."""


@cache
def keyframe() -> bytes:
    """A real keyframe of VP8, so that readers that look into packets find what they expect."""
    packets, _ = next(gops_of(file_of("vp8", "webm")))
    return packets.packets[0]


@dataclass(frozen=True)
class Recipe:
    """What a GOP of VP8 is made of: how many packets, how far they are reordered, whether some are hidden or keyframes."""

    count: int
    reach: int
    hides: bool
    has_keys: bool
    seed: int

    def gop(self) -> GopPackets:
        """Return the GOP; packets are random but for their first bytes, and keyframes are real."""
        chance = random.Random(self.seed)
        later = range(1, self.count)
        hidden = {index for index in later[:-1] if self.hides and chance.random() < 0.2}
        keys = {0} | {index for index in later if self.has_keys and index not in hidden and chance.random() < 0.05}
        seen = [index for index in range(self.count) if index not in hidden]
        in_order = sorted(seen, key=lambda index: (index > 0) * (index + chance.uniform(0, self.reach)))
        ranks = {index: rank for rank, index in enumerate(in_order)}
        sizes = [1, 30, 130, 200 if self.count == LONG else 17_000]
        packets = [
            keyframe() if index in keys else bytes([0x01 if index in hidden else 0x11, 0, 0]) + chance.randbytes(size)
            for index, size in enumerate(chance.choices(sizes, k=self.count))
        ]
        return GopPackets(
            tuple(packets),
            tuple(ranks.get(index, -1) for index in range(self.count)),
            tuple(index in keys for index in range(self.count)),
            np.arange(len(seen)),
        )


RECIPES = st.builds(
    Recipe,
    count=st.sampled_from([1, 2, 7, 60, LONG]),
    reach=st.sampled_from([0, 3, LONG]),
    hides=st.booleans(),
    has_keys=st.booleans(),
    seed=st.integers(0, 2**32),
)
CODEC = CodecData("vp8", b"", 96, 80, "yuv420p", 8, (1, 1))


def times_of(packets: GopPackets) -> list[int]:
    """The time of each packet, ms; a packet without a frame has that of the next with one, or of the last of all."""
    times = []
    for index in range(len(packets.ranks)):
        following = [rank for rank in packets.ranks[index:] if rank >= 0]
        times.append(FRAME_MS * (following[0] if following else packets.count - 1))
    return times


@SOME_FILES
@given(recipe=RECIPES)
def test_ffprobe_finds_the_same_packets(tmp_path_factory: pytest.TempPathFactory, recipe: Recipe) -> None:
    packets = recipe.gop()
    path = tmp_path_factory.mktemp("mini") / "gop.mkv"
    path.write_bytes(write_matroska(packets, CODEC))
    words = ["ffprobe", "-v", "quiet", "-show_packets", "-show_data_hash", "sha256", "-of", "json", str(path)]
    found = json.loads(subprocess.run(words, capture_output=True, check=True, timeout=60).stdout)["packets"]
    assert [each["data_hash"] for each in found] == [
        f"SHA256:{hashlib.sha256(data).hexdigest()}" for data in packets.packets
    ]
    assert [each["pts"] for each in found] == times_of(packets)
    assert ["K" in each["flags"] for each in found] == list(packets.keys)


@SOME_FILES
@given(recipe=RECIPES)
def test_pyav_finds_the_same_packets(recipe: Recipe) -> None:
    packets = recipe.gop()
    with av.open(io.BytesIO(write_matroska(packets, CODEC)), "r") as container:
        found = [packet for packet in container.demux(video=0) if packet.size]
        assert [bytes(packet) for packet in found] == list(packets.packets)
        assert [packet.pts for packet in found] == times_of(packets)
        assert [packet.is_keyframe for packet in found] == list(packets.keys)


@SOME_FILES
@given(recipe=RECIPES)
def test_our_reader_finds_the_same_packets(recipe: Recipe) -> None:
    packets = recipe.gop()
    opened = OpenSource(io.BytesIO(write_matroska(packets, CODEC)), OpenOptions(on_error="mask"), None)
    times, _ = opened.reader().slots_by_index(range(packets.count)).exact()
    assert [time and Fraction(*time) for time in times] == [
        Fraction(rank * FRAME_MS, 1000) for rank in range(packets.count)
    ]
    if sum(packets.keys) == 1:
        source = CoreGops(opened.reader, opened.name)
        found = source.packets(0)
        assert source.amounts.num_frames.tolist() == [packets.count]
        assert (found.packets, found.keys) == (packets.packets, packets.keys)
        assert found.ranks == packets.ranks
        assert source.codec_data.codec == "vp8"


def block_flags(data: bytes, packets: GopPackets) -> list[int]:
    """The byte before each packet: the flags of its block."""
    flags, start = [], 0
    for packet in packets.packets:
        start = data.index(packet, start)
        flags.append(data[start - 1])
        start += len(packet)
    return flags


def test_blocks_say_keyframes_and_hidden_packets() -> None:
    packets, codec = made_gop([b"first", b"second", b"third", b"fourth"], "vp8")
    packets = replace(packets, ranks=(0, -1, 1, 2), keys=(True, False, False, True), frames=np.arange(3))
    data = write_matroska(packets, codec)
    assert block_flags(data, packets) == [0x80, 0x08, 0x00, 0x80]


def test_a_hidden_packet_at_the_end_has_the_time_of_the_last_frame() -> None:
    packets, codec = made_gop([b"first", b"second", b"third"], "vp8")
    packets = replace(packets, ranks=(0, 1, -1), frames=np.arange(2))
    assert times_of(packets) == [0, FRAME_MS, FRAME_MS]
    with av.open(io.BytesIO(write_matroska(packets, codec)), "r") as container:
        assert [packet.pts for packet in container.demux(video=0) if packet.size] == [0, FRAME_MS, FRAME_MS]


@pytest.mark.parametrize("count", [1, 100, LONG])
def test_a_file_is_little_more_than_its_packets(count: int) -> None:
    packets, codec = made_gop([bytes([1]) * 200] * count, "h264", extradata=bytes(40))
    more = len(write_matroska(packets, codec)) - 200 * count - 40
    num_clusters = -(-count * FRAME_MS // 0x7FFF)
    assert 0 < more <= FIXED_BYTES + PACKET_BYTES * count + CLUSTER_BYTES * num_clusters


def test_a_cluster_ends_before_it_is_very_long() -> None:
    packets, codec = made_gop([keyframe(), *[b"\1\0\0" + bytes(1 << 20)] * 9], "vp8")
    data = write_matroska(packets, codec)
    assert data.count(bytes.fromhex("1f43b675")) == 3
    with av.open(io.BytesIO(data), "r") as container:
        assert [bytes(packet) for packet in container.demux(video=0) if packet.size] == list(packets.packets)


def stream_of(data: bytes, path: Path) -> dict[str, object]:
    """What ffprobe says of the stream of a file."""
    path.write_bytes(data)
    words = ["ffprobe", "-v", "quiet", "-show_streams", "-of", "json", str(path)]
    stream: dict[str, object] = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)["streams"][0]
    return stream


MATRICES = (
    "gbr", "bt709", "fcc", "bt470bg", "smpte170m", "smpte240m", "ycgco", "bt2020nc", "bt2020c", "smpte2085",
    "chroma-derived-nc", "chroma-derived-c", "ictcp",
)  # fmt: skip
"""All that FFmpeg has a name for."""


@pytest.mark.parametrize("matrix", MATRICES)
def test_ffprobe_finds_the_matrix(matrix: str, tmp_path: Path) -> None:
    packets, codec = made_gop([b"\xff\xd8\xff\xd9"], "mpeg4")
    stream = stream_of(write_matroska(packets, replace(codec, color_matrix=matrix)), tmp_path / "gop.mkv")
    assert (stream["color_space"], stream.get("color_range")) == (matrix, None)


@pytest.mark.parametrize("color_range", ["tv", "pc"])
def test_ffprobe_finds_the_range(color_range: str, tmp_path: Path) -> None:
    packets, codec = made_gop([bytes(8)], "mpeg4")
    stream = stream_of(write_matroska(packets, replace(codec, color_range=color_range)), tmp_path / "gop.mkv")
    assert (stream["color_range"], stream.get("color_space")) == (color_range, None)


@pytest.mark.parametrize(
    ("field_order", "names"), [("progressive", {"progressive"}), ("interlaced", {"tt", "unknown"})]
)
def test_ffprobe_finds_the_size_and_the_order_of_fields(
    field_order: FieldOrder, names: set[str], tmp_path: Path
) -> None:
    packets, codec = made_gop([bytes(8)], "mpeg4")
    codec = replace(codec, width=1920, height=1082, field_order=field_order)
    stream = stream_of(write_matroska(packets, codec), tmp_path / "gop.mkv")
    assert (stream["width"], stream["height"], stream["codec_name"]) == (1920, 1082, "mpeg4")
    assert stream.get("field_order", "unknown") in names
    assert stream.get("field_order") != stream_of(write_matroska(*made_gop([bytes(8)], "mpeg4")), tmp_path / "gop.mkv")


def test_an_unknown_matrix_is_left_out() -> None:
    packets, codec = made_gop([bytes(8)], "mpeg4")
    assert write_matroska(packets, replace(codec, color_matrix="unknown")) == write_matroska(packets, codec)


@pytest.mark.parametrize("codec", ["av1", "h264", "hevc", "mjpeg", "mpeg4", "vp8", "vp9"])
def test_ffprobe_finds_the_codec(codec: str, tmp_path: Path) -> None:
    stream = stream_of(write_matroska(*next(gops_of(file_of(codec, "mkv")))), tmp_path / "gop.mkv")
    assert (stream["codec_name"], stream["width"], stream["height"]) == (codec, 96, 80)


@pytest.mark.parametrize("codec", ["mpeg2video", "prores", ""])
def test_other_codecs_are_refused(codec: str) -> None:
    with pytest.raises(BitstreamError, match="not written to Matroska"):
        write_matroska(*made_gop([bytes(8)], codec))


def test_a_gop_without_packets_is_refused() -> None:
    with pytest.raises(BitstreamError, match="no packets"):
        write_matroska(*made_gop([], "vp8"))
