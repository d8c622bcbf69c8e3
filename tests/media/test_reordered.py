"""Frames that are decoded in another order than displayed, in containers that hold one time for each packet.

FFmpeg writes decoding times into them. The source that is copied into them says when each frame is displayed.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from reading import streamed

from emos_io import Media, Span
from oracle import clips, ffmpeg_frames, ffprobe
from oracle.ffmpeg_frames import sha256

pytestmark = pytest.mark.reference

X264 = "-c:v libx264 -preset veryfast -g 25 -x264-params threads=1:b-adapt=0:b-pyramid="
CODECS = {
    "h264_b0": f"{X264}none:bframes=0",
    "h264_b1": f"{X264}none:bframes=1",
    "h264_b2": f"{X264}none:bframes=2",
    "h264_b3_pyramid": f"{X264}normal:bframes=3",
    "h264_open": f"{X264}normal:bframes=3:open-gop=1",
    "mpeg4_b2": "-c:v mpeg4 -b:v 600k -g 25 -bf 2",
    "mpeg2_b2": "-c:v mpeg2video -b:v 600k -g 25 -bf 2",
}
RATES = ("24", "30000/1001", "60")
CLOCK = {".asf": Fraction(1, 1000), ".avi": Fraction(0), ".mkv": Fraction(1, 1000)}
"""One tick of the container's clock: a time is rounded to it. AVI counts frames of the rate, and rounds none."""
CLICK = "aevalsrc='if(gte(t,0.9999)*lt(mod(t+0.000001,1),0.02),0.8*sin(2*PI*1000*t),0)':s=48000:d=2.4"
FLASH = "drawbox=c=white:t=fill:enable='gte(t,0.98)*lt(mod(t+0.0001,1),0.09)'"
FIRST_LOUD = Fraction(1, 4000)
"""A sine of 1 kHz needs a quarter of a turn to be loud."""


def _source(codec: str, rate: str) -> Path:
    """A .mov with flashes and clicks at source seconds, whose frames and samples begin at zero."""
    video = f"testsrc2=s=96x80:r={rate}:d=2.4,{FLASH}"
    words = ["-f", "lavfi", "-i", video, "-f", "lavfi", "-i", CLICK, *CODECS[codec].split(), "-c:a", "pcm_s16le"]
    return clips.make(words, ".mov")


def _copy(codec: str, rate: str, suffix: str) -> Path:
    source = _source(codec, rate)
    return clips.make(["-i", str(source), "-c", "copy"], suffix, inputs=[source])


def _times(media: Media) -> list[Fraction]:
    return [int(pts) * media.timeline.time_base for pts in media.timeline.pts]


def _lead(media: Media) -> Fraction:
    """By how much the frames begin after the audio."""
    video, audio = media.metadata.video, media.metadata.audio
    assert video is not None and audio is not None
    first, heard = video.start, audio.start
    assert first is not None and heard is not None
    return first - heard


def _start(path: Path) -> Fraction:
    """When the first frame is displayed, on the clock of the container: when it has been through the decoder."""
    (stream,) = (each for each in ffprobe.streams(path) if each.kind == "video")
    decoding = [packet.dts for packet in ffprobe.packets(path, stream.index)]
    time = decoding[int(stream.raw["has_b_frames"])]
    assert time is not None
    return time * stream.time_base


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("suffix", [".asf", ".avi"])
def test_order_and_spacing_are_those_of_the_source(suffix: str, codec: str, rate: str) -> None:
    source, copy = Media(_source(codec, rate)), Media(_copy(codec, rate, suffix))
    assert ffmpeg_frames.hashes(_source(codec, rate)) == [each for _, each in streamed(copy, None)]
    wanted = [time - _times(source)[0] for time in _times(source)]
    first = _times(copy)[0]
    assert len(wanted) == len(copy.timeline)
    for time, expected in zip(_times(copy), wanted, strict=True):
        # Two times are rounded, that of the frame and that of the first one.
        assert abs(time - first - expected) <= 2 * CLOCK[suffix]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("codec", CODECS)
def test_asf_keeps_frames_and_audio_together(codec: str, rate: str) -> None:
    source, copy = Media(_source(codec, rate)), Media(_copy(codec, rate, ".asf"))
    assert abs(_lead(copy) - _lead(source)) <= 2 * CLOCK[".asf"]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("suffix", [".asf", ".avi"])
def test_the_first_frame_is_displayed_after_the_delay_of_the_decoder(suffix: str, codec: str, rate: str) -> None:
    """AVI counts packets from zero and says nothing of PCM that begins later: FFmpeg plays such a copy in the same way."""
    path = _copy(codec, rate, suffix)
    media = Media(path)
    assert _times(media)[0] + media.metadata.start_offset == _start(path)


@pytest.mark.parametrize("suffix", [".asf"])
def test_flash_and_click_stay_together(suffix: str) -> None:
    media = Media(_copy("h264_b3_pyramid", "25", suffix))
    frames = media.frames_by_index(range(len(media.timeline)), size=(16, 16))
    white = frames.data.reshape(len(frames.data), -1).min(axis=1) > 200
    samples = media.samples_in(Span(0, 2), num_channels=1)
    begun = [at for at in range(1, len(white)) if white[at] and not white[at - 1]]
    flashes = [time for at in begun if (time := frames.times[at]) is not None]
    clicks = [Fraction(at, samples.sample_rate) for at in clips.click_starts(samples.data[0], samples.sample_rate)]
    assert len(flashes) == 2 and len(clicks) == 1
    assert abs(clicks[0] - flashes[0]) <= FIRST_LOUD + 2 * CLOCK[suffix]


@pytest.mark.parametrize("codec", ["h264_b2", "h264_b3_pyramid", "h264_open", "mpeg4_b2", "mpeg2_b2"])
@pytest.mark.parametrize("suffix", [".asf", ".avi"])
def test_any_order_and_a_saved_index_give_the_same(suffix: str, codec: str) -> None:
    path = _copy(codec, "25", suffix)
    expected = ffmpeg_frames.hashes(path)
    media = Media(path)
    again = Media(path, index=media.save_index())
    assert _times(again) == _times(media)
    order = np.random.default_rng(3).permutation(len(expected))
    for reader in (media, again):
        assert [sha256(reader.frames_by_index([int(at)]).data[0]) for at in order] == [expected[at] for at in order]


def _as_vfw(path: Path, name: str) -> Path:
    """Name the codec of a Matroska track as files made from AVI do, by which its times are those of decoding."""
    data = bytearray(path.read_bytes())
    at = data.index(b"V_MPEG4/ISO/ASP")
    data[at : at + 15] = b"V_MS/VFW/FOURCC"
    private = data.index(b"\x63\xa2", at - 200)
    size = data[private + 2] & 0x7F
    header = struct.pack("<IiiHH4sIiiII", 40, 96, 80, 1, 24, b"XVID", 96 * 80 * 3, 0, 0, 0, 0)
    data[private + 3 : private + 3 + size] = header + bytes(size - len(header))
    out = path.with_name(f"{path.stem}_{name}.mkv")
    out.write_bytes(data)
    return out


def test_matroska_with_decoding_times_keeps_the_clock_of_the_audio() -> None:
    source = _source("mpeg4_b2", "25")
    words = ["-i", str(source), "-c", "copy", "-bsf:v", "dump_extra,setts=pts=DTS"]
    path = _as_vfw(clips.make(words, ".mkv", inputs=[source]), "vfw")
    media, original = Media(path), Media(source)
    assert [each for _, each in streamed(media, None)] == ffmpeg_frames.hashes(source)
    assert abs(_lead(media) - _lead(original)) <= 2 * CLOCK[".mkv"]
    steps = [after - time for time, after in pairwise(_times(media))]
    assert all(abs(step - Fraction(1, 25)) <= CLOCK[".mkv"] for step in steps)


@pytest.mark.parametrize("suffix", [".asf", ".avi"])
def test_a_file_that_begins_in_mid_group_keeps_its_spacing(suffix: str) -> None:
    """From a key frame of an open group on: the frames displayed before it cannot be decoded."""
    source = _source("h264_open", "25")
    cut = clips.make(["-ss", "0.9", "-noaccurate_seek", "-i", str(source), "-an", "-c", "copy", "-copyinkf"], ".ts")
    path = clips.make(["-i", str(cut), "-c", "copy", "-copyinkf"], suffix, inputs=[cut])
    media = Media(path)
    expected = ffmpeg_frames.hashes(path)
    hidden = len(ffprobe.packets(path, 0)) - len(expected)
    assert [sha256(frame) for frame in media.frames_by_index(range(len(expected))).data] == expected
    times = _times(media)
    assert len(times) == len(expected) and hidden >= 0
    for time, after in pairwise(times):
        assert abs(after - time - Fraction(1, 25)) <= 2 * CLOCK[suffix]
