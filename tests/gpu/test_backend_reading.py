"""Reading on a device, whatever decodes: here PyAV stands behind the seam, so that nothing of DALI is needed."""

from __future__ import annotations

import os
import pickle
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import device_clips
import numpy as np
import pytest
from av_decoder import AvDecoder
from both_paths import answer_of, assert_same, windows_of

from emos_io import Media, Span
from emos_io.errors import DecodeError, FrameIndexError, InvalidArgument, TimeOutOfRange, TooLarge
from emos_io.gpu import backend, session
from emos_io.gpu.fallback import Reason
from emos_io.gpu.session import Chunk, GopSession
from emos_io.plan import LabelRule, Windowing
from emos_io.report import RenderOptions, read_page, resolve_item

HOPS = [("1", None), ("1", "1/4"), ("0.7", "0.3"), ("0.3", "0.9"), ("2", "0.12"), ("3", "1")]


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch) -> AvDecoder:
    made = AvDecoder()
    monkeypatch.setattr(backend, "open_decoder", lambda device: made)
    return made


@pytest.fixture
def pair(decoder: AvDecoder) -> Iterator[tuple[Media[Any], Media[Any]]]:
    """The same clip on the device and on the CPU path; what a probe decodes is not counted."""
    path = device_clips.full_chroma()
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        device.frames_by_index([0])
        decoder.calls.clear()
        yield device, cpu


@pytest.mark.parametrize(("length", "hop"), HOPS)
@pytest.mark.parametrize("fps", [None, 7])
def test_windows_are_those_of_the_cpu_path_and_slices_of_one_read(
    pair: tuple[Media[Any], Media[Any]], length: str, hop: str | None, fps: int | None
) -> None:
    device, cpu = pair
    got = windows_of(device, length, hop, fps=fps)
    assert_same(got, windows_of(cpu, length, hop, fps=fps))
    if fps is None:
        everything = answer_of(device.frames_in(Span(0, device.metadata.duration)))
        assert everything.data is not None
        row = dict(zip(everything.times, everything.data, strict=True))
        for each in got:
            assert each.data is not None
            assert all(np.array_equal(frame, row[time]) for time, frame in zip(each.times, each.data, strict=True))


CALLS: dict[str, Callable[[Media[Any]], Any]] = {
    "times in any order": lambda media: media.frames_played_at([2, "0.04", 1, 1, "2.399", 0.4]),
    "held at the end": lambda media: media.frames_played_at([0, 100], hold_last=True),
    "indices in any order": lambda media: media.frames_by_index([59, 3, 3, -60, 31, 0, -1]),
    "no indices": lambda media: media.frames_by_index([]),
    "no indices, channels first": lambda media: media.frames_by_index([], dimension_order="TCHW"),
    "each frame of a span": lambda media: media.frames_in(Span("0.5", "1.7")),
    "a grid that goes past the end": lambda media: media.frames_in(Span(2, 4), fps=10),
    "before the start": lambda media: media.frames_in(Span(-2, -1), fps=2),
    "evenly": lambda media: media.frames_uniform(7),
    "evenly in a span": lambda media: media.frames_uniform(5, Span(1, 2)),
    "channels first": lambda media: media.frames_in(Span(0, 1), fps=5, dimension_order="TCHW"),
    "a region": lambda media: media.frames_in(Span(0, 1), fps=5, roi=(8, 4, 40, 36)),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_call_answers_as_on_the_cpu_path(pair: tuple[Media[Any], Media[Any]], name: str) -> None:
    device, cpu = (answer_of(CALLS[name](media)) for media in pair)
    assert_same([device], [cpu])


def test_a_window_has_the_samples_of_the_cpu_path(pair: tuple[Media[Any], Media[Any]]) -> None:
    device, cpu = (media.window(Span(1, 2), fps=4, sample_rate=8_000) for media in pair)
    assert device.audio is not None and cpu.audio is not None
    assert np.array_equal(device.audio.data, cpu.audio.data)
    assert len(device.audio) == 8_000
    spans = [Span(0, 1), Span("0.5", 3), Span(2, "2.4")]
    got, expected = ([answer_of(each.video) for each in media.windows_at(spans)] for media in pair)
    assert_same(got, expected)


def test_each_gop_of_a_stream_is_decoded_once(pair: tuple[Media[Any], Media[Any]], decoder: AvDecoder) -> None:
    device, _ = pair
    before = device.stats()["gops"]["device"]
    windows_of(device, "1", "0.1")
    assert [sorted(ranks) for ranks in decoder.calls] == [list(range(device_clips.GOP))] * 6
    assert device.stats()["gops"] == {"device": before + 6, "cpu": 0}


def test_grids_that_lie_between_each_other_decode_each_gop_once(
    pair: tuple[Media[Any], Media[Any]], decoder: AvDecoder
) -> None:
    """A later window may want frames of a GOP that stand before those of the first window that touches it."""
    windows_of(pair[0], "1", "0.25", fps=3)
    assert len(decoder.calls) == 6


def test_only_wanted_frames_are_asked_for(pair: tuple[Media[Any], Media[Any]], decoder: AvDecoder) -> None:
    device, _ = pair
    windows_of(device, "0.8", "0.4", fps=5)
    # A grid of 1/5 s has every fifth frame of 25 a second.
    assert decoder.calls == [[0, 5]] * 6


def test_long_gops_are_decoded_in_parts(
    decoder: AvDecoder, pair: tuple[Media[Any], Media[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    device, cpu = pair
    monkeypatch.setattr(backend, "PART_BYTES", 4 * 3 * device_clips.WIDTH * device_clips.HEIGHT)
    before = device.stats()["gops"]["device"]
    assert_same(windows_of(device, "1", "0.3"), windows_of(cpu, "1", "0.3"))
    assert decoder.calls == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] * 6
    assert device.stats()["gops"]["device"] == before + 6


def test_chunks_are_dropped_when_windows_have_passed(
    pair: tuple[Media[Any], Media[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    device, _ = pair
    made: list[weakref.ref[Chunk]] = []
    chunk_of = GopSession._add

    def add(self: GopSession, chunk: Chunk) -> None:
        made.append(weakref.ref(chunk))
        chunk_of(self, chunk)

    monkeypatch.setattr(GopSession, "_add", add)
    alive = []
    for _ in device.windows("0.4", "0.2"):
        alive.append(sum(chunk() is not None for chunk in made))
    # A window of 0.4 s lies in two GOPs of 0.4 s at most; with the last one all are dropped.
    assert alive == [1, 2] * 5 + [0]


def test_what_the_device_fails_at_is_decoded_on_the_cpu(
    pair: tuple[Media[Any], Media[Any]], decoder: AvDecoder, caplog: pytest.LogCaptureFixture
) -> None:
    device, cpu = pair
    decoder.failing = {1, 4}
    assert_same(windows_of(device, "1", "0.5"), windows_of(cpu, "1", "0.5"))
    assert device.stats() == {
        "device": "dali-cpu",
        "gops": {"device": 1 + 4, "cpu": 2},
        "fallback": {Reason.DECODER: 1},
    }
    (record,) = [each for each in caplog.records if each.name == "emos_io.gpu" and "failed" in each.message]
    assert record.levelname == "WARNING"
    assert "the device is tired" in record.message
    assert str(device_clips.full_chroma()) in record.message


@pytest.mark.parametrize("on_error", ["raise", "mask"])
@pytest.mark.parametrize("make", [device_clips.cut_off, device_clips.noisy])
def test_damage_is_that_of_the_cpu_path(
    make: Callable[[Path], Path], on_error: Any, tmp_path: Path, decoder: AvDecoder
) -> None:
    path = make(tmp_path)
    with Media(path, device="dali-cpu", on_error=on_error) as device, Media(path, on_error=on_error) as cpu:
        for length, hop in (("0.4", None), ("0.4", "0.12"), ("1", "0.5")):
            expected = windows_of(cpu, length, hop)
            assert any(each.error or any(each.damaged) for each in expected)
            assert_same(windows_of(device, length, hop), expected)
        assert set(device.stats()["fallback"]) <= {Reason.DAMAGE, Reason.BITSTREAM}
        assert device.stats()["gops"]["cpu"] > 0 < device.stats()["gops"]["device"]


def test_times_that_exchange_frames_do_not_change_their_numbers(tmp_path: Path, decoder: AvDecoder) -> None:
    """Decoders of VP9 give frames in the order of packets, and the index has them in the order of times."""
    path = device_clips.disordered(tmp_path)
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        every = range(device_clips.NUM_FRAMES)
        assert_same([answer_of(device.frames_by_index(every))], [answer_of(cpu.frames_by_index(every))])
        assert_same(windows_of(device, "1", "0.3"), windows_of(cpu, "1", "0.3"))
        assert device.stats()["fallback"] == {}


@pytest.mark.parametrize("indices", [range(59, -1, -1), (3, 28, 25, 27), (59, 20, 26, 25)])
def test_the_first_damaged_frame_of_the_answer_is_named(
    indices: Sequence[int], tmp_path: Path, decoder: AvDecoder
) -> None:
    path = device_clips.noisy(tmp_path)
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        errors = []
        for media in (device, cpu):
            with pytest.raises(DecodeError) as caught:
                media.frames_by_index(indices)
            errors.append((str(caught.value), caught.value.index))
        assert errors[0] == errors[1]


def test_a_track_of_which_nothing_comes_is_left_to_the_cpu_path(tmp_path: Path, decoder: AvDecoder) -> None:
    """Each position of an answer is damaged there, also where no frame is on screen."""
    path = device_clips.noisy(tmp_path, slice(None))
    with Media(path, device="dali-cpu", on_error="mask") as device, Media(path, on_error="mask") as cpu:
        expected = windows_of(cpu, "1", "0.7", fps=10)
        assert all(all(each.damaged) for each in expected)
        assert_same(windows_of(device, "1", "0.7", fps=10), expected)
        after = Span(9, 10)
        assert_same([answer_of(device.frames_in(after, fps=2))], [answer_of(cpu.frames_in(after, fps=2))])
        assert device.stats()["gops"] == {"device": 0, "cpu": device_clips.NUM_FRAMES // device_clips.GOP}
        assert device.stats()["fallback"] == {Reason.DAMAGE: 1}
    assert not decoder.calls


def test_a_track_without_frames_or_a_size_has_empty_answers(tmp_path: Path, decoder: AvDecoder) -> None:
    path = device_clips.empty(tmp_path)
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        assert cpu.metadata.video is not None and cpu.metadata.video.width == cpu.metadata.video.num_frames == 0
        assert_same([answer_of(device.frames_by_index([]))], [answer_of(cpu.frames_by_index([]))])
        assert device.stats() == {"device": "dali-cpu", "gops": {"device": 0, "cpu": 0}, "fallback": {}}


def test_errors_are_those_of_the_cpu_path(pair: tuple[Media[Any], Media[Any]]) -> None:
    calls: list[tuple[type[Exception], Callable[[Media[Any]], object]]] = [
        (TimeOutOfRange, lambda media: media.frames_played_at([100])),
        (FrameIndexError, lambda media: media.frames_by_index([60])),
        (TooLarge, lambda media: media.frames_by_index([0] * 800, size=(2_000, 2_000))),
        (TooLarge, lambda media: media.window(Span(0, 800), fps=1, size=(2_000, 2_000))),
        (InvalidArgument, lambda media: media.frames_in(Span(0, 1), roi=(0, 0, 4, 1000))),
        (InvalidArgument, lambda media: media.frames_in(Span(0, 1), size=100_000)),
    ]
    for kind, call in calls:
        texts = []
        for media in pair:
            with pytest.raises(kind) as caught:
                call(media)
            texts.append(str(caught.value))
        assert texts[0] == texts[1]


def test_out_is_refused(pair: tuple[Media[Any], Media[Any]]) -> None:
    device, _ = pair
    memory = np.zeros((1, device_clips.HEIGHT, device_clips.WIDTH, 3), np.uint8)
    for call in (
        lambda: device.frames_by_index([0], out=memory),
        lambda: device.frames_played_at([0], out=memory),
        lambda: device.frames_in(Span(0, "0.04"), out=memory),
        lambda: device.windows_at([Span(0, 1)], out=lambda index: None),
    ):
        with pytest.raises(InvalidArgument, match="out must be left out of a media on a device"):
            call()


def test_ctrl_c_reads_the_same_window_again(pair: tuple[Media[Any], Media[Any]], decoder: AvDecoder) -> None:
    device, cpu = pair

    def interrupt() -> None:
        if len(decoder.calls) == 3:
            decoder.calls.append([])
            raise KeyboardInterrupt

    decoder.before = interrupt
    stream, found, interrupted = device.windows("0.5", "0.25"), [], 0
    while len(stream):
        to_come = len(stream)
        try:
            found.append(answer_of(next(stream).video))
        except KeyboardInterrupt:
            interrupted += 1
            assert len(stream) == to_come
    assert interrupted == 1
    assert_same(found, [answer_of(each.video) for each in cpu.windows("0.5", "0.25")])


def test_a_stream_says_what_is_to_come(pair: tuple[Media[Any], Media[Any]]) -> None:
    device, cpu = (media.windows("1", "1") for media in pair)
    assert repr(device) == repr(cpu)
    assert len(device) == len(cpu) == 3
    next(device)
    assert len(device) == 2
    assert len(list(device)) == 2
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(device)


def test_a_forked_child_does_not_go_on_with_a_stream(pair: tuple[Media[Any], Media[Any]]) -> None:
    stream = pair[0].windows("1", "1")
    next(stream)
    receiving, sending = os.pipe()
    if os.fork() == 0:
        try:
            next(stream)
            text = "it went on"
        except InvalidArgument as error:
            text = str(error)
        os.write(sending, text.encode())
        os._exit(0)
    os.wait()
    assert "must be read in the process that began it" in os.read(receiving, 4096).decode()
    os.close(receiving)
    os.close(sending)


@pytest.mark.parametrize("read", [0, 1])
def test_a_stream_goes_on_when_its_media_is_closed(read: int, decoder: AvDecoder) -> None:
    """As on the CPU path; other calls are refused, and the last stream lets go of the file."""
    path, found = device_clips.full_chroma(), []
    for device in ("dali-cpu", None):
        media = Media(path, device=device)
        stream = media.windows("0.4", "0.4")
        first = [answer_of(next(stream).video) for _ in range(read)]
        media.close()
        with pytest.raises(InvalidArgument, match="media must be open"):
            media.frames_by_index([0])
        assert is_open(path)
        found.append(first + [answer_of(window.video) for window in stream])
        del stream
        assert not is_open(path)
    assert_same(found[0], found[1])


def is_open(path: Path) -> bool:
    """Whether this process has the file open."""
    return any(link.exists() and link.samefile(path) for link in Path("/proc/self/fd").iterdir())


def test_threads_share_a_media(pair: tuple[Media[Any], Media[Any]]) -> None:
    device, cpu = pair
    with ThreadPoolExecutor(4) as threads:
        several = list(threads.map(lambda _: windows_of(device, "1", "0.5", fps=6), range(6)))
    expected = windows_of(cpu, "1", "0.5", fps=6)
    for each in several:
        assert_same(each, expected)


def test_a_media_travels_with_its_device(pair: tuple[Media[Any], Media[Any]]) -> None:
    device, cpu = pair
    assert "device='dali-cpu'" in repr(device)
    again = pickle.loads(pickle.dumps(device))
    assert repr(again) == repr(device)
    assert again.stats() == {"device": "dali-cpu", "gops": {"device": 0, "cpu": 0}, "fallback": {}}
    assert_same([answer_of(again.frames_by_index([7]))], [answer_of(cpu.frames_by_index([7]))])


def test_a_closed_media_reads_nothing(pair: tuple[Media[Any], Media[Any]]) -> None:
    device, _ = pair
    frames = device.frames_by_index([5])
    device.close()
    device.close()
    with pytest.raises(InvalidArgument, match="must be open"):
        device.frames_by_index([0])
    assert np.from_dlpack(frames.data).any()
    assert device.stats()["gops"]["device"] > 0


def test_frames_say_where_they_are(pair: tuple[Media[Any], Media[Any]]) -> None:
    frames = pair[0].frames_by_index([0, 1])
    assert repr(frames) == "VideoFrames(uint8[2, 64, 96, 3] on cpu, pts=0 to 1/25 s, valid=2, damaged=0)"
    assert (frames.data.shape, frames.data.dtype, frames.data.device) == ((2, 64, 96, 3), np.uint8, "cpu")


def test_an_answer_is_memory_of_its_own(pair: tuple[Media[Any], Media[Any]]) -> None:
    """Windows that share frames do not share memory: what somebody writes into one is not in the next."""
    stream = pair[0].windows("0.4", "0.04")
    videos = [window.video for window, _ in zip(stream, range(2), strict=False)]
    first, second = (np.from_dlpack(video.data) for video in videos if video is not None)
    assert not np.shares_memory(first, second)
    assert np.array_equal(first[1:], second[:-1])


def test_a_file_without_video_has_windows_of_audio(decoder: AvDecoder, made_media: Path) -> None:
    path = made_media / "novideo.flac"
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        got, expected = windows_of(device, "5"), windows_of(cpu, "5")
    assert expected[0].data is None and expected[0].waveform is not None
    assert_same(got, expected)
    assert decoder.calls == []


def test_the_most_frames_at_once_are_one_at_least() -> None:
    assert session.at_once([10, 30], 100) == 3
    assert session.at_once([1000], 100) == 1


def test_a_page_needs_media_without_a_device(pair: tuple[Media[Any], Media[Any]]) -> None:
    resolved = resolve_item("x", [], [str(device_clips.full_chroma())])
    spans = (Span(0, 1), Windowing(1), LabelRule(None), RenderOptions())
    with pytest.raises(InvalidArgument) as caught:
        read_page(resolved, *spans, corpora=[], media=pair[0])
    assert (
        str(caught.value)
        == "media must be read on the CPU for a page, got media on 'dali-cpu'; open them without device="
    )
    assert caught.value.path == resolved.path
    assert read_page(resolved, *spans, corpora=[], media=pair[1]).window is not None
