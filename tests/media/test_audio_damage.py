"""Damaged audio: its place is named, what decodes is given, and its ranges are marked."""

from __future__ import annotations

import json
import re
import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from emos_io import DecodeError, Media, Span
from oracle import clips, ffmpeg_audio

pytestmark = pytest.mark.reference

RATE = 48_000
TONE = ["-f", "lavfi", "-i", f"aevalsrc='0.4*sin(2*PI*(200*t+90*t*t))':s={RATE}:d=6"]
RANGE = re.compile(
    r"audio in \[(-?\d+\.\d{3}), (-?\d+\.\d{3})\) s is damaged; open with on_error=\"mask\" to read past"
)


def _with_lost_packet(folder: Path, suffix: str, coding: list[str], name: str) -> tuple[Path, tuple[float, float]]:
    """A file of which one packet in the middle is zeros, and the time of that packet."""
    source = clips.make([*TONE, *coding], suffix)
    words = [
        "ffprobe",
        "-v",
        "error",
        "-select_streams",
        "a:0",
        "-show_entries",
        "packet=pts_time,duration_time,pos,size",
    ]
    packets = json.loads(subprocess.check_output([*words, "-of", "json", str(source)]))["packets"]
    lost = packets[len(packets) // 2]
    data = bytearray(source.read_bytes())
    at, size = int(lost["pos"]), int(lost["size"])
    data[at : at + size] = bytes(size)
    path = folder / f"{name}{suffix}"
    path.write_bytes(data)
    start = float(lost["pts_time"])
    return path, (start, start + float(lost["duration_time"]))


@pytest.mark.parametrize(
    ("name", "suffix", "coding"),
    [
        ("mp3", ".mp4", ["-c:a", "libmp3lame", "-b:a", "64k"]),
        ("ac3", ".mp4", ["-c:a", "ac3"]),
        ("flac", ".mp4", ["-c:a", "flac", "-strict", "-2"]),
    ],
)
def test_the_strict_error_names_the_range(name: str, suffix: str, coding: list[str], tmp_path: Path) -> None:
    path, (start, end) = _with_lost_packet(tmp_path, suffix, coding, name)
    masked = Media(path, on_error="mask").samples_in(Span(0, 6))
    assert masked.damaged and len(masked.damaged_ranges) == 1
    first, last = (Fraction(index, RATE) for index in masked.damaged_ranges[0])
    assert abs(first - Fraction(start)) < Fraction(1, 500) and abs(last - Fraction(end)) < Fraction(1, 500)
    assert not masked.valid[masked.damaged_ranges[0][0] : masked.damaged_ranges[0][1]].any()
    for rate in (None, 16_000):
        with pytest.raises(DecodeError) as caught:
            Media(path).samples_in(Span(0, 6), sample_rate=rate)
        found = RANGE.search(str(caught.value))
        assert found is not None, caught.value
        assert abs(float(found[1]) - float(first)) <= 0.001 and abs(float(found[2]) - float(last)) <= 0.001
        assert caught.value.span == Span(0, 6)
    # What does not reach the damage is no error.
    assert not Media(path).samples_in(Span(0, 2), sample_rate=16_000).damaged


def test_the_strict_error_names_the_other_tracks(tmp_path: Path) -> None:
    coding = ["-map", "0:a", "-map", "0:a", "-map", "0:a", "-c:a", "libmp3lame", "-b:a", "64k"]
    coding += ["-metadata:s:a:1", "language=eng"]
    path, _ = _with_lost_packet(tmp_path, ".mp4", coding, "three")
    with pytest.raises(DecodeError, match=r"or read another track with audio=1 \(eng\) or 2"):
        Media(path, audio=0).samples_in(Span(0, 6))
    assert Media(path, audio=1).samples_in(Span(0, 6)).valid.all()


def test_samples_of_packets_marked_as_damaged_are_given(tmp_path: Path) -> None:
    """The demuxer marks what it gives after a lost packet of the transport stream; the decoder still decodes it."""
    source = clips.make([*TONE, "-c:a", "mp2", "-b:a", "192k"], ".ts")
    data = source.read_bytes()
    chunks = [data[at : at + 188] for at in range(0, len(data), 188)]
    # Packets of the track that begin nothing: they lie within a frame.
    within = [number for number, (_, head, low, *_) in enumerate(chunks) if head & 0x5F == 0x01 and low == 0]
    lost = within[len(within) // 2]
    path = tmp_path / "lost.ts"
    path.write_bytes(b"".join(chunk for number, chunk in enumerate(chunks) if number != lost))
    samples = Media(path, on_error="mask").samples_in(Span(0, 6))
    assert samples.damaged_ranges
    given = [(first, end) for first, end in samples.damaged_ranges if samples.valid[first:end].any()]
    assert given and all(np.abs(samples.data[0, first:end]).max() > 0.01 for first, end in given)
    with pytest.raises(DecodeError, match=r"audio in \[\d\.\d{3}, \d\.\d{3}\) s is damaged"):
        Media(path).samples_in(Span(0, 6))
    # Everything before the loss is as it was.
    before = samples.damaged_ranges[0][0]
    all_of_it = ffmpeg_audio.samples(source)
    assert np.array_equal(samples.data[:, :before], all_of_it[:, :before])


def test_windows_have_the_damaged_ranges_of_all_of_it(tmp_path: Path) -> None:
    path, _ = _with_lost_packet(tmp_path, ".mp4", ["-c:a", "libmp3lame", "-b:a", "64k"], "windows")
    media = Media(path, on_error="mask")
    for rate in (None, 16_000):
        all_of_it = media.samples_in(Span(0, 6), sample_rate=rate)
        marked = np.zeros(len(all_of_it), np.bool_)
        for first, end in all_of_it.damaged_ranges:
            marked[first:end] = True
        for window in media.windows(length="0.7", hop="0.3", sample_rate=rate):
            assert window.audio is not None
            part = np.zeros(len(window.audio), np.bool_)
            for first, end in window.audio.damaged_ranges:
                part[first:end] = True
            begin = window.audio.first_sample - all_of_it.first_sample
            length = min(len(part), len(all_of_it) - begin)
            assert np.array_equal(part[:length], marked[begin : begin + length])
            assert window.audio.damaged == bool(part.any())
