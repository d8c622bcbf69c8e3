"""Media of timelines: thumbnails and envelopes beside what is decoded, in bounded memory, and what is missing is said."""

from __future__ import annotations

import base64
import io
import subprocess
import sys
import wave
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from show_help import film
from timeline_help import content_of, views_of

from emos_io import Span
from emos_io.corpus import Corpus
from emos_io.media import Media
from emos_io.media.windows import WindowStream
from emos_io.report.comparison.timelines.envelope import LONGEST_READ, MOST_PAIRS, read_envelope
from emos_io.report.comparison.timelines.item_media import ItemMedia, media_address, read_item_media
from emos_io.report.comparison.timelines.thumbnails import HEIGHT, MOST_THUMBNAILS
from emos_io.spans import sample_at
from oracle import clips

JPEG = 8
"""The most that JPEG of this quality changes the mean of a thumbnail of plain colours, of 255."""
MEMORY = 60 * 2**20
"""Bytes by which reading may grow a process: half of all of the audio below."""
HALF_HOUR = 1800
RATE = 16_000


def read(path: Path, seconds: int | Fraction, *, frames: bool = True) -> ItemMedia:
    return read_item_media(path, Fraction(seconds), Path(), frames=frames)


@pytest.mark.parametrize(("name", "seconds"), [("base_en_grid_30s.mp4", 30), ("audio_late_1500ms.mp4", 25)])
def test_an_envelope_is_the_least_and_the_most_of_each_part(made_media: Path, name: str, seconds: int) -> None:
    """All samples are read at once, and the parts of them are looked at one by one."""
    media = Media(made_media / name, video=False)
    found = read_envelope(media, Fraction(seconds))
    everything = media.samples_in(Span(0, seconds))
    rate = everything.sample_rate
    assert len(found) == MOST_PAIRS
    empty = 0
    for index in range(MOST_PAIRS):
        first, end = (sample_at(Fraction(seconds * each, MOST_PAIRS), rate) for each in (index, index + 1))
        part = everything.data[:, first:end][:, everything.valid[first:end]]
        if part.size:
            assert (found.low[index], found.high[index]) == (part.min(), part.max())
        else:
            empty += 1
            assert np.isnan([found.low[index], found.high[index]]).all()
    assert (empty > 0) == (name == "audio_late_1500ms.mp4")
    rounded = found.rounded()
    assert rounded.count(None) == empty
    largest = float(np.nanmax(np.abs([found.low, found.high])))
    for pair, low, high in zip(rounded, found.low, found.high, strict=True):
        assert pair is None or pair == (round(127 * float(low) / largest), round(127 * float(high) / largest))
    assert max(max(map(abs, pair)) for pair in rounded if pair) == 127


def test_short_audio_has_no_more_pairs_than_samples(made_media: Path) -> None:
    media = Media(made_media / "base_en_grid_30s.mp4", video=False)
    found = read_envelope(media, Fraction(5, 44_100))
    samples = media.samples_in(Span(0, Fraction(5, 44_100))).data
    assert samples.shape == (2, 5)
    assert found.low.tolist() == samples.min(axis=0).tolist()
    assert found.high.tolist() == samples.max(axis=0).tolist()


class Noting(Media):
    """Media that note which spans are read."""

    def __init__(self, *words: Any, **options: Any) -> None:
        super().__init__(*words, **options)
        self.spans: list[Span] = []

    def windows_at(self, spans: Iterable[Span], **options: Any) -> WindowStream:
        self.spans = [*spans]
        return super().windows_at(self.spans, **options)


def test_audio_is_read_in_parts(made_media: Path) -> None:
    media = Noting(made_media / "huge_gop_120s_one_keyframe.mp4", video=False)
    read_envelope(media, Fraction(119))
    assert all(each.duration <= LONGEST_READ for each in media.spans)
    assert [each.start for each in media.spans] == [0, *(each.end for each in media.spans[:-1])]
    assert media.spans[-1].end == 119


def test_half_an_hour_is_read_in_bounded_memory(tmp_path: Path) -> None:
    """Its samples are 115 MB as floats."""
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        second = (np.arange(RATE) % 200 - 100).astype("<i2").tobytes()
        for _ in range(HALF_HOUR):
            file.writeframesraw(second)
    code = f"""
import resource
from fractions import Fraction
from pathlib import Path
from emos_io.report.comparison.timelines.item_media import read_item_media
small = read_item_media(Path({str(path)!r}), Fraction(1), Path())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = read_item_media(Path({str(path)!r}), Fraction({HALF_HOUR}), Path())
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(found.envelope), found.envelope.rounded().count((-127, 126)), after - before)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    pairs, full, kilobytes = map(int, done.stdout.split())
    assert (pairs, full) == (MOST_PAIRS, MOST_PAIRS)
    assert kilobytes * 1024 < MEMORY < 4 * HALF_HOUR * RATE


def strip_of(found: ItemMedia) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The thumbnails of an item, uint8 ``[N, H, W, 3]``."""
    assert found.strip is not None
    head, _, body = found.strip.uri.partition(",")
    assert head == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(body, validate=True))) as image:
        assert image.format == "JPEG"
        data = np.asarray(image.convert("RGB"))
    return np.stack(np.split(data, len(found.strip.valid), axis=1))


@pytest.mark.parametrize(("name", "width"), [("base_en_grid_30s.mp4", 68), ("interlaced_tff_720x576_sar16_11.mp4", 98)])
def test_thumbnails_are_small_frames_at_equal_distances(made_media: Path, name: str, width: int) -> None:
    """The width is that of the displayed shape: 5 by 4, and 20 by 11."""
    media = Media(made_media / name, audio=False)
    seconds = min(media.metadata.duration, Fraction(30))
    found = read(made_media / name, seconds)
    strip = strip_of(found)
    assert strip.shape == (MOST_THUMBNAILS, HEIGHT, width, 3)
    assert found.strip is not None
    assert (found.strip.width, found.strip.height) == (width, HEIGHT)
    times = [Fraction(2 * index + 1, 2 * MOST_THUMBNAILS) * seconds for index in range(MOST_THUMBNAILS)]
    frames = media.frames_in(Span(times[0], seconds), fps=MOST_THUMBNAILS / seconds, size=(HEIGHT, width))
    assert [*frames.valid] == [*found.strip.valid] == [True] * MOST_THUMBNAILS
    difference = np.abs(strip.astype(float) - frames.data).mean(axis=(1, 2, 3))
    assert difference.max() < JPEG
    assert len(found.strip.uri) < 4 * MOST_THUMBNAILS * HEIGHT * width


def test_a_panorama_stands_on_black_in_a_thumbnail_of_bounded_width(tmp_path: Path) -> None:
    path = clips.make(["-f", "lavfi", "-i", "color=white:s=640x32:d=2:r=5", "-c:v", "qtrle"], ".mov")
    strip = strip_of(read(path, 2))
    assert strip.shape == (MOST_THUMBNAILS, HEIGHT, 128, 3)
    assert strip[0, HEIGHT // 2].min() > 255 - JPEG
    assert strip[0, [0, -1]].max() < JPEG


def test_without_frames_there_are_none(made_media: Path) -> None:
    path = made_media / "base_en_grid_30s.mp4"
    corpus = Corpus([], [replace(film(), duration=Fraction(30))])
    with_frames, without = (
        views_of(content_of(corpus, media={"s/a": path}, frames=frames))["s/a"].media for frames in (True, False)
    )
    assert with_frames.strip is not None
    assert without.strip is None
    assert without.envelope is not None
    assert without.has_video
    assert without.src is not None
    assert without.notes == ()


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("html_error_page.mp4", "The media cannot be read: "),
        ("100_bytes.mp4", "The media cannot be read: "),
        ("cover_art_audio_only.m4a", "The media have no video track."),
        ("corrupt_lost_packets.ts", "damaged"),
        ("gap_video_10_12s.mp4", "The media last "),
    ],
)
def test_missing_and_damaged_media_are_named(made_media: Path, name: str, note: str) -> None:
    found = read(made_media / name, 20)
    assert [each for each in found.notes if note in each], found.notes
    if "cannot be read" in note:
        assert (found.src, found.strip, found.envelope) == (None, None, None)
    else:
        assert found.envelope is not None
        assert (found.strip is None) == (name == "cover_art_audio_only.m4a")
    assert found.has_video == (found.strip is not None)


def test_frames_that_end_before_the_item_are_missing(made_media: Path) -> None:
    """The video has 30 s, and half of the thumbnails of 60 s lie behind it."""
    found = read(made_media / "base_en_grid_30s.mp4", 60)
    assert found.strip is not None
    assert [*found.strip.valid] == [True] * 12 + [False] * 12
    assert found.envelope is not None
    assert np.isnan(found.envelope.low[501:]).all()
    assert not np.isnan(found.envelope.low[:500]).any()
    assert found.notes[0].startswith("The media last ≈30")
    assert "12 thumbnails of 24 missing: nothing is on screen there." in found.notes


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    found = read(tmp_path / "absent.mp4", 3)
    assert (found.src, found.strip, found.envelope) == (None, None, None)
    assert found.notes[0].startswith("The media cannot be read: ")


@pytest.mark.parametrize(
    ("path", "folder", "address"),
    [
        ("/data/media/a.mp4", "/data/report", "./../media/a.mp4"),
        ("/data/a.mp4", "/data", "./a.mp4"),
        ("/data/http:x.mp4", "/data", "./http%3Ax.mp4"),
        ("/data/100 % #1?.mp4", "/data", "./100%20%25%20%231%3F.mp4"),
        ("/data/\u4f60.mp4", "/data", "./%E4%BD%A0.mp4"),
        ("/data/\udcff.mp4", "/data", "./%FF.mp4"),
        ('/data/"><script>.mp4', "/data", "./%22%3E%3Cscript%3E.mp4"),
    ],
)
def test_addresses_of_media_lead_from_the_folder_of_the_page(path: str, folder: str, address: str) -> None:
    assert media_address(Path(path), Path(folder)) == address
