"""Lengths, times of frames, keyframes and codecs, by ffprobe, PyAV and emos_io.Media."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from synthesize_help import LENGTHS, MS, RATE, Decoded, ffprobe, monologue, starts

from emos_io import Media
from emos_io.corpus import Corpus
from emos_io.synthesize import SynthesizedFile, frame_times, synthesize

NAMES = list(LENGTHS)


@pytest.mark.parametrize("name", NAMES)
def test_file_and_both_tracks_are_as_long_as_published(made: dict[str, SynthesizedFile], name: str) -> None:
    probed = ffprobe(Path(made[name].path), "-show_format", "-show_streams")
    assert Fraction(probed["format"]["duration"]) == Fraction(LENGTHS[name])
    for stream in probed["streams"]:
        assert stream["duration_ts"] * Fraction(stream["time_base"]) == Fraction(LENGTHS[name])
        assert Fraction(stream["start_time"]) == 0


@pytest.mark.parametrize("name", NAMES)
def test_media_sees_the_published_length(made: dict[str, SynthesizedFile], name: str) -> None:
    metadata = Media(made[name].path).metadata
    assert metadata.duration == made[name].seconds == Fraction(LENGTHS[name])
    assert [track.kind for track in metadata.tracks] == ["video", "audio"]
    assert {track.start for track in metadata.tracks} == {0}
    assert {track.end for track in metadata.tracks} == {Fraction(LENGTHS[name])}
    assert metadata.warnings == ()


@pytest.mark.parametrize("name", NAMES)
def test_samples_are_as_many_as_the_length_has(media: dict[str, Decoded], name: str) -> None:
    assert media[name].audio_start == 0
    assert len(media[name].waveform) == Fraction(LENGTHS[name]) * RATE


@pytest.mark.parametrize("name", NAMES)
def test_frames_begin_at_frame_times(made: dict[str, SynthesizedFile], media: dict[str, Decoded], name: str) -> None:
    times = starts(name)
    assert frame_times(Fraction(LENGTHS[name]), variable=name == "Variable") == times
    assert media[name].times == times
    timeline = Media(made[name].path).timeline
    assert [int(pts) * timeline.time_base for pts in timeline.pts] == times
    ends = [*times[1:], Fraction(LENGTHS[name])]
    lasting = [end - start for start, end in zip(times, ends, strict=True)]
    assert [int(each) * timeline.time_base for each in timeline.duration] == lasting


def test_the_fifth_has_a_variable_rate(made: dict[str, SynthesizedFile], media: dict[str, Decoded]) -> None:
    assert [each.fps for each in made.values()] == ["25", "25", "25", "25", "variable"]
    times = media["Variable"].times
    gaps = {after - before for before, after in pairwise(times)}
    assert gaps == {20 * MS, 40 * MS, 60 * MS}


def test_the_rate_does_not_depend_on_which_are_made(
    corpus: Corpus, made: dict[str, SynthesizedFile], tmp_path: Path
) -> None:
    (alone,) = synthesize(corpus, tmp_path, only=["streaming/Variable"], speech="tones")
    assert alone.fps == "variable"
    assert Path(alone.path).read_bytes() == Path(made["Variable"].path).read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_a_keyframe_every_two_seconds(media: dict[str, Decoded], name: str) -> None:
    times = media[name].times
    firsts = {next((time for time in times if time >= second), times[-1]) for second in range(0, 8, 2)}
    keys = {time for time, key in zip(times, media[name].keys, strict=True) if key}
    assert keys == firsts | {times[-1]}


@pytest.mark.parametrize("name", NAMES)
def test_codecs_are_h264_with_reordering_and_aac(made: dict[str, SynthesizedFile], name: str) -> None:
    video, audio = ffprobe(Path(made[name].path), "-show_streams")["streams"]
    assert (video["codec_name"], video["pix_fmt"], video["width"], video["height"]) == ("h264", "yuv420p", 320, 180)
    assert video["has_b_frames"] > 0
    assert (video["color_space"], video["color_range"]) == ("bt709", "tv")
    assert (audio["codec_name"], audio["sample_rate"], audio["channels"]) == ("aac", str(RATE), 1)


@pytest.mark.parametrize("variable", [False, True])
def test_every_length_down_to_one_frame_is_exact(tmp_path: Path, variable: bool) -> None:
    # One frame, just over it, full AAC packets (64 and 640 ms), just below and above a keyframe.
    lengths = ["0.04", "0.041", "0.061", "0.064", "0.64", "0.999", "1.999", "2.001", "2.041", "2.56"]
    fillers = [monologue(f"f{number}", "1") for number in range(5 * len(lengths))]
    for group, text in enumerate(lengths):
        fillers[5 * group + (4 if variable else 0)] = monologue(f"m{text}", text, sentences="0 0.03 A")
    only = [f"m{text}" for text in lengths]
    for each in synthesize(Corpus(monologues=fillers), tmp_path, only=only, speech="tones", size=(60, 96)):
        assert each.fps == ("variable" if variable else "25")
        length = Fraction(Path(each.path).stem[1:])
        probed = ffprobe(Path(each.path), "-show_format", "-show_streams")
        lengths_found = {stream["duration_ts"] * Fraction(stream["time_base"]) for stream in probed["streams"]}
        assert lengths_found | {Fraction(probed["format"]["duration"]), each.seconds} == {length}
        metadata = Media(each.path).metadata
        assert {metadata.duration, *(track.end for track in metadata.tracks)} == {length}
        assert metadata.video and metadata.video.num_frames == len(frame_times(length, variable=variable))


def test_max_seconds_cuts_longer_ones_only(corpus: Corpus, tmp_path: Path) -> None:
    listed = synthesize(corpus, tmp_path, only=["Gaps", "Round"], max_seconds="61/20", speech="tones")
    assert [each.seconds for each in listed] == [Fraction(61, 20), Fraction("2.048")]
    assert [Media(each.path).metadata.duration for each in listed] == [Fraction(61, 20), Fraction("2.048")]


def test_what_is_made_is_in_the_order_of_the_corpus(corpus: Corpus, tmp_path: Path) -> None:
    listed = synthesize(corpus, tmp_path, only=["Round", "streaming/Silent", "Round"], max_seconds=1, speech="tones")
    assert [each.key for each in listed] == ["streaming/Silent", "streaming/Round"]


def test_without_a_published_path_the_key_names_the_file(tmp_path: Path) -> None:
    who = replace(monologue("Own", "1"), published_path=None)
    (each,) = synthesize(Corpus(monologues=[who]), tmp_path, speech="tones")
    assert Path(each.path) == tmp_path / "streaming" / "Own.mp4"
    assert Path(each.path).is_file()


def test_an_empty_corpus_makes_an_empty_folder(tmp_path: Path) -> None:
    assert synthesize(Corpus(), tmp_path / "out") == []
    assert list((tmp_path / "out").iterdir()) == []
