"""The table of docs/preroll.md: the core does what it says, and no sample is further from one linear decode than it says."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import preroll
from emos_io import Media, Span
from oracle import clips, ffmpeg_audio
from preroll_clips import ROWS, Clip

pytestmark = pytest.mark.reference

CLIPS = [(row.name, clip) for row in ROWS for clip in row.clips]
USUAL = ("AAC-LC", "HE-AAC", "MP3", "Opus", "Vorbis", "AC-3", "FLAC", "PCM")
"""Codecs of talking people. The others are tried with the slow tests."""
EACH = pytest.mark.parametrize(
    ("name", "clip"),
    [
        pytest.param(name, clip, id=f"{name} {clip.name}", marks=[] if name.startswith(USUAL) else [pytest.mark.slow])
        for name, clip in CLIPS
    ],
)


class Line(NamedTuple):
    """One line of the table."""

    anchors: list[str]
    clips: list[str]
    bound: float


@functools.cache
def table() -> dict[str, Line]:
    """The lines of the page, by codec."""
    text = preroll.PAGE.read_text(encoding="utf-8").split(preroll.BEGIN)[1].split(preroll.END)[0]
    lines = [line.strip("| ").split(" | ") for line in text.strip().splitlines()[2:]]
    return {
        name: Line(
            anchors.split(", "), names.split("; "), 0.0 if bound == "0" else 2.0 ** int(bound.removeprefix("2^"))
        )
        for name, anchors, _, _, bound, names in lines
    }


def made(clip: Clip) -> Path:
    """The clip, made once."""
    return clips.make(clip.arguments(), clip.suffix)


def num_packets(path: Path) -> int:
    """How many packets ffprobe reads."""
    words = ["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "packet=size", "-of", "csv=p=0"]
    return len(subprocess.run([*words, str(path)], capture_output=True, text=True, check=True).stdout.split())


def test_the_table_has_every_codec_that_is_measured() -> None:
    assert {name: line.clips for name, line in table().items()} == {
        row.name: [clip.name for clip in row.clips] for row in ROWS
    }


@EACH
def test_the_core_decodes_the_packets_of_the_table(name: str, clip: Clip) -> None:
    path = made(clip)
    found = preroll.anchors(path, num_packets(path))
    line = table()[name]
    anchors = line.anchors * len(line.clips) if len(line.anchors) == 1 else line.anchors
    assert f"{found.preroll} / {found.spacing}" == anchors[line.clips.index(clip.name)]


@EACH
def test_no_sample_is_further_from_one_linear_decode_than_the_table_says(name: str, clip: Clip) -> None:
    path = made(clip)
    media = Media(path, video=False)
    track = media.metadata.audio
    assert track is not None and track.start is not None and track.end is not None
    ours = media.samples_in(Span(track.start, track.end))
    _, expected, valid = ffmpeg_audio.placed(path, track.index)
    assert ours.data.shape == expected.shape and np.array_equal(ours.valid, valid)
    assert np.abs(ours.data - expected).max() <= table()[name].bound
