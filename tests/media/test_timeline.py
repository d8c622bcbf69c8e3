"""The display timeline against ffprobe: which frames there are, when each appears, where zero is."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from statistics import median_low

import numpy as np
import pytest

from emos_io import AudioTrack, Media, VideoTrack
from oracle import boxes, catalog, ffprobe

pytestmark = pytest.mark.reference

# Copying shifts by the encoder delay, one AAC frame, rounded to the container's clock of at most 1 ms.
ENCODER_DELAY = Fraction(1024, 44100) + Fraction(1, 1000)

TIMED = [name for name in catalog.FRAMES if name not in catalog.UNTIMED_FRAMES]

OWN_DURATION = {
    "talking/xx_pyfeat_face_noface_6s.mov": "with composition offsets FFmpeg takes a nominal frame rate instead",
    "talking/xx_pyfeat_noface_face_6s.mov": "with composition offsets FFmpeg takes a nominal frame rate instead",
    "torture/exo_video_desks.3gp": "its edit list begins late, by which FFmpeg finds the last sample too long",
    "made/av1_opus.mp4": "its edit list ends within the last frame, and FFmpeg cuts that short",
}
"""Files whose last sample lasts, by its table, other than FFmpeg says, and why."""


def _frames(path: Path, index: int) -> list[Fraction]:
    stream = next(s for s in ffprobe.streams(path) if s.index == index)
    return [ticks * stream.time_base for ticks in ffprobe.counted_back(ffprobe.frames(path, index))]


def _media_times(media: Media) -> list[Fraction]:
    timeline = media.timeline
    return [int(pts) * timeline.time_base for pts in timeline.pts]


@pytest.mark.parametrize("name", TIMED)
def test_frames_appear_when_ffprobe_decodes_them(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path)
    assert media.metadata.video is not None
    zero = media.metadata.start_offset
    assert [time + zero for time in _media_times(media)] == _frames(path, media.metadata.video.index)


@pytest.mark.parametrize("name", TIMED)
def test_frames_are_the_sorted_packets_less_those_left_out(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path)
    video = media.metadata.video
    assert video is not None
    packets = [p for p in ffprobe.packets(path, video.index) if not p.discard]
    zero, unit = media.metadata.start_offset, video.time_base
    frames = [(time + zero) / unit for time in _media_times(media)]
    sent = sorted(p.pts for p in packets if p.pts is not None)
    hidden = catalog.PACKETS_WITHOUT_FRAMES.get(name, 0)
    assert len(packets) - len(frames) == hidden
    if hidden and len(sent) == len(packets):
        assert set(frames) <= set(sent)
    else:
        # Packets without a time are the first to appear.
        assert frames[len(frames) - len(sent) :] == sent


@pytest.mark.parametrize("name", TIMED)
def test_frames_last_until_the_next_and_the_last_its_own_duration(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path)
    video = media.metadata.video
    assert video is not None and video.end is not None
    timeline = media.timeline
    steps = np.diff(timeline.pts)
    assert (timeline.duration[:-1] == steps).all()
    last = (int(timeline.pts[-1]) * timeline.time_base + media.metadata.start_offset) / video.time_base
    own = max(p.duration for p in ffprobe.packets(path, video.index) if p.pts == last)
    if name in OWN_DURATION:
        by_table = boxes.composition(path.read_bytes(), video.index)[-1][1]
        assert by_table != own, "FFmpeg now says the same"
        own = by_table
    length = own * video.time_base
    if own == 0 and len(steps):
        length = median_low(int(step) for step in steps if step) * timeline.time_base
    if own or len(steps):
        assert int(timeline.duration[-1]) * timeline.time_base == length
    assert video.end == int(timeline.pts[-1] + timeline.duration[-1]) * timeline.time_base
    assert video.start == int(timeline.pts[0]) * timeline.time_base


@pytest.mark.parametrize("name", sorted({*catalog.FRAMES, *catalog.CODED}))
def test_media_zero_is_the_earliest_presentation_of_all_tracks(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    zero = Media(path).metadata.start_offset
    assert abs(zero - ffprobe.media_zero(path)) <= _rounding(path)


@pytest.mark.parametrize("name", sorted({*catalog.FRAMES, *catalog.CODED}))
def test_media_zero_does_not_depend_on_the_selected_tracks(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    both = Media(path).metadata
    for one in (
        Media(path, video=False).metadata,
        Media(path, audio=False).metadata,
        Media(path, video=False, audio=False).metadata,
    ):
        assert (one.start_offset, one.duration, one.tracks) == (both.start_offset, both.duration, both.tracks)


@pytest.mark.parametrize("name", sorted({*catalog.FRAMES, *catalog.CODED}))
def test_every_track_starts_where_ffprobe_presents_it(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    metadata = Media(path).metadata
    for track in metadata.tracks:
        if track.start is None or not isinstance(track, VideoTrack | AudioTrack):
            continue
        # Of these ffprobe has no times, or no frames.
        if name in (*catalog.UNTIMED_FRAMES, *catalog.UNDECODABLE) and isinstance(track, VideoTrack):
            continue
        presented = ffprobe.presented_start(path, track.index)
        assert presented is not None
        assert abs(track.start + metadata.start_offset - presented) <= _rounding(path)


def _rounding(path: Path) -> Fraction:
    """ffprobe rounds the time at which trimmed sound begins to the clock of its stream, 1 ms in Matroska and FLV."""
    coarse = [s.time_base for s in ffprobe.streams(path) if s.kind == "audio" and s.time_base == Fraction(1, 1000)]
    return max(coarse, default=Fraction(0))


@pytest.mark.parametrize(
    ("name", "late_kind", "late"),
    [
        ("made/audio_late_1500ms.mp4", "audio", Fraction(3, 2)),
        ("made/audio_late_1500ms.mkv", "audio", Fraction(3, 2)),
        ("made/video_late_700ms.mp4", "video", Fraction(7, 10)),
        ("made/video_late_700ms.ts", "video", Fraction(7, 10)),
    ],
)
def test_the_offset_between_audio_and_frames_is_kept(
    name: str, late_kind: str, late: Fraction, media_path: Callable[[str], Path]
) -> None:
    path = media_path(name)
    both = Media(path)
    assert both.metadata.video is not None and both.metadata.audio is not None
    starts = {"video": both.metadata.video.start, "audio": both.metadata.audio.start}
    early_kind = "audio" if late_kind == "video" else "video"
    late_start, early_start = starts[late_kind], starts[early_kind]
    assert late_start is not None and early_start == 0
    assert abs(late_start - late) <= ENCODER_DELAY
    alone = Media(path, audio=False) if early_kind == "audio" else Media(path, video=False)
    chosen = alone.metadata.video if late_kind == "video" else alone.metadata.audio
    assert chosen is not None and chosen.start == late_start


def test_the_earliest_track_counts_even_when_another_is_read(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/video_late_700ms.mp4")
    frames = Media(path, audio=False)
    assert frames.timeline.pts[0] * frames.timeline.time_base == Fraction(7, 10)
