"""Facts of headers: ffprobe says size, bit depth, chroma and fields of the same files."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from gop_files import file_of, gops_of, made_gop

from emos_io.gpu.bitstreams import BitstreamError, StreamFacts, facts_of
from emos_io.media import CodecData, GopPackets
from oracle import clips, ffprobe, made

GOLDEN = Path(__file__).parents[1] / "golden"
ODD_SIZE = "testsrc2=s=98x70:r=25:d=0.2"
"""No multiple of the blocks of any codec, so that cropping counts."""
X265 = "-c:v libx265 -preset ultrafast -x265-params log-level=error:pools=1"
VPX9 = "-c:v libvpx-vp9 -cpu-used 8 -lag-in-frames 0"
AOM = "-c:v libaom-av1 -cpu-used 8 -lag-in-frames 0 -usage realtime"

FORMATS = {
    "-c:v libx264 -preset ultrafast": ["yuv420p", "yuv422p", "yuv444p", "gray", "yuv420p10le", "yuv422p10le"],
    "-c:v libx264 -preset ultrafast -x264-params cqm=jvt": ["yuv420p", "yuv444p"],
    X265: ["yuv420p", "yuv422p", "yuv444p", "gray", "yuv420p10le", "yuv444p12le"],
    f"{X265}:scaling-list=default:bframes=3:vui-timing-info=1": ["yuv420p", "yuv444p"],
    VPX9: ["yuv420p", "yuv422p", "yuv440p", "yuv444p", "gbrp", "yuv420p10le", "yuv444p12le"],
    AOM: ["yuv420p", "yuv444p", "yuv422p", "gray", "yuv420p10le", "yuv420p12le"],
    "-c:v mjpeg": ["yuvj420p", "yuvj422p", "yuvj444p"],
    "-c:v libvpx -cpu-used 8": ["yuv420p"],
    "-c:v mpeg4": ["yuv420p"],
}
CASES = [(words, pixels) for words, formats in FORMATS.items() for pixels in formats]


def first_gop(path: Path) -> tuple[GopPackets, CodecData]:
    """The first GOP of a file."""
    return next(gops_of(path))


def chroma_of(pixels: str) -> str:
    """The name of the sampling of a pixel format, by libavutil's description of it."""
    components = av.VideoFormat(pixels, 64, 64)
    if len(components.components) == 1:
        return "4:0:0"
    return {(64, 64): "4:4:4", (32, 64): "4:2:2", (32, 32): "4:2:0", (64, 32): "4:4:0"}[
        components.chroma_width(64), components.chroma_height(64)
    ]


@pytest.mark.parametrize(("words", "pixels"), CASES, ids=[f"{words.split()[1]}-{pixels}" for words, pixels in CASES])
def test_size_depth_and_chroma_are_those_of_ffprobe(words: str, pixels: str) -> None:
    path = clips.make(["-f", "lavfi", "-i", ODD_SIZE, "-threads", "1", *words.split(), "-pix_fmt", pixels], ".mkv")
    stream = ffprobe.stream_of(path, "video", None)
    # FFmpeg's decoder of H.264 gives grey frames chroma of their own.
    assert stream.raw["pix_fmt"] == pixels or (stream.codec, pixels) == ("h264", "gray")
    facts = facts_of(*first_gop(path))
    assert facts == StreamFacts(
        frozenset({(stream.width, stream.height)}),
        bit_depth=av.VideoFormat(pixels, 64, 64).components[0].bits,
        chroma=chroma_of(pixels),
    )
    assert (stream.width, stream.height) == (98, 70)


INTERLACED = {
    "h264": ("-c:v libx264 -preset ultrafast -flags +ildct+ilme -x264-params tff=1", ".mkv"),
    "h264-ts": ("-c:v libx264 -preset ultrafast -flags +ildct+ilme -x264-params tff=1", ".ts"),
    "hevc": ("-c:v libx265 -preset ultrafast -x265-params interlace=tff:log-level=error:pools=1", ".hevc"),
    "mpeg4": ("-c:v mpeg4 -flags +ildct+ilme", ".mkv"),
}


@pytest.mark.parametrize("coding", INTERLACED)
def test_interlaced_streams_say_it(coding: str) -> None:
    words, suffix = INTERLACED[coding]
    source = "testsrc2=s=96x64:r=50:d=0.4,interlace" if not coding.startswith("hevc") else "testsrc2=s=96x64:r=50:d=0.2"
    path = clips.make(["-f", "lavfi", "-i", source, "-threads", "1", *words.split(), "-pix_fmt", "yuv420p"], suffix)
    is_interlaced = "-show_entries", "frame=interlaced_frame:stream=field_order"
    printed = subprocess.run(
        ["ffprobe", "-v", "error", *is_interlaced, "-of", "csv", str(path)], capture_output=True, check=True
    )
    assert b"frame,1" in printed.stdout or b"stream,t" in printed.stdout
    assert facts_of(*first_gop(path)).is_interlaced


@pytest.mark.parametrize("name", ["interlaced_tff_720x576_sar16_11.mp4", "open_gop.mp4"])
def test_fields_of_made_files_are_those_of_ffprobe(name: str) -> None:
    if why := made.why_none():
        pytest.skip(why)
    path = made.make() / name
    field_order = ffprobe.stream_of(path, "video", None).raw["field_order"]
    assert facts_of(*first_gop(path)).is_interlaced == (field_order != "progressive")


def frame_sizes(path: Path) -> set[tuple[int, int]]:
    """The (width, height) of the frames that ffprobe decodes."""
    words = ["ffprobe", "-v", "error", "-show_entries", "frame=width,height", "-of", "csv=p=0", str(path)]
    lines = subprocess.run(words, capture_output=True, check=True, text=True).stdout.split()
    return {(int(width), int(height)) for width, height in (line.split(",")[:2] for line in lines)}


@pytest.mark.parametrize("name", ["vp9_resized.ivf", "av1_resized.ivf"])
def test_sizes_that_change_without_a_keyframe_are_those_of_ffprobe(name: str) -> None:
    packets, codec = first_gop(GOLDEN / name)
    assert packets.keys == (True, *[False] * 11)
    assert facts_of(packets, codec).sizes == frame_sizes(GOLDEN / name)
    assert len(facts_of(packets, codec).sizes) == 3


@pytest.mark.parametrize("name", ["vp9_resized.ivf", "av1_resized.ivf"])
@pytest.mark.parametrize(("stop", "expected"), [(4, {(96, 80)}), (5, {(96, 80), (64, 48)})])
def test_a_size_counts_from_the_frame_that_has_it(name: str, stop: int, expected: set[tuple[int, int]]) -> None:
    packets, codec = first_gop(GOLDEN / name)
    assert facts_of(replace(packets, packets=packets.packets[:stop]), codec).sizes == expected


@pytest.mark.parametrize("name", ["vp9_resized.ivf", "av1_resized.ivf"])
def test_a_size_of_a_reference_that_is_not_there_is_an_error(name: str) -> None:
    packets, codec = first_gop(GOLDEN / name)
    (key, *_) = packets.packets
    later = packets.packets[5:8]
    assert facts_of(replace(packets, packets=(key, *packets.packets[4:8])), codec).sizes == {(96, 80), (64, 48)}
    with pytest.raises(BitstreamError):
        facts_of(replace(packets, packets=later), replace(codec, extradata=b""))


def test_the_size_of_a_file_that_changes_is_that_of_each_gop() -> None:
    if why := made.why_none():
        pytest.skip(why)
    path = made.make() / "concat_ts_size_and_rate_change_and_time_reset.ts"
    sizes = [facts_of(*gop).sizes for gop in gops_of(path)]
    assert all(len(each) == 1 for each in sizes)
    assert {size for each in sizes for size in each} == frame_sizes(path)
    assert len(frame_sizes(path)) == 2


def test_a_size_of_vp8_comes_with_keyframes_alone() -> None:
    packets, codec = first_gop(file_of("vp8", "webm"))
    assert facts_of(packets, codec).sizes == {(96, 80)}
    assert facts_of(replace(packets, packets=packets.packets[1:]), codec).sizes == frozenset()


def test_an_open_gop_is_no_intra_refresh() -> None:
    for coding in ("h264-reordered", "hevc-reordered"):
        gops = list(gops_of(file_of(coding, "ts")))
        assert any(each.frames.min() == -1 for each, _ in gops)
        assert not any(facts_of(*gop).has_intra_refresh for gop in gops)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_an_intra_refresh_is_found(codec: str) -> None:
    words = {
        "libx264": "-preset ultrafast -g 20 -x264-params intra-refresh=1:bframes=0",
        "libx265": "-preset ultrafast -x265-params keyint=20:intra-refresh=1:bframes=0:log-level=error:pools=1",
    }[codec]
    source = ["-f", "lavfi", "-i", "testsrc2=s=192x128:r=25:d=2.4", "-threads", "1", "-pix_fmt", "yuv420p"]
    path = clips.make([*source, "-c:v", codec, *words.split()], ".ts")
    packets = [packet for gop, _ in gops_of(path) for packet in gop.packets]
    _, track = first_gop(path)
    refreshes = [facts_of(*alone(packet, track)).has_intra_refresh for packet in packets[::20]]
    assert refreshes == [False, True, True]


def alone(packet: bytes, track: CodecData) -> tuple[GopPackets, CodecData]:
    """A packet as a GOP of its own."""
    return GopPackets((packet,), (0,), (True,), np.arange(1)), track


def jpeg(*segments: str) -> bytes:
    """An image of MJPEG of header segments, given as hexadecimal."""
    return bytes.fromhex("ffd8" + "".join(segments) + "ffda0002" + "ffd9")


def test_an_image_of_one_field_is_interlaced() -> None:
    frame = "ffc00011" + "08" + "0040" + "0060" + "03" + "012200" + "021101" + "031101"
    both_fields, first_field = ("ffe00008" + "41564931" + polarity + "00" for polarity in ("00", "01"))
    expected = StreamFacts(frozenset({(96, 64)}), bit_depth=8, chroma="4:2:0")
    assert facts_of(*made_gop([jpeg(frame)], "mjpeg")) == expected
    assert facts_of(*made_gop([jpeg(both_fields, frame)], "mjpeg")) == expected
    assert facts_of(*made_gop([jpeg(first_field, frame)], "mjpeg")) == replace(expected, is_interlaced=True)
    assert facts_of(*made_gop([jpeg(frame) + jpeg(frame)], "mjpeg")) == replace(expected, is_interlaced=True)


def test_sizes_of_images_are_all_there() -> None:
    images = [jpeg(f"ffc0000b080040{width:04x}01011100") for width in (96, 64)]
    assert facts_of(*made_gop(images, "mjpeg")) == StreamFacts(
        frozenset({(96, 64), (64, 64)}), bit_depth=8, chroma="4:0:0"
    )


def test_a_change_of_the_depth_within_a_gop_is_an_error() -> None:
    images = [jpeg(f"ffc0000b{depth}0040006001011100") for depth in ("08", "0c")]
    with pytest.raises(BitstreamError, match="bit depth or chroma change"):
        facts_of(*made_gop(images, "mjpeg"))


def test_other_codecs_have_no_facts() -> None:
    with pytest.raises(BitstreamError, match="headers of prores"):
        facts_of(*made_gop([b"frame"], "prores"))


def test_mpeg4_that_does_not_begin_with_a_keyframe_is_not_right_from_the_first_frame_on() -> None:
    """Where AVI has two frames in a packet, both of them have its mark of a keyframe."""
    packets, codec = next(gops_of(file_of("mpeg4", "avi")))
    assert codec.extradata
    assert not facts_of(packets, codec).has_intra_refresh
    later = replace(packets, packets=packets.packets[1:], ranks=packets.ranks[:-1], frames=packets.frames[1:])
    assert facts_of(later, codec).has_intra_refresh
    without = replace(later, packets=(b"\0\0\1\xb2text",))
    assert facts_of(without, codec).has_intra_refresh
