"""Wrong arguments fail where they are given, with one line that says what is allowed."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from pipes_help import film, plan_of

from emos_io import errors
from emos_io.corpus import Corpus
from emos_io.pipes import AudioSpec, Collate, LaneBatches, VideoSpec, WindowDataset, WindowLoader
from emos_io.plan import WindowPlan
from oracle.refusals import refusal_of

PLAN = plan_of([film("a", None, 10)], order="sequential", num_lanes=1)
NUMPY = Collate(tensors="numpy")

OF_BOTH = [
    ("video", True, "video must be a VideoSpec or None, got True; pass VideoSpec(fps=..., size=(height, width))"),
    ("audio", 16_000, "audio must be an AudioSpec or None, got 16000; pass AudioSpec(sample_rate=...)"),
    ("timeout", "x", "timeout must be a number of seconds above 0 or None, got 'x'; None waits without a limit"),
    ("timeout", 0, "timeout must be a number of seconds above 0 or None, got 0; None waits without a limit"),
    ("timeout", True, "timeout must be a number of seconds above 0 or None, got True; None waits without a limit"),
    (
        "timeout",
        float("inf"),
        "timeout must be a number of seconds above 0 or None, got inf; None waits without a limit",
    ),
    (
        "transform",
        3,
        "transform must be a function of (sample, generator) or None, got 3; it returns the sample, changed or not",
    ),
    (
        "on_error",
        "skip",
        'on_error must be "raise" or "mask", got \'skip\'; "mask" keeps the shapes of what cannot be read, "skip" goes to '
        "WindowPlan",
    ),
    (
        "missing_audio",
        None,
        'missing_audio must be "silence", "omit" or "raise", got None; "silence" gives zeros for a file without audio',
    ),
    (
        "max_open_files",
        0,
        "max_open_files must be an integer from 1 to 2147483647, got 0; each open file may hold 64 MiB of decoded audio",
    ),
]
OF_THE_LOADER = [
    (
        "collate",
        "x",
        "collate must be a function of the samples of a step or None, got 'x'; "
        'pass Collate(tensors="numpy"), or leave it out',
    ),
    ("progress", "x", "progress must be True, False or a function of Progress, got 'x'; True shows a bar on stderr"),
    (
        "num_threads",
        0,
        "num_threads must be an integer from 1 to 2147483647, got 0; leave it out for one thread per lane",
    ),
    (
        "num_threads",
        "2",
        "num_threads must be an integer from 1 to 2147483647, got '2'; leave it out for one thread per lane",
    ),
    (
        "prefetch",
        1.5,
        "prefetch must be an integer from 1 to 2147483647, got 1.5; 2 prepares the next step while this one is used",
    ),
]


@pytest.mark.parametrize(("name", "value", "text"), OF_BOTH + OF_THE_LOADER)
def test_a_loader_refuses_a_wrong_argument(name: str, value: object, text: str) -> None:
    options: dict[str, Any] = {"collate": NUMPY, name: value}
    assert refusal_of(lambda: WindowLoader(PLAN, **options)) == text


@pytest.mark.parametrize(("name", "value", "text"), OF_BOTH)
def test_a_dataset_refuses_a_wrong_argument(name: str, value: object, text: str) -> None:
    options: dict[str, Any] = {name: value}
    assert refusal_of(lambda: WindowDataset(PLAN, **options)) == text


@pytest.mark.parametrize(("name", "value", "text"), [*OF_BOTH, OF_THE_LOADER[0]])
def test_a_node_refuses_a_wrong_argument(name: str, value: object, text: str) -> None:
    pytest.importorskip("torchdata")
    from emos_io.pipes import nodes

    options: dict[str, Any] = {name: value}
    if name == "collate":
        assert refusal_of(lambda: nodes.CollateSteps(nodes.PlanSteps(PLAN), **options)) == text
    else:
        assert refusal_of(lambda: nodes.Decode(nodes.PlanSteps(PLAN), **options)) == text


@pytest.mark.parametrize("make", [WindowLoader, WindowDataset, LaneBatches])
def test_a_corpus_is_no_plan(make: Callable[[object], object]) -> None:
    assert refusal_of(lambda: make(Corpus([], []))) == (
        "plan must be a WindowPlan, got Corpus(0 clips, 0 monologues, 0 findings); "
        "make one with WindowPlan(corpus, length, hop)"
    )


def test_a_node_over_nothing_is_refused() -> None:
    pytest.importorskip("torchdata")
    from emos_io.pipes import nodes

    text = f"source must be a node of torchdata, got {errors.short_repr(PLAN)}; begin with PlanSteps(plan)"
    assert refusal_of(lambda: nodes.Decode(PLAN)) == text
    assert refusal_of(lambda: nodes.CollateSteps(PLAN)) == text
    assert refusal_of(lambda: nodes.PlanSteps([])).startswith("plan must be a WindowPlan, got []")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "options",
    [
        {"rank": "0", "world_size": 1},
        {"rank": 1, "world_size": 1},
        {"rank": None, "world_size": 2},
        {"world_size": 3, "rank": 0},
        {"world_size": None, "rank": 0},
    ],
)
def test_a_rank_or_world_size_that_is_not_allowed_is_refused(options: dict[str, Any]) -> None:
    name = next(iter(options))
    assert refusal_of(lambda: WindowLoader(PLAN, collate=NUMPY, **options)).startswith(name)
    assert refusal_of(lambda: LaneBatches(PLAN, **options)).startswith(name)


@pytest.mark.parametrize("epoch", ["1", 1.0, True, None, -1, 2**31])
def test_one_text_says_what_an_epoch_is(epoch: Any) -> None:
    text = f"epoch must be an integer from 0 to 2147483647, got {epoch!r}; the first epoch is 0"
    for each in (WindowLoader(PLAN, collate=NUMPY), WindowDataset(PLAN), LaneBatches(PLAN)):
        assert refusal_of(lambda each=each: each.set_epoch(epoch)) == text  # type: ignore[misc]


def test_an_epoch_may_be_an_integer_of_numpy() -> None:
    sampler = LaneBatches(PLAN)
    sampler.set_epoch(np.int64(2))  # type: ignore[arg-type]
    assert next(iter(sampler))[0].epoch == 2


def test_neither_video_nor_audio_is_refused() -> None:
    assert refusal_of(lambda: WindowDataset(PLAN, video=None, audio=None)) == (
        "video or audio must be given, got None for both; pass video=VideoSpec(...), audio=AudioSpec(...) or both"
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"fps": 0}, "fps must be above 0, got 0; give frames per second, or video=None for no frames"),
        (
            {"size": 224},
            "size must be (height, width), two integers from 1 to 16384, got 224; "
            "a window that cannot be read keeps this shape",
        ),
        (
            {"dimension_order": "NCHW"},
            'dimension_order must be "THWC" or "TCHW", got \'NCHW\'; "TCHW" has channels first, as "NCHW" elsewhere',
        ),
    ],
)
def test_a_video_spec_refuses_a_wrong_attribute(options: dict[str, Any], text: str) -> None:
    assert refusal_of(lambda: VideoSpec(**options)) == text


@pytest.mark.parametrize(
    "options", [{"fit": "fill"}, {"roi": (0, 0, 5)}, {"roi": "left"}, {"roi": [(0, (0, 0, -1, 5))]}]
)
def test_a_video_spec_refuses_what_media_refuses(options: dict[str, Any]) -> None:
    (name,) = options
    assert refusal_of(lambda: VideoSpec(**options)).startswith(name)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"sample_rate": 0},
            "sample_rate must be an integer from 1 to 768000, got 0; give samples per second, such as 16_000",
        ),
        (
            {"num_channels": 0},
            "num_channels must be an integer from 1 to 64, got 0; all windows of a plan have one count, 1 for mono",
        ),
        (
            {"num_channels": None},
            "num_channels must be an integer from 1 to 64, got None; all windows of a plan have one count, 1 for mono",
        ),
    ],
)
def test_an_audio_spec_refuses_a_wrong_attribute(options: dict[str, Any], text: str) -> None:
    assert refusal_of(lambda: AudioSpec(**options)) == text


def test_specs_are_values() -> None:
    spec = VideoSpec(2, (8, 8), roi=[(0, [0, 0, 4, 4])])  # type: ignore[list-item]
    assert spec.roi == ((0, (0, 0, 4, 4)),)
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert len({spec, VideoSpec(2, (8, 8), roi=((0, (0, 0, 4, 4)),))}) == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"tensors": "jax"}, 'tensors must be "torch" or "numpy", got \'jax\'; "numpy" needs no torch'),
        (
            {"tensors": "numpy", "label_rate": 0},
            "label_rate must be above 0 or None, got 0; give labels per second, or None for no label timeline",
        ),
    ],
)
def test_a_collate_refuses_a_wrong_attribute(options: dict[str, Any], text: str) -> None:
    assert refusal_of(lambda: Collate(**options)) == text


def test_a_batch_of_nothing_or_of_two_plans_is_refused() -> None:
    assert refusal_of(lambda: NUMPY([])) == "samples must be one or more, got none; leave out steps without samples"
    other = WindowPlan([film("a", None, 10)], 2, 1, labels=None, order="sequential")
    with WindowDataset(PLAN, on_error="mask") as ours, WindowDataset(other, on_error="mask") as theirs:
        text = refusal_of(lambda: NUMPY([ours[0], theirs[0]]))
    assert text == "samples must have the same classes, got several lists of classes; batch one plan's"


def test_long_values_are_cut_in_errors() -> None:
    text = refusal_of(lambda: WindowDataset(PLAN, on_error="x" * 500))  # type: ignore[call-overload]
    assert len(text) < 200 and "\n" not in text
