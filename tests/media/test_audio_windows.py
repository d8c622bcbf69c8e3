"""Any window of audio, after any history of requests, is bit-equal to the slice of the full track."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emos_io import AudioSamples, Media, Span
from oracle.coded_audio import CODED, CodedAudio

pytestmark = pytest.mark.reference

RATES = pytest.mark.parametrize(
    ("rate", "channels"), [(None, None), (16_000, 1), (48_000, None)], ids=["native", "16k_mono", "48k"]
)
GAPS = (Fraction(1, 20), Fraction(1, 10), Fraction(1, 2), Fraction(3))
LENGTH = Fraction(7, 10)


def _histories(end: Fraction, seed: str) -> Iterator[tuple[str, list[Fraction]]]:
    """Starts of windows, in the order in which they are asked for."""
    chance = random.Random(seed)
    room = max(end - LENGTH, Fraction(0))

    def anywhere() -> Fraction:
        return room * Fraction(chance.randrange(10**6), 10**6)

    yield "contiguous", [k * LENGTH for k in range(int(end / LENGTH))]
    yield "overlapping", [anywhere() / 4 + k * LENGTH / 2 for k in range(8)]
    for gap in GAPS:
        yield (
            f"gaps of {gap} s",
            [anywhere() / 8 + k * (LENGTH + gap) for k in range(min(8, int(room / (LENGTH + gap))))],
        )
    yield "backward", [room - k * LENGTH * Fraction(9, 10) for k in range(8) if room > k * LENGTH]
    yield "random", [anywhere() for _ in range(20)]
    yield "edges", [-LENGTH / 2, room, end - Fraction(1, 100), Fraction(0), Fraction(-1, 3)]


def _check_slice(full: AudioSamples, part: AudioSamples, case: object) -> None:
    """`part` has the samples of `full` at the same sample numbers, and nothing outside of it."""
    first = part.first_sample - full.first_sample
    begin = min(max(0, -first), len(part))
    inside = slice(begin, max(begin, min(len(part), len(full) - first)))
    source = slice(first + inside.start, first + inside.stop)
    assert np.array_equal(part.data[:, inside], full.data[:, source]), case
    assert np.array_equal(part.valid[inside], full.valid[source]), case
    outside = np.ones(len(part), np.bool_)
    outside[inside] = False
    assert not part.valid[outside].any() and not part.data[:, outside].any(), case


def _check_media(path: Path, rate: int | None, channels: int | None) -> None:
    fresh = Media(path, video=False)
    track = fresh.metadata.audio
    assert track is not None and track.end is not None and track.start is not None
    # Half a second more on both sides: the end of the grid is not the end of the track.
    full = fresh.samples_in(Span(track.start - 1, track.end + 1), sample_rate=rate, num_channels=channels)
    one = Media(path, video=False)
    for history, starts in _histories(track.end, f"{path.name} {rate}"):
        for start in starts:
            part = one.samples_in(Span(start, start + LENGTH), sample_rate=rate, num_channels=channels)
            _check_slice(full, part, (history, start))
    windows = list(one.windows(length=1, hop="0.6", sample_rate=rate, num_channels=channels))
    for window in windows:
        assert window.audio is not None
        _check_slice(full, window.audio, ("streamed", window.span))
    assert windows[-1].span.end >= track.end


@RATES
@pytest.mark.parametrize("audio", CODED, ids=lambda audio: audio.name)
def test_windows_of_every_codec_equal_the_slice(audio: CodedAudio, rate: int | None, channels: int | None) -> None:
    _check_media(audio.make(), rate, channels)


@RATES
@pytest.mark.parametrize(
    "name",
    [
        "talking/en_grid_bbaf2n_3s.mpg",
        "talking/en_pliers_obama_speech_9s.mp4",
        "talking/xx_pyfeat_face_noface_6s.mov",
        "torture/exo_bear_vorbis_gap.ogg",
        "torture/exo_sample_eac3.mp4",
        "torture/exo_video_desks.3gp",
        "torture/h5_Chrome_ImF_start33ms.webm",
        "torture/mb_sample3.aac",
        "torture/mb_1080p-portrait-derotated.mp4",
        "torture/mb_vp9-vorbis.avi",
        "made/aac_5_1_speech_in_centre.mp4",
        "made/audio_late_1500ms.mkv",
        "made/gap_audio_10_12s.mkv",
        "made/gap_both_5s_at_15s.mp4",
        "made/negative_start_1s.mkv",
        "made/novideo_vbr.mp3",
        "made/opus_5_1.mkv",
        "made/remux.flv",
        "made/start_at_3600s.mp4",
        "made/ts_33bit_wrap_at_8p7s.ts",
    ],
)
def test_windows_of_real_files_equal_the_slice(
    name: str, rate: int | None, channels: int | None, media_path: Callable[[str], Path]
) -> None:
    _check_media(media_path(name), rate, channels)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 24_000, 32_000, 44_100, 96_000])
def test_other_rates_too(rate: int, media_path: Callable[[str], Path]) -> None:
    _check_media(media_path("made/novideo_vbr.mp3"), rate, None)


def test_two_media_and_any_number_of_threads_agree(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/base_en_grid_30s.mp4")
    spans = [Span(start, start + 2) for start in random.Random(1).sample(range(28), 10)]
    parts = [
        [Media(path, num_threads=num_threads).samples_in(span, sample_rate=16_000).data for span in spans]
        for num_threads in (1, 2, 4)
    ]
    for one, two, four in zip(*parts, strict=True):
        assert np.array_equal(one, two) and np.array_equal(one, four)
