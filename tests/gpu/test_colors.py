"""Colours of a device: the change of matrix and range against the equations of the standards, and the probe that chooses it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import av
import device_clips
import numpy as np
import numpy.typing as npt
import pytest
from av_decoder import AvDecoder
from both_paths import assert_same, windows_of

from emos_io import Media
from emos_io.gpu import backend, color_probe, colors
from emos_io.gpu.colors import ColorProbe, KnownColors, Tags, block_means, change_of, changed, hypotheses, to_rgb
from emos_io.gpu.decoder import ColorChange
from emos_io.gpu.fallback import Reason

Levels = npt.NDArray[np.float64]

SHARES = {
    "bt709": (0.2126, 0.0722),
    "smpte170m": (0.299, 0.114),
    "bt2020nc": (0.2627, 0.0593),
    "smpte240m": (0.212, 0.087),
}
SWSCALE = 2
"""Levels by which swscale's integers may differ from the equations: its factors and each channel are rounded."""
CHANGED = 2
"""Levels by which a changed frame may differ: it was rounded once more before the change, whose factors are up to 1.2."""
NUMBERS = 18
"""Levels a channel of a cube of RGB."""


def coded(rgb: Levels, matrix: str, color_range: str) -> Levels:
    """Return Y, Cb and Cr by the equations that the standards give for the way from RGB."""
    kr, kb = SHARES[matrix]
    red, green, blue = rgb[..., 0] / 255, rgb[..., 1] / 255, rgb[..., 2] / 255
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    difference_blue, difference_red = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    if color_range == "tv":
        return np.stack([16 + 219 * luma, 128 + 224 * difference_blue, 128 + 224 * difference_red], axis=-1)
    return np.stack([255 * luma, 128 + 255 * difference_blue, 128 + 255 * difference_red], axis=-1)


def cube() -> Levels:
    levels = np.linspace(0, 255, NUMBERS)
    return np.array(list(product(levels, levels, levels)))


@pytest.mark.parametrize("matrix", SHARES)
@pytest.mark.parametrize("color_range", ["tv", "pc"])
def test_decoding_undoes_the_equations_of_the_standards(matrix: str, color_range: str) -> None:
    rgb = cube()
    factors, offset = to_rgb(matrix, color_range)
    assert coded(rgb, matrix, color_range) @ factors.T + offset == pytest.approx(rgb, abs=1e-9)


@pytest.mark.parametrize("assumed", [Tags(*each) for each in product(SHARES, ("tv", "pc"))], ids=str)
def test_a_change_brings_wrong_colours_to_the_right_ones(assumed: Tags) -> None:
    right = Tags("bt709", "pc")
    rgb = cube()
    factors, offset = to_rgb(assumed.matrix, assumed.color_range)
    wrong = coded(rgb, right.matrix, right.color_range) @ factors.T + offset
    change = change_of(assumed, right)
    if change is None:
        assert assumed == right
    else:
        # Not clipped: what a device loses is measured below.
        assert wrong @ np.array(change.matrix).T + np.array(change.offset) == pytest.approx(rgb, abs=1e-4)


@pytest.mark.parametrize(("matrix", "color_range"), list(product(["bt709", "", "bt2020nc"], ["tv", "pc"])))
def test_the_cpu_path_has_the_colours_of_the_equations(matrix: str, color_range: str) -> None:
    path = device_clips.colored(matrix, color_range, "yuv444p")
    with av.open(str(path), "r") as container:
        frame = next(container.decode(video=0))
        planes = [np.frombuffer(bytes(plane), np.uint8).reshape(-1, plane.line_size) for plane in frame.planes]
    yuv = np.stack([plane[: frame.height, : frame.width].astype(np.float64) for plane in planes], axis=-1)
    factors, offset = to_rgb(matrix or "smpte170m", color_range)
    with Media(path) as media:
        pixels = media.frames_by_index([0]).data[0]
    assert np.abs(np.clip(yuv @ factors.T + offset, 0, 255) - pixels).max() <= SWSCALE


@pytest.mark.parametrize(
    ("assumed", "right", "off_by_one", "off_by_eight", "most", "inside"),
    [
        (Tags("smpte170m", "tv"), Tags("bt709", "tv"), 0.19, 0.13, 37, 3),
        (Tags("smpte170m", "tv"), Tags("smpte170m", "pc"), 0.42, 0.30, 20, 0),
    ],
    ids=["bt709 as bt601", "full as limited"],
)
def test_what_is_clipped_is_lost(
    assumed: Tags, right: Tags, off_by_one: float, off_by_eight: float, most: int, inside: int
) -> None:
    """The numbers of the docstring of `colors` and of docs/gpu.md, by the equations alone."""
    rgb = cube()
    factors, offset = to_rgb(assumed.matrix, assumed.color_range)
    device = np.clip(coded(rgb, right.matrix, right.color_range) @ factors.T + offset, 0, 255)
    # Back to Y, Cb and Cr by the equations, and then to RGB as the tags say.
    factors, offset = to_rgb(right.matrix, right.color_range)
    after = np.clip(coded(device, assumed.matrix, assumed.color_range) @ factors.T + offset, 0, 255)
    lost = np.abs(after - rgb).max(axis=1)
    assert (lost > 1).mean() == pytest.approx(off_by_one, abs=0.005)
    assert (lost > 8).mean() == pytest.approx(off_by_eight, abs=0.005)
    assert round(lost.max()) == most
    within = (rgb >= 16).all(axis=1) & (rgb <= 235).all(axis=1)
    assert round(lost[within].max()) == inside
    # The change that is made on the device loses the same.
    change = change_of(assumed, right)
    assert change is not None
    direct = np.clip(device @ np.array(change.matrix).T + np.array(change.offset), 0, 255)
    assert direct == pytest.approx(after, abs=1e-4)


def test_full_range_as_limited_makes_black_grey() -> None:
    change = change_of(Tags("smpte170m", "tv"), Tags("smpte170m", "pc"))
    ends = changed(np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8), change)
    assert ends.round().tolist() == [[[16] * 3, [235] * 3]]


def test_hypotheses_are_of_known_matrices_and_none_twice() -> None:
    assert len(hypotheses(Tags("smpte170m", "tv"))) == 4
    assert len(hypotheses(Tags("bt2020nc", "tv"))) == 5
    assert hypotheses(Tags("ycgco", "tv")) == [None]
    assert hypotheses(Tags("bt709", "tv"))[0] is None


def test_means_of_blocks_are_those_of_their_pixels() -> None:
    frame = np.random.default_rng(3).uniform(0, 255, (40, 21, 3))
    means = block_means(frame)
    assert means.shape == (3, 2, 3)
    assert means[0, 0] == pytest.approx(frame[:16, :16].mean(axis=(0, 1)))
    assert means[2, 1] == pytest.approx(frame[32:, 16:].mean(axis=(0, 1)))


def test_grey_frames_take_what_others_found() -> None:
    right = Tags("bt709", "tv")
    wrong = change_of(Tags("smpte170m", "tv"), right)
    known = KnownColors()
    grey = np.full((32, 32, 3), 90, np.uint8)

    undecided = ColorProbe(right)
    undecided.add(grey, grey)
    assert not undecided.is_clear
    assert known.choose("cuda:0", "h264", right, undecided) == (None, 0.0)

    red = np.full((32, 32, 3), (180, 60, 60), np.uint8)
    clear = ColorProbe(right)
    clear.add(red, np.rint(changed(red, wrong)).astype(np.uint8))
    assert clear.is_clear
    assert known.choose("cuda:0", "h264", right, clear)[0] == wrong
    assert known.choose("cuda:0", "h264", right, undecided)[0] == wrong
    for other in (("cuda:1", "h264", right), ("cuda:0", "hevc", right)):
        assert known.choose(*other, undecided)[0] is None


def as_bt601(planes: Levels) -> Levels:
    factors, offset = to_rgb("smpte170m", "tv")
    return planes @ factors.T + offset


@pytest.fixture
def on_device(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Levels], Levels] | None], AvDecoder]:
    monkeypatch.setattr(color_probe, "_known", KnownColors())

    def opened(to_rgb: Callable[[Levels], Levels] | None) -> AvDecoder:
        decoder = AvDecoder(to_rgb)
        monkeypatch.setattr(backend, "open_decoder", lambda device: decoder)
        return decoder

    return opened


@pytest.mark.parametrize(("matrix", "color_range"), list(product(["bt709", "", "bt2020nc"], ["tv", "pc"])))
def test_a_device_that_takes_all_for_bt601_is_corrected(on_device: Any, matrix: str, color_range: str) -> None:
    on_device(as_bt601)
    path = device_clips.colored(matrix, color_range, "yuv444p")
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        assert_same(windows_of(device, "1"), windows_of(cpu, "1"), most=SWSCALE + CHANGED)
        assert device.stats()["fallback"] == {}


def test_a_device_that_honours_the_tags_is_left_alone(on_device: Any) -> None:
    factors, offset = to_rgb("bt709", "tv")
    on_device(lambda planes: planes @ factors.T + offset)
    path = device_clips.colored("bt709", "tv", "yuv444p")
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        assert_same(windows_of(device, "1"), windows_of(cpu, "1"), most=SWSCALE)


def test_colours_that_nothing_explains_are_read_on_the_cpu(on_device: Any, caplog: pytest.LogCaptureFixture) -> None:
    on_device(lambda planes: 255 - as_bt601(planes))
    path = device_clips.colored("bt709", "tv", "yuv444p")
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        assert_same(windows_of(device, "1"), windows_of(cpu, "1"))
        assert device.stats() == {
            "device": "dali-cpu",
            "gops": {"device": 0, "cpu": 3},
            "fallback": {Reason.COLORS: 1},
        }
    (record,) = [each for each in caplog.records if each.name == "emos_io.gpu"]
    assert f"at most {colors.TOLERANCE}" in record.message


def test_a_file_that_begins_grey_is_probed_further_on(on_device: Any) -> None:
    decoder = on_device(None)
    with Media(device_clips.grey(), device="dali-cpu") as media:
        media.frames_by_index([0])
    # Three frames of four GOPs decide nothing; then the frame that was asked for is decoded.
    assert len(decoder.calls) == 3 * color_probe.MAX_PROBES + 1


def test_a_file_that_fades_in_from_black_is_corrected(on_device: Any) -> None:
    decoder = on_device(as_bt601)
    path = device_clips.faded()
    for _ in range(2):
        with Media(path, device="dali-cpu") as device, Media(path) as cpu:
            assert_same(windows_of(device, "1"), windows_of(cpu, "1"), most=SWSCALE + CHANGED)
            assert device.stats()["fallback"] == {}
    # The first frame and the one in the middle, then all; the second time it is known, and the first frame is enough.
    assert [len(ranks) for ranks in decoder.calls] == [1, 1, 25, 1, 25]


def test_a_change_says_nothing_where_nothing_is_to_be_done() -> None:
    assert change_of(Tags("bt470bg", "tv"), Tags("smpte170m", "tv")) is None
    assert isinstance(change_of(Tags("bt709", "tv"), Tags("smpte170m", "tv")), ColorChange)
