"""GOPs of real files, written to Matroska, decode to the frames of the file: each codec from each container."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from gop_files import CASES, NUM_FRAMES, file_of, frames_of, gops_of, mini_file, num_frames_of

from emos_io import Media
from emos_io.gpu.bitstreams import facts_of
from oracle import ffprobe, made
from oracle.command import frame_hashes

MOST_GOPS = 12
"""Of a file of intra-coded frames, where each frame is a GOP."""


def check_gops(path: Path, most: int) -> list[int]:
    """Compare the frames of the first GOPs, and return the indices of those frames."""
    seen: list[int] = []
    with Media(path) as media:
        for (packets, codec), _ in zip(gops_of(path), range(most), strict=False):
            data = mini_file(packets, codec)
            assert num_frames_of(data) == packets.count
            frames = frames_of(data, packets.count)[packets.frames >= 0]
            indices = packets.frames[packets.frames >= 0].tolist()
            assert np.array_equal(frames, media.frames_by_index(indices).data)
            seen += indices
    return seen


@pytest.mark.parametrize(("coding", "container"), CASES, ids=lambda word: str(word))
def test_a_gop_decodes_to_the_frames_of_its_file(coding: str, container: str) -> None:
    is_intra = coding == "mjpeg"
    seen = check_gops(file_of(coding, container), MOST_GOPS if is_intra else NUM_FRAMES)
    assert sorted(seen) == list(range(MOST_GOPS if is_intra else NUM_FRAMES))


SHARED = {
    "exo_roadtrip-vp92-10bit.webm": "VP9 of 10 bits with hidden packets of their own",
    "exo_sample_h265.ts": "HEVC between start codes",
    "gr_b_mpeg4_mp3.avi": "MPEG-4 without private data",
    "h5_Chrome_ImF_start33ms.webm": "VP8 of a browser",
    "mb_av1-aac.avi": "AV1 in AVI",
    "mb_vp9-vorbis.avi": "VP9 in AVI",
    "tc_h264_10bits.mp4": "H.264 of 10 bits",
    "tc_av1_video.mkv": "AV1 in Matroska",
}
"""Of the torture folder, by what they are."""


@pytest.mark.parametrize("name", SHARED)
def test_a_gop_of_a_shared_file_decodes_to_its_frames(name: str) -> None:
    if why := made.why_no_shared():
        pytest.skip(why)
    assert check_gops(made.shared_folder() / "torture" / name, 1)


MADE = [
    "open_gop.mp4",
    "raw_es.h264",
    "mp3.avi",
    "gray.mp4",
    "hevc10.mp4",
    "fullrange.mp4",
    "ts_33bit_wrap_at_8p7s.ts",
    "remux.flv",
]


@pytest.mark.parametrize("name", MADE)
def test_a_gop_of_a_made_file_decodes_to_its_frames(name: str) -> None:
    if why := made.why_none():
        pytest.skip(why)
    assert len(check_gops(made.make() / name, 2)) > 50


def test_a_gop_with_intra_refresh_is_the_one_that_does_not_decode_alone() -> None:
    if why := made.why_none():
        pytest.skip(why)
    assert set(right_alone(made.make() / "intra_refresh_no_idr.mp4")) == {False, True}


def test_a_gop_whose_keyframe_is_none_does_not_decode_alone() -> None:
    if why := made.why_no_shared():
        pytest.skip(why)
    is_right = right_alone(made.shared_folder() / "torture" / "mb_bad-keyframe-flags.mp4")
    assert is_right[0]
    assert not any(is_right[1:])


def right_alone(path: Path) -> list[bool]:
    """For each GOP, whether it decodes alone to the frames that ffmpeg's command line decodes in order; facts must say it."""
    stream = ffprobe.stream_of(path, "video", None)
    hashes = frame_hashes(path, stream.index, (stream.height, stream.width), native=True)
    is_right = []
    for packets, codec in gops_of(path):
        data = mini_file(packets, codec)
        with Media(io.BytesIO(data), on_error="mask") as mini:
            frames = mini.frames_by_index(range(min(num_frames_of(data), packets.count))).data
        alone = [hashlib.sha256(frame.tobytes()).hexdigest() for frame in frames]
        expected = [hashes[index] if index >= 0 else None for index in packets.frames.tolist()]
        has_all = len(alone) == len(expected)
        is_right.append(has_all and all(wanted in (None, found) for found, wanted in zip(alone, expected, strict=True)))
        assert facts_of(packets, codec).has_intra_refresh != is_right[-1]
    return is_right
