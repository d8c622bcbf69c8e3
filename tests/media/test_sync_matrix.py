"""Flash and click stand as far apart as the packets say: containers, frame rates, B-frames, audio codecs."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emos_io import Media, Span
from oracle.remember import ffmpeg_version
from oracle.sync_clips import FLASHES, MUXERS, SyncClip, covering, every_clip
from oracle.sync_times import LOUD, WHITE, onsets, sync_times

pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on the path, which makes the clips"),
]

AT_MOST = Fraction(1, 1000)
"""Audio never stands farther from the smoothed clock of its packets; containers round their times to 1 ms."""


@dataclass(frozen=True)
class Refusal:
    """What ffmpeg 5.1 does not put into some kinds of container."""

    containers: tuple[str, ...]
    audio: str
    rates: tuple[int, ...]
    why: str

    def covers(self, clip: SyncClip) -> bool:
        """Whether a clip is one of these."""
        return clip.container in self.containers and clip.audio == self.audio and clip.rate in self.rates

    def __str__(self) -> str:
        return f"{self.containers[0]}-{self.audio}"


MP4 = tuple(name for name in MUXERS if name.startswith("mp4"))
MOV = tuple(name for name in MUXERS if name.startswith("mov"))
MOOV_FIRST = tuple(name for name in MP4 if "fragments" in name and name != "mp4-fragments-edits")
BOTH = (48_000, 44_100)
OF_OPUS = (48_000,)
REFUSED = [
    Refusal(MP4, "pcm", BOTH, "the muxer has no tag for PCM"),
    Refusal(MOOV_FIRST, "ac3", BOTH, "the header of MP4 needs a packet of AC-3, and is written before the first"),
    Refusal(MOV, "opus", OF_OPUS, "the muxer writes Opus in MP4 alone"),
    Refusal(("webm",), "aac", BOTH, "WebM holds Vorbis and Opus"),
    Refusal(("webm",), "mp3", BOTH, "WebM holds Vorbis and Opus"),
    Refusal(("webm",), "ac3", BOTH, "WebM holds Vorbis and Opus"),
    Refusal(("webm",), "pcm", BOTH, "WebM holds Vorbis and Opus"),
    Refusal(("ts",), "pcm", BOTH, "written as private data, which no demuxer takes for audio"),
    Refusal(("flv",), "opus", OF_OPUS, "FLV has no number for Opus"),
    Refusal(("flv",), "ac3", BOTH, "FLV has no number for AC-3"),
    Refusal(("flv",), "pcm", (48_000,), "FLV has no number for 48 kHz; AAC and MP3 say theirs themselves"),
    Refusal(("avi",), "opus", OF_OPUS, "the muxer has no tag for Opus"),
    Refusal(("asf",), "opus", OF_OPUS, "the muxer has no tag for Opus"),
]
NUM_REFUSED = 780
"""Combinations that the table leaves out of the whole product."""

PAIRS = [*itertools.combinations(range(5), 2), (0, 3, 4)]
"""Fields of a clip of which all values come together: two and two; container, codec and sample rate."""
TRIPLES = [*PAIRS, (0, 1, 2), (0, 1, 3)]
"""And the frame rates of each container with each number of B-frames and each codec."""

EVERY = every_clip()
MADE = [clip for clip in EVERY if not any(refusal.covers(clip) for refusal in REFUSED)]
CHOSEN = covering(MADE, PAIRS)
SLOW = [pytest.param(clip, marks=pytest.mark.slow) for clip in covering(MADE, TRIPLES) if clip not in set(CHOSEN)]


def test_the_table_of_refused_combinations_is_counted() -> None:
    assert len(EVERY) - len(MADE) == NUM_REFUSED
    assert all(any(refusal.covers(clip) for clip in EVERY) for refusal in REFUSED)


@pytest.mark.parametrize("refusal", REFUSED, ids=str)
def test_ffmpeg_refuses_what_the_table_lists(refusal: Refusal, tmp_path: Path) -> None:
    if "version 5.1" not in ffmpeg_version():
        pytest.skip("the table is that of ffmpeg 5.1; newer ones take more")
    # What a muxer takes does not depend on frame rate and order. That it takes all the rest is seen where clips are made.
    alike = [clip for clip in EVERY if refusal.covers(clip) and (clip.fps, clip.b_frames) == (25, 0)]
    assert alike and all(clip.is_refused(tmp_path) for clip in alike)


@pytest.mark.parametrize("clip", [*CHOSEN, *SLOW], ids=str)
def test_flash_and_click_stand_as_far_apart_as_the_packets_say(clip: SyncClip) -> None:
    path = clip.make()
    expected = sync_times(path)
    # The order and the spacing of the source.
    assert expected.flash_frames == tuple(second * clip.fps for second in FLASHES)
    assert len(expected.clicks) == len(FLASHES)
    flashes, clicks = _flashes_and_clicks(path)
    assert len(flashes) == len(clicks) == len(FLASHES)
    off = [
        (click - flash) - (click_by_packets - flash_by_packets)
        for flash, click, flash_by_packets, click_by_packets in zip(
            flashes, clicks, expected.flashes, expected.clicks, strict=True
        )
    ]
    assert max(map(abs, off)) <= AT_MOST, [f"{float(1000 * each):.3f} ms" for each in off]
    # And both where they stand after what is presented first.
    zero = min(expected.video_start, expected.audio_start)
    for found, by_packets in zip([*flashes, *clicks], [*expected.flashes, *expected.clicks], strict=True):
        assert abs(found - (by_packets - zero)) <= AT_MOST


def _flashes_and_clicks(path: Path) -> tuple[list[Fraction], list[Fraction]]:
    """When they begin, in media time."""
    media = Media(path)
    video = media.metadata.video
    assert video is not None
    frames = media.frames_by_index(range(video.num_frames))
    waveform = media.samples_in(Span(0, media.metadata.duration))
    bright = onsets(frames.data.mean(axis=(1, 2, 3)) > WHITE, video.num_frames // 20)
    loud = onsets(np.abs(waveform.data[0]) > LOUD, waveform.sample_rate // 2)
    flashes = [pts for pts in (frames.times[index] for index in bright) if pts is not None]
    return flashes, [Fraction(index, waveform.sample_rate) for index in loud]


@pytest.mark.parametrize("container", ["webm", "mkv"])
@pytest.mark.parametrize("fps", [25, 30, 60])
def test_the_rounding_of_a_container_does_not_move_media_zero(container: str, fps: int) -> None:
    # The first packet of Opus says -7 ms, which is -6.5 ms rounded, and 6.5 ms are dropped from it: it is heard at 0.
    path = SyncClip(container, fps, 0, "opus", 48_000).make()
    expected = sync_times(path)
    assert expected.audio_start == 0 < expected.video_start
    metadata = Media(path).metadata
    assert metadata.video is not None and metadata.audio is not None
    assert (metadata.video.start, metadata.audio.start) == (expected.video_start, expected.audio_start)
