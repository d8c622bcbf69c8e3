"""Damage: marked or raised, the same for every order and number of threads; what is not marked equals ffmpeg."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from reading import streamed

from emos_io import DecodeError, Media, Span
from oracle import catalog, ffmpeg_frames, ffprobe
from oracle.ffmpeg_frames import sha256

pytestmark = pytest.mark.reference

SIZE = (64, 64)
CORRUPT = ("made/corrupt_bytes.mp4", "made/corrupt_lost_packets.ts")
CUT_FRAMES = 2
"""Frames that a cut may damage: the one in which it falls, and one that refers to it."""
TRUNCATED = (
    "made/trunc_60pct.mkv",
    "made/trunc_60pct.ts",
    "made/trunc_60pct_faststart.mp4",
    "made/trunc_60pct_frag.mp4",
)
ALL = tuple(sorted({*catalog.DAMAGED, *TRUNCATED}))


@dataclass(frozen=True)
class Read:
    """What reading every frame once gave, by index in display order."""

    hashes: list[str]
    valid: list[bool]
    damaged: list[bool]


@functools.cache
def _masked(path: Path) -> Read:
    """Every frame of a file, damage masked, read once in the order of time."""
    return _sequential(Media(path, on_error="mask"))


def _sequential(media: Media, step: int = 50) -> Read:
    assert media.metadata.video is not None
    order = list(range(media.metadata.video.num_frames))
    return _in_order(media, [order[first : first + step] for first in range(0, len(order), step)])


def _in_order(media: Media, requests: list[list[int]]) -> Read:
    assert media.metadata.video is not None
    count = media.metadata.video.num_frames
    read = Read([""] * count, [False] * count, [False] * count)
    for request in requests:
        frames = media.frames_by_index(request, size=SIZE)
        for index, frame, valid, damaged in zip(request, frames.data, frames.valid, frames.damaged, strict=True):
            read.hashes[index], read.valid[index], read.damaged[index] = sha256(frame), bool(valid), bool(damaged)
    return read


@pytest.mark.parametrize("name", catalog.DAMAGED)
def test_damage_raises_or_is_marked(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    masked = _masked(path)
    assert any(masked.damaged)
    assert all(damaged for damaged, valid in zip(masked.damaged, masked.valid, strict=True) if not valid)
    bad = masked.damaged.index(True)
    strict = Media(path)
    with pytest.raises(DecodeError) as caught:
        strict.frames_by_index([bad], size=SIZE)
    assert isinstance(caught.value, RuntimeError) and path.name in str(caught.value)
    good = [index for index, damaged in enumerate(masked.damaged) if not damaged][:5]
    frames = strict.frames_by_index(good, size=SIZE)
    assert [sha256(frame) for frame in frames.data] == [masked.hashes[index] for index in good]


@pytest.mark.parametrize("name", ALL)
def test_damage_looks_the_same_in_every_order_and_with_every_number_of_threads(
    name: str, media_path: Callable[[str], Path]
) -> None:
    path = media_path(name)
    once = _masked(path)
    count = len(once.hashes)
    for num_threads in (1, 2, 4):
        assert _sequential(Media(path, on_error="mask", num_threads=num_threads), step=70) == once
    chance = random.Random(name)
    shuffled = chance.sample(range(count), count)
    # Each request goes through most of the file.
    requests = [shuffled[first : first + 100] for first in range(0, count, 100)]
    media = Media(path, on_error="mask")
    assert _in_order(media, requests) == once
    assert _in_order(media, list(reversed(requests))) == once
    alone = chance.sample(range(count), min(count, 12))
    for index in alone:
        fresh = Media(path, on_error="mask", num_threads=1).frames_by_index([index], size=SIZE)
        assert (sha256(fresh.data[0]), bool(fresh.damaged[0])) == (once.hashes[index], once.damaged[index])


@pytest.mark.parametrize("name", ALL)
def test_streaming_damage_looks_the_same(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media, expected = Media(path, on_error="mask"), _masked(path)
    timeline = media.timeline
    times = [int(pts) * timeline.time_base for pts in timeline.pts]
    frames = zip(times, expected.hashes, expected.valid, strict=True)
    assert streamed(media, SIZE) == [(time, each) for time, each, valid in frames if valid]


@pytest.mark.parametrize("name", ALL)
def test_gops_without_damage_equal_ffmpeg(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path, on_error="mask")
    assert media.metadata.video is not None
    ours = _masked(path)
    times = [frame.pts for frame in ffprobe.frames(path, media.metadata.video.index)]
    hashes = ffmpeg_frames.hashes(path, SIZE)
    assert len(times) == len(hashes)
    theirs = dict(zip(times, hashes, strict=True))
    timeline, zero = media.timeline, media.metadata.start_offset
    unit = media.metadata.video.time_base
    ticks = [(int(pts) * timeline.time_base + zero) / unit for pts in timeline.pts]
    starts = [index for index, key in enumerate(timeline.key) if key]
    for start, end in zip(starts, [*starts[1:], len(timeline)], strict=True):
        if any(ours.damaged[start:end]):
            continue
        assert ours.hashes[start:end] == [theirs[int(tick)] for tick in ticks[start:end]]


@pytest.mark.parametrize("name", CORRUPT)
def test_reading_goes_on_after_damage(name: str, media_path: Callable[[str], Path]) -> None:
    read = _masked(media_path(name))
    # Damaged frames are kept as the decoder made them; nearly every GOP of corrupt_bytes has some.
    assert sum(read.valid) > 0.99 * len(read.valid)
    assert read.valid[-1]
    if name.endswith(".ts"):
        assert False in read.damaged[read.damaged.index(True) :]
    windows = list(Media(media_path(name), on_error="mask").windows(length=2, fps=4, size=(8, 8)))
    assert len(windows) >= 15
    strict = Media(media_path(name)).windows(length=2, fps=4, size=(8, 8))
    results: list[bool | None] = []
    while True:
        try:
            results.append(bool(next(strict).damaged.any()))
        except StopIteration:
            break
        except DecodeError:
            results.append(None)
    assert len(results) == len(windows)
    assert None in results and any(result is not None for result in results)
    assert not any(results), "with on_error raise no window comes with damage"


@pytest.mark.parametrize("name", CORRUPT)
def test_damage_lasts_to_the_next_random_access_point(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path, on_error="mask")
    assert media.metadata.video is not None
    read, timeline = _masked(path), media.timeline
    zero, unit = media.metadata.start_offset, media.metadata.video.time_base
    index_of = {(int(pts) * timeline.time_base + zero) / unit: index for index, pts in enumerate(timeline.pts)}
    damaged, lasting = False, 0
    # In the order of decoding: a frame that appears later may have been decoded before the damage.
    for packet in ffprobe.packets(path, media.metadata.video.index):
        index = index_of[Fraction(packet.pts or 0)]
        damaged = read.damaged[index] or (damaged and not packet.key)
        assert read.damaged[index] == damaged, index
        lasting += damaged
    assert lasting > 50


@pytest.mark.parametrize("name", CORRUPT)
def test_what_differs_from_the_undamaged_film_is_damaged(name: str, media_path: Callable[[str], Path]) -> None:
    truth = ffmpeg_frames.hashes(media_path("made/base_en_grid_30s.mp4"), SIZE)
    path = media_path(name)
    read, timeline = _masked(path), Media(path, on_error="mask").timeline
    first = timeline.pts[0] * timeline.time_base
    silent = 0
    for index, pts in enumerate(timeline.pts):
        frame = round((int(pts) * timeline.time_base - first) * 25)
        if read.hashes[index] != truth[frame] and not read.damaged[index]:
            silent += 1
    # A flipped byte can decode to another frame without any error; the loss of packets always shows.
    assert silent <= SILENT[name]


SILENT = {"made/corrupt_bytes.mp4": 25, "made/corrupt_lost_packets.ts": 0}


@pytest.mark.parametrize("name", TRUNCATED)
def test_what_is_there_of_a_truncated_file_is_read(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    read = _masked(path)
    assert len(read.hashes) == len(ffmpeg_frames.hashes(path, SIZE))
    # 60 % of the bytes: 14 to 18 of 30 s.
    assert 340 < len(read.hashes) < 460
    assert sum(read.damaged) <= CUT_FRAMES


@pytest.mark.parametrize("name", catalog.DAMAGED_AUDIO)
def test_damaged_audio_is_marked_and_the_same_in_every_order(name: str, media_path: Callable[[str], Path]) -> None:
    path = media_path(name)
    media = Media(path, on_error="mask", video=False)
    end = int(media.metadata.duration)
    spans = [Span(start, start + 1) for start in range(end)]
    forward = [media.samples_in(span) for span in spans]
    assert not all(part.valid.all() for part in forward)
    for num_threads in (1, 3):
        other = Media(path, on_error="mask", video=False, num_threads=num_threads)
        for second in random.Random(num_threads).sample(range(end), end):
            part = other.samples_in(spans[second])
            assert np.array_equal(part.data, forward[second].data)
            assert part.valid_ranges == forward[second].valid_ranges
    strict = Media(path, video=False)
    bad = next(span for span, part in zip(spans, forward, strict=True) if not part.valid.all())
    with pytest.raises(DecodeError):
        strict.samples_in(bad)
    good = [second for second, part in enumerate(forward) if part.valid.all()]
    assert good and np.array_equal(strict.samples_in(spans[good[0]]).data, forward[good[0]].data)
