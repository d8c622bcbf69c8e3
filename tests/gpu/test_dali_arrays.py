"""Frames in memory of DALI: gathered, uploaded, and read by others without a copy."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from gops_help import COUNT, HEIGHT, SAME, WIDTH, Array, Gop, clip_444, pyav_frames, read_gop

from emos_io.errors import InvalidArgument
from emos_io.gpu.decoders import open_decoder
from emos_io.media import DeviceArray, DimensionOrder

if TYPE_CHECKING:
    from child import Child

ORDER = [[4, 0, 0], [], [1], [2, 0]]


class Addresses(NamedTuple):
    numpy: int
    numpy_of_dlpack: int
    first: int
    second: int
    shape: tuple[int, ...]
    device: tuple[int, int]
    other_device: str


def chunks(gop: Gop) -> list[DeviceArray]:
    decoder = open_decoder("dali-cpu")
    first = decoder.frames(gop.packets, gop.codec, COUNT, range(5), SAME)
    second = decoder.frames(gop.packets, gop.codec, COUNT, [19, 18, 19], SAME)
    black = decoder.upload(np.zeros((2, *SAME.output, 3), np.uint8))
    return [first, second, black, second]


def gathered(gop: Gop, dimension_order: DimensionOrder) -> Array:
    return np.array(open_decoder("dali-cpu").gather(chunks(gop), ORDER, dimension_order))


def gathered_many(count: int) -> Array:
    decoder = open_decoder("dali-cpu")
    each = [decoder.upload(np.full((1, 4, 6, 3), number, np.uint8)) for number in range(count)]
    return np.array(decoder.gather(each, [[0]] * count, "THWC"))


def none_gathered(gop: Gop, dimension_order: DimensionOrder) -> tuple[int, ...]:
    decoder = open_decoder("dali-cpu")
    return decoder.gather(chunks(gop), [[], [], [], []], dimension_order).shape


def addresses(gop: Gop) -> Addresses:
    from torch.utils.dlpack import from_dlpack

    frames = open_decoder("dali-cpu").frames(gop.packets, gop.codec, COUNT, [1, 2], SAME)
    tensor = from_dlpack(frames)
    other_device = ""
    try:
        frames.__dlpack__(dl_device=(2, 0))
    except BufferError as error:
        other_device = str(error)
    return Addresses(
        np.asarray(frames).ctypes.data,
        np.from_dlpack(frames).ctypes.data,
        tensor.data_ptr(),
        from_dlpack(frames).data_ptr(),
        tuple(tensor.shape),
        frames.__dlpack_device__(),
        other_device,
    )


def copied_by(way: str) -> str:
    frames = open_decoder("dali-cpu").upload(np.zeros((2, 4, 6, 3), np.uint8))
    ways: dict[str, Callable[[DeviceArray], object]] = {
        "pickle": pickle.dumps,
        "copy": copy.copy,
        "deepcopy": copy.deepcopy,
    }
    try:
        ways[way](frames)
    except TypeError as error:
        return str(error)
    return ""


def kept_over_runs(gop: Gop) -> list[tuple[Array, Array]]:
    """Frames by numpy and torch, each before and after more runs, a close, and the end of the arrays that they were made of."""
    from torch.utils.dlpack import from_dlpack

    decoder = open_decoder("dali-cpu")
    views = [
        np.asarray(decoder.frames(gop.packets, gop.codec, COUNT, [3, 5], SAME)),
        from_dlpack(decoder.frames(gop.packets, gop.codec, COUNT, [7, 9], SAME)).numpy(),
        from_dlpack(decoder.gather(chunks(gop), ORDER, "TCHW")).numpy(),
        np.asarray(decoder.upload(np.full((1, 8, 8, 3), 77, np.uint8))),
    ]
    before = [view.copy() for view in views]
    for _ in range(5):
        decoder.frames(gop.packets, gop.codec, COUNT, range(10, 20), SAME)
        decoder.gather(chunks(gop), [[1], [1], [1], [1]], "TCHW")
        decoder.upload(np.zeros((1, 8, 8, 3), np.uint8))
    decoder.close()
    decoder.close()
    decoder.frames(gop.packets, gop.codec, COUNT, range(10, 20), SAME)
    return list(zip(before, views, strict=True))


def there_and_back(frames: Array) -> tuple[Array, Array]:
    """What comes back of an upload and what is still there, after both sides were overwritten."""
    decoder = open_decoder("dali-cpu")
    uploaded = decoder.upload(frames)
    frames[:] = 9
    downloaded = decoder.download(uploaded)
    expected = downloaded.copy()
    downloaded[:] = 7
    return expected, np.array(uploaded)


def gather_wrongly(gop: Gop, what: str) -> None:
    decoder, some = open_decoder("dali-cpu"), chunks(gop)
    if what == "past":
        decoder.gather(some[:1], [[5]], "THWC")
    elif what == "negative":
        decoder.gather(some[:1], [[-1]], "THWC")
    elif what == "none":
        decoder.gather([], [], "THWC")
    elif what == "orders":
        decoder.gather(some[:2], [[0]], "THWC")
    elif what == "sizes":
        decoder.gather([some[0], decoder.upload(np.zeros((1, 8, 8, 3), np.uint8))], [[0], [0]], "THWC")
    elif what == "numpy":
        decoder.gather([np.asarray(some[0])], [[0]], "THWC")  # type: ignore[list-item]
    elif what == "download":
        decoder.download(np.zeros((1, 8, 8, 3), np.uint8))  # type: ignore[arg-type]
    else:
        decoder.upload(np.zeros((1, 3, 8, 8), np.uint8))


def expected() -> Array:
    frames = pyav_frames(clip_444())
    black = np.zeros((1, HEIGHT, WIDTH, 3), np.uint8)
    return np.concatenate([frames[[4, 0, 0]], black, frames[[19, 19]]])


@pytest.mark.reference
def test_chunks_are_gathered_in_order_in_both_dimension_orders(dali_child: Child) -> None:
    gop = read_gop(clip_444())
    np.testing.assert_array_equal(dali_child.run(gathered, gop, "THWC"), expected())
    np.testing.assert_array_equal(dali_child.run(gathered, gop, "TCHW"), expected().transpose(0, 3, 1, 2))
    assert dali_child.run(none_gathered, gop, "THWC") == (0, HEIGHT, WIDTH, 3)
    assert dali_child.run(none_gathered, gop, "TCHW") == (0, 3, HEIGHT, WIDTH)


@pytest.mark.parametrize("count", [1, 8, 9, 70])
def test_any_number_of_chunks_is_gathered(dali_child: Child, count: int) -> None:
    assert dali_child.run(gathered_many, count)[:, 3, 5, 1].tolist() == list(range(count))


def test_numpy_and_torch_read_the_same_memory(dali_child: Child) -> None:
    found = dali_child.run(addresses, read_gop(clip_444()))
    assert found.numpy == found.numpy_of_dlpack == found.first == found.second
    assert found.shape == (2, *SAME.output, 3)
    assert found.device == (1, 0)
    assert found.other_device.startswith("dl_device must be (1, 0), where the memory is, got (2, 0);")


def test_memory_outlives_the_decoder_and_later_runs(dali_child: Child) -> None:
    pairs = dali_child.run(kept_over_runs, read_gop(clip_444()))
    assert len(pairs) == 4
    for before, after in pairs:
        assert before.any()
        np.testing.assert_array_equal(after, before)


@pytest.mark.parametrize("way", ["pickle", "copy", "deepcopy"])
def test_frames_do_not_travel_to_another_process(dali_child: Child, way: str) -> None:
    text = dali_child.run(copied_by, way)
    assert text.startswith(
        "frames on a device (DaliArray(uint8 [2, 4, 6, 3], device='cpu')) can be neither pickled nor sent"
    )
    assert "\n" not in text


def test_uploads_and_downloads_are_copies(dali_child: Child) -> None:
    frames = np.random.default_rng(5).integers(0, 256, (2, 4, 6, 3), dtype=np.uint8)
    back, there = dali_child.run(there_and_back, frames)
    np.testing.assert_array_equal(back, frames)
    np.testing.assert_array_equal(there, frames)


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("past", "order must be numbers of frames in [0, 5), got 5;"),
        ("negative", "order must be numbers of frames in [0, 5), got -1;"),
        ("none", "chunks must be at least one, of one size, got [];"),
        ("orders", "order must have a sequence for each of 2 chunks, got 1;"),
        ("sizes", "chunks must be at least one, of one size, got [(8, 8, 3), (64, 96, 3)];"),
        ("numpy", "frames must be arrays of the decoder of dali-cpu, got array([[[["),
        ("download", "frames must be arrays of the decoder of dali-cpu, got array([[[["),
        ("upload", "frames must be uint8 [T, H, W, 3], got uint8 [1, 3, 8, 8];"),
    ],
)
def test_wrong_chunks_are_refused(dali_child: Child, what: str, text: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        dali_child.run(gather_wrongly, read_gop(clip_444()), what)
    assert str(caught.value).startswith(text)
