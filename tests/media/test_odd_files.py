"""Files with nothing to decode, or that change on the way: what each must give."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emos_io import DecodeError, Media, NoSuchTrack, SourceUnreadable, Span, TimeOutOfRange
from oracle import catalog, ffmpeg_audio, ffmpeg_frames
from oracle.ffmpeg_frames import sha256

pytestmark = pytest.mark.reference


@pytest.mark.parametrize("folder", ["talking", "torture", "made"])
def test_every_file_is_listed(folder: str, shared_media: Path, made_media: Path) -> None:
    where = made_media if folder == "made" else shared_media / folder
    there = sorted(f"{folder}/{path.name}" for path in where.iterdir() if path.name != ".done")
    assert there == sorted(name for name in catalog.ALL if name.startswith(f"{folder}/"))


def test_every_file_is_in_one_list_of_frames() -> None:
    lists = [catalog.FRAMES, catalog.NO_MEDIUM, catalog.UNDECODABLE, catalog.DAMAGED, catalog.CHANGING]
    named = [name for each in (*lists, catalog.NO_FRAMES) for name in each]
    assert sorted(named) == sorted(catalog.ALL)


@pytest.mark.parametrize("name", catalog.NO_MEDIUM)
def test_what_is_no_medium_is_unreadable(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    with pytest.raises(SourceUnreadable) as caught:
        Media(path)
    assert isinstance(caught.value, OSError)
    assert path.name in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("name", catalog.NO_FRAMES)
def test_without_a_video_track_frames_are_an_error_and_windows_have_none(
    name: str, media_path: Callable[[str], Path]
) -> None:
    media = Media(media_path(name))
    assert media.metadata.video is None
    with pytest.raises(NoSuchTrack):
        media.frames_played_at([0])
    with pytest.raises(NoSuchTrack):
        media.frames_by_index([0])
    with pytest.raises(NoSuchTrack):
        _ = media.timeline
    window = media.window(Span(0, 1), fps=4)
    assert window.video is None and len(window.video_valid) == 0


@pytest.mark.parametrize("name", catalog.SOUNDLESS)
def test_without_an_audio_track_audio_is_an_error_and_windows_have_none(
    name: str, media_path: Callable[[str], Path]
) -> None:
    media = Media(media_path(name), on_error="mask")
    assert media.metadata.audio is None
    with pytest.raises(NoSuchTrack):
        media.samples_in(Span(0, 1))
    window = media.window(Span(0, Fraction(1, 10)), fps=4, size=(8, 8))
    assert window.audio is None and len(window.audio_valid) == 0


@pytest.mark.parametrize("name", ["made/cover_art_audio_only.m4a", "made/cover_art_second_video.mp4"])
def test_a_cover_image_is_no_video(name: str, media_path: Callable[[str], Path]) -> None:
    media = Media(media_path(name))
    covers = [track for track in media.metadata.tracks if track.codec in ("mjpeg", "png")]
    assert len(covers) == 1 and covers[0].start is None
    assert media.metadata.video is None or media.metadata.video.codec == "h264"


def test_subtitles_alone_have_no_duration(media_path: Callable[[str], Path]) -> None:
    media = Media(media_path("torture/exo_full_blocks.mkv"))
    assert media.metadata.video is None and media.metadata.audio is None
    assert media.metadata.duration == 0
    assert {track.kind for track in media.metadata.tracks} == {"subtitle"}


@pytest.mark.parametrize("name", catalog.UNDECODABLE)
def test_a_video_track_of_which_nothing_decodes_is_marked(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    assert ffmpeg_frames.hashes(path, (32, 32)) == []
    media = Media(path, on_error="mask")
    video = media.metadata.video
    assert video is not None
    window = media.window(Span(0, 2), fps=4, size=(32, 32))
    assert window.video is not None and window.video.data.shape == (8, 32, 32, 3)
    assert not window.video_valid.any() and not window.video.data.any()
    assert window.audio is not None and window.audio_valid.any()
    strict = Media(path)
    with pytest.raises((DecodeError, TimeOutOfRange)):
        strict.frames_played_at([1], size=(32, 32))


AAC_SAMPLES = 2 * 1024
"""Two AAC frames: the last before the change may lack its overlap."""
MOSTLY = 0.99
"""Of the samples are valid: a packet may be missing where files were joined."""
LOUD = 0.1
"""Of full scale; silence is zeros."""
CONCATENATED = "made/concat_ts_size_and_rate_change_and_time_reset.ts"


def test_after_a_change_of_size_frames_take_the_size_of_the_first(media_path: Callable[[str], Path]) -> None:
    path = media_path(CONCATENATED)
    media = Media(path, on_error="mask")
    assert media.metadata.video is not None
    assert (media.metadata.video.height, media.metadata.video.width) == (360, 640)
    frames = media.frames_by_index(range(250))
    assert [sha256(frame) for frame in frames.data] == ffmpeg_frames.hashes(path)
    small = media.frames_by_index(range(250), size=(224, 224))
    assert [sha256(frame) for frame in small.data] == ffmpeg_frames.hashes(path, (224, 224))


def test_after_a_jump_of_the_clock_time_goes_on_with_a_warning(media_path: Callable[[str], Path]) -> None:
    media = Media(media_path(CONCATENATED), on_error="mask")
    timeline = media.timeline
    assert len(timeline) == 250
    assert {int(each) * timeline.time_base for each in timeline.duration} == {Fraction(1, 25)}
    assert any("jump" in warning for warning in media.metadata.warnings)


def test_audio_of_another_rate_goes_on(media_path: Callable[[str], Path]) -> None:
    media = Media(media_path(CONCATENATED))
    audio = media.samples_in(Span(0, 10))
    assert audio.sample_rate == 48_000
    # 5 s of AAC at 48 kHz, then 5 s at 44.1 kHz, whose first packets the cut takes along.
    assert audio.valid[: 10 * 48_000 - 2 * AAC_SAMPLES].mean() > MOSTLY
    assert np.abs(audio.data[:, 7 * 48_000 : 9 * 48_000]).max() > LOUD
    assert any("from 48000 Hz" in warning and "to 44100 Hz" in warning for warning in media.metadata.warnings)


def test_a_file_whose_header_lies_about_its_length_is_counted(media_path: Callable[[str], Path]) -> None:
    # The header claims 40 hours.
    path = media_path("torture/exo_sample_fragmented.mp4")
    media = Media(path)
    assert media.metadata.duration < 2
    assert media.metadata.video is not None and media.metadata.video.num_frames == 30
    assert len(list(media.windows(length=1, size=(8, 8)))) == 2


def test_of_several_tracks_the_chosen_is_read(media_path: Callable[[str], Path]) -> None:
    path = media_path("torture/tc_nasa_13013.mp4")
    best = Media(path)
    assert best.metadata.video is not None and best.metadata.audio is not None
    for index in (track.index for track in best.metadata.tracks if track.kind == "video"):
        media = Media(path, video=index, audio=False)
        assert media.metadata.video is not None and media.metadata.video.index == index
        expected = ffmpeg_frames.hashes(path, (64, 64), index=index)
        frames = media.frames_by_index([5, 100, -1], size=(64, 64))
        assert [sha256(frame) for frame in frames.data] == [expected[index] for index in (5, 100, -1)]
    for index in (track.index for track in best.metadata.tracks if track.kind == "audio"):
        media = Media(path, video=False, audio=index)
        waveform = ffmpeg_audio.samples(path, index=index)
        track = media.metadata.audio
        assert track is not None and track.start is not None and track.end is not None
        ours = media.samples_in(Span(track.start, track.end))
        assert ours.data.shape == waveform.shape
    assert Media(path, audio="eng").metadata.audio is not None
    with pytest.raises(NoSuchTrack):
        Media(path, audio="tlh")
    with pytest.raises(NoSuchTrack):
        Media(path, video=99)
    with pytest.raises(NoSuchTrack):
        Media(path, video=best.metadata.audio.index)
