"""The wall between Rust and Python: the GIL, signals, logging, exact numbers."""

from __future__ import annotations

import io
import logging
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emos_io import InvalidArgument, Media, SourceUnreadable, Span, _core

SMALL = (8, 8)

SIGNAL_SECONDS = 0.2
"""When the signal comes; the reads that it meets take seconds."""
ANSWER_SECONDS = 1.5
"""Within which a signal must be answered. The core looks every 50 ms; the rest is for a busy machine."""
WAKE_UPS = 5
"""Times that another thread must get to run during a read of half a second or more; with the GIL taken it is none."""

LINES = 20
"""Messages of one source that are logged within 10 s."""


@pytest.fixture
def clip(media_path: Callable[[str], Path]) -> Path:
    """30 s of H.264 and AAC."""
    return media_path("made/base_en_grid_30s.mp4")


@pytest.fixture
def long_clip(media_path: Callable[[str], Path]) -> Path:
    """360 s of H.264 and AAC, which take seconds to decode."""
    return media_path("made/long_en_grid_360s_concatcopy.mp4")


# ---- the GIL ----


def test_python_runs_while_the_core_decodes(long_clip: Path) -> None:
    media = Media(long_clip)
    wake_ups: list[float] = []
    done = threading.Event()

    def count() -> None:
        while not done.wait(0.01):
            wake_ups.append(time.monotonic())

    thread = threading.Thread(target=count)
    thread.start()
    try:
        start = time.monotonic()
        media.frames_in(Span(0, 120), size=SMALL)
        end = time.monotonic()
    finally:
        done.set()
        thread.join()
    assert sum(start < wake_up < end for wake_up in wake_ups) >= WAKE_UPS


class Gate(io.BytesIO):
    """A file whose reads wait for `free` while `shut`."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.shut = False
        self.reached, self.free = threading.Event(), threading.Event()

    def read(self, size: int | None = -1, /) -> bytes:
        if self.shut:
            self.reached.set()
            assert self.free.wait(60)
        return super().read(size)


def test_two_threads_cannot_ask_one_stream_at_once(clip: Path) -> None:
    gate = Gate(clip.read_bytes())
    reader = _core.Reader(("file", gate), name="gate")
    stream = reader.windows(
        [((i, 1), (i + 1, 1)) for i in range(3)], _core.Sampling(), _core.Geometry(SMALL), None, None, 1
    )
    got: list[object] = []
    gate.shut = True
    thread = threading.Thread(target=lambda: got.append(next(stream)))
    thread.start()
    try:
        assert gate.reached.wait(60)
        with pytest.raises(InvalidArgument, match="must have one reader at a time"):
            next(stream)
        assert stream.index == 1
    finally:
        gate.free.set()
        thread.join()
    assert len(got) == 1
    assert stream.index == 2
    assert len(list(stream)) == 1
    assert stream.index == 3


# ---- signals ----


class AlarmError(Exception):
    """What the handler raises."""


@pytest.fixture
def alarm() -> Iterator[AlarmError]:
    """A signal that comes soon, and the exception that its handler raises."""
    raised = AlarmError("the alarm came")

    def handler(*_: object) -> None:
        raise raised

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, SIGNAL_SECONDS)
    yield raised
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def frames(media: Media) -> object:
    return media.frames_in(Span(0, media.metadata.duration), size=(32, 32))


def one_group(media: Media) -> object:
    return [media.frames_in(Span(i, i + 1), size=(32, 32)) for i in range(360)]


def waveform(media: Media) -> object:
    return [
        media.samples_in(Span(0, media.metadata.duration), sample_rate=rate) for rate in range(8_000, 48_000, 1_000)
    ]


def windows(media: Media) -> object:
    return list(media.windows(60, size=(32, 32)))


@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("read", [frames, one_group, waveform, windows])
def test_what_a_signal_handler_raises_ends_a_read_as_it_is(
    long_clip: Path, alarm: AlarmError, num_threads: int, read: Callable[[Media], object]
) -> None:
    media = Media(long_clip, num_threads=num_threads)
    start = time.monotonic()
    with pytest.raises(AlarmError) as caught:
        read(media)
    assert caught.value is alarm
    assert time.monotonic() - start < ANSWER_SECONDS
    # Nothing was left in a bad state.
    assert np.array_equal(media.frames_played_at([1]).data, Media(long_clip).frames_played_at([1]).data)


def test_a_signal_ends_a_scan(media_path: Callable[[str], Path], alarm: AlarmError) -> None:
    many = media_path("made/remux.ts").read_bytes() * 50
    start = time.monotonic()
    with pytest.raises(AlarmError) as caught:
        while True:
            Media(many)
    assert caught.value is alarm
    assert time.monotonic() - start < ANSWER_SECONDS


def test_control_c_is_a_keyboard_interrupt(long_clip: Path) -> None:
    media = Media(long_clip)
    # A process that was started in the background ignores it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(SIGNAL_SECONDS, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        start = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            frames(media)
        assert time.monotonic() - start < ANSWER_SECONDS
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_window_that_was_interrupted_can_be_asked_for_again(long_clip: Path, alarm: AlarmError) -> None:
    media = Media(long_clip)
    stream = media.windows(120, size=SMALL)
    to_come = len(stream)
    with pytest.raises(AlarmError) as caught:
        next(stream)
    assert caught.value is alarm
    assert len(stream) == to_come
    assert next(stream).span == Span(0, 120)


def test_a_signal_leaves_reads_of_other_threads_alone(long_clip: Path, alarm: AlarmError) -> None:
    media = Media(long_clip)
    answers: list[object] = []
    thread = threading.Thread(target=lambda: answers.append(media.frames_in(Span(0, 60), size=SMALL)))
    thread.start()
    with pytest.raises(AlarmError) as caught:
        while True:
            time.sleep(0.01)
    thread.join()
    assert caught.value is alarm
    assert len(answers) == 1


# ---- logging ----


class Kept(logging.Handler):
    """Keeps the records, and calls `then` for each."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.then = then

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.then()


@pytest.fixture
def listen() -> Iterator[Callable[[logging.Handler], None]]:
    """Adds a handler to FFmpeg's logger for one test."""
    logger = logging.getLogger("emos_io.ffmpeg")
    added: list[logging.Handler] = []

    def add(handler: logging.Handler) -> None:
        logger.addHandler(handler)
        added.append(handler)

    yield add
    for handler in added:
        logger.removeHandler(handler)


@pytest.fixture
def damaged(media_path: Callable[[str], Path], tmp_path: Path) -> Path:
    """A file about which FFmpeg has much to say, under a name of its own."""
    return Path(shutil.copy(media_path("made/corrupt_bytes.mp4"), tmp_path / "damaged.mp4"))


def read_all(path: Path) -> None:
    Media(path, on_error="mask").frames_in(Span(0, 30), size=SMALL)


def test_messages_of_ffmpeg_go_to_logging_and_nowhere_else(
    damaged: Path, listen: Callable[[logging.Handler], None], capfd: pytest.CaptureFixture[str]
) -> None:
    kept = Kept()
    listen(kept)
    read_all(damaged)
    assert {record.name for record in kept.records} == {"emos_io.ffmpeg"}
    assert {record.levelno for record in kept.records} <= {logging.ERROR, logging.WARNING}
    assert all(record.getMessage().endswith(f': "{damaged}"') for record in kept.records)
    assert capfd.readouterr() == ("", "")


def test_one_source_logs_only_so_much(damaged: Path, listen: Callable[[logging.Handler], None]) -> None:
    kept = Kept()
    listen(kept)
    for _ in range(3):
        read_all(damaged)
    of_it = [record.getMessage() for record in kept.records if str(damaged) in record.getMessage()]
    assert len(of_it) == LINES
    assert "more such messages within 10 s are left out" in of_it[-1]
    assert not any("left out" in line for line in of_it[:-1])


def test_a_handler_that_fails_does_not_fail_the_read(damaged: Path, listen: Callable[[logging.Handler], None]) -> None:
    def fail() -> None:
        raise ValueError("the disk of the log is full")

    kept = Kept(fail)
    listen(kept)
    read_all(damaged)
    assert len(kept.records) == LINES


def test_control_c_within_a_handler_is_not_lost(damaged: Path, listen: Callable[[logging.Handler], None]) -> None:
    raised = KeyboardInterrupt()

    def stop() -> None:
        raise raised

    listen(Kept(stop))
    with pytest.raises(KeyboardInterrupt) as caught:
        read_all(damaged)
    assert caught.value is raised


def test_a_handler_may_read_media(damaged: Path, clip: Path, listen: Callable[[logging.Handler], None]) -> None:
    shapes: list[tuple[int, ...]] = []
    listen(Kept(lambda: shapes.append(Media(clip).frames_played_at([0], size=SMALL).data.shape)))
    read_all(damaged)
    assert set(shapes) == {(1, *SMALL, 3)}


def test_errors_carry_the_last_line_of_ffmpeg(media_path: Callable[[str], Path]) -> None:
    with pytest.raises(SourceUnreadable) as caught:
        Media(media_path("made/trunc_60pct_no_moov.mp4"))
    assert caught.value.ffmpeg_message is not None
    assert "moov atom not found" in caught.value.ffmpeg_message


# ---- numbers ----


@pytest.mark.parametrize("time", [(1, 0), (1, -1), (0, 0)])
def test_a_pair_that_is_no_time_is_refused(clip: Path, time: tuple[int, int]) -> None:
    with pytest.raises(InvalidArgument, match="denominator must be above 0"):
        _core.Reader(("path", os.fsencode(clip)), name=str(clip)).frames_played_at([time], _core.Geometry())


@pytest.mark.parametrize(("name", "value"), [("fit", "pad"), ("dimension_order", "TCHW"), ("fit", _core.OnError.MASK)])
def test_the_core_takes_members_and_no_names(name: str, value: object) -> None:
    options: dict[str, Any] = {name: value}
    # Where the name stands in the text is PyO3's choice, which differs between builds for one Python and for all.
    with pytest.raises(TypeError, match=f"'{name}'"):
        _core.Geometry(**options)
