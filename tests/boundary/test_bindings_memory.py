"""The wall between Rust and Python: whose memory arrays are, and how long it lives."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emos_io import InvalidArgument, Media, Span, _core

NATIVE = _core.Geometry()
SMALL = (8, 8)

MAPPED_BYTES = 128 << 10
"""From this size on, malloc asks the system for memory of its own, and gives it back when it is freed. Where the
environment sets the size, malloc does not change it, and keeps no large free memory in its heap."""
LARGE_BYTES = 32 << 20
"""What the views have at least: far more than the heap of the process could have free."""
PATIENCE_SECONDS = 120

LAST_VIEWS = """
import gc, json, sys
from emos_io import Media, Span

def is_mapped(address):
    with open("/proc/self/maps") as maps:
        ranges = [line.split(maxsplit=1)[0].split("-") for line in maps]
    return any(int(start, 16) <= address < int(end, 16) for start, end in ranges)

media = Media(sys.argv[1])
views = {"samples": media.samples_in(Span(0, 25), sample_rate=192_000).data, "frames": media.frames_in(Span(0, 5)).data}
media.close()
del media
gc.collect()
while views:
    name, view = views.popitem()
    facts = {"name": name, "bytes": view.nbytes}
    address, part = view.ctypes.data, view[:1]
    del view
    gc.collect()
    facts["mapped with a part"] = is_mapped(address)
    del part
    facts["mapped after it"] = is_mapped(address)
    print(json.dumps(facts))
"""
"""Says for each view whether its memory is mapped while a part of it lives, and after that."""


@pytest.fixture
def clip(media_path: Callable[[str], Path]) -> Path:
    """30 s of H.264 and AAC."""
    return media_path("made/base_en_grid_30s.mp4")


def reader_of(path: Path) -> _core.Reader:
    return _core.Reader(("path", os.fsencode(path)), name=str(path))


def test_arrays_are_flat_writable_buffers_of_their_own_type(clip: Path) -> None:
    reader = reader_of(clip)
    frames = reader.frames_played_at([(0, 1), (1, 1)], NATIVE)
    samples = reader.samples_in((0, 1), (1, 1), None, None)
    pts, duration, key, _ = reader.timeline()
    assert frames.data is not None
    assert samples.data is not None
    for array, shape, dtype, code, item_bytes in (
        (frames.data, frames.shape, "uint8", "B", 1),
        (samples.data, samples.shape, "float32", "f", 4),
        (pts, pts.shape, "int64", "q", 8),
        (duration, pts.shape, "int64", "q", 8),
        (key, pts.shape, "uint8", "B", 1),
    ):
        view = memoryview(array)
        assert (array.shape, array.dtype) == (shape, dtype)
        assert (view.format, view.itemsize, view.ndim) == (code, item_bytes, 1)
        assert view.shape == (math.prod(shape),)
        assert view.c_contiguous
        assert not view.readonly
        assert view.obj is array


def test_two_views_of_an_array_are_one_memory(clip: Path) -> None:
    data = reader_of(clip).frames_played_at([(0, 1)], NATIVE).data
    assert data is not None
    first, second = np.frombuffer(memoryview(data), np.uint8), np.frombuffer(memoryview(data), np.uint8)
    first[:] = 7
    assert (second == 7).all()


def owner_of(view: np.ndarray[Any, Any]) -> object:
    """The object whose memory a view shows."""
    base: object = view
    while isinstance(base, np.ndarray | memoryview):
        base = base.base if isinstance(base, np.ndarray) else base.obj
    return base


def test_a_view_holds_the_array_whose_memory_it_shows(clip: Path) -> None:
    media = Media(clip)
    views = media.frames_in(Span(0, 1)).data, media.samples_in(Span(0, 1)).data, media.timeline.pts
    media.close()
    for view in views:
        array = owner_of(view)
        assert isinstance(array, _core.Array)
        num_references = sys.getrefcount(array)
        with memoryview(array):
            assert sys.getrefcount(array) == num_references + 1
        assert sys.getrefcount(array) == num_references


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="asks glibc's malloc, which maps large memory by itself")
def test_memory_lives_as_long_as_a_view(clip: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", LAST_VIEWS, str(clip)],
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": str(MAPPED_BYTES)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    views = [json.loads(line) for line in child.stdout.splitlines()]
    assert [view["name"] for view in views] == ["frames", "samples"]
    for view in views:
        assert view["bytes"] >= LARGE_BYTES
        assert view["mapped with a part"]
        assert not view["mapped after it"]


def test_an_empty_answer_is_an_empty_array(clip: Path) -> None:
    reader = reader_of(clip)
    empty = reader.frames_played_at([], NATIVE).data
    assert empty is not None and memoryview(empty).nbytes == 0
    assert reader.frames_played_at([], NATIVE, out=np.empty(0, dtype=np.uint8)).data is None


@pytest.mark.parametrize(
    ("out", "error", "text"),
    [
        (bytes(192), InvalidArgument, "writable"),
        (np.empty(384, dtype=np.uint8)[::2], InvalidArgument, "C-contiguous"),
        (np.empty(191, dtype=np.uint8), InvalidArgument, "out must have 192 bytes and shape .*, got 191 bytes"),
        (np.empty(48, dtype=np.float32), BufferError, "not compatible"),
        ([0] * 192, TypeError, "bytes-like"),
    ],
    ids=["read-only", "strided", "short", "of another type", "no buffer"],
)
def test_memory_that_cannot_be_filled_is_refused(clip: Path, out: object, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        reader_of(clip).frames_played_at([(0, 1)], _core.Geometry(SMALL), out=out)


def test_out_is_filled_and_let_go(clip: Path) -> None:
    reader, small = reader_of(clip), _core.Geometry(SMALL)
    out = bytearray(192)
    assert reader.frames_played_at([(1, 1)], small, out=out).data is None
    assert out == memoryview(reader.frames_played_at([(1, 1)], small).data)  # type: ignore[arg-type]
    out.append(0)  # refused as long as the buffer is locked


def test_a_bytearray_is_locked_as_long_as_it_is_read(clip: Path) -> None:
    data = bytearray(clip.read_bytes())
    media = Media(data)
    windows = media.windows(1, size=SMALL)
    next(windows)
    media.close()
    with pytest.raises(BufferError):
        data.append(0)
    del windows
    data.append(0)


@pytest.mark.parametrize("shape", [(-1, 4), (2, -1, 2)], ids=str)
@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.float32])
def test_bytes_of_any_type_and_shape_are_a_source(clip: Path, dtype: type[np.generic], shape: tuple[int, ...]) -> None:
    data = clip.read_bytes()
    padded = np.frombuffer(data + bytes(-len(data) % 64), dtype=dtype).reshape(shape)
    expected = Media(clip).frames_played_at([1], size=SMALL)
    assert np.array_equal(Media(padded.data).frames_played_at([1], size=SMALL).data, expected.data)


def test_bytes_with_holes_are_no_source() -> None:
    with pytest.raises(InvalidArgument, match="must be contiguous memory"):
        Media(memoryview(bytes(64))[::2])
