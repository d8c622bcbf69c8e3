"""Sources, arrays and processes: who shares what, and for how long."""

from __future__ import annotations

import gc
import io
import mmap
import multiprocessing
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from run_emos import killed_on_failure

from emos_io import Media, SourceChanged, Span

MediaPath = Callable[[str], Path]
NAME = "made/remux.mkv"
OPENS = 300


def answer(media: Media) -> tuple[bytes, bytes]:
    window = media.window(Span(1, 2), fps=4, size=(24, 32), sample_rate=16_000)
    assert window.video is not None
    assert window.audio is not None
    return window.video.data.tobytes(), window.audio.data.tobytes()


@pytest.mark.parametrize("kind", ["str", "bytes", "bytearray", "memoryview", "mmap", "BytesIO", "file", "fsspec"])
def test_every_kind_of_source_gives_the_same(media_path: MediaPath, kind: str) -> None:
    path = media_path(NAME)
    expected = answer(Media(path))
    with path.open("rb") as file:
        match kind:
            case "str":
                source: object = str(path)
            case "bytes":
                source = path.read_bytes()
            case "bytearray":
                source = bytearray(path.read_bytes())
            case "memoryview":
                source = memoryview(path.read_bytes())
            case "mmap":
                source = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
            case "BytesIO":
                source = io.BytesIO(path.read_bytes())
            case "file":
                source = file
            case _:
                fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
                source = fsspec.filesystem("file").open(str(path), "rb")
        media = Media(source)  # type: ignore[call-overload]
        assert answer(media) == expected
        media.close()
        del media
        gc.collect()


def test_arrays_outlive_the_reader_and_can_be_written(media_path: MediaPath) -> None:
    with Media(media_path(NAME)) as media:
        window = media.window(Span(1, 2), fps=4, size=(24, 32))
    assert window.video is not None
    assert window.audio is not None
    before = window.video.data.copy()
    del media
    gc.collect()
    assert np.array_equal(window.video.data, before)
    window.video.data[:] = 7
    window.audio.data[:] = 0.5
    assert (window.video.data == 7).all()


def test_torch_shares_the_memory(media_path: MediaPath) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    frames = Media(media_path(NAME)).frames_by_index([0, 5], size=(24, 32))
    for tensor in (torch.from_numpy(frames.data), torch.from_dlpack(frames.data)):
        assert tensor.data_ptr() == frames.data.ctypes.data
        assert tuple(tensor.shape) == frames.data.shape
    torch.from_numpy(frames.data)[0] = 9
    assert (frames.data[0] == 9).all()


def test_out_fills_a_tensor_of_the_caller(media_path: MediaPath) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    media = Media(media_path(NAME))
    memory = torch.empty((2, 24, 32, 3), dtype=torch.uint8)
    frames = media.frames_by_index([0, 5], size=(24, 32), out=memory)
    assert np.array_equal(memory.numpy(), media.frames_by_index([0, 5], size=(24, 32)).data)
    assert frames.data.ctypes.data == memory.data_ptr()
    waveform = torch.empty((1, 16_000), dtype=torch.float32)
    media.samples_in(Span(1, 2), sample_rate=16_000, num_channels=1, out=waveform)
    assert np.array_equal(waveform.numpy(), media.samples_in(Span(1, 2), sample_rate=16_000, num_channels=1).data)


@pytest.mark.parametrize("wrong", ["shape", "dtype", "order", "readonly"])
def test_memory_that_does_not_suit_is_refused(media_path: MediaPath, wrong: str) -> None:
    memory: npt.NDArray[np.generic] = np.empty((2, 24, 32, 3), np.uint8)
    match wrong:
        case "shape":
            memory = np.empty((3, 24, 32, 3), np.uint8)
        case "dtype":
            memory = np.empty((2, 24, 32, 3), np.float32)
        case "order":
            memory = np.empty((2, 24, 32, 6), np.uint8)[..., ::2]
        case _:
            memory.flags.writeable = False
    with pytest.raises(ValueError, match="out must be "):
        Media(media_path(NAME)).frames_by_index([0, 5], size=(24, 32), out=memory)


def _in_child(pickled: bytes, queue: multiprocessing.Queue[tuple[bytes, bytes, str]]) -> None:
    media = pickle.loads(pickled)
    queue.put((*answer(media), media.metadata.index_source))


@pytest.mark.parametrize("kind", ["path", "bytes"])
def test_a_media_pickles_into_a_spawned_process(media_path: MediaPath, kind: str) -> None:
    path = media_path(NAME)
    media = Media(path if kind == "path" else path.read_bytes())
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[tuple[bytes, bytes, str]] = context.Queue()
    process = context.Process(target=_in_child, args=(pickle.dumps(media), queue))
    process.start()
    frames, waveform, source = queue.get(timeout=120)
    process.join(60)
    assert (frames, waveform) == answer(media)
    assert source == "saved", "a scan travels along"


def test_a_media_on_a_file_object_says_why_it_does_not_pickle(media_path: MediaPath) -> None:
    with media_path(NAME).open("rb") as file, pytest.raises(TypeError, match="open it by path"):
        pickle.dumps(Media(file))


def test_a_saved_index_serves_the_same_file_only(media_path: MediaPath, tmp_path: Path) -> None:
    path = media_path(NAME)
    index = Media(path).save_index()
    again = Media(path, index=index)
    assert again.metadata.index_source == "saved"
    assert answer(again) == answer(Media(path))
    other = tmp_path / "other.mkv"
    other.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(SourceChanged, match="changed after it was indexed"):
        Media(other, index=index)


def test_a_file_that_changes_after_it_was_opened_is_an_error(media_path: MediaPath, tmp_path: Path) -> None:
    copy = tmp_path / "clip.mkv"
    copy.write_bytes(media_path(NAME).read_bytes())
    media = Media(copy)
    copy.write_bytes(media_path("made/remux.ts").read_bytes())
    with pytest.raises(SourceChanged, match="open it again"):
        media.frames_by_index([3])


def test_threads_share_one_reader(media_path: MediaPath) -> None:
    media = Media(media_path(NAME))
    expected = {k: media.frames_by_index([k, 700 - k], size=(24, 32)).data.tobytes() for k in range(0, 300, 37)}
    wrong: list[int] = []

    def read(first: int) -> None:
        for k in sorted(expected, key=lambda k: (k * 7 + first) % 11):
            if media.frames_by_index([k, 700 - k], size=(24, 32)).data.tobytes() != expected[k]:
                wrong.append(k)

    threads = [threading.Thread(target=read, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_opening_and_closing_leaves_nothing_behind(media_path: MediaPath) -> None:
    path = media_path("made/0p2s.mp4")

    def once() -> None:
        with Media(path) as media:
            for _ in media.windows(length="0.1", size=(16, 16)):
                pass

    once()
    gc.collect()
    files, threads = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    tasks = len(list(Path("/proc/self/task").iterdir()))
    for _ in range(OPENS):
        once()
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) == files
    assert threading.active_count() == threads
    assert len(list(Path("/proc/self/task").iterdir())) <= tasks + 1


def test_a_broken_reader_of_our_output_is_no_error(media_path: MediaPath) -> None:
    command = [
        sys.executable,
        "-m",
        "emos_io",
        "windows",
        str(media_path(NAME)),
        "--length",
        "1",
        "--size",
        "16,16",
        "--json",
    ]
    with killed_on_failure(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
