"""A span of any length is read in pieces: bit-equal to ffmpeg's one pass, in little more memory than the answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emos_io import Media, Span
from oracle import clips, ffmpeg_audio

pytestmark = pytest.mark.reference

LARGEST_SHARE = 1.3
"""Of the answer, that reading it may take."""
BESIDES_BYTES = 64 << 20
"""That reading may take besides: decoders, decoded chunks."""

MEASURE = """
import json, sys
from emos_io import Media, Span

def peak():
    lines = open("/proc/self/status").read().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

path, seconds, rate, channels = json.loads(sys.argv[1])
media = Media(path)
media.samples_in(Span(0, 1), sample_rate=rate, num_channels=channels)
before = peak()
samples = media.samples_in(Span(0, seconds), sample_rate=rate, num_channels=channels)
print(json.dumps([peak() - before, samples.data.nbytes, samples.valid_ranges]))
"""


def long_silence(seconds: int) -> Path:
    """Stereo of 48 kHz that is small as a file, in the longest frames that FFmpeg's encoder makes."""
    source = f"anullsrc=r=48000:cl=stereo:d={seconds}"
    return clips.make(["-f", "lavfi", "-i", source, "-c:a", "flac", "-frame_size", "32768"], ".flac")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak of a process there")
@pytest.mark.parametrize(
    ("rate", "channels"), [(16_000, 1), (8_000, 1), (None, None)], ids=["16k_mono", "8k_mono", "native"]
)
def test_fifty_minutes_take_little_more_memory_than_their_samples(rate: int | None, channels: int | None) -> None:
    seconds = 3_000
    arguments = json.dumps([str(long_silence(seconds)), seconds, rate, channels])
    done = subprocess.run([sys.executable, "-c", MEASURE, arguments], capture_output=True, text=True, check=True)
    taken, answer, valid = json.loads(done.stdout)
    assert answer == 4 * seconds * (rate or 48_000) * (channels or 2)
    assert valid == [[0, seconds * (rate or 48_000)]]
    assert taken <= LARGEST_SHARE * answer + BESIDES_BYTES


@pytest.mark.parametrize(("rate", "mono"), [(16_000, True), (44_100, False), (None, True)])
def test_many_chunks_equal_ffmpegs_one_pass(rate: int | None, mono: bool) -> None:
    noise = "aevalsrc='0.5*sin(2*PI*(100*t+40*t*t))|0.5*sin(2*PI*700*t)':s=48000:d=40"
    path = clips.make(["-f", "lavfi", "-i", noise, "-c:a", "flac", "-frame_size", "1024"], ".flac")
    expected = ffmpeg_audio.samples(path, rate=rate, mono=mono)
    ours = Media(path).samples_in(Span(0, 40), sample_rate=rate, num_channels=1 if mono else None)
    assert np.array_equal(ours.data, expected[:, : ours.data.shape[1]])
    assert ours.valid_ranges == ((0, len(ours)),)
