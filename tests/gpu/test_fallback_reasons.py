"""What a device must not decode is decoded on the CPU: counted with its reason, logged once, and equal to the CPU path."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import device_clips
import numpy as np
import pytest
from av_decoder import AvDecoder
from both_paths import answer_of, assert_same, windows_of

from emos_io import Media, Span
from emos_io.gpu import backend, fallback, files, gop_reading
from emos_io.gpu.bitstreams import StreamFacts
from emos_io.gpu.fallback import Reason, log_once
from emos_io.gpu.files import refusal_of
from emos_io.media import CodecData, GopAmounts

CPU_CODECS = frozenset({"mjpeg", "vp8", "vp9"})
CODEC = CodecData("vp9", b"", 96, 64, "yuv420p", 8, (1, 1))


def amounts(frames: int, size: int) -> GopAmounts:
    several = (np.array([1, frames, 3]), np.array([1, frames, 3]), np.array([9, size, 9]))
    return GopAmounts(*several)


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch) -> Iterator[AvDecoder]:
    made = AvDecoder()
    made.codecs = CPU_CODECS
    monkeypatch.setattr(backend, "open_decoder", lambda device: made)
    monkeypatch.setattr(fallback, "_logged", set())
    yield made


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"codec": "h264"}, Reason.CODEC),
        ({"bit_depth": 10}, Reason.DEPTH),
        ({"has_alpha": True}, Reason.ALPHA),
        ({"field_order": "interlaced"}, Reason.INTERLACED),
        ({"field_order": "progressive"}, None),
        ({"has_palette": True}, Reason.PALETTE),
        ({"chroma_shift": (0, 0)}, None),
    ],
)
def test_facts_of_a_file_decide(change: dict[str, object], reason: Reason | None) -> None:
    codec = replace(CODEC, **change)  # type: ignore[arg-type]
    assert refusal_of(codec, amounts(50, 1000), "dali-cpu", CPU_CODECS) == reason


def test_full_chroma_is_refused_on_cuda_alone() -> None:
    for shift in ((0, 0), (1, 0)):
        codec = replace(CODEC, chroma_shift=shift)
        assert refusal_of(codec, amounts(50, 1000), "cuda:1", CPU_CODECS) == Reason.CHROMA
        assert refusal_of(codec, amounts(50, 1000), "dali-cpu", CPU_CODECS) is None
    assert refusal_of(CODEC, amounts(50, 1000), "cuda:1", CPU_CODECS) is None


def test_gops_over_the_stated_size_are_refused() -> None:
    def of(frames: int, size: int) -> Reason | None:
        return refusal_of(CODEC, amounts(frames, size), "dali-cpu", CPU_CODECS)

    assert of(files.MAX_GOP_FRAMES, files.MAX_GOP_BYTES) is None
    assert of(files.MAX_GOP_FRAMES + 1, 10) == Reason.LONG_GOP
    assert of(10, files.MAX_GOP_BYTES + 1) == Reason.LONG_GOP
    nothing = np.zeros(0, dtype=np.int64)
    assert refusal_of(CODEC, GopAmounts(nothing, nothing, nothing), "dali-cpu", CPU_CODECS) is None


@pytest.mark.parametrize(
    ("facts", "device", "reason"),
    [
        (StreamFacts(frozenset({(96, 64)}), bit_depth=8, chroma="4:2:0"), "cuda:0", None),
        (StreamFacts(frozenset()), "cuda:0", None),
        (StreamFacts(frozenset({(96, 64), (48, 32)})), "cuda:0", Reason.SIZE_CHANGE),
        (StreamFacts(frozenset({(64, 96)})), "cuda:0", Reason.SIZE_CHANGE),
        (StreamFacts(frozenset(), is_interlaced=True), "cuda:0", Reason.INTERLACED),
        (StreamFacts(frozenset(), has_intra_refresh=True), "cuda:0", Reason.REFRESH),
        (StreamFacts(frozenset(), bit_depth=10), "dali-cpu", Reason.DEPTH),
        (StreamFacts(frozenset(), chroma="4:4:4"), "cuda:0", Reason.CHROMA),
        (StreamFacts(frozenset(), chroma="4:4:4"), "dali-cpu", None),
        (StreamFacts(frozenset(), chroma="4:0:0"), "cuda:0", None),
    ],
)
def test_headers_of_a_gop_decide(facts: StreamFacts, device: str, reason: Reason | None) -> None:
    assert gop_reading.refusal_by(facts, CODEC, device) == reason


CLIPS: dict[str, tuple[Callable[[], Path], Reason, int, int]] = {
    "codec": (device_clips.h264, Reason.CODEC, 0, 6),
    "depth": (device_clips.deep, Reason.DEPTH, 0, 6),
    "alpha": (device_clips.with_alpha, Reason.ALPHA, 0, 6),
    "interlaced": (device_clips.interlaced, Reason.INTERLACED, 0, 60),
    "size change": (device_clips.resized, Reason.SIZE_CHANGE, 2, 2),
    "long GOP": (device_clips.long_gop, Reason.LONG_GOP, 0, 1),
}
"""Clips that ffmpeg makes; the reason; GOPs that the device decodes and that the CPU decodes."""


@pytest.mark.parametrize("name", CLIPS)
def test_clips_fall_back(name: str, decoder: AvDecoder, caplog: pytest.LogCaptureFixture) -> None:
    make, reason, on_device, on_cpu = CLIPS[name]
    path = make()
    with Media(path, device="dali-cpu") as device, Media(path) as cpu, caplog.at_level(logging.WARNING, "emos_io.gpu"):
        fps = None if device.metadata.duration < 10 else 1
        assert_same(windows_of(device, "1", "0.5", fps=fps), windows_of(cpu, "1", "0.5", fps=fps))
        assert device.stats() == {
            "device": "dali-cpu",
            "gops": {"device": on_device, "cpu": on_cpu},
            "fallback": {reason: 1},
        }
        again = Media(path, device="dali-cpu")
        assert_same(windows_of(again, "1", fps=fps), windows_of(cpu, "1", fps=fps))
        assert again.stats()["fallback"] == {reason: 1}
    records = [each for each in caplog.records if each.name == "emos_io.gpu"]
    assert [each.levelname for each in records] == ["WARNING"]
    assert records[0].message.startswith(f"frames are decoded on the CPU: {reason}")
    assert str(path) in records[0].message
    assert "\n" not in records[0].message


@pytest.mark.parametrize("dimension_order", ["THWC", "TCHW"])
def test_boxes_that_change_over_time_are_read_on_the_cpu(decoder: AvDecoder, dimension_order: str) -> None:
    path, boxes = device_clips.full_chroma(), [(0, (0, 0, 32, 32)), (1, (40, 20, 72, 52))]
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        got, expected = (
            windows_of(media, "0.8", "0.3", fps=5, roi=boxes, dimension_order=dimension_order)
            for media in (device, cpu)
        )
        assert_same(got, expected)
        assert device.stats() == {"device": "dali-cpu", "gops": {"device": 0, "cpu": 6}, "fallback": {Reason.ROI: 1}}
        device.frames_by_index([0])
        assert device.stats()["gops"] == {"device": 1, "cpu": 6}


def test_single_reads_of_a_refused_file_count_their_gops(decoder: AvDecoder) -> None:
    path = device_clips.h264()
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        assert np.array_equal(
            np.from_dlpack(device.frames_by_index([3, 59, 4]).data), cpu.frames_by_index([3, 59, 4]).data
        )
        assert np.array_equal(np.from_dlpack(device.frames_uniform(2).data), cpu.frames_uniform(2).data)
        assert device.stats()["gops"] == {"device": 0, "cpu": 4}
        device.frames_by_index([])
        assert device.stats()["gops"] == {"device": 0, "cpu": 4}


@pytest.mark.parametrize(
    "name", ["open_gop_cut_no_sps_undecodable.ts", "intra_refresh_no_idr.mp4", "corrupt_lost_packets.ts"]
)
def test_files_that_are_damaged_or_begin_late_are_those_of_the_cpu_path(
    name: str, made_media: Path, decoder: AvDecoder
) -> None:
    """Nothing of the first can be decoded, and it has no size; the others have GOPs for the device and GOPs for the CPU."""
    decoder.codecs = frozenset({"h264"})
    with (
        Media(made_media / name, device="dali-cpu", on_error="mask") as device,
        Media(made_media / name, on_error="mask") as cpu,
    ):
        for span in (Span(-1, 1), Span(2, 4), Span(7, 9)):
            got, expected = (answer_of(media.frames_in(span, fps=3)) for media in (device, cpu))
            assert_same([got], [expected])
        assert device.stats()["gops"]["cpu"] > 0
        assert set(device.stats()["fallback"]) <= {Reason.DAMAGE, Reason.REFRESH}


def test_an_edit_list_needs_no_fallback(decoder: AvDecoder) -> None:
    path = device_clips.edited()
    with Media(path, device="dali-cpu") as device, Media(path) as cpu:
        assert_same(windows_of(device, "0.5", "0.2"), windows_of(cpu, "0.5", "0.2"))
        assert device.stats()["gops"] == {"device": 5, "cpu": 0}


def test_a_reason_is_logged_once_for_each_file(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(fallback, "_logged", set())
    for path, reason in (("a", Reason.CODEC), ("a", Reason.CODEC), ("a", Reason.ROI), ("b", Reason.CODEC)):
        log_once(path, reason, "a\nword")
    assert [each.message for each in caplog.records] == [
        f'frames are decoded on the CPU: {Reason.CODEC} (a word): "a"',
        f'frames are decoded on the CPU: {Reason.ROI} (a word): "a"',
        f'frames are decoded on the CPU: {Reason.CODEC} (a word): "b"',
    ]
    monkeypatch.setattr(fallback, "MAX_LOGGED", 3)
    log_once("c", Reason.CODEC)
    assert len(fallback._logged) == 1
