"""What is decoded, counted rather than timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emos_io import Media, Span

pytestmark = pytest.mark.reference

MediaPath = Callable[[str], Path]

GROUPS_REACH_INTO_THE_NEXT = 1.35
"""Frames decoded over frames of the clip: a closed group is decoded once, but leading frames behind its end need
the next sync frame a second time, and short groups of speech clips have many ends."""
ANCHOR_COST = 1.10
"""Audio packets decoded over packets of the track, by the issue of what anchors may cost."""


def test_overlapping_windows_convert_each_frame_once(media_path: MediaPath) -> None:
    media = Media(media_path("made/base_en_grid_30s.mp4"), audio=False)
    handed_out = sum(len(w.video) for w in media.windows(length=4, hop=1, size=(32, 32)) if w.video is not None)
    counters = media.counters
    assert counters["frames_delivered"] == 750
    assert handed_out > 2_500
    assert counters["frames_decoded"] <= GROUPS_REACH_INTO_THE_NEXT * 750


def test_frames_that_nobody_needs_are_not_decoded(media_path: MediaPath) -> None:
    media = Media(media_path("made/open_gop.mp4"), audio=False)
    media.frames_in(Span(0, 30), fps=2, size=(32, 32))
    counters = media.counters
    assert counters["packets_skipped"] > 0
    assert counters["frames_decoded"] < 750


@pytest.mark.parametrize(
    "name", ["open_gop.mp4", "base_en_grid_30s.mp4", "hevc10.mp4", "interlaced_bff_mpeg2_sar8_9.mpg", "mp3.avi"]
)
def test_frames_between_skipped_ones_are_those_of_a_full_pass(media_path: MediaPath, name: str) -> None:
    path = media_path(f"made/{name}")
    sparse, full = Media(path, audio=False), Media(path, audio=False)
    count = full.metadata.video.num_frames if full.metadata.video else 0
    everything = full.frames_by_index(range(count), size=(48, 64)).data
    for step, offset in ((5, 1), (11, 4), (3, 2)):
        wanted = list(range(offset, count, step))
        assert np.array_equal(sparse.frames_by_index(wanted, size=(48, 64)).data, everything[wanted])


@pytest.mark.parametrize("num_threads", [1, 2, 8])
def test_any_number_of_threads_gives_the_same(media_path: MediaPath, num_threads: int) -> None:
    path = media_path("made/sync_2997fps_60s.mp4")
    one = Media(path, num_threads=1).frames_in(Span(3, 20), fps=3, size=(40, 40))
    many = Media(path, num_threads=num_threads).frames_in(Span(3, 20), fps=3, size=(40, 40))
    assert np.array_equal(one.data, many.data)
    assert one.times == many.times


@pytest.mark.parametrize(
    "name", ["base_en_grid_30s.mp4", "novideo_vbr.mp3", "novideo.opus", "vp8_vorbis.webm", "novideo.flac", "remux.ts"]
)
def test_anchors_cost_at_most_a_tenth_more_packets(media_path: MediaPath, name: str) -> None:
    media = Media(media_path(f"made/{name}"), video=False)
    track = media.metadata.audio
    assert track is not None
    assert track.start is not None
    assert track.end is not None
    before = media.counters["audio_packets_decoded"]
    assert before == 0
    media.samples_in(Span(track.start, track.end))
    once = media.counters["audio_packets_decoded"]
    media.samples_in(Span(track.start, track.end), sample_rate=16_000, num_channels=1)
    assert media.counters["audio_packets_decoded"] == once, "what was decoded is kept"
    frame = {"aac": 1024, "mp3": 1152, "opus": 960, "flac": 4608, "vorbis": 576}[track.codec]
    packets = float(track.end - track.start) * track.sample_rate / frame
    assert once <= ANCHOR_COST * packets + 32, f"{once} packets for about {packets:.0f}"
