"""Sound stands where the times of its packets say, however those step, drift or jitter."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from emos_io import Media, Span
from oracle import boxes, clips, ffmpeg_audio, ffprobe

pytestmark = pytest.mark.reference

RATE = 48_000
BLOCK = 1024
"""Samples of an AAC packet."""
NEAR = RATE // 1_000
"""The furthest that sound stands from the smoothed clock of its packets: a millisecond."""
CHIRP = f"aevalsrc='0.4*sin(2*PI*(200*t+150*t*t))':s={RATE}:d=6"

Late = Callable[[int], int]
"""By how many samples each packet is later than the samples before it."""

STEADY: dict[str, Late] = {
    "no step": lambda n: 0,
    "12 ms later": lambda n: 576 * (n > 100),
    "12 ms earlier": lambda n: -576 * (n > 100),
    "3 samples later": lambda n: 3 * (n > 100),
    "19 ms earlier": lambda n: -912 * (n > 100),
    "21 ms later": lambda n: 1_008 * (n > 100),
    "two seconds later": lambda n: 96_000 * (n > 100),
    "the second packet is later": lambda n: 896 * (n > 0),
    "there and back after 17 packets": lambda n: 500 * (100 <= n < 117),
    "two steps": lambda n: 480 * (n > 100) + 960 * (n > 108),
    "a step three packets before the end": lambda n: 576 * (n > 278),
    "there and back after 16 packets": lambda n: 500 * (100 <= n < 116),
    "every second packet is 10 ms late": lambda n: 480 * (n % 2),
    "to both sides": lambda n: (0, 90, -70, 150, -20)[n % 5],
}
"""Jitter, which is removed, and steps, which begin at their first packet."""

DRIFTS = [1_018, 1_023, 1_025, 1_030, 1_060]
"""Samples by which packets of 1,024 samples are apart."""


def late_by(late: Late, suffix: str = ".mp4") -> Path:
    """An audio file whose packets have the times of `late`, written into its own table of durations."""
    plain = clips.make(["-f", "lavfi", "-i", CHIRP, *["-c:a", "aac", "-aac_pns", "0", "-use_editlist", "0"]], ".mp4")
    data = plain.read_bytes()
    count = len(ffprobe.packets(plain, 0))
    times = [n * BLOCK + late(n) for n in range(count)]
    steps = [later - time for time, later in pairwise(times)] + [BLOCK]
    table = struct.pack(f">{2 * count}I", *(word for step in steps for word in (1, step)))
    stts = struct.pack(">I4sII", 16 + len(table), b"stts", 0, count) + table
    patched = boxes.replaced(data, boxes.find(data, b"stts"), stts)
    path = plain.with_name(f"late-{hash(tuple(steps)) & 0xFFFFFFFF:08x}.mp4")
    path.write_bytes(patched)
    if suffix == ".mp4":
        return path
    other = path.with_suffix(suffix)
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(path), "-c", "copy", str(other)], check=True)
    return other


@pytest.mark.parametrize("name", STEADY)
def test_jitter_is_removed_and_a_step_begins_at_its_first_packet(name: str) -> None:
    path = late_by(STEADY[name])
    first, expected, valid = ffmpeg_audio.placed(path, 0)
    media = Media(path)
    assert media.metadata.audio is not None and media.metadata.audio.end is not None
    ours = media.samples_in(Span(0, media.metadata.audio.end))
    assert first == 0 and ours.data.shape == expected.shape
    assert np.array_equal(ours.valid, valid)
    assert np.array_equal(ours.data, expected)


@pytest.mark.parametrize("name", STEADY)
def test_one_warning_has_the_total_of_what_is_inserted_or_dropped(name: str) -> None:
    path = late_by(STEADY[name])
    _, _, valid = ffmpeg_audio.placed(path, 0)
    inserted = int((~valid).sum())
    dropped = BLOCK * len(ffprobe.packets(path, 0)) - int(valid.sum())
    gaps, overlaps = (
        [warning for warning in Media(path).metadata.warnings if f" {kind}" in warning] for kind in ("gap", "overlap")
    )
    for samples, warnings in ((inserted, gaps), (dropped, overlaps)):
        assert len(warnings) == (samples > 0)
        assert all(f": {samples} samples at {RATE} Hz in total" in warning for warning in warnings)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
@pytest.mark.parametrize("apart", DRIFTS)
def test_drift_is_followed_within_a_millisecond_with_a_warning(apart: int, suffix: str) -> None:
    path = late_by(lambda n: n * (apart - BLOCK), suffix)
    (stream,) = ffprobe.streams(path)
    decoded = ffmpeg_audio.samples(path)[0]
    media = Media(path)
    assert media.metadata.audio is not None and media.metadata.audio.end is not None
    ours = media.samples_in(Span(0, media.metadata.audio.end)).data[0]
    # A container that rounds times to its ticks can be followed no closer.
    rounding = int(stream.time_base * RATE) + 1
    zero = ffprobe.media_zero(path)
    for number, block in enumerate(ffprobe.frames(path, 0)):
        if number % 10 or number < 20:
            continue
        assert block.pts is not None
        middle = slice(number * BLOCK + 400, number * BLOCK + 600)
        clock = round((block.pts * stream.time_base - zero) * RATE) + 400
        reach = NEAR + rounding
        near = ours[clock - reach : clock + reach + 200]
        found = np.lib.stride_tricks.sliding_window_view(near, 200)
        assert np.abs(found - decoded[middle]).max(axis=1).min() == 0, (
            f"packet {number} is further than {reach} samples"
        )
    assert len(media.metadata.warnings) == 1
    assert ("overlap" if apart < BLOCK else "gap") in media.metadata.warnings[0]


@pytest.mark.parametrize("fps", [24, 25, 50, 60])
def test_the_first_packet_of_fragments_and_the_others_stand_where_they_say(fps: int) -> None:
    words = ["-f", "lavfi", "-i", f"testsrc2=s=64x64:r={fps}:d=3", "-f", "lavfi", "-i", CHIRP, "-shortest"]
    words += ["-c:v", "libx264", "-bf", "2", "-c:a", "aac", "-aac_pns", "0", "-movflags", "frag_keyframe+empty_moov"]
    path = clips.make(words, ".mp4")
    first, expected, valid = ffmpeg_audio.placed(path, 1)
    media = Media(path)
    audio = media.metadata.audio
    assert audio is not None and audio.start is not None and audio.end is not None
    ours = media.samples_in(Span(audio.start, audio.end))
    assert ours.first_sample == first
    assert np.array_equal(ours.valid, valid) and np.array_equal(ours.data, expected)


@pytest.mark.parametrize("suffix", [".webm", ".mkv"])
def test_rounding_of_a_container_moves_no_zero(suffix: str) -> None:
    """Opus begins 6.5 ms before zero, which a clock of milliseconds writes as 7."""
    words = ["-f", "lavfi", "-i", CHIRP, "-c:a", "libopus"]
    media = Media(clips.make(words, suffix))
    audio = media.metadata.audio
    assert media.metadata.start_offset == 0
    assert audio is not None and audio.start == 0
    assert Fraction(ffprobe.packets(clips.make(words, suffix), 0)[0].pts or 0, 1_000) == Fraction(-7, 1_000)
