"""What is not there in a window, and arrays that torch or a feature extractor does not take as they are."""

from __future__ import annotations

import copy
import dataclasses
import logging
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emos_io import InvalidArgument, WindowPlan
from emos_io.adapters import Family
from emos_io.pipes import WindowDataset
from emos_io.testing import counting_clip, frame_numbers, make_monologue
from emos_io.testing.tiny_models import TinyFamily

pytest.importorskip("transformers")

from processors_help import (
    CLIP_FPS,
    FAMILIES,
    HEARING,
    RATE,
    SMALL,
    made_sample,
    make_family,
    number_answer,
    pair,
    pixels_of,
)

from emos_io.adapters import ask

LEVEL = 1e-3
"""Of 255, as in the tests of inputs."""
FEATURE = 1e-5
"""Between features of one waveform in two layouts of memory."""


@pytest.fixture(scope="module", params=FAMILIES)
def name(request: pytest.FixtureRequest) -> TinyFamily:
    family: TinyFamily = request.param
    return family


def lacking(family: Family, *missing: int, seconds: Any = 3, **changes: Any) -> Any:
    """A sample whose frames of these numbers are not there, as a loader gives it."""
    sample = made_sample(family, seconds)
    assert sample.frames is not None
    frames, valid = sample.frames.copy(), np.ones(len(sample.frames), np.bool_)
    frames[list(missing)], valid[list(missing)] = 0, False
    return dataclasses.replace(sample, frames=frames, frame_valid=valid, **changes)


def refused(family: Family, sample: Any) -> str:
    with pytest.raises(InvalidArgument) as caught:
        family([made_sample(family, key="own/other@0-2"), sample])
    assert caught.value.key == "own/made@0-2"
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_missing_frames_are_black_and_warned_of_once(name: TinyFamily, caplog: pytest.LogCaptureFixture) -> None:
    family = make_family(name, size=SMALL)
    sample = lacking(family, 4, 5)
    with caplog.at_level(logging.WARNING, "emos_io"):
        family([made_sample(family)])
        assert not caplog.records
        for _ in range(2):
            (pixels,) = pixels_of(family([sample]), family)
    assert np.abs(pixels - sample.frames).max() < LEVEL
    assert [record.getMessage() for record in caplog.records] == [
        "2 of 6 frames of a window are not there and black for the model, said once; pass missing_frames='hold' or 'raise' to "
        'the family, or leave such windows out: "own/made@0-2"'
    ]


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ([4, 5], [0, 1, 2, 3, 3, 3]),
        ([0, 1, 2], [3, 3, 3, 3, 4, 5]),
        ([1, 2, 3], [0, 0, 0, 4, 4, 5]),
        ([0, 1, 2, 4, 5], [3] * 6),
    ],
)
def test_missing_frames_repeat_the_nearest(
    name: TinyFamily, missing: list[int], expected: list[int], caplog: Any
) -> None:
    family = make_family(name, size=SMALL, missing_frames="hold")
    sample = lacking(family, *missing)
    before = sample.frames.copy()
    with caplog.at_level(logging.WARNING, "emos_io"):
        (pixels,) = pixels_of(family([sample]), family)
    assert np.abs(pixels - before[expected]).max() < LEVEL
    assert not caplog.records
    assert (sample.frames == before).all()


def test_nearest_frames_are_repeated_where_they_are_odd(name: TinyFamily) -> None:
    family = make_family(name, size=SMALL, missing_frames="hold", odd_frames="repeat_last")
    sample = lacking(family, 2, seconds="1.5")
    (pixels,) = pixels_of(family([sample]), family)
    assert np.abs(pixels - sample.frames[[0, 1, 1, 1]]).max() < LEVEL


def test_missing_frames_are_refused_where_that_was_chosen(name: TinyFamily) -> None:
    family = make_family(name, size=SMALL, missing_frames="raise")
    assert refused(family, lacking(family, 5)) == (
        "frames must all be there with missing_frames='raise', got 5 of 6; leave the window out of the plan, or use "
        "missing_frames='hold'"
    )


@pytest.mark.parametrize("policy", ["black", "hold", "raise"])
def test_a_window_without_any_frame_is_refused(name: TinyFamily, policy: Any) -> None:
    family = make_family(name, size=SMALL, missing_frames=policy)
    assert refused(family, lacking(family, *range(6))).startswith(
        "frames must be there in a part of the window at least, got none of 6: "
    )
    # A window that was not read, and an empty slot, are black.
    for key in ("own/made@0-2", None):
        blank = dataclasses.replace(lacking(family, *range(6)), valid=False, key=key, label_valid=False)
        assert family([made_sample(family), blank])


def test_videos_that_end_in_a_window(tmp_path: Path) -> None:
    """A file of 4 s in an item of 8 s: the window of its end and the ones behind it, read from the file."""
    path = counting_clip(tmp_path, fps=CLIP_FPS, sample_rate=RATE, seconds=4, codec="raw")
    plan = WindowPlan([make_monologue("own/short", 8, [(0, 8, "Joy")], path=path)], 3, 3, order="sequential")
    family = make_family("qwen2_5_omni", missing_frames="hold", missing_audio="raise")
    with WindowDataset(plan, **family.reads, on_error="mask") as dataset:
        ends, behind = dataset[1], dataset[2]
    assert ends.frame_valid.tolist() == [True, True, False, False, False, False]
    # Audio that a window has in part is silence where it lacks.
    (pixels,) = pixels_of(family([ends]), family)
    assert frame_numbers(np.rint(pixels).astype(np.uint8)).tolist() == [75, 87, 87, 87, 87, 87]
    if behind.valid:
        with pytest.raises(InvalidArgument, match="frames must be there in a part"):
            family([behind])
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("name", HEARING)
def test_windows_whose_audio_is_missing_entirely(name: TinyFamily) -> None:
    sample = made_sample(make_family(name, size=SMALL))
    nothing = np.zeros_like(sample.waveform_valid)
    part = nothing.copy()
    part[:100] = True
    missing = dataclasses.replace(sample, waveform=np.zeros_like(sample.waveform), waveform_valid=nothing)
    family = make_family(name, size=SMALL, missing_audio="raise")
    assert refused(family, missing).startswith("waveform must be there with missing_audio='raise', got none of its ")
    assert family([dataclasses.replace(missing, waveform_valid=part)])
    unread = dataclasses.replace(missing, valid=False, label_valid=False)
    assert family([sample, unread])
    for policy in ("silence", "omit"):
        batch: Any = make_family(name, size=SMALL, missing_audio=policy)([missing])
        assert batch["use_audio_in_video"] is True


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", HEARING)
def test_audio_that_is_no_number_is_refused(name: TinyFamily, value: float) -> None:
    family = make_family(name, size=SMALL)
    waveform = made_sample(family).waveform
    assert waveform is not None
    waveform[0, 777] = value
    assert refused(family, dataclasses.replace(made_sample(family), waveform=waveform)) == (
        f"waveform must be finite, got {value} at sample 777; mend the file, or the transform that made it"
    )


@pytest.mark.parametrize(
    "change", ["flipped", "mirrored", "bgr", "reversed", "read-only", "one frame", "channels first"]
)
def test_frames_in_any_layout_of_memory(name: TinyFamily, change: str) -> None:
    family = make_family(name, size=SMALL)
    sample = made_sample(family)
    assert sample.frames is not None
    frames = {
        "flipped": sample.frames[:, ::-1],
        "mirrored": sample.frames[:, :, ::-1],
        "bgr": sample.frames[..., ::-1],
        "reversed": sample.frames[::-1],
        "read-only": sample.frames.copy(),
        "one frame": np.broadcast_to(sample.frames[0], sample.frames.shape),
        "channels first": sample.frames.transpose(0, 3, 1, 2).copy().transpose(0, 2, 3, 1),
    }[change]
    if change == "read-only":
        frames.setflags(write=False)
    (pixels,) = pixels_of(family([dataclasses.replace(sample, frames=frames)]), family)
    assert np.abs(pixels - frames).max() < LEVEL


@pytest.mark.parametrize("name", HEARING)
def test_waveforms_in_any_layout_of_memory(name: TinyFamily) -> None:
    family = make_family(name, size=SMALL)
    sample = made_sample(family)
    assert sample.waveform is not None
    behind = sample.waveform[:, ::-1]
    fixed = sample.waveform.copy()
    fixed.setflags(write=False)
    for waveform in (behind, fixed):
        batch: Any = family([dataclasses.replace(sample, waveform=waveform)])
        plain: Any = family([dataclasses.replace(sample, waveform=waveform.copy())])
        assert float((batch["input_features"] - plain["input_features"]).abs().max()) < FEATURE


def test_validity_of_another_length_is_refused(name: TinyFamily) -> None:
    family = make_family(name, size=SMALL)
    sample = made_sample(family)
    assert refused(family, dataclasses.replace(sample, frame_valid=np.ones(3, np.bool_))) == (
        "frame_valid must be bool [4], got bool [3]; a transform that makes others of it must change both"
    )
    numbers: Any = np.ones(4)
    assert refused(family, dataclasses.replace(sample, frame_valid=numbers)).startswith("frame_valid must be bool [4]")
    if family.hears:
        line = refused(family, dataclasses.replace(sample, waveform_valid=np.ones(7, np.bool_)))
        assert line.startswith("waveform_valid must be bool [32000], got bool [7]; ")


@pytest.mark.parametrize("name", HEARING)
def test_an_extractor_that_pads_in_front_is_not_used(name: TinyFamily) -> None:
    """As ``from_pretrained(padding_side="left")`` makes it; windows of two lengths show where it pads."""
    processor = copy.copy(pair(name).processor)
    processor.feature_extractor = copy.copy(processor.feature_extractor)
    processor.feature_extractor.padding_side = "left"
    options: Any = {"size": SMALL, "pixels": (28 * 28, 112 * 448)}
    family = FAMILIES[name](processor, ask("Which?", number_answer), **options)
    right = make_family(name, size=SMALL)
    samples = [made_sample(family, seconds, seed=seed) for seed, seconds in enumerate((1, 2))]
    batch, expected = family(samples), right(samples)
    for key in ("input_ids", "input_features", "feature_attention_mask"):
        assert batch[key].tolist() == expected[key].tolist()  # type: ignore[union-attr]
    # The caller's own is left as it was.
    assert processor.feature_extractor.padding_side == "left"


def test_a_chat_template_of_the_tokenizer_alone_is_used(name: TinyFamily) -> None:
    processor = copy.copy(pair(name).processor)
    template, processor.chat_template = processor.chat_template, None
    processor.tokenizer = copy.copy(processor.tokenizer)

    def made(found: Any, where: Any) -> Family:
        where.chat_template = found
        return FAMILIES[name](processor, ask("Which?", number_answer), size=SMALL, pixels=(28 * 28, 112 * 448))

    expected = make_family(name, size=SMALL)
    sample = made_sample(expected)
    tokens: Any = expected([sample])["input_ids"]
    for found in (template, {"default": template, "tool_use": "x"}):
        for where in (processor.tokenizer, processor):
            batch: Any = made(found, where)([sample])
            assert batch["input_ids"].tolist() == tokens.tolist()
            where.chat_template = None
    for wrong, got in (("", "none"), ({}, "none"), ({"tool_use": "x"}, "only 'tool_use'")):
        with pytest.raises(InvalidArgument, match=f"must have a chat template, got .* with {got}; "):
            made(wrong, processor)


@pytest.mark.parametrize("pixels", [(1, 1), (10_000, 10_000), (785, 1_567)])
def test_pixels_that_rounding_does_not_keep_are_refused(pixels: tuple[int, int]) -> None:
    with pytest.raises(InvalidArgument) as caught:
        make_family("qwen2_5_vl", size=(224, 224), pixels=pixels)
    assert str(caught.value).startswith(
        f"pixels must hold a size of multiples of 28 for frames of 224 x 224, got {pixels}, for which the processor makes "
    )
    if pixels == (1, 1):
        assert str(caught.value).endswith("28 x 28, 784 pixels; pass pixels=(1, 784) for 28 x 28")


def test_odd_frames_name_lengths_that_are_even() -> None:
    for fps, text in (
        (1, "a multiple of 2 s"),
        (4, "a multiple of 1/2 s"),
        ("30000/1001", "a multiple of 1001/15000 s"),
    ):
        family = make_family("qwen2_5_vl", fps=fps, size=SMALL)
        seconds = 3 / family.second_per_grid.__class__(fps)
        with pytest.raises(
            InvalidArgument, match=f"choose windows whose length is {text}, or odd_frames='repeat_last'"
        ):
            family([made_sample(family, seconds)])
