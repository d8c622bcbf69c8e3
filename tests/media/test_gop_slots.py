"""Slots of a read: the frames that the calls return, with the same times and the same errors, before any is decoded."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reading import on_screen

from emos_io import DecodeError, EmosError, Media, SourceChanged, _core
from emos_io.media.timing import NOPTS
from oracle import clips

PIXEL = _core.Geometry((1, 1))


def _reader(path: Path, on_error: _core.OnError = _core.OnError.RAISE) -> _core.Reader:
    return _core.Reader(("path", os.fsencode(path)), name=str(path), on_error=on_error)


@pytest.fixture(scope="module")
def path(counting_clip: Callable[..., Path]) -> Path:
    """Three seconds of 25 frames/s, beginning at half a second."""
    return counting_clip(seconds=3, video_late="0.5")


def _column(array: _core.Array) -> npt.NDArray[np.int64]:
    return np.frombuffer(memoryview(array), np.int64)


def _check(slots: _core.FrameSlots, frames: _core.Frames, media: Media) -> None:
    """The slots of a call are the frames that it returns."""
    indices = _column(slots.indices)
    valid = np.frombuffer(memoryview(frames.valid), np.bool_)
    assert indices.shape == (frames.shape[0],) and ((indices >= 0) == valid).all()
    assert slots.exact() == frames.exact()
    assert slots.ticks is not None and frames.ticks is not None
    assert slots.ticks[2] == frames.ticks[2]
    for ours, theirs in zip(slots.ticks[:2], frames.ticks[:2], strict=True):
        assert (_column(ours) == _column(theirs)).all()
    assert (_column(slots.ticks[0])[valid] == media.timeline.pts[indices[valid]]).all()
    assert (_column(slots.ticks[0])[~valid] == NOPTS).all()


def _pairs(times: Sequence[Fraction]) -> list[tuple[int, int]]:
    return [time.as_integer_ratio() for time in times]


def test_slots_of_times_are_the_frames_on_screen(path: Path) -> None:
    reader, media = _reader(path), Media(path)
    timeline = media.timeline
    times = [Fraction(n, 7) for n in (4, 20, 5, 5, 24)]
    slots = reader.slots_played_at(_pairs(times))
    assert _column(slots.indices).tolist() == [on_screen(timeline.pts, timeline.time_base, time) for time in times]
    _check(slots, reader.frames_played_at(_pairs(times), PIXEL), media)
    late = [Fraction(100), Fraction(1)]
    slots = reader.slots_played_at(_pairs(late), hold_last=True)
    assert _column(slots.indices).tolist() == [74, 12]
    _check(slots, reader.frames_played_at(_pairs(late), PIXEL, None, True), media)


def test_slots_of_indices_count_from_the_end_too(path: Path) -> None:
    reader = _reader(path)
    slots = reader.slots_by_index([3, -1, 0, -75, 3])
    assert _column(slots.indices).tolist() == [3, 74, 0, 0, 3]
    _check(slots, reader.frames_by_index([3, -1, 0, -75, 3], PIXEL), Media(path))
    assert _column(reader.slots_by_index([]).indices).tolist() == []


SAMPLINGS = {
    "all": {},
    "grid": {"fps": (10, 1)},
    "at_most": {"fps": (25, 1), "max_frames": 7},
    "centres": {"centres": 9},
    "last": {"fps": (10, 1), "hold_last": True},
}


@given(start=st.fractions(-2, 5, max_denominator=90), length=st.fractions("1/90", 4, max_denominator=90))
@pytest.mark.parametrize("name", SAMPLINGS)
def test_slots_of_a_span_are_its_frames(path: Path, name: str, start: Fraction, length: Fraction) -> None:
    reader, sampling = _SHARED.setdefault(path, _reader(path)), _core.Sampling(**SAMPLINGS[name])  # type: ignore[arg-type]
    span = (start.as_integer_ratio(), (start + length).as_integer_ratio())
    _check(reader.slots_in(span, sampling), reader.frames_in(span, sampling, PIXEL), Media(path))


_SHARED: dict[Path, _core.Reader] = {}


def test_without_a_span_it_is_that_of_the_track(path: Path) -> None:
    reader, sampling = _reader(path), _core.Sampling(centres=5)
    slots = reader.slots_in(None, sampling)
    assert _column(slots.indices).tolist() == [7, 22, 37, 52, 67]
    _check(slots, reader.frames_in(None, sampling, PIXEL), Media(path))


def test_nothing_is_decoded(path: Path) -> None:
    reader = _reader(path)
    before = reader.counters()
    reader.slots_in(None, _core.Sampling())
    reader.slots_by_index(range(75))
    reader.slots_played_at([(1, 1)])
    assert reader.counters() == before


def _raised(call: Callable[[], object]) -> tuple[object, ...]:
    with pytest.raises(EmosError) as raised:
        call()
    error = raised.value
    return type(error), str(error), error.path, getattr(error, "index", None)


Call = Callable[[_core.Reader], object]
TIMES: tuple[Call, Call] = (
    lambda reader: reader.slots_played_at([(1, 1), (99, 1)]),
    lambda reader: reader.frames_played_at([(1, 1), (99, 1)], PIXEL),
)
INDICES: tuple[Call, Call] = (
    lambda reader: reader.slots_by_index([0, -76, 75]),
    lambda reader: reader.frames_by_index([0, -76, 75], PIXEL),
)
SPAN: tuple[Call, Call] = (
    lambda reader: reader.slots_in(((0, 1), (2**40, 1)), _core.Sampling(fps=(2**20, 1))),
    lambda reader: reader.frames_in(((0, 1), (2**40, 1)), _core.Sampling(fps=(2**20, 1)), PIXEL),
)
NO_SPAN: tuple[Call, Call] = (
    lambda reader: reader.slots_in(None, _core.Sampling()),
    lambda reader: reader.frames_in(None, _core.Sampling(), PIXEL),
)


@pytest.mark.parametrize("calls", [TIMES, INDICES, SPAN])
def test_wrong_moments_are_the_errors_of_the_frames(path: Path, calls: tuple[Call, Call]) -> None:
    reader = _reader(path)
    assert _raised(lambda: calls[0](reader)) == _raised(lambda: calls[1](reader))


@pytest.mark.parametrize("calls", [TIMES, INDICES, SPAN, NO_SPAN])
@pytest.mark.parametrize("name", ["made/novideo.flac", "made/open_gop_cut_no_sps_undecodable.ts"])
def test_tracks_without_frames_are_the_errors_of_the_frames(
    name: str, calls: tuple[Call, Call], media_path: Callable[[str], Path]
) -> None:
    reader = _reader(media_path(name))
    assert _raised(lambda: calls[0](reader)) == _raised(lambda: calls[1](reader))


def test_masked_tracks_that_give_nothing_have_slots(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/open_gop_cut_no_sps_undecodable.ts")
    masked = _reader(path, _core.OnError.MASK)
    assert _column(masked.slots_by_index([0, 1]).indices).tolist() == [0, 1]
    with pytest.raises(DecodeError):
        _reader(path).slots_by_index([0, 1])


def test_a_changed_file_is_the_error_of_the_frames(tmp_path: Path) -> None:
    clip = clips.make(["-f", "lavfi", "-i", "testsrc2=s=32x32:r=25:d=1", "-c:v", "mjpeg"], ".mov")
    changed = tmp_path / "clip.mov"
    changed.write_bytes(clip.read_bytes())
    reader = _reader(changed)
    reader.slots_by_index([0])
    changed.write_bytes(clip.read_bytes() + b"x")
    errors = [_raised(partial(call, reader)) for call in _IN_RANGE]
    assert errors[0][0] is SourceChanged and len(set(errors)) == 1


_IN_RANGE: tuple[Call, ...] = (
    lambda reader: reader.frames_by_index([0], PIXEL),
    lambda reader: reader.slots_by_index([0]),
    lambda reader: reader.slots_played_at([(0, 1)]),
    lambda reader: reader.slots_in(None, _core.Sampling()),
)
