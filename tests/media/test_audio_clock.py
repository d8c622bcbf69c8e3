"""Sound stands where the times of its packets say, however those step, drift or jitter."""

from __future__ import annotations

import math
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
SMOOTHED = 17
"""Packets whose mean is the smoothed clock."""
PART = 100
"""Samples by which a packet is found: so many of a chirp are nowhere twice."""
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
    "to both sides": lambda n: (0, 90, -70, 150, -20)[n % 5],
}
"""Jitter, which is removed, and steps, which begin at their first packet."""

JITTER: dict[str, Late] = {
    "every second packet is 10 ms late": lambda n: 480 * (n % 2),
    "4 ms to both sides, the first at the edge": lambda n: round(192 * math.cos(2.399 * n)),
    "10 ms to both sides, the first at the edge": lambda n: round(480 * math.cos(2.399 * n)),
    "8 ms early every second packet": lambda n: 384 * ((n + 1) % 2),
    "5 ms to both sides, after a step": lambda n: round(240 * math.cos(2.399 * n)) + 4_800 * (n > 100),
    "5 ms to both sides, of a clock that drifts": lambda n: 3 * n + round(240 * math.sin(2.399 * n)),
}
"""Jitter whose centre is not where the first packet is."""

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


def distances(path: Path, reach: int) -> list[float]:
    """By how many samples our audio of each packet is later than the packet, found by ffmpeg's samples of it."""
    (stream,) = ffprobe.streams(path)
    decoded = ffmpeg_audio.samples(path)[0]
    media = Media(path)
    assert media.metadata.audio is not None and media.metadata.audio.end is not None
    ours = media.samples_in(Span(0, media.metadata.audio.end)).data[0]
    zero = ffprobe.media_zero(path)
    found: list[float] = []
    # The first packets are silence, and the last one may be cut.
    for number, block in enumerate(ffprobe.frames(path, 0)[:-1]):
        assert block.pts is not None
        if number < 2:
            continue
        clock = (block.pts * stream.time_base - zero) * RATE
        middle = number * BLOCK + BLOCK // 2
        begin = round(clock) + BLOCK // 2 - reach
        near = np.lib.stride_tricks.sliding_window_view(ours[max(begin, 0) : begin + 2 * reach + PART], PART)
        matches = np.flatnonzero((near == decoded[middle : middle + PART]).all(axis=1))
        assert len(matches) == 1, f"packet {number} is further than {reach} samples"
        found.append(float(max(begin, 0) + int(matches[0]) - BLOCK // 2 - clock))
    return found


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
    # A container that rounds times to its ticks can be followed no closer.
    reach = NEAR + int(stream.time_base * RATE) + 1
    off = distances(path, reach)
    assert max(abs(distance) for distance in off) <= reach
    media = Media(path)
    assert len(media.metadata.warnings) == 1
    assert ("overlap" if apart < BLOCK else "gap") in media.metadata.warnings[0]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
@pytest.mark.parametrize("name", JITTER)
def test_audio_stands_at_the_centre_of_jitter(name: str, suffix: str) -> None:
    off = np.array(distances(late_by(JITTER[name], suffix), 1_200))
    # A mean over a step is that of neither side. Under jitter a drift is seen late, and at its ends from one side only.
    parts = [off[1:98], off[100:]] if "step" in name else [off[32:-32]] if "drifts" in name else [off[1:]]
    for part in parts:
        means = np.convolve(part, np.ones(SMOOTHED) / SMOOTHED, "valid")
        assert np.abs(means).max() <= (2 * NEAR if "drifts" in name else NEAR)


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
