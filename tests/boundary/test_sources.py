"""Memory as a source, URLs that are none, and counts of channels that a track does not have."""

from __future__ import annotations

import array
import ctypes
import mmap
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec  # type: ignore[import-untyped]
import numpy as np
import pytest
import torch

from emos_io import InvalidArgument, Media, SourceNotFound, SourceUnreadable, Span
from oracle import clips
from oracle.refusals import refusal_of

SMALL = (8, 8)


@pytest.fixture(scope="module")
def path() -> Path:
    return clips.counting_clip(seconds=2)


@pytest.fixture(scope="module")
def data(path: Path) -> bytes:
    return path.read_bytes()


def _mapped(path: Path) -> mmap.mmap:
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


MEMORIES: dict[str, Callable[[Path], Any]] = {
    "numpy": lambda path: np.fromfile(path, np.uint8),
    "read-only": lambda path: np.frombuffer(path.read_bytes(), np.uint8),
    "part": lambda path: np.pad(np.fromfile(path, np.uint8), 5)[5:-5],
    "memmap": lambda path: np.memmap(path, np.uint8, "r"),
    "torch": lambda path: torch.from_numpy(np.fromfile(path, np.uint8)),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "mmap": _mapped,
    "array": lambda path: array.array("B", path.read_bytes()),
    "ctypes": lambda path: (ctypes.c_ubyte * path.stat().st_size).from_buffer_copy(path.read_bytes()),
    "chars": lambda path: memoryview(path.read_bytes()).cast("c"),
}


@pytest.mark.parametrize("kind", MEMORIES)
def test_memory_of_bytes_is_a_source(kind: str, path: Path) -> None:
    expected = Media(path).window(Span(0, 2), fps=5, size=SMALL, sample_rate=16_000)
    media = Media(MEMORIES[kind](path))
    assert media.metadata.path == f"<{path.stat().st_size} bytes>"
    for each in (media, pickle.loads(pickle.dumps(media))):
        window = each.window(Span(0, 2), fps=5, size=SMALL, sample_rate=16_000)
        assert window.video is not None and expected.video is not None
        assert window.audio is not None and expected.audio is not None
        assert np.array_equal(window.video.data, expected.video.data)
        assert np.array_equal(window.audio.data, expected.audio.data)


def test_memory_is_kept_and_let_go_when_the_media_is_closed(path: Path, data: bytes) -> None:
    media = Media(np.frombuffer(data, np.uint8).copy())
    assert media.frames_by_index([1], size=SMALL).valid.all(), "the array is kept alive"
    mapped, growing = _mapped(path), bytearray(data)
    for memory, change in ((mapped, mapped.close), (growing, growing.clear)):
        media = Media(memory)
        frames = media.frames_by_index([1], size=SMALL)
        with pytest.raises(BufferError):
            change()
        media.close()
        change()
        assert frames.valid.all()
        with pytest.raises(InvalidArgument, match="closed"):
            media.frames_by_index([1])
    text = refusal_of(lambda: Media(mapped))
    assert text.startswith("source must be open, got ") and "closed" in text


def test_a_pickle_has_the_bytes_of_its_moment(data: bytes) -> None:
    memory = np.frombuffer(data, np.uint8).copy()
    pickled = pickle.dumps(Media(memory))
    memory[:] = 0
    assert clips.frame_numbers(pickle.loads(pickled).frames_by_index([7]).data) == [7]
    with pytest.raises(SourceUnreadable):
        Media(memory)


@pytest.mark.parametrize(
    ("memory", "got"),
    [
        (np.zeros((2, 8), np.uint8), "uint8[2, 8]"),
        (np.zeros(16, np.uint8)[::2], "uint8[8] in strides"),
        (np.zeros(16, np.uint8)[::-1], "uint8[16] in strides"),
        (np.array(3, np.uint8), "uint8[]"),
        (np.zeros(4, np.int8), "int8[4]"),
        (np.zeros(4, np.bool_), "bool[4]"),
        (np.zeros(4, np.uint16), "uint16[4]"),
        (np.zeros(4, np.float32), "float32[4]"),
        (np.zeros(4, "S1"), "|S1[4]"),
        (np.zeros(4, "M8[s]"), "datetime64[s][4]"),
        (np.array(["a", "b"]), "<U1[2]"),
        (np.array([object()]), "object[1]"),
        (torch.zeros(4), "float32[4]"),
        (torch.zeros(4, dtype=torch.int8), "int8[4]"),
        (torch.zeros((2, 2), dtype=torch.uint8), "uint8[2, 2]"),
        (torch.zeros(4, dtype=torch.uint8)[::2], "uint8[2] in strides"),
        (array.array("d", [1.0]), "items of format 'd' [1]"),
        (memoryview(bytes(8))[::2], "items of format 'B' [4] in strides"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_other_memory_is_refused(memory: Any, got: str) -> None:
    assert refusal_of(lambda: Media(memory)) == (
        f"source must be contiguous memory of bytes, uint8[N], got {got}; give the bytes of the file alone"
    )


def test_memory_that_the_cpu_cannot_see_is_refused() -> None:
    tensor: Any = torch.zeros(4, dtype=torch.uint8, device="meta")
    text = refusal_of(lambda: Media(tensor))
    assert text.startswith("source must be memory of the CPU, got tensor(") and text.endswith("; copy it there first")


URLS = (
    "http://example.org/film.mp4",
    "https://user@example.org:8080/a%20film.mp4?x=1",
    "s3://bucket/film.mp4",
    "s3://bucket/" + "k" * 400,
    "hf://datasets/own/set/film.mp4",
    "gs://bucket/film.mp4",
    "file:///tmp/no such film.mp4",
    "rtsp://camera/1",
    "filecache::s3://bucket/film.mp4",
    "HTTP://EXAMPLE.ORG/",
)


@pytest.mark.parametrize("url", URLS)
def test_a_url_is_refused_with_the_name_of_fsspec(url: str) -> None:
    for source in (url, Path(url)):
        with pytest.raises(SourceNotFound) as raised:
            Media(source)
        text = str(raised.value)
        assert text.startswith(
            "there is no such file, and URLs are not opened; pass fsspec.open(url).open() for a URL: "
        )
        assert text.endswith(f'"{source}"') and raised.value.path == str(source)


@pytest.mark.parametrize(
    "name", ["film.mp4", "C:film.mp4", "C:/film.mp4", "a:b.mp4", "1:/x", "no such://", "/http://x"]
)
def test_other_names_are_missing_files(name: str) -> None:
    with pytest.raises(SourceNotFound, match=r"^there is no such file; check the path: "):
        Media(name)


@pytest.mark.parametrize("name", ["http://films/film.mov", "s3::x.mov", "file:/film.mov"])
def test_a_file_of_such_a_name_opens(name: str, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, name)
    assert clips.frame_numbers(Media(name).frames_by_index([4]).data) == [4]
    Path(name).write_bytes(b"no film")
    with pytest.raises(SourceUnreadable):
        Media(name)


def test_the_advice_for_urls_works(path: Path) -> None:
    with pytest.raises(SourceNotFound, match="fsspec"):
        Media(f"file://{path}")
    with fsspec.open(f"file://{path}").open() as file:
        assert clips.frame_numbers(Media(file).frames_by_index([4]).data) == [4]


@pytest.mark.parametrize(
    ("layout", "own"), [("mono", 1), ("stereo", 2), ("3.0", 3), ("5.1", 6), ("7.1", 8), ("hexadecagonal", 16)]
)
def test_channels_are_mixed_down_and_never_made_up(layout: str, own: int) -> None:
    path = clips.make(
        (
            "-f",
            "lavfi",
            "-i",
            f"aevalsrc={'|'.join(['sin(t*900)/9'] * own)}:c={layout}:d=1:s=16000",
            "-c:a",
            "pcm_s16le",
        ),
        ".mkv",
    )
    media = Media(path)
    assert media.metadata.audio is not None and media.metadata.audio.num_channels == own
    for channels in {1, 2, own - 1, own} - {0}:
        if channels <= min(own, 8) or channels == own:
            assert media.samples_in(Span(0, 1), num_channels=channels).num_channels == channels
    for channels in {own + 1, own + 2, 2 * own, 64, 2**31 - 1}:
        for ask in (media.samples_in, media.window):
            text = refusal_of(lambda ask=ask, channels=channels: ask(Span(0, 1), num_channels=channels))  # type: ignore[misc]
            assert text == (
                f"num_channels must be at most {own}, as many as the track has, got {channels}; leave it out for {own}, "
                f'and copy channels of the result where you need more: "{path}"'
            )
    with pytest.raises(InvalidArgument, match="at most"):
        media.windows(1, num_channels=own + 1)
