"""H.264 frames of two fields: one frame each, in every container, as ffmpeg shows them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from reading import streamed

from emos_io import Media
from oracle import clips, ffmpeg_frames, ffprobe
from oracle.coded_fields import CodedUnit, pairs, write
from oracle.ffmpeg_frames import sha256

pytestmark = pytest.mark.reference

CONTAINERS = (".264", ".ts", ".mkv", ".mp4", ".mov", ".avi", ".flv")
GROUP = 8
MIXED = [
    unit
    for number in range(24)
    for unit in (
        [CodedUnit("frame", number, is_start=number % GROUP == 0)]
        if number % 3 == 0
        else [CodedUnit("top", number, is_start=number % GROUP == 0), CodedUnit("bottom", number)]
    )
]
STREAMS = {
    "top_first": pairs(24),
    "bottom_first": pairs(24, first="bottom"),
    "frames_and_fields": MIXED,
    # The first field of its first frame is gone, and what follows has no start.
    "cut_in_a_frame": pairs(16)[17:] + [CodedUnit(p.structure, p.number + 16, p.is_start) for p in pairs(16)],
}


def _made(stream: str, suffix: str) -> Path:
    raw = write(STREAMS[stream])
    if suffix == ".264":
        return raw
    return clips.make(["-i", str(raw), "-c", "copy"], suffix, inputs=[raw])


@pytest.mark.parametrize("suffix", CONTAINERS)
@pytest.mark.parametrize("stream", STREAMS)
def test_two_fields_are_one_frame_in_any_order_of_reading(stream: str, suffix: str) -> None:
    path = _made(stream, suffix)
    expected = ffmpeg_frames.hashes(path)
    assert len(expected) < len(ffprobe.packets(path, 0))
    media = Media(path)
    video = media.metadata.video
    assert video is not None and video.num_frames == len(media.timeline) == len(expected)
    assert [each for _, each in streamed(media, None)] == expected
    fresh = Media(path, index=Media(path).save_index())
    for at in np.random.default_rng(5).permutation(len(expected)):
        assert sha256(fresh.frames_by_index([int(at)]).data[0]) == expected[at]


@pytest.mark.parametrize("suffix", CONTAINERS)
@pytest.mark.parametrize("stream", ["top_first", "bottom_first"])
def test_a_frame_lasts_as_long_as_both_fields(stream: str, suffix: str) -> None:
    media = Media(_made(stream, suffix))
    timeline, video = media.timeline, media.metadata.video
    assert video is not None
    assert [int(each) * timeline.time_base for each in timeline.duration] == [Fraction(1, 25)] * 24
    assert video.average_rate == 25 and media.metadata.duration == Fraction(24, 25)


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".mp4", ".mov"])
@pytest.mark.parametrize("stream", ["top_first", "frames_and_fields"])
def test_a_frame_appears_with_its_first_field(stream: str, suffix: str) -> None:
    path = _made(stream, suffix)
    media = Media(path)
    timeline, tick = media.timeline, next(s for s in ffprobe.streams(path) if s.kind == "video").time_base
    firsts = [
        packet.pts
        for packet, unit in zip(ffprobe.packets(path, 0), STREAMS[stream], strict=True)
        if unit.structure != "bottom"
    ]
    zero = media.metadata.start_offset
    assert [int(pts) * timeline.time_base + zero for pts in timeline.pts] == [
        pts * tick for pts in firsts if pts is not None
    ]


@pytest.mark.parametrize("suffix", CONTAINERS)
def test_sparse_reading_gives_the_same(suffix: str) -> None:
    path = _made("top_first", suffix)
    expected = ffmpeg_frames.hashes(path)
    for step in (2, 3, 7):
        frames = Media(path).frames_by_index(range(step - 1, len(expected), step))
        assert [sha256(frame) for frame in frames.data] == expected[step - 1 :: step]
