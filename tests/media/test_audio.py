"""The audio track of every file: where ffmpeg puts it, and bit-equal to ffmpeg's where that is promised."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from emos_io import AudioSamples, AudioTrack, Media, Span
from oracle import catalog, clips, coded_audio, ffmpeg_audio, ffprobe
from oracle.coded_audio import OPUS_TOLERANCE, CodedAudio

pytestmark = pytest.mark.reference

LIKE = 0.97
"""Where no sample is promised, the audio still has to be the same audio at the same time: normalised correlation."""

LONGEST_ROUNDING_SECONDS = 0.001
"""A tick of the container through which the made files went."""
GAP_EDGE_SECONDS = 2 * 1024 / 44_100
"""How far the edge of a gap may lie from the cut: packets were joined at most two AAC frames from it."""
LENGTH_SAMPLES = 1
"""The resampler rounds the length up, the grid of samples to the nearest."""

HISTORY = ("ac3", "eac3")
"""Codecs without a claim: their decoders dither from a generator that never begins anew."""

FORMATS = pytest.mark.parametrize(
    ("rate", "mono"), [(16_000, True), (48_000, False), (None, True)], ids=["16k_mono", "48k", "mono"]
)
CODED = pytest.mark.parametrize("audio", coded_audio.CODED, ids=lambda audio: audio.name)


def all_samples(media: Media, rate: int | None = None, channels: int | None = None) -> AudioSamples:
    """All samples of the audio track."""
    track = _track(media)
    assert track.start is not None and track.end is not None
    return media.samples_in(Span(track.start, track.end), sample_rate=rate, num_channels=channels)


def _track(media: Media) -> AudioTrack:
    track = media.metadata.audio
    assert track is not None
    return track


def _sample_at(time: Fraction, rate: int) -> int:
    exact = time * rate + Fraction(1, 2)
    return exact.numerator // exact.denominator


def alike(ours: npt.NDArray[np.float32], theirs: npt.NDArray[np.float32]) -> bool:
    """Whether two signals are the same sound."""
    a, b = ours.astype(np.float64).ravel(), theirs.astype(np.float64).ravel()
    power = np.sqrt((a @ a) * (b @ b))
    return bool(power == 0 or (a @ b) / power > LIKE)


@pytest.mark.parametrize(
    "name", [name for name in catalog.CODED if name not in (*catalog.UNTIMED_AUDIO, *catalog.UNSTEADY_AUDIO)]
)
def test_the_track_is_ffmpegs_with_gaps_where_its_times_jump(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path, video=False)
    track = _track(media)
    first, expected, valid = ffmpeg_audio.placed(path, track.index)
    ours = all_samples(media)
    assert ours.sample_rate == ffprobe.streams(path)[track.index].sample_rate
    # The first sample sits at sample_at(track start); ffprobe rounds that start to the track's clock.
    assert abs(ours.first_sample - first) <= ours.sample_rate * track.time_base
    assert ours.data.shape == expected.shape
    assert np.array_equal(ours.valid, valid)
    assert not ours.data[:, ~ours.valid].any()
    if track.codec in HISTORY or (track.codec == "aac" and ffmpeg_audio.depends_on_history(path, track.index)):
        assert alike(ours.data, expected)
    elif track.codec == "opus":
        assert np.abs(ours.data - expected).max() <= OPUS_TOLERANCE
    else:
        assert np.array_equal(ours.data, expected)


@pytest.mark.parametrize("name", catalog.UNTIMED_AUDIO)
def test_audio_with_useless_times_lies_end_to_end(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path, video=False)
    ours, expected = all_samples(media), ffmpeg_audio.samples(path, index=_track(media).index)
    assert ours.valid.all()
    assert alike(ours.data, expected[:, : ours.data.shape[1]]) and ours.data.shape == expected.shape


@pytest.mark.parametrize(
    ("name", "gaps"),
    [
        ("made/gap_audio_10_12s.mp4", [(10, 12)]),
        ("made/gap_audio_10_12s.mkv", [(10, 12)]),
        ("made/gap_both_5s_at_15s.mp4", [(15, 20)]),
        ("made/gap_both_5s_at_15s.mkv", [(15, 20)]),
    ],
)
def test_a_gap_is_silent_and_invalid(name: str, gaps: list[tuple[int, int]], media_path: Callable[[str], Path]) -> None:
    audio = all_samples(Media(media_path(name)))
    holes = [
        (before[1] / audio.sample_rate, after[0] / audio.sample_rate)
        for before, after in zip(audio.valid_ranges, audio.valid_ranges[1:], strict=False)
    ]
    # The times of these files also step by fractions of a millisecond, by which ffmpeg rounded them.
    holes = [(begin, end) for begin, end in holes if end - begin > LONGEST_ROUNDING_SECONDS]
    assert len(holes) == len(gaps)
    for hole, gap in zip(holes, gaps, strict=True):
        assert np.abs(np.subtract(hole, gap)).max() <= GAP_EDGE_SECONDS


@CODED
def test_each_codec_and_container_equals_one_linear_decode(audio: CodedAudio) -> None:
    path = audio.make()
    media = Media(path)
    ours, expected = all_samples(media), ffmpeg_audio.samples(path)
    assert ours.valid.all()
    assert ours.data.shape == expected.shape
    if audio.claim == "exact":
        assert np.array_equal(ours.data, expected)
    elif audio.claim == "opus":
        assert np.abs(ours.data - expected).max() <= OPUS_TOLERANCE
    else:
        assert alike(ours.data, expected)


@FORMATS
@CODED
def test_the_resampled_track_is_the_native_one_resampled_once(audio: CodedAudio, rate: int | None, mono: bool) -> None:
    path = audio.make()
    media = Media(path)
    if audio.claim == "exact":
        expected = ffmpeg_audio.samples(path, rate=rate, mono=mono)
    else:
        # No other authority has the same native samples, but the resampler is given ours.
        native = all_samples(media)
        expected = ffmpeg_audio.resample(native.data, native.sample_rate, rate or native.sample_rate, mono=mono)
    ours = all_samples(media, rate, 1 if mono else None)
    length = min(ours.data.shape[1], expected.shape[1])
    assert np.array_equal(ours.data[:, :length], expected[:, :length])
    assert abs(ours.data.shape[1] - expected.shape[1]) <= LENGTH_SAMPLES
    assert ours.first_sample == _sample_at(_track(media).start or Fraction(0), ours.sample_rate)


@pytest.mark.parametrize(
    "name",
    [
        "talking/en_grid_bbaf2n_3s.mpg",
        "talking/en_pliers_obama_speech_9s.mp4",
        "talking/xx_pyfeat_single_face_2s.mp4",
        "torture/tc_sine_mono_s32_8000.wav",
        "torture/sk_bigbuckbunny_51.mp4",
        "made/novideo.flac",
        "made/pcm24_96k.mov",
        "made/pcm_u8_11025.wav",
        "made/mono8k.mp4",
    ],
)
@FORMATS
def test_the_resampled_track_equals_ffmpegs(
    name: str, rate: int | None, mono: bool, media_path: Callable[[str], Path]
) -> None:
    path = media_path(name)
    expected = ffmpeg_audio.samples(path, rate=rate, mono=mono)
    ours = all_samples(Media(path, video=False), rate, 1 if mono else None)
    length = min(ours.data.shape[1], expected.shape[1])
    assert abs(ours.data.shape[1] - expected.shape[1]) <= LENGTH_SAMPLES
    assert np.array_equal(ours.data[:, :length], expected[:, :length])


@pytest.mark.parametrize(
    "name", ["made/gap_audio_10_12s.mp4", "made/audio_late_1500ms.mp4", "made/gap_both_5s_at_15s.mkv"]
)
def test_gaps_are_zeros_before_resampling(name: str, media_path: Callable[[str], Path]) -> None:
    media = Media(media_path(name), video=False)
    native = all_samples(media)
    ours = all_samples(media, 16_000, 1)
    expected = ffmpeg_audio.resample(native.data, native.sample_rate, 16_000, mono=True)
    length = min(ours.data.shape[1], expected.shape[1])
    # The filter rings into the gap, as ffmpeg's does; validity says which samples have a source.
    assert np.array_equal(ours.data[:, :length], expected[:, :length])
    ours_valid = ours.valid[:length]
    # A resampled sample is valid where its time lies in a valid segment.
    times = [(ours.first_sample + n) * native.sample_rate / 16_000 - native.first_sample for n in range(length)]
    inside = native.valid[np.clip(np.floor(times).astype(int), 0, len(native) - 1)]
    assert (inside != ours_valid).sum() <= 2 * len(native.valid_ranges)


CODING_NOISE = 0.05
"""Share of the amplitude that noise substitution, drawn anew for each channel, leaves where two channels cancel."""


def test_mono_is_half_left_and_half_right(media_path: Callable[[str], Path]) -> None:
    cancelled = Media(media_path("made/stereo_antiphase_downmix_is_silence.mp4"))
    left, middle = all_samples(cancelled).data[0], all_samples(cancelled, None, 1).data[0]
    assert np.std(middle) < CODING_NOISE * np.std(left)
    path = media_path("made/stereo_left_only.mp4")
    both, mono = all_samples(Media(path)), all_samples(Media(path), None, 1)
    half = np.float32(0.5)
    assert np.array_equal(mono.data[0], half * both.data[0] + half * both.data[1])


CLICK = "if(eq(mod(n,4800),2400),0.9,0)"
CLICKED = {
    "aac.m4a": "-c:a aac -aac_pns 0",
    "aac.mkv": "-c:a aac -aac_pns 0",
    "mp3.mp3": "-c:a libmp3lame -b:a 128k",
    "mp3.mp4": "-c:a libmp3lame -b:a 128k",
    "opus.ogg": "-c:a libopus",
    "opus.webm": "-c:a libopus",
    "opus.mp4": "-c:a libopus",
    "vorbis.ogg": "-c:a libvorbis",
    "flac.flac": "-c:a flac",
    "pcm.wav": "-c:a pcm_s16le",
}


# FFmpeg 5.1 writes no codec delay for AAC in Matroska: nothing tells a reader to drop the first frame.
KEPT_DELAY = {"aac.mkv": 1024}


@pytest.mark.parametrize("name", CLICKED)
def test_clicks_land_where_they_were_put(name: str) -> None:
    """Encoder delay and padding are taken off: edit list, Xing and LAME header, OpusHead, codec delay."""
    source = f"aevalsrc='{CLICK}':s=48000:d=4"
    path = clips.make(["-f", "lavfi", "-i", source, *CLICKED[name].split()], f".{name.partition('.')[2]}")
    ours, theirs = all_samples(Media(path)), ffmpeg_audio.samples(path)
    assert ours.first_sample == 0 and ours.data.shape == theirs.shape
    wanted = [2400 + 4800 * k + KEPT_DELAY.get(name, 0) for k in range(40)]
    for signal in (ours.data, theirs):
        near = [int(np.argmax(np.abs(signal[0, peak - 300 : peak + 300]))) - 300 for peak in wanted]
        assert near == [0] * 40
