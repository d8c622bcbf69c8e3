"""Windows are written into memory of the caller, and into no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pytest

from emos_io import InvalidArgument, Media, Span, TooLarge
from emos_io.media import Window, WindowMemory, windows

SIZE = (16, 24)
OPTIONS: dict[str, Any] = {"fps": 4, "size": SIZE, "sample_rate": 16_000, "num_channels": 2}
SPANS = [Span(-1, 1), Span(0, 2), Span("0.5", "2.5"), Span(20, 22)]
"""They overlap; the first begins before the tracks, the last lies after them."""
UNTOUCHED = 7
SHARED = np.zeros(256_000, np.uint8)


@pytest.fixture(scope="module")
def media(counting_clip: Callable[..., Path]) -> Media:
    return Media(counting_clip(seconds=3))


def memory_of(frames_shape: tuple[int, ...] = (8, *SIZE, 3), num_windows: int = len(SPANS)) -> list[WindowMemory]:
    frames = np.full((num_windows, *frames_shape), UNTOUCHED, np.uint8)
    samples = np.full((num_windows, 2, 32_000), UNTOUCHED, np.float32)
    return [WindowMemory(frames[row], samples[row]) for row in range(num_windows)]


@pytest.mark.parametrize("dimension_order", ["THWC", "TCHW"])
def test_windows_fill_the_memory_that_they_are_given(media: Media, dimension_order: Literal["THWC", "TCHW"]) -> None:
    rows = memory_of((8, *SIZE, 3) if dimension_order == "THWC" else (8, 3, *SIZE))
    asked: list[int] = []

    def out(index: int) -> WindowMemory:
        asked.append(index)
        return rows[index]

    plain = list(media.windows_at(SPANS, dimension_order=dimension_order, **OPTIONS))
    filled = list(media.windows_at(SPANS, dimension_order=dimension_order, out=out, **OPTIONS))
    assert asked == [0, 1, 2, 3]
    for row, ours, theirs in zip(rows, filled, plain, strict=True):
        assert ours.video is not None and theirs.video is not None
        assert ours.audio is not None and theirs.audio is not None
        assert ours.video.data is row.frames
        assert ours.audio.data is row.samples
        np.testing.assert_array_equal(ours.video.data, theirs.video.data, strict=True)
        np.testing.assert_array_equal(ours.audio.data, theirs.audio.data, strict=True)
        np.testing.assert_array_equal(ours.video_valid, theirs.video_valid, strict=True)
        np.testing.assert_array_equal(ours.audio_valid, theirs.audio_valid, strict=True)
    last = filled[-1]
    assert not last.video_valid.any() and not last.audio_valid.any()


def test_each_window_may_have_memory_or_not(media: Media) -> None:
    rows = memory_of()
    given: list[WindowMemory | None] = [
        None,
        WindowMemory(frames=rows[1].frames),
        WindowMemory(samples=rows[2].samples),
    ]
    plain = list(media.windows_at(SPANS[:3], **OPTIONS))
    for row, ours, theirs in zip(
        given, media.windows_at(SPANS[:3], out=given.__getitem__, **OPTIONS), plain, strict=True
    ):
        assert ours.video is not None and theirs.video is not None
        assert ours.audio is not None and theirs.audio is not None
        assert (ours.video.data is rows[1].frames) == (row is given[1])
        assert (ours.audio.data is rows[2].samples) == (row is given[2])
        assert np.array_equal(ours.video.data, theirs.video.data)
        assert np.array_equal(ours.audio.data, theirs.audio.data)


def test_a_tensor_of_torch_is_filled(media: Media) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    frames = torch.zeros((8, *SIZE, 3), dtype=torch.uint8)
    window = next(media.windows_at([Span(0, 2)], out=lambda _: WindowMemory(frames), **OPTIONS))
    assert window.video is not None
    assert window.video.data.ctypes.data == frames.data_ptr()
    assert np.array_equal(frames.numpy(), next(media.windows_at([Span(0, 2)], **OPTIONS)).video.data)  # type: ignore[union-attr]


def test_a_tensor_with_a_gradient_is_refused(media: Media) -> None:
    torch = pytest.importorskip("torch", reason="torch is not installed")
    memory = WindowMemory(samples=torch.zeros(2, 32_000, requires_grad=True))
    with pytest.raises(InvalidArgument, match=r"^out must be an array or a CPU tensor without a gradient, got "):
        next(media.windows_at([Span(0, 2)], out=lambda _: memory, **OPTIONS))


def test_a_function_that_reads_the_stream_gets_no_window_of_another_span(media: Media) -> None:
    read: list[Window] = []

    def out(index: int) -> None:
        if not read and index == 0:
            read.append(media.window(SPANS[0], **OPTIONS))
            read.append(next(stream))

    stream = media.windows_at(SPANS, out=out, **OPTIONS)
    with pytest.raises(
        InvalidArgument, match=r"^out must leave the stream at window 0, got one that read to window 1; "
    ):
        next(stream)
    assert [window.span for window in (*read[1:], *stream)] == SPANS


def test_a_window_is_read_again_where_ctrl_c_comes_after_it_was_read(
    media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = media.windows_at(SPANS, **OPTIONS)
    first = next(stream)
    with monkeypatch.context() as patch:

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr(windows, "wrap_samples", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(stream)
    assert len(stream) == len(SPANS) - 1
    assert [window.span for window in (first, *stream)] == SPANS


@pytest.mark.parametrize(
    ("memory", "text"),
    [
        (WindowMemory(np.empty((7, *SIZE, 3), np.uint8)), "out must be uint8[8, 16, 24, 3], got uint8[7, 16, 24, 3]; "),
        (WindowMemory(np.empty((8, *SIZE, 3), np.int8)), "out must be uint8[8, 16, 24, 3], got int8[8, 16, 24, 3]; "),
        (
            WindowMemory(np.empty((8, *SIZE, 6), np.uint8)[..., ::2]),
            "out must be C-contiguous and writable, got strided memory; ",
        ),
        (
            WindowMemory(samples=np.empty((2, 31_999), np.float32)),
            "out must be float32[2, 32000], got float32[2, 31999]; ",
        ),
        (WindowMemory(samples=np.empty((2, 32_000))), "out must be float32[2, 32000], got float64[2, 32000]; "),
        (np.empty((8, *SIZE, 3), np.uint8), "out must return a WindowMemory or None, got "),
        (
            WindowMemory(list(np.empty((8, *SIZE, 3), np.uint8))),
            "out must be an array or a CPU tensor without a gradient, got ",
        ),
        (
            WindowMemory(samples=[[0.0], [0.0, 1.0]]),
            "out must be an array or a CPU tensor without a gradient, got [[0.0], [0.0, 1.0]]; ",
        ),
        (
            WindowMemory(samples=np.empty(256_001, np.uint8)[1:].view(np.float32).reshape(2, 32_000)),
            "out must be C-contiguous and writable, got unaligned memory; ",
        ),
        (
            WindowMemory(SHARED[:9216].reshape(8, *SIZE, 3), SHARED.view(np.float32).reshape(2, 32_000)),
            "out must give frames and samples that do not overlap, got WindowMemory(frames=uint8[8, 16, 24, 3], ",
        ),
    ],
    ids=[
        "frames",
        "type of frames",
        "strided",
        "samples",
        "type of samples",
        "no WindowMemory",
        "list of arrays",
        "uneven list",
        "unaligned",
        "overlap",
    ],
)
def test_memory_that_does_not_suit_is_refused_and_the_window_is_still_to_come(
    media: Media, memory: Any, text: str
) -> None:
    given = [memory]
    stream = media.windows_at([Span(0, 2), Span(1, 3)], out=lambda _: given[0], **OPTIONS)
    with pytest.raises(InvalidArgument) as caught:
        next(stream)
    assert str(caught.value).startswith(text)
    assert caught.value.span == Span(0, 2)
    given[0] = None
    assert [window.span for window in stream] == [Span(0, 2), Span(1, 3)]


@pytest.mark.parametrize(
    "out", [np.empty((8, *SIZE, 3), np.uint8), WindowMemory(), 3], ids=["array", "memory", "number"]
)
def test_out_of_windows_is_a_function(media: Media, out: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"^out must be a function of a window's index or None, got "):
        media.windows_at([Span(0, 2)], out=out)


@pytest.mark.parametrize("absent", ["video", "audio"])
def test_memory_of_a_track_that_is_switched_off_is_left_alone(absent: str, counting_clip: Callable[..., Path]) -> None:
    row = memory_of()[0]
    choice: dict[str, Any] = {absent: False}
    window = next(Media(counting_clip(seconds=3), **choice).windows_at([Span(0, 2)], out=lambda _: row, **OPTIONS))
    assert (window.video is None, window.audio is None) == (absent == "video", absent == "audio")
    left: Any = row.frames if absent == "video" else row.samples
    filled: Any = row.samples if absent == "video" else row.frames
    assert (left == UNTOUCHED).all()
    assert not (filled == UNTOUCHED).all()


def test_a_window_that_is_too_large_has_its_error_and_the_next_one_its_memory(media: Media) -> None:
    rows = memory_of()
    stream = media.windows_at([Span(0, 10**7), Span(1, 3)], out=rows.__getitem__, **OPTIONS)
    with pytest.raises(TooLarge) as caught:
        next(stream)
    assert caught.value.span == Span(0, 10**7)
    window = next(stream)
    assert window.video is not None and window.video.data is rows[1].frames


def test_an_error_of_out_is_raised_as_it_is(media: Media) -> None:
    def out(index: int) -> WindowMemory | None:
        if index == 1:
            raise LookupError("there is no row")
        return None

    stream = media.windows_at(SPANS[:2], out=out, **OPTIONS)
    next(stream)
    for _ in range(2):
        with pytest.raises(LookupError, match=r"^there is no row$"):
            next(stream)
    assert len(stream) == 1


def test_memory_prints_its_shapes() -> None:
    frames: npt.NDArray[np.uint8] = np.zeros((8, *SIZE, 3), np.uint8)
    assert repr(WindowMemory(frames)) == "WindowMemory(frames=uint8[8, 16, 24, 3], samples=None)"
