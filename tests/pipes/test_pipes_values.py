"""Specs are values: equal meaning is equal; what no reader could do is refused at construction, in one line."""

from __future__ import annotations

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from pipes_help import AUDIO, NUMPY, VIDEO, film, plan_of

from emos_io import InvalidArgument, Media, Span
from emos_io._checks import MAX_COUNT
from emos_io.media.arguments import MAX_RATE, MAX_SIDE
from emos_io.pipes import AudioSpec, Collate, LaneBatches, VideoSpec, WindowDataset, WindowLoader, media_durations
from emos_io.pipes.specs import MAX_CHANNELS
from oracle import clips
from oracle.refusals import refusal_of

PLAN = plan_of([film("a", None, 10)], order="sequential", num_lanes=1)
NAMES = np.array(["raise", "mask"])


@pytest.mark.parametrize("size", [[8, 6], np.array([8, 6]), (np.int64(8), np.uint8(6)), (8, 6)])
def test_a_size_is_any_pair_of_integers(size: Any) -> None:
    spec = VideoSpec(size=size)
    assert spec.size == (8, 6)
    assert [type(each) for each in (spec.size, *spec.size)] == [tuple, int, int]
    assert spec == VideoSpec(size=(8, 6)) and hash(spec) == hash(VideoSpec(size=(8, 6)))
    with Media(clips.counting_clip(seconds=5, rate=8_000)) as media:
        assert media.frames_played_at([0], size=size).data.shape == (1, 8, 6, 3)


@pytest.mark.parametrize(
    "size", [(MAX_SIDE + 1, 8), (8, MAX_SIDE + 1), (0, 8), (8, -1), (8, 8, 8), (True, 8), b"ab", "ab", 8]
)
def test_a_size_that_media_refuse_is_refused_at_once(size: Any) -> None:
    assert refusal_of(lambda: VideoSpec(size=size)).startswith(
        "size must be (height, width), two integers from 1 to 16384"
    )


def test_the_largest_values_are_those_of_media() -> None:
    assert VideoSpec(size=(MAX_SIDE, MAX_SIDE)).size == (MAX_SIDE, MAX_SIDE)
    assert AudioSpec(MAX_RATE, num_channels=MAX_CHANNELS).num_channels == MAX_CHANNELS
    with Media(clips.counting_clip(seconds=5, rate=8_000)) as media:
        assert media.samples_in(Span(0, "0.01"), sample_rate=MAX_RATE).data.shape[1] == MAX_RATE // 100
        with pytest.raises(InvalidArgument, match=f"from 1 to {MAX_RATE}"):
            media.samples_in(Span(0, 1), sample_rate=MAX_RATE + 1)
        with pytest.raises(InvalidArgument, match=f"from 1 to {MAX_SIDE}"):
            media.frames_played_at([0], size=(MAX_SIDE + 1, 8))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"sample_rate": MAX_RATE + 1}, "sample_rate must be an integer from 1 to 768000, got 768001; "),
        ({"sample_rate": int}, "sample_rate must be an integer from 1 to 768000, got <class 'int'>; "),
        ({"num_channels": MAX_CHANNELS + 1}, "num_channels must be an integer from 1 to 64, got 65; "),
    ],
)
def test_audio_that_media_refuse_is_refused_at_once(options: dict[str, Any], text: str) -> None:
    assert refusal_of(lambda: AudioSpec(**options)).startswith(text)


def test_specs_of_equal_meaning_are_equal() -> None:
    for same in (4, "4", 4.0, Fraction(4), np.float32(4), np.int64(4)):
        spec = VideoSpec(fps=same)  # type: ignore[arg-type]
        assert spec == VideoSpec(fps=4) and hash(spec) == hash(VideoSpec(fps=4))
        assert type(spec.fps) is Fraction and pickle.loads(pickle.dumps(spec)) == spec
        assert Collate("numpy", same) == Collate("numpy", 4)  # type: ignore[call-overload]
        assert hash(Collate("numpy", same)) == hash(Collate("numpy", 4))  # type: ignore[call-overload]
    for time in ("1/2", 0.5, Fraction(1, 2), np.float64(0.5)):
        moving = VideoSpec(roi=[(0, [0, 0, 4, 4]), (time, np.array([1, 1, 4, 4]))])  # type: ignore[list-item]
        assert moving.roi == ((Fraction(0), (0, 0, 4, 4)), (Fraction(1, 2), (1, 1, 4, 4)))
        assert moving == VideoSpec(roi=((0, (0, 0, 4, 4)), ("0.5", (1, 1, 4, 4))))
        assert hash(moving) == hash(VideoSpec(roi=((0, (0, 0, 4, 4)), ("0.5", (1, 1, 4, 4)))))
    assert VideoSpec(roi=np.array([0, 0, 4, 4])) == VideoSpec(roi=(0, 0, 4, 4))  # type: ignore[arg-type]
    assert VideoSpec(fps="1001/30000") != VideoSpec(fps="1/30")


def test_specs_print_as_they_are_written() -> None:
    assert repr(VideoSpec(fps="5/2", size=(8, 6))) == (
        "VideoSpec(fps='5/2', size=(8, 6), fit='stretch', roi=None, dimension_order='THWC')"
    )
    assert repr(Collate("numpy", 2.0)) == "Collate(tensors='numpy', label_rate=2)"
    assert "roi=<1000 boxes from 0 to 999 s>" in repr(VideoSpec(roi=[(n, (0, 0, 4, 4)) for n in range(1000)]))


@pytest.mark.parametrize("roi", [b"abcd", bytearray(b"abcd"), "abcd", 3, []])
def test_a_region_is_no_text(roi: Any) -> None:
    assert refusal_of(lambda: VideoSpec(roi=roi)).startswith("roi must be (left, top, right, bottom)")


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 10**400},
        {"timeout": 10**5000},
        {"timeout": Fraction(1, 10**400)},
        {"timeout": NAMES},
        {"num_threads": int},
        {"num_threads": np.array([1, 2])},
        {"num_threads": MAX_COUNT + 1},
        {"num_threads": 10**5000},
        {"prefetch": MAX_COUNT + 1},
        {"prefetch": int},
        {"max_open_files": MAX_COUNT + 1},
        {"max_open_files": NAMES},
        {"on_error": NAMES},
        {"missing_audio": NAMES},
        {"transform": NAMES},
        {"progress": NAMES},
        {"collate": Collate},
    ],
    ids=lambda options: next(iter(options)),
)
def test_a_loader_refuses_odd_values_in_one_line(options: dict[str, Any]) -> None:
    (name,) = options
    assert refusal_of(lambda: WindowLoader(PLAN, **{"collate": NUMPY, **options})).startswith(f"{name} must be ")
    if name in ("timeout", "max_open_files", "on_error", "missing_audio", "transform"):
        assert refusal_of(lambda: WindowDataset(PLAN, **options)).startswith(f"{name} must be ")


def test_a_node_refuses_the_class_of_a_collate() -> None:
    pytest.importorskip("torchdata")
    from emos_io.pipes import nodes

    assert refusal_of(lambda: nodes.CollateSteps(nodes.PlanSteps(PLAN), Collate)) == (
        "collate must be a function of the samples of a step or None, got the class Collate; "
        'pass Collate(tensors="numpy"), or leave it out'
    )


def test_the_highest_counts_are_allowed() -> None:
    options: dict[str, Any] = {"num_threads": MAX_COUNT, "prefetch": MAX_COUNT, "max_open_files": MAX_COUNT}
    WindowLoader(PLAN, collate=NUMPY, timeout=10**300, **options).set_epoch(MAX_COUNT)
    for each in (WindowLoader(PLAN, collate=NUMPY), WindowDataset(PLAN), LaneBatches(PLAN)):
        assert refusal_of(lambda each=each: each.set_epoch(MAX_COUNT + 1)) == (  # type: ignore[misc]
            "epoch must be an integer from 0 to 2147483647, got 2147483648; the first epoch is 0"
        )


@pytest.mark.parametrize("options", [{"fit": NAMES}, {"dimension_order": NAMES}, {"fps": NAMES}])
def test_a_video_spec_refuses_arrays_in_one_line(options: dict[str, Any]) -> None:
    (name,) = options
    assert refusal_of(lambda: VideoSpec(**options)).startswith(f"{name} must be ")


@pytest.mark.parametrize(
    ("samples", "got"),
    [([1], "1 in it"), ("abc", "'abc'"), (None, "None"), (3, "3"), ({}, "{}"), (zip, "<class 'zip'>")],
)
def test_a_batch_is_made_of_samples(samples: Any, got: str) -> None:
    assert refusal_of(lambda: NUMPY(samples)) == (
        f"samples must be a list of WindowSample, got {got}; where transform gives something else, "
        "pass your own function as collate"
    )


@pytest.mark.parametrize("items", [3, "x", b"x", None, ["nosuch.mp4"], [None], film("a", None, 8)])
def test_durations_are_of_items(items: Any) -> None:
    assert refusal_of(lambda: media_durations(items)).startswith(
        "items must be a sequence of clips or monologues of a corpus, got "
    )


def test_progress_of_durations_is_a_function() -> None:
    assert refusal_of(lambda: media_durations([], progress=3)).startswith("progress must be ")  # type: ignore[arg-type]


@pytest.mark.parametrize("index", [slice(0, 1), int, NAMES, "x"])
def test_an_index_of_a_dataset_is_an_integer(index: Any) -> None:
    with WindowDataset(PLAN, on_error="mask") as dataset:
        assert refusal_of(lambda: dataset[index]).startswith("index must be an integer or a SampleIndex, got ")


def test_a_loader_does_not_pickle_and_says_what_to_do() -> None:
    with WindowLoader(PLAN, video=VIDEO, audio=AUDIO, collate=NUMPY, on_error="mask") as loader:
        for each in (loader, iter(loader)):
            with pytest.raises(TypeError) as raised:
                pickle.dumps(each)
            text = str(raised.value)
            assert "WindowLoader cannot be pickled; pickle " in text and "state_dict()" in text and "\n" not in text
        again = WindowLoader(pickle.loads(pickle.dumps(loader.plan)), video=VIDEO, audio=AUDIO, collate=NUMPY)
        again.load_state_dict(pickle.loads(pickle.dumps(loader.state_dict())))
