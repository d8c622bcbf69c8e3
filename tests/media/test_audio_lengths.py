"""No sample is lost or put elsewhere by containers without a clock, by joined files, by odd ends and by late tracks."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emos_io import DecodeError, Media, Span
from emos_io.media import AudioSamples
from oracle import clips, ffmpeg_audio

pytestmark = pytest.mark.reference

TONE = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=5"]
RAW = {".ac3": ["-c:a", "ac3"], ".eac3": ["-c:a", "eac3"], ".dts": ["-strict", "-2", "-c:a", "dca", "-ac", "2"]}
"""Raw streams, whose times FFmpeg adds up from durations that it rounds: 1,536 samples are 3,134.69 of its ticks."""
ODD = [".wav", ".aiff", ".au", ".caf", ".w64"]
SAY_SO = {".wav", ".caf", ".w64"}
"""FFmpeg's readers of these mark a packet that the end of the file cuts; those of AIFF and AU give it as any other."""


def _all(media: Media) -> AudioSamples:
    track = media.metadata.audio
    assert track is not None and track.start is not None and track.end is not None
    return media.samples_in(Span(track.start, track.end))


@pytest.mark.parametrize("suffix", RAW)
def test_raw_streams_have_all_samples_of_ffmpeg(suffix: str) -> None:
    path = clips.make([*TONE, *RAW[suffix]], suffix)
    media = Media(path)
    ours = _all(media)
    assert ours.valid.all() and len(ours) == ffmpeg_audio.samples(path).shape[1]
    assert media.metadata.warnings == ()


def test_joined_flac_goes_on(tmp_path: Path) -> None:
    part = clips.make([*TONE, "-c:a", "flac"], ".flac")
    joined = tmp_path / "joined.flac"
    joined.write_bytes(part.read_bytes() * 2)
    ours, expected = _all(Media(joined)), ffmpeg_audio.samples(joined)
    assert ours.valid.all() and np.array_equal(ours.data, expected)


@pytest.mark.parametrize("suffix", ODD)
def test_half_a_sample_at_the_end_of_a_cut_file_costs_no_other(suffix: str, tmp_path: Path) -> None:
    path = clips.make([*TONE, "-c:a", "pcm_s16be" if suffix in {".aiff", ".au"} else "pcm_s16le"], suffix)
    short = tmp_path / f"cut{suffix}"
    short.write_bytes(path.read_bytes()[:-10_001])
    expected = ffmpeg_audio.samples(short)
    ours = _all(Media(short, on_error="mask"))
    assert ours.valid.all() and np.array_equal(ours.data, expected)
    if suffix in SAY_SO:
        assert ours.damaged and ours.damaged_ranges[-1][1] == len(ours)
        with pytest.raises(DecodeError):
            _all(Media(short))


def test_packets_at_the_end_that_cannot_be_decoded_are_a_warning(tmp_path: Path) -> None:
    path = clips.make([*TONE, "-c:a", "tta"], ".tta")
    short = tmp_path / "cut.tta"
    short.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.9)])
    media = Media(short)
    assert len(_all(media)) == ffmpeg_audio.samples(short).shape[1]
    assert any("decodes to no samples and was left out" in warning for warning in media.metadata.warnings)


@pytest.mark.parametrize("late", ["0.1", "0.3"])
def test_opus_that_begins_late_is_not_rounded_down(late: str) -> None:
    """The block stands at a whole millisecond, and FFmpeg takes 7 ms off for an encoder delay of 6.5."""
    source = ["-f", "lavfi", "-i", "sine=sample_rate=48000:duration=2", "-c:a", "libopus"]
    opus = clips.make(source, ".webm")
    words = ["-f", "lavfi", "-i", "color=s=32x32:r=25:d=2", "-itsoffset", late, "-i", str(opus)]
    path = clips.make([*words, "-map", "0:v", "-map", "1:a", "-c:v", "libvpx", "-c:a", "copy"], ".webm", inputs=[opus])
    media = Media(path)
    assert media.metadata.audio is not None and media.metadata.audio.start is not None
    video = media.metadata.video
    assert video is not None and video.start is not None
    assert media.metadata.audio.start - video.start == Fraction(late)


def test_times_of_the_ends_of_packets_are_seen(media_path: Callable[[str], Path]) -> None:
    """Packets of 128 to 1,024 samples: what was recorded is one run, as ffmpeg decodes it."""
    path = media_path("torture/h5_Chrome_ImF_start33ms.webm")
    ours, expected = _all(Media(path)), ffmpeg_audio.samples(path)
    assert ours.valid.all() and np.array_equal(ours.data, expected)
