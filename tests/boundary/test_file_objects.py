"""Media on Python's file objects: exceptions come out as they are, and nobody waits for ever."""

from __future__ import annotations

import gc
import io
import random
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emos_io import InvalidArgument, Media, Span

SMALL = (8, 8)
CONTAINERS = (
    "made/base_en_grid_30s.mp4",
    "made/remux.mkv",
    "made/remux.ts",
    "made/mp3.avi",
    "made/novideo_vbr.mp3",
    "made/vp8_vorbis.webm",
)
"""Read by their tables, by seeking in time, by seeking in bytes."""
MOST_CALLS = 16
"""Of a file's calls, how many are made to fail, one after another."""


def everything(media: Media) -> list[bytes]:
    """A little of all, here and there, so that containers seek forward and back."""
    metadata, answers = media.metadata, []
    spans = [Span(first, first + 1) for first in (0, metadata.duration * 2 / 3, metadata.duration / 3)]
    for span in spans:
        if metadata.video is not None:
            grid = media.frames_in(span, fps=2, size=SMALL)
            answers += [grid.data.tobytes(), grid.valid.tobytes(), repr(grid.times).encode()]
        if metadata.audio is not None:
            waveform = media.samples_in(span)
            answers += [waveform.data.tobytes(), waveform.valid.tobytes()]
    return answers


class Failing(io.BytesIO):
    """A file whose call number `at` of read and seek raises `what`, and later ones too if it `stays`."""

    def __init__(self, data: bytes, at: int | None, what: BaseException, *, stays: bool = False) -> None:
        super().__init__(data)
        self.at, self.what, self.stays = at, what, stays
        self.calls = 0
        self.turn = threading.Lock()

    def called(self) -> None:
        with self.turn:
            number, self.calls = self.calls, self.calls + 1
        if self.at is not None and (number == self.at or (self.stays and number > self.at)):
            raise self.what

    def read(self, size: int | None = -1, /) -> bytes:
        self.called()
        return super().read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.called()
        return super().seek(offset, whence)


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_file_object_gives_what_its_path_gives(media_path: Callable[[str], Path], name: str) -> None:
    with media_path(name).open("rb") as file:
        assert everything(Media(file)) == everything(Media(media_path(name)))


@pytest.mark.parametrize("stays", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("name", CONTAINERS)
def test_whatever_call_raises_its_exception_comes_out(
    media_path: Callable[[str], Path], name: str, stays: bool
) -> None:
    data = media_path(name).read_bytes()
    counted = Failing(data, None, ValueError())
    everything(Media(counted, num_threads=1))
    every = range(counted.calls)
    for at in every if len(every) <= MOST_CALLS else sorted(random.Random(name).sample(every, MOST_CALLS)):
        # No Exception, so that nothing on the way can take it for one of its own.
        what = KeyboardInterrupt(f"call {at}")
        with pytest.raises(KeyboardInterrupt) as caught:
            everything(Media(Failing(data, at, what, stays=stays), num_threads=1))
        assert caught.value is what


def test_exceptions_of_worker_threads_come_out(media_path: Callable[[str], Path]) -> None:
    data = media_path("made/base_en_grid_30s.mp4").read_bytes()
    threads: set[int] = set()

    class Remembering(Failing):
        def called(self) -> None:
            try:
                super().called()
            except TimeoutError:
                threads.add(threading.get_ident())
                raise

    what = TimeoutError("the network is gone")
    for at in range(40, 240, 20):
        with pytest.raises(TimeoutError) as caught:
            Media(Remembering(data, at, what, stays=True), num_threads=2).frames_in(Span(0, 30), size=SMALL)
        assert caught.value is what
    assert threads - {threading.get_ident()}, "no worker thread ever read"


def test_the_position_may_be_moved_between_reads(media_path: Callable[[str], Path]) -> None:
    for name in ("made/noaudio.mp4", "made/novideo.wav", "made/remux.mkv", "made/remux.ts"):
        path = media_path(name)
        with path.open("rb") as file:
            media, expected = Media(file), Media(path)
            for start in range(4):
                file.seek(1_000)
                if expected.metadata.video is not None:
                    frames = expected.frames_in(Span(start, start + 1), size=SMALL).data
                    assert np.array_equal(media.frames_in(Span(start, start + 1), size=SMALL).data, frames)
                file.seek(0, io.SEEK_END)
                if expected.metadata.audio is not None:
                    samples = expected.samples_in(Span(start, start + 1)).data
                    assert np.array_equal(media.samples_in(Span(start, start + 1)).data, samples)


def test_two_readers_of_one_object_do_not_mix_their_positions(media_path: Callable[[str], Path]) -> None:
    """Both read ahead in threads of their own, and the object has one position."""
    path = media_path("made/base_en_grid_30s.mp4")
    with path.open("rb") as file:
        first, second = (Media(file).windows(1, size=SMALL) for _ in range(2))
        for window in Media(path).windows(1, size=SMALL):
            assert window.video is not None and window.audio is not None
            for same in (next(first), next(second)):
                assert same.video is not None and same.audio is not None
                assert np.array_equal(same.video.data, window.video.data)
                assert np.array_equal(same.audio.data, window.audio.data)


def test_short_reads_are_continued(media_path: Callable[[str], Path]) -> None:
    class Short(io.BytesIO):
        lengths = random.Random(7)

        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            return super().read(self.lengths.randint(1, size))

    for name in ("made/0p2s.mp4", "made/remux.mkv"):
        assert everything(Media(Short(media_path(name).read_bytes()))) == everything(Media(media_path(name)))


def test_a_seek_that_tells_nothing_is_followed_by_tell(media_path: Callable[[str], Path]) -> None:
    class Silent:
        def __init__(self, data: bytes) -> None:
            self.inner = io.BytesIO(data)

        def seek(self, offset: int, whence: int = 0) -> None:
            self.inner.seek(offset, whence)

        def read(self, size: int) -> bytes:
            return self.inner.read(size)

        def tell(self) -> int:
            return self.inner.tell()

    path = media_path("made/remux.mkv")
    silent: Any = Silent(path.read_bytes())
    assert everything(Media(silent)) == everything(Media(path))


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (lambda data: None, TypeError, 'gave NoneType, not bytes; open the file with mode "rb"'),
        (lambda data: data.decode("latin-1"), TypeError, 'gave str, not bytes; open the file with mode "rb"'),
        (bytearray, TypeError, "gave bytearray, not bytes"),
        (lambda data: data + b"x", ValueError, r"must give at most \d+ bytes, got \d+; mend its read method"),
    ],
    ids=["None", "str", "bytearray", "too much"],
)
def test_reads_that_break_their_promise_are_named(
    media_path: Callable[[str], Path], answer: Callable[[bytes], Any], error: type[Exception], text: str
) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> Any:
            return answer(super().read(size))

    with pytest.raises(error, match=text):
        Media(Broken(media_path("made/remux.mkv").read_bytes()))


def test_text_files_are_refused_with_what_to_do(media_path: Callable[[str], Path]) -> None:
    with media_path("made/remux.mkv").open() as file, pytest.raises(InvalidArgument, match='open it with mode "rb"'):
        Media(file)  # type: ignore[call-overload]


def test_files_that_cannot_seek_are_refused_with_what_to_do() -> None:
    class Stream(io.RawIOBase):
        def readable(self) -> bool:
            return True

    with pytest.raises(InvalidArgument, match=r"must be seekable, got .*; read it into bytes"):
        Media(Stream())


def test_the_file_object_is_let_go_with_the_last_reader(media_path: Callable[[str], Path]) -> None:
    class Weak(io.BytesIO):
        pass

    file = Weak(media_path("made/remux.mkv").read_bytes())
    alive = weakref.ref(file)
    media = Media(file)
    windows = media.windows(1, size=SMALL)
    next(windows)
    del file
    media.close()
    del media
    assert alive() is not None
    del windows
    gc.collect()
    assert alive() is None


def test_threads_share_one_file_object(media_path: Callable[[str], Path]) -> None:
    path = media_path("made/remux.mkv")
    expected = everything(Media(path))
    with path.open("rb") as file:
        media = Media(file)
        answers: list[list[bytes]] = []
        threads = [threading.Thread(target=lambda: answers.append(everything(media))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == [expected] * 3
